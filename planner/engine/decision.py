"""From the plan to its costed fleets: what was asked, what may be used, and which fleets came out cheapest.

Also what is shown of them: the routes, the curve over replicas, the busiest month's week hour by hour, and every
candidate worth a look, costed exactly: what a person sorts and filters, more than a plan's own few.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np

from planner.engine import specs
from planner.engine.assumptions import range_of, resolve
from planner.engine.demand import load_of
from planner.engine.fleet.load import INFEASIBLE
from planner.engine.fleet.ownership import with_owned
from planner.engine.fleet.self_hosted import Context
from planner.engine.ledger.months import Buckets, counted, dedicated_costs, live_months, people_costs, rates_of
from planner.engine.ledger.strategies import Contest, best_outside_total
from planner.engine.market import market_of
from planner.engine.routing import rests_on_a_test, routes_of
from planner.engine.search import dedicated, select
from planner.engine.search.eligible import ModelScope, for_spot, scopes_of
from planner.engine.search.options import choices_of, replicas_by_hour
from planner.engine.search.search import Search, search
from planner.engine.specs.money import LedgerReason
from planner.engine.specs.verdict import Impossible, NoChoice
from planner.engine.units import MONTHS, RENT_DAYS, age_days, is_stale
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class CostedPlan:
    """Everything known once the fleets are costed."""

    inputs: specs.Inputs
    catalog: specs.Catalog
    as_of: date
    context: Context
    contest: Contest
    found: Search | None
    costed: tuple[select.Costed, ...]
    out: tuple[tuple[specs.Model, specs.Refusal], ...]
    bought: select.Costed | None
    """The chosen fleet on bought servers."""

    @property
    def chosen(self) -> select.Costed | None:
        return self.contest.hybrid

    @property
    def impossible(self) -> tuple[Impossible, ...]:
        """Measurements of the user's own that beat the hardware, and were left out."""
        return () if self.found is None else self.found.impossible


def check_names(inputs: specs.Inputs, catalog: specs.Catalog) -> None:
    """Raises KeyError for an id of the plan that the catalogue does not hold."""
    pins = inputs.choice
    named = [
        *(("API model", inputs.api_today(w), catalog.apis) for w in inputs.workload),
        ("model", pins.model, catalog.models),
        ("model", inputs.fine_tuning.base_model, catalog.models),
        ("GPU", pins.gpu, catalog.gpus),
        ("engine", pins.engine, catalog.engines),
        ("currency", inputs.currency, catalog.usd_per),
    ]
    for what, id, known in named:
        if id is not None and id not in known:
            raise KeyError(f"no {what} {id!r} in the catalogue")


def costed_plan(inputs: specs.Inputs, catalog: specs.Catalog, as_of: date) -> CostedPlan:
    """Searches, costs and compares: the best fleet with overflow, the best without, the reference where none pays."""
    context, people = context_of(inputs, catalog, as_of)
    catalog = context.catalog
    barred = frozenset(i for i, o in enumerate(context.market.outsides) if o.best is None)
    asked = frozenset(i for i, w in enumerate(inputs.workload) if w.route == "self_host")
    scopes, out = scopes_of(inputs, catalog, barred | asked)
    if asked and not scopes:  # no one model takes all that was sent to own GPUs: better some of it than none
        scopes, out = scopes_of(inputs, catalog, barred)
    waiting = for_spot(inputs, catalog, scopes, barred | asked)
    settings = specs.ServingSettings(lora_adapters=inputs.fine_tuning.slots)
    found = search(context, [*scopes, *waiting], settings)
    for resort in range(1, len(specs.LEVELS) + 2):  # none of the better ones runs here: the next best are all there is
        if found is not None and found.usable.size:
            break
        wider, others = scopes_of(inputs, catalog, barred | asked, last_resort=resort)
        if len(wider) > len(scopes):
            scopes, out, found = wider, others, search(context, wider, settings)
    costed: list[select.Costed] = []
    alone = None
    if found is not None and not select.none_can_pay(context, found):
        costed = select.cost(context, found, select.rows_to_cost(found))
        alone = select.self_hosted(context, found, costed)
    costed += select.by_the_hour(context, costed)
    if alone is not None:
        alone = select.cheapest([alone, *select.by_the_hour(context, [alone], no_overflow=True)])
    # a fleet without overflow is one way to be hybrid
    hybrid = select.cheapest(costed if alone is None else [*costed, alone])
    rates = rates_of(context.catalog, context.usd_per_unit)
    watching, _ = counted(inputs, dedicated_costs(context.assumptions, rates))
    at_host = None if found is None else dedicated.hosted(at_a_host(context, watching), found)
    contest = Contest(context, people, hybrid, alone, _no_fleet(inputs, scopes), at_host, watching)
    if found is not None and not contest.hybrid_uses_gpus:
        whole = select.references(context, found)
        contest = replace(contest, hybrid=select.cheapest(whole) or contest.hybrid)
        costed = whole or costed
    else:  # one that does not pay would stand for a single replica beside an API
        costed = [c for c in costed if select.pays(context, c)]
    bought = None if found is None or contest.hybrid is None else select.bought_instead(context, contest.hybrid)
    return CostedPlan(inputs, catalog, as_of, context, contest, found, tuple(costed), tuple(out), bought)


def context_of(inputs: specs.Inputs, catalog: specs.Catalog, as_of: date) -> tuple[Context, Buckets]:
    """What every candidate shares, and what people cost; its catalogue holds what could be bought among the offers.

    Raises KeyError for a pinned offer that is neither for rent nor for sale.
    """
    assumptions = resolve(inputs, catalog)
    catalog, owned = with_owned(catalog, assumptions, inputs.currency, inputs.gross)
    if inputs.choice.offer is not None and inputs.choice.offer not in catalog.offers:
        raise KeyError(f"no offer {inputs.choice.offer!r} in the catalogue")
    load = load_of(inputs, catalog, _day_noise_cv(inputs, catalog))
    rate = catalog.usd_per[inputs.currency]
    people, _ = counted(inputs, people_costs(inputs, assumptions, rates_of(catalog, rate)))
    context = Context(
        inputs,
        catalog,
        assumptions,
        load,
        market_of(inputs, catalog, load, as_of),
        live_months(inputs, assumptions),
        float(sum(v.sum() for v in people.values())),
        rate,
        owned,
    )
    return context, people


def at_a_host(context: Context, watching: Buckets) -> Context:
    """The same plan for dedicated endpoints: up from the first month on, and with hardly any people."""
    return replace(context, live=np.ones(MONTHS), fixed_total=sum(float(v.sum()) for v in watching.values()))


def _day_noise_cv(inputs: specs.Inputs, catalog: specs.Catalog) -> float:
    own = "day_noise_cv" in inputs.assumptions or inputs.volume.profile_weights is not None
    preset = None if own else catalog.profiles.get(inputs.volume.profile)
    return range_of(inputs, catalog, "day_noise_cv").mid if preset is None else preset.day_noise_cv


def _no_fleet(inputs: specs.Inputs, scopes: list[ModelScope]) -> LedgerReason:
    """What stands in the way of own GPUs that carry all of the work, if anything does."""
    taken = {i for s in scopes for i in s.rows}
    missing = tuple(w.name for i, w in enumerate(inputs.workload) if i not in taken)
    if missing:
        return LedgerReason("refused", missing)
    if not any(len(s.rows) == len(inputs.workload) for s in scopes):
        return LedgerReason("no_single_model")
    return LedgerReason("no_offer")


def large_fleet(stage: CostedPlan) -> select.Costed | None:
    """What a large fleet for the same work would be of; break-evens are reckoned with it as well."""
    if stage.found is None or stage.chosen is None:
        return None
    return select.leanest(stage.context, stage.found, stage.chosen)


@dataclass(frozen=True, slots=True)
class Shown:
    """Fleets as people see them."""

    chosen: specs.Choice | None
    bought: specs.Choice | None
    """The chosen fleet bought instead of rented."""
    dedicated: specs.Choice | None
    """The fleet of a host's dedicated endpoints."""
    options: tuple[specs.Choice, ...]
    """All that pay, or where none does all that would carry the work, these two among them; cheapest first."""


def shown_of(stage: CostedPlan) -> Shown:
    """The chosen fleet, all that were costed, and the chosen one bought instead of rented."""
    if stage.found is None:
        return Shown(None, None, None, ())
    costed = (*stage.costed, *([stage.chosen] if stage.chosen is not None else []))
    shown = {(c.position, c.own.offer_id, c.own.hourly_id): c for c in costed}
    also = [] if stage.bought is None else [stage.bought]
    feasible = sorted((c for c in (*shown.values(), *also) if c.own.feasible), key=lambda c: c.own.total)
    named = [c for c in (stage.chosen, stage.bought, stage.contest.dedicated) if c is not None]
    extra = [c for c in named if all(c is not other for other in feasible)]
    choices = choices_of(stage.context, stage.found, [*feasible, *extra])
    known = {id(c): choice for c, choice in zip((*feasible, *extra), choices, strict=True)}
    return Shown(
        None if stage.chosen is None else known[id(stage.chosen)],
        None if stage.bought is None else known[id(stage.bought)],
        None if stage.contest.dedicated is None else known[id(stage.contest.dedicated)],
        tuple(choices[: len(feasible)]),
    )


def concurrency_of(stage: CostedPlan) -> float | None:
    """Little's law: mean sequences in flight at today's volume, on the chosen replica."""
    if stage.chosen is None:
        return None
    rows, speed = list(stage.chosen.own.rows), stage.chosen.speed
    outputs = np.array([stage.inputs.workload[i].output_tokens for i in rows])
    return float((stage.context.load.requests_per_s[rows] * (speed.ttft_s + outputs * speed.tpot_s)).sum())


def routes_of_stage(stage: CostedPlan, strategy: specs.Strategy | None) -> tuple[specs.RouteShare, ...]:
    """Where each workload goes under a strategy: the endpoints and the fleet that its ledger pays for."""
    contest = stage.contest
    chosen = None if strategy is None else contest.fleets.get(strategy)
    pick = contest.pick_of(strategy or "hybrid")
    at_host = strategy == "dedicated"
    return routes_of(stage.inputs, stage.catalog, stage.context.market, chosen, pick, at_host=at_host)


def untested_in(stage: CostedPlan) -> frozenset[specs.Strategy]:
    """The strategies whose cost waits for a test."""
    fleets = {name: stage.contest.fleets.get(name) for name in specs.STRATEGIES}
    return frozenset(name for name, own in fleets.items() if _rests_on_a_test(stage, own, name))


def _rests_on_a_test(stage: CostedPlan, chosen: select.Costed | None, strategy: specs.Strategy) -> bool:
    return rests_on_a_test(stage.context.market, chosen, stage.contest.pick_of(strategy))


def why_no_choice(stage: CostedPlan) -> NoChoice | None:
    """What stands in the way of any own GPU; None where one is chosen."""
    if stage.chosen is not None:
        return None
    if len(stage.out) == len(stage.catalog.models):
        return "no_model"
    if stage.found is None:
        return "nothing_allowed"
    if not stage.found.fitting.size:
        spot = all(place.offer.market == "spot" for place in stage.found.places)
        return "spot_only" if spot and stage.found.fits else "nothing_fits"
    return "rules_broken" if stage.found.usable.size else "too_slow"


def curve_points(stage: CostedPlan) -> tuple[specs.CostPoint, ...]:
    """Cost against replicas for the chosen candidate; point 0 is "no own GPU"."""
    chosen = stage.chosen
    if chosen is None or len(chosen.own.regions) > 1:  # a fleet in each region has no one number of replicas
        return ()
    own, found = chosen.own, chosen.own.found
    bound = any(o.best is None for o in stage.contest.outsides)
    zero = best_outside_total(stage.contest.outsides)
    volume = own.fleet.load.tokens_per_day[:, None] * own.fleet.load.month_factor[None, :]
    months, columns = np.arange(MONTHS)[None, :], own.plan.curve_columns[1:]
    rent = found.rent[months, columns].sum(axis=1)
    api = found.api[months, columns].sum(axis=1) + own.outside_total
    live = max(float((volume * own.offer.live[None, :]).sum()), 1e-12)
    served = (volume[:, None, :] * found.served[:, months, columns]).sum(axis=(0, 2)) / live
    people = own.offer.fixed_total + found.units[1:] * own.offer.setup_fee
    # what a forbidden count would cost is the sum of its parts, not the mark that forbids it
    parts = rent + people + api
    totals = np.where(own.plan.curve_total[1:] < INFEASIBLE, own.plan.curve_total[1:] + own.outside_total, parts)
    at = np.flatnonzero(found.replicas[1:] == max(own.plan.replicas_by_month))
    if own.feasible and own.plan.schedule is not None:  # the plan's own point follows the hour of the week
        rent[at], totals[at] = own.plan.rent.sum(), own.total
        api[at] = own.total - own.plan.rent.sum() - people[at]
        served[at] = (volume * own.plan.served).sum() / live
    without, untested = (_rests_on_a_test(stage, fleet, "hybrid") for fleet in (None, chosen))
    return (
        specs.CostPoint(0, 0, zero, 0.0, 0.0, zero, 0.0, not bound, without),
        *(
            specs.CostPoint(
                replicas=int(found.replicas[k]),
                offers_rented=int(found.units[k]),
                total=float(totals[k - 1]),
                gpu=float(rent[k - 1]),
                people_and_fixed=float(people[k - 1]),
                api=float(api[k - 1]),
                served_fraction=float(served[k - 1]),
                feasible=float(own.plan.curve_total[k]) < INFEASIBLE,
                untested=untested,
            )
            for k in range(1, len(found.units))
        ),
    )


ROUNDING = 1e-9
"""An hour that is exactly as full as it may be is not above it."""


def fleet_week(stage: CostedPlan, planned: specs.Strategy | None) -> specs.FleetWeek | None:
    """None where the plan sends no work to own GPUs or to a host's."""
    chosen = stage.contest.fleets["dedicated" if planned == "dedicated" else "hybrid"]
    if chosen is None:
        return None
    own, fleet, plan = chosen.own, chosen.own.fleet, chosen.own.plan
    month = int(np.argmax(plan.replicas_by_month))
    # kept busy in the month with the most volume, before anything waits or overflows
    load = (fleet.erlangs[:, None] * fleet.load.hours).sum(axis=0) * float(fleet.load.month_factor.max())
    # as busy as the queue allows, or fuller where some of the work can wait
    waits = not bool(fleet.interactive.all())
    limit = max(own.offer.background_utilisation, plan.utilisation_limit) if waits else plan.utilisation_limit
    paid = replicas_by_hour(own, month) or (plan.replicas_by_month[month],) * len(load)
    capacity = np.maximum(np.array(paid) - own.offer.spare, 0) * limit * own.offer.up_fraction
    return specs.FleetWeek(
        load_replicas=tuple(float(v) for v in load),
        capacity_replicas=tuple(float(v) for v in capacity),
        utilisation_limit=limit,
        hours_above=int((load > capacity * (1 + ROUNDING)).sum()),
    )


def without_stalest(stage: CostedPlan) -> specs.WithoutStalest | None:
    """What the fleet would be without the oldest of the rents it rests on; None where all are fresh, or none pays."""
    chosen, offers = stage.chosen, stage.catalog.offers
    if chosen is None or not (stage.contest.hybrid_uses_gpus or stage.contest.self_host is chosen):
        return None
    ids = {chosen.own.offer_id, chosen.own.hourly_id} - {"", *stage.context.owned}
    rented = [offers[id] for id in sorted(ids) if is_stale(offers[id].citation.as_of, stage.as_of, RENT_DAYS)]
    if not rented:
        return None
    oldest = max(rented, key=lambda offer: age_days(offer.citation.as_of, stage.as_of))
    other = select.without(stage.context, stage.costed, chosen, oldest.id)
    age = age_days(oldest.citation.as_of, stage.as_of)
    untested = _rests_on_a_test(stage, chosen, "hybrid")
    found = specs.WithoutStalest(oldest.id, age, chosen.own.total, untested=untested)
    if other is None:
        return found
    return replace(
        found,
        instead=other.own.offer_id,
        model=other.scope.model.id,
        gpu=other.place.gpu.id,
        total_instead=other.own.total,
        untested_instead=_rests_on_a_test(stage, other, "hybrid"),
    )


AT_ONCE = 16


def every_option(evaluation: specs.Evaluation, go_on: Callable[[], bool] = lambda: True) -> tuple[specs.Choice, ...]:
    """All layouts that passed the screening, some of every model and of every GPU, cheapest first.

    Each on the footing it would have if it were the only one: pinned, it costs the same. `go_on` is asked before every
    `AT_ONCE` of them, which take some ten milliseconds: False ends it with nothing.
    """
    catalog = evaluation.catalog
    if catalog.calibration is None:
        return ()
    stage = costed_plan(evaluation.inputs, catalog, evaluation.as_of)
    if stage.found is None:
        return ()
    costed: list[select.Costed] = []
    positions = stage.found.usable.tolist()
    for start in range(0, len(positions), AT_ONCE):
        if not go_on():
            return ()
        costed += select.footings(stage.context, stage.found, positions[start : start + AT_ONCE])
    feasible = sorted((c for c in costed if c.own.feasible), key=lambda c: c.own.total)
    return tuple(choices_of(stage.context, stage.found, feasible))
