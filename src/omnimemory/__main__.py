"""``python -m omnimemory`` is the command line."""

from omnimemory.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
