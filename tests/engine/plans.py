"""Plans for tests of the economics: the shipped examples, small ones by hand, and random ones."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from planner.catalog.load import shipped_catalog
from planner.engine.specs import Catalog, Evaluation, Inputs, Operations, Pins, Range, Rebenchmark, Workload
from planner.evaluate import evaluate
from planner.plan.inputs import to_inputs
from planner.plan.places import example_path
from planner.plan.prices import overlaid_catalog
from planner.plan.store import load

AS_OF = date(2026, 11, 23)
SMALL_SEARCH = ("l40s", "h100-sxm")
"""GPUs that random plans are limited to, so that many can be tried."""
KINDS = ("classification", "extraction", "summarisation", "rag", "customer_text", "agent", "coding", "other")


@cache
def example(name: str) -> tuple[Inputs, Catalog]:
    """Inputs of a shipped example and the catalogue with its own prices laid over."""
    plan = load(example_path(name)).plan
    return to_inputs(plan), overlaid_catalog(shipped_catalog(), plan)


@cache
def evaluated(name: str) -> Evaluation:
    """Evaluation of a shipped example with the usual draws."""
    inputs, catalog = example(name)
    return evaluate(inputs, catalog, AS_OF)


def workload(name: str = "work", tokens_per_day: float = 50e6, **changed: Any) -> Workload:
    """Routine classification that an open model may take."""
    plain = Workload(name, "classification", tokens_per_day, 900, 60, level="routine")
    return replace(plain, **changed)


def plan(*workloads: Workload, **sections: Any) -> Inputs:
    """A plan in USD of a team with GPU experience; the search is limited to two cards."""
    plain = Inputs(
        name="test",
        currency="USD",
        workload=workloads or (workload(),),
        operations=Operations(gpu_experience="yes"),
        rebenchmark=Rebenchmark(answer="yes"),
        choice=Pins(prefer_gpus=SMALL_SEARCH),
    )
    return changed(plain, **sections)


def changed(inputs: Inputs, **sections: Any) -> Inputs:
    """The same plan with some values changed: `volume={"profile": "flat"}`, `choice=Pins(gpu="l40s")`.

    Of a section given as a record, what is not its default counts.
    """
    return replace(inputs, **{name: _section(getattr(inputs, name), value) for name, value in sections.items()})


def _section(now: Any, value: Any) -> Any:
    if isinstance(value, dict):
        return replace(now, **value)
    if isinstance(value, Pins):
        return replace(now, **{f.name: v for f in fields(value) if (v := getattr(value, f.name)) != f.default})
    return value


def scaled(workloads: tuple[Workload, ...], factor: float) -> tuple[Workload, ...]:
    """The same work, so many times as much of it."""
    return tuple(replace(w, tokens_per_day=w.tokens_per_day * factor) for w in workloads)


def exact(**values: float) -> MappingProxyType[str, Range]:
    """Assumptions without uncertainty."""
    return MappingProxyType({name: Range.exactly(value) for name, value in values.items()})


def with_assumptions(inputs: Inputs, **values: float) -> Inputs:
    """The same plan with some assumptions set exactly."""
    return replace(inputs, assumptions=MappingProxyType({**inputs.assumptions, **exact(**values)}))


def shares() -> st.SearchStrategy[float]:
    return st.floats(0.0, 0.45)


@st.composite
def workloads(draw: st.DrawFn, index: int = 0) -> Workload:
    """Any workload that a plan file may hold."""
    return Workload(
        name=f"w{index}",
        kind=draw(st.sampled_from(KINDS)),
        tokens_per_day=10 ** draw(st.floats(4, 10)),
        input_tokens=draw(st.floats(1, 20_000)),
        output_tokens=draw(st.floats(1, 3_000)),
        cached_input_fraction=draw(shares()),
        cache_write_fraction=draw(shares()),
        batch_fraction=draw(st.sampled_from([0.0, 0.5, 1.0])),
        latency=draw(st.sampled_from(["interactive", "background"])),
        deadline_hours=draw(st.sampled_from([0.5, 1.0, 4.0, 12.0, 24.0])),
        level=draw(st.sampled_from(["routine", "solid", "frontier"])),
        profile=draw(st.sampled_from([None, "flat", "nightly-batch", "office-hours"])),
    )


@st.composite
def inputs(draw: st.DrawFn) -> Inputs:
    """Any small plan: one to three workloads, every answer, growth from shrinking to doubling."""
    count = draw(st.integers(1, 3))
    growth = draw(st.floats(-0.3, 0.5))
    inside = draw(st.sampled_from(["yes", "no", "unknown"]))
    return plan(
        *(draw(workloads(i)) for i in range(count)),
        volume={
            "growth_per_month": Range(growth - 0.02, growth, growth + 0.02),
            "baseline_api": draw(st.sampled_from(["claude-sonnet-4-6", "claude-haiku-4-5", "claude-opus-4-7"])),
        },
        operations={
            "gpu_experience": draw(st.sampled_from(["yes", "no", "unknown"])),
            "redundancy": draw(st.sampled_from(["auto", "n_plus_1", "api_spare", "none"])),
        },
        residency={
            "answer": inside,
            "scope": draw(st.sampled_from(["region", "inside"])) if inside == "yes" else "inside",
        },
        choice={"prefer_gpus": ("l40s", "h100-pcie")},
    )
