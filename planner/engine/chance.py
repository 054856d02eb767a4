"""How likely a model that nobody has tested on the user's prompts passes there, by what is published of it."""

from __future__ import annotations

from planner.engine.assumptions import range_of
from planner.engine.quality import evaluation_of, has_passed
from planner.engine.specs import ApiModel, Catalog, Inputs, Model, Range, Workload

CERTAIN = Range.exactly(1.0)


def chance_to_pass(inputs: Inputs, catalog: Catalog, workload: Workload, model: Model | ApiModel) -> Range:
    """Chance (low, mid, high) that a model does a workload within the margin of the one in use.

    1 for the model in use, wherever it is served, for one that has passed and for the user's own weights; 0 for one
    that failed. Otherwise a stated default by the gap between the two composites, which a plan may change as an
    assumption: `chance_above`, `chance_level`, `chance_below` and, where either has no figure, `chance_unknown`.
    """
    today = catalog.apis[inputs.api_today(workload)]
    if _is_proven(inputs, workload, model, today):
        return CERTAIN
    found = evaluation_of(inputs, workload, model.id)
    if found is not None and found.least_gap > inputs.quality.margin_fraction:
        return Range.exactly(0.0)
    if model.composite is None or today.composite is None:
        return range_of(inputs, catalog, "chance_unknown")
    gap, margin = model.composite - today.composite, range_of(inputs, catalog, "composite_margin_points").mid
    kind = "chance_level" if abs(gap) <= margin else "chance_above" if gap > 0 else "chance_below"
    return range_of(inputs, catalog, kind)


def _is_proven(inputs: Inputs, workload: Workload, model: Model | ApiModel, today: ApiModel) -> bool:
    """Today's own weights, wherever served, those that passed, and the user's own."""
    served = {model.id, getattr(model, "hf_id", None), getattr(model, "serves", None)} - {None}
    now = {today.id, today.hf_id, today.serves} - {None}
    if served & now or any(has_passed(inputs, workload, str(id)) for id in served):
        return True
    tuned = inputs.fine_tuning
    return tuned.answer == "yes" and tuned.base_model is not None and tuned.base_model in served
