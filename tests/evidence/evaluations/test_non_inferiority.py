"""The test itself: against published quantiles, by hand, and by simulation at the boundary."""

from __future__ import annotations

from dataclasses import replace
from math import inf, sqrt

import numpy as np
import pytest

from planner.engine.specs import PairedEvaluation
from planner.evidence.evaluations.non_inferiority import non_inferiority
from planner.evidence.evaluations.pairs import Pair, Paired, paired, scale_of, sides
from planner.evidence.evaluations.scores import Score, Scores
from planner.evidence.evaluations.student import mcnemar, quantile, upper_tail
from planner.toml.errors import InputError


@pytest.mark.parametrize(
    ("probability", "freedom", "t"),
    [
        (0.95, 1, 6.313752), (0.95, 2, 2.919986), (0.95, 5, 2.015048), (0.95, 10, 1.812461), (0.95, 30, 1.697261),
        (0.95, 59, 1.671093), (0.95, 120, 1.657651), (0.975, 4, 2.776445), (0.975, 59, 2.000995), (0.995, 20, 2.845340),
        (0.95, 1e6, 1.644855), (0.95, 1e9, 1.644854), (0.5, 7, 0.0),
    ],
)  # fmt: skip
def test_quantiles_are_those_of_the_tables(probability: float, freedom: float, t: float) -> None:
    """NIST/SEMATECH e-Handbook, 1.3.6.7.2, with more digits."""
    assert quantile(probability, freedom) == pytest.approx(t, abs=2e-6)


def test_without_a_degree_of_freedom_nothing_is_bounded() -> None:
    assert quantile(0.95, 0) == inf
    assert upper_tail(0.0, 3.5) == pytest.approx(0.5)


@pytest.mark.parametrize(("b", "c", "p"), [(6, 3, 0.5078125), (0, 0, 1.0), (5, 0, 0.0625), (10, 2, 0.03857421875)])
def test_mcnemar_is_exact(b: int, c: int, p: float) -> None:
    assert mcnemar(b, c) == mcnemar(c, b) == pytest.approx(p)


def test_mcnemar_of_many_is_the_normal_one() -> None:
    assert mcnemar(520, 490) == pytest.approx(mcnemar(510, 480), abs=0.01)
    assert mcnemar(3_000, 2_000) < 1e-30


def made(
    api: list[float], open: list[float], weights: list[float] | None = None, clusters: list[int] | None = None
) -> Paired:
    weights = weights or [1.0] * len(api)
    names = [str(c) for c in clusters] if clusters else [str(n) for n in range(len(api))]
    pairs = tuple(Pair(a, o, w, c, False) for a, o, w, c in zip(api, open, weights, names, strict=True))
    return Paired("score", "0-1", pairs, 0, 0, 0, 0, 1)


RANDOM = np.random.default_rng(15)
API = RANDOM.beta(8, 2, 80).round(3).tolist()
OPEN = np.clip(np.array(API) - 0.02 + RANDOM.normal(0, 0.15, 80), 0, 1).round(3).tolist()


@pytest.mark.parametrize("margin", [0.02, 0.05, 0.1, 0.2])
def test_bounds_are_those_of_the_linear_form_and_agree_with_fieller(margin: float) -> None:
    found = non_inferiority(made(API, OPEN), margin)
    z = np.array(OPEN) - (1 - margin) * np.array(API)
    half = quantile(0.95, 79) * z.std(ddof=1) / sqrt(80)
    assert (found.z.low, found.z.high) == pytest.approx((z.mean() - half, z.mean() + half))
    assert (found.z.low > 0) == (found.ratio.low > 1 - margin)
    assert (found.z.high < 0) == (found.ratio.high < 1 - margin)


def test_the_ends_of_the_ratio_are_where_the_bound_is_nought() -> None:
    found = non_inferiority(made(API, OPEN), 0.1)
    low = non_inferiority(made(API, OPEN), 1 - found.ratio.low)
    high = non_inferiority(made(API, OPEN), 1 - found.ratio.high) if found.ratio.high < 1 else None
    assert low.z.low == pytest.approx(0, abs=1e-9)
    assert high is None or high.z.high == pytest.approx(0, abs=1e-9)


def test_weights_count_by_their_effective_number() -> None:
    weights = [1 / (n + 1) for n in range(80)]
    found = non_inferiority(made(API, OPEN, weights), 0.1)
    w = np.array(weights)
    assert found.effective == pytest.approx(w.sum() ** 2 / (w**2).sum())
    assert found.open_mean == pytest.approx(np.average(OPEN, weights=w))
    even = non_inferiority(made(API, OPEN, weights), 0.1, weighted=False)
    assert even.effective == 80
    assert replace(even, effective=80.0) == non_inferiority(made(API, OPEN), 0.1)
    assert found.z.high - found.z.low > even.z.high - even.z.low


def test_prompts_of_one_conversation_are_no_more_than_one() -> None:
    """Each prompt four times over: as sure as once, where clusters are told."""
    once = non_inferiority(made(API, OPEN), 0.1)
    many = made(API * 4, OPEN * 4, clusters=list(range(80)) * 4)
    found = non_inferiority(many, 0.1)
    assert found.effective == pytest.approx(80)
    assert (found.z.low, found.z_se) == pytest.approx((once.z.low, once.z_se))
    assert non_inferiority(made(API * 4, OPEN * 4), 0.1).z_se < 0.51 * once.z_se


@pytest.mark.parametrize("prompts", [2, 10, 35, 36, 60])
def test_alike_answers_show_no_more_than_so_many_prompts_can(prompts: int) -> None:
    """The engine reads a plan's evaluation by the same rule: 36 prompts are the fewest for 10 %."""
    found = non_inferiority(made([1.0] * prompts, [1.0] * prompts), 0.1)
    kept = PairedEvaluation(None, "m", "a", prompts, 0.0, 0.0, 0.0, "s", "2026-11-28")
    assert found.verdict == ("within" if prompts >= 36 else "undecided")
    assert (kept.most_gap <= 0.1) == (found.verdict == "within")
    assert found.more_prompts == (None if prompts >= 36 else 36 - prompts)


def test_one_conversation_settles_nothing() -> None:
    found = non_inferiority(made(API, OPEN, clusters=[1] * 80), 0.1)
    assert (found.verdict, found.effective, found.more_prompts) == ("undecided", 1.0, None)
    assert (found.ratio.low, found.ratio.high, found.z_se) == (-inf, inf, inf)


def test_nothing_is_equal_for_being_unsure() -> None:
    found = non_inferiority(made([1.0, 1.0, 0.0, 1.0], [1.0, 0.0, 1.0, 1.0]), 0.1)
    assert (found.verdict, found.ratio.mid) == ("undecided", 1.0)
    worse = non_inferiority(made([1.0] * 50, [0.5, 0.6] * 25), 0.1)
    assert (worse.verdict, worse.absolute, worse.more_prompts) == ("not_within", "not_within", None)


def test_how_many_more_prompts() -> None:
    """Pass rates of 0.9 and 0.85 with nine unlike pairs of 60: variance 0.1397, so 540 for a power of 80 %."""
    api = [1.0] * 48 + [1.0] * 6 + [0.0] * 3 + [0.0] * 3
    open = [1.0] * 48 + [0.0] * 6 + [1.0] * 3 + [0.0] * 3
    assert non_inferiority(made(api, open), 0.1).more_prompts == 480


def test_where_the_api_model_scores_next_to_nothing_the_ratio_has_no_bound() -> None:
    found = non_inferiority(made([0.0] * 39 + [1.0], [0.0] * 39 + [1.0]), 0.1)
    assert (found.ratio.low, found.ratio.high) == (-inf, inf)


@pytest.mark.parametrize(("rate", "correlation"), [(0.9, 0.3), (0.8, 0.5), (0.6, 0.5)])
@pytest.mark.parametrize("prompts", [100, 200])
def test_false_positives_at_the_boundary_are_one_in_twenty(rate: float, correlation: float, prompts: int) -> None:
    """2,000 evaluations of a model that is exactly 10 % worse; the share that comes out "within" is 4 to 7 %."""
    random, open_rate = np.random.default_rng(2026), 0.9 * rate
    both = rate * open_rate + correlation * sqrt(rate * (1 - rate) * open_rate * (1 - open_rate))
    cells = [both, rate - both, open_rate - both, 1 - rate - open_rate + both]
    turns = 2_000
    drawn = random.choice(4, size=(turns, prompts), p=cells)
    within = 0
    for row in drawn:
        found = made((row <= 1).astype(float).tolist(), ((row == 0) | (row == 2)).astype(float).tolist())
        within += non_inferiority(found, 0.1).verdict == "within"
    assert 0.04 <= within / turns <= 0.07


def scores(values: dict[str, list[float | None]]) -> Scores:
    return Scores(tool="t", scores=tuple(
        Score(prompt=str(n), model=model, metric="score", value=value)
        for model, column in values.items() for n, value in enumerate(column)
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("column", "scale", "first"),
    [
        ([1.0, 0.0, 1.0], "pass/fail", 1.0),
        ([0.5, 0.0, 1.0], "0-1", 0.5),
        ([4.0, 2.0, 5.0], "1-5", 0.75),
        ([80.0, 35.0, 100.0], "0-100", 0.8),
    ],
)
def test_scales_are_told_from_the_scores(column: list[float | None], scale: str, first: float) -> None:
    found = paired(scores({"api": column, "open": column}).scores, "score", "api", "open", None)
    assert (found.scale, found.pairs[0].api) == (scale, first)


def test_a_scale_that_scores_do_not_show_is_given() -> None:
    kept = scores({"api": [7.0, 2.0], "open": [7.0, 9.0]}).scores
    assert paired(kept, "score", "api", "open", "0-10").pairs[1].open == 0.9
    with pytest.raises(InputError, match="--scale 0-10"):
        paired(kept, "score", "api", "open", None)
    with pytest.raises(InputError, match="beyond 0-5"):
        paired(kept, "score", "api", "open", "0-5")
    with pytest.raises(InputError, match="such as 0-10"):
        scale_of("ten")


def test_prompts_of_one_side_are_counted_and_repeats_averaged() -> None:
    kept = scores({"api": [1.0, 0.5, 1.0], "open": [1.0, 1.0]}).scores
    again = Score(prompt="0", model="open", metric="score", value=0.0)
    found = paired((*kept, again), "score", "api", "open", None)
    assert (found.only_api, found.only_open, found.runs, len(found.pairs)) == (1, 0, 2, 2)
    assert found.pairs[0].open == 0.5


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (
            ("openai-api/mock/open-mid", "openai-api/mock/api-large"),
            ("openai-api/mock/api-large", "openai-api/mock/open-mid"),
        ),
        (("qwen", "sonnet"), ("sonnet", "qwen")),
        (("open", "other"), ("other", "open")),
        (("x", "y"), ("x", "y")),
    ],
)
def test_sides_are_told_by_label_or_by_what_is_known_of_a_name(
    labels: tuple[str, str], expected: tuple[str, str]
) -> None:
    kept = scores({label: [1.0] for label in labels})
    api, open, guessed = sides(kept, None, None, lambda name: name == "sonnet", lambda name: name == "qwen")
    assert (api, open) == expected
    assert bool(guessed) == (labels == ("x", "y"))


def test_sides_that_are_named_win() -> None:
    kept = scores({"api": [1.0], "open": [1.0], "third": [1.0]})

    def unknown(_: str) -> bool:
        return False

    assert sides(kept, "third", "api", unknown, unknown)[:2] == ("third", "api")
    assert sides(scores({"x": [1.0], "y": [0.0]}), "y", None, unknown, unknown)[:2] == ("y", "x")
    with pytest.raises(InputError, match="name them with --api and --open"):
        sides(kept, None, None, unknown, unknown)
    with pytest.raises(InputError, match="the files name no such model"):
        sides(kept, "fourth", "api", unknown, unknown)
