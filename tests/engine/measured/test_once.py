"""Some rows of each set-up given, the rest predicted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.catalog.load import shipped_catalog
from planner.catalog.measured import directory_of
from planner.engine.measured.level import Curve
from planner.engine.measured.once import MOST_ROWS, foretold, once_scores, set_up_of, sweeps, weighted_quantile
from planner.engine.measured.runs import MeasuredRun, run_of, runs_of
from tests.engine.measured.test_level import QWEN, ROW

CATALOG = shipped_catalog()
DIRECTORY = directory_of(CATALOG)


def _runs(count: int = 5, **change: object) -> list[MeasuredRun]:
    rows = [replace(ROW, id=str(i), concurrency=2.0**i, **change) for i in range(count)]  # type: ignore[arg-type]
    return [run_of(row, DIRECTORY) for row in rows]


def _scaled(runs: list[MeasuredRun], factor: float) -> Curve:
    """Rows that lie one factor off the fit."""
    assert CATALOG.calibration is not None
    curve = Curve.fitted(runs_of(runs), CATALOG.calibration)
    return Curve(curve.runs, curve.logs, np.full(len(runs), np.log(factor)), curve.variance)


def test_a_set_up_is_its_source_and_all_it_runs_on_and_with() -> None:
    run = _runs(1)[0]
    for name, value in {
        "source": "theirs", "model": QWEN, "gpus_total": 2, "engine_version": "0.9", "weights": "bf16", "kv": "fp8",
    }.items():  # fmt: skip
        assert set_up_of(run_of(replace(run.row, **{name: value}), DIRECTORY)) != set_up_of(run)  # type: ignore[arg-type]
    assert set_up_of(run_of(replace(run.row, concurrency=3, isl=50, osl=9, value=9.0), DIRECTORY)) == set_up_of(run)


def test_only_set_ups_with_enough_rows_of_one_metric_count() -> None:
    runs = [*_runs(4), *_runs(2, metric="tpot_ms", value=20.0), *_runs(2, model=QWEN)]
    assert [members.tolist() for members in sweeps(runs, range(len(runs)), 1)] == [[0, 1, 2, 3]]
    assert sweeps(runs, range(len(runs)), 3) == []
    assert [members.tolist() for members in sweeps(runs, [0, 2, 3], 1)] == [[0, 2, 3]]


def test_a_long_sweep_is_thinned_evenly() -> None:
    (members,) = sweeps(_runs(1) * 150, range(150), 1)
    assert len(members) == MOST_ROWS
    assert members[0] == 0
    assert set(np.diff(members).tolist()) == {2, 3}


@pytest.mark.parametrize(("given", "pairs"), [(1, 20), (3, 10)])
def test_every_row_is_given_in_turn_and_the_others_are_predicted(given: int, pairs: int) -> None:
    runs = _runs(5)
    curve = _scaled(runs, 0.8)
    found = foretold(curve, sweeps(runs, range(5), given), given)
    assert sorted(found.row.tolist()) == sorted(list(range(5)) * (pairs // 5))
    score = once_scores(curve, runs, found)["throughput"]
    assert (score.setups, score.rows, score.predictions) == (1, 5, pairs)
    assert score.unmeasured_mdape == pytest.approx(0.25)
    assert score.mdape < 0.04, "one factor for all loads is what a level is"
    assert score.coverage_80 == 1.0


def test_nothing_to_give_is_no_score() -> None:
    runs = _runs(2)
    curve = _scaled(runs, 0.8)
    assert once_scores(curve, runs, foretold(curve, sweeps(runs, range(2), 1), 1)) == {}


def test_set_ups_count_once_in_the_second_median() -> None:
    values = np.array([1.0, 1.0, 1.0, 1.0, 5.0, 6.0])
    assert weighted_quantile(values, np.array([0.25, 0.25, 0.25, 0.25, 1.0, 1.0]), 0.5) == 5.0
    assert weighted_quantile(values, np.ones(6), 0.5) == 1.0
