"""Gates that do not depend on money: quality, capability, licence, residency.

Evidence first, class second: a paired evaluation decides where there is one; otherwise the model's level must reach
the workload's, and the route is provisional until an evaluation settles it.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from planner.engine.specs import (
    LEVELS,
    ApiModel,
    Ground,
    Inputs,
    Kind,
    Level,
    Model,
    PairedEvaluation,
    QualityGate,
    Refusal,
    Workload,
)
from planner.engine.units import DAYS_PER_MONTH, MONTHS
from planner.quantities import share

API_LEANING: dict[Kind, str] = {
    "customer_text": "customer-facing text, where quality variance shows",
    "reasoning": "reasoning",
    "agent": "multi-step agents and tool use",
    "multilingual": "multilingual generation",
    "long_context": "long context",
    "vision": "vision",
}
"""Kinds that leave the API only on evidence, on residency or by override."""


def level_reaches(level: Level | None, required: Level) -> bool:
    """True where a known level is at least the required one."""
    return level is not None and LEVELS.index(level) >= LEVELS.index(required)


def context_needed(workload: Workload) -> int:
    """Longest prompt plus output the workload must fit, in tokens."""
    if workload.max_context is not None:
        return workload.max_context
    longest_in = workload.input_tokens_p95 or 2 * workload.input_tokens
    longest_out = workload.output_tokens_p95 or 2 * workload.output_tokens
    return round(longest_in + longest_out)


def evaluation_of(inputs: Inputs, workload: Workload, model_id: str) -> PairedEvaluation | None:
    """The evaluation on record for this workload and model; one of its own before one for all workloads."""
    if not inputs.quality.evaluation:
        return None
    found = [e for e in inputs.quality.evaluation if e.model == model_id and e.workload in (workload.name, None)]
    return min(found, key=lambda e: e.workload is None, default=None)


def has_passed(inputs: Inputs, workload: Workload, id: str) -> bool:
    """True where an evaluation of this model, open or API, is within the margin for the workload."""
    evaluation = evaluation_of(inputs, workload, id)
    return evaluation is not None and evaluation.gap_high_fraction <= inputs.quality.margin_fraction


def proven_models(inputs: Inputs, workload: Workload) -> tuple[str, ...]:
    """Open models that an evaluation shows within the margin for this workload."""
    if not inputs.quality.evaluation:
        return ()
    margin = inputs.quality.margin_fraction
    found = [
        e.model
        for e in inputs.quality.evaluation
        if e.workload in (workload.name, None) and e.gap_high_fraction <= margin
    ]
    return tuple(dict.fromkeys(found))


def is_resident(inputs: Inputs, workload: Workload) -> bool:
    """True where the residency answer binds this workload."""
    if inputs.residency.answer != "yes":
        return False
    return workload.resident is not False


def licence_obstacle(inputs: Inputs, model: Model) -> Refusal | None:
    """Why the licence rules the model out for this user; None where it does not."""
    if model.commercial_use == "no":
        return Refusal(f"licence {model.licence} forbids commercial use", "licence")
    if inputs.residency.company_in_eu and not model.eu_allowed:
        return Refusal(f"licence {model.licence} excludes companies in the EU", "licence_eu")
    return None


def capability_obstacle(workload: Workload, model: Model) -> Refusal | None:
    """What the model cannot do that the workload needs; None where it can."""
    name = workload.name
    if model.is_embedding and workload.kind != "embedding":
        return Refusal("an embedding model cannot generate", "embeds", name)
    if workload.kind == "embedding" and not model.is_embedding:
        return Refusal("not an embedding model", "generates", name)
    if workload.needs_vision and not model.sees_images:
        return Refusal("cannot read images", "images", name)
    needed = context_needed(workload)
    if not model.is_embedding and needed > model.max_context:
        return Refusal(f"context {model.max_context:,} tokens, {needed:,} needed", "context", name)
    return None


def gate(inputs: Inputs, workload: Workload, model: Model) -> QualityGate:
    """May this workload go to this open model, decided by evidence, then by level."""
    lacking = capability_obstacle(workload, model)
    if lacking:
        return _refused(workload, model, lacking.reason, lacking.ground, "capability")
    forbidden = licence_obstacle(inputs, model)
    if forbidden:
        return _refused(workload, model, forbidden.reason, forbidden.ground, "licence")
    evaluation = evaluation_of(inputs, workload, model.id)
    margin = inputs.quality.margin_fraction
    if evaluation is not None and evaluation.gap_high_fraction <= margin:
        reason = f"evaluation within {share(margin)} of {evaluation.api_model} ({evaluation.prompts} prompts)"
        return QualityGate(workload.name, model.id, True, False, True, reason)
    if evaluation is not None and evaluation.gap_low_fraction > margin:
        reason = f"evaluation shows it more than {share(margin)} below {evaluation.api_model}"
        return _refused(workload, model, reason, "evaluated")
    return _by_level(inputs, workload, model)


def _refused(
    workload: Workload,
    model: Model,
    reason: str,
    ground: Ground,
    rule: Literal["capability", "licence", "quality"] = "quality",
) -> QualityGate:
    return QualityGate(workload.name, model.id, False, False, False, reason, rule=rule, ground=ground)


def stays_on_api(inputs: Inputs, workload: Workload) -> str | None:
    """Why only an evaluation lets this work go to an open model; None where its level may decide, or nobody asks."""
    if workload.route in ("self_host", "hosted_open") or is_resident(inputs, workload):
        return None
    if inputs.quality.answer == "no":
        return (
            "you judge it too hard for an open model: stays on the API until an evaluation shows it within the margin"
        )
    leaning = API_LEANING.get(workload.kind)
    return f"{leaning}: stays on the API until an evaluation shows it within the margin" if leaning else None


def _by_level(inputs: Inputs, workload: Workload, model: Model) -> QualityGate:
    if model.id == inputs.fine_tuning.base_model and inputs.fine_tuning.answer == "yes":
        reason = "your own fine-tuned weights; run the eval"
        return QualityGate(workload.name, model.id, True, True, False, reason)
    pinned = model.id == inputs.choice.model
    tested = () if pinned else proven_models(inputs, workload)
    if tested:
        reason = f"evidence first: {', '.join(tested)} passed on your prompts, this model has not been tried"
        return _refused(workload, model, reason, "untested")
    stays = stays_on_api(inputs, workload)
    if stays:
        return _refused(workload, model, stays, "on_api")
    if level_reaches(model.level, workload.level):
        reason = f"level {model.level} reaches {workload.level}; run the eval"
        return QualityGate(workload.name, model.id, True, True, False, reason)
    if pinned or workload.route == "self_host":
        pin = "your pin; " if pinned else ""
        reason = f"{pin}level {model.level or 'unknown'} is below {workload.level}; run the eval"
        return QualityGate(workload.name, model.id, True, True, False, reason, stretched=True, ground="level")
    known = model.level or "unknown"
    return _refused(workload, model, f"level {known}, {workload.level} needed", "level")


def api_obstacle(inputs: Inputs, workload: Workload, api: ApiModel, as_of: date) -> str | None:
    """Why this API model may not take this workload; None where it may. Residency first, then weights of your own."""
    resident = is_resident(inputs, workload)
    if resident and inputs.residency.required == "inside":
        return "data must stay inside"
    if resident and not api.in_eu:
        return "data must stay in the region; no EU endpoint on record"
    if inputs.fine_tuning.answer == "yes" and inputs.fine_tuning.base_model is not None:
        return "your own fine-tuned weights are needed; this endpoint does not serve them"
    if api.id == inputs.api_today(workload):
        return None
    return _api_capability(workload, api) or _api_quality(inputs, workload, api) or _api_availability(api, as_of)


def _api_capability(workload: Workload, api: ApiModel) -> str | None:
    if api.is_embedding != (workload.kind == "embedding"):
        return "an embedding model cannot generate" if api.is_embedding else "not an embedding model"
    needed = context_needed(workload)
    if api.context_window is not None and needed > api.context_window:
        return f"context {api.context_window:,} tokens, {needed:,} needed"
    return None


def _api_quality(inputs: Inputs, workload: Workload, api: ApiModel) -> str | None:
    evaluation = evaluation_of(inputs, workload, api.id)
    if evaluation is not None and evaluation.gap_low_fraction > inputs.quality.margin_fraction:
        return f"evaluation shows it more than {share(inputs.quality.margin_fraction)} below {evaluation.api_model}"
    if has_passed(inputs, workload, api.id) or level_reaches(api.level, workload.level):
        return None
    return f"level {api.level or 'unknown'}, {workload.level} needed"


def _api_availability(api: ApiModel, as_of: date) -> str | None:
    if api.status in ("retired", "doubtful"):
        return f"{api.status} price record"
    if retires_within(api, as_of):
        return f"retires on {api.retires_on}"
    return None


def retires_within(api: ApiModel, as_of: date) -> bool:
    """True where the model is switched off inside the 12 months."""
    if api.retires_on is None:
        return False
    return (date.fromisoformat(api.retires_on) - as_of).days < MONTHS * DAYS_PER_MONTH
