"""The source article's own arithmetic, reproduced through the ledger and the break-even search."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.engine.specs import PairedEvaluation, Pins
from planner.engine.units import DAYS_PER_MONTH
from planner.evaluate import evaluate
from tests.engine import plans

TO_30_DAYS = 30 / DAYS_PER_MONTH


@pytest.mark.parametrize(
    ("name", "usd_30_days"),
    [("article-1m", 270), ("article-10m", 2_700), ("article-100m", 27_000), ("article-1b", 270_000)],
)
def test_sonnet_bill_of_30_days(name: str, usd_30_days: float) -> None:
    month = float(plans.evaluated(name).ledgers["api_today"].months[0].total)
    assert month * TO_30_DAYS == pytest.approx(usd_30_days, rel=1e-4)
    assert month / usd_30_days == pytest.approx(1.0139, abs=1e-4)  # 730 h against 720 h


@pytest.mark.parametrize(("name", "usd_30_days"), [("article-10m", 720), ("article-100m", 7_200)])
def test_haiku_bill_of_30_days(name: str, usd_30_days: float) -> None:
    inputs, catalog = plans.example(name)
    haiku = plans.changed(inputs, volume={"baseline_api": "claude-haiku-4-5"})
    month = float(evaluate(haiku, catalog, plans.AS_OF, draws=0).ledgers["api_today"].months[0].total)
    assert month * TO_30_DAYS == pytest.approx(usd_30_days, rel=1e-4)


@pytest.mark.parametrize(
    ("cached", "split", "blended"),
    [(0.0, 0.5, 9.00), (0.0, 1 / 3, 11.00), (0.0, 0.9, 4.20), (0.5, 0.9, 2.985)],
)
def test_blended_price_of_sonnet(cached: float, split: float, blended: float) -> None:
    """USD per 1M tokens at 3/15, cache reads at a tenth (COST_THEORY section 1)."""
    inputs, catalog = plans.example("article-10m")
    work = replace(
        inputs.workload[0], input_tokens=1000 * split, output_tokens=1000 * (1 - split), cached_input_fraction=cached
    )
    found = evaluate(plans.changed(inputs, workload=(work,)), catalog, plans.AS_OF, draws=0)
    month = float(found.ledgers["api_today"].months[0].total)
    assert month / (10 * DAYS_PER_MONTH) == pytest.approx(blended, abs=0.0006)


@pytest.mark.parametrize(
    ("api", "million_a_day"), [("claude-sonnet-4-6", 0.784), ("claude-haiku-4-5", 2.939), ("claude-opus-4-7", 0.157)]
)
def test_hardware_only_break_even_of_one_server_that_never_fills(api: str, million_a_day: float) -> None:
    """USD 211.60 a month against 9.00, 2.40 and 45.00 per 1M tokens, in the article's months of 30 days.

    The work is made light enough for one server, and a model that fits it good enough for the work: the article takes
    both for granted.
    """
    inputs, catalog = plans.example("article-1m")
    light = replace(inputs.workload[0], level="routine", latency="background", tokens_per_day=1e6)
    enough = PairedEvaluation(None, "Qwen/Qwen3-14B", api, 2000, -0.01, 0.0, 0.01, "taken for granted", "2026-11-01")
    pinned = plans.changed(
        inputs,
        workload=(light,),
        volume={"baseline_api": api},
        quality={"evaluation": (enough,)},
        choice=Pins(offer="hetzner-gex44"),
    )
    point = evaluate(pinned, catalog, plans.AS_OF, draws=0).break_even[0]
    assert point.api_model == api
    assert point.hardware_only is not None
    assert point.hardware_only / TO_30_DAYS / 1e6 == pytest.approx(million_a_day, abs=0.0006)
    assert point.hardware_only < point.capacity_tokens_per_day


def test_the_articles_70b_does_not_fit_its_server() -> None:
    inputs, catalog = plans.example("article-10m")
    pinned = plans.changed(inputs, choice=Pins(offer="hetzner-gex44", model="meta-llama/Llama-3.3-70B-Instruct"))
    found = evaluate(pinned, catalog, plans.AS_OF, draws=0)
    assert found.choice is None
    missing = [x for x in found.excluded if x.model == "meta-llama/Llama-3.3-70B-Instruct"]
    assert missing
    assert min(x.short_by_gib for x in missing) > 15
