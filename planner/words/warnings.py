"""What a reader must know before trusting the result.

What a reader must be told beside the numbers: the engine's warnings and why a strategy is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from planner.engine.api_prices import average_over_week
from planner.engine.ledger.strategies import Contest, best_outside_total
from planner.engine.quality import retires_within
from planner.engine.specs import (
    STRATEGIES,
    BreakEven,
    Catalog,
    Choice,
    Evaluation,
    Inputs,
    PriceUsed,
    RouteShare,
    StrategyLedger,
)
from planner.engine.units import HOURS_PER_WEEK, MONTHS
from planner.words.labels import STRATEGY_LABELS
from planner.words.refusals import said
from planner.words.traces import legs_in_use


def warnings_of(
    contest: Contest,
    choice: Choice | None,
    routes: tuple[RouteShare, ...],
    break_even: tuple[BreakEven, ...],
    prices: tuple[PriceUsed, ...],
    as_of: date,
) -> tuple[str, ...]:
    """What a reader must know before trusting the result."""
    found = [*_input_warnings(contest.context.inputs, contest.context.catalog)]
    found += _api_warnings(contest, as_of)
    found += _barred(contest)
    found += [_stale_words(p) for p in prices if p.stale]
    if choice is not None:
        found += _choice_warnings(contest, choice)
    found += _override_warnings(contest, routes)
    found += _embedding_warnings(contest, routes)
    found += [
        f"break-even against {b.api_model} lies beyond what the chosen fleet carries "
        f"without overflow ({b.capacity_tokens_per_day / 1e6:,.3g}M tokens a day)"
        for b in break_even[:1]
        if b.exceeds_capacity
    ]
    provisional = [r.workload for r in routes if r.provisional]
    if provisional:
        found.append(f"provisional until evaluated on your own prompts: {', '.join(provisional)}")
    return tuple(dict.fromkeys(found))


def _override_warnings(contest: Contest, routes: tuple[RouteShare, ...]) -> Iterator[str]:
    """What sending work to own GPUs by hand costs, and where no own GPU can take what was sent."""
    asked = [w.name for w in contest.context.inputs.workload if w.route == "self_host"]
    inside = [r.workload for r in routes if r.destination == "self_host" and r.workload in asked]
    left = [name for name in asked if name not in inside]
    fleet, outside = contest.hybrid, contest.outsides
    if inside and fleet is not None and all(o.best is not None for o in outside):
        extra = fleet.own.total - best_outside_total(outside)
        if extra > 0:
            price = f"{contest.context.inputs.currency} {extra:,.0f}"
            yield f"your override keeps {', '.join(inside)} on own GPUs: {price} dearer over 12 months than without"
    if left:
        yield f"your override sends {', '.join(left)} to own GPUs, but no open model and GPU that may take it was found"


def _embedding_warnings(contest: Contest, routes: tuple[RouteShare, ...]) -> Iterator[str]:
    moved = [
        route.workload
        for route, outside in zip(routes, contest.outsides, strict=True)
        if outside.workload.kind == "embedding" and route.model != outside.today.api.id
    ]
    if moved:
        yield f"{', '.join(moved)}: another embedding model means embedding all that is stored anew; not in the bill"


def _stale_words(price: PriceUsed) -> str:
    exact = len(price.as_of) == len("2026-01-01")
    age = f"{price.age_days} days old" if exact else "the day is not on record"
    return f"{price.label}: price of {price.as_of}, {age}"


def _input_warnings(inputs: Inputs, catalog: Catalog) -> Iterator[str]:
    if inputs.volume.known != "yes":
        yield "volume is an estimate: the range is wide until usage logs are imported"
    halves = [w.name for w in inputs.workload if abs(w.input_tokens - w.output_tokens) < 1e-9 and w.kind != "embedding"]
    if halves:
        yield f"50/50 input and output is unusual (public traces: 91 % input at the median): {', '.join(halves)}"
    for workload in inputs.workload:
        factor = catalog.apis[workload.api_model or inputs.volume.baseline_api].tokenizer_factor
        if factor != 1.0:
            yield f"{workload.name}: tokens are counted by a tokenizer that makes {factor:g}x as many"


def _api_warnings(contest: Contest, as_of: date) -> Iterator[str]:
    apis = {leg.api.id: leg.api for leg in legs_in_use(contest.outsides)}
    for api in apis.values():
        if api.status == "legacy":
            yield f"{api.name} is a legacy model: still sold, successors are cheaper"
        if retires_within(api, as_of):
            after = dict.fromkeys(o.successor.name for o in contest.outsides if o.today.api is api and o.successor)
            priced = f"; from then on priced as {', '.join(after)}" if after else ""
            yield f"{api.name} retires on {api.retires_on}, inside the 12 months{priced}"
        if api.status == "retired":
            yield f"{api.name} is no longer sold; its price is historical"
        if api.peak_hours_per_week:
            yield (
                f"{api.name} costs {api.peak_factor:g}x in {api.peak_hours_per_week:g} of the week's "
                f"{HOURS_PER_WEEK} hours; it is priced as if work were spread evenly, "
                f"{average_over_week(api) - 1:.0%} above the off-peak list price"
            )
        for change in api.changes:
            yield f"{api.name} changes price on {change.from_date}; the months after it are priced so"


def _barred(contest: Contest) -> Iterator[str]:
    barred = [o.workload.name for o in contest.outsides if o.best is None]
    if barred:
        yield f"no API may take {', '.join(barred)}; API figures for it are shown for reference only"
        live = contest.context.live
        if live[0] < 1:
            first = next((m + 1 for m in range(MONTHS) if live[m] >= 1), None)
            when = f"month {first}" if first else "after month 12"
            names = ", ".join(barred)
            yield f"{names} is fully served from {when} on; until then nothing may serve it, and it costs nothing here"


def _choice_warnings(contest: Contest, choice: Choice) -> Iterator[str]:
    offer = contest.context.catalog.offers[choice.offer]
    if not offer.is_current:
        yield f"{offer.provider} {offer.product} can no longer be ordered; its price is historical"
    elif not offer.is_production:
        yield f"{offer.provider} {offer.product} is {offer.market} capacity, not something to plan production on"
    if offer.commitment.startswith("reserved") and contest.hybrid_uses_gpus:
        rent = f"{contest.context.inputs.currency} {choice.gpu_monthly_cost * MONTHS:,.0f}"
        yield f"{offer.provider} {offer.product} is a commitment: {rent} of rent are owed whatever prices or volume do"
    model = contest.context.catalog.models[choice.model]
    if model.commercial_use == "conditions":
        yield f"licence of {model.name}: {model.commercial_conditions}"
    interactive = contest.hybrid is not None and contest.hybrid.scope.interactive
    if interactive and choice.ttft_ms_p95 > contest.context.inputs.objectives.ttft_ms_p95:
        yield (
            f"p95 TTFT of {choice.ttft_ms_p95:,.0f} ms misses the objective of "
            f"{contest.context.inputs.objectives.ttft_ms_p95:,.0f} ms"
        )


def notices(evaluation: Evaluation) -> tuple[str, ...]:
    """The engine's warnings, then one line for each strategy that is not possible or not allowed."""
    lines = dict.fromkeys(evaluation.warnings)
    for strategy in STRATEGIES:
        ledger = evaluation.ledgers[strategy]
        if not ledger.possible or not ledger.allowed:
            lines[_absence(ledger)] = None
    return tuple(lines)


def _absence(ledger: StrategyLedger) -> str:
    state = "not allowed" if ledger.months else "not possible"
    return f"{ledger.strategy} ({STRATEGY_LABELS[ledger.strategy]}) is {state}: {said(ledger.reason)}"
