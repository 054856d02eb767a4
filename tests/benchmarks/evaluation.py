"""CPU time of an evaluation by the planner that this Python has installed: `python -P evaluation.py PLAN`; prints JSON.

A script of its own, with names as strings, because the two sides of a comparison keep the same things in other modules.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import tempfile
import time
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

AS_OF = date(2026, 11, 23)
RUNS = 7


def first(*names: str) -> Any:
    """The first of some `module:attribute` that is there. A module that is there and cannot be imported is an error."""
    for name in names:
        module, _, attribute = name.partition(":")
        try:
            return getattr(import_module(module), attribute)
        except AttributeError:
            continue
        except ModuleNotFoundError as missing:
            if missing.name is None or not f"{module}.".startswith(f"{missing.name}."):
                raise
    raise ImportError(f"none of {', '.join(names)}")


def main(plan_file: Path) -> None:
    """Median ms by what is evaluated: the same plan again, and one with other request lengths every time.

    What an edit leaves alone is remembered from the evaluation before; other lengths leave nothing to remember.
    """
    # Newest name first; another revision with other names is one more string.
    evaluate = first("planner.evaluate:evaluate", "planner.engine.evaluate:evaluate")
    load = first("planner.plan.store:load")
    to_inputs = first("planner.plan.inputs:to_inputs", "planner.plan.convert:to_inputs")
    overlaid_catalog = first("planner.plan.prices:overlaid_catalog", "planner.plan.convert:overlaid_catalog")
    shipped_catalog = first("planner.catalog.load:shipped_catalog", "planner.catalog.loader:shipped_catalog")

    plans = [load(path).plan for path in _variants(plan_file)]
    catalog = overlaid_catalog(shipped_catalog(), plans[0])
    same, *others = [to_inputs(plan) for plan in plans]
    took = {}
    for label, draws in (("10,000 draws", 10_000), ("no draws", 0)):
        evaluate(same, catalog, AS_OF, draws)
        took[f"{label}, same plan"] = _cpu_ms(evaluate, [same] * RUNS, catalog, draws)
        took[f"{label}, other lengths"] = _cpu_ms(evaluate, others[draws == 0 :: 2], catalog, draws)
    print(json.dumps(took))


def _variants(plan_file: Path) -> list[Path]:
    """Files of the plan, then of plans in which every request is some tokens longer; by text, which all read."""
    text = plan_file.read_text(encoding="utf-8")
    folder = Path(tempfile.mkdtemp(dir="."))
    files = []
    for more in range(2 * RUNS + 1):
        longer = re.sub(r"(?m)^(input_tokens = )([\d_]+)", lambda m, n=more: f"{m[1]}{int(m[2]) + n}", text)  # type: ignore[misc]
        files.append(folder / f"{more}.toml")
        files[-1].write_text(longer, encoding="utf-8")
    return files


def _cpu_ms(evaluate: Any, inputs: list[Any], catalog: Any, draws: int) -> float:
    times = []
    for each in inputs:
        started = time.process_time()
        evaluate(each, catalog, AS_OF, draws)
        times.append((time.process_time() - started) * 1e3)
    return statistics.median(times)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
