"""The claims of the article that this planner started from, each beside what the engine makes of it.

Asked only of the plans that carry the article's own prices. What the article says is a constant here; everything it is
held against comes from the plan, the catalogue and the evaluation. Its months have 30 days, its prices are in USD.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from math import comb
from typing import Final

from planner.engine.api_prices import NONE_KNOWN, price_book, unit_costs
from planner.engine.assumptions import range_of
from planner.engine.fleet.ownership import offer_month
from planner.engine.names import API_STRATEGIES, BEST_MIX, OWN_STRATEGIES
from planner.engine.replica.fit import fit
from planner.engine.replica.weights import file_bytes
from planner.engine.specs import (
    ApiModel,
    Catalog,
    Demand,
    Deployment,
    Evaluation,
    Inputs,
    Recommendation,
    RequestShape,
    ServingSettings,
    Strategy,
    StrategyLedger,
    Workload,
)  # fmt: skip
from planner.engine.specs.inputs import UNSEEN
from planner.engine.specs.money import cheapest_of
from planner.engine.specs.verdict import Claim
from planner.engine.units import GB
from planner.records import dataclass

SOURCE: Final = "source article"
"""How its prices are cited in the plans that carry them."""
DAYS: Final = 30
SERVER, SMALL_CARD = "hetzner-gex44", "rtx-a4000"
MODEL, FOUR_BITS = "meta-llama/Llama-3.3-70B-Instruct", "awq"
BILLS: Final[Mapping[str, Mapping[float, float]]] = {
    "claude-sonnet-4-6": {1e6: 270, 1e7: 2_700, 1e8: 27_000, 1e9: 270_000},
    "claude-haiku-4-5": {1e7: 720, 1e8: 7_200},
}
"""USD a month at so many tokens a day."""
RULES: Final[Mapping[str, tuple[float, float]]] = {
    "claude-sonnet-4-6": (2e6, 5e6),
    "claude-haiku-4-5": (15e6, 25e6),
    "claude-opus-4-7": (0.5e6, 0.5e6),
}
"""Tokens a day from which self-hosting is said to pay."""
STAYS_BELOW: Final = 10e6
"""Tokens a day: at 1M it says to stay on an API, at 10M, 100M and 1B to run own GPUs."""
PACKED_GB, CARD_GB = 40.0, 20.0
SPEED = (200.0, 500.0)
CACHED_OFF, BATCH_OFF, INPUT_FRACTION, PROMPTS = 0.9, 0.5, 0.5, 200
ENGINEER = (0.1, 0.2)
TRACES_INPUT_FRACTION = 0.91
"""Median share of input over 258 public clients (ServeGen, arXiv 2505.09999)."""


@dataclass(frozen=True, slots=True)
class _Case:
    """What the claims are held against."""

    inputs: Inputs
    catalog: Catalog
    as_of: date

    def blended(self, api: ApiModel, input_fraction: float) -> float:
        """USD for 1M of its own tokens, so many of them prompt and none cached: no tokenizer is counted."""
        work = Workload("", "other", 1e6, 1000 * input_fraction, 1000 * (1 - input_fraction))
        book = price_book([api], self.as_of, 1.0, NONE_KNOWN)
        return float(unit_costs(work, book, float(book.tokens[0, 0]), 0.0)[0, 0].sum())

    def of_plan(self, api: ApiModel) -> float:
        """The same with the plan's own split."""
        work = self.inputs.workload[0]
        return self.blended(api, work.input_tokens / (work.input_tokens + work.output_tokens))


def claims_of(found: Evaluation) -> tuple[Claim, ...]:
    """Every claim that the plan's volume and catalogue let be checked; none of a plan with prices of its own, and none
    where data may not go to an API: the article takes for granted that they may."""
    inputs, demand, baseline = found.inputs, found.demand, found.catalog.apis[found.inputs.volume.baseline_api]
    if not baseline.citation.source.startswith(SOURCE) or inputs.residency.required != "none":
        return ()
    case, with_people = (
        _Case(inputs, found.catalog, found.as_of),
        {p.api_model: p.with_people for p in found.break_even},
    )
    return (
        *_bills(case, demand.mean_today_tokens_per_day),
        *_prices(case, baseline),
        *_rules(case, with_people),
        *_machine(case),
        *_proof(case, demand, with_people.get(BEST_MIX)),
        _verdict(demand, found.ledgers, found.verdict.recommendation),
    )


def _bills(case: _Case, volume: float) -> Iterator[Claim]:
    for id, bills in BILLS.items():
        api = case.catalog.apis.get(id)
        if api is not None and volume in bills:
            month = case.of_plan(api) * volume / 1e6 * DAYS
            yield Claim("bill", abs(month / bills[volume] - 1) < 1e-3, (bills[volume],), (month,), api.name)


def _prices(case: _Case, api: ApiModel) -> Iterator[Claim]:
    """How the split, the cache and the batch tier move the price of what the plan runs on."""
    half, real = (case.blended(api, share) for share in (INPUT_FRACTION, TRACES_INPUT_FRACTION))
    same = abs(real / half - 1) < 1e-3
    yield Claim("split", same, (1 - INPUT_FRACTION,), (half, TRACES_INPUT_FRACTION, real, 1 - real / half), api.name)
    read = api.cache_read_usd_per_mtok
    cached, batch = 0.0 if read is None else 1 - read / api.input_usd_per_mtok, api.batch_discount_fraction or 0.0
    yield Claim("cache", abs(cached - CACHED_OFF) < 0.005, (CACHED_OFF,), (cached,), api.name)
    yield Claim("batch", abs(batch - BATCH_OFF) < 0.005, (BATCH_OFF,), (batch,), api.name)


def _rules(case: _Case, with_people: Mapping[str, float | None]) -> Iterator[Claim]:
    """Volumes from which one server pays: alone, and with people, spare and the replicas that the volume takes."""
    server = case.catalog.offers.get(SERVER)
    apis = [api for id in RULES if (api := case.catalog.apis.get(id)) is not None]
    if server is None:
        return
    rent, implied = offer_month(server, case.catalog, 1.0), []
    for api in apis:
        a_day = case.of_plan(api) / 1e6 * DAYS
        said, whole = RULES[api.id], with_people.get(api.id)
        implied.append((said[0] * a_day, said[1] * a_day))
        yield Claim("rule", whole is not None and said[0] <= whole <= said[1], said, (rent / a_day, whole), api.name)
    overlap = max(low for low, _ in implied) <= min(high for _, high in implied)
    yield Claim("one_server", overlap, (), tuple(sum(implied, ())), ", ".join(api.name for api in apis))


def _machine(case: _Case) -> Iterator[Claim]:
    """Whether a 70B runs on the small cards, and how fast one stream of it could be at most."""
    server, model = case.catalog.offers.get(SERVER), case.catalog.models.get(MODEL)
    small, engine = case.catalog.gpus.get(SMALL_CARD), case.catalog.engines.get("vllm")
    if server is None or model is None or small is None or engine is None:
        return
    packed, work = file_bytes(model, FOUR_BITS) / GB, case.inputs.workload[0]
    card = case.catalog.gpus[server.gpu_id]
    shape = RequestShape(work.input_tokens, work.output_tokens)
    memory = fit(Deployment(model, FOUR_BITS, "fp16", card, engine), ServingSettings(), shape)
    yield Claim("packed", abs(packed / PACKED_GB - 1) <= 0.1, (PACKED_GB,), (packed,), model.name)
    yield Claim("fits", memory.fits, (CARD_GB,), (packed, memory.short_by_gib), card.name)
    most = small.bandwidth_gb_s / packed
    yield Claim("speed", most >= SPEED[0], SPEED, (most, small.bandwidth_gb_s, packed), small.name)


def _proof(case: _Case, demand: Demand, pays_from: float | None) -> Iterator[Claim]:
    """What decides, how it is shown, and who runs it."""
    mean, p95 = demand.mean_tokens_per_day, demand.p95_tokens_per_day
    same = pays_from is None or (mean >= pays_from) is (p95 >= pays_from)
    yield Claim("p95", same, (), (p95, mean, pays_from))
    margin = case.inputs.quality.margin_fraction
    shown = _largest_gap_shown(PROMPTS, margin)
    yield Claim("prompts", shown >= margin, (PROMPTS, margin), (shown,))
    people = range_of(case.inputs, case.catalog, "ongoing_engineer_fraction")
    yield Claim("people", ENGINEER[0] <= people.mid <= ENGINEER[1], ENGINEER, (people.mid, people.high))


def _largest_gap_shown(prompts: int, margin: float) -> float:
    """Largest share of prompts worse of which the upper end of the 95 % interval stays within the margin (Clopper and
    Pearson 1934)."""

    def chance_of_no_more(worse: int) -> float:
        return sum(comb(prompts, k) * margin**k * (1 - margin) ** (prompts - k) for k in range(worse + 1))

    counts = range(round(margin * prompts) + 1)
    return max((k for k, after in pairwise(counts) if chance_of_no_more(k) <= UNSEEN), default=0) / prompts


def _verdict(demand: Demand, ledgers: Mapping[Strategy, StrategyLedger], recommendation: Recommendation) -> Claim:
    own = demand.mean_today_tokens_per_day >= STAYS_BELOW
    mine, api = cheapest_of(ledgers, OWN_STRATEGIES), cheapest_of(ledgers, API_STRATEGIES)
    alone = ledgers["self_host"] if ledgers["self_host"].possible else mine
    totals = tuple(0.0 if each is None else float(each.total) for each in (alone, api, ledgers["api_today"]))
    waits = tuple(each is not None and each.untested for each in (alone, api, ledgers["api_today"]))
    is_so = (recommendation in OWN_STRATEGIES) is own
    return Claim("own_pays" if own else "api_pays", is_so, (), totals, untested=waits)
