"""Where advice may send prompts and work: every destination that a sentence names is decided here, never in words.

Residency alone: whether an endpoint can do the work, and well enough, is asked in `quality`.
"""

from __future__ import annotations

from planner.engine import specs
from planner.engine.fleet.ownership import OWNED

STRANGERS = frozenset({"marketplace", "community"})
"""Markets whose machines belong to people one has no contract with: none for data that must stay."""
HOSTED = frozenset({"serverless", "dedicated"})
"""Markets of endpoints that somebody else runs, however they are billed."""


def is_resident(inputs: specs.Inputs, workload: specs.Workload) -> bool:
    """True where the residency answer binds this workload."""
    return inputs.residency.answer == "yes" and workload.resident is not False


def endpoint_obstacle(inputs: specs.Inputs, workload: specs.Workload, api: specs.ApiModel) -> specs.Refusal | None:
    """Why no prompt of this work, not even one of a test, may be sent to this endpoint; None where it may."""
    if not is_resident(inputs, workload):
        return None
    if inputs.residency.required == "inside":
        return specs.Refusal("inside")
    return None if api.in_eu else specs.Refusal("region")


def machine_permitted(inputs: specs.Inputs, offer: specs.Offer) -> bool:
    """Whether residency lets this machine hold the plan's data; what is pinned by hand is asked as well.

    A plan with any such work is bound as a whole: one fleet serves all of its work.
    """
    if inputs.residency.required == "none":
        return True
    if inputs.residency.required == "inside" and offer.market in HOSTED:
        return False
    return offer.in_eu and (offer.market not in STRANGERS or offer.commitment == OWNED)


def reference_of(inputs: specs.Inputs, catalog: specs.Catalog, workload: specs.Workload) -> str:
    """The API model that the work runs on today, where prompts of a test may go there; empty where they may not."""
    api = catalog.apis[inputs.api_today(workload)]
    return "" if api.status == "retired" or endpoint_obstacle(inputs, workload, api) else api.id


def must_be_made_up(inputs: specs.Inputs, workload: specs.Workload) -> bool:
    """Whether a test takes synthetic or de-identified prompts, wherever it runs: the data may not leave for it."""
    return is_resident(inputs, workload) and inputs.residency.required == "inside"
