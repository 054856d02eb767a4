"""Gates that do not depend on money: quality, capability, licence, residency.

Evidence first, class second: a paired evaluation decides where there is one; otherwise the model's level must reach
the workload's, it may not be known to be worse than today's model, and the route is provisional until an evaluation
settles it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date
from functools import lru_cache

from planner.engine import permitted, specs
from planner.engine.assumptions import range_of
from planner.engine.names import LEVELS
from planner.engine.permitted import is_resident
from planner.engine.units import DAYS_PER_MONTH, MONTHS

API_LEANING: frozenset[specs.Kind] = frozenset(
    ("customer_text", "reasoning", "agent", "coding_agent", "multilingual", "long_context", "vision")
)
"""Kinds that leave the API only on evidence, on residency or by override."""


def level_reaches(level: specs.Level | None, required: specs.Level) -> bool:
    """True where a known level is at least the required one."""
    return level is not None and specs.LEVELS.index(level) >= specs.LEVELS.index(required)


def level_of_today(inputs: specs.Inputs, catalog: specs.Catalog, workload: specs.Workload) -> specs.Level:
    """The level of the API model that does the work now.

    One that nobody has rated is taken for as good as anything sold at its price or less: a lesser model would be a
    saving that rests on nothing.
    """
    api = catalog.apis[inputs.api_today(workload)]
    if api.level is not None:
        return api.level
    cheaper = (a for a in catalog.apis.values() if a.input_usd_per_mtok <= api.input_usd_per_mtok)
    rated: list[specs.Level] = [a.level for a in cheaper if a.level is not None and not a.is_hosted_open]
    return max(rated, key=LEVELS.index, default="solid")


def same_gate(inputs: specs.Inputs, model: specs.Model) -> Hashable:
    """All that gates look at in a model whose licence allows it: models that are equal in it share their gates."""
    named = {e.model for e in inputs.quality.evaluation} | {inputs.choice.model, inputs.fine_tuning.base_model}
    return model.id if model.id in named else (
        model.modality, model.max_context, model.level, model.composite, model.fill_in_middle
    )  # fmt: skip


def context_needed(workload: specs.Workload) -> int:
    """Longest prompt plus output the workload must fit, in tokens; its mean request whatever else is stated."""
    w = workload
    if w.max_context is not None:
        return max(w.max_context, round(w.input_tokens + w.output_tokens))
    longest_in = 2 * w.input_tokens if w.input_tokens_p95 is None else max(w.input_tokens_p95, w.input_tokens)
    longest_out = 2 * w.output_tokens if w.output_tokens_p95 is None else max(w.output_tokens_p95, w.output_tokens)
    return round(longest_in + longest_out)


def evaluation_of(inputs: specs.Inputs, workload: specs.Workload, model_id: str) -> specs.PairedEvaluation | None:
    """The evaluation on record for this workload and model; one of its own before one for all workloads."""
    if not inputs.quality.evaluation:  # asked a thousand times an evaluation
        return None
    known = _by_name(_Same(inputs.quality))
    return known.get((workload.name, model_id)) or known.get((None, model_id))


class _Same:
    """The answer to question 2 as a key, equal only where it is the very same record."""

    __slots__ = ("quality",)

    def __init__(self, quality: specs.Quality) -> None:
        self.quality = quality

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.quality is self.quality

    def __hash__(self) -> int:
        return id(self.quality)


# Every gate asks: thousands of evaluations beside hundreds of workloads took seconds to go through again and again.
@lru_cache(maxsize=2)
def _by_name(of: _Same) -> Mapping[tuple[str | None, str], specs.PairedEvaluation]:
    return {(e.workload, e.model): e for e in reversed(of.quality.evaluation)}


@lru_cache(maxsize=1024)
def _passed(of: _Same, workload: str | None = None) -> tuple[specs.PairedEvaluation, ...]:
    """Within the margin: all of them, or those that stand for one workload."""
    if workload is not None:
        return tuple(e for e in _passed(of) if e.workload in (workload, None))
    return tuple(e for e in of.quality.evaluation if e.most_gap <= of.quality.margin_fraction)


def has_passed(inputs: specs.Inputs, workload: specs.Workload, id: str) -> bool:
    """True where an evaluation of this model, open or API, is within the margin for the workload."""
    evaluation = evaluation_of(inputs, workload, id)
    return evaluation is not None and evaluation.most_gap <= inputs.quality.margin_fraction


def proven_models(inputs: specs.Inputs, catalog: specs.Catalog, workload: specs.Workload) -> tuple[str, ...]:
    """Open models that an evaluation shows within the margin for this workload: a closed one says nothing of them."""
    if not inputs.quality.evaluation:
        return ()
    passed = dict.fromkeys(e.model for e in _passed(_Same(inputs.quality), workload.name))
    return tuple(id for id in passed if id in catalog.models)


def licence_obstacle(inputs: specs.Inputs, model: specs.Model) -> specs.Refusal | None:
    """Why the licence rules the model out for this user; None where it does not."""
    if model.commercial_use == "no":
        return specs.Refusal("licence", (model.licence,))
    if inputs.residency.company_in_eu and not model.eu_allowed:
        return specs.Refusal("licence_eu", (model.licence,))
    return None


def capability_obstacle(workload: specs.Workload, model: specs.Model) -> specs.Refusal | None:
    """What the model cannot do that the workload needs; None where it can."""
    name = workload.name
    if model.is_embedding and workload.kind != "embedding":
        return specs.Refusal("embeds", workload=name)
    if workload.kind == "embedding" and not model.is_embedding:
        return specs.Refusal("generates", workload=name)
    if workload.reads_images and not model.sees_images:
        return specs.Refusal("images", workload=name)
    if workload.kind == "code_completion" and not model.fill_in_middle:
        return specs.Refusal("fill_in", workload=name)
    needed = context_needed(workload)
    if not model.is_embedding and needed > model.max_context:
        return specs.Refusal("context", (model.max_context, needed), name)
    return None


def gate(
    inputs: specs.Inputs, catalog: specs.Catalog, workload: specs.Workload, model: specs.Model
) -> specs.QualityGate:
    """May this workload go to this open model, decided by evidence, then by level."""
    barred = capability_obstacle(workload, model) or licence_obstacle(inputs, model)
    if barred:
        return _refused(workload, barred)
    found = evaluation_of(inputs, workload, model.id)
    margin = inputs.quality.margin_fraction
    if found is not None and found.most_gap <= margin:
        return specs.QualityGate(
            workload.name, True, "proven", (margin, catalog.name_of(found.api_model), found.prompts)
        )
    if found is not None and found.least_gap > margin:
        return _refused(workload, specs.Refusal("evaluated", (margin, catalog.name_of(found.api_model))))
    return _by_level(inputs, catalog, workload, model)


def _refused(workload: specs.Workload, why: specs.Refusal) -> specs.QualityGate:
    return specs.QualityGate(workload.name, False, why.ground, why.figures)


def stays_on_api(inputs: specs.Inputs, workload: specs.Workload) -> specs.Refusal | None:
    """Why only an evaluation lets this work go to an open model; None where its level may decide, or nobody asks."""
    if workload.route in ("self_host", "hosted_open") or is_resident(inputs, workload):
        return None
    judged = inputs.quality.answer == "no"
    return (
        specs.Refusal("on_api", ("" if judged else workload.kind,)) if judged or workload.kind in API_LEANING else None
    )


def _by_level(
    inputs: specs.Inputs, catalog: specs.Catalog, workload: specs.Workload, model: specs.Model
) -> specs.QualityGate:
    if model.id == inputs.fine_tuning.base_model and inputs.fine_tuning.answer == "yes":
        return specs.QualityGate(workload.name, True, "tuned")
    pinned = model.id == inputs.choice.model
    tested = () if pinned else proven_models(inputs, catalog, workload)
    if tested:
        return _refused(workload, specs.Refusal("untested", tuple(map(catalog.name_of, tested))))
    stays = stays_on_api(inputs, workload)
    if stays:
        return _refused(workload, stays)
    levels = model.level, workload.level
    short = below_today(inputs, catalog, workload, model)
    if not level_reaches(*levels):
        short = specs.Refusal("level", levels)
    if short is None:
        return specs.QualityGate(workload.name, True, "reaches", levels)
    if pinned or workload.route == "self_host":
        return specs.QualityGate(workload.name, True, short.ground, (*short.figures, "pin" if pinned else "route"))
    return _refused(workload, short)


def least_composite(catalog: specs.Catalog, model: specs.Model | specs.ApiModel) -> float | None:
    """A model's figure; without one, the least of the level it is stated to have, which is all that is known of it."""
    start = catalog.levels.get(model.level or "")
    return model.composite if model.composite is not None or start is None else start.from_composite


def below_today(
    inputs: specs.Inputs, catalog: specs.Catalog, workload: specs.Workload, model: specs.Model | specs.ApiModel
) -> specs.Refusal | None:
    """Why a model that reaches the level is still not good enough: it is known to be worse than what does the work now.

    None where the difference says nothing, where either is not rated, for vectors, and for work that may not stay where
    it is: there the level alone decides.
    """
    if workload.kind == "embedding" or is_resident(inputs, workload):
        return None
    today = catalog.apis[inputs.api_today(workload)]
    now, then = least_composite(catalog, today), least_composite(catalog, model)
    if now is None or then is None or now - then <= range_of(inputs, catalog, "composite_margin_points").mid:
        return None
    return specs.Refusal("below_today", (today.name, now, then, model.composite is None))


def api_obstacle(
    inputs: specs.Inputs, catalog: specs.Catalog, workload: specs.Workload, api: specs.ApiModel, as_of: date
) -> specs.Refusal | None:
    """Why this API model may not take this workload; None where it may. Residency first, then weights of your own.

    Today's model passes the same hard gates; it need not show a level, as it does the work, and its end is told apart.
    """
    barred = permitted.endpoint_obstacle(inputs, workload, api)
    if barred is not None:
        return barred
    unserved = _adapter_obstacle(inputs, catalog, api)
    if unserved is not None:
        return unserved
    if inputs.fine_tuning.answer == "yes" and inputs.fine_tuning.base_model is not None:
        return _api_capability(workload, api) or _api_availability(api, as_of)
    if api.id == inputs.api_today(workload):
        return _api_capability(workload, api)
    if api.status == "legacy" and not endpoint_has_passed(inputs, workload, api):
        return specs.Refusal("price_record", (api.status,))  # its maker leads away from it: nothing is moved there
    return own_gate(inputs, catalog, workload, api) or _api_availability(api, as_of)


def serves_own(inputs: specs.Inputs, api: specs.ApiModel) -> bool:
    """Whether work goes to an endpoint with the plan's own adapters: it is asked of one that may take the work."""
    own = inputs.fine_tuning
    return own.answer == "yes" and api.hf_id is not None and own.base_model in (None, api.hf_id)


def _adapter_obstacle(inputs: specs.Inputs, catalog: specs.Catalog, api: specs.ApiModel) -> specs.Refusal | None:
    """Why an endpoint does not serve weights of the plan's own; None where none are needed or it takes such adapters.

    Where the plan does not name their base model yet, it may be any.
    """
    host, wanted = catalog.adapters.get(api.id), inputs.fine_tuning
    if wanted.answer != "yes":
        return None
    if host is None or wanted.base_model not in (None, api.hf_id) or wanted.adapters == 0:
        return specs.Refusal("not_served")
    if host.most_adapters is not None and (wanted.adapters or 1) > host.most_adapters:
        return specs.Refusal("adapters", (wanted.adapters, host.most_adapters))
    return None


def hosted_obstacle(inputs: specs.Inputs, workload: specs.Workload, model: specs.Model | None) -> specs.Refusal | None:
    """Why the open model behind an endpoint rules it out, whoever hosts it and whatever an evaluation showed."""
    if model is None:
        return None
    return capability_obstacle(workload, model) or licence_obstacle(inputs, model)


def own_gate(
    inputs: specs.Inputs, catalog: specs.Catalog, workload: specs.Workload, api: specs.ApiModel
) -> specs.Refusal | None:
    """What the work itself demands and this API model does not give; asked of today's model only to warn."""
    if workload.kind == "code_completion" and not api.fill_in_middle:
        return specs.Refusal("fill_in")
    return _api_capability(workload, api) or _api_quality(inputs, catalog, workload, api)


def _api_capability(workload: specs.Workload, api: specs.ApiModel) -> specs.Refusal | None:
    if api.is_embedding != (workload.kind == "embedding"):
        return specs.Refusal("embeds" if api.is_embedding else "generates")
    needed = context_needed(workload)
    if api.context_window is not None and needed > api.context_window:
        return specs.Refusal("context", (api.context_window, needed))
    return None


def _api_quality(
    inputs: specs.Inputs, catalog: specs.Catalog, workload: specs.Workload, api: specs.ApiModel
) -> specs.Refusal | None:
    if is_todays_model(inputs, workload, api):
        return None
    evaluation, margin = _of_endpoint(inputs, workload, api), inputs.quality.margin_fraction
    if evaluation is not None and evaluation.least_gap > margin:
        return specs.Refusal("evaluated", (margin, catalog.name_of(evaluation.api_model)))
    if evaluation is not None and evaluation.most_gap <= margin:
        return None
    if level_reaches(api.level, workload.level):
        return below_today(inputs, catalog, workload, api)
    return specs.Refusal("level", (api.level, workload.level))


def is_todays_model(inputs: specs.Inputs, workload: specs.Workload, api: specs.ApiModel) -> bool:
    """True for the model that the work runs on today at another endpoint: a cloud's instead of its maker's."""
    return api.serves is not None and api.serves == inputs.api_today(workload)


def _of_endpoint(inputs: specs.Inputs, workload: specs.Workload, api: specs.ApiModel) -> specs.PairedEvaluation | None:
    """The evaluation of this endpoint; without one, that of the same model at its maker, or of the open weights."""
    same = (id for id in (api.id, api.serves, api.hf_id) if id is not None)
    return next((found for id in same if (found := evaluation_of(inputs, workload, id)) is not None), None)


def endpoint_has_passed(inputs: specs.Inputs, workload: specs.Workload, api: specs.ApiModel) -> bool:
    """True where an evaluation of the model behind this endpoint is within the margin for the workload."""
    found = _of_endpoint(inputs, workload, api)
    return found is not None and found.most_gap <= inputs.quality.margin_fraction


def _api_availability(api: specs.ApiModel, as_of: date) -> specs.Refusal | None:
    if api.status in ("retired", "doubtful"):
        return specs.Refusal("price_record", (api.status,))
    if retires_within(api, as_of):
        return specs.Refusal("retires", (api.retires_on,))
    return None


def retires_within(api: specs.ApiModel, as_of: date) -> bool:
    """True where the model is switched off inside the 12 months."""
    gone = api.retires_on
    return gone is not None and (date.fromisoformat(gone) - as_of).days < MONTHS * DAYS_PER_MONTH
