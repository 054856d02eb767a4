"""What the hardware cannot beat: the prediction with every efficiency at 1 and no overhead."""

from __future__ import annotations

import numpy as np

from planner.engine.columns import Floats
from planner.engine.measured.cases import Cases
from planner.engine.measured.predict import RunConstants, predict
from planner.engine.throughput.physics import Constants

FREE = 1e-12
"""Seconds of an overhead that does not count; not zero, for the divisions."""
SHARP = 16.0
"""Exponent of a roofline that is very nearly the larger of its two sides."""
_IDEAL_RUN = RunConstants(
    burst_stretch=1.0, bounded_fraction=1.0, interactive_fraction=1.0, tuned_gain=1.0, cache_fill=0.0,
    first_token_queue=0.0, lockstep_prompts=0.0, lockstep_queue=0.0, offline_sequences=1.0,
    unserved=0.0,
)  # fmt: skip


def best_possible(c: Cases) -> Floats:
    """The value of every case on ideal software, in the unit of its metric."""
    one = np.ones_like(c.value)
    ideal = Constants(
        weight_bandwidth_efficiency=one,
        kv_bandwidth_efficiency=one,
        decode_compute_efficiency=one,
        prefill_compute_efficiency=one,
        attention_compute_efficiency=one,
        step_overhead_s=FREE * one,
        layer_overhead_s=FREE * one,
        expert_layer_overhead_s=FREE * one,
        sequence_overhead_s=FREE * one,
        prefill_overhead_s=FREE * one,
        link_efficiency=one / FREE,
        link_latency_s=FREE * one,
        roofline_sharpness=SHARP * one,
        prefill_overlap=SHARP * one,
        request_overhead_s=FREE * one,
    )
    return predict(c, ideal, _IDEAL_RUN)
