"""What `i` explains in Sizing: the line under the cursor, in or out, with the ways to what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from planner.engine.fleet.ownership import OWNED
from planner.engine.specs import Choice, Evaluation, ExcludedOption, Ground
from planner.report.tables.candidates import model_name, offer_name, precisions, short_name
from planner.tui.flows import sources
from planner.tui.flows.sources import Subject
from planner.words.refusals import refusal_trace
from planner.words.traces import candidate_traces

WORK: Final = "@work"
"""Stands for the work that a reason is about."""
_BEHIND: Final[Mapping[Ground, tuple[str, ...]]] = MappingProxyType(
    {
        "memory": ("@workloads", "choice-allow-non-production", "operations-hardware"),
        "latency": ("objectives-ttft-ms-p95", "objectives-tpot-ms", "@workloads"),
        "pin": (),
        "cache_size": (),
        "own_weights": ("fine-tuning-answer", "fine-tuning-base-model"),
        "licence": (),
        "licence_eu": ("residency-company-in-eu",),
        **dict.fromkeys(("embeds", "generates", "images", "context", "level"), (WORK,)),
        "evaluated": ("quality-margin-fraction", WORK),
        "untested": (WORK, "quality-margin-fraction"),
        "on_api": ("quality-answer", WORK),
        **dict.fromkeys(("together", "route"), ("@workloads",)),
    }
)
"""The answers that a reason rests on; empty where no answer changes it."""


def subject_of_candidate(evaluation: Evaluation, option: Choice | ExcludedOption) -> Subject:
    """One candidate as a subject: its own numbers, or why it is out."""
    if isinstance(option, ExcludedOption):
        return Subject(
            name_of(evaluation, option),
            behind=tuple(_work(evaluation, option) if target == WORK else target for target in _BEHIND[option.ground]),
            own=(refusal_trace(evaluation, option),),
        )
    own = candidate_traces(evaluation, option)
    return Subject(name_of(evaluation, option), behind=_rests_on(evaluation, option), own=own)


def name_of(evaluation: Evaluation, option: Choice | ExcludedOption) -> str:
    """A candidate in a title: model, formats, and the GPUs with whose they are."""
    catalog = evaluation.catalog
    name = short_name(model_name(catalog, option.model))
    if not option.gpu:
        return f"{name}, in every layout"
    return f"{name} {precisions(option)}, {offer_name(catalog, option)}"


def _work(evaluation: Evaluation, option: ExcludedOption) -> str:
    names = [work.name for work in evaluation.inputs.workload]
    return f"workload-{names.index(option.workload)}" if option.workload in names else "@workloads"


def _rests_on(evaluation: Evaluation, choice: Choice) -> tuple[str, ...]:
    """Its own price before the work and the objectives; then the assumptions of its rent or purchase, and people."""
    offer = evaluation.catalog.offers.get(choice.offer)
    owned = offer is not None and offer.commitment == OWNED
    waits = any(work.latency == "interactive" for work in evaluation.inputs.workload)
    return (
        *(("operations-hardware",) if owned else (f"offer.{choice.offer}",)),
        "@workloads",
        "objectives-tpot-ms",
        "objectives-ttft-ms-p95",
        "safe_utilisation_interactive" if waits else "safe_utilisation_background",
        *(sources.OWNED if owned else ("gpu_price_change_per_year",)),
        *sources.ENGINEER,
        "ongoing_engineer_fraction",
    )
