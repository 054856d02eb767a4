"""How sure it is what work costs on another model or host: its tokens, the length of answers, hits of its cache.

Each as a factor of the likely value, which is what the ledger counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from planner.engine.api_prices import mix_of
from planner.engine.arrays import TINY
from planner.engine.assumptions import range_of
from planner.engine.carry import ROUTERS
from planner.engine.chance import is_todays
from planner.engine.fleet.self_hosted import Context
from planner.engine.market import PricedEndpoint
from planner.engine.specs import ApiModel, Catalog, Inputs, Model, Range, Workload

LEAST = 0.05
"""Share of its likely value that a cost keeps however many of its parts are at their lower end."""


def tokens_spread(inputs: Inputs, catalog: Catalog, workload: Workload, model: Model | ApiModel) -> Range:
    """Tokens of the same text, by the ranges of the two tokenizers; one that is not known has the widest of all."""
    today = catalog.apis[inputs.api_today(workload)]
    if today.tokenizer == model.tokenizer and today.tokenizer:
        return Range.exactly(1.0)
    there, here = (catalog.tokenizers.get(m.tokenizer) for m in (model, today))
    known = catalog.tokenizers.values()
    ends = [
        (min((t.low for t in known), default=1.0), max((t.high for t in known), default=1.0))
        if found is None
        else (found.low, found.high)
        for found in (there, here)
    ]
    (low, high), (least, most) = ends
    return Range(max(1 - hypot(1 - low, 1 - 1 / most), LEAST), 1.0, 1 + hypot(high - 1, 1 / least - 1))


def output_spread(
    inputs: Inputs, catalog: Catalog, workload: Workload, model: Model | ApiModel, longer: float
) -> Range:
    """Length of answers of another model, beyond its tokenizer; `longer`: what the ledger counts them as."""
    if is_todays(inputs, catalog, workload, model):
        return Range.exactly(1.0)
    stated = range_of(inputs, catalog, "moved_output_fraction")
    down, up = stated.mid - stated.low, stated.high - stated.mid
    if longer != 1.0:
        thinking = range_of(inputs, catalog, "thinking_output_factor")
        least, most = thinking.low / thinking.mid, thinking.high / thinking.mid
        least, most = (least, most) if longer > 1 else (1 / most, 1 / least)
        down, up = hypot(down, 1 - least), hypot(up, most - 1)
    likely = 1 + stated.mid
    return Range(max(likely - down, LEAST), likely, likely + up)


def part_of(spread: Range, share: float) -> Range:
    """The factor of a whole of which only this share has it."""
    return Range(*(1 + share * (value - 1) for value in (spread.low, spread.mid, spread.high)))


def weighted(parts: Sequence[Range], weights: Sequence[float]) -> Range:
    """The factor of a sum whose parts move together."""
    total = sum(weights)
    if not total > 0:
        return Range.exactly(1.0)
    return Range(
        sum(p.low * w for p, w in zip(parts, weights, strict=True)) / total,
        sum(p.mid * w for p, w in zip(parts, weights, strict=True)) / total,
        sum(p.high * w for p, w in zip(parts, weights, strict=True)) / total,
    )


def leg_spread(context: Context, workload: Workload, leg: PricedEndpoint) -> Range:
    """What work costs on an endpoint that it does not run on today, over what the ledger counts."""
    inputs, catalog, book = context.inputs, context.catalog, context.market.book
    home, mix = catalog.apis[inputs.api_today(workload)], mix_of(workload)
    fresh, read, written, output = book.prices[book.rows[leg.api.id]][0].tolist()
    longer = book.carry.longer(workload, leg.api)
    kept = Range.exactly(1.0)
    if leg.api.provider != home.provider:
        key = "cache_hits_router_fraction" if leg.api.provider in ROUTERS else "cache_hits_other_host_fraction"
        kept = range_of(inputs, catalog, key)
    answers = mix.output * longer * output
    prompts = (
        (mix.uncached + mix.cached * (1 - kept.mid)) * fresh + mix.cached * kept.mid * read + mix.written * written
    )
    total = max(prompts + answers, TINY)
    missed = mix.cached * (fresh - read) / total
    cache = Range(1 - (kept.high - kept.mid) * missed, 1.0, 1 + (kept.mid - kept.low) * missed)
    tokens = tokens_spread(inputs, catalog, workload, leg.api)
    said = part_of(output_spread(inputs, catalog, workload, leg.api, longer), answers / total)
    return Range(
        max(said.mid - hypot(1 - cache.low, 1 - tokens.low, said.mid - said.low), LEAST),
        said.mid,
        said.mid + hypot(cache.high - 1, tokens.high - 1, said.high - said.mid),
    )
