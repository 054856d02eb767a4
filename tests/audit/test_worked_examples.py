"""Worked examples that others have published, through the engine's own functions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.api_prices import NONE_KNOWN, price_book, unit_costs
from planner.engine.fleet.ownership import months_to_repay, offer_month
from planner.engine.fleet.self_hosted import Speed
from planner.engine.ledger.break_even import SCALES, SteadyMonth, break_even_of
from planner.engine.ledger.economy import FleetCurve
from planner.engine.specs import Workload
from tests.engine import plans

TODAY = date(2026, 11, 23)


def blended(price_in: float, price_out: float, input_share: float, *, cached: float = 0.0, batch: float = 0.0) -> float:
    """USD per million tokens of an endpoint at list price; cache reads at a tenth, the batch tier at half."""
    shipped = next(iter(shipped_catalog().apis.values()))
    plain = replace(shipped, tiers=(), changes=(), peak_hours_per_week=0.0, peak_factor=1.0, tokenizer_factor=1.0)
    api = replace(
        plain,
        input_usd_per_mtok=price_in,
        output_usd_per_mtok=price_out,
        cache_read_usd_per_mtok=price_in / 10,
        batch_discount_fraction=0.5,
    )
    work = Workload("w", "other", 1e6, 1000 * input_share, 1000 * (1 - input_share), cached_input_fraction=cached)
    return float(unit_costs(work, price_book([api], TODAY, 1.0, NONE_KNOWN), 1.0, batch)[0, 0].sum())


def break_even_tokens_a_month(rent_month: float, per_mtok: float) -> float:
    """One card that carries any volume, against one endpoint; the plan itself is at a billion a month."""
    curve = FleetCurve(
        erlangs=1.0,
        share=np.ones(64),
        counts=np.array([0, 1]),
        usable=np.array([0.0, 1e9]),
        rent=np.array([0.0, rent_month]),
        busy_month=0.0,
        need=0.0,
    )
    month = SteadyMonth(curve, np.ones((len(SCALES), 1)))
    found = break_even_of([month], "api", 1000 * per_mtok, 0.0, 1e9, 1e12).hardware_only
    assert found is not None
    return found


def rent_month(price: float, per: str = "hour", extra: float = 0.0) -> float:
    shipped = next(o for o in shipped_catalog().offers.values() if o.currency == "USD")
    offer = replace(shipped, price=price, per=per, monthly_extra=extra, setup_fee=0.0)  # type: ignore[arg-type]
    return offer_month(offer, shipped_catalog(), 1.0)


def test_an_a100_by_the_hour_and_fifteen_per_cent() -> None:
    rent = rent_month(1.19) * 1.15
    assert rent == pytest.approx(999.005)
    assert break_even_tokens_a_month(rent, blended(0.25, 2.0, 0.75)) == pytest.approx(1.453e9, rel=3e-4)


def test_320_a_month_against_three_dollars() -> None:
    assert break_even_tokens_a_month(rent_month(320, "month"), blended(3, 3, 0.5)) == pytest.approx(106.7e6, rel=4e-4)


@pytest.mark.parametrize(("busy", "usd"), [(1.0, 0.99), (0.1, 9.92)])
def test_an_h100_at_700_tokens_a_second(busy: float, usd: float) -> None:
    """Output only: the prompt costs no time in that example."""
    speed = Speed(concurrency=1, prefill_s_per_token=0.0, decode_s_per_token=1 / 700, ttft_s=0.0, tpot_s=1 / 700)
    seconds = speed.seconds_per_request(plans.workload(output_tokens=1e6), 1.0)
    assert rent_month(2.50) / 730 * seconds / 3600 / busy == pytest.approx(usd, abs=0.005)


PAN = (
    ("Kimi-K2", 240_000, 16 * 0.3, 800, (69.3, 8.7, 44.0)),
    ("GLM-4.5", 90_000, 6 * 0.3, 400, (51.5, 6.5, 32.8)),
    ("Qwen3-235B", 60_000, 4 * 0.3, 400, (34.0, 4.3, 21.8)),
    ("gpt-oss-120B", 30_000, 2 * 0.3, 220, (30.9, 3.9, 19.8)),
    ("Llama-3.3-70B", 15_000, 0.3, 190, (17.8, 2.3, 11.4)),
    ("EXAONE 32B", 2_000, 0.5, 200, (2.26, 0.3, 1.4)),
    ("Magistral 24B", 2_000, 0.5, 150, (3.0, 0.4, 1.9)),
)
"""Pan, Chodnekar, Roy, Wang 2025, arXiv 2509.18101: model, USD, kW that its electricity figures imply, total tok/s,
months to break even against GPT-5, Claude Opus 4 and Claude Sonnet 4."""
RIVALS = ((1.25, 10.0), (15.0, 75.0), (3.0, 15.0))


@pytest.mark.parametrize(("model", "usd", "kw", "tok_s", "published"), PAN, ids=[row[0] for row in PAN])
def test_months_to_break_even_of_pan_et_al(
    model: str, usd: float, kw: float, tok_s: float, published: tuple[float, ...]
) -> None:
    """176 h a month at full speed, one part of input to two of output, $0.15/kWh, nobody paid."""
    mtok = tok_s * 176 * 3600 / 1e6
    for (price_in, price_out), months in zip(RIVALS, published, strict=True):
        found = months_to_repay(usd, mtok * blended(price_in, price_out, 1 / 3) - kw * 176 * 0.15)
        assert found == pytest.approx(months, abs=0.11), model


def test_the_articles_bills() -> None:
    """30-day months, half of the tokens output: its table of what APIs cost."""
    for price_in, price_out, a_day, month in (
        (3, 15, 1, 270), (3, 15, 10, 2_700), (3, 15, 100, 27_000), (3, 15, 1000, 270_000),
        (0.8, 4, 10, 720), (0.8, 4, 100, 7_200),
    ):  # fmt: skip
        assert blended(price_in, price_out, 0.5) * a_day * 30 == pytest.approx(month)


SPLITS = (  # USD in and out; half of it output, a tenth, a tenth with half of the prompt cached, half in batch
    (3, 15, 9.00, 4.20, 2.985, 4.50),
    (0.8, 4, 2.40, 1.12, 0.796, 1.20),
    (15, 75, 45.00, 21.00, 14.925, 22.50),
    (5, 25, 15.00, 7.00, 4.975, 7.50),
)


@pytest.mark.parametrize(("price_in", "price_out", "half", "tenth", "cached", "batch"), SPLITS)
def test_the_split_the_cache_and_the_batch_tier_move_a_price(
    price_in: float, price_out: float, half: float, tenth: float, cached: float, batch: float
) -> None:
    """Cache reads at a tenth, batch at half: what half of all tokens being output leaves out."""
    assert blended(price_in, price_out, 0.5) == pytest.approx(half)
    assert blended(price_in, price_out, 0.9) == pytest.approx(tenth)
    assert blended(price_in, price_out, 0.9, cached=0.5) == pytest.approx(cached)
    assert blended(price_in, price_out, 0.5, batch=1.0) == pytest.approx(batch)


CONSISTENT = (  # USD a month; millions of tokens a day at Sonnet, Haiku, Opus 15/75, Opus 5/25; then with 90 % input
    (212, (0.8, 2.9, 0.16, 0.47), (1.7, 6.3, 0.34, 1.0)),
    (712, (2.6, 9.9, 0.53, 1.6), (5.7, 21, 1.1, 3.4)),
    (1_000, (3.7, 14, 0.74, 2.2), (7.9, 30, 1.6, 4.8)),
    (1_898, (7.0, 26, 1.4, 4.2), (15, 56, 3.0, 9.0)),
    (3_796, (14, 53, 2.8, 8.4), (30, 113, 6.0, 18)),
    (5_212, (19, 72, 3.9, 12), (41, 155, 8.3, 25)),
    (13_796, (51, 192, 10, 31), (110, 411, 22, 66)),
)


@pytest.mark.parametrize(("month", "half", "tenth"), CONSISTENT)
def test_one_cost_of_a_month_has_one_break_even_a_price(
    month: float, half: tuple[float, ...], tenth: tuple[float, ...]
) -> None:
    """What the article's three rules would be if they were about one server; to the two digits they are stated with."""
    for share, stated in ((0.5, half), (0.9, tenth)):
        for (price_in, price_out, *_), mtok in zip(SPLITS, stated, strict=True):
            found = break_even_tokens_a_month(month, blended(price_in, price_out, share)) / 30 / 1e6
            assert found == pytest.approx(mtok, rel=0.06)


def test_break_even_of_one_small_server() -> None:
    """EUR 184 a month at 1.15: 0.784, 2.939 and 0.157 million tokens a day, hardware alone, 30-day months."""
    for price_in, price_out, mtok in ((3, 15, 0.784), (0.8, 4, 2.939), (15, 75, 0.157)):
        found = break_even_tokens_a_month(rent_month(184 * 1.15, "month"), blended(price_in, price_out, 0.5)) / 30
        assert found == pytest.approx(mtok * 1e6, rel=4e-3)
