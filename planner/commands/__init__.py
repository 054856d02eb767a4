"""The commands, one module each: `add_parser(subparsers)` is cheap to import, `run(args) -> int` does the work.

A command is added by writing its module and naming it in `MODULES`. Its `add_parser` sets `run` as the parser's
default; everything heavy (Textual, pydantic, numpy, the catalogue) is imported inside `run`.
"""

from __future__ import annotations

MODULES = ("app", "demo", "report", "size", "compare", "catalog", "validate", "serve")
"""In the order of `planner --help`."""
