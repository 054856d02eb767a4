"""Where every shown number comes from: prices with their age, formulas with their inputs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from planner.engine.amounts import currency_prefix, percent, tokens_a_day, volume
from planner.engine.candidate_sources import (
    MODEL_OF_COSTS,
    price_of,
    rent_trace,
    throughput_trace,
    vram_trace,
)
from planner.engine.outside import Leg, Outside
from planner.engine.selection import Costed
from planner.engine.specs import (
    ApiModel,
    BreakEven,
    Catalog,
    Choice,
    Citation,
    Demand,
    Inputs,
    Offer,
    PriceUsed,
    Trace,
)
from planner.engine.staleness import API_DAYS, FX_DAYS, RENT_DAYS, age_days, is_stale
from planner.engine.strategies import Contest, best, hosted, today, tuned

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


def legs_in_use(outsides: tuple[Outside, ...]) -> Iterator[Leg]:
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
