"""A measurement of one's own overrides the prediction for that model, GPU and engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.ledger.risk import API_PRICE_SCENARIOS, GPU_RENT_SCENARIOS
from planner.engine.replica.constants import CEILING_MARGIN
from planner.engine.replica.performance import predict
from planner.engine.specs import Benchmark, Choice, Evaluation, Inputs, RequestShape
from planner.evaluate import evaluate
from planner.quantities import significant
from planner.words.warnings import notice_lines
from tests.engine import plans

PINNED = {
    "model": "Qwen/Qwen3-8B",
    "weights": "fp8",
    "kv": "fp16",
    "gpu": "l40s",
    "tensor_parallel": 1,
    "prefer_gpus": (),
}
INPUTS = plans.plan(plans.workload(latency="background"), choice=PINNED)


def run(inputs: Inputs) -> Evaluation:
    return evaluate(inputs, shipped_catalog(), plans.AS_OF, draws=0)


def chosen(inputs: Inputs) -> Choice:
    choice = run(inputs).choice
    assert choice is not None
    return choice


def measured(factor: float, **changed: str) -> Benchmark:
    """What the prediction says, times `factor`, as if measured with 32 sequences of 900 + 60 tokens."""
    calibration = shipped_catalog().calibration
    assert calibration is not None
    speed = predict(chosen(INPUTS).deployment, RequestShape(900, 60), 32.0, calibration)
    plain = Benchmark(
        "Qwen/Qwen3-8B", "l40s", "vllm", speed.output_tok_s.mid * factor, 32.0, 900.0, 60.0, "test", "2026-11-01"
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("factor", [0.4, 1.0, 2.5])
def test_throughput_is_what_was_measured(factor: float) -> None:
    before, after = chosen(INPUTS), chosen(plans.changed(INPUTS, benchmark=(measured(factor),)))
    assert after.performance.output_tok_s.mid == pytest.approx(before.performance.output_tok_s.mid * factor, rel=0.02)
    assert after.utilisation == pytest.approx(before.utilisation / factor, rel=0.05)


@pytest.mark.parametrize("factor", [8.0, 1e3, 1e9])
def test_what_beats_the_hardware_is_said_and_not_used(factor: float) -> None:
    before, found = run(INPUTS), run(plans.changed(INPUTS, benchmark=(measured(factor),)))
    assert before.choice is not None
    assert found.choice is not None
    assert found.choice.performance == before.choice.performance
    told = next(n.impossible for n in found.notices if n.impossible is not None)
    assert (told.benchmark, told.gpus) == (measured(factor), 1)
    assert told.most_tok_s < measured(factor).output_tok_s / CEILING_MARGIN
    line = next(line for line in notice_lines(found) if "Your measurement of Qwen3 8B on L40S is not used" in line)
    assert line.endswith(f"of one such card allow, {significant(told.most_tok_s)}.")


def test_its_limit_is_what_reads_weights_and_cache_once_a_step() -> None:
    """One sequence: 8.2B FP8 parameters, embedding at 16 bit, at 864 GB/s are some 95 to 106 tokens/s."""
    alone = replace(measured(1.0), concurrency=1.0, input_tokens=1.0, output_tokens=10.0)
    for speed, believed in ((105.0, True), (180.0, False)):
        found = run(plans.changed(INPUTS, benchmark=(replace(alone, output_tok_s=speed),)))
        assert (not any(n.impossible for n in found.notices)) == believed


def test_several_loads_count_with_their_geometric_mean() -> None:
    twice = (measured(0.5), measured(2.0))
    before, after = chosen(INPUTS), chosen(plans.changed(INPUTS, benchmark=twice))
    assert after.performance.output_tok_s.mid == pytest.approx(before.performance.output_tok_s.mid, rel=0.02)


def test_a_benchmark_that_says_how_many_gpus_it_ran_on_is_compared_with_those() -> None:
    """What two cards are predicted to do and did leaves the prediction for one card as it is."""
    calibration, free = (
        shipped_catalog().calibration,
        replace(INPUTS, choice=replace(INPUTS.choice, tensor_parallel=None)),
    )
    assert calibration is not None
    before = chosen(free)
    pair = replace(before.deployment, tensor_parallel=2)
    speed = predict(pair, RequestShape(900, 60), 32.0, calibration).output_tok_s.mid
    for cards, factor in ((2, 1.0), (None, speed / measured(1.0).output_tok_s)):
        told = replace(measured(1.0), output_tok_s=speed, tensor_parallel=cards)
        after = chosen(plans.changed(free, benchmark=(told,))).performance.output_tok_s.mid
        assert after == pytest.approx(before.performance.output_tok_s.mid * factor, rel=0.02)


def test_a_measurement_narrows_the_interval() -> None:
    before, after = (
        c.performance.spread for c in (chosen(INPUTS), chosen(plans.changed(INPUTS, benchmark=(measured(1.3),))))
    )
    assert after.high / after.low < before.high / before.low


@pytest.mark.parametrize("changed", [{"gpu": "h100-sxm"}, {"model": "Qwen/Qwen3-32B"}, {"engine": "sglang"}])
def test_other_hardware_models_and_engines_keep_their_prediction(changed: dict[str, str]) -> None:
    before, after = chosen(INPUTS), chosen(plans.changed(INPUTS, benchmark=(measured(0.3, **changed),)))
    assert after.performance.output_tok_s.mid == pytest.approx(before.performance.output_tok_s.mid)


def test_objectives_hold_for_the_measured_speed() -> None:
    strict = plans.changed(INPUTS, workload=(plans.workload(),), objectives={"tpot_ms": 45.0})
    slow = plans.changed(strict, benchmark=(measured(0.5),))
    assert chosen(slow).tpot_ms <= 45.0 * 1.01
    assert chosen(slow).performance.concurrency < chosen(strict).performance.concurrency


def test_price_scenarios_cover_both_markets() -> None:
    found = plans.evaluated("bulk-classifier")
    assert len(found.scenarios) == len(API_PRICE_SCENARIOS) * len(GPU_RENT_SCENARIOS)
    by_change = {(s.api_change_per_year, s.gpu_change_per_year): s for s in found.scenarios}
    assert by_change[-0.8, 0.0].totals["api_today"] < by_change[-0.5, 0.0].totals["api_today"]
    assert by_change[0.0, 0.4].totals["hybrid"] > by_change[0.0, -0.3].totals["hybrid"]
    assert by_change[0.0, 0.0].cheapest in ("hybrid", "self_host")
    assert by_change[0.0, 0.0].totals["api_today"] == pytest.approx(float(found.ledgers["api_today"].total), rel=0.01)
