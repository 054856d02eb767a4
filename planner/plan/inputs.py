"""From the saved plan to what the engine takes, and on to its evaluation: the one way that app and commands share.

The plan's sections and the engine's inputs are one tree with the same field names, so one function converts all of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from planner.engine import specs
from planner.plan import schema
from planner.plan.fields import LARGEST, GrowthSpread, Section, Spread, iso, range_of

if TYPE_CHECKING:
    from planner.engine.specs import Catalog, Evaluation, Inputs, Workload
    from planner.plan.schema import Plan, WorkloadEntry
    from planner.toml.layout import Layout

RECORDS: Final[Mapping[type[Section], type[Any]]] = {
    schema.Plan: specs.Inputs,
    schema.Volume: specs.Volume,
    schema.BillEntry: specs.Bill,
    schema.WorkloadEntry: specs.Workload,
    schema.EvaluationEntry: specs.PairedEvaluation,
    schema.Quality: specs.Quality,
    schema.FineTuning: specs.FineTuning,
    schema.Operations: specs.Operations,
    schema.ResidencyRule: specs.Residency,
    schema.Rebenchmark: specs.Rebenchmark,
    schema.ChoicePins: specs.Pins,
    schema.Objectives: specs.Objectives,
    schema.BenchmarkEntry: specs.Benchmark,
    schema.CommitmentEntry: specs.Commitment,
}
"""The engine's record of each section of the plan. What a section has beyond its record (notes) changes no number."""


def to_inputs(plan: Plan) -> Inputs:
    """The engine's frozen inputs; every field of the plan that changes a number is in it.

    Work that is told by its bill has no tokens yet: `with_bills` finds them at the prices of a day. Work without a
    level has that of most plans until `evaluate_plan` looks up what it runs on.
    """
    inputs: Inputs = _frozen(plan)
    return inputs


def workload(entry: WorkloadEntry) -> Workload:
    """One workload; requests a day become tokens a day by its mean request."""
    work: Workload = _frozen(entry)
    return work


def _frozen(value: Any, estimate: bool = False) -> Any:
    """A value of the plan as the engine's: sections become records, lists tuples, dates ISO text, estimates ranges."""
    if estimate or isinstance(value, (Spread, GrowthSpread)):
        return range_of(value)
    if isinstance(value, schema.WorkloadEntry):
        tokens = value.tokens_per_day
        if tokens is None:
            tokens = (value.requests_per_day or 0.0) * (value.input_tokens + value.output_tokens)
        value = value.model_copy(update={"tokens_per_day": tokens, "level": value.level or "solid"})
    if isinstance(value, Section):
        record = RECORDS[type(value)]
        return record(**{f.name: _frozen(getattr(value, f.name), f.type == "Range") for f in fields(record)})
    if isinstance(value, tuple):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):  # the changed assumptions: every one is an estimate
        return MappingProxyType({key: _frozen(item, estimate=True) for key, item in value.items()})
    return iso(value) if isinstance(value, dt.date) else value


def evaluate_plan(plan: Plan, catalog: Catalog, as_of: dt.date, layout: Layout | None = None) -> Evaluation:
    """The engine's one door, with the plan's own prices laid over the catalogue.

    Raises `InputError` where the plan names what neither it nor the catalogue holds; with the line, given a `layout`.
    """
    from planner.engine.notices import departures
    from planner.evaluate import NothingToPlanError, evaluate
    from planner.plan.prices import overlaid_catalog
    from planner.plan.references import check_currencies, check_references
    from planner.toml.errors import InputError

    check_currencies(plan, catalog, layout)
    overlaid = overlaid_catalog(catalog, plan)
    check_references(plan, overlaid, layout)
    _check_volumes(plan, layout)
    inputs = _with_bills(_with_levels(plan, to_inputs(plan), overlaid), overlaid, as_of, layout)
    try:
        found = evaluate(inputs, overlaid, as_of)
        far = departures(found.prices_used, found.catalog, catalog)
        return replace(found, notices=(*found.notices, *far))
    except NothingToPlanError as error:
        raise InputError(str(error), field="workload") from None


def _check_volumes(plan: Plan, layout: Layout | None) -> None:
    from planner.plan.references import refuse
    from planner.plan.volumes import untold

    lacks = f"has no volume yet; tell one of {', '.join(schema.VOLUMES)}"
    refuse([(("workload", index), f"“{plan.workload[index].name}” {lacks}") for index in untold(plan)], layout)


def _with_levels(plan: Plan, inputs: Inputs, catalog: Catalog) -> Inputs:
    """Work whose level is not stated needs that of the model it runs on today."""
    from planner.engine.quality import level_of_today

    return replace(inputs, workload=tuple(
        work if entry.level is not None else replace(work, level=level_of_today(inputs, catalog, work))
        for entry, work in zip(plan.workload, inputs.workload, strict=True)
    ))  # fmt: skip


def _with_bills(inputs: Inputs, catalog: Catalog, as_of: dt.date, layout: Layout | None) -> Inputs:
    """The tokens of work that is told by its bill; refused where they are without number."""
    from planner.engine.api_prices import with_bills
    from planner.plan.references import refuse

    found = with_bills(inputs, catalog, as_of)
    for index, work in enumerate(found.workload):
        if work.bill is not None and not 0 < work.tokens_per_day <= LARGEST:
            api = catalog.apis[inputs.api_today(work)].name
            problem = f"found a bill for {api}, as if its tokens cost next to nothing; expected tokens_per_day"
            refuse([(("workload", index, "bill"), problem)], layout)
    return found
