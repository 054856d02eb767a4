"""Where every shown number comes from: prices with their age, formulas with their inputs, and what to be warned of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from planner.engine.amounts import currency_prefix, percent, tokens_a_day, volume
from planner.engine.outside import Leg, Outside
from planner.engine.quality import retires_within
from planner.engine.selection import Costed
from planner.engine.specs import (
    ApiModel,
    BreakEven,
    Catalog,
    Choice,
    Citation,
    Demand,
    Inputs,
    Model,
    Offer,
    PriceUsed,
    RouteShare,
    Trace,
)
from planner.engine.staleness import API_DAYS, FX_DAYS, RENT_DAYS, age_days, is_stale
from planner.engine.strategies import Contest, best, hosted, today, tuned
from planner.engine.units import MONTHS

PriceKind = Literal["api", "offer", "fx", "assumption"]
MODEL_OF_COSTS = "planner's own arithmetic (see README, how the numbers are made)"


def prices_used(contest: Contest, choice: Choice | None, large: Costed | None, as_of: date) -> tuple[PriceUsed, ...]:
    """Every price the result rests on, each once; `large`: the fleet that break-evens are reckoned with."""
    catalog, inputs = contest.context.catalog, contest.context.inputs
    apis = {leg.api.id: leg.api for leg in _legs(contest.outsides)}
    found = [_api_price(api, as_of) for api in apis.values()]
    fleets = [c.own for c in (contest.hybrid, contest.self_host, large) if c is not None]
    ids = [choice.offer] if choice is not None else []
    ids += [id for own in fleets for id in (own.offer_id, own.hourly_id) if id]
    offers = [catalog.offers[id] for id in dict.fromkeys(ids)]
    found += [_offer_price(offer, as_of) for offer in offers]
    currencies = {inputs.currency, *(offer.currency for offer in offers)}
    found += [_fx_price(catalog, c, as_of) for c in sorted(currencies - {"USD"})]
    return tuple(found)


def _legs(outsides: tuple[Outside, ...]) -> Iterator[Leg]:
    for outside in outsides:
        for pick in (today, tuned, hosted, best):
            leg = pick(outside)
            if leg is not None:
                yield leg


def _api_price(api: ApiModel, as_of: date) -> PriceUsed:
    cached = "" if api.cache_read_usd_per_mtok is None else f", cache read ${api.cache_read_usd_per_mtok:g}"
    value = f"${api.input_usd_per_mtok:g} in / ${api.output_usd_per_mtok:g} out{cached} per 1M tokens"
    return _price("api", api.id, api.name, value, api.citation, as_of, API_DAYS)


def _offer_price(offer: Offer, as_of: date) -> PriceUsed:
    value = f"{currency_prefix(offer.currency)}{offer.price:,.2f} per {offer.per}, {offer.gpu_count} GPU"
    label = f"{offer.provider} {offer.product}"
    return _price("offer", offer.id, label, value, offer.citation, as_of, RENT_DAYS)


def _fx_price(catalog: Catalog, currency: str, as_of: date) -> PriceUsed:
    value = f"{currency_prefix(currency)}1 = ${catalog.usd_per[currency]:.4f}"
    cited = catalog.fx_citation
    return _price("fx", currency, f"{currency} exchange rate", value, cited, as_of, FX_DAYS)


def _price(
    kind: PriceKind, id: str, label: str, value: str, cited: Citation, as_of: date, limit_days: int
) -> PriceUsed:
    age, stale = age_days(cited.as_of, as_of), is_stale(cited.as_of, as_of, limit_days)
    return PriceUsed(kind, id, label, value, cited.as_of, cited.source, age, stale)


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
    found += _impossible(contest)
    found += [_stale_words(p) for p in prices if p.stale]
    if choice is not None:
        found += _choice_warnings(contest, choice)
    found += [
        f"break-even against {contest.context.catalog.apis[b.api_model].name} lies beyond what the chosen fleet "
        f"carries ({tokens_a_day(b.capacity_tokens_per_day)})"
        for b in break_even[:1]
        if b.exceeds_capacity
    ]
    provisional = [r.workload for r in routes if r.provisional]
    if provisional:
        found.append(f"provisional until evaluated on your own prompts: {', '.join(provisional)}")
    return tuple(dict.fromkeys(found))


def _stale_words(price: PriceUsed) -> str:
    exact = len(price.as_of) == len("2026-01-01")
    age = f"{price.age_days} days old" if exact else "the day is not on record"
    return f"{price.label}: price of {price.as_of}, {age}"


def _input_warnings(inputs: Inputs, catalog: Catalog) -> Iterator[str]:
    if inputs.volume_known != "yes":
        yield "volume is an estimate: the range is wide until usage logs are imported"
    halves = [
        w.name for w in inputs.workloads if abs(w.input_tokens - w.output_tokens) < 1e-9 and w.kind != "embedding"
    ]
    if halves:
        yield f"50/50 input and output is unusual (public traces: 91 % input at the median): {', '.join(halves)}"
    for workload in inputs.workloads:
        factor = catalog.apis[workload.api_model or inputs.baseline_api].tokenizer_factor
        if factor != 1.0:
            yield f"{workload.name}: tokens are counted by a tokenizer that makes {factor:g}x as many"


def _api_warnings(contest: Contest, as_of: date) -> Iterator[str]:
    apis = {leg.api.id: leg.api for leg in _legs(contest.outsides)}
    for api in apis.values():
        if api.status == "legacy":
            yield f"{api.name} is a legacy model: still sold, successors are cheaper"
        if retires_within(api, as_of):
            yield f"{api.name} retires on {api.retires_on}, inside the 12 months"
        if api.status == "retired":
            yield f"{api.name} is no longer sold; its price is historical"
        for change in api.changes:
            yield f"{api.name} changes price on {change.from_date}; the months after it are priced so"


def _impossible(contest: Contest) -> Iterator[str]:
    if contest.self_host is None:
        yield f"self-host is not possible: {contest.self_host_reason}"
    if not any(o.hosted for o in contest.outsides):
        yield "hosted open model is not possible: none passes the gates for any workload"
    barred = [o.workload.name for o in contest.outsides if o.best is None]
    if barred:
        yield f"no API may take {', '.join(barred)}; API figures for it are shown for reference only"
        live = contest.context.live
        if live[0] < 1:
            first = next((m + 1 for m in range(MONTHS) if live[m] >= 1), None)
            when = f"month {first}" if first else "after month 12"
            yield f"{', '.join(barred)} is fully served from {when} on; until then nothing may serve it"


def _choice_warnings(contest: Contest, choice: Choice) -> Iterator[str]:
    offer = contest.context.catalog.offers[choice.offer]
    if not offer.is_current:
        yield f"{offer.provider} {offer.product} can no longer be ordered; its price is historical"
    elif not offer.is_production:
        yield f"{offer.provider} {offer.product} is {offer.market} capacity, not something to plan production on"
    model = contest.context.catalog.models[choice.model]
    if model.commercial_use == "conditions":
        yield f"licence of {model.name}: {model.commercial_conditions}"
    interactive = contest.hybrid is not None and contest.hybrid.scope.interactive
    if interactive and choice.ttft_ms_p95 > contest.context.inputs.ttft_ms_p95:
        yield (
            f"p95 TTFT of {choice.ttft_ms_p95:,.0f} ms misses the objective of "
            f"{contest.context.inputs.ttft_ms_p95:,.0f} ms"
        )


def traces_of(contest: Contest, demand: Demand, choice: Choice | None, point: BreakEven | None) -> tuple[Trace, ...]:
    """Inputs, formula and source of the numbers on the front page."""
    found = [_demand_trace(contest.context.inputs, demand), *_api_traces(contest)]
    if choice is not None:
        found += _choice_traces(contest, choice)
    if point is not None:
        found.append(_break_even_trace(point, contest.context.catalog))
    return tuple(found)


def _demand_trace(inputs: Inputs, demand: Demand) -> Trace:
    growth = inputs.growth_per_month
    return Trace(
        "demand.p95",
        "p95 tokens a day, next 12 months",
        "95th percentile of today's mean x (1 + growth)^month x weekday x day noise",
        (
            ("mean today", tokens_a_day(demand.mean_today_tokens_per_day)),
            ("growth a month", f"{percent(growth.mid, 1)} [{percent(growth.low, 1)} to {percent(growth.high, 1)}]"),
            ("busiest hour", f"{demand.peak_to_mean_hour:.2f}x the mean"),
        ),
        "your plan",
        "",
        f"{volume(demand.p95_range.low)}-{tokens_a_day(demand.p95_range.high)}",
    )


def _api_traces(contest: Contest) -> list[Trace]:
    found = []
    for outside in contest.outsides:
        leg, workload = outside.today, outside.workload
        found.append(
            Trace(
                f"api.{workload.name}",
                f"{workload.name} on {leg.api.name}",
                "tokens x share x price, by uncached, cached, written and generated tokens",
                (
                    ("tokens a day", volume(workload.tokens_per_day)),
                    ("input / output", f"{workload.input_tokens:,.0f} / {workload.output_tokens:,.0f}"),
                    ("cached input", percent(workload.cached_input_fraction)),
                    ("price in / out", f"${leg.api.input_usd_per_mtok:g} / ${leg.api.output_usd_per_mtok:g} per 1M"),
                ),
                leg.api.citation.source,
                leg.api.citation.as_of,
                "list price; a month is 730 h, 1.39 % more than 30 days",
            )
        )
    return found


def _choice_traces(contest: Contest, choice: Choice) -> list[Trace]:
    catalog = contest.context.catalog
    return [_vram_trace(catalog, choice), _throughput_trace(catalog, choice), _rent_trace(catalog, choice)]


def _vram_trace(catalog: Catalog, choice: Choice) -> Trace:
    model: Model = catalog.models[choice.model]
    gpu = catalog.gpus[choice.gpu]
    return Trace(
        "choice.vram",
        "VRAM per GPU",
        "usable = driver's memory x memory fraction; KV = usable - weights - overhead",
        (
            ("weights", f"{choice.vram_gib.weights:.1f} GiB"),
            ("overhead", f"{choice.vram_gib.overhead:.1f} GiB"),
            ("KV at the operating point", f"{choice.vram_gib.kv:.1f} GiB"),
            ("usable", f"{choice.vram_gib.usable:.1f} GiB of {choice.vram_gib.total:.1f}"),
        ),
        f"{model.citation.source}; {gpu.citation.source}",
        model.citation.as_of,
        "see `planner validate` for the error against published start-up logs",
    )


def _throughput_trace(catalog: Catalog, choice: Choice) -> Trace:
    terms, speed = choice.performance.terms, choice.performance
    return Trace(
        "choice.throughput",
        "output tokens/s of one replica",
        "concurrency / (step + share of prefill); step = max(weights + KV, compute) + communication + overhead",
        (
            ("weights read", f"{terms.weights_read_ms:.2f} ms"),
            ("KV read", f"{terms.kv_read_ms:.2f} ms"),
            ("compute", f"{terms.compute_ms:.2f} ms"),
            ("communication", f"{terms.communication_ms:.2f} ms"),
            ("overhead", f"{terms.overhead_ms:.2f} ms"),
            ("prefill share", f"{terms.prefill_share_ms:.2f} ms"),
            ("concurrency", f"{speed.concurrency:.0f}, bound by {speed.bound_by}"),
        ),
        MODEL_OF_COSTS,
        catalog.calibration.as_of if catalog.calibration is not None else "",
        f"80 % interval {speed.output_tok_s.low:,.0f}-{speed.output_tok_s.high:,.0f} tokens/s",
    )


def _rent_trace(catalog: Catalog, choice: Choice) -> Trace:
    offer = catalog.offers[choice.offer]
    price = f"{currency_prefix(offer.currency)}{offer.price:,.2f} per {offer.per}"
    return Trace(
        "choice.rent",
        "GPU rent a month",
        "whole products x price x 730 h, month by month",
        (
            ("offer", f"{offer.provider} {offer.product}, {price}"),
            ("products in the busiest month", f"{choice.offers_rented}"),
        ),
        offer.citation.source,
        offer.citation.as_of,
        "list price without VAT",
    )


def _break_even_trace(point: BreakEven, catalog: Catalog) -> Trace:
    value = "never in the range tried" if point.with_people is None else tokens_a_day(point.with_people)
    bare = "never" if point.hardware_only is None else tokens_a_day(point.hardware_only)
    return Trace(
        "break_even",
        f"break-even against {catalog.apis[point.api_model].name}",
        "volume at which rent + people = the API cost that own GPUs displace, same mix and shape, one steady month",
        (("with people", value), ("hardware only", bare)),
        MODEL_OF_COSTS,
        "",
        "moves one for one with the API price and the engineer's share",
    )
