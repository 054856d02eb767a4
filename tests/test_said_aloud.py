"""What the engine cannot follow, it says: a p95 that cannot be, an API too small for the work it does today."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.quality import context_needed, gate
from planner.engine.specs import Citation, Evaluation, Inputs, PairedEvaluation, Range
from planner.evaluate import evaluate
from planner.quantities import volume as volume_words
from planner.words.verdict import headline
from planner.words.warnings import notice_lines
from tests.engine import plans


def run(inputs: Inputs) -> Evaluation:
    return evaluate(inputs, shipped_catalog(), plans.AS_OF, draws=0)


def kinds(found: Evaluation) -> set[str]:
    return {notice.kind for notice in found.notices}


@pytest.mark.parametrize(
    ("p95", "kind"), [(1e6, "p95_below"), (1e12, "p95_above"), (75e6, None)], ids=["below", "above", "possible"]
)
def test_a_p95_that_cannot_be_is_told(p95: float, kind: str | None) -> None:
    found = run(plans.plan(volume={"p95_tokens_per_day": p95}))
    told = next((n for n in found.notices if n.kind in ("p95_below", "p95_above")), None)
    assert (told.kind if told else None) == kind
    if told is None:
        assert found.demand.p95_tokens_per_day == pytest.approx(p95, rel=0.01)
    else:
        assert told.amount == found.demand.p95_tokens_per_day
        assert any("stated p95 cannot be" in line for line in notice_lines(found))


@pytest.mark.parametrize(
    ("first", "last", "growth", "kind"),
    [
        (1e9, 1e9, 0.0, "months_jump"),
        (1e6, 50e6, 0.0, "months_jump"),
        (55e6, 60e6, 0.2, "months_growth"),
        (50e6, 20e6, 0.0, None),
        (55e6, 90e6, 0.04, None),
    ],
)
def test_months_that_contradict_today_or_growth_are_told(
    first: float, last: float, growth: float, kind: str | None
) -> None:
    volume = {"tokens_per_day_by_month": (first,) * 11 + (last,), "growth_per_month": Range.exactly(growth)}
    found = run(plans.plan(volume=volume))
    told = next((n for n in found.notices if n.kind.startswith("months_")), None)
    assert (told.kind if told else None) == kind
    if told is not None:
        assert told.amount == (first if kind == "months_jump" else last)
        figures = (volume_words(told.amount), volume_words(told.beside))
        assert any(all(figure in line for figure in figures) for line in notice_lines(found))


@pytest.mark.parametrize(
    ("stated", "kind", "figures"),
    [
        ({"input_tokens_p95": 0.0}, "p95_short", ("0", "900")),
        ({"input_tokens_p95": 899.0}, "p95_short", ("899", "900")),
        ({"output_tokens_p95": 59.0}, "p95_short", ("59", "60")),
        ({"input_tokens_p95": 18_001.0}, "p95_long", ("18,001", "900")),
        ({"max_context": 959}, "context_short", ("959", "960")),
        ({"max_context": 1}, "context_short", ("1", "960")),
        ({"input_tokens_p95": 900.0, "output_tokens_p95": 1_200.0, "max_context": 960}, None, ()),
        ({"input_tokens_p95": 18_000.0}, None, ()),
    ],
)
def test_lengths_that_cannot_all_be_true_are_told(
    stated: dict[str, Any], kind: str | None, figures: tuple[str, ...]
) -> None:
    work = plans.workload(**stated)
    found = run(plans.plan(work))
    told = [n for n in found.notices if n.kind in ("p95_short", "p95_long", "context_short")]
    assert [n.kind for n in told] == ([kind] if kind else [])
    assert context_needed(work) >= 960
    if kind:
        line = next(line for line in notice_lines(found) if line.startswith("work: "))
        assert all(figure in line for figure in figures)


def test_a_price_read_tomorrow_is_told_and_this_month_s_is_not() -> None:
    catalog, today = shipped_catalog(), "claude-sonnet-4-6"
    for as_of, ahead in (("2026-11-24", True), ("2031", True), ("2026-12", True), ("2026-11", False), ("2026", False)):
        api = replace(catalog.apis[today], citation=Citation("test", as_of))
        found = evaluate(plans.plan(), replace(catalog, apis={**catalog.apis, today: api}), plans.AS_OF, draws=0)
        assert any(n.kind == "ahead" and n.price and n.price.id == today for n in found.notices) == ahead
        assert any(f"price is of {as_of}, which is after 2026-11-23" in line for line in notice_lines(found)) == ahead


def test_a_cache_that_costs_more_than_no_cache_is_told() -> None:
    catalog, today = shipped_catalog(), "claude-sonnet-4-6"
    api = replace(catalog.apis[today], cache_read_usd_per_mtok=3.01)
    found = evaluate(plans.plan(), replace(catalog, apis={**catalog.apis, today: api}), plans.AS_OF, draws=0)
    assert any("Claude Sonnet 4.6: reading from its cache costs more" in line for line in notice_lines(found))


GOOD, BAD = (-0.01, 0.0, 0.02), (0.6, 0.7, 0.9)


@pytest.mark.parametrize(
    ("prompts", "gap", "ground"),
    [
        (1, GOOD, "reaches"),
        (35, GOOD, "reaches"),
        (36, GOOD, "proven"),
        (1, BAD, "reaches"),
        (2, BAD, "evaluated"),
    ],
)
def test_an_evaluation_shows_no_more_than_its_prompts_can(
    prompts: int, gap: tuple[float, float, float], ground: str
) -> None:
    catalog, work = shipped_catalog(), plans.workload()
    evaluation = PairedEvaluation(None, "Qwen/Qwen3.8-27B", "claude-sonnet-4-6", prompts, *gap, "test", "2026-11-01")
    inputs = plans.plan(work, quality={"evaluation": (evaluation,)})
    assert gate(inputs, catalog, work, catalog.models["Qwen/Qwen3.8-27B"]).ground == ground
    found = run(inputs)
    told = next((n for n in found.notices if n.kind == "few_prompts"), None)
    assert (told is not None) == (ground == "reaches")
    if told is not None:
        assert told.beside == (36 if gap is GOOD else 2)
        assert any(f"and it has {prompts}" in line for line in notice_lines(found))
        assert next(q.answer for q in found.questions if q.id == "quality") == "unproven"


def test_an_api_whose_window_is_smaller_than_the_work_is_told() -> None:
    work = plans.workload(input_tokens=3e6, input_tokens_p95=3e6, output_tokens=500, tokens_per_day=3e9)
    found = run(plans.plan(work))
    told = next(n for n in found.notices if n.kind == "today_misses")
    assert told.why is not None
    assert told.why.ground == "context"
    line = next(line for line in notice_lines(found) if "would not pass" in line)
    assert "work" in line
    assert "tokens at most" in line


def test_an_api_below_the_level_of_its_work_is_told() -> None:
    hard = run(plans.plan(plans.workload(level="frontier"), volume={"baseline_api": "claude-haiku-4-5"}))
    assert "today_misses" in kinds(hard)
    assert "today_misses" not in kinds(run(plans.plan(plans.workload(level="routine"))))


def test_no_sentence_denies_what_a_table_prices() -> None:
    """A hosted open model may take the work, and no GPU is allowed: that is not "no open model"."""
    found = run(plans.plan(choice={"prefer_gpus": ("a-gpu-nobody-rents",)}))
    assert found.ledgers["hosted_open"].possible
    assert found.why_no_choice == "nothing_allowed"
    assert "no open model" not in headline(found)


def test_where_no_open_model_may_take_the_work_it_is_said() -> None:
    found = run(plans.changed(plans.plan(plans.workload()), quality={"answer": "no"}))
    assert found.why_no_choice == "no_model"
    assert "no open model may take any of the work on own GPUs" in headline(found)
