"""Which work of a plan a log is about: by its names, else by the models that it runs on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from planner.evidence.usage.money import words_of
from planner.evidence.usage.read import Usage
from planner.evidence.usage.rollup import CostKey, Rollup, empty_rollup
from planner.plan.edit import NEW_WORKLOAD
from planner.plan.schema import Plan
from planner.records import dataclass

NEW: Final = ""
"""For a name of a log that is of no work in the plan."""
NOTHING_SAID: Final[Mapping[str, str]] = MappingProxyType({})


def plain_name(name: str) -> str:
    """Without capitals, and with one hyphen for what is neither letter nor digit, as gateways call work."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-") or name


def works_on(models: Iterable[str], runs: Iterable[tuple[str, Sequence[str]]]) -> dict[str, tuple[str, ...]]:
    """By model of a log the work that runs on it; `runs`: names of work, each with ids of models."""
    of = [(name, frozenset(words_of(id) for id in ids if id)) for name, ids in runs]
    return {m: tuple(name for name, known in of if m and words_of(m) in known) for m in dict.fromkeys(models)}


def renamed(usage: Usage, names: Mapping[tuple[str, str], str]) -> Usage:
    """The same log with its work, by (workload, model), under other names."""
    rollup, costs = empty_rollup(), dict[CostKey, float]()
    for (hour, model, work, tier), counts in usage.rollup.cells.items():
        rollup.merge(Rollup({(hour, model, names.get((work, model), work), tier): counts}, {}))
    for (model, work, told, output), requests in usage.rollup.sizes.items():
        rollup.merge(Rollup({}, {(model, names.get((work, model), work), told, output): requests}))
    for (currency, model, work, hour), amount in usage.cost_at.items():
        key = (currency, model, names.get((work, model), work), hour)
        costs[key] = costs.get(key, 0.0) + amount
    return replace(usage, rollup=rollup, cost_at=costs)


@dataclass(frozen=True, slots=True)
class Matched:
    """A log with its work named as the plan does, as far as that is known; it calls work by its tag, or its model."""

    usage: Usage
    taken: Mapping[str, str]
    """Work of the plan, by what the log calls it: the only one on that model, or as somebody said."""
    several: Mapping[str, tuple[str, ...]]
    """Models that do several works of the plan, and these."""
    perhaps: Mapping[str, tuple[str, ...]]
    """Work under a name that the plan does not have, on a model that does work of it which the log does not name."""


def matched(plan: Plan, usage: Usage, said: Mapping[str, str]) -> Matched:
    """The log as the plan's work. `said`: of what work something is, by what the log calls it; `NEW`: of its own."""
    names = {plain_name(entry.name) for entry in plan.workload}
    pairs = sorted({(work, model) for _, model, work, _ in usage.rollup.cells})
    told = {plain_name(work or model) for work, model in pairs}
    strange = [(work, model) for work, model in pairs if plain_name(work or model) not in names]
    if len(told) == len(names) == 1 and not said:  # all there is, whatever it is called
        return Matched(usage, {}, {}, {})
    of = works_on((model for _, model in strange), _runs(plan))
    found = {(work, model): said.get(work or model) for work, model in strange}
    taken, several, perhaps = dict[str, str](), dict[str, tuple[str, ...]](), dict[str, tuple[str, ...]]()
    for work, model in strange:
        called, works = work or model, of[model]
        if called in said:
            taken |= {called: said[called]} if said[called] != NEW else {}
        elif not work and len(works) == 1:
            found[work, model] = taken[called] = works[0]
        elif not work and works:
            several[called] = works
        elif left := tuple(name for name in works if plain_name(name) not in told):
            perhaps[called] = tuple(dict.fromkeys((*perhaps.get(called, ()), *left)))
    renames = {pair: name for pair, name in found.items() if name}
    return Matched(renamed(usage, renames) if renames else usage, taken, several, perhaps)


def _runs(plan: Plan) -> list[tuple[str, Sequence[str]]]:
    """Work with what it runs on; not that which stands for all there is until it is known apart."""
    known = (work for work in plan.workload if work.name != NEW_WORKLOAD["name"])
    return [(work.name, [work.api_model or plan.volume.baseline_api]) for work in known]
