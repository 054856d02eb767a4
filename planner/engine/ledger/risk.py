"""How sure is it: Monte Carlo bands, probabilities, and the swing of each input alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, fields, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from planner.engine.arrays import Flags, Floats
from planner.engine.ledger.drawn import DrawnInputs
from planner.engine.ledger.economy import Economy, months_of
from planner.engine.ledger.months import payback_month
from planner.engine.ledger.particular import Chances, Particular, Rises, fail, moved_by
from planner.engine.ledger.spreads import Uncertainty
from planner.engine.names import API_STRATEGIES, OUTSIDE_ONLY, OWN_STRATEGIES, STRATEGIES, Side
from planner.engine.specs import PriceScenario, Range, RiskBands, Sensitivity, Strategy
from planner.records import dataclass

DRAWS = 10_000
FEW = 250
"""Draws for a verdict alone: its probability to within three per cent."""
SEED = 20_261_123
API_PRICE_SCENARIOS = (0.0, -0.5, -0.8)
"""A year at constant quality: list prices stay; cautious; the trend of 2022-2025 (a16z, Epoch AI)."""
GPU_RENT_SCENARIOS = (-0.3, 0.0, 0.4)
"""A year: H100 rents fell from 2023 to 2025 and rose by 40 % in early 2026."""
_PAIRS = tuple((api, gpu) for api in API_PRICE_SCENARIOS for gpu in GPU_RENT_SCENARIOS)


UNITS: Mapping[str, str] = {
    **dict.fromkeys(
        ("volume", "throughput", "own_work", "headroom", "people", "exchange", "rent_level", "hardware"), "x"
    ),
    "cached_shift": "points",
    "start_months": "months",
}
"""A multiple of today's, points of a share, or months; whatever else is drawn is a change, as a fraction."""
_LOGARITHMIC = frozenset({"volume", "throughput", "own_work", "headroom", "exchange", "rent_level"})
_FOR_A_MONTH = 4
"""Every fourth draw is enough for a line of a chart."""


@lru_cache(maxsize=8)
def _uniform(draws: int, rows: int, of: str) -> Floats:
    """(rows, draws) 0 to 1: the same numbers each time, others `of` another purpose."""
    return np.random.default_rng([SEED, *of.encode()]).random((rows, draws))


@lru_cache(maxsize=8)
def _deviations(draws: int, rows: int, of: str) -> Floats:
    """(rows, draws) -1 to 1: as often below 0 as above, the less often the further away, linearly."""
    u = _uniform.__wrapped__(draws, rows, of)  # only what becomes of them is kept
    return np.where(u < 0.5, np.sqrt(2 * u) - 1, 1 - np.sqrt(2 - 2 * u))


def _draw(name: str, deviation: Floats, spread: Range) -> Floats:
    if name not in _LOGARITHMIC or spread.high <= spread.low:
        return moved_by(deviation, spread)
    return np.exp(moved_by(deviation, Range(*(float(np.log(v)) for v in (spread.low, spread.mid, spread.high)))))


def scenario_of(uncertainty: Uncertainty, draws: int = DRAWS) -> DrawnInputs:
    """`draws` joint draws, independent between inputs, by rising load; the same ones each time.

    In that order neighbours look up the same place of a fleet's tables, which takes a quarter of the time. API prices
    fall only where work has left the model that it runs on today.
    """
    names = [f.name for f in fields(Uncertainty)]
    deviations = _deviations(draws, len(names), "common")
    drawn: dict[str, Any] = {n: _draw(n, deviations[i], getattr(uncertainty, n)) for i, n in enumerate(names)}
    order = np.argsort(drawn["volume"] / drawn["throughput"])
    drawn = {n: values[order] if values.size > 1 else values for n, values in drawn.items()}
    drawn["successor_change"] = drawn.pop("api_change_per_year")
    return DrawnInputs(api_change_per_year=np.zeros(1), **drawn)


def mid_scenario(uncertainty: Uncertainty, **changed: Floats | float) -> DrawnInputs:
    """Everything at its likely value but `changed`."""
    values = {f.name: np.atleast_1d(float(getattr(uncertainty, f.name).mid)) for f in fields(Uncertainty)}
    values["successor_change"], values["api_change_per_year"] = values["api_change_per_year"], np.zeros(1)
    values |= {name: np.atleast_1d(np.asarray(value, dtype=np.float64)) for name, value in changed.items()}
    return DrawnInputs(**values)


def one_at_a_time(uncertainty: Uncertainty, ranges: Mapping[str, Floats]) -> DrawnInputs:
    """One draw after the other: each input moved through its own values, all others at their likely one.

    The change of API prices is one of all endpoints: what the same quality costs, wherever it then is.
    """
    counts = [len(values) for values in ranges.values()]
    ends = np.cumsum(counts)
    moved = {}
    for (name, values), end in zip(ranges.items(), ends, strict=True):
        likely, own = float(getattr(uncertainty, name).mid), slice(end - len(values), end)
        moved[name] = np.full(int(ends[-1]), likely)
        if name == "api_change_per_year":
            moved["successor_change"] = moved[name].copy()
            moved["successor_change"][own], moved[name][:] = 0.0, 0.0
        moved[name][own] = values
    return mid_scenario(uncertainty, **moved)


@dataclass(frozen=True, slots=True)
class Draws:
    """(D,) 12-month totals of every possible strategy, and which of them may be chosen."""

    totals: Mapping[Strategy, Floats]
    months: Mapping[Strategy, Floats]
    """(12, D)"""
    outside: Floats
    """(D,) everything on its cheapest allowed endpoint."""
    outside_months: Floats
    """(12, D)"""
    allowed: frozenset[Strategy]
    unserved: Mapping[Strategy, Floats] = field(default_factory=lambda: MappingProxyType({}))
    """(12,) of a rival's months, what own GPUs do not do for theirs."""
    none_rented: Mapping[Strategy, Flags] = field(default_factory=lambda: MappingProxyType({}))
    """(D,) where a strategy has no own GPU, as the models that it was to run did not pass."""

    def of(self, side: Side) -> tuple[Floats, Floats]:
        """(D,) totals and (12, D) months."""
        outside = self.outside, self.outside_months
        return outside if side == OUTSIDE_ONLY else (self.totals[side], self.months[side])

    def rival(self, strategy: Strategy) -> Floats:
        """(D,) a rival's total for the work that own GPUs do."""
        return self.totals[strategy] - float(np.sum(self.unserved.get(strategy, 0.0)))

    @property
    def rivals(self) -> list[Strategy]:
        """The allowed API strategies; every one where none is allowed."""
        known = [s for s in API_STRATEGIES if s in self.totals]
        return [s for s in known if s in self.allowed] or known

    def best_api(self) -> Floats | None:
        """(D,) the cheapest of the rivals in each draw."""
        names = self.rivals
        return np.min([self.rival(s) for s in names], axis=0) if names else None

    def own(self) -> Floats | None:
        """(D,) the cheaper of hybrid and self-host; endless where neither has an own GPU."""
        names: list[Strategy] = [s for s in OWN_STRATEGIES if s in self.totals]
        none = self.none_rented
        costs = [np.where(none[s], np.inf, self.totals[s]) if s in none else self.totals[s] for s in names]
        return np.min(costs, axis=0) if names else None


def neutral(uncertainty: Uncertainty) -> DrawnInputs:
    """Everything as the ledgers have it: prices of today, nothing gained or lost."""
    changes = ("successor_change", "gpu_change_per_year", "throughput_gain", "cached_shift")
    still = dict.fromkeys(changes, 0.0)
    return mid_scenario(uncertainty, **still, exchange=1.0, throughput=1.0, own_work=1.0)


def draw_each(economy: Economy, scenarios: Sequence[DrawnInputs], allowed: frozenset[Strategy]) -> list[Draws]:
    """Totals of every strategy for several lists of scenarios, nothing but what all share: asked at once, as a few
    hundred take no longer than one."""
    sizes = [scenario.draws for scenario in scenarios]
    columns = {
        f.name: np.concatenate([np.broadcast_to(getattr(s, f.name), n) for s, n in zip(scenarios, sizes, strict=True)])
        for f in fields(DrawnInputs)
    }
    months, outside = months_of(economy, DrawnInputs(**columns))
    ends = np.cumsum(sizes)
    parts = [slice(int(end) - size, int(end)) for end, size in zip(ends, sizes, strict=True)]
    return [_drawn({s: m[:, part] for s, m in months.items()}, outside[:, part], allowed, economy) for part in parts]


@dataclass(frozen=True, slots=True)
class Apart:
    """What sets the strategies apart in the draws."""

    particulars: Mapping[Side, Particular]
    rises: Rises
    planned: Mapping[Side, float]
    """12-month totals of the ledgers before contracts, to which the likely values of the draws are scaled."""
    same_as: Mapping[Side, Side]
    """Those that are an earlier one by another name."""


def draw_apart(economy: Economy, scenario: DrawnInputs, likely: Draws, apart: Apart) -> Draws:
    """All that may happen: what is common to the strategies, and what each has of its own.

    `likely`: one draw of everything as the ledgers have it, before contracts.
    """
    alone, deals = without_deals(economy), economy.deals
    sides: tuple[Side, ...] = (*economy.strategies, OUTSIDE_ONLY)
    chances = _chances(apart, scenario.draws)
    factors = [
        _scale(side, likely, apart) * chances[side].factor(apart.particulars[side], apart.rises) for side in sides
    ]
    months, outside = months_of(alone, scenario, factors)
    each: dict[Side, Floats] = dict(months) | {OUTSIDE_ONLY: outside}
    if deals:  # of each draw; work that fails goes back to today's models with all that was agreed for them
        each = {side: months + deals[side].added(months) for side, months in each.items()}
    for side in sides:
        each[side] = each[apart.same_as.get(side, side)]
    apart_from_others = [side for side in sides if side not in apart.same_as]
    none_rented: dict[Side, Flags] = {}
    for side in apart_from_others:
        if apart.particulars[side].failures:
            none_rented[side] = fail(each[side], apart.particulars[side], chances[side], each["api_today"])
    outside = each.pop(OUTSIDE_ONLY)
    found = _drawn({s: each[s] for s in economy.strategies}, outside, likely.allowed, economy)
    rented = {s: none_rented[side] for s in economy.strategies if (side := apart.same_as.get(s, s)) in none_rented}
    return replace(found, none_rented=MappingProxyType(rented))


def without_deals(economy: Economy) -> Economy:
    """What everything costs before contracts with vendors, which take of it what they take."""
    return replace(economy, deals=MappingProxyType({})) if economy.deals else economy


def _scale(side: Side, likely: Draws, apart: Apart) -> float:
    """What the ledger says over what the draws have at their likely values: they agree within a few per cent."""
    found = float(likely.of(side)[0][0])
    planned = apart.planned.get(side, found)
    return planned / found if min(planned, found) > 0 else 1.0


def _chances(apart: Apart, draws: int) -> dict[Side, Chances]:
    """Each strategy's own numbers; models that nobody has tested pass or fail alike wherever they run."""
    known: tuple[Side, ...] = (*STRATEGIES, OUTSIDE_ONLY)
    rows = 2 * len(known)
    uniform, deviations = _uniform(draws, rows, "rises"), _deviations(draws, rows, "spreads")
    models = list(dict.fromkeys(own.weights for own in apart.particulars.values()))
    passes = _uniform(draws, len(known), "passes")
    found: dict[Side, Chances] = {}
    for side, own in apart.particulars.items():
        row = 2 * known.index(side)
        found[side] = Chances(
            spread=deviations[row],
            size=deviations[row + 1],
            rise=uniform[row],
            when=uniform[row + 1],
            passes=passes[models.index(own.weights)],
        )
    return found


def _drawn(months: Mapping[Strategy, Floats], outside: Floats, allowed: frozenset[Strategy], economy: Economy) -> Draws:
    totals: dict[int, Floats] = {}
    for each in months.values():
        if id(each) not in totals:
            totals[id(each)] = each.sum(axis=0)
    sums = {s: totals[id(m)] for s, m in months.items()}
    return Draws(sums, months, outside.sum(axis=0), outside, allowed, economy.unserved)


def probability_cheaper(draws: Draws) -> float:
    """Share of draws in which own GPUs (hybrid or self-host) cost less than the best API strategy."""
    own, api = draws.own(), draws.best_api()
    if own is None:
        return 0.0
    return 1.0 if api is None else float((own < api).mean())


def bands_of(draws: Draws, distinct: frozenset[Strategy], sides: Mapping[Strategy, Side]) -> RiskBands:
    """Cumulative p10 / p50 / p90 by month and how often each allowed strategy is the cheapest.

    Of the `distinct` ones: the same plan under two names would share one chance between them. `sides`: the draws that
    the ledger of each is about.
    """
    known = [s for s in draws.totals if s in distinct] or list(draws.totals)
    names = [s for s in known if s in draws.allowed] or known
    stacked = np.stack([draws.of(sides[s])[0] for s in names])
    wins = np.bincount(np.argmin(stacked, axis=0), minlength=len(names)) / stacked.shape[1]
    cumulative = {s: _bands(draws.of(sides[s])[1]) for s in known}
    return RiskBands(
        stacked.shape[1],
        SEED,
        MappingProxyType({s: float(w) for s, w in zip(names, wins, strict=True)}),
        MappingProxyType(cumulative),
    )


def _bands(months: Floats) -> tuple[tuple[float, float, float], ...]:
    """p10, p50 and p90 of what was spent by the end of each month; of the last from all draws, else from some.

    Sorted whole: numpy sorts a row in a fifth of the time in which it parts it at three places.
    """
    some = np.cumsum(months[:-1, ::_FOR_A_MONTH], axis=0)
    some.sort(axis=1)
    year = np.sort(months.sum(axis=0))
    found = [*(_ranks(month) for month in some), _ranks(year)]
    return tuple(found)


def _ranks(ranked: Floats) -> tuple[float, float, float]:
    count = len(ranked)
    return float(ranked[count // 10]), float(ranked[count // 2]), float(ranked[count * 9 // 10])


def price_scenarios(uncertainty: Uncertainty) -> DrawnInputs:
    """Every API price scenario with every rent scenario, everything else at its likely value."""
    api, gpu = np.array(_PAIRS).T
    return mid_scenario(uncertainty, api_change_per_year=api, gpu_change_per_year=gpu)


def scenarios_of(draws: Draws, planned: Mapping[Strategy, float]) -> tuple[PriceScenario, ...]:
    """`draws`: of the price scenarios; `planned`: the ledger's totals, which prices that do not move leave as they are.

    The draws have the likely value of what the ledger holds still, a hundredth of a percent apart.
    """
    still = _PAIRS.index((0.0, 0.0))
    drawn = {name: float(total[still]) for name, total in draws.totals.items()}
    factors = {name: planned[name] / value if name in planned and value > 0 else 1.0 for name, value in drawn.items()}
    totals = {name: total * factors[name] for name, total in draws.totals.items()}
    months = {name: month * factors.get(name, 1.0) for name, month in draws.months.items()}
    draws = replace(draws, totals=totals, months=months)
    return tuple(_scenario(draws, i, api, gpu) for i, (api, gpu) in enumerate(_PAIRS))


def _scenario(draws: Draws, row: int, api_change: float, gpu_change: float) -> PriceScenario:
    each = {s: float(total[row]) for s, total in draws.totals.items()}
    names = [s for s in each if s in draws.allowed] or list(each)
    own = min((s for s in OWN_STRATEGIES if s in each), key=lambda s: each[s], default=None)
    api = min(draws.rivals, key=lambda s: each[s], default=None)
    saving, paid = None, None
    if own is not None and api is not None:
        saving = float(draws.rival(api)[row]) - each[own]
        paid = payback_month(draws.months[own][:, row], draws.months[api][:, row] - draws.unserved.get(api, 0.0))
    return PriceScenario(
        api_change_per_year=api_change,
        gpu_change_per_year=gpu_change,
        totals=MappingProxyType(each),
        cheapest=min(names, key=lambda s: each[s]),
        own=None if own is None else each[own],
        saving=saving,
        payback_month=paid,
    )


def ends_of(uncertainty: Uncertainty) -> dict[str, Floats]:
    """(2,) the low and the high end of each input that has two."""
    spreads: dict[str, Range] = {f.name: getattr(uncertainty, f.name) for f in fields(Uncertainty)}
    return {name: np.array([s.low, s.high]) for name, s in spreads.items() if s.high > s.low}


def tornado(draws: Draws, ends: Mapping[str, Floats]) -> tuple[Sensitivity, ...]:
    """Saving of own GPUs against the best API strategy with one input at its low and high end, largest swing first.

    None without own GPUs. `draws`: one input at a time at its ends.
    """
    own, api = draws.own(), draws.best_api()
    if own is None or api is None:
        return ()
    savings = (api - own).reshape(-1, 2)
    found = [_swing(name, ends[name], saved) for name, saved in zip(ends, savings, strict=True)]
    # to the cent: what moves nothing differs by rounding only, and keeps its place
    return tuple(sorted(found, key=lambda s: -round(abs(s.saving_high - s.saving_low), 2)))


def _swing(name: str, ends: Floats, saved: Floats) -> Sensitivity:
    (least, most), (low, high) = ends.tolist(), saved.tolist()
    return Sensitivity(name, least, most, UNITS.get(name, "fraction"), low, high, (low > 0) != (high > 0))
