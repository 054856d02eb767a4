"""What contracts with vendors make of a price: use within what was promised, or within a credit, costs nothing more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


def settled(commitment: Commitment, spent: Floats, held: Floats) -> tuple[Floats, Floats]:
    """(12, ...) used and owed of what is spent at its vendor while it holds, by month (12, ...).

    A credit is used up in order, a shortfall of spend is owed monthly or at its end.
    """
    within, nothing = (spent.T * held).T, np.zeros_like(spent)
    if commitment.kind == "credit":
        return _in_order(within, commitment.amount), nothing
    promised = commitment.amount * held
    if commitment.settled == "month":
        return np.minimum(within.T, promised).T, np.maximum(promised - within.T, 0.0).T
    if held.any():
        nothing[np.flatnonzero(held)[-1]] = np.maximum(promised.sum() - within.sum(axis=0), 0.0)
    return _in_order(within, float(promised.sum())), nothing


def _in_order(spent: Floats, amount: float, months: int = 0) -> Floats:
    """What an amount pays of each month until it is used up; `months`: the axis that they are along."""
    used: Floats = np.diff(np.minimum(np.cumsum(spent, axis=months), amount), axis=months, prepend=0.0)
    return used


@dataclass(frozen=True, slots=True, eq=False)
class Deal:
    """A contract under one strategy."""

    commitment: Commitment
    held: Floats
    share: Floats
    """(12,) of what the strategy costs by month, before contracts: what its vendor is paid."""


@dataclass(frozen=True, slots=True, eq=False)
class Deals:
    """All contracts of a plan under one strategy, whatever it comes to cost."""

    each: tuple[Deal, ...]
    gross: float
    """What is paid for a price of 1: contracts are made without tax."""

    def used(self, months: Floats) -> Iterator[tuple[Commitment, Floats, Floats]]:
        """(contract, used, owed), both (12, ...) without tax, at a cost by month (12, ...) before contracts.

        What one contract takes of a vendor's bill is no use of the next of its kind.
        """
        left: dict[tuple[str, str], Floats] = {}
        for deal in self.each:
            key = deal.commitment.provider.casefold(), deal.commitment.kind
            spent = left[key] if key in left else (months.T * deal.share).T / self.gross
            taken, owed = settled(deal.commitment, spent, deal.held)
            left[key] = spent - taken
            yield deal.commitment, taken, owed

    def added(self, months: Floats) -> Floats:
        """(12, ...) what the contracts add to a cost by month, with tax; credits take away."""
        found = np.zeros_like(months)
        for commitment, used, owed in self.used(months):
            found += owed - used if commitment.kind == "credit" else owed
        return found * self.gross


@dataclass(frozen=True, slots=True, eq=False)
class _Room:
    """What one contract has left; months of it are used up as work is placed."""

    provider: str
    kind: str
    held: Floats
    left: Floats
    """(12,) of each month, or (1,) of all of them: a credit, and spend that is settled at the end."""

    def paid_by_it(self, months: Floats) -> Floats:
        """(..., 12) of bills by month (..., 12): what they do not add to what is owed anyway."""
        within = months * self.held
        return np.minimum(within, self.left) if len(self.left) > 1 else _in_order(within, float(self.left[0]), -1)

    def take(self, paid: Floats) -> None:
        self.left[:] -= paid if len(self.left) > 1 else paid.sum()


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
            found.append(_Room(each.provider.casefold(), each.kind, held, left * gross))
        return cls(tuple(found))

    def order(self, providers: Sequence[str], months: Floats) -> NDArray[np.intp]:
        """Bills of vendors (A, 12) by what they add to the 12 months, the least first; of equals the smaller bill."""
        total: Floats = months.sum(axis=1)
        added = total.copy()
        for name in dict.fromkeys(room.provider for room in self.rooms):
            rows = [row for row, provider in enumerate(providers) if provider.casefold() == name]
            for _, paid in self._paid(name, months[rows]):
                added[rows] -= paid.sum(axis=1)
        return np.lexsort((total, added.round(6)))

    def take(self, provider: str, months: Floats) -> None:
        """Uses up what a bill (12,) of a vendor is paid by."""
        for room, paid in self._paid(provider.casefold(), months):
            room.take(paid)

    def _paid(self, provider: str, months: Floats) -> Iterator[tuple[_Room, Floats]]:
        """What each contract pays of bills (..., 12) of a vendor: the next of its kind only what is left of them."""
        left: dict[str, Floats] = {}
        for room in self.rooms:
            if room.provider == provider:
                bills = left.get(room.kind, months)
                paid = room.paid_by_it(bills)
                left[room.kind] = bills - paid
                yield room, paid
