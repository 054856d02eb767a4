"""A few real evaluations for tests of views, each made once: of shipped examples, with names that tests need."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from types import MappingProxyType

from planner.engine.specs import Evaluation
from planner.evaluate import evaluate
from tests.engine import plans

MARKUP_NAME = "[bold]x[/] <script>alert(1)</script> & «Ünï» 日本"
"""A name that breaks every view which forgets to escape."""
OWN = "bulk-classifier"
"""Hybrid, on rented GPUs."""
SONNET = "claude-sonnet-4-6"
TUNED = "fine-tuned-8b"
"""Adapters of one's own on a model, which a host serves by the token."""
TOO_SMALL = "t4"
"""A card on which the whole weights of neither have room."""


@cache
def named(example: str, name: str = "", first_workload: str = "", model_name: str = "") -> Evaluation:
    """An example under another name, with another first workload; every open model is called `model_name`."""
    if not (name or first_workload or model_name):
        return plans.evaluated(example)
    inputs, catalog = plans.example(example)
    first, *others = inputs.workload
    inputs = replace(
        inputs,
        name=name or inputs.name,
        workload=(replace(first, name=first_workload or first.name), *others),
    )
    if model_name:
        models = {key: replace(model, name=model_name) for key, model in catalog.models.items()}
        catalog = replace(catalog, models=MappingProxyType(models))
    return evaluate(inputs, catalog, plans.AS_OF)


@cache
def on_sonnet() -> Evaluation:
    """The one that rents, compared with an API that other plans name, too."""
    inputs, catalog = plans.example(OWN)
    return evaluate(plans.changed(inputs, volume={"baseline_api": SONNET}), catalog, plans.AS_OF)


@cache
def without_room(example: str, name: str = "", first_workload: str = "") -> Evaluation:
    """An example held to its model on a card that is too small: it has no layout of its own."""
    found, choice = named(example, name, first_workload), named(example).choice
    assert choice is not None
    pins = {"model": choice.model, "weights": "bf16", "gpu": TOO_SMALL, "tensor_parallel": 1}
    inputs = plans.changed(found.inputs, choice=pins, fine_tuning={"adapters": 0})
    return evaluate(inputs, found.catalog, plans.AS_OF)


@cache
def inside(example: str) -> Evaluation:
    """An example whose data must stay inside."""
    inputs, catalog = plans.example(example)
    bound = {"answer": "yes", "scope": "inside", "zero_retention_checked": "yes"}
    return evaluate(plans.changed(inputs, residency=bound), catalog, plans.AS_OF)
