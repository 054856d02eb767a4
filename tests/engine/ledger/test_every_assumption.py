"""Each line of the assumptions table moves a result at either end; its range is drawn, or the table says why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.carry import ROUTERS
from planner.engine.fleet.ownership import PRICE_KEYS
from planner.engine.specs import Catalog, Evaluation, Inputs
from planner.evaluate import evaluate
from planner.plan.inputs import to_inputs
from planner.plan.places import EXAMPLES, example_path
from planner.plan.store import load
from planner.report.json import to_json
from planner.report.tables import assumptions as table
from planner.tui.screens.assumptions.detail import detail_rows
from tests.engine import plans

DRAWS = 400
ASSUMPTIONS = sorted(shipped_catalog().assumptions)


def cases() -> Iterator[tuple[Inputs, Catalog]]:
    """Plans that between them rest on every assumption, the ones that most rest on first."""
    bulk, bulk_catalog = plans.example("bulk-classifier")
    catalog = bulk_catalog
    yield from (plans.example(name) for name in ("claude-8k-a-month", "hospital", "bulk-classifier"))
    bought = plans.changed(bulk, operations={"hardware": "own"}, workload=plans.scaled(bulk.workload, 2))
    yield bought, catalog
    shipped = shipped_catalog()
    thinks = plans.workload(thinking="default", cached_input_fraction=0.6)
    yield plans.plan(thinks, volume={"baseline_api": "claude-haiku-4-5"}), shipped
    routed = {id: api for id, api in shipped.apis.items() if not api.is_hosted_open or api.provider in ROUTERS}
    cached = plans.workload(cached_input_fraction=0.6)
    yield plans.plan(cached, volume={"baseline_api": "claude-sonnet-4-6"}), replace(shipped, apis=routed)
    by_day = plans.workload(tokens_per_day=184e6, kind="agent", latency="background", deadline_hours=4.0)
    yield (
        plans.plan(by_day, volume={"baseline_api": "gpt-5.4-nano"}, residency={"answer": "yes"}),
        shipped,
    )
    hospital, catalog = plans.example("hospital")
    easy = tuple(replace(work, level="routine") for work in hospital.workload)
    small = {"prefer_gpus": ("rtx-4090",)}
    yield (
        plans.changed(hospital, volume={"baseline_api": "claude-opus-4-7"}, choice=small, workload=easy),
        catalog,
    )
    no_host = {id: offer for id, offer in shipped.offers.items() if offer.market != "dedicated"}
    for part in (0.43, 0.447):  # where own GPUs save about what the rules ask for
        yield plans.changed(bulk, workload=plans.scaled(bulk.workload, part)), replace(bulk_catalog, offers=no_host)
    by_night = plans.workload(tokens_per_day=5e9, latency="background", deadline_hours=24.0)
    yield plans.plan(by_night, choice={"allow_non_production": True, "prefer_gpus": ("h100-sxm",)}), shipped
    yield from map(plans.example, EXAMPLES)


@cache
def known() -> tuple[tuple[Inputs, Catalog], ...]:
    return tuple(cases())


def result(found: Evaluation) -> object:
    """What a person sees of it in figures."""
    assert found.risk is not None
    return (
        [(name, x.total, x.p10, x.p90, x.chance_to_pass) for name, x in found.ledgers.items()],
        (found.verdict.recommendation, found.verdict.fact, found.verdict.probability_cheaper),
        dict(found.risk.probability_cheapest),
        [(choice.offer, choice.model, choice.monthly_cost) for choice in found.options],
        None if found.bought is None else found.bought.monthly_cost,
        [(option.model, option.refusal) for option in found.excluded],
        [notice.kind for notice in found.notices],
    )


FIRST = {
    **dict.fromkeys(PRICE_KEYS, 3),
    "thinking_output_factor": 4,
    "cache_hits_router_fraction": 5,
    "cold_start_minutes": 6,
    "chance_below": 7,
    "saving_to_recommend_fraction": 8,
    "probability_to_recommend": 8,
    "spot_interruptions_per_month": 10,
    "spot_outage_hours": 10,
}
"""Of the cases, where an assumption matters that few plans rest on."""


def likely(key: str) -> Iterator[tuple[int, Inputs, Catalog]]:
    """The cases that leave it at its default, the likeliest to rest on it first."""
    for k in sorted(range(len(known())), key=lambda k: k != FIRST.get(key, 0)):
        if key not in known()[k][0].assumptions:
            yield k, *known()[k]


@cache
def as_planned(case: int) -> object:
    return result(evaluate(*known()[case], plans.AS_OF, DRAWS))


def moves(key: str, value: float) -> bool:
    """Whether any plan comes to something else with the assumption set to exactly this."""
    return any(
        result(evaluate(plans.with_assumptions(inputs, **{key: value}), catalog, plans.AS_OF, DRAWS)) != as_planned(k)
        for k, inputs, catalog in likely(key)
    )


@pytest.mark.parametrize("key", ASSUMPTIONS)
def test_both_ends_move_a_result(key: str) -> None:
    record = shipped_catalog().assumptions[key]
    ends = {record.low, record.high} - {record.mid}
    assert ends
    assert all(moves(key, end) for end in ends)


def bands(inputs: Inputs, catalog: Catalog) -> list[tuple[float, float]]:
    return [(x.p10, x.p90) for x in evaluate(inputs, catalog, plans.AS_OF, DRAWS).ledgers.values()]


@pytest.mark.parametrize("key", ASSUMPTIONS)
def test_a_range_is_drawn_or_the_table_says_why_not(key: str) -> None:
    record = shipped_catalog().assumptions[key]
    if record.not_drawn:
        assert record.not_drawn.endswith(".")
        return
    assert any(
        bands(plans.with_assumptions(inputs, **{key: record.mid}), catalog) != bands(inputs, catalog)
        for _, inputs, catalog in likely(key)
    )


def test_the_reason_is_in_the_table_in_the_detail_and_in_json() -> None:
    plan = load(example_path("bulk-classifier")).plan
    found = evaluate(to_inputs(plan), shipped_catalog(), plans.AS_OF, draws=0)
    rows = {row.key: row for row in table.defaults(found, plan)}
    reason = shipped_catalog().assumptions["burst_factor"].not_drawn
    assert reason
    assert rows["burst_factor"].not_drawn == reason
    column = [c.key for c in table.table(list(rows.values()), {}).columns].index("drawn")
    shown = {line.key: line.cells[column] for line in table.table(list(rows.values()), {}).lines}
    assert reason in str(shown["burst_factor"])
    assert "drawn" in str(shown["setup_weeks"])
    assert any(reason in segment.text for row in detail_rows(rows["burst_factor"], plans.AS_OF) for segment in row)
    exported = {row["id"]: row for row in to_json(found, "", None)["assumptions"]}
    assert exported["burst_factor"]["not_drawn"] == reason
    assert exported["setup_weeks"]["not_drawn"] is None
    assert exported["setup_weeks"]["low"] < exported["setup_weeks"]["high"]


def test_each_group_of_the_table_stands_together() -> None:
    plan = load(example_path("bulk-classifier")).plan
    lines = table.table(table.defaults(plans.evaluated("bulk-classifier"), plan), {}).lines
    assert len({line.key for line in lines}) == len(lines)
