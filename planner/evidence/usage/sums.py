"""Rows that cannot be single requests: more input than any model takes. Their size is then unknown, never wrong."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final

from planner.evidence.usage.fields import DAY_S, HOUR_S
from planner.evidence.usage.rollup import NO_HOUR, Rollup
from planner.evidence.usage.rows import At
from planner.records import dataclass

MOST_INPUT: Final = 2_000_000
"""Tokens, the longest context on sale: a mean request of more is none, whatever model it went to."""
LEAST_WINDOW: Final = 8_192
"""Tokens, the shortest context on sale: below it nobody needs to look the model up."""
Window = Callable[[str], float | None]
"""Context window of a model by its name in a log; None: not known."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What shows that rows are sums of many requests: the mean input of one, and what its model takes."""

    model: str
    mean_input: float
    window: float


def without_sizes(rollup: Rollup) -> Rollup:
    """The table, with the number and size of its requests unknown."""
    after = At.REQUESTS + 1
    return Rollup({key: (*counts[: At.REQUESTS], None, *counts[after:]) for key, counts in rollup.cells.items()}, {})


def sums_in(rollup: Rollup, window: Window) -> Sums | None:
    """What shows that its rows are sums, by the model whose rows hold most; None where they may be single requests."""
    told: dict[str, list[int]] = {}
    for (_, model, _, _), counts in rollup.cells.items():
        requests, tokens = counts[At.REQUESTS], counts[At.INPUT]
        if requests and tokens is not None:
            sums = told.setdefault(model, [0, 0])
            sums[0] += requests
            sums[1] += tokens
    means = sorted(((tokens / requests, model) for model, (requests, tokens) in told.items()), reverse=True)
    for mean, model in means:
        if mean <= LEAST_WINDOW:
            break
        most = min(window(model) or MOST_INPUT, MOST_INPUT)
        if mean > most:
            return Sums(model, mean, most)
    return None


def step_s(rollup: Rollup) -> int:
    """Length of the buckets, by the hours that there are lines of."""
    hours = sorted({hour for hour, *_ in rollup.cells if hour != NO_HOUR})
    steps = [after - before for before, after in pairwise(hours)]
    return DAY_S if steps and min(steps) >= 23 else HOUR_S  # 23: a day when clocks are put forward
