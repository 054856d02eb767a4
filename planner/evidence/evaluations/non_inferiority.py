"""Is the open model within the margin? A paired, one-sided test with three answers (MODEL 2).

z = open - (1 - margin) x api of each prompt. Its one-sided 95 % t bound above 0: within; the other one below 0: not;
else undecided. The same variances give the ratio of the means its Fieller interval (Fieller 1954), whose lower end is
1 - margin exactly where that bound is 0. Weights count by their effective number (Kish 1965), clusters by the sums of
their deviations (CR1). Simulated at the boundary the false positives are 5 to 6.6 % for 50 to 500 pass/fail prompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf, isfinite, log, sqrt
from statistics import NormalDist
from typing import Final, Literal

import numpy as np

from planner.engine.arrays import Floats
from planner.engine.specs.inputs import UNSEEN, Range
from planner.evidence.evaluations.pairs import Pair, Paired
from planner.evidence.evaluations.student import mcnemar, quantile
from planner.records import dataclass
from planner.toml.errors import InputError

Verdict = Literal["within", "not_within", "undecided"]
CONFIDENCE: Final = 0.95
POWER: Final = 0.80
"""Chance that so many prompts settle it, if the difference is what it looks like now."""
MOST_PROMPTS: Final = 100_000
"""More than anybody will score: the answer is then that it cannot be settled."""
LEAST_PAIRS: Final = 2
ALIKE: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """The answer, and what it rests on."""

    verdict: Verdict
    margin: float
    prompts: int
    effective: float
    """Independent prompts that weights and clusters leave."""
    api_mean: float
    open_mean: float
    z: Range
    """Mean of open - (1 - margin) x api, with its one-sided 95 % bounds; infinite where the data do not bound it."""
    z_se: float
    ratio: Range
    """Of the means, open over API: two-sided 90 %, so that each end is a one-sided 95 % bound."""
    difference: Range
    """Of the means, open - API: two-sided 95 %."""
    absolute: Verdict
    """The other reading: open mean >= API mean - margin, on a scale from 0 to 1."""
    more_prompts: int | None
    """That would settle it; None where it is settled, or where no number in reach would."""
    wins: int
    ties: int
    losses: int
    only_api_passed: int | None
    only_open_passed: int | None
    """Pass and fail only, as the p of McNemar's exact test."""
    mcnemar_p: float | None


@dataclass(frozen=True, slots=True)
class _Moments:
    """Means of (api, open) and the covariance of these means."""

    api: float
    open: float
    cov: Floats
    effective: float

    def variance(self, of_api: float, of_open: float) -> float:
        """Of of_api x mean api + of_open x mean open."""
        weights = np.array([of_api, of_open])
        return max(float(weights @ self.cov @ weights), 0.0) if np.isfinite(self.cov).all() else inf


def non_inferiority(found: Paired, margin: float, *, weighted: bool = True) -> Tested:
    """The answer for all pairs. Raises `InputError` where there is nothing to test."""
    pairs = found.pairs
    if len(pairs) < LEAST_PAIRS:
        raise InputError(f"found {len(pairs)} prompts that both models were scored on, expected some dozens")
    moments = _moments(pairs, weighted)
    if moments.api <= 0:
        raise InputError("today's model scores nothing on these prompts: no share of it can be asked for")
    kept = 1.0 - margin
    t = quantile(CONFIDENCE, moments.effective - 1.0)
    z, se = moments.open - kept * moments.api, sqrt(moments.variance(-kept, 1.0))
    bounds = _around(z, t * se)
    gap, gap_se = moments.open - moments.api, sqrt(moments.variance(-1.0, 1.0))
    verdict = _guarded(_verdict(bounds), moments.effective, margin)
    unlike = _unlike(pairs) if found.is_binary else None
    above = np.sign([pair.open - pair.api for pair in pairs])
    return Tested(
        verdict=verdict,
        margin=margin,
        prompts=len(pairs),
        effective=moments.effective,
        api_mean=moments.api,
        open_mean=moments.open,
        z=bounds,
        z_se=se,
        ratio=_fieller(moments, t),
        difference=_around(gap, quantile(0.5 + CONFIDENCE / 2, moments.effective - 1.0) * gap_se),
        absolute=_guarded(_verdict(_around(gap + margin, t * gap_se)), moments.effective, margin),
        more_prompts=_more(z, se, len(pairs), moments.effective, margin) if verdict == "undecided" else None,
        wins=int((above > 0).sum()),
        ties=int((above == 0).sum()),
        losses=int((above < 0).sum()),
        only_api_passed=unlike and unlike[0],
        only_open_passed=unlike and unlike[1],
        mcnemar_p=mcnemar(*unlike) if unlike else None,
    )


def _around(mid: float, half: float) -> Range:
    return Range(mid - half, mid, mid + half)


def _verdict(bounds: Range) -> Verdict:
    return "within" if bounds.low > 0 else "not_within" if bounds.high < 0 else "undecided"


def _guarded(verdict: Verdict, effective: float, margin: float) -> Verdict:
    """No surer than so many prompts allow: where all came out alike, `UNSEEN ** (1 / n)` of the next ones need not.

    The rule by which the engine reads an evaluation of a plan, so that a verdict and what a plan makes of it agree.
    """
    unseen = UNSEEN ** (1.0 / effective)
    if verdict == "within" and 1.0 - unseen > margin:
        return "undecided"
    return "undecided" if verdict == "not_within" and unseen <= margin else verdict


def _moments(pairs: Sequence[Pair], weighted: bool) -> _Moments:
    """Weighted means over prompts; their covariance from the deviations of prompts, or of clusters where there are."""
    values = np.array([(pair.api, pair.open) for pair in pairs])
    weights = np.array([pair.weight if weighted else 1.0 for pair in pairs])
    total = float(weights.sum())
    if not total > 0:
        raise InputError("all weights are 0")
    means = weights @ values / total
    apart, weights = values - means, weights / total
    places: dict[str, int] = {}
    group = [places.setdefault(pair.cluster, len(places)) for pair in pairs]
    if (groups := len(places)) == len(pairs):
        effective = _kish(weights)
        spread = (apart * weights[:, None]).T @ apart / (effective - 1.0) if effective > 1 else np.full((2, 2), np.inf)
        return _Moments(float(means[0]), float(means[1]), spread, effective)
    sums, heavy = np.zeros((groups, 2)), np.zeros(groups)
    np.add.at(sums, group, apart * weights[:, None])
    np.add.at(heavy, group, weights)
    effective = _kish(heavy)
    spread = sums.T @ sums * groups / (groups - 1.0) if groups > 1 else np.full((2, 2), np.inf)
    return _Moments(float(means[0]), float(means[1]), spread, effective)


def _kish(weights: Floats) -> float:
    """(sum w)^2 / sum w^2: of weights that are all alike exactly their number."""
    return float(weights.sum() ** 2 / (weights**2).sum()) if np.ptp(weights) > ALIKE else float(len(weights))


def _fieller(moments: _Moments, t: float) -> Range:
    """All R with (open - R api)^2 <= t^2 var(open - R api): between the roots of a quadratic where the API mean is sure
    not to be 0, else without bound."""
    a, o, square = moments.api, moments.open, t * t
    with np.errstate(invalid="ignore"):
        pairs = np.array([a * a, a * o, o * o]) - square * moments.cov[[0, 0, 1], [0, 1, 1]]
        first, half, last = map(float, pairs)
        root = half * half - first * last
    if not (isfinite(root) and first > 0):
        return Range(-inf, o / a, inf)
    spread = sqrt(max(root, 0.0))
    return Range((half - spread) / first, o / a, (half + spread) / first)


def _unlike(pairs: Sequence[Pair]) -> tuple[int, int]:
    """Prompts that only the API model passed, and only the open one."""
    return sum(pair.api > pair.open for pair in pairs), sum(pair.open > pair.api for pair in pairs)


def _more(z: float, se: float, prompts: int, effective: float, margin: float) -> int | None:
    """Prompts beyond these that settle it with a chance of `POWER`, if mean and spread stay: n = ((t + z) s / mean)^2,
    and at least as many as the margin takes where all come out alike."""
    if z == 0 or not isfinite(se):
        return None
    deviations = NormalDist().inv_cdf(CONFIDENCE) + NormalDist().inv_cdf(POWER)
    needed = max(effective * (deviations * se / z) ** 2, log(UNSEEN) / log(1.0 - margin))
    total = ceil(needed * prompts / effective)
    return None if total > MOST_PROMPTS else max(total - prompts, 1)
