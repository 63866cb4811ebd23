"""Executes the notebooks in place; with ``--check`` it says which outputs are out of step."""

from __future__ import annotations

import sys

from examples.notebooks.run import NOTEBOOKS, execute, in_step, read, write


def main(arguments: list[str]) -> int:
    stale = 0
    for path in NOTEBOOKS:
        kept, fresh = read(path), execute(path)
        if in_step(kept, fresh):
            print(f"{path.name}: in step")
            continue
        stale += 1
        print(f"{path.name}: out of step")
        if "--check" not in arguments:
            write(path, fresh)
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
