"""Notebooks on the sample company, kept executed; `python -m examples.notebooks` does it."""
