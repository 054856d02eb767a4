"""The six strategies as ledgers, and the same six as one vectorised economy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace

import numpy as np

from planner.engine.api_prices import unit_costs_of
from planner.engine.arrays import Floats
from planner.engine.fleet.self_hosted import Context, SelfHostedFleet
from planner.engine.ledger.drawn import Foreign
from planner.engine.ledger.economy import ApiSide, Economy, OwnSide, Terms, own_side
from planner.engine.ledger.months import Buckets, api_buckets, gpu_buckets, hardware_buckets, ledger, with_vat
from planner.engine.market import EndpointChoices, PricedEndpoint
from planner.engine.names import Side
from planner.engine.search.select import Costed, pays
from planner.engine.specs import Refusal, Strategy, StrategyLedger, Workload
from planner.engine.specs.money import FleetUsed, LedgerReason
from planner.engine.tokens import tokens_today
from planner.engine.units import MONTHS
from planner.records import dataclass

CACHED_STEP = 0.01
Pick = Callable[[EndpointChoices], PricedEndpoint | None]
Slopes = dict[tuple[int, str, bool], Floats]
"""Change of a leg's cost with the cached share, by workload, endpoint and whether it is today's."""


@dataclass(frozen=True, slots=True)
class Contest:
    """What competes: the API side of every workload, the best fleet with overflow, the best one without."""

    context: Context
    people: Buckets
    hybrid: Costed | None
    """Best fleet of at least one replica."""
    self_host: Costed | None
    no_fleet: LedgerReason
    """Why there is none without overflow, where that is so."""
    dedicated: Costed | None = None
    """Best fleet of a host's dedicated endpoints that costs less than endpoints by the token."""
    watching: Buckets = field(default_factory=dict)
    """What people do for it."""

    @property
    def outsides(self) -> tuple[EndpointChoices, ...]:
        return self.context.market.outsides

    @property
    def open_pick(self) -> Pick:
        """What "hosted open model" buys: an open model where it is the cheapest, a closed one for the other work.

        Where an open model is the cheapest for nothing, it buys one wherever it may, to say what that would cost.
        """
        legs = map(best, self.outsides)
        return cheapest_mix if any(leg is not None and leg.api.is_hosted_open for leg in legs) else hosted

    def pick_of(self, side: Side) -> Pick:
        """The endpoint that a strategy uses for the work it leaves outside."""
        picks: dict[Side, Pick] = {"api_today": today, "api_tuned": tuned, "hosted_open": self.open_pick}
        return picks.get(side, best)

    @property
    def serves_adapters(self) -> bool:
        """Whether some work goes by the token to an endpoint that serves the plan's own adapters."""
        return any(leg is not None and leg.adapter for leg in map(best, self.outsides))

    @property
    def hybrid_uses_gpus(self) -> bool:
        """False where leaving everything outside is cheaper and nothing asks for own GPUs: hybrid then means none."""
        return self.hybrid is not None and pays(self.context, self.hybrid)

    @property
    def fleets(self) -> dict[Side, Costed | None]:
        """What each strategy rents or buys that may have a fleet; None where it has none."""
        hybrid = self.hybrid if self.hybrid_uses_gpus else None
        return {"self_host": self.self_host, "hybrid": hybrid, "dedicated": self.dedicated}


def today(outside: EndpointChoices) -> PricedEndpoint:
    """As it runs now."""
    return outside.today


def tuned(outside: EndpointChoices) -> PricedEndpoint:
    """The cheapest closed model that passes, else as it runs now; what the user sent elsewhere goes there."""
    if outside.workload.route == "hosted_open" and outside.hosted is not None:
        return outside.hosted
    return outside.tuned or outside.today


def hosted(outside: EndpointChoices) -> PricedEndpoint:
    """The cheapest hosted open model that passes, else the tuned choice; what the user sent elsewhere goes there."""
    if outside.workload.route == "api" and outside.tuned is not None:
        return outside.tuned
    return outside.hosted or tuned(outside)


def cheapest_mix(outside: EndpointChoices) -> PricedEndpoint:
    """The cheapest that passes, closed or open, else as it runs now."""
    return outside.best or tuned(outside)


def best(outside: EndpointChoices) -> PricedEndpoint | None:
    """The cheapest allowed endpoint of any sort."""
    return outside.best


def best_outside_total(outsides: Sequence[EndpointChoices]) -> float:
    """12 months with no own GPU; work that no endpoint may take costs nothing here."""
    return sum(leg.total for leg in map(best, outsides) if leg is not None)


def ledgers_of(contest: Contest) -> dict[Strategy, StrategyLedger]:
    """All six, before contracts with vendors; impossible and forbidden ones say why."""
    return {
        "api_today": _api(contest, "api_today", today),
        "api_tuned": _api(contest, "api_tuned", tuned),
        "hosted_open": _hosted(contest),
        "dedicated": _dedicated(contest),
        "self_host": _self_host(contest),
        "hybrid": _hybrid(contest),
    }


def merged(ledgers: Mapping[Strategy, StrategyLedger]) -> dict[Strategy, StrategyLedger]:
    """A strategy on what an earlier one runs on, at the same cost to the cent in every month, is that one by another
    name; other models at the same price are a plan of their own."""
    known: dict[object, Strategy] = {}
    found: dict[Strategy, StrategyLedger] = {}
    for name, each in ledgers.items():
        on = frozenset(each.reason.names), each.reason.fleet
        key = each.allowed, on, tuple(month.total for month in each.months)
        first = known.setdefault(key, name) if each.possible else name
        found[name] = each if first == name else replace(each, same_as=first)
    return found


def _forbidden(contest: Contest) -> list[str]:
    """Names of the workloads that no endpoint may take."""
    return [o.workload.name for o in contest.outsides if not o.alternatives]


def _api(contest: Contest, name: Strategy, pick: Pick) -> StrategyLedger:
    legs = [pick(o) for o in contest.outsides]
    barred = _barred(contest, legs)
    why = tuple((reason, tuple(names)) for reason, names in barred.items())
    reason = LedgerReason("barred", barred=why) if barred else LedgerReason("endpoints", _names(legs))
    return ledger(name, _taxed(contest, api_buckets(legs)), reason, allowed=not barred)


def _barred(contest: Contest, legs: Sequence[PricedEndpoint | None]) -> dict[Refusal | None, list[str]]:
    """Workloads that may not go where their leg goes, by the reason; None: no endpoint may take them."""
    found: dict[Refusal | None, list[str]] = {}
    for outside, leg in zip(contest.outsides, legs, strict=True):
        allowed = {a.api.id for a in outside.alternatives}
        if (
            leg is None
            or (leg is outside.today and outside.today_barred)
            or (leg is not outside.today and leg.api.id not in allowed)
        ):
            found.setdefault(outside.today_barred, []).append(outside.workload.name)
    return found


def _names(legs: Sequence[PricedEndpoint | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(leg.api.name for leg in legs if leg is not None))


def _hosted(contest: Contest) -> StrategyLedger:
    if not any(o.hosted for o in contest.outsides):
        return ledger("hosted_open", {}, LedgerReason("none_hosted"))
    return _api(contest, "hosted_open", contest.open_pick)


def _dedicated(contest: Contest) -> StrategyLedger:
    """A host's endpoints for this plan alone, the cheaper of two: by the hour of a GPU, or adapters by the token."""
    costed = contest.dedicated
    if costed is not None:
        reason = replace(_fleet(costed), kind="dedicated", host=costed.place.offer.provider)
        return ledger("dedicated", dedicated_buckets(contest, costed.own), reason)
    if contest.serves_adapters and not _forbidden(contest):
        legs = [best(o) for o in contest.outsides]
        return ledger("dedicated", _taxed(contest, api_buckets(legs)), LedgerReason("adapters", _names(legs)))
    some = any(o.best is not None for o in contest.outsides)
    return ledger("dedicated", {}, LedgerReason("dedicated_dearer" if some else "no_dedicated"))


def _self_host(contest: Contest) -> StrategyLedger:
    if contest.self_host is None:
        return ledger("self_host", {}, contest.no_fleet)
    return ledger("self_host", own_buckets(contest, contest.self_host.own), _fleet(contest.self_host))


def _hybrid(contest: Contest) -> StrategyLedger:
    if contest.hybrid is not None and contest.hybrid_uses_gpus:
        uncovered = set(_forbidden(contest)) - {
            contest.context.inputs.workload[i].name for i in contest.hybrid.scope.rows
        }
        if uncovered:
            return ledger("hybrid", {}, LedgerReason("uncovered", tuple(sorted(uncovered))))
        return ledger("hybrid", own_buckets(contest, contest.hybrid.own), _fleet(contest.hybrid))
    if _forbidden(contest):
        return ledger("hybrid", {}, LedgerReason("forbidden", tuple(_forbidden(contest))))
    legs = [best(o) for o in contest.outsides]
    return ledger("hybrid", _taxed(contest, api_buckets(legs)), LedgerReason("no_gpu_pays", _names(legs)))


def _fleet(costed: Costed) -> LedgerReason:
    plan, place = costed.own.plan, costed.place
    used = FleetUsed(
        costed.scope.model.name,
        place.gpu.name,
        max(plan.replicas_by_month),
        place.tensor_parallel,
        always_on=None if plan.schedule is None else max(plan.always_on),
    )
    return LedgerReason("fleet", fleet=used)


def beside(own: SelfHostedFleet, outside: EndpointChoices, row: int) -> tuple[PricedEndpoint | None, Floats]:
    """The endpoint that a workload uses beside a fleet, and the (12,) share of it that goes there."""
    if row not in own.rows:
        return outside.best, np.ones(MONTHS)
    if outside.best is None:
        return outside.meanwhile, 1 - own.offer.live
    return outside.best, 1 - own.plan.served[own.rows.index(row)]


def own_buckets(contest: Contest, own: SelfHostedFleet) -> Mapping[str, Floats]:
    """(12,) a bucket of a fleet with its overflow, the workloads it does not take, and people."""
    capacity = np.maximum(own.plan.paid_replicas, 1e-9)
    spare = np.minimum(own.offer.spare / np.maximum(own.plan.replicas_by_month, 1), 1.0)
    buckets = _beside(contest, own)
    owned = contest.context.owned.get(own.offer_id)
    if owned is None:
        buckets |= gpu_buckets(own.plan.rent, np.minimum(own.busy_erlangs / capacity, 1.0), spare)
    else:
        buckets |= hardware_buckets(owned, own.paid_units, own.busy_erlangs / own.offer.replicas_per_unit)
    buckets |= contest.people
    return _taxed(contest, buckets | {"setup_fees": own.plan.fees})


def _taxed(contest: Contest, buckets: Mapping[str, Floats]) -> Mapping[str, Floats]:
    return with_vat(buckets, contest.context.inputs)


def dedicated_buckets(contest: Contest, own: SelfHostedFleet) -> Mapping[str, Floats]:
    """(12,) a bucket of a host's endpoints, what overflows or is not for them, and what people do for them."""
    buckets = _beside(contest, own) | {"dedicated_endpoints": own.plan.rent} | contest.watching
    return _taxed(contest, buckets)


def _beside(contest: Contest, own: SelfHostedFleet) -> Buckets:
    """(12,) an API bucket of what a fleet leaves to the cheapest endpoints."""
    pairs = [beside(own, outside, i) for i, outside in enumerate(contest.outsides)]
    return api_buckets([leg for leg, _ in pairs], np.array([share for _, share in pairs]))


def economy_of(contest: Contest) -> Economy:
    """The same strategies for many draws at once."""
    slopes = _slopes(contest)
    sides = {
        name: _api_side(contest, slopes, pick)
        for name, pick in (("api_today", today), ("api_tuned", tuned), ("hosted_open", contest.open_pick))
        if name != "hosted_open" or any(o.hosted for o in contest.outsides)
    }
    outside = _api_side(contest, slopes, best)
    if contest.dedicated is None and contest.serves_adapters:
        sides["dedicated"] = outside
    watching = np.sum(list(contest.watching.values()), axis=0)
    fixed = np.sum(list(contest.people.values()), axis=0)
    explicit = contest.context.inputs.volume.tokens_per_day_by_month is not None
    alone = _own_side(contest, slopes, contest.self_host, fixed, must_serve=True)
    same = contest.hybrid is contest.self_host
    return Economy(
        api=sides,  # type: ignore[arg-type]
        outside=outside,
        hybrid=alone if same else _own_side(contest, slopes, contest.hybrid, fixed, must_serve=False),
        self_host=alone,
        dedicated=_own_side(contest, slopes, contest.dedicated, watching, must_serve=False),
        month_factor=contest.context.load.month_factor if explicit else None,
        foreign=_foreign(contest),
    )


def _own_side(
    contest: Contest, slopes: Slopes, costed: Costed | None, fixed: Floats, *, must_serve: bool
) -> OwnSide | None:
    """Own GPUs, the endpoints of the work they take and those of the rest; None without a fleet."""
    if costed is None:
        return None
    rows = costed.own.rows
    inside = _api_side(contest, slopes, best, rows)
    rest = _api_side(contest, slopes, best, [i for i in range(len(contest.outsides)) if i not in rows])
    before, idle = _api_side(contest, slopes, lambda o: o.meanwhile, rows), 1 - costed.own.offer.live[:, None]
    rest = replace(
        rest,
        per_volume=rest.per_volume + before.per_volume * idle,
        cached_slope=rest.cached_slope + before.cached_slope * idle,
    )
    offer = contest.context.catalog.offers[costed.own.offer_id]
    terms = Terms(
        bought=offer.id in contest.context.owned,
        run_here=costed is not contest.dedicated,
        foreign=float(offer.currency != contest.context.inputs.currency),
    )
    return own_side(costed.own, rest, inside, fixed, terms, must_serve=must_serve)


def _foreign(contest: Contest) -> Foreign:
    """Endpoints bill dollars, people are paid in euros, the running of a fleet in dollars."""
    currency, people = contest.context.inputs.currency, contest.people
    dollars = sum(float(people[name].sum()) for name in ("observability", "security", "storage_egress"))
    total = sum(float(months.sum()) for months in people.values())
    part = dollars / total if total > 0 else 0.0
    return Foreign(api=float(currency != "USD"), people=part * (currency != "USD") + (1 - part) * (currency != "EUR"))


def _api_side(contest: Contest, slopes: Slopes, pick: Pick, rows: Sequence[int] | None = None) -> ApiSide:
    """Cost a month per unit of today's volume, and how it moves with the cached share."""
    factor = np.maximum(contest.context.load.month_factor, 1e-12)
    value, slope, away = np.zeros(12), np.zeros(12), 0.0
    for i in range(len(contest.outsides)) if rows is None else rows:
        leg = pick(contest.outsides[i])
        if leg is not None:
            value = value + leg.monthly / factor
            slope = slope + slopes[i, leg.api.id, leg is contest.outsides[i].today] / factor
            if leg.api.id != contest.outsides[i].today.api.id:
                away += float((leg.monthly / factor).sum())
    total = float(value.sum())
    return ApiSide(value[:, None], slope[:, None], away / total if total > 0 else 0.0)


def _slopes(contest: Contest) -> Slopes:
    """(12,) change of the cost of every leg in use for one more unit of cached share (from one more per cent)."""
    legs = {
        (i, leg.api.id, leg is outside.today): leg
        for i, outside in enumerate(contest.outsides)
        for pick in (today, tuned, hosted, cheapest_mix, best)
        if (leg := pick(outside)) is not None
    }
    market, now = contest.context.market, [contest.outsides[i].workload for i, *_ in legs]
    steps = [_cached_step(workload) for workload in now]
    book = market.book.only(dict.fromkeys(id for _, id, _ in legs))
    costs = unit_costs_of(
        [*map(with_cached, now, steps), *now],
        book,
        [tokens_today(contest.context.inputs, contest.context.catalog, w) for w in now] * 2,
        [
            1.0 if leg.batched and workload.latency == "background" else workload.batch_fraction
            for leg, workload in zip(legs.values(), now, strict=True)
        ]
        * 2,
    )
    own = np.arange(len(legs)), [book.rows[id] for _, id, _ in legs]
    after, before = costs[: len(legs)][own].sum(axis=2), costs[len(legs) :][own].sum(axis=2)
    volume = market.mtok_per_month[[i for i, *_ in legs]]
    return dict(zip(legs, (after - before) / np.array(steps)[:, None] * volume, strict=True))


def _cached_step(workload: Workload) -> float:
    """A small change of the cached share, downwards where there is no room above."""
    room = 1 - workload.cached_input_fraction - workload.cache_write_fraction
    return min(CACHED_STEP, room) or -CACHED_STEP


def with_cached(workload: Workload, step: float) -> Workload:
    """The workload with a shifted cached share."""
    return replace(workload, cached_input_fraction=workload.cached_input_fraction + step)
