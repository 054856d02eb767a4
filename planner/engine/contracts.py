"""What contracts with vendors make of a price: use within what was promised, or within a credit, costs nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from planner.engine.api_prices import share_after
from planner.engine.arrays import Floats
from planner.engine.specs.inputs import Commitment
from planner.engine.units import MONTHS
from planner.records import dataclass


def months_held(commitment: Commitment, as_of: date) -> Floats:
    """(12,) share of each month in which the contract holds."""
    begun = np.ones(MONTHS) if commitment.from_date is None else share_after(commitment.from_date, as_of)
    ended = np.zeros(MONTHS) if commitment.until is None else share_after(commitment.until, as_of)
    held: Floats = np.clip(begun - ended, 0.0, 1.0)
    return held


@dataclass(frozen=True, slots=True, eq=False)
class _Room:
    """What one contract has left; months of it are used up as work is placed."""

    provider: str
    held: Floats
    left: Floats
    """(12,) of each month, or (1,) of all of them: a credit, and spend that is settled at the end."""

    def paid_by_it(self, months: Floats) -> Floats:
        """(..., 1 or 12) of bills by month (..., 12): what they do not add to what is owed anyway."""
        within = months * self.held
        if len(self.left) == 1:
            within = within.sum(axis=-1, keepdims=True)
        return np.minimum(within, self.left)


@dataclass(frozen=True, slots=True, eq=False)
class Rooms:
    """What all contracts of a plan have left while its work is placed, one workload after the other."""

    rooms: tuple[_Room, ...]

    @classmethod
    def of(cls, commitments: Sequence[Commitment], as_of: date, gross: float = 1.0) -> Rooms:
        """`gross`: what is paid for a price of 1; contracts are made without tax, bills are paid with it."""
        found = []
        for each in commitments:
            held = months_held(each, as_of)
            if each.kind == "credit":
                left = np.array([each.amount])
            else:
                left = each.amount * held if each.settled == "month" else np.array([each.amount * held.sum()])
            found.append(_Room(each.provider.casefold(), held, left * gross))
        return cls(tuple(found))

    def order(self, providers: Sequence[str], months: Floats) -> NDArray[np.intp]:
        """Bills of vendors (A, 12) by what they add to the 12 months, the least first; of equals the smaller bill."""
        total: Floats = months.sum(axis=1)
        added = total.copy()
        for room in self.rooms:
            rows = [row for row, provider in enumerate(providers) if provider.casefold() == room.provider]
            added[rows] -= room.paid_by_it(months[rows]).sum(axis=1)
        return np.lexsort((total, added.round(6)))

    def take(self, provider: str, months: Floats) -> None:
        """Uses up what a bill (12,) of a vendor is paid by."""
        for room in self.rooms:
            if room.provider == provider.casefold():
                room.left[:] -= room.paid_by_it(months)
