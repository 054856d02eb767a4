"""Where the numbers of one candidate come from, the plan's choice or any other: formula, inputs, source, doubt.

Where every shown number comes from: prices with their age, formulas with their inputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from planner.engine.ledger.strategies import Contest, best, hosted, today, tuned
from planner.engine.market import EndpointChoices, PricedEndpoint
from planner.engine.search.select import Costed
from planner.engine.specs import (
    ApiModel,
    BreakEven,
    Catalog,
    Choice,
    Citation,
    Demand,
    Evaluation,
    Gpu,
    Inputs,
    Model,
    Offer,
    PriceUsed,
    Trace,
)
from planner.engine.staleness import API_DAYS, FX_DAYS, RENT_DAYS, age_days, is_stale
from planner.quantities import currency_prefix, money, share, tokens_a_day, volume

MODEL_OF_COSTS = "planner's own arithmetic (see README, how the numbers are made)"
MEMORY_DOUBT = "see `planner validate` for the error against published start-up logs"


def candidate_traces(evaluation: Evaluation, choice: Choice) -> tuple[Trace, ...]:
    """Everything that a line of the table of candidates shows."""
    catalog = evaluation.catalog
    return (
        vram_trace(catalog, choice),
        throughput_trace(catalog, choice),
        _latency_trace(evaluation, choice),
        rent_trace(catalog, choice),
        _replicas_trace(choice),
        _cost_trace(evaluation, choice),
    )


def vram_trace(catalog: Catalog, choice: Choice) -> Trace:
    """How the memory of one GPU is shared out."""
    model, gpu = catalog.models[choice.model], catalog.gpus[choice.gpu]
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
        *sizes_cited(model, gpu),
        MEMORY_DOUBT,
    )


def sizes_cited(model: Model, gpu: Gpu) -> tuple[str, str]:
    """Source and date of the sizes that memory is worked out from."""
    return f"{model.citation.source}; {gpu.citation.source}", model.citation.as_of


def throughput_trace(catalog: Catalog, choice: Choice) -> Trace:
    """The terms of one decode step."""
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
        fitted_on(catalog),
        f"80 % interval {speed.output_tok_s.low:,.0f}-{speed.output_tok_s.high:,.0f} tokens/s",
    )


def fitted_on(catalog: Catalog) -> str:
    """Date of the constants that turn bytes and operations into time."""
    return catalog.calibration.as_of if catalog.calibration is not None else ""


def _latency_trace(evaluation: Evaluation, choice: Choice) -> Trace:
    inputs, speed = evaluation.inputs, choice.performance
    alone = speed.ttft_ms.mid * choice.long_prompt_ratio
    return Trace(
        "choice.latency",
        "TTFT p95 and TPOT",
        "TTFT without queue x p95 prompt / mean prompt + p95 wait in the busiest hour; TPOT = step + prefill share",
        (
            ("TTFT without queue", f"{speed.ttft_ms.mid:,.0f} ms"),
            ("p95 / mean prompt", f"{choice.long_prompt_ratio:.2f}"),
            ("wait", f"{max(choice.ttft_ms_p95 - alone, 0.0):,.0f} ms"),
            ("TTFT p95", f"{choice.ttft_ms_p95:,.0f} ms, objective {inputs.objectives.ttft_ms_p95:,.0f} ms"),
            ("TPOT", f"{choice.tpot_ms:,.1f} ms, objective {inputs.objectives.tpot_ms:,.0f} ms"),
        ),
        MODEL_OF_COSTS,
        fitted_on(evaluation.catalog),
        f"80 % intervals, without queue: TTFT {speed.ttft_ms.low:,.0f}-{speed.ttft_ms.high:,.0f} ms,"
        f" TPOT {speed.tpot_ms.low:,.1f}-{speed.tpot_ms.high:,.1f} ms",
    )


def rent_trace(catalog: Catalog, choice: Choice) -> Trace:
    """Price of the offer and how many are rented."""
    offer = catalog.offers[choice.offer]
    return Trace(
        "choice.rent",
        "GPU rent a month",
        "whole products x price x 730 h, month by month",
        (
            ("offer", f"{offer.provider} {offer.product}, {price_of(offer)}"),
            ("products in the busiest month", f"{choice.offers_rented}"),
        ),
        offer.citation.source,
        offer.citation.as_of,
        "list price without VAT",
    )


def price_of(offer: Offer) -> str:
    """Price of an offer in its own currency: $1.86 per hour."""
    return f"{currency_prefix(offer.currency)}{offer.price:,.2f} per {offer.per}"


def _replicas_trace(choice: Choice) -> Trace:
    shown = [("in months 1 to 12", ", ".join(map(str, choice.replicas_by_month)))]
    if choice.spare_replicas:
        shown.append(("of them spare", str(choice.spare_replicas)))
    if choice.schedule:
        shown.append(("by the hour", f"{min(choice.schedule)} to {max(choice.schedule)} in the week's hours"))
    shown += [
        ("busy", f"{share(choice.utilisation)}, up to {share(choice.safe_utilisation)} is safe"),
        ("carries", f"{share(choice.served_fraction)} of what it is given; the rest overflows"),
    ]
    return Trace(
        "choice.replicas",
        "replicas",
        "the number that costs least each month: rent of one more against the API bill of what would overflow"
        if choice.pays
        else "the fewest that carry the p99.9 hour of all its work: no number costs less than the endpoints",
        tuple(shown),
        MODEL_OF_COSTS,
        "",
        "moves with the volume and with the interval of the throughput",
    )


def _cost_trace(evaluation: Evaluation, choice: Choice) -> Trace:
    currency = evaluation.inputs.currency
    rest = choice.monthly_cost - choice.gpu_monthly_cost
    return Trace(
        "choice.cost",
        "cost a month, and for 1M tokens",
        "rent + people and other fixed costs + API bill of the rest, mean of 12 months; "
        "for 1M tokens: rent and fixed costs / tokens served here",
        (
            ("rent", money(choice.gpu_monthly_cost, currency)),
            ("people, fixed and API", money(rest, currency)),
            ("cost a month", money(choice.monthly_cost, currency)),
            ("for 1M tokens", f"{currency_prefix(currency)}{choice.cost_per_mtok:,.2f}"),
        ),
        MODEL_OF_COSTS,
        "",
        "list prices; the bands over all inputs are in Costs",
    )


PriceKind = Literal["api", "offer", "fx", "assumption"]


def prices_used(contest: Contest, choice: Choice | None, large: Costed | None, as_of: date) -> tuple[PriceUsed, ...]:
    """Every price the result rests on, each once; `large`: the fleet that break-evens are reckoned with."""
    catalog, inputs = contest.context.catalog, contest.context.inputs
    apis = {leg.api.id: leg.api for leg in legs_in_use(contest.outsides)}
    found = [_api_price(api, as_of) for api in apis.values()]
    fleets = [c.own for c in (contest.hybrid, contest.self_host, large) if c is not None]
    ids = [choice.offer] if choice is not None else []
    ids += [id for own in fleets for id in (own.offer_id, own.hourly_id) if id]
    offers = [catalog.offers[id] for id in dict.fromkeys(ids)]
    found += [_offer_price(offer, as_of) for offer in offers]
    currencies = {inputs.currency, *(offer.currency for offer in offers)}
    found += [_fx_price(catalog, c, as_of) for c in sorted(currencies - {"USD"})]
    return tuple(found)


def legs_in_use(outsides: tuple[EndpointChoices, ...]) -> Iterator[PricedEndpoint]:
    """What every workload costs on, today and as each strategy would have it."""
    for outside in outsides:
        for pick in (today, tuned, hosted, best):
            leg = pick(outside)
            if leg is not None:
                yield leg


def _api_price(api: ApiModel, as_of: date) -> PriceUsed:
    cached = "" if api.cache_read_usd_per_mtok is None else f", cache read ${api.cache_read_usd_per_mtok:g}"
    peak = f", {api.peak_factor:g}x at peak hours" if api.peak_hours_per_week else ""
    value = f"${api.input_usd_per_mtok:g} in / ${api.output_usd_per_mtok:g} out{cached} per 1M tokens{peak}"
    return _price("api", api.id, api.name, value, api.citation, as_of, API_DAYS)


def _offer_price(offer: Offer, as_of: date) -> PriceUsed:
    value = f"{price_of(offer)}, {offer.gpu_count} GPU"
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


def traces_of(contest: Contest, demand: Demand, choice: Choice | None, point: BreakEven | None) -> tuple[Trace, ...]:
    """Inputs, formula and source of the numbers on the front page."""
    found = [_demand_trace(contest.context.inputs, demand), *_api_traces(contest)]
    if choice is not None:
        found += _choice_traces(contest, choice)
    if point is not None:
        found.append(_break_even_trace(point, contest.context.catalog))
    return tuple(found)


def _demand_trace(inputs: Inputs, demand: Demand) -> Trace:
    growth = inputs.volume.growth_per_month
    return Trace(
        "demand.p95",
        "p95 tokens a day, next 12 months",
        "95th percentile of today's mean x (1 + growth)^month x weekday x day noise",
        (
            ("mean today", tokens_a_day(demand.mean_today_tokens_per_day)),
            (
                "growth a month",
                f"{share(growth.mid, 1)} [{share(growth.low, 1)} to {share(growth.high, 1)}]",
            ),
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
                    ("cached input", share(workload.cached_input_fraction)),
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
    return [vram_trace(catalog, choice), throughput_trace(catalog, choice), rent_trace(catalog, choice)]


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
