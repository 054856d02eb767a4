"""The fit on the shipped selection: it learns, repeats itself, and never sees what it is judged on."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from planner.calibrate.__main__ import document, read_cases, rows_behind, terms_of
from planner.calibrate.design import Design
from planner.calibrate.fit import FOLDS, LeftOut, folds_of, group_errors, solve
from planner.catalog.facts import parse_calibration
from planner.catalog.from_toml import read_calibration
from planner.engine.measured.predict import RUN_CONSTANTS, predict_cases
from planner.engine.replica.step import CONSTANTS
from planner.engine.specs.calibration import KINDS

SHIPPED = Path(str(files("planner.catalog") / "data" / "measurements.csv"))


@pytest.fixture(scope="module")
def design() -> Design:
    cases, skipped = read_cases(SHIPPED)
    assert skipped.total() == 0
    return Design(cases[::3])


@pytest.fixture(scope="module")
def theta(design: Design) -> np.ndarray:
    return solve(design, iterations=8)


def test_fitting_brings_the_rows_nearer(design: Design, theta: np.ndarray) -> None:
    before = np.median(np.abs(design.predicted(np.zeros(design.unknowns)) - design.target))
    after = np.median(np.abs(design.predicted(theta) - design.target))
    assert after < 0.8 * before


def test_the_same_rows_give_the_same_file(design: Design, theta: np.ndarray) -> None:
    left_out = LeftOut({"source": design.target - design.predicted(theta)})
    errors = group_errors(design, left_out)
    texts = {document(design, t, errors, left_out, "2026-11-23", 0) for t in (theta, solve(design, iterations=8))}
    assert len(texts) == 1


def test_the_written_file_predicts_what_the_fit_did(design: Design, theta: np.ndarray) -> None:
    import tomllib

    left_out = LeftOut({"source": design.target - design.predicted(theta)})
    text = document(design, theta, group_errors(design, left_out), left_out, "2026-11-23", 0)
    calibration = parse_calibration(tomllib.loads(text))
    assert np.log(predict_cases(design.arrays, calibration)) == pytest.approx(design.predicted(theta), abs=0.02)
    assert calibration.rows == design.rows


def test_the_derivatives_are_those_of_the_prediction(design: Design, theta: np.ndarray) -> None:
    base, slopes = design.jacobian(theta)
    assert base == pytest.approx(design.predicted(theta))
    for j in (0, len(design.terms) // 2, design.unknowns - 1):
        moved = theta.copy()
        moved[j] += 1e-3
        assert (design.predicted(moved) - base) / 1e-3 == pytest.approx(slopes[:, j], abs=5e-3)


def test_a_term_without_rows_stays_with_physics(design: Design, theta: np.ndarray) -> None:
    silent = [i for i, t in enumerate(design.terms) if not design.matrix[:, i].any()]
    assert all(theta[i] == pytest.approx(0.0, abs=1e-9) for i in silent)
    assert all(rows > 0 for key, rows in rows_behind(design).items() if not key.startswith("slope:"))


def test_folds_keep_labels_together() -> None:
    labels = np.array([f"source {i % 17}" for i in range(300)])
    fold = folds_of(labels)
    assert set(fold.tolist()) <= set(range(FOLDS))
    assert all(len(set(fold[labels == name].tolist())) == 1 for name in set(labels.tolist()))


def test_intervals_enclose_the_middle_of_what_was_missed(design: Design) -> None:
    rng = np.random.default_rng(1)
    ways = {name: rng.normal(0.0, 0.2, design.rows) for name in ("source", "gpu", "model", "a", "b", "c")}
    errors = group_errors(design, LeftOut(ways))
    whole = next(e for e in errors if e.metric == "throughput" and e.group == "all")
    assert np.log(whole.spread[1]) == pytest.approx(0.2 * 1.2816, rel=0.2)
    for e in errors:
        assert e.spread[0] < 1 < e.spread[1]


def test_the_shipped_file_says_what_it_rests_on() -> None:
    calibration = parse_calibration(read_calibration())
    assert calibration.rows > 4000
    assert set(calibration.terms) == {*CONSTANTS, *RUN_CONSTANTS}
    keys = {key for terms in calibration.terms.values() for key in terms}
    assert keys <= set(calibration.rows_behind)
    assert sum(len(t) for t in calibration.terms.values()) <= calibration.constants
    assert {e.metric for e in calibration.errors} == set(KINDS)
    pairs = [key for key in keys if key.startswith("pair:")]
    assert pairs
    assert all(key.count("/") == 1 for key in pairs)


def test_terms_name_every_constant_once(design: Design, theta: np.ndarray) -> None:
    terms = terms_of(design, theta)
    assert list(terms) == [*CONSTANTS, *RUN_CONSTANTS]
    assert all("all" in t for t in terms.values())
