"""What a plan rests on that was measured, and what of it is to be measured again: after six months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final, Literal

from planner.engine.units import age_days
from planner.plan.fields import iso
from planner.plan.schema import Plan
from planner.records import dataclass

AGAIN_DAYS: Final = 182
"""Six months, after which models, engines and prices are others."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Something that was measured: an evaluation or a benchmark of a model, or a file."""

    kind: Literal["evaluation", "benchmark", "usage"]
    what: str
    """Id of the model, or name of the file."""
    day: str
    """ISO, or its month or year."""


def measured(plan: Plan) -> Iterator[Measured]:
    """Everything of it."""
    for evaluation in plan.quality.evaluation:
        yield Measured("evaluation", evaluation.model, iso(evaluation.as_of))
    for benchmark in plan.benchmark:
        yield Measured("benchmark", benchmark.model, iso(benchmark.as_of))
    for entry in plan.evidence:
        if entry.kind == "usage":
            yield Measured("usage", entry.file, iso(entry.last or entry.imported))


def due(plan: Plan, as_of: dt.date) -> list[Measured]:
    """What is too old."""
    return [one for one in measured(plan) if is_due(one.day, as_of)]


def last_measured(plan: Plan) -> str:
    """The newest day of all; of a plan without any, that of its last result, else of its beginning."""
    days = [one.day for one in measured(plan)]
    result = plan.created if plan.result is None else plan.result.priced_on
    return max(days) if days else iso(result)


def is_due(day: str, as_of: dt.date) -> bool:
    """Whether six months have passed since then."""
    return age_days(day, as_of) > AGAIN_DAYS
