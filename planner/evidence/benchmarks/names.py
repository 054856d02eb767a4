"""A run under the names of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from planner.catalog import lookup
from planner.catalog.cards import find_card
from planner.catalog.lookup import LookupFailed
from planner.catalog.lookup import find as find_engine
from planner.engine.measured.runs import engine_id
from planner.engine.replica.formats import weight_format
from planner.engine.specs import Catalog, Gpu, Model
from planner.evidence.benchmarks.run import Run
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class Find:
    """How a model and a card are found by a name, with the option that gave it; a command also says what it took."""

    model: Callable[[Catalog, str, str], Model] = lambda catalog, text, option: (
        lookup.find_model(catalog.models, text, option).model
    )
    gpu: Callable[[Catalog, str, str], Gpu] = lambda catalog, text, option: find_card(catalog, text, option).gpu


def named(run: Run, catalog: Catalog, find: Find) -> Run:
    """With the catalogue's ids of model, GPU and engine; a format that it does not know is left open."""
    try:
        weights = weight_format(run.weights).id if run.weights else None
    except KeyError:
        weights = None
    model = find.model(catalog, run.model or "", "--model").id
    return replace(
        run,
        model=model,
        gpu=find.gpu(catalog, run.gpu or "", "--gpu").id,
        engine=_engine(run.engine or "", catalog),
        weights=weights,
    )


def _engine(name: str, catalog: Catalog) -> str:
    try:
        return find_engine(catalog.engines, name, "--engine").id
    except LookupFailed:
        return find_engine(catalog.engines, engine_id(name), "--engine").id
