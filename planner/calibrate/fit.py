"""Levenberg-Marquardt on a robust loss with ridge: the constants that explain the rows and stray least from physics.

What the fit misses on measurements it has not seen: whole sources, cards and models left out in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from planner.calibrate.design import NOISE, SOURCE_DEVIATION, Design, by_label
from planner.engine.arrays import Flags, Floats
from planner.engine.measured.scenario import MODES
from planner.engine.replica.constants import architecture_index, engine_index
from planner.engine.specs.calibration import ARCHITECTURE_FAMILIES, ENGINE_GROUPS, KINDS, GroupError
from planner.records import dataclass

HUBER = 1.0
"""Residuals beyond this many deviations count linearly, not squared."""
LARGEST_STEP = 0.5
TRIES = 6
TOLERANCE = 5e-4


class _Problem:
    """The training rows of a design with one nuisance offset for each source and kind of metric."""

    def __init__(self, design: Design, train: Flags) -> None:
        self.design, self.train = design, train
        self.noise = np.array([NOISE[k] for k in design.kinds])[train]
        self.weight = design.weights()[train]
        keys = np.array([f"{s}|{k}" for s, k in zip(design.sources, design.kinds, strict=True)])[train]
        names, position = np.unique(keys, return_inverse=True)
        self.offsets = np.zeros((int(train.sum()), len(names)))
        self.offsets[np.arange(len(position)), position] = 1.0
        nuisance = np.full(len(names), SOURCE_DEVIATION**-2.0)
        self.precision = np.concatenate([design.precision, nuisance])

    def residuals(self, predicted: Floats, state: Floats) -> Floats:
        target = self.design.target[self.train]
        return target - predicted[self.train] - self.offsets @ state[self.design.unknowns :]

    def cost(self, state: Floats) -> float:
        predicted = self.design.predicted(state[: self.design.unknowns])
        size = np.abs(self.residuals(predicted, state)) / self.noise
        loss = np.where(size < HUBER, 0.5 * size**2, HUBER * size - 0.5 * HUBER**2)
        return float((self.weight * loss).sum() + 0.5 * (self.precision * state**2).sum())

    def normal_equations(self, state: Floats) -> tuple[Floats, Floats]:
        predicted, slopes = self.design.jacobian(state[: self.design.unknowns])
        residual = self.residuals(predicted, state)
        size = np.abs(residual) / self.noise
        weight = self.weight * np.where(size < HUBER, 1.0, HUBER / np.maximum(size, 1e-12)) / self.noise**2
        rows = np.hstack([slopes[self.train], self.offsets])
        weighted = rows * weight[:, None]
        return weighted.T @ rows + np.diag(self.precision), weighted.T @ residual - self.precision * state


def solve(design: Design, train: Flags | None = None, start: Floats | None = None, iterations: int = 60) -> Floats:
    """Free constants fitted to the rows `train` marks (all by default), from `start` (physics by default)."""
    problem = _Problem(design, np.ones(design.rows, dtype=np.bool_) if train is None else train)
    state = np.zeros(len(problem.precision))
    if start is not None:
        state[: design.unknowns] = start
    damping, cost = 1e-2, problem.cost(state)
    for _ in range(iterations):
        hessian, gradient = problem.normal_equations(state)
        for _ in range(TRIES):
            step = np.linalg.solve(hessian + damping * np.diag(np.diag(hessian)), gradient)
            candidate = state + np.clip(step, -LARGEST_STEP, LARGEST_STEP)
            reached = problem.cost(candidate)
            if reached < cost:
                break
            damping *= 6.0
        else:
            break
        gain, state, cost, damping = cost - reached, candidate, reached, max(damping / 5.0, 1e-4)
        if gain < TOLERANCE * cost:
            break
    return state[: design.unknowns]


FOLDS = 10
REFITS = 10
"""Iterations of a fold's fit, which starts from the full fit drawn back to physics by START_SHARE."""
START_SHARE = 0.9
LOW, HIGH = 0.1, 0.9
MIN_ROWS, FEW_SOURCES = 12, 15.0
WIDENING = 0.3
"""Extra width of an interval that rests on one source; half of it with two, and so on."""
FITTING_WIDTH = {"tpot": 0.85}
"""Width of a kind's intervals against its quantiles, where intervals made without a source, a card or a model held more
than 84 % of its rows; 1 elsewhere."""
LOOSE_MODES = ("rate", "burst", "bounded")
"""Loads whose numbers scatter more than the hardware does: they have intervals of their own."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Residuals ln(measured / predicted) of every row when its source, card or model was left out."""

    by: Mapping[str, Floats]

    @property
    def pooled(self) -> Floats:
        """All of them, shape (ways, rows)."""
        return np.stack(list(self.by.values()))


def leave_out(design: Design, theta: Floats) -> LeftOut:
    """Refits without whole sources, then cards, then models; small groups share a fold."""
    labels = {"source": design.sources, "gpu": design.gpus, "model": design.models}
    return LeftOut({name: _residuals(design, theta, label) for name, label in labels.items()})


def refits(design: Design, theta: Floats, labels: NDArray[np.str_]) -> Iterator[tuple[Flags, Floats]]:
    """Rows held out, a label never split, and the fit to the others, from `theta`, the fit to all."""
    fold = folds_of(labels)
    for held in (fold == number for number in range(FOLDS)):
        if held.any():
            yield held, solve(design, ~held, theta * START_SHARE, REFITS)


def _residuals(design: Design, theta: Floats, labels: NDArray[np.str_]) -> Floats:
    out = np.zeros(design.rows)
    for held, refit in refits(design, theta, labels):
        out[held] = (design.target - design.predicted(refit))[held]
    return out


def folds_of(labels: NDArray[np.str_]) -> NDArray[np.intp]:
    """A fold for every row so that a label is never split: the largest labels first, each to the emptiest fold."""
    names, position, count = np.unique(labels, return_inverse=True, return_counts=True)
    load, fold = np.zeros(FOLDS), np.zeros(len(names), dtype=np.intp)
    for i in np.argsort(-count, kind="stable"):
        fold[i] = int(np.argmin(load))
        load[fold[i]] += count[i]
    return fold[position]


def group_errors(design: Design, left_out: LeftOut) -> tuple[GroupError, ...]:
    """Conformal 80 % factors by kind and group from the left-out residuals."""
    errors: list[GroupError] = []
    for kind in KINDS:
        mine = design.kinds == kind
        if not mine.any():
            continue
        whole = _quantiles(design, left_out, mine)
        errors.append(_error(design, left_out, mine, kind, "all", whole))
        for group, rows in _groups(design).items():
            if (mine & rows).sum() >= MIN_ROWS:
                errors.append(_error(design, left_out, mine & rows, kind, group, whole))
    return tuple(errors)


def _groups(design: Design) -> dict[str, Flags]:
    c = design.arrays.columns
    architecture, engine = architecture_index(c), engine_index(c)
    groups: dict[str, Flags] = {}
    for i, a in enumerate(ARCHITECTURE_FAMILIES):
        groups[f"{a}/*"] = architecture == i
        groups |= {f"{a}/{e}": (architecture == i) & (engine == j) for j, e in enumerate(ENGINE_GROUPS)}
    groups |= {f"*/{e}": engine == j for j, e in enumerate(ENGINE_GROUPS)}
    groups |= {f"mode:{m}": design.arrays.mode == MODES.index(m) for m in LOOSE_MODES}
    return groups


def _quantiles(design: Design, left_out: LeftOut, rows: Flags) -> tuple[float, float]:
    """Of the residuals, a source counted with the square root of its rows: strangers are drawn by source."""
    residuals = left_out.pooled[:, rows]
    weight = np.tile(by_label(design.sources[rows]), residuals.shape[0])
    flat = residuals.ravel()
    order = np.argsort(flat, kind="stable")
    reached = np.cumsum(weight[order]) - 0.5 * weight[order]
    low, high = np.interp(np.array([LOW, HIGH]) * weight.sum(), reached, flat[order])
    return float(low), float(high)


def _error(
    design: Design, left_out: LeftOut, rows: Flags, kind: str, group: str, whole: tuple[float, float]
) -> GroupError:
    """Quantiles of the group drawn to those of its kind while few sources stand behind it, and wider then."""
    sources = len(np.unique(design.sources[rows]))
    share = sources / (sources + FEW_SOURCES) if group != "all" else 1.0
    own = _quantiles(design, left_out, rows)
    low, high = (share * mine + (1.0 - share) * all_ for mine, all_ in zip(own, whole, strict=True))
    width = FITTING_WIDTH.get(kind, 1.0) * (1.0 + (WIDENING / sources if group != "all" else 0.0))
    middle, half = 0.5 * (low + high), 0.5 * (high - low) * width
    return GroupError(
        metric=kind,
        group=group,
        rows=int(rows.sum()),
        median_error_fraction=float(np.median(np.abs(np.expm1(-left_out.pooled[:, rows])))),
        spread=(float(np.exp(min(middle - half, -0.02))), float(np.exp(max(middle + half, 0.02)))),
    )
