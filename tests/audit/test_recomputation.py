"""Every ledger against the plain recomputation: all examples, and random plans from a seed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import numpy as np
import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.decision import CostedPlan, costed_plan, large_fleet
from planner.engine.fleet.self_hosted import SelfHostedFleet
from planner.engine.ledger import strategies
from planner.engine.ledger.economy import curve_of
from planner.engine.recommendation import payback_of
from planner.engine.specs import (
    Catalog,
    Citation,
    Evaluation,
    Inputs,
    Offer,
    Pins,
    Range,
    Region,
    Strategy,
    StrategyLedger,
    Workload,
)
from planner.engine.specs.inputs import Kind
from planner.engine.tokens import TEXTS
from planner.evaluate import evaluate
from planner.plan.places import EXAMPLES
from tests.audit import recompute as plain
from tests.audit.fleets import bought_of, rent_of
from tests.engine import plans

CENT = Decimal("0.01")
RENT = ("gpu_used", "gpu_idle", "redundancy")
"""Three buckets that share one amount: each is rounded, so their sum may be a cent off it."""
OWNED = ("hardware", "power", "colocation")
TOKEN: tuple[Strategy, ...] = ("api_today", "api_tuned", "hosted_open")


def legs_of(stage: CostedPlan, strategy: Strategy) -> list[plain.Leg]:
    """Which endpoint takes each workload: no amount."""
    found, pick = [], stage.contest.pick_of(strategy)
    for i, outside in enumerate(stage.contest.outsides):
        leg = pick(outside)
        if leg is not None:
            after = outside.successor
            found.append(plain.Leg(i, leg.api.id, leg is outside.today, None if after is None else after.id))
    return found


def assert_api(ledger: StrategyLedger, year: plain.Months) -> None:
    for month, cost in enumerate(ledger.months):
        for name in plain.API:
            assert abs(cost.buckets[name] - plain.cents(year[name][month])) <= _rounding(year[name][month]), name


def assert_vat(stage: CostedPlan, ledger: StrategyLedger, year: plain.Months) -> None:
    """`year`: all of its other buckets."""
    if not stage.inputs.vat_not_reclaimed_fraction:
        assert "vat" not in ledger.months[0].buckets
        return
    for cost, vat in zip(ledger.months, plain.vat_year(stage.inputs, year), strict=True):
        assert abs(cost.buckets["vat"] - plain.cents(vat)) <= _rounding(vat)
        assert cost.total == sum(cost.buckets.values())


def _rounding(amount: float) -> Decimal:
    """A cent, and for bills beyond what a float holds to the cent, twelve digits of them."""
    return max(CENT, Decimal(abs(amount)) * Decimal("1e-12"))


def assert_own(stage: CostedPlan, own: SelfHostedFleet, ledger: StrategyLedger) -> None:
    """A fleet of the ledger: API rest, people, and rent with set-up fees."""
    inputs, catalog = stage.inputs, stage.catalog
    legs = [
        replace(leg, share=tuple(1 - own.plan.served[own.rows.index(leg.workload)]))
        if leg.workload in own.rows
        else leg
        for leg in legs_of(stage, "hybrid")
    ]
    at_host = ledger.strategy == "dedicated"
    legs += [] if at_host else meanwhile_of(stage, own)
    api = plain.api_year(inputs, catalog, stage.as_of, legs)
    assert_api(ledger, api)
    people = plain.watching_year(inputs, catalog) if at_host else plain.people_year(inputs, catalog)
    for month, cost in enumerate(ledger.months):
        for name, bucket in people.items():
            assert abs(cost.buckets[name] - plain.cents(bucket[month])) <= _rounding(bucket[month]), name
        assert cost.total == sum(cost.buckets.values())
    if own.offer_id in stage.context.owned:
        servers = servers_of(stage, own)
        for name, bucket in servers.items():
            for month, cost in enumerate(ledger.months):
                assert abs(cost.buckets[name] - plain.cents(bucket[month])) <= _rounding(bucket[month]), name
        assert_vat(stage, ledger, {**api, **people, **servers})
        return
    rent = rent_of(stage, own)
    assert_vat(stage, ledger, {**api, **people, **({"rent": rent["rent"]} if at_host else rent)})
    for month, cost in enumerate(ledger.months):
        paid = sum((cost.buckets[name] for name in (("dedicated_endpoints",) if at_host else RENT)), Decimal(0))
        assert abs(paid - plain.cents(rent["rent"][month])) <= 2 * _rounding(rent["rent"][month])
        if at_host:
            assert not set(cost.buckets) & {*RENT, "setup_fees", "hiring", "model_updates"}
            continue
        assert abs(cost.buckets["setup_fees"] - plain.cents(rent["setup_fees"][month])) <= CENT


IDLE = Offer(
    id="idle", provider="own", product="2x H100", gpu_id="h100-sxm", gpu_count=2, price=300.0, currency="EUR",
    per="year", commitment="monthly", market="production", region="", in_eu=True, monthly_extra=10.0,
    already_paid=True, available=3, citation=Citation("the plan", "2026-11-01"),
)  # fmt: skip


def with_idle(catalog: Catalog) -> Catalog:
    """The catalogue of a plan that has machines already."""
    return replace(catalog, offers=MappingProxyType({**catalog.offers, IDLE.id: IDLE}))


def servers_of(stage: CostedPlan, own: SelfHostedFleet) -> plain.Months:
    """What servers cost that are bought, or there already."""
    if own.offer_id != IDLE.id:
        return bought_of(stage, own)
    each = own.offer.replicas_per_unit
    units, busy = ([float(n) / each for n in part] for part in (own.plan.paid_replicas, own.busy_erlangs))
    assert max(units) <= 3
    return plain.paid_already_year(stage.inputs, stage.catalog, IDLE, units, busy)


def meanwhile_of(stage: CostedPlan, own: SelfHostedFleet) -> list[plain.Leg]:
    """Work that only own GPUs may take, where it runs on as today until they are live; the others wait."""
    legs, idle = [], tuple(plain.idle_year(stage.inputs, stage.catalog))
    for i, outside in enumerate(stage.contest.outsides):
        if i in own.rows and outside.best is None and outside.meanwhile is not None:
            legs.append(plain.Leg(i, stage.inputs.api_today(outside.workload), True, None, idle))
    return legs


def assert_gap(stage: CostedPlan, found: Evaluation) -> set[str]:
    """Months and tokens that nobody serves, and what a year of full service costs."""
    asked, seen = stage.inputs.operations.until_live, set[str]()
    fleets = {"self_host": stage.contest.self_host, "hybrid": stage.contest.hybrid}
    for name, fleet in fleets.items():
        ledger = found.ledgers[name]  # type: ignore[index]
        if fleet is None or not ledger.possible or (name == "hybrid" and not stage.contest.hybrid_uses_gpus):
            assert ledger.gap is None
            continue
        homeless = [o for i, o in enumerate(stage.contest.outsides) if i in fleet.own.rows and o.best is None]
        kept = [o for o in homeless if plain.residency_forbids(stage.inputs, stage.catalog, o.workload)]
        waiting = {"nobody": homeless, "as_today": [], "auto": kept}[asked]
        assert (ledger.gap is not None) == bool(waiting)
        if ledger.gap is not None:
            rows = [stage.inputs.workload.index(o.workload) for o in waiting]
            months, tokens, year = plain.gap_of(
                stage.inputs, stage.catalog, rows, [month.total for month in ledger.months]
            )
            assert ledger.gap.months == pytest.approx(months, rel=1e-12)
            assert ledger.gap.tokens == pytest.approx(tokens, rel=1e-9)
            assert ledger.gap.full_year == year
        seen |= {"gap"} if ledger.gap is not None else {"meanwhile"} if homeless else set()
    return seen


def servers_bought(stage: CostedPlan, own: SelfHostedFleet) -> plain.Bought:
    """Which servers, how many, how busy: no amount."""
    each, offer = own.offer.replicas_per_unit, stage.catalog.offers[own.offer_id]
    purchase = next(
        id for id in stage.catalog.purchases if own.offer_id in (f"own-{id}", f"own-{offer.gpu_count}x-{id}")
    )
    units = [float(n) / each for n in own.plan.paid_replicas]
    return plain.Bought(purchase, offer.gpu_count, units, [float(n) / each for n in own.busy_erlangs])


def assert_cash(stage: CostedPlan, found: Evaluation) -> set[str]:
    """Cash out of the first year and both paybacks, from the ledger's other buckets and the price of the servers."""
    seen = set[str]()
    fleets = {"self_host": stage.contest.self_host, "hybrid": stage.contest.hybrid}
    for row in found.cash:
        costed = stage.bought if row.strategy is None else fleets[row.strategy]
        assert costed is not None
        bought = servers_bought(stage, costed.own)
        year = {name: list(values) for name, values in strategies.own_buckets(stage.contest, costed.own).items()}
        cash = plain.cash_year(stage.inputs, stage.catalog, bought, year)
        assert abs(sum(cash, Decimal(0)) - row.first_year) <= 24 * _rounding(float(row.first_year) / 24)
        price = plain.server_price(stage.inputs, stage.catalog, bought) * max(bought.units)
        price *= 1 + stage.inputs.vat_not_reclaimed_fraction
        assert abs(plain.cents(price) - row.paid_once) <= _rounding(price)
        for paid in row.paybacks:
            rival = [month.total for month in found.ledgers[paid.against].months]
            if paid.against != "hybrid":
                rival = without_gap(stage, found, paid.against, rival)
            assert paid.cash == plain.cash_payback(cash, rival)
            assert paid.written_off == plain.payback(plain.totals(year), rival)
        seen.add("instead" if row.strategy is None else "bought")
    return seen


def without_gap(stage: CostedPlan, found: Evaluation, rival: Strategy, months: list[Decimal]) -> list[Decimal]:
    """A rival's months without the work that own GPUs leave unserved."""
    gap = found.ledgers["hybrid"].gap
    if gap is None:
        return months
    idle = tuple(plain.idle_year(stage.inputs, stage.catalog))
    legs = [replace(leg, share=idle) for leg in legs_of(stage, rival) if stage.contest.outsides[leg.workload].waits]
    spent = plain.api_year(stage.inputs, stage.catalog, stage.as_of, legs)
    gross = 1 + stage.inputs.vat_not_reclaimed_fraction
    return [m - Decimal(gross * sum(spent[b][i] for b in plain.API)) for i, m in enumerate(months)]


def test_bought_servers_to_the_cent() -> None:
    """Of examples that buy, and of a plan whose rented fleet could be bought."""
    seen = set[str]()
    for name, hardware in (("hospital", "rent"), ("hospital", "own"), ("fine-tuned-8b", "own"), ("article-1b", "own")):
        inputs, catalog = plans.example(name)
        inputs = plans.changed(inputs, operations={"hardware": hardware})
        stage = costed_plan(inputs, catalog, plans.AS_OF)
        audit(stage)
        seen |= assert_cash(stage, evaluate(inputs, catalog, plans.AS_OF, draws=0))
    assert seen == {"bought", "instead"}


def audit(stage: CostedPlan) -> set[str]:
    """Which parts were recomputed; every difference is an assertion."""
    ledgers: Mapping[Strategy, StrategyLedger] = strategies.ledgers_of(stage.contest)
    seen: set[str] = set()
    for name in TOKEN:
        ledger = ledgers[name]
        if ledger.possible:
            year = plain.api_year(stage.inputs, stage.catalog, stage.as_of, legs_of(stage, name))
            assert_api(ledger, year)
            assert_vat(stage, ledger, year)
            expected = sum(plain.totals({**year, "vat": plain.vat_year(stage.inputs, year)}), Decimal(0))
            assert abs(ledger.total - expected) <= 60 * _rounding(float(expected) / 60), name
            seen.add(name)
    alone, hybrid = stage.contest.self_host, stage.contest.hybrid
    if ledgers["self_host"].possible and alone is not None:
        assert_own(stage, alone.own, ledgers["self_host"])
        seen |= {"self_host"} | ({"regions"} if len(alone.own.regions) > 1 else set())
    seen |= audit_host(stage, ledgers["dedicated"])
    if ledgers["hybrid"].possible and hybrid is not None and stage.contest.hybrid_uses_gpus:
        assert_own(stage, hybrid.own, ledgers["hybrid"])
        seen |= {"hybrid", "switched" if hybrid.own.plan.schedule is not None else "steady"}
        seen |= {"set-up fee"} if hybrid.own.plan.fees.any() else set()
        seen |= {"regions"} if len(hybrid.own.regions) > 1 else set()
        seen |= {"spot"} if stage.catalog.offers[hybrid.own.offer_id].market == "spot" else set()
        seen |= {"there"} if hybrid.own.offer_id == IDLE.id else set()
    elif ledgers["hybrid"].possible:
        year = plain.api_year(stage.inputs, stage.catalog, stage.as_of, legs_of(stage, "hybrid"))
        assert_api(ledgers["hybrid"], year)
        assert_vat(stage, ledgers["hybrid"], year)
    own, today = ledgers["hybrid"], ledgers["api_today"]
    if own.possible:
        paid = plain.payback([month.total for month in own.months], [month.total for month in today.months])
        assert payback_of(ledgers, "api_today") == paid
        seen |= {"pays back later"} if paid is not None and paid > 1 else set()
    return seen


def audit_host(stage: CostedPlan, ledger: StrategyLedger) -> set[str]:
    """The dedicated endpoints of a host, or adapters that it serves by the token."""
    costed = stage.contest.dedicated
    if not ledger.possible:
        return set()
    if costed is None:
        assert_api(ledger, plain.api_year(stage.inputs, stage.catalog, stage.as_of, legs_of(stage, "dedicated")))
        return {"adapters"}
    assert_own(stage, costed.own, ledger)
    gpus = costed.place.tensor_parallel // stage.catalog.offers[costed.own.offer_id].gpu_count
    down = costed.own.plan.schedule is not None and not all(costed.own.plan.always_on)
    parts = {"several sold one by one": gpus > 1, "down at times": down}
    return {"dedicated", *(name for name, here in parts.items() if here)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_to_the_cent(name: str) -> None:
    stage = costed_plan(*plans.example(name), plans.AS_OF)
    assert "api_today" in audit(stage)
    shown = evaluate(*plans.example(name), plans.AS_OF, draws=0)
    assert_gap(stage, shown)
    for strategy, ledger in strategies.ledgers_of(stage.contest).items():
        assert shown.ledgers[strategy].total == ledger.total


@pytest.mark.parametrize("name", EXAMPLES)
def test_own_gpus_pay_from_the_break_even_on_and_not_before(name: str) -> None:
    """What a volume leaves to be served is the planner's; rent, people and endpoints are recomputed."""
    stage = costed_plan(*plans.example(name), plans.AS_OF)
    fleets = [c for c in (stage.chosen, large_fleet(stage)) if c is not None]
    assert stage.chosen is not None
    assert all(c.own.plan.schedule is None for c in fleets)
    curves = [(curve_of(c.own), plain.product_month(stage.inputs, stage.catalog, c.own.offer_id), c) for c in fleets]
    people = sum(v[-1] for k, v in plain.people_year(stage.inputs, stage.catalog).items() if k != "setup_engineering")
    tokens, checked = sum(w.tokens_per_day for w in stage.inputs.workload), 0

    def saved(volume: float, api_month: float) -> float:
        best = []
        for curve, month, fleet in curves:
            shares = curve.share_at(curve.usable[1:], np.array(volume))
            for count, share in zip(curve.counts[1:], shares, strict=True):
                best.append(api_month * volume * share - count / fleet.own.offer.replicas_per_unit * month)
        return float(max(best))

    for row in evaluate(*plans.example(name), plans.AS_OF, draws=0).break_even:
        if row.api_model not in stage.catalog.apis:
            continue
        api_month = endpoint_month(stage, row.api_model, stage.chosen.own.rows)
        for fixed, found in ((0.0, row.hardware_only), (people, row.with_people)):
            if found is not None and 1e-4 < found / tokens < 1e4:
                assert saved(found / tokens * 1.02, api_month) >= fixed
                assert all(saved(found / tokens * less, api_month) < fixed for less in (0.98, 0.7, 0.3))
                checked += 1
    assert checked


def test_a_dedicated_endpoint_pays_from_its_break_even_on_and_not_before() -> None:
    stage = costed_plan(*plans.example("bulk-classifier"), plans.AS_OF)
    costed = stage.contest.dedicated
    point = evaluate(*plans.example("bulk-classifier"), plans.AS_OF, draws=0).dedicated_break_even
    assert costed is not None
    assert point is not None
    assert point.with_people is not None
    curve, month = curve_of(costed.own), plain.product_month(stage.inputs, stage.catalog, costed.own.offer_id)
    legs = [leg for leg in legs_of(stage, "dedicated") if leg.workload in costed.own.rows]
    bill = plain.api_year(stage.inputs, stage.catalog, stage.as_of, legs)
    api_month = sum(months[0] for months in bill.values()) / plain.factors(stage.inputs)[0]
    watching = plain.watching_year(stage.inputs, stage.catalog)["ongoing_engineering"][-1]
    tokens = sum(w.tokens_per_day for w in stage.inputs.workload)

    def saved(volume: float) -> float:
        shares = curve.share_at(curve.usable[1:], np.array(volume))
        sizes = zip(curve.counts[1:], shares, strict=True)
        return max(float(api_month * volume * share - n * month) for n, share in sizes)

    assert saved(point.with_people / tokens * 1.02) >= watching
    assert all(saved(point.with_people / tokens * less) < watching for less in (0.98, 0.7, 0.3))


def endpoint_month(stage: CostedPlan, id: str, rows: Sequence[int]) -> float:
    """Some work at today's volume on one endpoint, with the batch share that it has today."""
    bills = [
        plain.api_month(stage.inputs, stage.catalog, stage.as_of, 0, work, id, work.batch_fraction)
        for work in (stage.inputs.workload[i] for i in rows)
    ]
    return sum(map(sum, bills)) / plain.factors(stage.inputs)[0]


KINDS: tuple[Kind, ...] = ("classification", "extraction", "summarisation", "rag", "customer_text", "agent", "coding")
PINS = (
    Pins(),
    Pins(prefer_gpus=("rtx-4000-sff-ada", "rtx-pro-4000-blackwell-sff")),
    Pins(prefer_gpus=("rtx-pro-6000-blackwell-maxq",), offer="hetzner-gex131"),
)
"""The cards of two of them are rented with a set-up fee and with monthly extras."""


WEIGHTS: tuple[dict[str, object], ...] = (
    {},
    {},
    {"answer": "yes", "base_model": "meta-llama/Llama-3.1-8B-Instruct"},
    {"answer": "yes", "base_model": "meta-llama/Llama-3.1-8B-Instruct", "adapters": 0},
    {"answer": "yes", "base_model": "meta-llama/Llama-3.3-70B-Instruct", "adapters": 90},
)
"""No weights of one's own; adapters that a host serves by the token; whole weights; adapters that none does."""


def random_work(rng: random.Random, index: int) -> Workload:
    mean = rng.uniform(1, 400_000 if rng.random() < 0.2 else 20_000)
    return Workload(
        name=f"w{index}",
        kind=rng.choice(KINDS),
        tokens_per_day=10 ** rng.uniform(4, 10),
        input_tokens=mean,
        output_tokens=rng.uniform(1, 3_000),
        input_tokens_p95=rng.choice([None, mean * rng.uniform(1.0, 3.0)]),
        cached_input_fraction=rng.uniform(0, 0.45),
        cache_write_fraction=rng.uniform(0, 0.45),
        batch_fraction=rng.choice([0.0, 0.5, 1.0]),
        latency=rng.choice(["interactive", "background"]),
        deadline_hours=rng.choice([0.5, 4.0, 24.0]),
        level=rng.choice(["routine", "solid", "frontier"]),
        text=rng.choice(TEXTS),
        thinking=rng.choice(["as_today", "off", "on", "default"]),
        cache_life=rng.choice(["minutes", "hour"]),
    )


def random_plan(rng: random.Random, baselines: list[str]) -> Inputs:
    growth = rng.uniform(-0.3, 0.5)
    stated = tuple(10 ** rng.uniform(4, 10) for _ in range(12)) if rng.random() < 0.2 else None
    inputs = plans.plan(
        *(random_work(rng, i) for i in range(rng.randint(1, 3))),
        volume={
            "growth_per_month": Range(growth - 0.02, growth, growth + 0.02),
            "baseline_api": rng.choice(baselines),
            "tokens_per_day_by_month": stated,
        },
        operations={
            "gpu_experience": rng.choice(["yes", "no", "unknown"]),
            "redundancy": rng.choice(["auto", "n_plus_1", "api_spare", "none"]),
        },
        residency={"answer": rng.choice(["yes", "no", "no"]), "scope": rng.choice(["inside", "inside", "region"])},
        fine_tuning=rng.choice(WEIGHTS),
        choice=rng.choice(PINS),
    )
    return replace(inputs, currency=rng.choice(["USD", "EUR"]))


def switched_on(rng: random.Random, inputs: Inputs) -> Inputs:
    """The same plan with the switches that few plans have."""
    if inputs.residency.answer != "yes" and rng.random() < 0.5:
        regions: list[Region | None] = ["eu", "us", None]
        named = tuple(replace(w, region=rng.choice(regions)) for w in inputs.workload)
        inputs = replace(inputs, workload=named)
    hires = inputs.operations.gpu_experience == "no"
    operations = {
        "people_already_paid": not hires and rng.random() < 0.5,
        "hardware": rng.choice(["rent", "own", "either"]),
        "until_live": rng.choice(["auto", "as_today", "nobody"]),
    }
    return replace(
        plans.changed(inputs, operations=operations), vat_not_reclaimed_fraction=rng.choice([0.0, 0.07, 0.19, 0.21])
    )


SERVERS = Pins(prefer_gpus=("rtx-5090", "l40s", "rtx-pro-6000-blackwell"))
"""Cards that are both for rent and for sale."""
SPOT = Pins(offer="azure-nc40ads-h100-v5-spot-germanywestcentral")


def test_random_plans_with_every_switch_to_the_cent() -> None:
    rng, catalog = random.Random(29), with_idle(shipped_catalog())
    baselines, seen = special(catalog), set[str]()
    for _ in range(90):
        choice = rng.choice([SERVERS, Pins(), SPOT, Pins(offer="idle")])
        inputs = plans.changed(random_plan(rng, baselines), choice=choice)
        if choice is SPOT:
            waiting = tuple(replace(w, latency="background", deadline_hours=24.0) for w in inputs.workload)
            inputs = plans.changed(replace(inputs, workload=waiting), residency={"answer": "yes"})
        inputs = switched_on(rng, inputs)
        stage = costed_plan(inputs, catalog, plans.AS_OF)
        found = evaluate(inputs, catalog, plans.AS_OF, draws=0)
        seen |= audit(stage) | assert_cash(stage, found) | assert_gap(stage, found)
    assert seen >= {"self_host", "hybrid", "bought", "there", "spot", "gap", "meanwhile"}


def test_random_plans_of_several_regions_to_the_cent() -> None:
    """Cards that stand in both: elsewhere the plan has no fleet."""
    rng, catalog, seen = random.Random(31), shipped_catalog(), set[str]()
    regions: list[Region | None] = ["eu", "us", None]
    for _ in range(15):
        work = (random_work(rng, index) for index in range(3))
        named = [replace(w, region=rng.choice(regions), route="self_host", level="routine") for w in work]
        operations = {"gpu_experience": rng.choice(["yes", "no"]), "redundancy": rng.choice(["auto", "n_plus_1"])}
        inputs = plans.plan(*named, operations=operations)
        inputs = replace(inputs, vat_not_reclaimed_fraction=rng.choice([0.0, 0.19]))
        seen |= audit(costed_plan(inputs, catalog, plans.AS_OF))
    assert seen >= {"self_host", "hybrid", "regions"}


def special(catalog: Catalog) -> list[str]:
    """Endpoints whose prices have parts that few have, each part about as often, and the usual ones."""
    apis = [a for a in catalog.apis.values() if a.output_usd_per_mtok > 0]
    found = [
        [a.id for a in apis if a.tiers],
        [a.id for a in apis if a.changes],
        [a.id for a in apis if a.retires_on],
        [a.id for a in apis if a.peak_hours_per_week],
        [a.id for a in apis if a.tokenizer and not a.is_hosted_open],
        ["claude-sonnet-4-6", "claude-haiku-4-5"],
    ]
    assert all(found)
    return [ids[k % len(ids)] for ids in found for k in range(20)]


def test_two_hundred_random_plans_to_the_cent() -> None:
    rng, catalog = random.Random(13), shipped_catalog()
    baselines, seen = special(catalog), set()
    for _ in range(200):
        seen |= audit(costed_plan(random_plan(rng, baselines), catalog, plans.AS_OF))
    assert seen >= {
        "api_today",
        "api_tuned",
        "hosted_open",
        "self_host",
        "hybrid",
        "switched",
        "steady",
        "set-up fee",
        "dedicated",
        "adapters",
        "several sold one by one",
        "down at times",
    }
