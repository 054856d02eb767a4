"""The money of a plan once more, in plain arithmetic and without the engine: one loop, one number at a time.

It takes what a plan says (inputs), what the catalogue says (prices), and the decisions of the planner (which endpoint,
which offer, how many products, what share they serve); never an amount. The rules it restates:

- a month is 730 h, a day 24 h; month m (1 to 12) holds today's volume x (1 + growth)^m, or the volumes stated by month;
- a token is billed as input, cached input, cache write or output; a cache price that is not stated is the input price;
- requests above a tier are those of a lognormal prompt length (mean, p95; p95 is twice the mean where not stated), at
  the endpoint's own tokens: input prices by the share of tokens, the output price by the share of requests;
- an announced price holds from its day on, a month in which it starts has both by days; cache prices follow the input;
- peak hours raise every price by their share of the week; the batch tier takes a share of the tokens, at its discount;
- tokens of another model are those of today's, times the ratio of their tokenizers on this kind of text;
- prompt tokens that today's cache serves are read from another vendor's cache only in part, and sent anew for the rest;
- a model that thinks where today's does not writes so many times its output; one that is told as today's is, does not;
- what is kept in a cache for an hour is written at the price of that, where there is one;
- today's model is replaced by its successor from its retirement on, with today's batch share, within a month by days;
- rent is paid for whole products in every month in which they serve at all, set-up fees for each new one;
- products above those that never stop are paid by the hour, and for their start-up time at each switching on, counted
  within the ring of a day;
- work that only own GPUs may take runs as today until they are live, or nobody serves it and the ledger says so;
- a spot machine is not billed while it is away;
- what is bought from outside carries the tax that is not given back, as a bucket of its own;
- a host's dedicated endpoints are paid like rent, a replica of several GPUs as often as one is sold; beside them stand
  days of set-up in the first month and a small share of a salary in every month;
- people: set-up by weeks, then shares of a salary while own GPUs run; hiring only where nobody has the experience.

Amounts are floats until the end of a bucket of a month; each is then rounded to the cent, halves to even, and sums are
exact. Where the two orders of summation differ in the last digit of a float, half a cent may fall either way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from statistics import NormalDist
from typing import Any

HOURS = 730.0
DAYS = HOURS / 24
YEAR = range(12)
WEEKS_A_MONTH = DAYS / 7
ROUTERS = ("openrouter", "huggingface", "vercel-ai-gateway", "requesty", "nano-gpt")
"""Hosts that pass a request on to one of many."""
API = ("api_input", "api_cached_input", "api_cache_write", "api_output", "api_batch")
Months = dict[str, list[float]]


@dataclass(frozen=True)
class Leg:
    """One workload on one endpoint: a decision."""

    workload: int
    api: str
    as_today: bool
    """As it runs now, with today's batch share, until today's model retires."""
    successor: str | None = None
    share: Sequence[float] = (1.0,) * 12
    """Of the work, by month."""


@dataclass(frozen=True)
class Switched:
    """Products by hour of the week in one month, Monday first, of which some never stop: a decision."""

    week: Sequence[Sequence[float]]
    """7 days of 24 hours."""
    always: float
    base: str
    """Offer of those that never stop."""
    hourly: str
    """Offer of the others."""


@dataclass(frozen=True)
class Rented:
    """Whole products rented by month: a decision."""

    offer: str
    units: Sequence[float]
    newest: Sequence[float]
    """Most products up to each month, the month included."""


def factors(inputs: Any) -> list[float]:
    today = sum(w.tokens_per_day for w in inputs.workload)
    stated = inputs.volume.tokens_per_day_by_month
    if stated is not None and today > 0:
        return [v / today for v in stated]
    growth = inputs.volume.growth_per_month.mid
    return [(1 + growth) ** (m + 1) for m in YEAR]


def part_after(day: str, as_of: date, month: int) -> float:
    """Share of a month that lies after a day."""
    begins = (date.fromisoformat(day) - as_of).days / DAYS
    return min(max(month + 1 - begins, 0.0), 1.0)


def list_prices(api: Any, as_of: date, month: int) -> list[float]:
    """USD for input, cached, written, output in one month, announced changes blended in."""
    read, write = api.cache_read_usd_per_mtok, api.cache_write_usd_per_mtok
    entry = api.input_usd_per_mtok
    held = [entry, entry if read is None else read, entry if write is None else write, api.output_usd_per_mtok]
    paid = list(held)
    for change in sorted(api.changes, key=lambda c: c.from_date):
        new = change.input_usd_per_mtok
        if new is not None:
            held = [p / held[0] * new if held[0] else new for p in held[:3]] + held[3:]
        if change.cache_read_usd_per_mtok is not None:
            held[1] = change.cache_read_usd_per_mtok
        if change.output_usd_per_mtok is not None:
            held[3] = change.output_usd_per_mtok
        after = part_after(change.from_date, as_of, month)
        paid = [p * (1 - after) + h * after for p, h in zip(paid, held, strict=True)]
    peak = 1 + api.peak_hours_per_week / 168 * (api.peak_factor - 1)
    return [p * peak for p in paid]


def beyond(work: Any, limit: float) -> tuple[float, float]:
    """Share of requests, and of their prompt tokens, longer than a limit."""
    if work.input_tokens <= 0:
        return 0.0, 0.0
    normal = NormalDist()
    z95 = normal.inv_cdf(0.95)
    ratio = 2.0 if work.input_tokens_p95 is None else max(work.input_tokens_p95 / work.input_tokens, 1.0)
    sigma = z95 - math.sqrt(max(z95**2 - 2 * math.log(ratio), 0.0))
    if sigma < 1e-9:
        return (1.0, 1.0) if work.input_tokens > limit else (0.0, 0.0)
    mu = math.log(work.input_tokens) - sigma**2 / 2
    return 1 - normal.cdf((math.log(limit) - mu) / sigma), 1 - normal.cdf((math.log(limit) - mu) / sigma - sigma)


def tokens(catalog: Any, api: Any, text: str) -> float:
    """Tokens that an endpoint makes of a text, against one tokenizer for all."""
    table = catalog.tokenizers.get(api.tokenizer)
    return float(api.tokenizer_factor * (1.0 if table is None else getattr(table, text)))


def kept_hits(inputs: Any, catalog: Any, work: Any, api: Any) -> float:
    """Share of today's cache hits that an endpoint serves from its cache as well."""
    if api.provider == catalog.apis[work.api_model or inputs.volume.baseline_api].provider:
        return 1.0
    where = "router" if api.provider in ROUTERS else "other_host"
    return stated(inputs, catalog, f"cache_hits_{where}_fraction")


def thinking(kind: str, told: bool | None) -> bool | None:
    """Whether a model thinks, if it is told to, not to, or nothing; None: nobody knows."""
    if kind in ("always", "never"):
        return kind == "always"
    if told is not None or kind in ("", "settable"):
        return told if kind else None
    return kind == "on"


def longer(inputs: Any, catalog: Any, work: Any, api: Any) -> float:
    """Output of an endpoint over today's for the same work, because it thinks where the other does not."""
    told = {"on": True, "off": False}.get(work.thinking)
    before = thinking(catalog.apis[work.api_model or inputs.volume.baseline_api].thinks, told)
    after = thinking(api.thinks, before if work.thinking == "as_today" else told)
    if before is None or after is None or before == after:
        return 1.0
    factor = stated(inputs, catalog, "thinking_output_factor")
    return factor if after else 1.0 if work.thinking == "as_today" else 1 / factor


def hour_over_minutes(api: Any, work: Any) -> float:
    """Price of what is written for an hour over what is written for minutes."""
    write = api.input_usd_per_mtok if api.cache_write_usd_per_mtok is None else api.cache_write_usd_per_mtok
    if work.cache_life != "hour" or api.cache_write_1h_usd_per_mtok is None or write <= 0:
        return 1.0
    return float(api.cache_write_1h_usd_per_mtok / write)


def api_month(inputs: Any, catalog: Any, as_of: date, month: int, work: Any, id: str, batch: float) -> list[float]:
    """Plan currency by bucket for all of a workload on one endpoint in one month."""
    api, today = catalog.apis[id], catalog.apis[work.api_model or inputs.volume.baseline_api]
    ratio = tokens(catalog, api, work.text) / tokens(catalog, today, work.text)
    per_unit = catalog.usd_per[inputs.currency]
    prices = list_prices(api, as_of, month)
    for tier in sorted(api.tiers, key=lambda t: t.above_input_tokens):
        of_requests, of_tokens = beyond(work, tier.above_input_tokens / ratio)
        stated = (
            tier.input_usd_per_mtok,
            tier.cache_read_usd_per_mtok,
            tier.cache_write_usd_per_mtok,
            tier.output_usd_per_mtok,
        )
        shares = (of_tokens, of_tokens, of_tokens, of_requests)
        prices = [p if t is None else p * (1 - s) + t * s for p, t, s in zip(prices, stated, shares, strict=True)]
    cached = work.cached_input_fraction * kept_hits(inputs, catalog, work, api)
    counts = [
        work.input_tokens * (1 - cached - work.cache_write_fraction),
        work.input_tokens * cached,
        work.input_tokens * work.cache_write_fraction * hour_over_minutes(api, work),
        work.output_tokens * longer(inputs, catalog, work, api),
    ]
    requests = work.tokens_per_day / (work.input_tokens + work.output_tokens) * factors(inputs)[month] * DAYS
    bill = [requests * count * ratio * price / 1e6 / per_unit for count, price in zip(counts, prices, strict=True)]
    discount = api.batch_discount_fraction or 0.0
    batch = batch if discount > 0 else 0.0
    return [part * (1 - batch) for part in bill] + [sum(bill) * batch * (1 - discount)]


def api_year(inputs: Any, catalog: Any, as_of: date, legs: Sequence[Leg]) -> Months:
    """Every API bucket of the year for some work on some endpoints."""
    year: Months = {name: [0.0] * 12 for name in API}
    for leg in legs:
        work = inputs.workload[leg.workload]
        moved = 1.0 if work.latency == "background" else work.batch_fraction
        for month in YEAR:
            batch = work.batch_fraction if leg.as_today else moved
            bill = api_month(inputs, catalog, as_of, month, work, leg.api, batch)
            if leg.as_today and leg.successor is not None:
                gone = part_after(catalog.apis[leg.api].retires_on, as_of, month)
                then = api_month(inputs, catalog, as_of, month, work, leg.successor, batch)
                bill = [a * (1 - gone) + b * gone for a, b in zip(bill, then, strict=True)]
            for name, part in zip(API, bill, strict=True):
                year[name][month] += part * leg.share[month]
    return year


def stated(inputs: Any, catalog: Any, name: str) -> float:
    """An assumption: the plan's own, else the catalogue's."""
    return float((inputs.assumptions.get(name) or catalog.assumptions[name]).mid)


def beginning(inputs: Any, catalog: Any) -> tuple[float, float]:
    """Months until set-up begins, and until own GPUs serve."""
    begin = stated(inputs, catalog, "hiring_delay_months") if inputs.operations.gpu_experience == "no" else 0.0
    return begin, begin + stated(inputs, catalog, "setup_weeks") / WEEKS_A_MONTH


def live_months(inputs: Any, catalog: Any) -> list[float]:
    """Share of each month in which own GPUs serve."""
    _, ready = beginning(inputs, catalog)
    return [min(max(month + 1 - ready, 0.0), 1.0) for month in YEAR]


def idle_year(inputs: Any, catalog: Any) -> list[float]:
    """Share of each month before own GPUs serve."""
    return [1 - live for live in live_months(inputs, catalog)]


def residency_forbids(inputs: Any, catalog: Any, work: Any) -> bool:
    """Whether the work may not even wait for its GPUs on the API model that it runs on today."""
    if inputs.residency.answer != "yes" or work.resident is False:
        return False
    today = catalog.apis[work.api_model or inputs.volume.baseline_api]
    return inputs.residency.scope == "inside" or not today.in_eu


def gap_of(
    inputs: Any, catalog: Any, rows: Sequence[int], own: Sequence[Decimal]
) -> tuple[float, float, Decimal | None]:
    """Months in which nobody serves some work, its tokens, and twelve months like the mean of the later ones."""
    idle, volume = idle_year(inputs, catalog), sum(inputs.workload[i].tokens_per_day for i in rows)
    tokens = sum(volume * factor * DAYS * part for factor, part in zip(factors(inputs), idle, strict=True))
    full = [total for total, part in zip(own, idle, strict=True) if part == 0]
    year = (sum(full, Decimal(0)) / len(full) * 12).quantize(Decimal("0.01"), ROUND_HALF_EVEN) if full else None
    return sum(idle), tokens, year


def people_year(inputs: Any, catalog: Any) -> Months:
    """What own GPUs cost beside the GPUs."""

    def of(name: str) -> float:
        return stated(inputs, catalog, name)

    usd = 1 / catalog.usd_per[inputs.currency]
    salary = of("engineer_eur_year") * catalog.usd_per["EUR"] * usd
    nobody = inputs.operations.gpu_experience == "no"
    begin, ready = beginning(inputs, catalog)
    year: Months = {}
    for month in YEAR:
        runs = 1.0 if month + 1 > ready else 0.0
        worked = max(min(month + 1, ready) - max(month, begin), 0.0) * WEEKS_A_MONTH
        hired = 0.0
        if nobody:
            more = max(of("hired_engineer_fraction") - of("ongoing_engineer_fraction"), 0.0)
            hired = min(max(month + 1 - begin, 0.0), 1.0) * more * salary / 12
            hired += of("hiring_cost_eur") * catalog.usd_per["EUR"] * usd if month == 0 else 0.0
        theirs = 0.0 if inputs.operations.people_already_paid else 1.0
        for name, amount in {
            "setup_engineering": theirs * worked * salary / 52,
            "ongoing_engineering": theirs * runs * of("ongoing_engineer_fraction") * salary / 12,
            "hiring": hired,
            "observability": runs * of("observability_usd_month") * usd,
            "model_updates": theirs * runs * of("model_swaps_per_year") / 12 * of("model_swap_weeks") * salary / 52,
            "security": runs * of("security_usd_month") * usd,
            "storage_egress": runs * of("storage_egress_usd_month") * usd,
        }.items():
            year.setdefault(name, []).append(amount)
    return year


def watching_year(inputs: Any, catalog: Any) -> Months:
    """What a host's dedicated endpoints cost beside their rent, from the first month on."""
    euro = catalog.usd_per["EUR"] / catalog.usd_per[inputs.currency]
    salary = stated(inputs, catalog, "engineer_eur_year") * euro
    weeks, share = (stated(inputs, catalog, f"dedicated_{name}") for name in ("setup_weeks", "engineer_fraction"))
    return {
        "setup_engineering": [weeks * salary / 52 if month == 0 else 0.0 for month in YEAR],
        "ongoing_engineering": [share * salary / 12] * 12,
    }


def product_month(inputs: Any, catalog: Any, id: str) -> float:
    """Rent of one whole product for a month, extras included."""
    offer = catalog.offers[id]
    rate = catalog.usd_per[offer.currency] / catalog.usd_per[inputs.currency]
    unit = {"hour": offer.price * HOURS, "month": offer.price, "year": offer.price / 12}[offer.per]
    return float((unit + offer.monthly_extra) * rate) * there(inputs, catalog, offer)


def there(inputs: Any, catalog: Any, offer: Any) -> float:
    """Share of the hours in which a machine is billed: a spot machine is not while it is away."""
    if offer.market != "spot":
        return 1.0
    away = stated(inputs, catalog, "spot_interruptions_per_month") * stated(inputs, catalog, "spot_outage_hours")
    return max(1 - away / HOURS, 0.0)


def switched_month(inputs: Any, catalog: Any, fleet: Switched) -> float:
    """Rent of a fleet that follows the hour of the week."""
    minutes = stated(inputs, catalog, "cold_start_minutes")
    paid = 0.0
    for day in fleet.week:
        for hour, units in enumerate(day):
            above, before = max(units - fleet.always, 0), max(day[hour - 1] - fleet.always, 0)
            paid += above + max(above - before, 0) * minutes / 60
    by_the_hour = product_month(inputs, catalog, fleet.hourly) / HOURS
    return fleet.always * product_month(inputs, catalog, fleet.base) + paid / 168 * HOURS * by_the_hour


def rent_year(inputs: Any, catalog: Any, rented: Rented) -> Months:
    """Rent and set-up fees of a fleet whose size stays within a month."""
    offer = catalog.offers[rented.offer]
    rate = catalog.usd_per[offer.currency] / catalog.usd_per[inputs.currency]
    month = product_month(inputs, catalog, rented.offer)
    new = [most - before for most, before in zip(rented.newest, (0.0, *rented.newest[:-1]), strict=True)]
    return {"rent": [count * month for count in rented.units], "setup_fees": [n * offer.setup_fee * rate for n in new]}


@dataclass(frozen=True)
class Bought:
    """Servers of one kind, bought on the first day: a decision."""

    purchase: str
    cards: int
    units: Sequence[float]
    """Whole servers by month; none before they serve."""
    busy: Sequence[float]
    """Of them, how many are at work on average."""


def server_price(inputs: Any, catalog: Any, bought: Bought) -> float:
    """Plan currency for one whole server, without value added tax."""
    found = catalog.purchases[bought.purchase]
    net = found.price / 1.19 if found.includes_vat else found.price
    whole = net if found.whole_server else net * bought.cards * stated(inputs, catalog, "server_capex_factor")
    return float(whole * catalog.usd_per[found.currency] / catalog.usd_per[inputs.currency])


def bought_year(
    inputs: Any, catalog: Any, purchase: Any, count: int, units: Sequence[float], busy: Sequence[float]
) -> Months:
    """Servers of `count` cards each: so many owned, so many of them at work on average, by month.

    Written off in a straight line to what is left; interest on the mean value; spares; power of the whole server, of
    which an idle one draws a part; colocation by the kW.
    """

    def of(name: str) -> float:
        return stated(inputs, catalog, name)

    usd = 1 / catalog.usd_per[inputs.currency]
    net = purchase.price * catalog.usd_per[purchase.currency] * usd / (1.19 if purchase.includes_vat else 1.0)
    price = net if purchase.whole_server else net * count * of("server_capex_factor")
    kw = catalog.gpus[purchase.gpu_id].tdp_w * count * of("server_power_factor") / 1000
    power = kw * of("pue") * HOURS * of("power_eur_kwh") * catalog.usd_per["EUR"] * usd
    left, idle = of("residual_fraction"), of("idle_power_fraction")
    a_month = (
        (1 - left) / (of("capex_years") * 12) + of("cost_of_capital") * (1 + left) / 2 / 12 + of("spares_fraction") / 12
    )
    return {
        "hardware": [n * price * a_month for n in units],
        "power": [n * power * idle + b * power * (1 - idle) for n, b in zip(units, busy, strict=True)],
        "colocation": [n * kw * of("colocation_usd_kw_month") * usd for n in units],
    }


def paid_already_year(inputs: Any, catalog: Any, offer: Any, units: Sequence[float], busy: Sequence[float]) -> Months:
    """Machines that are there: spares at the least that such cards cost, what is still due, power and space.

    `offer`: as the plan states it.
    """
    each = [
        (p.price / p.gpu_count * catalog.usd_per[p.currency], id)
        for id, p in catalog.purchases.items()
        if p.gpu_id == offer.gpu_id
    ]
    rate = catalog.usd_per[offer.currency] / catalog.usd_per[inputs.currency]
    periods = {"hour": HOURS, "month": 1.0, "year": 1 / 12}
    due = (offer.price * periods[offer.per] + offer.monthly_extra) * rate
    bought = Bought(min(each)[1], offer.gpu_count, units, busy)
    found = catalog.purchases[bought.purchase]
    share = offer.gpu_count / found.gpu_count if found.whole_server else 1.0
    spares = server_price(inputs, catalog, bought) * share * stated(inputs, catalog, "spares_fraction") / 12
    of_bought = bought_year(inputs, catalog, found, offer.gpu_count, units, busy)
    return of_bought | {"hardware": [n * (spares + due) for n in units]}


def cash_year(inputs: Any, catalog: Any, bought: Bought, year: Mapping[str, Sequence[float]]) -> list[Decimal]:
    """The months of a ledger with the purchase paid in the first and no write-off."""
    price, spares = server_price(inputs, catalog, bought), stated(inputs, catalog, "spares_fraction")
    paid = [price * spares / 12 * count for count in bought.units]
    paid[0] += price * max(bought.units)
    spent = {name: months for name, months in year.items() if name != "vat"} | {"hardware": paid}
    return totals({**spent, "vat": vat_year(inputs, spent)})


def cash_payback(own: Sequence[Decimal], rival: Sequence[Decimal]) -> int | None:
    """The month from which on the cash is back; beyond the year one month like the last after the other."""
    first = payback(own, rival)
    if first is not None or rival[-1] <= own[-1]:
        return first
    short, month = sum(own, Decimal(0)) - sum(rival, Decimal(0)), 12
    while short > 0:
        short, month = short - (rival[-1] - own[-1]), month + 1
    return month


def spare_of(inputs: Any, work: Sequence[Any], nowhere_else: bool) -> int:
    """One more replica, where it is asked for, or where somebody waits for work that may go nowhere else."""
    if inputs.operations.redundancy != "auto":
        return int(inputs.operations.redundancy == "n_plus_1")
    waits = any(w.latency == "interactive" or w.deadline_hours < 1 for w in work)
    return int(nowhere_else and waits)


def cents(amount: float) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_EVEN)


OWN_TIME = ("setup_engineering", "ongoing_engineering", "hiring", "model_updates", "security")


def vat_year(inputs: Any, year: Mapping[str, Sequence[float]]) -> list[float]:
    """Tax that nobody gives back, on everything but salaries."""
    rate = inputs.vat_not_reclaimed_fraction
    return [rate * sum(months[m] for name, months in year.items() if name not in OWN_TIME) for m in YEAR]


def totals(year: Mapping[str, Sequence[float]]) -> list[Decimal]:
    """Of each month, every bucket rounded by itself."""
    return [sum((cents(bucket[month]) for bucket in year.values()), Decimal(0)) for month in YEAR]


def payback(own: Sequence[Decimal], rival: Sequence[Decimal]) -> int | None:
    """First month from which on, to the end, own GPUs have cost no more in all; None: not within the year."""
    ahead = [sum(own[: m + 1], Decimal(0)) <= sum(rival[: m + 1], Decimal(0)) for m in YEAR]
    return next((m + 1 for m in YEAR if all(ahead[m:])), None)
