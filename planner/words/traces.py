"""Where every shown number comes from: its formula, inputs, source and how sure it is; and prices in words.

Of the front page, and of one candidate: the plan's choice or any other.
"""

from __future__ import annotations

from functools import partial

from planner.engine import specs
from planner.quantities import (
    count,
    currency_prefix,
    interval,
    measure,
    milliseconds,
    money,
    plain,
    share,
    significant,
    span,
    tokens_a_day,
    volume,
)
from planner.quantities import price as listed
from planner.records import dataclass
from planner.words.break_evens import deciding_break_evens
from planner.words.labels import product_name

MODEL_OF_COSTS = "planner's own arithmetic (see README, how the numbers are made)"
MEMORY_DOUBT = "see `planner validate` for the error against published start-up logs"


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a shown number comes from."""

    key: str
    label: str
    formula: str
    inputs: tuple[tuple[str, str], ...]
    source: str
    as_of: str
    uncertainty: str


def candidate_traces(evaluation: specs.Evaluation, choice: specs.Choice) -> tuple[Trace, ...]:
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


def vram_trace(catalog: specs.Catalog, choice: specs.Choice) -> Trace:
    """How the memory of one GPU is shared out."""
    model, gpu = catalog.models[choice.model], catalog.gpus[choice.gpu]
    return Trace(
        "choice.vram",
        "VRAM per GPU",
        "usable = driver's memory x memory fraction; KV = usable - weights - overhead",
        (
            ("weights", f"{measure(choice.vram_gib.weights, 1)} GiB"),
            ("overhead", f"{measure(choice.vram_gib.overhead, 1)} GiB"),
            ("KV at the operating point", f"{measure(choice.vram_gib.kv, 1)} GiB"),
            ("usable", f"{measure(choice.vram_gib.usable, 1)} GiB of {measure(choice.vram_gib.total, 1)}"),
        ),
        *sizes_cited(model, gpu),
        MEMORY_DOUBT,
    )


def sizes_cited(model: specs.Model, gpu: specs.Gpu) -> tuple[str, str]:
    """Source and date of the sizes that memory is worked out from."""
    return f"{model.citation.source}; {gpu.citation.source}", model.citation.as_of


def throughput_trace(catalog: specs.Catalog, choice: specs.Choice) -> Trace:
    """The terms of one decode step."""
    terms, speed = choice.performance.terms, choice.performance
    return Trace(
        "choice.throughput",
        "output tokens/s of one replica" if choice.deployment.writes else "requests/s of one replica",
        "concurrency / (step + share of prefill); step = max(weights + KV, compute) + communication + overhead",
        (
            ("weights read", f"{measure(terms.weights_read_ms, 2)} ms"),
            ("KV read", f"{measure(terms.kv_read_ms, 2)} ms"),
            ("compute", f"{measure(terms.compute_ms, 2)} ms"),
            ("communication", f"{measure(terms.communication_ms, 2)} ms"),
            ("overhead", f"{measure(terms.overhead_ms, 2)} ms"),
            ("prefill share", f"{measure(terms.prefill_share_ms, 2)} ms"),
            ("concurrency", f"{measure(speed.concurrency)}, bound by {speed.bound_by}"),
        ),
        MODEL_OF_COSTS,
        fitted_on(catalog),
        f"80 % interval {span(speed.output_tok_s, significant)} "
        + ("tokens/s" if choice.deployment.writes else "requests/s"),
    )


def fitted_on(catalog: specs.Catalog) -> str:
    """Date of the constants that turn bytes and operations into time."""
    return catalog.calibration.as_of if catalog.calibration is not None else ""


def _latency_trace(evaluation: specs.Evaluation, choice: specs.Choice) -> Trace:
    inputs, speed = evaluation.inputs, choice.performance
    alone, writes = speed.ttft_ms.mid * choice.long_prompt_ratio, choice.deployment.writes
    tpot = ("TPOT", f"{milliseconds(choice.tpot_ms)}, objective {count(inputs.objectives.tpot_ms)} ms")
    bounds = f", TPOT {span(speed.tpot_ms, significant)} ms" if writes else ""
    return Trace(
        "choice.latency",
        "TTFT p95 and TPOT" if writes else "TTFT p95",
        "TTFT without queue x p95 prompt / mean prompt + p95 wait in the busiest hour"
        + ("; TPOT = step + prefill share" if writes else ""),
        (
            ("TTFT without queue", milliseconds(speed.ttft_ms.mid)),
            ("p95 / mean prompt", measure(choice.long_prompt_ratio, 2)),
            ("wait", milliseconds(max(choice.ttft_ms_p95 - alone, 0.0))),
            ("TTFT p95", f"{milliseconds(choice.ttft_ms_p95)}, objective {count(inputs.objectives.ttft_ms_p95)} ms"),
            *((tpot,) if writes else ()),
        ),
        MODEL_OF_COSTS,
        fitted_on(evaluation.catalog),
        f"80 % intervals, without queue: TTFT {span(speed.ttft_ms, significant)} ms{bounds}",
    )


def rent_trace(catalog: specs.Catalog, choice: specs.Choice, name: str = "choice") -> Trace:
    """Price of the offer and how many are rented; `name`: whose rent it is."""
    offer = catalog.offers[choice.offer]
    return Trace(
        f"{name}.rent",
        "GPU rent a month" if name == "choice" else "rent of dedicated endpoints a month",
        "whole products x price x 730 h, month by month",
        (
            ("offer", f"{product_name(offer)}, {price_of(offer)}"),
            ("products in the busiest month", f"{choice.offers_rented}"),
        ),
        offer.citation.source,
        offer.citation.as_of,
        "list price without VAT",
    )


def price_of(offer: specs.Offer) -> str:
    """Price of an offer in its own currency: $1.86 per hour."""
    return f"{listed(offer.price, offer.currency)} per {offer.per}"


def _replicas_trace(choice: specs.Choice) -> Trace:
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


def _cost_trace(evaluation: specs.Evaluation, choice: specs.Choice) -> Trace:
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
            ("for 1M tokens", money(choice.cost_per_mtok, currency)),
        ),
        MODEL_OF_COSTS,
        "",
        "list prices; the bands over all inputs are in Costs",
    )


def price_label(evaluation: specs.Evaluation, price: specs.PriceUsed) -> str:
    """What a price is of."""
    if price.kind == "api":
        return evaluation.catalog.apis[price.id].name
    if price.kind == "fx":
        return f"{price.id} exchange rate"
    offer = evaluation.catalog.offers[price.id]
    return product_name(offer)


def price_value(evaluation: specs.Evaluation, price: specs.PriceUsed) -> str:
    """A price in its own currency."""
    catalog = evaluation.catalog
    if price.kind == "fx":
        return f"{currency_prefix(price.id)}1 = ${plain(catalog.usd_per[price.id], 5)}"
    if price.kind == "offer":
        return f"{price_of(catalog.offers[price.id])}, {catalog.offers[price.id].gpu_count} GPU"
    api = catalog.apis[price.id]
    cached = "" if api.cache_read_usd_per_mtok is None else f", cache read {listed(api.cache_read_usd_per_mtok)}"
    peak = f", {significant(api.peak_factor)}x at peak hours" if api.peak_hours_per_week else ""
    return f"{listed(api.input_usd_per_mtok)} in / {listed(api.output_usd_per_mtok)} out{cached} per 1M tokens{peak}"


def traces_of(evaluation: specs.Evaluation) -> tuple[Trace, ...]:
    """Inputs, formula and source of the numbers on the front page."""
    catalog, choice = evaluation.catalog, evaluation.choice
    found = [_demand_trace(evaluation.inputs, evaluation.demand)]
    found += [_api_trace(evaluation, workload) for workload in evaluation.inputs.workload]
    if choice is not None:
        found += [vram_trace(catalog, choice), throughput_trace(catalog, choice), rent_trace(catalog, choice)]
    if evaluation.dedicated is not None:
        found.append(rent_trace(catalog, evaluation.dedicated, "dedicated"))
    found += [break_even_trace(name, point) for name, point in deciding_break_evens(evaluation)]
    return tuple(found)


def _demand_trace(inputs: specs.Inputs, demand: specs.Demand) -> Trace:
    growth, days = inputs.volume.growth_per_month, inputs.volume.history_days
    return Trace(
        "demand.p95",
        "p95 tokens a day, next 12 months",
        "95th percentile of today's mean x (1 + growth)^month x weekday x day noise",
        (
            ("mean today", tokens_a_day(demand.mean_today_tokens_per_day)),
            ("growth a month", interval(growth, "", partial(share, decimals=1))),
            ("busiest hour", f"{measure(demand.peak_to_mean_hour, 2)}x the mean"),
            *((("measured over", f"{count(days)} days of logs"),) if days is not None else ()),
        ),
        "your plan",
        "",
        f"{span(demand.p95_range, volume)} tokens a day",
    )


def _api_trace(evaluation: specs.Evaluation, workload: specs.Workload) -> Trace:
    api = evaluation.catalog.apis[evaluation.inputs.api_today(workload)]
    return Trace(
        f"api.{workload.name}",
        f"{workload.name} on {api.name}",
        "tokens x share x price, by uncached, cached, written and generated tokens",
        (
            ("tokens a day", volume(workload.tokens_per_day)),
            ("input / output", f"{count(workload.input_tokens)} / {count(workload.output_tokens)}"),
            ("cached input", share(workload.cached_input_fraction)),
            ("price in / out", f"{listed(api.input_usd_per_mtok)} / {listed(api.output_usd_per_mtok)} per 1M"),
        ),
        api.citation.source,
        api.citation.as_of,
        "list price; a month is 730 h, 1.39 % more than 30 days",
    )


def break_even_trace(name: str, point: specs.BreakEven) -> Trace:
    """Of one rival, under the name that the break-even against it has."""
    value = "never in the range tried" if point.with_people is None else tokens_a_day(point.with_people)
    bare = "never" if point.hardware_only is None else tokens_a_day(point.hardware_only)
    return Trace(
        f"break_even.{point.api_model}",
        name,
        "volume at which rent + people = the API cost that own GPUs displace, same mix and shape, one steady month",
        (("people included", value), ("hardware only", bare)),
        MODEL_OF_COSTS,
        "",
        "moves one for one with the API price and the engineer's share",
    )
