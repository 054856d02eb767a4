"""What is taken from the planner, and no more: how many products run, when, and what they serve. No amount."""

from __future__ import annotations

from planner.engine.decision import CostedPlan
from planner.engine.fleet.ownership import OWNED
from planner.engine.fleet.self_hosted import SelfHostedFleet
from planner.engine.search.select import Costed
from planner.engine.specs import Strategy
from tests.audit import deciding
from tests.audit import recompute as plain


def rent_of(stage: CostedPlan, own: SelfHostedFleet) -> plain.Months:
    """From the number of products by month, or by hour of the week where some are switched."""
    each, plan = own.offer.replicas_per_unit / sold_one_by_one(stage, own), own.plan
    if own.regions:
        return rent_by_region(stage, own)
    units = [r / each for r in plan.replicas_by_month]
    most = [max(units[: m + 1]) for m in plain.YEAR]
    year = plain.rent_year(stage.inputs, stage.catalog, plain.Rented(own.offer_id, units, most))
    if plan.schedule is not None:
        year["rent"] = [
            plain.switched_month(
                stage.inputs,
                stage.catalog,
                plain.Switched(
                    [[r / each for r in plan.schedule[month][day]] for day in stage.context.load.weekday],
                    plan.always_on[month] / each,
                    own.offer_id,
                    own.hourly_id,
                ),
            )
            for month in plain.YEAR
        ]
    return year


def rent_by_region(stage: CostedPlan, own: SelfHostedFleet) -> plain.Months:
    """One fleet after the other, each of an offer of its region."""
    year: plain.Months = {"rent": [0.0] * 12, "setup_fees": [0.0] * 12}
    for part in own.regions:
        work = [stage.inputs.workload[i] for i in part.rows]
        assert {w.region for w in work} <= {part.region, None}
        assert part.spare == plain.spare_of(stage.inputs, work, bool(own.fleet.resident.any()))
        units = [n / own.offer.replicas_per_unit * sold_one_by_one(stage, own) for n in part.replicas_by_month]
        most = [max(units[: m + 1]) for m in plain.YEAR]
        rented = plain.rent_year(stage.inputs, stage.catalog, plain.Rented(part.offer_id, units, most))
        for name, months in rented.items():
            year[name] = [a + b for a, b in zip(year[name], months, strict=True)]
    return year


def sold_one_by_one(stage: CostedPlan, own: SelfHostedFleet) -> int:
    """Products that one replica takes: more than one where a host sells its GPUs singly."""
    costed = stage.contest.dedicated
    if costed is None or own is not costed.own:
        return 1
    return max(costed.place.tensor_parallel // stage.catalog.offers[own.offer_id].gpu_count, 1)


def bought_of(stage: CostedPlan, own: SelfHostedFleet) -> plain.Months:
    """Of servers that the plan buys: which, how many, and how busy they are."""
    offer, each = stage.catalog.offers[own.offer_id], own.offer.replicas_per_unit
    purchase = next(p for p in stage.catalog.purchases.values() if own.offer_id in _names(p.id, offer.gpu_count))
    units = (own.plan.paid_replicas / each).tolist()
    busy = (own.busy_erlangs / each).tolist()
    return plain.bought_year(stage.inputs, stage.catalog, purchase, offer.gpu_count, units, busy)


def _names(purchase: str, cards: int) -> tuple[str, str]:
    return f"own-{purchase}", f"own-{cards}x-{purchase}"


def fleets_of(stage: CostedPlan) -> list[deciding.Fleet]:
    """The fleets that are strategies of the plan: without overflow, and with it where that is not just an API."""
    contest, found = stage.contest, []
    costed: dict[Strategy, Costed | None] = {"self_host": contest.self_host, "dedicated": contest.dedicated}
    if contest.hybrid_uses_gpus:
        costed["hybrid"] = contest.hybrid
    for name, fleet in costed.items():
        if fleet is not None:
            own = fleet.own
            bought = stage.catalog.offers[own.offer_id].commitment == OWNED
            rent = bought_of(stage, own) if bought else rent_of(stage, own)
            share = {row: own.plan.served[k].tolist() for k, row in enumerate(own.rows)}
            found.append(deciding.Fleet(name, share, rent))
    return found
