"""Which work goes where, and the gate that decided: residency, quality, capability, licence, economics, override."""

from __future__ import annotations

from planner.engine.fleet.self_hosted import SelfHostedFleet
from planner.engine.ledger.strategies import Pick, beside
from planner.engine.market import EndpointChoices, Market, PricedEndpoint
from planner.engine.permitted import is_resident
from planner.engine.quality import gate, proven_models, stays_on_api
from planner.engine.search.select import Costed
from planner.engine.specs import SELF_HOST_LEANING, Catalog, Destination, Inputs, QualityGate, RouteShare, Workload
from planner.engine.specs.evaluation import RouteRule
from planner.engine.units import MONTHS

ALTERNATIVES_SHOWN = 5


def routes_of(
    inputs: Inputs, catalog: Catalog, market: Market, chosen: Costed | None, pick: Pick, *, at_host: bool = False
) -> tuple[RouteShare, ...]:
    """One route for each workload, in the plan's order; `chosen`: the fleet in use, None where there is none.

    `pick`: the endpoint of the work that the fleet does not take. `at_host`: a host runs the fleet.
    """
    total = float(market.mtok_per_month.sum())
    found = []
    for i, outside in enumerate(market.outsides):
        share = float(market.mtok_per_month[i].sum()) / total if total > 0 else 0.0
        if chosen is not None and i in chosen.scope.rows:
            found.append(_on_replicas(inputs, market, i, share, chosen, at_host))
        elif outside.best is None:
            found.append(_nowhere(outside, share))
        else:
            found.append(_outside_route(inputs, catalog, outside, share, chosen, pick(outside) or outside.today))
    return tuple(found)


def rests_on_a_test(market: Market, chosen: Costed | None, pick: Pick) -> bool:
    """Whether a strategy's cost waits for a test: some of its work goes to a model nobody tried on the prompts."""
    gates = {} if chosen is None else dict(zip(chosen.scope.rows, chosen.scope.gates, strict=True))
    legs = (pick(o) or o.today for i, o in enumerate(market.outsides) if i not in gates and o.best is not None)
    return any(gate.provisional for gate in gates.values()) or any(leg.provisional for leg in legs)


def rent_of_workload(own: SelfHostedFleet, position: int) -> float:
    """12 months of rent that fall to one workload by the work it brings; idle time is shared the same way."""
    work = own.fleet.erlangs[:, None] * own.plan.served
    total = work.sum()
    share = float(work[position].sum() / total) if total > 0 else 1 / len(work)
    return share * float(own.plan.rent.sum())


def _on_replicas(inputs: Inputs, market: Market, i: int, share: float, chosen: Costed, at_host: bool) -> RouteShare:
    workload, outside = inputs.workload[i], market.outsides[i]
    position = chosen.scope.rows.index(i)
    own, result = chosen.own, chosen.scope.gates[position]
    volume = market.mtok_per_month[i]
    live = float((own.offer.live * volume).sum())
    served = float((own.plan.served[position] * volume).sum()) / live if live > 0 else 0.0
    leg, bought = beside(own, outside, i)
    elsewhere = 0.0 if leg is None else float((leg.monthly * bought).sum())
    return RouteShare(
        workload=workload.name,
        destination="dedicated" if at_host else "self_host",
        model=chosen.scope.model.id,
        token_fraction=share,
        rule=RouteRule("at_host", result) if at_host else _own_rule(inputs, outside, result),
        provisional=result.provisional,
        monthly_cost=(rent_of_workload(own, position) + elsewhere) / MONTHS,
        overflow_model=outside.best.api.id if outside.best is not None else None,
        overflow_fraction=max(1.0 - served, 0.0) if outside.best is not None else 0.0,
        overridden=workload.route == "self_host",
        alternatives=_alternatives(outside),
        untested_alternatives=frozenset(leg.api.id for leg in outside.alternatives if leg.provisional),
        offer=chosen.place.offer.id if at_host else "",
    )


def _own_rule(inputs: Inputs, outside: EndpointChoices, result: QualityGate) -> RouteRule:
    workload = outside.workload
    if is_resident(inputs, workload) and inputs.residency.required == "inside":
        return RouteRule("inside", result)
    if workload.route == "self_host":
        return RouteRule("override", result)
    if outside.best is None:
        return RouteRule("own_weights", result)
    return RouteRule("kind_suits" if workload.kind in SELF_HOST_LEANING else "displaces", result)


def _outside_route(
    inputs: Inputs, catalog: Catalog, outside: EndpointChoices, share: float, chosen: Costed | None, leg: PricedEndpoint
) -> RouteShare:
    workload = outside.workload
    destination: Destination = "dedicated" if leg.adapter else "hosted_open" if leg.api.is_hosted_open else "api"
    return RouteShare(
        workload=workload.name,
        destination=destination,
        model=leg.api.id,
        token_fraction=share,
        rule=_outside_rule(inputs, catalog, outside, leg, chosen),
        provisional=leg.provisional,
        monthly_cost=leg.total / MONTHS,
        batch_tier=leg.batched,
        overridden=_obeyed(workload, leg),
        alternatives=_alternatives(outside),
        untested_alternatives=frozenset(leg.api.id for leg in outside.alternatives if leg.provisional),
    )


def _nowhere(outside: EndpointChoices, share: float) -> RouteShare:
    """Work that nothing may take: what it would cost where it may not go is no cost of the plan."""
    return RouteShare(
        workload=outside.workload.name,
        destination="none",
        model="",
        token_fraction=share,
        rule=RouteRule("nothing_may"),
        provisional=False,
        monthly_cost=0.0,
        overridden=False,
        alternatives=(),
    )


def _outside_rule(
    inputs: Inputs, catalog: Catalog, outside: EndpointChoices, leg: PricedEndpoint, chosen: Costed | None
) -> RouteRule:
    workload = outside.workload
    if leg.adapter:
        return RouteRule("adapter")
    if _obeyed(workload, leg):
        return RouteRule("obeyed")
    if is_resident(inputs, workload):
        return RouteRule("region")
    if workload.route != "auto":
        return RouteRule("not_obeyed")
    stays = None if proven_models(inputs, catalog, workload) else stays_on_api(inputs, workload)
    if stays:
        return RouteRule("stays", stays=stays)
    if chosen is not None:
        result = gate(inputs, catalog, workload, chosen.scope.model)
        if not result.allowed:
            return RouteRule("gate", result)
    if leg is outside.today:
        return RouteRule("as_today")
    if leg is not outside.best:
        return RouteRule("of_its_sort")
    return RouteRule("promised" if any(other.total < leg.total for other in outside.alternatives) else "cheapest")


def _obeyed(workload: Workload, leg: PricedEndpoint) -> bool:
    """True where the user asked for the sort of endpoint that it is."""
    return workload.route == ("hosted_open" if leg.api.is_hosted_open else "api")


def _alternatives(outside: EndpointChoices) -> tuple[tuple[str, float], ...]:
    """The cheapest few, and the cheapest closed and hosted one behind them: advice to stay with one sort names it."""
    shown = list(outside.alternatives[:ALTERNATIVES_SHOWN])
    kept = {leg.api.id for leg in shown}
    shown += [leg for leg in (outside.tuned, outside.hosted) if leg is not None and leg.api.id not in kept]
    return tuple((leg.api.id, leg.total / MONTHS) for leg in shown)
