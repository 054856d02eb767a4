"""Draws of everything that may differ from the plan, and what follows of each by month, before any strategy has it."""

from __future__ import annotations

from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from planner.engine.arrays import TINY, Floats, Indices, Ints
from planner.engine.units import MONTHS
from planner.records import dataclass

MONTH = np.arange(MONTHS)[:, None]
SO_FAR = (MONTH + 0.5) / MONTHS
"""(12, 1) share of the year that has passed in the middle of each month."""
_TERMS = np.hstack([np.ones_like(SO_FAR), MONTH + 1, -SO_FAR])
"""(12, 3) how often the start, a month's growth and a year's gain are in the load of each month."""


STEP = np.log(10) / 60
"""Between two loads that fleets may be tabulated for, by logarithm."""


def loads_at(steps: Ints) -> Floats:
    """Loads so many steps above the least, which is a hundred-thousandth of today's."""
    return np.asarray(np.exp(np.log(1e-5) + STEP * steps))


def _places(known: Floats) -> Indices:
    """For each step from the first of `known` on, the last of them that it reaches.

    A place is then a division away: a search took three times as long. At the very edge of a step rounding may find the
    one before; as tables are read by straight lines that is the same.
    """
    steps = np.arange(round(float(known[-1] - known[0]) / STEP) + 1)
    places: Indices = np.searchsorted(known, known[0] + (steps + 0.5) * STEP, side="right") - 1
    return places


def _none() -> Floats:
    return np.zeros(1)


def _same() -> Floats:
    return np.ones(1)


@dataclass(frozen=True, slots=True)
class DrawnInputs:
    """D draws of everything that may differ from the plan; scalars broadcast. Factors are relative to the plan."""

    volume: Floats
    growth: Floats
    """Per month."""
    api_change_per_year: Floats
    """Of everything that goes to an endpoint: a question asked of all, not something that is drawn."""
    gpu_change_per_year: Floats
    throughput: Floats
    people: Floats
    cached_shift: Floats
    """Added to every cached share."""
    mix: NDArray[np.intp] = field(default_factory=lambda: np.zeros(1, np.intp))
    """Which of the economy's mixes of tokens."""
    successor_change: Floats = field(default_factory=_none)
    """Price change a year of work that has left the model it runs on today; a named model keeps its price."""
    own_work: Floats = field(default_factory=_same)
    """Work that the model on own GPUs makes of the same text."""
    headroom: Floats = field(default_factory=_same)
    """What a replica may safely carry."""
    throughput_gain: Floats = field(default_factory=_none)
    """A year."""
    exchange: Floats = field(default_factory=_same)
    """Of what is billed in another currency than the plan's."""
    start_months: Floats = field(default_factory=_none)
    """Months by which own GPUs serve later than planned."""
    rent_level: Floats = field(default_factory=_same)
    """A rent against its price on record."""
    hardware: Floats = field(default_factory=_same)
    """Cost of bought servers."""

    @property
    def draws(self) -> int:
        return int(np.broadcast(*(getattr(self, name) for name in self.__slots__)).size)

    def part(self, piece: slice) -> DrawnInputs:
        """Some of the draws."""
        return DrawnInputs(*(v if v.size == 1 else v[piece] for v in (getattr(self, name) for name in self.__slots__)))


@dataclass(frozen=True, slots=True)
class Foreign:
    """Shares of what is paid in another currency than the plan's; rents state their own."""

    api: float = 0.0
    people: float = 0.0


@dataclass(frozen=True, slots=True)
class Paths:
    """What every strategy sees of a scenario, worked out once: (12, D) by month, (D,) where it stays.

    Months come first, so that every operation runs along the draws: along twelve months it took ten times as long.
    """

    mix: NDArray[np.intp]
    volume: Floats
    known: Floats
    """(L,) logarithms of the loads that fleets are tabulated for."""
    place: NDArray[np.intp]
    """The last of `known` that the load, volume over throughput, reaches: looked up once for every table."""
    beyond: Floats
    """How far the load's logarithm is past it."""
    spent: Floats
    """Volume times what has become of prices on endpoints."""
    successors: Floats
    """What has become of the price of the same quality."""
    at_prices: dict[float, Floats]
    """`spent` for each share of work that follows successors, as it is asked for."""
    gpu_price: Floats
    """Relative to today, the level of rents on the day of signing included."""
    rent_level: Floats
    exchange: Floats
    cached_shift: Floats
    people: Floats
    start_months: Floats
    hardware: Floats

    @classmethod
    def of(cls, scenario: DrawnInputs, loads: Floats, month_factor: Floats | None, foreign: Foreign) -> Paths:
        volume, known = _volumes(scenario, month_factor), np.log(loads)
        load = np.clip(_load(scenario, month_factor), known[0], known[-1])
        place = _places(known).take(((load - known[0]) * (1 / STEP)).astype(np.intp))
        away = scenario.exchange - 1
        return cls(
            mix=scenario.mix,
            volume=volume,
            known=known,
            place=place,
            beyond=load - known[place],
            spent=volume * (_trend(scenario.api_change_per_year) * (1 + foreign.api * away)),
            successors=_trend(scenario.successor_change),
            at_prices={},
            gpu_price=_trend(scenario.gpu_change_per_year) * scenario.rent_level,
            rent_level=scenario.rent_level,
            exchange=scenario.exchange,
            cached_shift=scenario.cached_shift,
            people=scenario.people * (1 + foreign.people * away),
            start_months=scenario.start_months,
            hardware=scenario.hardware,
        )

    def paid(self, follows: float) -> Floats:
        """(12, D) volume times prices where this share of the work follows the successors of its models."""
        if follows not in self.at_prices:
            self.at_prices[follows] = self.spent * (1 + follows * (self.successors - 1)) if follows else self.spent
        return self.at_prices[follows]

    def read(self, table: Floats, slope: Floats) -> Floats:
        """(12, D) a table (M, L) over `known` at every load, as `np.interp` has it."""
        place = self.place if len(table) == 1 else self.place + self.mix * len(self.known)
        return slope.take(place) * self.beyond + table.take(place)


def _load(scenario: DrawnInputs, month_factor: Floats | None) -> Floats:
    """(12, D) logarithm of volume over what a replica gets done, relative to today."""
    pace = scenario.volume * scenario.own_work / (scenario.throughput * scenario.headroom)
    start, growth = np.log(np.maximum(pace, TINY)), np.log(_growth(scenario))
    gain = np.log1p(scenario.throughput_gain)  # it comes little by little, as engines do
    if month_factor is not None:
        return start + np.log(np.maximum(month_factor, TINY))[:, None] - gain * SO_FAR
    # one product of matrices: a sixth of the time of adding its terms up
    start, growth, gain = np.broadcast_arrays(start, growth, gain)
    load: Floats = _TERMS @ np.stack([start, growth, gain])
    return load


def _growth(scenario: DrawnInputs) -> Floats:
    """(D,) factor of volume from month to month."""
    return np.maximum(1 + scenario.growth, 1e-9)


def _volumes(scenario: DrawnInputs, month_factor: Floats | None) -> Floats:
    """(12, D) volume relative to today."""
    if month_factor is not None:
        return scenario.volume * month_factor[:, None]
    growth = _growth(scenario)
    return scenario.volume * _powers(growth, growth)


def _trend(change_per_year: Floats) -> Floats:
    """(12, D) price relative to today in the middle of each month; (1, 1) where it stays."""
    if not change_per_year.any():
        return np.ones((1, 1))
    half = np.maximum(1 + change_per_year, 1e-9) ** (0.5 / MONTHS)
    return _powers(half, half * half)


def _powers(first: Floats, each: Floats) -> Floats:
    """(12, D) `first`, then each month so many times the one before: sooner than an exponential for each."""
    found = np.empty((MONTHS, len(each)))
    found[0] = first
    for month in range(1, MONTHS):
        np.multiply(found[month - 1], each, out=found[month])
    return found
