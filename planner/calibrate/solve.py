"""Levenberg-Marquardt on a robust loss with ridge: the constants that explain the rows and stray least from physics."""

from __future__ import annotations

import numpy as np

from planner.calibrate import priors
from planner.calibrate.design import Design, Flags
from planner.engine.columns import Floats

HUBER = 1.0
"""Residuals beyond this many deviations count linearly, not squared."""
LARGEST_STEP = 0.5
TRIES = 6


class _Problem:
    """The training rows of a design with one nuisance offset for each source and kind of metric."""

    def __init__(self, design: Design, train: Flags) -> None:
        self.design, self.train = design, train
        self.noise = np.array([priors.NOISE[k] for k in design.kinds])[train]
        self.weight = design.weights()[train]
        keys = np.array([f"{s}|{k}" for s, k in zip(design.sources, design.kinds, strict=True)])[train]
        names, position = np.unique(keys, return_inverse=True)
        self.offsets = np.zeros((int(train.sum()), len(names)))
        self.offsets[np.arange(len(position)), position] = 1.0
        nuisance = np.full(len(names), priors.SOURCE_DEVIATION**-2.0)
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


def solve(
    design: Design, train: Flags | None = None, start: Floats | None = None, iterations: int = 60,
    tolerance: float = 5e-4,
) -> Floats:  # fmt: skip
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
        if gain < tolerance * cost:
            break
    return state[: design.unknowns]
