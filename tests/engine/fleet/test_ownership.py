"""Own hardware: a published break-even table through our ledger, and the sum of its parts."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.assumptions import resolve
from planner.engine.decision import context_of
from planner.engine.fleet.ownership import OWNED, months_to_repay, ownership_of, with_owned
from planner.engine.fleet.self_hosted import Speed, Wanted, own_fleets
from planner.engine.ledger.months import api_buckets, ledger
from planner.engine.ledger.strategies import Contest, own_buckets, today
from planner.engine.specs import Catalog, Citation, Inputs, Pins, Purchase
from planner.engine.specs.money import LedgerReason
from planner.engine.units import DAYS_PER_MONTH
from planner.evaluate import evaluate
from tests.engine import plans

HOURS_A_MONTH = 176.0
"""8 hours on 22 days, at full throughput."""
USD_KWH = 0.15
WATTS_A_CARD = {"a100-80-sxm": 300.0, "rtx-5090": 500.0}
"""What the study's electricity figures imply (it lists 400 and 575 W)."""
APIS = {"gpt-5": (1.25, 10.0), "opus-4": (15.0, 75.0), "sonnet-4": (3.0, 15.0)}
STUDY = Citation("Pan, Chodnekar, Roy, Wang, arXiv 2509.18101", "2025-09")
PUBLISHED = {  # purchase in USD, cards, total tokens/s, months against the three APIs
    "Kimi-K2": ("a100-80-sxm", 16, 240_000, 800, (69.3, 8.7, 44.0)),
    "GLM-4.5": ("a100-80-sxm", 6, 90_000, 400, (51.5, 6.5, 32.8)),
    "Qwen3-235B": ("a100-80-sxm", 4, 60_000, 400, (34.0, 4.3, 21.8)),
    "gpt-oss-120B": ("a100-80-sxm", 2, 30_000, 220, (30.9, 3.9, 19.8)),
    "Llama-3.3-70B": ("a100-80-sxm", 1, 15_000, 190, (17.8, 2.3, 11.4)),
    "EXAONE 32B": ("rtx-5090", 1, 2_000, 200, (2.26, 0.3, 1.4)),
    "Magistral 24B": ("rtx-5090", 1, 2_000, 150, (3.0, 0.4, 1.9)),
}  # fmt: skip


def study_catalog(gpu_id: str, cards: int, price: float, api: tuple[float, float]) -> Catalog:
    """The shipped catalogue with the study's machine and its API price in place of Sonnet's."""
    catalog = shipped_catalog()
    gpu = replace(catalog.gpus[gpu_id], tdp_w=WATTS_A_CARD[gpu_id])
    machine = Purchase(
        id="study", label="study", gpu_id=gpu_id, gpu_count=cards, whole_server=True, price=price, currency="USD",
        citation=STUDY,
    )  # fmt: skip
    sonnet = replace(catalog.apis["claude-sonnet-4-6"], input_usd_per_mtok=api[0], output_usd_per_mtok=api[1])
    return replace(
        catalog,
        gpus=MappingProxyType({**catalog.gpus, gpu_id: gpu}),
        purchases=MappingProxyType({"study": machine}),
        apis=MappingProxyType({**catalog.apis, "claude-sonnet-4-6": sonnet}),
    )


def study_inputs(tokens_s: float, usd_per_eur: float) -> Inputs:
    """Hardware and power only; one part of input to two of output; as many tokens as the machine makes in 176 hours."""
    nobody = plans.exact(
        engineer_eur_year=0.0, observability_usd_month=0.0, security_usd_month=0.0, storage_egress_usd_month=0.0,
        setup_weeks=0.0, hiring_cost_eur=0.0, server_power_factor=1.0, pue=1.0, idle_power_fraction=0.0,
        power_eur_kwh=USD_KWH / usd_per_eur, colocation_usd_kw_month=0.0, spares_fraction=0.0, cost_of_capital=0.0,
        safe_utilisation_interactive=0.95, safe_utilisation_background=1.0,
    )  # fmt: skip
    volume = tokens_s * 3600 * HOURS_A_MONTH / DAYS_PER_MONTH
    work = plans.workload(tokens_per_day=volume, input_tokens=500.0, output_tokens=1_000.0, latency="background")
    return plans.plan(
        work, assumptions=nobody, volume={"profile": "flat", "day_noise_cv": 0.0}, operations={"hardware": "own"}
    )


def months_of_study(name: str, api: str) -> float:
    gpu_id, cards, price, tokens_s, _ = PUBLISHED[name]
    catalog = study_catalog(gpu_id, cards, price, APIS[api])
    inputs = study_inputs(tokens_s, catalog.usd_per["EUR"])
    context, people = context_of(inputs, catalog, plans.AS_OF)
    one = 1.0 / tokens_s
    offer, speed = context.catalog.offers["own-study"], Speed(512.0, one, one, 0.1, 0.02)
    own = own_fleets(context, [Wanted(offer, cards, speed, (0,), (1.0,))])[0]
    none = LedgerReason("endpoints")
    ours = ledger("self_host", own_buckets(Contest(context, people, None, None, none), own), none)
    bill = ledger("api_today", api_buckets([today(context.market.outsides[0])]), none)
    assert own.plan.replicas_by_month == (1,) * 12
    running = float(ours.months[5].total) - float(ours.months[5].buckets["hardware"])
    found = months_to_repay(context.owned["own-study"].purchase, float(bill.months[5].total) - running)
    assert found is not None
    return found


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_months_to_break_even(name: str) -> None:
    """Within 2 %, or within the rounding of the published figure where that is coarser."""
    for api, published in zip(APIS, PUBLISHED[name][4], strict=True):
        assert months_of_study(name, api) == pytest.approx(published, rel=0.02, abs=0.05), api


def test_a_real_split_of_tokens_moves_the_break_even_from_11_to_30_months() -> None:
    """COST_THEORY section 8: at 90/10 instead of 1:2 the 70B against Sonnet takes 30.1 months."""
    blended = {split: split * 3.0 + (1 - split) * 15.0 for split in (1 / 3, 0.9)}
    power = 0.3 * HOURS_A_MONTH * USD_KWH
    mtok = 190 * 3600 * HOURS_A_MONTH / 1e6
    months = [months_to_repay(15_000, mtok * price - power) for price in blended.values()]
    assert months == pytest.approx([11.4, 30.1], abs=0.05)
    assert months[0] == pytest.approx(months_of_study("Llama-3.3-70B", "sonnet-4"), rel=0.001)


def test_eight_h100_cost_about_what_others_say() -> None:
    """USD 1.30-1.69 a GPU-hour for large owners (InferenceX constants, May 2026), more for one server in colocation."""
    catalog = shipped_catalog()
    purchase = catalog.purchases["8x-h100-server"]
    found = ownership_of(
        purchase, catalog.gpus["h100-sxm"], 8, resolve(plans.plan(), catalog), catalog, catalog.usd_per["USD"]
    )
    assert 1.3 < (found.month + found.busy_power) / 730 / 8 < 2.2


def test_buckets_of_own_hardware_replace_rent() -> None:
    inputs = plans.plan(operations={"hardware": "own"}, choice={"prefer_gpus": (), "gpu": "l40s"})
    found = evaluate(inputs, shipped_catalog(), plans.AS_OF, draws=0)
    assert found.choice is not None
    assert found.choice.provider == "own hardware"
    assert found.choice.purchase_total > 0
    month = found.ledgers["self_host"].months[-1].buckets
    assert all(month[name] > 0 for name in ("hardware", "power", "colocation"))
    assert all(month.get(name, 0) == 0 for name in ("gpu_used", "gpu_idle", "redundancy"))


def test_rent_is_the_default_and_the_purchase_stands_beside_it() -> None:
    found = plans.evaluated("hospital")
    assert found.choice is not None
    assert found.choice.purchase_total == 0
    inputs, catalog = plans.example("hospital")
    pinned = plans.changed(inputs, choice=Pins(gpu="rtx-pro-6000-blackwell"))
    options = evaluate(pinned, catalog, plans.AS_OF, draws=0).options
    assert {o.purchase_total > 0 for o in options} == {True, False}


def test_a_longer_write_off_costs_less_a_month() -> None:
    catalog = shipped_catalog()
    purchase, gpu = catalog.purchases["8x-h100-server"], catalog.gpus["h100-sxm"]
    months = [
        ownership_of(
            purchase, gpu, 8, resolve(plans.plan(assumptions=plans.exact(capex_years=y)), catalog), catalog, 1.0
        )
        for y in (3.0, 4.0, 5.0)
    ]
    assert np.all(np.diff([m.hardware for m in months]) < 0)
    assert months[0].purchase == months[1].purchase == 250_000


def test_retail_prices_lose_their_vat() -> None:
    catalog = shipped_catalog()
    purchase = catalog.purchases["rtx-pro-6000-blackwell-96gb-new"]
    a = resolve(plans.plan(), catalog)
    found = ownership_of(purchase, catalog.gpus[purchase.gpu_id], 2, a, catalog, catalog.usd_per["EUR"])
    assert found.purchase == pytest.approx(17_627 / 1.19 * 2 * a.server_capex_factor)


def test_a_desktop_computer_is_no_production_server() -> None:
    """It may be pinned, or asked for with the other markets; a card in a server may be planned on."""
    catalog = shipped_catalog()
    offered, _ = with_owned(catalog, resolve(plans.plan(plans.workload()), catalog), "EUR")
    owned = [o for o in offered.offers.values() if o.commitment == OWNED]
    desktops = [o for o in owned if catalog.gpus[o.gpu_id].is_desktop]
    assert desktops
    assert not any(o.is_production for o in desktops)
    assert any(o.is_production for o in owned)


def test_a_bought_geforce_card_is_no_production_server() -> None:
    """Its driver licence excludes data centres, and it is the owner who would break it."""
    catalog = shipped_catalog()
    bought, owned = with_owned(catalog, resolve(plans.plan(), catalog), "USD")
    geforce = [bought.offers[id] for id in owned if bought.gpus[bought.offers[id].gpu_id].is_geforce]
    assert geforce
    assert not any(offer.is_production for offer in geforce)


def test_a_module_of_a_baseboard_is_not_bought_alone() -> None:
    """A Gaudi 3 or an MI300X comes eight to a machine, whatever else is sold under that name."""
    catalog = shipped_catalog()
    bought, owned = with_owned(catalog, resolve(plans.plan(), catalog), "USD")
    for id in owned:
        offer = bought.offers[id]
        if not bought.gpus[offer.gpu_id].form_factor.lower().startswith("pcie"):
            assert offer.gpu_count == 8 or bought.gpus[offer.gpu_id].is_desktop, id
