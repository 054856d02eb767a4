"""What a token costs on each API: per million baseline tokens, per month, in the plan's currency.

Tokens are counted by the tokenizer of the model the work runs on today; `tokens` converts them by kind of text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from statistics import NormalDist
from types import MappingProxyType
from typing import Final

import numpy as np

from planner.engine.arrays import TINY, Floats
from planner.engine.carry import ALL_KEPT, Carry
from planner.engine.specs import ApiModel, Catalog, Inputs, Tokenizer, Workload
from planner.engine.tokens import TEXTS, tokens_by_text, tokens_of
from planner.engine.units import DAYS_PER_MONTH, HOURS_PER_WEEK, LARGEST, MONTHS, MTOK
from planner.records import dataclass

API_BUCKETS = ("api_input", "api_cached_input", "api_cache_write", "api_output", "api_batch")
NONE_KNOWN: Mapping[str, Tokenizer] = MappingProxyType({})
_NORMAL = NormalDist()
_Z95 = _NORMAL.inv_cdf(0.95)


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Prices of A API models over 12 months, plan currency per 1M of the model's own tokens."""

    apis: tuple[ApiModel, ...]
    prices: Floats
    """(A, 12, 4) input, cache read, cache write, output."""
    batch_factor: Floats
    """(A,) price of the batch tier relative to the standard tier; 1 where there is none."""
    tokens: Floats
    """(A, texts) tokens of a text against o200k, for each kind of `TEXTS`."""
    hour_writes: Floats
    """(A,) price of a cache write that lives an hour relative to one that lives minutes; 1 where none is sold."""
    per_usd: float
    rows: Mapping[str, int]
    """Where each model is, by id."""
    carry: Carry = ALL_KEPT
    """What work keeps of its ways where it does not run today."""

    def only(self, ids: Iterable[str], months: int = MONTHS) -> PriceBook:
        """The same prices of a few models, in the order of `ids`, of the first months."""
        rows = [self.rows[id] for id in ids]
        return PriceBook(
            apis=tuple(self.apis[r] for r in rows),
            prices=self.prices[rows, :months],
            batch_factor=self.batch_factor[rows],
            tokens=self.tokens[rows],
            hour_writes=self.hour_writes[rows],
            per_usd=self.per_usd,
            rows={self.apis[r].id: i for i, r in enumerate(rows)},
            carry=self.carry,
        )


def price_book(
    apis: Sequence[ApiModel],
    as_of: date,
    usd_per_unit: float,
    tokenizers: Mapping[str, Tokenizer] = NONE_KNOWN,
    carry: Carry = ALL_KEPT,
) -> PriceBook:
    """Monthly prices with announced changes blended into the month in which they take effect."""
    per_usd = 1.0 / usd_per_unit
    today = np.array([_four(api.input_usd_per_mtok, api) for api in apis]).reshape(len(apis), 1, 4)
    rows = np.repeat(today, MONTHS, axis=1)
    for i, api in enumerate(apis):
        if api.changes:
            rows[i] = _changing(rows[i].T, api, as_of).T
    rows *= per_usd * np.array([average_over_week(api) for api in apis]).reshape(-1, 1, 1)
    return PriceBook(
        apis=tuple(apis),
        prices=rows,
        batch_factor=np.array([1.0 - (api.batch_discount_fraction or 0.0) for api in apis]),
        tokens=np.array([tokens_by_text(tokenizers, api) for api in apis]).reshape(len(apis), len(TEXTS)),
        hour_writes=np.array([_hour_write(api) for api in apis]),
        per_usd=per_usd,
        rows={api.id: i for i, api in enumerate(apis)},
        carry=carry,
    )


def _hour_write(api: ApiModel) -> float:
    """Price of an hour's cache write over that of a short one; the ratio holds above a tier and after a change too."""
    if api.cache_write_1h_usd_per_mtok is None:
        return 1.0
    short = _four(api.input_usd_per_mtok, api)[2]
    return min(api.cache_write_1h_usd_per_mtok / short, LARGEST) if short > 0 else 1.0


def _changing(values: Floats, api: ApiModel, as_of: date) -> Floats:
    """(4, 12) USD: input, cache read, cache write, output, with announced changes.

    Cache prices that a change does not name keep their ratio to the input price; where that was nothing they equal it.
    """
    held = values[:, 0]
    for change in sorted(api.changes, key=lambda c: c.from_date):
        held, before = held.copy(), held[0]
        if (price := change.input_usd_per_mtok) is not None:
            held[:3] = np.minimum(held[:3] / before, LARGEST) * price if before > 0 else price
        if change.cache_read_usd_per_mtok is not None:
            held[1] = change.cache_read_usd_per_mtok
        if change.output_usd_per_mtok is not None:
            held[3] = change.output_usd_per_mtok
        share = share_after(change.from_date, as_of)
        values = values * (1 - share) + held[:, None] * share
    return values


def average_over_week(api: ApiModel) -> float:
    """Price of work spread evenly over the week, relative to the price outside peak hours."""
    return 1.0 + api.peak_hours_per_week / HOURS_PER_WEEK * (api.peak_factor - 1.0)


def _four(input_price: float, api: ApiModel) -> tuple[float, float, float, float]:
    """Input, cache read, cache write, output. Unknown cache prices fall back to the input price."""
    read = input_price if api.cache_read_usd_per_mtok is None else api.cache_read_usd_per_mtok
    write = input_price if api.cache_write_usd_per_mtok is None else api.cache_write_usd_per_mtok
    return input_price, read, write, api.output_usd_per_mtok


def share_after(from_date: str, as_of: date) -> Floats:
    """(12,) share of each month, counted from `as_of`, in which the new price holds."""
    days = (date.fromisoformat(from_date) - as_of).days
    months = np.arange(MONTHS, dtype=np.float64)
    return np.clip(months + 1 - days / DAYS_PER_MONTH, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class TokenMix:
    """Shares of a workload's tokens by how they are billed; they sum to 1."""

    uncached: float
    cached: float
    written: float
    output: float


def mix_of(workload: Workload) -> TokenMix:
    """Billing mix of one workload."""
    total = workload.input_tokens + workload.output_tokens
    share = workload.input_tokens / total
    cached, written = workload.cached_input_fraction, workload.cache_write_fraction
    return TokenMix(share * (1 - cached - written), share * cached, share * written, workload.output_tokens / total)


def unit_costs(workload: Workload, book: PriceBook, tokens_today: float, batch_fraction: float) -> Floats:
    """(A, 12, 5) plan currency per 1M baseline tokens by bucket; `batch_fraction` goes through the batch tier."""
    costs: Floats = unit_costs_of((workload,), book, [tokens_today], [batch_fraction])[0]
    return costs


def unit_costs_of(
    workloads: Sequence[Workload],
    book: PriceBook,
    tokens_today: Sequence[float] | Floats,
    batch_fraction: Sequence[float] | Floats,
) -> Floats:
    """(W, A, 12, 5) the same for several workloads, or for several mixes of one."""
    factor = book.tokens[:, [TEXTS.index(w.text) for w in workloads]].T / np.array(tokens_today)[:, None]
    prices = book.prices
    if any(api.tiers for api in book.apis):
        prices = _with_tiers(workloads, book, factor)
    parts = prices * (_mixes(workloads, book) * factor[..., None])[:, :, None, :]
    batched = np.where(book.batch_factor < 1.0, np.array(batch_fraction)[:, None], 0.0)
    batch = parts.sum(axis=-1) * (batched * book.batch_factor)[..., None]
    return np.concatenate([parts * (1 - batched)[..., None, None], batch[..., None]], axis=-1)


def _mixes(workloads: Sequence[Workload], book: PriceBook) -> Floats:
    """(W, A, 4) units billed at each price: prompt tokens that no cache serves elsewhere are read in full there."""
    mixes = np.array([(m.uncached, m.cached, m.written, m.output) for m in map(mix_of, workloads)])
    units = np.repeat(mixes[:, None, :], len(book.apis), axis=1)
    lost = units[..., 1] * (1.0 - book.carry.hits(workloads, book.apis))
    units[..., 0] += lost
    units[..., 1] -= lost
    units[..., 3] *= book.carry.output(workloads, book.apis)
    if any(w.cache_life == "hour" for w in workloads):
        units[[w.cache_life == "hour" for w in workloads], :, 2] *= book.hour_writes
    return units


def _with_tiers(workloads: Sequence[Workload], book: PriceBook, factor: Floats) -> Floats:
    """(W, A, 12, 4) prices of the mean token where long requests cost more; by request size, never by month."""
    prices = np.repeat(book.prices[None], len(workloads), axis=0)
    tiered = ((row, api) for row, api in enumerate(book.apis) if api.tiers)
    for row, api in tiered:
        for tier in sorted(api.tiers, key=lambda t: t.above_input_tokens):
            above = tier.above_input_tokens / factor[:, row]
            tails = [tail_shares(workload, each) for workload, each in zip(workloads, above.tolist(), strict=True)]
            requests, tokens = np.array(tails).T[..., None]
            for column, price, share in (
                (0, tier.input_usd_per_mtok, tokens),
                (1, tier.cache_read_usd_per_mtok, tokens),
                (2, tier.cache_write_usd_per_mtok, tokens),
                (3, tier.output_usd_per_mtok, requests),
            ):
                if price is not None:
                    prices[:, row, :, column] += share * (price * book.per_usd - prices[:, row, :, column])
    return prices


def input_sigma(workload: Workload) -> float:
    """Sigma of the lognormal prompt length; the p95 is taken as twice the mean where the plan states none."""
    ratio = 2.0 if workload.input_tokens_p95 is None else workload.input_tokens_p95 / workload.input_tokens
    inside = _Z95**2 - 2 * math.log(max(ratio, 1.0))
    return _Z95 - math.sqrt(max(inside, 0.0))


def tail_shares(workload: Workload, above_tokens: float) -> tuple[float, float]:
    """Share of requests, and of their prompt tokens, with a prompt longer than `above_tokens` (lognormal)."""
    if workload.input_tokens <= 0:
        return 0.0, 0.0
    sigma = input_sigma(workload)
    if sigma < 1e-9:
        beyond = float(workload.input_tokens > above_tokens)
        return beyond, beyond
    z = (math.log(above_tokens / workload.input_tokens) + sigma * sigma / 2) / sigma
    return 1 - _NORMAL.cdf(z), 1 - _NORMAL.cdf(z - sigma)


_BILLS_A_MONTH: Final = {"day": DAYS_PER_MONTH, "month": 1.0, "year": 1 / MONTHS}


def with_bills(inputs: Inputs, catalog: Catalog, as_of: date) -> Inputs:
    """Work that is told by its bill has the tokens that make it: on its API of today, with its mix, at today's price.

    Without number where a token costs nothing. Raises KeyError for an API or a currency the catalogue does not hold.
    """
    if all(work.bill is None for work in inputs.workload):
        return inputs
    return replace(inputs, workload=tuple(_billed(work, inputs, catalog, as_of) for work in inputs.workload))


def _billed(work: Workload, inputs: Inputs, catalog: Catalog, as_of: date) -> Workload:
    if work.bill is None:
        return work
    month = work.bill.amount * _BILLS_A_MONTH[work.bill.per]
    price = _mtok_today(work, inputs, catalog, as_of, work.bill.currency)
    return replace(work, tokens_per_day=float(month / max(price, TINY) * MTOK / DAYS_PER_MONTH))


def _mtok_today(work: Workload, inputs: Inputs, catalog: Catalog, as_of: date, currency: str) -> float:
    """What 1M tokens of the work cost where it runs today, at the price of the day."""
    api = catalog.apis[inputs.api_today(work)]
    book = price_book([api], as_of, catalog.usd_per[currency], catalog.tokenizers)
    return float(unit_costs(work, book, tokens_of(catalog, api, work), work.batch_fraction)[0, 0].sum())


def month_today(work: Workload, inputs: Inputs, catalog: Catalog, as_of: date) -> float:
    """What the work costs a month as it runs today, in the plan's currency, before any growth.

    Raises KeyError for an API or a currency the catalogue does not hold.
    """
    tokens = work.tokens_per_day * DAYS_PER_MONTH / MTOK
    return tokens * _mtok_today(work, inputs, catalog, as_of, inputs.currency)
