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
    served = names_of(model)
    tests = [found for id in served if (found := evaluation_of(inputs, workload, id)) is not None]
    own = inputs.fine_tuning.base_model if inputs.fine_tuning.answer == "yes" else None
    if served & names_of(today) or own in served or any(has_passed(inputs, workload, id) for id in served):
        return CERTAIN
    if any(found.least_gap > inputs.quality.margin_fraction for found in tests):
        return Range.exactly(0.0)
    if model.composite is None or today.composite is None:
        return range_of(inputs, catalog, "chance_unknown")
    gap, margin = model.composite - today.composite, range_of(inputs, catalog, "composite_margin_points").mid
    kind = "chance_level" if abs(gap) <= margin else "chance_above" if gap > 0 else "chance_below"
    return range_of(inputs, catalog, kind)


def is_todays(inputs: Inputs, catalog: Catalog, workload: Workload, model: Model | ApiModel) -> bool:
    """Whether it is the model that a workload runs on now, wherever it is served."""
    return bool(names_of(model) & names_of(catalog.apis[inputs.api_today(workload)]))


def prompts_behind(inputs: Inputs, workload: Workload, model: Model | ApiModel) -> int:
    """On how many prompts an evaluation shows the model good enough for a workload; 0: on none."""
    tests = (evaluation_of(inputs, workload, id) for id in names_of(model) if has_passed(inputs, workload, id))
    return max((found.prompts for found in tests if found is not None), default=0)


def names_of(model: Model | ApiModel) -> set[str]:
    """The ids under which its weights are evaluated: an endpoint serves a model of the catalogue, or of its maker."""
    also = (model.hf_id, model.serves) if isinstance(model, ApiModel) else ()
    return {id for id in (model.id, *also) if id is not None}
