"""What surrounds the ledger: break-even volumes, risk bands, sensitivity, flips and the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.engine import specs
from planner.engine.api_prices import PriceBook, unit_costs_of
from planner.engine.arrays import Floats
from planner.engine.ledger.break_even import SteadyMonth, break_even_of, capacity_scale, map_of
from planner.engine.ledger.economy import Economy, Mixes, curve_of
from planner.engine.ledger.months import Buckets
from planner.engine.ledger.risk import UNITS, Draws, mid_scenario
from planner.engine.ledger.spreads import Uncertainty
from planner.engine.ledger.strategies import Contest, Pick, best, cheapest_mix, hosted, today, tuned
from planner.engine.names import BEST_MIX, CLOSED_API_STRATEGIES, SHARED_STRATEGIES
from planner.engine.permitted import endpoint_obstacle
from planner.engine.search.select import Costed
from planner.engine.tokens import tokens_today
from planner.engine.units import DAYS_PER_MONTH, MTOK
from planner.records import dataclass

OF_INTEREST = ("claude-opus-4-7", "claude-sonnet-4-6", "claude-haiku-4-5")
MAP_VOLUMES = 13
MAP_OUTPUT_FRACTIONS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7)
FLIP_POINTS = 121
RECOMMENDATIONS: tuple[specs.Recommendation, ...] = ("api", "hosted_open", "hybrid", "dedicated")


def break_evens(
    contest: Contest, economy: Economy, chosen: Costed | None, large: Costed | None
) -> tuple[specs.BreakEven, ...]:
    """Against the models in use, the tuned and hosted picks, and the three the question usually names.

    The volume is the smallest at which the chosen replica or `large`, the leanest at full load, pays.
    """
    if chosen is None or economy.hybrid is None:
        return ()
    curves = [economy.hybrid.curve if economy.hybrid.curve.need == 0 else curve_of(chosen.own)]
    if large is not None and large.position != chosen.position:
        curves.append(curve_of(large.own))
    candidates = [SteadyMonth.of(curve) for curve in curves]
    fixed = _steady(contest.people)
    tokens = float(contest.context.load.tokens_per_day.sum())
    scale = capacity_scale(chosen.own.fleet, chosen.own.offer, max(chosen.own.plan.replicas_by_month))
    ids = apis_of_interest(contest, chosen)
    months = api_months(contest, chosen, ids)
    return tuple(break_even_of(candidates, i, months[i], fixed, tokens, scale * tokens) for i in ids)


def host_break_even(contest: Contest, economy: Economy) -> specs.BreakEven | None:
    """Of a host's dedicated endpoints against the cheapest ones by the token, for the work that they take."""
    costed, side = contest.dedicated, economy.dedicated
    if costed is None or side is None or any(contest.outsides[i].best is None for i in costed.own.rows):
        return None
    tokens = float(contest.context.load.tokens_per_day.sum())
    scale = capacity_scale(costed.own.fleet, costed.own.offer, max(costed.own.plan.replicas_by_month))
    fixed = _steady(contest.watching)
    month = best_mix_month(contest, costed)
    return break_even_of([SteadyMonth.of(curve_of(costed.own))], BEST_MIX, month, fixed, tokens, scale * tokens)


def _steady(people: Buckets) -> float:
    """People and fixed costs of a month once everything runs: the last month of the plan."""
    return sum(float(v[-1]) for name, v in people.items() if name != "setup_engineering")


def apis_of_interest(contest: Contest, chosen: Costed) -> tuple[str, ...]:
    """Ids of the API models to break even against, the one in use first; of those that the question usually names only
    where some of the work may go."""
    apis, inputs = {a.id: a for a in contest.context.market.book.apis}, contest.context.inputs
    known = set(apis)
    outsides = [contest.outsides[i] for i in chosen.own.rows]
    legs = [pick(o) for pick in (today, tuned, hosted) for o in outsides]
    if all(o.best is not None for o in outsides):
        known.add(BEST_MIX)
    ids = [contest.context.inputs.volume.baseline_api, BEST_MIX, *(leg.api.id for leg in legs)]
    work = [outside.workload for outside in outsides]
    ids += [i for i in OF_INTEREST if i in apis and any(not endpoint_obstacle(inputs, w, apis[i]) for w in work)]
    return tuple(i for i in dict.fromkeys(ids) if i in known)


def api_months(contest: Contest, chosen: Costed, api_ids: Sequence[str]) -> dict[str, float]:
    """The fleet's workloads for one mean month at today's volume on each API model, plan currency."""
    listed, rows = [i for i in api_ids if i != BEST_MIX], list(chosen.own.rows)
    bills = _month_bills(contest, rows, contest.context.market.book.only(listed, 1), [])[:, 0] * DAYS_PER_MONTH / MTOK
    return {BEST_MIX: best_mix_month(contest, chosen)} | dict(zip(listed, bills.sum(axis=0).tolist(), strict=True))


def best_mix_month(contest: Contest, chosen: Costed) -> float:
    """The fleet's workloads for one mean month at today's volume, each on its cheapest allowed endpoint."""
    factor = float(max(contest.context.load.month_factor[0], 1e-12))
    legs = [contest.outsides[i].best for i in chosen.own.rows]
    return sum(float(leg.monthly[0]) for leg in legs if leg is not None) / factor


def decide(draws: Draws, saving_needed: float) -> NDArray[np.int64]:
    """(D,) index into RECOMMENDATIONS by cost alone, own GPUs only where they save enough; of what `draws` holds."""
    api = draws.best_api()
    own = draws.own()
    if (own is None and "dedicated" not in draws.totals) or api is None:
        size = len(next(iter(draws.totals.values())))
        return np.full(size, 0 if own is None else 2, dtype=np.int64)
    least = 1 - saving_needed
    hosted_cost, at_host = (
        draws.rival("hosted_open") if "hosted_open" in draws.totals else None,
        draws.totals.get("dedicated"),
    )
    known = [draws.rival(s) for s in CLOSED_API_STRATEGIES if s in draws.totals]
    closed = np.min(known, axis=0) if known else np.full(len(api), np.inf)
    hosted_wins = np.zeros(len(api), bool) if hosted_cost is None else hosted_cost <= closed * least
    shared = [draws.rival(s) for s in SHARED_STRATEGIES if s in draws.totals and s in draws.allowed]
    result = np.where(hosted_wins, 1, 0)
    if at_host is not None:
        result = np.where(at_host <= np.min(shared, axis=0) * least, 3, result) if shared else np.full(len(api), 3)
    if own is not None:
        result = np.where(own <= api * least, 2, result)
    return result.astype(np.int64)


@dataclass(frozen=True, slots=True)
class Lever:
    """One input that a flip is looked for along."""

    input: str
    field: str
    grid: Floats
    now: float

    @property
    def unit(self) -> str:
        return UNITS.get(self.field, "fraction")


def levers(uncertainty: Uncertainty) -> tuple[Lever, ...]:
    """What may flip the recommendation, each with the range tried."""
    api, gpu = uncertainty.api_change_per_year.mid, uncertainty.gpu_change_per_year.mid
    return (
        Lever("volume", "volume", np.geomspace(0.02, 50.0, FLIP_POINTS), 1.0),
        Lever("growth", "growth", np.linspace(-0.1, 0.5, FLIP_POINTS), uncertainty.growth.mid),
        Lever("api_prices", "api_change_per_year", np.linspace(-0.95, 4.0, FLIP_POINTS), api),
        Lever("gpu_rent", "gpu_change_per_year", np.linspace(-0.9, 4.0, FLIP_POINTS), gpu),
        Lever("throughput", "throughput", np.geomspace(0.05, 20.0, FLIP_POINTS), 1.0),
        Lever("people", "people", np.linspace(0.0, 5.0, FLIP_POINTS), 1.0),
    )


def tried(found: Sequence[Lever]) -> dict[str, Floats]:
    """What is asked for each lever: its grid, and last its present value."""
    return {lever.field: np.append(lever.grid, lever.now) for lever in found}


def flips_of(draws: Draws, found: Sequence[Lever], saving_needed: float) -> tuple[specs.Flip, ...]:
    """For each lever the nearest value at which cost alone would change the recommendation to what the plan permits.

    `draws`: what is `tried`, one at a time.
    """
    permitted = {name: total for name, total in draws.totals.items() if name in draws.allowed}
    draws = replace(draws, totals=permitted or draws.totals)
    each = np.split(decide(draws, saving_needed), np.cumsum([len(lever.grid) + 1 for lever in found])[:-1])
    return tuple(_flip(lever, decided) for lever, decided in zip(found, each, strict=True))


def _flip(lever: Lever, decided: NDArray[np.int64]) -> specs.Flip:
    """`decided`: the recommendation along the lever's grid, and last at its present value."""
    now, others = int(decided[-1]), decided[:-1]
    different = np.flatnonzero(others != now)
    if different.size == 0:
        return specs.Flip(lever.input, lever.now, None, None, lever.unit, None)
    factor = lever.unit == "x"
    gap = np.abs(np.log(lever.grid / lever.now) if factor and lever.grid[0] > 0 else lever.grid - lever.now)
    at = int(different[np.argmin(gap[different])])
    value = float(lever.grid[at])
    becomes = RECOMMENDATIONS[int(others[at])]
    return specs.Flip(lever.input, lever.now, value, becomes, lever.unit, value if factor else None)


def break_even_map(
    contest: Contest, economy: Economy, uncertainty: Uncertainty, chosen: Costed | None, allowed: frozenset[str]
) -> specs.BreakEvenMap | None:
    """Cheapest strategy over volume and output share, tokens a request kept."""
    tokens = float(contest.context.load.tokens_per_day.sum())
    if tokens <= 0 or not allowed:
        return None
    volumes = tokens * np.geomspace(0.03, 30.0, MAP_VOLUMES)
    return map_of(economy, mid_scenario(uncertainty), _mixes(contest, chosen), volumes, tokens, allowed)


def with_output(workload: specs.Workload, share: float) -> specs.Workload:
    """The same tokens a request with another output share."""
    total = workload.input_tokens + workload.output_tokens
    scale = (1 - share) * total / workload.input_tokens if workload.input_tokens > 0 else 1.0
    p95 = None if workload.input_tokens_p95 is None else workload.input_tokens_p95 * scale
    return replace(workload, input_tokens=(1 - share) * total, output_tokens=share * total, input_tokens_p95=p95)


def _mixes(contest: Contest, chosen: Costed | None) -> Mixes:
    """What each output share of the map changes."""
    chosen = chosen or contest.dedicated
    everything = list(range(len(contest.outsides)))
    inside = list(chosen.own.rows) if chosen is not None else []
    picks: tuple[Pick, ...] = (today, tuned, hosted, cheapest_mix, best)
    ids = {leg.api.id for pick in picks for leg in map(pick, contest.outsides) if leg is not None}
    book = contest.context.market.book.only(sorted(ids), 1)
    bills = _month_bills(contest, everything, book, MAP_OUTPUT_FRACTIONS)

    at_host = list(contest.dedicated.own.rows) if contest.dedicated is not None else []

    def factor(pick: Pick, rows: list[int]) -> Floats:
        known = [(i, book.rows[leg.api.id]) for i in rows if (leg := pick(contest.outsides[i])) is not None]
        now, *then = sum((bills[i, :, column] for i, column in known), np.zeros(bills.shape[1]))
        return np.array(then) / now if now > 0 else np.ones(len(then))

    return Mixes(
        output_fraction=MAP_OUTPUT_FRACTIONS,
        api={
            "api_today": factor(today, everything),
            "api_tuned": factor(tuned, everything),
            "hosted_open": factor(contest.open_pick, everything),
            "dedicated": factor(best, everything),
        },
        outside=factor(best, inside),
        rest=factor(best, [i for i in everything if i not in inside]),
        work=np.array([1.0 if chosen is None else erlang_ratio(contest, chosen, s) for s in MAP_OUTPUT_FRACTIONS]),
        dedicated_outside=factor(best, at_host),
        dedicated_rest=factor(best, [i for i in everything if i not in at_host]),
    )


def _month_bills(contest: Contest, rows: Sequence[int], book: PriceBook, shares: Sequence[float]) -> Floats:
    """(W, 1 + shares, A) what workloads cost on each endpoint, to scale: as they are, and at other output shares."""
    outsides = [contest.outsides[i] for i in rows]
    now = [outside.workload for outside in outsides]
    mixes = [[workload, *(with_output(workload, share) for share in shares)] for workload in now]
    each = len(shares) + 1
    costs = unit_costs_of(
        [mix for same in mixes for mix in same],
        book,
        np.repeat([tokens_today(contest.context.inputs, contest.context.catalog, w) for w in now], each),
        np.repeat([workload.batch_fraction for workload in now], each),
    )
    volume = contest.context.load.tokens_per_day[list(rows), None, None]
    bills: Floats = costs[:, :, 0].sum(axis=2).reshape(len(now), each, -1) * volume
    return bills


def erlang_ratio(contest: Contest, chosen: Costed, share: float) -> float:
    """Work a token at another output share relative to the plan's own mix, at the same operating point."""
    before = after = 0.0
    for position, i in enumerate(chosen.own.rows):
        workload, ratio = contest.context.inputs.workload[i], chosen.scope.tokenizer_ratios[position]
        longer = chosen.scope.longer[position]
        per_s = float(contest.context.load.requests_per_s[i])
        before += per_s * chosen.speed.seconds_per_request(workload, ratio, longer)
        after += per_s * chosen.speed.seconds_per_request(with_output(workload, share), ratio, longer)
    return after / before if before > 0 else 1.0
