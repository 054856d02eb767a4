"""`size --format json`: one replica; `vram_gib` is per GPU, all rates are of the replica."""

from __future__ import annotations

from dataclasses import asdict

from planner.engine.specs import Deployment, Evidence, Sizing, StepTerms
from planner.report.contract.values import Json, interval, number, throughput, vram


def sizing_json(sizing: Sizing) -> Json:
    """Answer of `size`: whether one replica fits, how fast it is, and the nearest public measurements."""
    memory, performance = sizing.memory, sizing.performance
    return {
        "fits": bool(memory.fits),
        "excluded_because": memory.excluded_because,
        "short_by_gib": number(memory.short_by_gib),
        "remedies": list(memory.remedies),
        "deployment": _deployment(sizing.deployment),
        "vram_gib": vram(memory.vram_gib),
        "kv_tokens": memory.kv_tokens,
        "max_concurrency": number(memory.max_concurrency),
        "concurrency": None if performance is None else number(performance.concurrency),
        "throughput": None if performance is None else throughput(performance.output_tok_s, performance.total_tok_s),
        "ttft_ms": None if performance is None else interval(performance.ttft_ms),
        "tpot_ms": None if performance is None else interval(performance.tpot_ms),
        "single_stream_tok_s": None if performance is None else interval(performance.single_stream_tok_s),
        "bound_by": None if performance is None else performance.bound_by,
        "step_ms": None if performance is None else _terms(performance.terms),
        "step_inputs": None if sizing.step_inputs is None else asdict(sizing.step_inputs),
        "evidence": [_evidence(item) for item in sizing.evidence],
        "warnings": list(sizing.warnings),
    }


def _terms(terms: StepTerms) -> Json:
    return {
        "weights_read": number(terms.weights_read_ms),
        "kv_read": number(terms.kv_read_ms),
        "compute": number(terms.compute_ms),
        "communication": number(terms.communication_ms),
        "overhead": number(terms.overhead_ms),
        "prefill_share": number(terms.prefill_share_ms),
        "step": number(terms.step_ms),
        "prefill": number(terms.prefill_ms),
    }


def _deployment(deployment: Deployment) -> Json:
    return {
        "model": deployment.model.id,
        "weights": deployment.weights,
        "kv": deployment.kv,
        "gpu": deployment.gpu.id,
        "engine": deployment.engine.id,
        "tensor_parallel": deployment.tensor_parallel,
        "pipeline_parallel": deployment.pipeline_parallel,
        "gpus_per_replica": deployment.gpus_per_replica,
    }


def _evidence(item: Evidence) -> Json:
    row = item.measurement
    return {
        "gpu": row.gpu,
        "model": row.model,
        "weights": row.weights,
        "engine": row.engine,
        "isl": row.isl,
        "osl": row.osl,
        "concurrency": row.concurrency,
        "metric": row.metric,
        "value": row.value,
        "predicted": number(item.predicted),
        "source": row.citation.source,
        "date": row.citation.as_of,
    }
