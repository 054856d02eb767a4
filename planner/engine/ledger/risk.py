"""How sure is it: Monte Carlo bands, probabilities, and the swing of each input alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.ledger.economy import DrawnInputs, Economy, months_of
from planner.engine.ledger.months import payback_month
from planner.engine.names import API_STRATEGIES, OWN_STRATEGIES
from planner.engine.specs import PriceScenario, Range, RiskBands, Sensitivity, Strategy
from planner.records import dataclass

DRAWS = 10_000
SEED = 20_261_123
API_PRICE_SCENARIOS = (0.0, -0.5, -0.8)
"""A year at constant quality: list prices stay; cautious; the trend of 2022-2025 (a16z, Epoch AI)."""
GPU_RENT_SCENARIOS = (-0.3, 0.0, 0.4)
"""A year: H100 rents fell from 2023 to 2025 and rose by 40 % in early 2026."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Low / likely / high of everything that is drawn; triangular, volume and throughput in their logarithms."""

    volume: Range
    growth: Range
    api_change_per_year: Range
    gpu_change_per_year: Range
    throughput: Range
    people: Range
    cached_shift: Range


UNITS: Mapping[str, str] = {"volume": "x", "throughput": "x", "people": "x", "cached_shift": "points"}
"""A multiple of today's, or points of a share; whatever else is drawn is a change, as a fraction."""
_LOGARITHMIC = frozenset({"volume", "throughput"})


@lru_cache(maxsize=4)
def _uniform(draws: int, columns: int) -> Floats:
    return np.random.default_rng(SEED).random((columns, draws))


def _triangular(u: Floats, spread: Range) -> Floats:
    low, mode, high = spread.low, spread.mid, spread.high
    if high <= low:
        return np.full_like(u, mode)
    cut = (mode - low) / (high - low)
    rising = low + np.sqrt(u * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - u) * (high - low) * (high - mode))
    return np.where(u < cut, rising, falling)


def _draw(name: str, u: Floats, spread: Range) -> Floats:
    if name not in _LOGARITHMIC:
        return _triangular(u, spread)
    logs = Range(*(float(np.log(v)) for v in (spread.low, spread.mid, spread.high)))
    return np.exp(_triangular(u, logs))


def scenario_of(uncertainty: Uncertainty, draws: int = DRAWS) -> DrawnInputs:
    """`draws` joint draws, independent between inputs, by rising load; the same ones each time.

    In that order neighbours look up the same place of a fleet's tables, which takes a quarter of the time.
    """
    names = [f.name for f in fields(Uncertainty)]
    u = _uniform(draws, len(names))
    drawn: dict[str, Any] = {n: _draw(n, u[i], getattr(uncertainty, n)) for i, n in enumerate(names)}
    order = np.argsort(drawn["volume"] / drawn["throughput"])
    return DrawnInputs(**{n: values[order] for n, values in drawn.items()})


def mid_scenario(uncertainty: Uncertainty, **changed: Floats | float) -> DrawnInputs:
    """Everything at its likely value but `changed`."""
    values = {f.name: np.atleast_1d(float(getattr(uncertainty, f.name).mid)) for f in fields(Uncertainty)}
    values |= {name: np.atleast_1d(np.asarray(value, dtype=np.float64)) for name, value in changed.items()}
    return DrawnInputs(**values)


def one_at_a_time(uncertainty: Uncertainty, ranges: Mapping[str, Floats]) -> DrawnInputs:
    """One draw after the other: each input moved through its own values, all others at their likely one."""
    counts = [len(values) for values in ranges.values()]
    ends = np.cumsum(counts)
    moved = {}
    for (name, values), end in zip(ranges.items(), ends, strict=True):
        column = np.full(int(ends[-1]), float(getattr(uncertainty, name).mid))
        column[end - len(values) : end] = values
        moved[name] = column
    return mid_scenario(uncertainty, **moved)


@dataclass(frozen=True, slots=True)
class Draws:
    """(D,) 12-month totals of every possible strategy, and which of them may be chosen."""

    totals: Mapping[Strategy, Floats]
    months: Mapping[Strategy, Floats]
    """(12, D)"""
    outside: Floats
    """(D,) everything on its cheapest allowed endpoint."""
    allowed: frozenset[Strategy]
    unserved: Mapping[Strategy, Floats] = field(default_factory=lambda: MappingProxyType({}))
    """(12,) of a rival's months, what own GPUs do not do for theirs."""

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
        """(D,) the cheaper of hybrid and self-host."""
        names: list[Strategy] = [s for s in OWN_STRATEGIES if s in self.totals]
        return np.min([self.totals[s] for s in names], axis=0) if names else None


def draw(economy: Economy, scenario: DrawnInputs, allowed: frozenset[Strategy]) -> Draws:
    """Totals of every strategy for every draw."""
    months, outside = months_of(economy, scenario)
    return Draws({s: m.sum(axis=0) for s, m in months.items()}, months, outside.sum(axis=0), allowed, economy.unserved)


def probability_cheaper(draws: Draws) -> float:
    """Share of draws in which own GPUs (hybrid or self-host) cost less than the best API strategy."""
    own, api = draws.own(), draws.best_api()
    if own is None:
        return 0.0
    return 1.0 if api is None else float((own < api).mean())


def bands_of(draws: Draws, distinct: frozenset[Strategy], likely_api_change_per_year: float) -> RiskBands:
    """Cumulative p10 / p50 / p90 by month and how often each allowed strategy is the cheapest.

    Of the `distinct` ones: the same plan under two names would share one chance between them.
    """
    known = [s for s in draws.totals if s in distinct] or list(draws.totals)
    names = [s for s in known if s in draws.allowed] or known
    stacked = np.stack([draws.totals[s] for s in names])
    wins = np.bincount(np.argmin(stacked, axis=0), minlength=len(names)) / stacked.shape[1]
    cumulative = {s: _bands(draws.months[s]) for s in known}
    return RiskBands(
        stacked.shape[1],
        SEED,
        MappingProxyType({s: float(w) for s, w in zip(names, wins, strict=True)}),
        MappingProxyType(cumulative),
        likely_api_change_per_year,
    )


def _bands(months: Floats) -> tuple[tuple[float, float, float], ...]:
    """p10, p50 and p90 of what was spent by the end of each month.

    Sorted whole: numpy sorts a row in a fifth of the time in which it parts it at three places.
    """
    count, spent = months.shape[1], np.zeros(months.shape[1])
    found = []
    for month in months:
        spent = spent + month
        ranked = np.sort(spent)
        found.append((float(ranked[count // 10]), float(ranked[count // 2]), float(ranked[count * 9 // 10])))
    return tuple(found)


def scenarios_of(economy: Economy, uncertainty: Uncertainty, allowed: frozenset[Strategy]) -> tuple[PriceScenario, ...]:
    """Every API price scenario with every rent scenario, everything else at its likely value."""
    pairs = [(api, gpu) for api in API_PRICE_SCENARIOS for gpu in GPU_RENT_SCENARIOS]
    changes = np.array(pairs)
    scenario = mid_scenario(uncertainty, api_change_per_year=changes[:, 0], gpu_change_per_year=changes[:, 1])
    draws = draw(economy, scenario, allowed)
    return tuple(_scenario(draws, i, api, gpu) for i, (api, gpu) in enumerate(pairs))


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


def tornado(economy: Economy, uncertainty: Uncertainty, allowed: frozenset[Strategy]) -> tuple[Sensitivity, ...]:
    """Saving of own GPUs against the best API strategy with one input at its low and high end, largest swing first.

    None without own GPUs.
    """
    spreads: dict[str, Range] = {f.name: getattr(uncertainty, f.name) for f in fields(Uncertainty)}
    spreads = {name: spread for name, spread in spreads.items() if spread.high > spread.low}
    if not spreads:
        return ()
    ends = {name: np.array([spread.low, spread.high]) for name, spread in spreads.items()}
    draws = draw(economy, one_at_a_time(uncertainty, ends), allowed)
    own, api = draws.own(), draws.best_api()
    if own is None or api is None:
        return ()
    savings = (api - own).reshape(-1, 2)
    found = [_swing(name, spreads[name], saved) for name, saved in zip(spreads, savings, strict=True)]
    # to the cent: what moves nothing differs by rounding only, and keeps its place
    return tuple(sorted(found, key=lambda s: -round(abs(s.saving_high - s.saving_low), 2)))


def _swing(name: str, spread: Range, saved: Floats) -> Sensitivity:
    low, high = float(saved[0]), float(saved[1])
    return Sensitivity(name, spread.low, spread.high, UNITS.get(name, "fraction"), low, high, (low > 0) != (high > 0))
