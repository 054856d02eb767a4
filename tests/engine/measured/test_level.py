"""Measurements of one's own: what they say of their set-up, of others beside it, and what they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from planner.catalog.load import shipped_catalog
from planner.catalog.measured import directory_of
from planner.engine.arrays import Floats
from planner.engine.measured.level import SIZE, Curve, Levels, from_others, levels, logs_of, prior
from planner.engine.measured.own import own_runs
from planner.engine.measured.row import Skip
from planner.engine.measured.runs import run_of, runs_of
from planner.engine.replica.constants import constants_of, from_logs
from planner.engine.replica.performance import Objectives
from planner.engine.replica.step import CONSTANTS
from planner.engine.specs import Deployment, Measurement, RequestShape, ServingSettings, Sizing
from planner.engine.specs.calibration import Calibration

CATALOG = shipped_catalog()
DIRECTORY = directory_of(CATALOG)
LLAMA, QWEN = "meta-llama/Llama-3.1-8B-Instruct", "Qwen/Qwen3-8B"
SHAPE = RequestShape(1000, 500)
ROW = Measurement(
    id="1", source="mine", date="2026-11-20", model=LLAMA, gpu="H100 SXM", gpu_mem_gb=80, gpus_total=1, tp=1, pp=1,
    engine="vLLM", engine_version="0.33.0", weights="fp8", isl=1000, osl=500, concurrency=64,
    metric="output_tok_s_total", value=3500.0,
)  # fmt: skip


def _calibration() -> Calibration:
    assert CATALOG.calibration is not None
    return CATALOG.calibration


def _deployment(model: str = LLAMA, gpu: str = "h100-sxm", weights: str = "fp8") -> Deployment:
    return Deployment(CATALOG.models[model], weights, "fp16", CATALOG.gpus[gpu], CATALOG.engines["vllm"], 1, 1)


def _size(rows: Sequence[Measurement], concurrency: float = 64, deployment: Deployment | None = None) -> Sizing:
    own = own_runs(rows, DIRECTORY)
    return own.size(CATALOG, deployment or _deployment(), ServingSettings(), SHAPE, concurrency, Objectives())


def _output(sizing: Sizing) -> float:
    assert sizing.performance is not None
    return sizing.performance.output_tok_s.mid


def _wide(sizing: Sizing, name: str = "output_tok_s") -> float:
    found = getattr(sizing.performance, name)
    return float(np.log(found.high / found.low))


def _curve(rows: Sequence[Measurement]) -> Curve:
    return Curve.fitted(runs_of([run_of(row, DIRECTORY) for row in rows]), _calibration())


def test_at_the_load_that_was_measured_the_answer_is_what_was_measured() -> None:
    found = _size([ROW])
    assert _output(found) == pytest.approx(3500, rel=0.03)
    assert _output(_size([])) > 1.05 * 3500, "the row must differ from the fit"
    assert found.measured is not None
    assert (found.measured.as_of, found.measured.rows, found.measured.other_rows) == ("2026-11-20", 1, 0)
    assert found.measured.factor.mid == pytest.approx(_output(found) / _output(_size([])))


@pytest.mark.parametrize("concurrency", [1, 8, 200])
def test_other_loads_follow_with_a_narrower_interval_that_widens_away_from_the_measured_one(concurrency: float) -> None:
    fitted, found, there = _size([], concurrency), _size([ROW], concurrency), _size([ROW])
    assert _output(found) < _output(fitted)
    assert _wide(there) < _wide(found) < _wide(fitted)


def test_output_and_tpot_tell_the_same_story() -> None:
    speed = _size([ROW]).performance
    assert speed is not None
    assert speed.concurrency / speed.tpot_ms.mid * 1e3 == pytest.approx(speed.output_tok_s.mid, rel=0.05)
    assert _wide(_size([ROW]), "tpot_ms") > _wide(_size([ROW])), "TPOT itself was not measured"


def _moved(rows: Sequence[Measurement], shift: Floats) -> list[Measurement]:
    """The rows as a set-up would give them whose constants lie this far from the fit."""
    curve = _curve(rows)
    every = np.arange(len(rows))
    logs = np.log(curve.runs.value) - curve.residual + curve.moved(every, np.tile(shift, (len(rows), 1)))
    return [replace(row, value=float(value)) for row, value in zip(rows, np.exp(logs), strict=True)]


def test_rows_of_a_set_up_that_differs_in_any_constants_bring_its_other_loads_nearer() -> None:
    """What is known of a set-up is what `prior` says: on average one row takes off a third, three rows most."""
    loads = [
        replace(ROW, isl=isl, osl=osl, concurrency=batch)
        for isl, osl in ((200, 800), (3000, 300))
        for batch in (1, 8, 64)
    ]
    rng = np.random.default_rng(0)
    every = np.arange(len(loads))
    before: list[float] = []
    errors: dict[tuple[int, ...], list[float]] = {(1,): [], (0, 3, 5): []}
    for shift in rng.multivariate_normal(np.zeros(SIZE), prior(), 40):
        curve = _curve(_moved(loads, shift))
        before.append(np.abs(curve.residual).mean())
        for given, mine in errors.items():
            rows = np.array(given)
            found = levels(curve, rows, np.zeros(len(rows), np.intp), Levels.unknown(1)).shift
            mine.append(np.abs(curve.residual - curve.moved(every, np.repeat(found, len(loads), axis=0))).mean())
    one, three = (np.mean(mine) for mine in errors.values())
    assert one < 0.67 * np.mean(before)
    assert three < 0.6 * one


def test_the_order_of_rows_says_nothing_and_more_rows_narrow() -> None:
    rows = [replace(ROW, concurrency=batch, value=value) for batch, value in ((1, 110.0), (16, 1350.0), (64, 3500.0))]
    assert _output(_size(rows)) == pytest.approx(_output(_size(rows[::-1])))
    assert _wide(_size(rows, 32)) < _wide(_size(rows[:1], 32))


def test_rows_that_contradict_one_another_are_believed_less() -> None:
    agreeing = [replace(ROW, value=value) for value in (3450.0, 3500.0, 3550.0)]
    apart = [replace(ROW, value=value) for value in (2300.0, 3500.0, 5300.0)]
    assert _wide(_size(apart)) > 1.5 * _wide(_size(agreeing))


def test_another_model_on_the_same_card_engine_and_precision_tells_a_part() -> None:
    other = _deployment(QWEN)
    fitted, found, own = (_output(_size(rows, 64, other)) for rows in ([], [ROW], [replace(ROW, model=QWEN)]))
    assert own < found < fitted
    both = _size([ROW, replace(ROW, model=QWEN, value=3200.0)], 64, other)
    assert both.measured is not None
    assert (both.measured.rows, both.measured.other_rows) == (1, 1)
    assert _output(both) == pytest.approx(3200, rel=0.03)
    assert _wide(_size([], 64, other)) > _wide(_size([ROW], 64, other)) > _wide(both)


def test_another_number_of_gpus_tells_a_part_too() -> None:
    found = _size([replace(ROW, gpus_total=2, tp=2, value=5000.0)])
    assert found.measured is not None
    assert (found.measured.rows, found.measured.other_rows) == (0, 1)


@pytest.mark.parametrize(
    ("change", "skip"),
    [
        ({"gpu": "L4", "gpu_mem_gb": 24, "value": 300.0}, Skip("other_gpu", "l4")),
        ({"engine": "SGLang"}, Skip("other_engine", "sglang")),
        ({"weights": "bf16"}, Skip("other_weights", "bf16")),
        ({"kv": "fp8"}, Skip("other_kv", "fp8")),
        ({"value": 3e6}, Skip("beyond_hardware")),
        ({"metric": "joules"}, Skip("metric", "joules")),
        ({"gpu": "Abacus"}, Skip("gpu", "Abacus")),
    ],
)
def test_rows_of_another_card_engine_or_precision_or_beyond_physics_set_nothing(
    change: dict[str, object], skip: Skip
) -> None:
    rows = [replace(ROW, **change)]  # type: ignore[arg-type]
    found = _size(rows)
    assert found == _size([])
    assert found.measured is None
    assert [caveat.figures for caveat in own_runs(rows, DIRECTORY).unmatched(_deployment())] == [(1, skip)]


def test_many_others_are_told_by_the_most_frequent() -> None:
    cards = ["L4", "L4", "RTX 4090", "A100 SXM 80GB", "L40S"]
    rows = [replace(ROW, gpu=card, gpu_mem_gb=None, weights="bf16", value=100.0) for card in cards]
    (caveat,) = own_runs(rows, DIRECTORY).unmatched(_deployment(weights="bf16"))
    assert caveat.figures == (5, Skip("other_gpu", "l4, rtx-4090, a100-80-sxm, ..."))


def test_the_operating_point_keeps_the_objectives_at_the_measured_level() -> None:
    slow = [replace(ROW, metric="tpot_ms", value=45.0)]
    own = own_runs(slow, DIRECTORY)
    given = CATALOG, _deployment(), ServingSettings(), SHAPE, None, Objectives(tpot_ms=30.0)
    found, fitted = own.size(*given).performance, own_runs([], DIRECTORY).size(*given).performance
    assert found is not None
    assert fitted is not None
    assert found.tpot_ms.mid <= 30.3
    assert found.concurrency < 0.7 * fitted.concurrency


def test_ttft_moves_prompts_and_leaves_decoding_nearly_alone() -> None:
    fitted, found = (
        _size([]).performance,
        _size([replace(ROW, metric="ttft_ms", concurrency=1, value=150.0)]).performance,
    )
    assert fitted is not None
    assert found is not None
    assert found.ttft_ms.mid > 1.5 * fitted.ttft_ms.mid
    assert found.single_stream_tok_s.mid > 0.8 * fitted.single_stream_tok_s.mid


def test_logarithms_are_those_that_the_constants_were_made_of() -> None:
    curve = _curve([ROW, replace(ROW, gpu="L4", gpu_mem_gb=24, value=300.0)])
    k = constants_of(_calibration(), curve.runs.columns)
    again = from_logs(logs_of(k))
    for name in CONSTANTS:
        assert getattr(again, name) == pytest.approx(getattr(k, name), rel=1e-6)


def test_others_that_were_not_measured_say_nothing() -> None:
    known = from_others(Levels.unknown(3))
    assert known.shift == pytest.approx(0.0)
    assert known.covariance[0] == pytest.approx(prior(), abs=1e-9)


def test_set_ups_solved_together_are_those_solved_alone() -> None:
    rows = [ROW, replace(ROW, concurrency=1, value=110.0), replace(ROW, model=QWEN, value=3000.0)]
    curve = _curve(rows)
    together = levels(curve, np.arange(3), np.array([0, 0, 1]), Levels.unknown(2))
    first = levels(curve, np.arange(2), np.zeros(2, np.intp), Levels.unknown(1))
    second = levels(curve, np.array([2]), np.zeros(1, np.intp), Levels.unknown(1))
    assert together.shift == pytest.approx(np.concatenate([first.shift, second.shift]), abs=1e-9)
    assert together.doubt == pytest.approx(np.concatenate([first.doubt, second.doubt]))
