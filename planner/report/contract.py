"""`report --format json` and `size --format json`: stable shapes that other programs may rely on (schema 1).

Money of the plan is a decimal string with two places, in the plan's currency; rates, tokens, shares and latencies are
numbers. `vram_gib` is per GPU; KV tokens and concurrency are of one replica; tokens per second are of one replica in
`size` and of the whole fleet in `choice` and `options`. A quantity that is not known is null, never zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from planner.engine.specs import (
    STRATEGIES,
    Choice,
    Demand,
    Deployment,
    Evaluation,
    Evidence,
    ExcludedOption,
    Flip,
    Range,
    Sizing,
    StepTerms,
    StrategyLedger,
    Verdict,
    VramGib,
)
from planner.report.notices import notices

Json = dict[str, Any]
SCHEMA = 1
_CENT = Decimal("0.01")


def to_json(evaluation: Evaluation, plan_name: str, plan_path: str | None) -> Json:
    """Every key of the report contract; a strategy that is not possible is null and `warnings` says why."""
    return {
        "schema": SCHEMA,
        "plan": {"name": plan_name, "path": plan_path},
        "as_of": evaluation.as_of.isoformat(),
        "currency": evaluation.inputs.currency,
        "usd_per_unit": _number(evaluation.usd_per_unit, 6),
        "hours_per_month": 730,
        "demand": _demand(evaluation.demand),
        "questions": [
            {"id": q.id, "answer": q.answer, "reason": q.reason, "evidence": q.evidence} for q in evaluation.questions
        ],
        "yes_count": evaluation.yes_count,
        "verdict": _verdict(evaluation.verdict),
        "choice": None if evaluation.choice is None else _choice(evaluation.choice),
        "options": [_option(option) for option in evaluation.options]
        + [_excluded(option) for option in evaluation.excluded],
        "routes": _routes(evaluation),
        "months": _months(evaluation),
        "totals": {strategy: _totals(evaluation.ledgers[strategy]) for strategy in STRATEGIES},
        "break_even": _break_even(evaluation),
        "sensitivity": _sensitivity(evaluation),
        "prices": _prices(evaluation),
        "warnings": list(notices(evaluation)),
    }


def sizing_json(sizing: Sizing) -> Json:
    """Answer of `size`: whether one replica fits, how fast it is, and the nearest public measurements."""
    memory, performance = sizing.memory, sizing.performance
    return {
        "fits": bool(memory.fits),
        "excluded_because": memory.excluded_because,
        "short_by_gib": _number(memory.short_by_gib),
        "remedies": list(memory.remedies),
        "deployment": _deployment(sizing.deployment),
        "vram_gib": _vram(memory.vram_gib),
        "kv_tokens": memory.kv_tokens,
        "max_concurrency": _number(memory.max_concurrency),
        "concurrency": None if performance is None else _number(performance.concurrency),
        "throughput": None if performance is None else _throughput(performance.output_tok_s, performance.total_tok_s),
        "ttft_ms": None if performance is None else _range(performance.ttft_ms),
        "tpot_ms": None if performance is None else _range(performance.tpot_ms),
        "single_stream_tok_s": None if performance is None else _range(performance.single_stream_tok_s),
        "bound_by": None if performance is None else performance.bound_by,
        "step_ms": None if performance is None else _terms(performance.terms),
        "step_inputs": None if sizing.step_inputs is None else asdict(sizing.step_inputs),
        "evidence": [_evidence(item) for item in sizing.evidence],
        "warnings": list(sizing.warnings),
    }


def money_text(value: Decimal | float) -> str | None:
    """A decimal string with two places, or None where the amount is not known."""
    if not math.isfinite(value):
        return None
    amount = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return str(amount.quantize(_CENT, ROUND_HALF_EVEN) + 0)


def _number(value: float | None, places: int = 4) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), places)


def _plain(value: float | str | None) -> float | str | None:
    return value if isinstance(value, str) else _number(value, 6)


def _range(value: Range) -> Json:
    return {"low": _number(value.low), "mid": _number(value.mid), "high": _number(value.high)}


def _throughput(output: Range, total: Range) -> Json:
    return {"output_tok_s": _range(output), "total_tok_s": _range(total)}


def _vram(vram: VramGib) -> Json:
    names = ("total", "usable", "weights", "kv", "overhead", "free")
    return {name: _number(getattr(vram, name)) for name in names}


def _terms(terms: StepTerms) -> Json:
    return {
        "weights_read": _number(terms.weights_read_ms),
        "kv_read": _number(terms.kv_read_ms),
        "compute": _number(terms.compute_ms),
        "communication": _number(terms.communication_ms),
        "overhead": _number(terms.overhead_ms),
        "prefill_share": _number(terms.prefill_share_ms),
        "step": _number(terms.step_ms),
        "prefill": _number(terms.prefill_ms),
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
        "predicted": _number(item.predicted),
        "source": row.citation.source,
        "date": row.citation.as_of,
    }


def _demand(demand: Demand) -> Json:
    return {
        "tokens_per_day": {
            "today": _number(demand.mean_today_tokens_per_day),
            "mean": _number(demand.mean_tokens_per_day),
            "p95": _number(demand.p95_tokens_per_day),
            "p95_low": _number(demand.p95_range.low),
            "p95_high": _number(demand.p95_range.high),
            "month_12_mean": _number(demand.month_tokens_per_day[-1]),
        },
        "requests_per_day": _number(demand.requests_per_day),
        "input_fraction": _number(demand.input_fraction, 6),
        "cached_fraction": _number(demand.cached_fraction, 6),
        "peak_to_mean_hour": _number(demand.peak_to_mean_hour),
        "concurrency_mean": _number(demand.concurrency_mean),
    }


def _verdict(verdict: Verdict) -> Json:
    return {
        "recommendation": verdict.recommendation,
        "headline": verdict.headline,
        "deciding_fact": verdict.deciding_fact,
        "reasons": list(verdict.reasons),
        "cases": [{"id": c.id, "label": c.label, "holds": bool(c.holds), "reason": c.reason} for c in verdict.cases],
        "gives_up": list(verdict.gives_up),
        "gains": list(verdict.gains),
        "next_steps": list(verdict.next_steps),
        "flips": [_flip(flip) for flip in verdict.flips],
        "probability_cheaper": _number(verdict.probability_cheaper),
        "cheapest_test": verdict.cheapest_test,
        "rule_of_thumb": verdict.rule_of_thumb,
    }


def _flip(flip: Flip) -> Json:
    return {
        "input": flip.input,
        "label": flip.label,
        "from": _plain(flip.from_value),
        "to": _plain(flip.to_value),
        "becomes": flip.becomes,
        "unit": flip.unit,
    }


def _choice(choice: Choice) -> Json:
    return {
        "model": choice.model,
        "weights": choice.weights,
        "kv": choice.kv,
        "engine": choice.engine,
        "gpu": choice.gpu,
        "offer": choice.offer,
        "provider": choice.provider,
        "gpus_per_replica": choice.gpus_per_replica,
        "replicas": choice.replicas,
        "replicas_by_month": list(choice.replicas_by_month),
        "offers_rented": choice.offers_rented,
        "fits": bool(choice.memory.fits),
        "vram_gib": _vram(choice.vram_gib),
        "kv_tokens": choice.memory.kv_tokens,
        "max_concurrency": _number(choice.memory.max_concurrency),
        "throughput": _throughput(choice.fleet_output_tok_s, choice.fleet_total_tok_s),
        "ttft_ms_p95": _number(choice.ttft_ms_p95),
        "tpot_ms": _number(choice.tpot_ms),
        "utilisation": _number(choice.utilisation),
        "served_fraction": _number(choice.served_fraction),
        "provisional": bool(choice.quality_provisional),
        "licence_note": choice.licence_note,
    }


def _option(choice: Choice) -> Json:
    return _choice(choice) | {
        "monthly_cost": money_text(choice.monthly_cost),
        "cost_per_mtok": _number(choice.cost_per_mtok),
        "excluded_because": None,
    }


_NOT_SIZED = (
    *("provider", "replicas", "replicas_by_month", "offers_rented", "kv_tokens", "max_concurrency", "throughput"),
    *("ttft_ms_p95", "tpot_ms", "utilisation", "served_fraction", "provisional", "licence_note"),
    *("monthly_cost", "cost_per_mtok"),
)


def _excluded(option: ExcludedOption) -> Json:
    """The shape of an option; what was never computed for it is null."""
    return dict.fromkeys(_NOT_SIZED) | {
        "model": option.model,
        "weights": option.weights,
        "kv": option.kv,
        "engine": option.engine,
        "gpu": option.gpu,
        "offer": option.offer,
        "gpus_per_replica": option.gpus_per_replica,
        "fits": option.short_by_gib <= 0 if option.vram_gib is not None else None,
        "vram_gib": None if option.vram_gib is None else _vram(option.vram_gib),
        "excluded_because": option.excluded_because,
    }


def _routes(evaluation: Evaluation) -> list[Json]:
    return [
        {
            "workload": route.workload,
            "destination": route.destination,
            "model": route.model,
            "share": _number(route.token_fraction, 6),
            "rule": route.rule,
            "provisional": bool(route.provisional),
            "monthly_cost": money_text(route.monthly_cost),
            "overflow_model": route.overflow_model,
            "overflow_share": _number(route.overflow_fraction, 6),
            "batch_tier": bool(route.batch_tier),
            "overridden": bool(route.overridden),
        }
        for route in evaluation.routes
    ]


def _months(evaluation: Evaluation) -> list[Json]:
    return [
        {
            "month": number,
            "tokens": _number(tokens),
            "strategies": {s: _month(evaluation.ledgers[s], number) for s in STRATEGIES},
        }
        for number, tokens in enumerate(evaluation.months_tokens, start=1)
    ]


def _month(ledger: StrategyLedger, number: int) -> Json | None:
    if not ledger.months:
        return None
    month = ledger.months[number - 1]
    return {"buckets": _buckets(month.buckets), "total": str(month.total)}


def _buckets(buckets: Mapping[str, Decimal]) -> Json:
    return {name: str(amount) for name, amount in buckets.items()}


def _totals(ledger: StrategyLedger) -> Json | None:
    if not ledger.months:
        return None
    bands = {name: money_text(getattr(ledger, name)) for name in ("p10", "p50", "p90", "expected")}
    return bands | {"total": str(ledger.total), "allowed": bool(ledger.allowed), "reason": ledger.reason}


def _break_even(evaluation: Evaluation) -> Json:
    return {
        "tokens_per_day": {
            row.api_model: {
                "hardware_only": _number(row.hardware_only),
                "with_people": _number(row.with_people),
                "exceeds_capacity": bool(row.exceeds_capacity),
            }
            for row in evaluation.break_even
        },
        "payback_month": evaluation.payback_month,
    }


def _sensitivity(evaluation: Evaluation) -> list[Json]:
    return [
        {
            "input": row.input,
            "label": row.label,
            "unit": row.unit,
            "low": _number(row.low, 6),
            "high": _number(row.high, 6),
            "saving_low": money_text(row.saving_low),
            "saving_high": money_text(row.saving_high),
        }
        for row in evaluation.sensitivity
    ]


def _prices(evaluation: Evaluation) -> list[Json]:
    return [
        {
            "kind": price.kind,
            "id": price.id,
            "label": price.label,
            "value": price.value,
            "as_of": price.as_of,
            "source": price.source,
            "age_days": price.age_days,
            "stale": bool(price.stale),
        }
        for price in evaluation.prices_used
    ]
