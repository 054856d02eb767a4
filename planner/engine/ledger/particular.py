"""What each strategy has of its own beside the draws that all share: its vendor, its tokens, its fleet, its models.

Common draws alone make the cheaper of two strategies the cheaper in every draw, however near they are. So each has a
factor of its own, a rise of its own vendor's list price, and whether the models that nobody has tested on the user's
prompts pass at all. Where they do not, the work stays where it runs today and pays that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from planner.engine.arrays import TINY, Flags, Floats
from planner.engine.assumptions import range_of
from planner.engine.chance import chance_to_pass
from planner.engine.ledger.moved import leg_spread, part_of, weighted
from planner.engine.ledger.spreads import AS_PLANNED, joint, rent_spread, watching_spread
from planner.engine.ledger.strategies import Contest, Pick
from planner.engine.market import PricedEndpoint
from planner.engine.names import OUTSIDE_ONLY, Side
from planner.engine.search.select import Costed
from planner.engine.specs import Model, Range, Strategy
from planner.engine.units import MONTHS
from planner.records import dataclass

CERTAIN = 1.0


@dataclass(frozen=True, slots=True)
class Failure:
    """What a strategy comes to where the models of some of its work fail."""

    chance: float
    """The work that passes no more often than this has failed."""
    kept: Floats
    """(12, 1) share of the strategy's cost that stays."""
    today: Floats
    """(12, 1) share of today's bill that is paid instead of the rest."""
    fleet: bool = False
    """Own GPUs are rented all the same, for the work that is left."""


@dataclass(frozen=True, slots=True)
class Particular:
    """Of one strategy."""

    spread: Range
    """Factor of its cost: tokens, length of answers and cache hits of work that moves; the sizing of its own fleet."""
    endpoint_fraction: float
    """Of its cost, paid to endpoints whose list prices may rise."""
    chance: float
    """That every model that the work moves to passes."""
    weights: str = ""
    """The untested model with the most of the work: strategies that rest on one model pass or fail together."""
    failures: tuple[Failure, ...] = ()
    """Least likely to pass first."""


@dataclass(frozen=True, slots=True)
class Rises:
    """Of the list price of a named model."""

    probability: float
    """In a year."""
    fraction: Range


@dataclass(frozen=True, slots=True)
class _Work:
    """One workload in one strategy."""

    chance: float
    planned: Floats
    """(12,) what it pays to endpoints."""
    total: float
    """The same over the year."""
    owned: float
    """Share of the fleet that it stands for; 0 outside."""
    fails_to: Floats | None
    """(12,) what it costs where it runs today; None: it may not stay there, or has not left."""
    model: str


def rises_of(contest: Contest) -> Rises:
    """As the plan or the catalogue assumes them."""
    context = contest.context
    each = (range_of(context.inputs, context.catalog, f"api_rise_{name}") for name in ("probability", "fraction"))
    return Rises(next(each).mid, next(each))


def particulars_of(contest: Contest, strategies: Sequence[Strategy], as_of: date) -> dict[Side, Particular]:
    """Of every strategy that is drawn, and of everything outside."""
    fleets: dict[Side, Costed | None] = {
        "dedicated": contest.dedicated, "self_host": contest.self_host, "hybrid": contest.hybrid,
    }  # fmt: skip
    today = tuple(outside.today.monthly for outside in contest.outsides)
    people, watching = (np.sum(list(each.values()), axis=0) for each in (contest.people, contest.watching))
    find = _Finder(contest, as_of, {}, today, people, watching)
    sides: tuple[Side, ...] = (*strategies, OUTSIDE_ONLY)
    return {side: find.particular(contest.pick_of(side), fleets.get(side)) for side in sides}


@dataclass(frozen=True, slots=True)
class _Moved:
    """A workload on one model."""

    chance: float
    """That it passes."""
    spread: Range
    """Factor of its cost."""
    months: Floats
    """(12,) what it costs there; nothing on own GPUs."""
    total: float


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds what is particular to one strategy after another of a plan."""

    contest: Contest
    as_of: date
    known: dict[tuple[int, str, bool], _Moved]
    """By workload, model and whether it runs there today: strategies share most."""
    today: tuple[Floats, ...]
    """(12,) of each workload where it runs today."""
    people: Floats
    """(12,) and running."""
    watching: Floats
    """(12,) the same of a host's endpoints."""

    def particular(self, pick: Pick, fleet: Costed | None) -> Particular:
        """Of what a strategy pays to the endpoints of `pick`, and for a fleet."""
        own = np.zeros(MONTHS) if fleet is None else self._fleet_months(fleet)
        work, spreads, paid = [], [], []
        for row, outside in enumerate(self.contest.outsides):
            leg = pick(outside)
            moved = self._nowhere() if leg is None else self._leg(row, leg)
            chance, planned, cost, owned = moved.chance, moved.months, moved.total, 0.0
            model = "" if leg is None else leg.api.hf_id or leg.api.id
            if fleet is not None and row in fleet.own.rows:
                position, model = fleet.own.rows.index(row), fleet.scope.model.id
                planned = planned * (1 - fleet.own.plan.served[position])
                chance, cost = self._chance(row, fleet.scope.model), float(planned.sum())
                owned = _part_of(fleet, position)
            stays = chance < CERTAIN and outside.today_barred is None
            work.append(_Work(chance, planned, cost, owned, self.today[row] if stays else None, model))
            spreads.append(moved.spread)
            paid.append(cost)
        total = float(own.sum())
        at_endpoints = sum(paid) / max(sum(paid) + total, TINY)
        factor = part_of(weighted(spreads, paid), at_endpoints)
        if fleet is not None:
            factor = joint([factor, part_of(self._fleet_spread(fleet), 1 - at_endpoints)])
        return Particular(
            spread=factor,
            endpoint_fraction=at_endpoints,
            chance=min((each.chance for each in work), default=CERTAIN),
            weights=_decisive(work, total),
            failures=_failures(work, own, self.today),
        )

    def _fleet_months(self, fleet: Costed) -> Floats:
        """(12,) all that is not paid to endpoints by the token."""
        people = self.watching if fleet is self.contest.dedicated else self.people
        return fleet.own.plan.rent + fleet.own.plan.fees + people

    def _nowhere(self) -> _Moved:
        return _Moved(CERTAIN, AS_PLANNED, np.zeros(MONTHS), 0.0)

    def _leg(self, row: int, leg: PricedEndpoint) -> _Moved:
        """A workload on an endpoint; on today's nothing is open."""
        outside, context = self.contest.outsides[row], self.contest.context
        key = (row, leg.api.id, leg is outside.today)
        if key not in self.known:
            chance, spread, months = CERTAIN, AS_PLANNED, leg.monthly
            if leg.api.id != outside.today.api.id:
                chance = chance_to_pass(context.inputs, context.catalog, outside.workload, leg.api).mid
                spread = leg_spread(context, outside.workload, leg)
            self.known[key] = _Moved(chance, spread, months, float(months.sum()))
        return self.known[key]

    def _chance(self, row: int, model: Model) -> float:
        """That the model of a fleet passes."""
        context, key = self.contest.context, (row, model.id, False)
        if key not in self.known:
            workload = self.contest.outsides[row].workload
            chance = chance_to_pass(context.inputs, context.catalog, workload, model).mid
            self.known[key] = replace(self._nowhere(), chance=chance)
        return self.known[key].chance

    def _fleet_spread(self, fleet: Costed) -> Range:
        """What one fleet beside another may come to; an offer older than the shared draws of rents adds its own."""
        context, chosen = self.contest.context, self.contest.hybrid
        stated = range_of(context.inputs, context.catalog, "own_fleet_fraction")
        found = Range(1 + stated.low, 1 + stated.mid, 1 + stated.high)
        if fleet is chosen:
            return found
        shared = 1.0 if chosen is None else rent_spread(context, chosen.own, self.as_of).high
        own = rent_spread(context, fleet.own, self.as_of).high
        beyond = max(own / shared, 1.0)
        part = min(float(fleet.own.plan.rent.sum()) / max(float(self._fleet_months(fleet).sum()), TINY), 1.0)
        moved = [found, part_of(Range(1 / beyond, 1.0, beyond), part)]
        if fleet is self.contest.dedicated:
            moved.append(part_of(watching_spread(self.contest), 1 - part))
        return joint(moved)


def _part_of(fleet: Costed, position: int) -> float:
    """Share of the work of a fleet that one of its workloads is."""
    work = fleet.own.fleet.erlangs
    return float(max(work[position], TINY) / np.maximum(work, TINY).sum())


def _decisive(work: Sequence[_Work], fleet_total: float) -> str:
    cost: dict[str, float] = {}
    for each in work:
        if each.chance < CERTAIN:
            cost[each.model] = cost.get(each.model, 0.0) + each.total + each.owned * fleet_total
    return max(cost, key=lambda model: cost[model], default="")


def _failures(work: Sequence[_Work], fleet: Floats, today: Sequence[Floats]) -> tuple[Failure, ...]:
    """What is left of the plan after each step of the chances upwards.

    One event for a strategy, so that the least likely work fails first: a model that disappoints at an easy job does at
    a hard one. A fleet is let go, before it is rented, once none of its work is left. `fleet`: (12,) what it costs.
    """
    chances = sorted({w.chance for w in work if w.fails_to is not None})
    if not chances:
        return ()
    planned = sum((w.planned for w in work), fleet)
    bill, paid, found = sum(today, np.zeros(MONTHS)), np.zeros(MONTHS), []
    left = [*work]
    for chance in chances:
        failed = [w for w in left if w.fails_to is not None and w.chance == chance]
        left = [w for w in left if w.fails_to is None or w.chance != chance]
        paid = sum((w.fails_to for w in failed if w.fails_to is not None), paid)
        rented = any(w.owned > 0 for w in left)
        kept = sum((w.planned for w in left), fleet * rented)
        found.append(Failure(chance, _over(kept, planned)[:, None], _over(paid, bill)[:, None], rented))
    return tuple(found)


def _over(part: Floats, whole: Floats) -> Floats:
    """(12,) share of a whole, nothing of nothing."""
    share: Floats = np.where(whole > 0, part / np.maximum(whole, TINY), 0.0)
    return np.maximum(share, 0.0)


@dataclass(frozen=True, slots=True)
class Chances:
    """Numbers in 0 to 1 that a strategy draws for itself; deviations are -1 to 1, 0 in the middle."""

    spread: Floats
    rise: Floats
    size: Floats
    when: Floats
    """Share of the year after which a price rises."""
    passes: Floats

    def factor(self, own: Particular, rises: Rises) -> Floats:
        """(D,) of all that a strategy costs; a vendor's rise, on whatever day it comes, is spread over the year."""
        found = np.broadcast_to(moved_by(self.spread, own.spread), self.spread.shape)
        risen = np.flatnonzero(self.rise < rises.probability) if own.endpoint_fraction > 0 else ()
        if len(risen):
            size = np.maximum(moved_by(self.size[risen], rises.fraction), 0.0)
            found = found.copy()
            found[risen] *= 1 + own.endpoint_fraction * size * (1 - self.when[risen])
        return found


def fail(months: Floats, own: Particular, chances: Chances, today: Floats) -> Flags:
    """Puts the work back on today's models where theirs fail: (12, D) drawn costs, in place. `today`: (12, D).

    Returns (D,) where no own GPU is rented.
    """
    none_rented = np.zeros(months.shape[1], bool)
    for failure, above in zip(own.failures, [*(f.chance for f in own.failures[1:]), np.inf], strict=False):
        failed = np.flatnonzero((chances.passes >= failure.chance) & (chances.passes < above))
        months[:, failed] = months[:, failed] * failure.kept + today[:, failed] * failure.today
        none_rented[failed] = not failure.fleet
    return none_rented


def moved_by(deviation: Floats, spread: Range) -> Floats:
    """The likely value where the deviation is 0, either end where it is -1 or 1: a long end makes nothing likelier."""
    if spread.high <= spread.low:
        return np.full(1, spread.mid)
    below, above = spread.mid - spread.low, spread.high - spread.mid
    if below == above:
        return spread.mid + above * deviation
    return spread.mid + np.minimum(deviation, 0.0) * below + np.maximum(deviation, 0.0) * above
