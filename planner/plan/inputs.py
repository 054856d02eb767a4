"""From the saved plan to what the engine takes; `overlaid_catalog` and `with_result` are the other two doors.

From a plan to its evaluation: the one way that the app and the commands share.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from planner.engine.specs import Benchmark, Inputs, PairedEvaluation, Pins, Range, Residency, Workload
from planner.plan.fields import iso, range_of
from planner.plan.prices import overlaid_catalog, with_result
from planner.plan.schema import BenchmarkEntry, ChoicePins, EvaluationEntry, Plan, WorkloadEntry

if TYPE_CHECKING:
    from planner.engine.specs import Catalog, Evaluation
    from planner.plan.schema import Plan
    from planner.toml.layout import Layout


__all__ = ["overlaid_catalog", "to_inputs", "with_result", "workload"]


def to_inputs(plan: Plan) -> Inputs:
    """The engine's frozen inputs; every field of the plan that changes a number is in it."""
    volume, choice, operations, residency = plan.volume, plan.choice, plan.operations, plan.residency
    return Inputs(
        name=plan.name,
        currency=plan.currency,
        workloads=tuple(workload(entry) for entry in plan.workload),
        growth_per_month=range_of(volume.growth_per_month),
        monthly_tokens_per_day=volume.tokens_per_day_by_month,
        profile=volume.profile,
        profile_weights=volume.profile_weights,
        day_noise_cv=volume.day_noise_cv,
        p95_tokens_per_day=volume.p95_tokens_per_day,
        baseline_api=volume.baseline_api,
        volume_known=volume.known,
        quality=plan.quality.answer,
        quality_margin_fraction=plan.quality.margin_fraction,
        evaluations=tuple(_evaluation(entry) for entry in plan.quality.evaluation),
        fine_tuned_weights=plan.fine_tuning.answer,
        fine_tuned_model=plan.fine_tuning.base_model,
        gpu_experience=operations.gpu_experience,
        hiring_budget=operations.hiring_budget,
        redundancy=operations.redundancy,
        hardware=operations.hardware,
        must_stay_inside=residency.answer,
        residency=_residency(plan),
        zero_retention_checked=residency.zero_retention_checked,
        company_in_eu=residency.company_in_eu,
        rebenchmark=plan.rebenchmark.answer,
        ttft_ms_p95=plan.objectives.ttft_ms_p95,
        tpot_ms=plan.objectives.tpot_ms,
        allow_non_production=choice.allow_non_production,
        prefer_gpus=choice.prefer_gpus,
        exclude_providers=choice.exclude_providers,
        pins=_pins(choice),
        benchmarks=tuple(_benchmark(entry) for entry in plan.benchmark),
        assumptions=_assumptions(plan),
    )


def _residency(plan: Plan) -> Residency:
    return plan.residency.scope if plan.residency.answer == "yes" else "none"


def _assumptions(plan: Plan) -> Mapping[str, Range]:
    return MappingProxyType({key: range_of(estimate) for key, estimate in plan.assumptions.items()})


def workload(entry: WorkloadEntry) -> Workload:
    """One workload; requests a day become tokens a day by its mean request."""
    per_request = entry.input_tokens + entry.output_tokens
    tokens = entry.tokens_per_day if entry.tokens_per_day is not None else (entry.requests_per_day or 0.0) * per_request
    return Workload(
        name=entry.name,
        kind=entry.kind,
        tokens_per_day=tokens,
        input_tokens=entry.input_tokens,
        output_tokens=entry.output_tokens,
        input_tokens_p95=entry.input_tokens_p95,
        output_tokens_p95=entry.output_tokens_p95,
        cached_input_fraction=entry.cached_input_fraction,
        cache_write_fraction=entry.cache_write_fraction,
        batch_fraction=entry.batch_fraction,
        latency=entry.latency,
        deadline_hours=entry.deadline_hours,
        level=entry.level,
        resident=entry.resident,
        needs_vision=entry.needs_vision,
        max_context=entry.max_context,
        profile=entry.profile,
        api_model=entry.api_model,
        route=entry.route,
    )


def _evaluation(entry: EvaluationEntry) -> PairedEvaluation:
    return PairedEvaluation(
        workload=entry.workload,
        model=entry.model,
        api_model=entry.api_model,
        prompts=entry.prompts,
        gap_low=entry.gap_low_fraction,
        gap_mid=entry.gap_mid_fraction,
        gap_high=entry.gap_high_fraction,
        source=entry.source,
        as_of=iso(entry.as_of),
    )


def _benchmark(entry: BenchmarkEntry) -> Benchmark:
    return Benchmark(
        model=entry.model,
        gpu=entry.gpu,
        engine=entry.engine,
        output_tok_s=entry.output_tok_s,
        concurrency=entry.concurrency,
        isl=entry.input_tokens,
        osl=entry.output_tokens,
        source=entry.source,
        as_of=iso(entry.as_of),
    )


def _pins(choice: ChoicePins) -> Pins:
    return Pins(
        model=choice.model,
        weights=choice.weights,
        kv=choice.kv,
        gpu=choice.gpu,
        offer=choice.offer,
        engine=choice.engine,
        tensor_parallel=choice.tensor_parallel,
        replicas=choice.replicas,
    )


def evaluate_plan(plan: Plan, catalog: Catalog, as_of: date, layout: Layout | None = None) -> Evaluation:
    """The engine's one door, with the plan's own prices laid over the catalogue.

    Raises `PlanError` where the plan names what neither it nor the catalogue holds; with the line, given a `layout`.
    """
    from planner.evaluate import NothingToPlanError, evaluate
    from planner.plan.prices import overlaid_catalog
    from planner.plan.references import check_currencies, check_references
    from planner.toml.errors import PlanError

    check_currencies(plan, catalog, layout)
    overlaid = overlaid_catalog(catalog, plan)
    check_references(plan, overlaid, layout)
    try:
        return evaluate(to_inputs(plan), overlaid, as_of)
    except NothingToPlanError as error:
        raise PlanError(str(error), field="workload") from None
