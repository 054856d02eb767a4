"""What is behind a number: which traces explain it, and which answers and assumptions it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, Literal

from planner import quantities
from planner.engine.specs import Assumption, Evaluation, Range
from planner.records import dataclass
from planner.report.tables.deciding import api_name
from planner.tui.form.questions import STEPS
from planner.words.labels import bucket_label
from planner.words.traces import Trace, break_even_trace, price_label, price_value

if TYPE_CHECKING:
    from planner.plan.schema import Plan

MOST_LINKS = 6


@dataclass(frozen=True, slots=True)
class Link:
    """A way to an answer or an assumption."""

    place: Literal["questions", "assumptions"]
    target: str
    """A field, a question, `workload-2`, or a line of Assumptions; empty for the place as it is."""
    label: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What the cursor is on."""

    name: str = ""
    traces: tuple[str, ...] = ()
    """Beginnings of the keys of its traces."""
    behind: tuple[str, ...] = ()
    """Targets it rests on, the most important first."""
    own: tuple[Trace, ...] = ()
    """Traces made for it alone, which come first."""
    alone: bool = False
    """Nothing that is not behind it is told beside it."""
    instead_of: str = ""
    """Beginning of the keys of what is then left out, being of something else."""


ANYTHING: Final = ("@workloads", "@apis", "@offer")
API: Final = ("@workloads", "volume-growth-per-month", "@apis", "api_price_change_per_year")
RENT: Final = ("@offer", "@workloads", "objectives-tpot-ms", "gpu_price_change_per_year")
ENGINEER: Final = ("engineer_eur_year",)
OWNED: Final = ("capex_years", "residual_fraction", "cost_of_capital", "server_capex_factor")
_BUCKETS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    **dict.fromkeys(("api_input", "api_output"), (("api.",), API)),
    "api_cached_input": (("api.",), ("@workloads", "cached_input_shift_fraction", "@apis")),
    "api_cache_write": (("api.",), ("@workloads", "@apis")),
    "api_batch": (("api.",), ("@workloads", "@apis")),
    **dict.fromkeys(("commitment_owed", "credits"), (("api.",), ("@workloads",))),
    "dedicated_endpoints": (("dedicated.",), ("@workloads", "gpu_price_change_per_year", "cold_start_minutes")),
    "gpu_used": (("choice.rent", "choice.throughput"), RENT),
    "gpu_idle": (("choice.rent", "choice.throughput"), ("volume-profile", "safe_utilisation_interactive", *RENT)),
    "redundancy": (("choice.rent",), ("operations-redundancy", "spares_fraction", "@offer")),
    "hardware": (("choice",), ("operations-hardware", *OWNED)),
    "power": (
        ("choice",),
        ("operations-hardware", "power_eur_kwh", "pue", "server_power_factor", "idle_power_fraction"),
    ),
    "colocation": (("choice",), ("operations-hardware", "colocation_usd_kw_month", "server_power_factor")),
    "setup_engineering": ((), ("setup_weeks", "dedicated_setup_weeks", *ENGINEER)),
    "ongoing_engineering": (
        (),
        ("ongoing_engineer_fraction", "dedicated_engineer_fraction", *ENGINEER, "operations-gpu-experience"),
    ),
    "hiring": (
        (),
        ("hiring_cost_eur", "hiring_delay_months", "hired_engineer_fraction", "operations-hiring-budget"),
    ),
    "observability": ((), ("observability_usd_month",)),
    "model_updates": ((), ("model_swaps_per_year", "model_swap_weeks", *ENGINEER, "rebenchmark-answer")),
    "security": ((), ("security_usd_month",)),
    "storage_egress": ((), ("storage_egress_usd_month",)),
    "setup_fees": (("choice.rent",), ("@offer",)),
    "vat": ((), ("vat-not-reclaimed-fraction",)),
}
_INPUTS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "people": ((), ("ongoing_engineer_fraction", "engineer_eur_year", "setup_weeks", "hiring_cost_eur")),
    "start_months": ((), ("setup_weeks", "hiring_delay_months", "operations-gpu-experience")),
    "own_work": (("choice.throughput",), ("moved_output_fraction", "thinking_output_factor", "@workloads")),
    "headroom": (("choice.throughput",), ("arrival_variability", "safe_utilisation_interactive", "@workloads")),
    "throughput_gain": (("choice.throughput",), ("throughput_gain_per_year",)),
    "exchange": ((), ("exchange_change_fraction",)),
    "rent_level": (("choice.rent",), ("rent_drift_per_month", "@offer")),
    "hardware": (("choice",), ("operations-hardware", *OWNED)),
    "volume": (("demand",), ("@workloads", "volume-growth-per-month")),
    "growth": (("demand",), ("volume-growth-per-month",)),
    "cached_shift": (("api.",), ("cached_input_shift_fraction", "@workloads")),
    "throughput": (
        ("choice.throughput",),
        ("objectives-tpot-ms", "objectives-ttft-ms-p95"),
    ),
    "api_prices": (("api.",), ("@apis", "api_price_change_per_year")),
    "api_change_per_year": (("api.",), ("api_price_change_per_year", "@apis")),
    "gpu_rent": (("choice.rent",), ("@offer", "gpu_price_change_per_year")),
    "gpu_change_per_year": (("choice.rent",), ("gpu_price_change_per_year", "@offer")),
}
_PRICES: Final = ("api_price_change_per_year", "gpu_price_change_per_year", "@apis", "@offer")
_YEAR: Final = (("demand", "choice.rent", "api."), ("@workloads", "volume-growth-per-month", "@offer"))
_CHARTS: Final[Mapping[str, tuple[str, tuple[tuple[str, ...], tuple[str, ...]]]]] = {
    "cumulative": ("12 months", _YEAR),
    "bent": ("what if", _YEAR),
    "curve": ("cost against replicas", (("choice.rent", "choice.throughput", "api."), (*RENT, *ENGINEER))),
    "week": (
        "the week",
        (("demand", "choice.throughput"), ("volume-profile", "@workloads", "safe_utilisation_interactive")),
    ),
    **dict.fromkeys(
        ("bands", "fan"),
        ("risk", (("demand", "choice.throughput"), ("@workloads", "volume-growth-per-month", *_PRICES))),
    ),
    "map": ("the map", (("break_even",), ("@workloads", "@apis", "@offer", *ENGINEER))),
    **dict.fromkeys(("scenarios", "every"), ("price scenarios", (("api.", "choice.rent"), _PRICES))),
}
"""By the name of the table or chart: what it is about, its traces, and what it rests on."""

_QUESTIONS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "volume": (
        ("demand", "break_even"),
        ("@workloads", "volume-growth-per-month", "@apis", *ENGINEER, "ongoing_engineer_fraction"),
    ),
    "quality": (("quality",), ("@workloads", "quality-answer", "quality-margin-fraction")),
    "operations": (
        ("choice.rent",),
        ("setup_weeks", "ongoing_engineer_fraction", *ENGINEER, "hiring_cost_eur", "hiring_delay_months"),
    ),
    "rebenchmark": (
        (),
        ("rebenchmark-answer", "model_swaps_per_year", "model_swap_weeks", *ENGINEER, "throughput_gain_per_year"),
    ),
}


def subject_of(evaluation: Evaluation, table: str, row: str) -> Subject:
    """What a line of a table is about; an empty subject where nothing special is known."""
    if table == "ledger" and "." in row:
        bucket = row.partition(".")[2]
        traces, behind = _BUCKETS.get(bucket, ((), ()))
        return Subject(bucket_label(bucket), traces, behind)
    if table == "ledger":
        return Subject("", ("demand", "choice.rent", "api."), ("@workloads", "volume-growth-per-month", "@offer"))
    if table == "break-even":
        behind = ("@workloads", f"api.{row}", "engineer_eur_year", "ongoing_engineer_fraction", "@offer")
        named = ((f"against {api_name(evaluation, p.api_model)}", p) for p in evaluation.break_even)
        own = tuple(break_even_trace(name, point) for name, point in named if point.api_model == row)
        return Subject("break-even", ("choice.rent",), behind, own)
    if table == "questions":
        name = next(step.title for step in STEPS if step.id == row)
        return Subject(name, *_QUESTIONS.get(row, ((), (f"{row}-answer", *ANYTHING))))
    if table in ("tornado", "flips"):
        return Subject(row.replace("_", " "), *_INPUTS.get(row, ((), (_question_named(row),))))
    if table == "routes":
        return _route(evaluation, row)
    name, (traces, behind) = _CHARTS.get(table, ("", ((), ())))
    return Subject(name, traces, behind)


def _route(evaluation: Evaluation, workload: str) -> Subject:
    route = next((route for route in evaluation.routes if route.workload == workload), None)
    if route is None:
        return Subject("bursts", ("choice.throughput", "api."), ("volume-profile", "burst_factor", "@apis"))
    names = [work.name for work in evaluation.inputs.workload]
    own = f"workload-{names.index(workload)}" if workload in names else "@workloads"
    behind = (own, "quality-answer", "residency-answer", f"api.{route.model}", "@offer")
    return Subject(workload, (f"api.{workload}", "choice.rent", "choice.throughput"), behind)


def _question_named(row: str) -> str:
    """The question whose id an input carries, such as `must_stay_inside` of the residency question."""
    aliases = {"must_stay_inside": "residency", "quality": "quality", "gpu_experience": "operations"}
    return aliases.get(row, "@workloads")


def assumptions_of(evaluation: Evaluation, subject: Subject) -> list[Trace]:
    """The assumptions a number rests on, told like the numbers themselves."""
    records = (evaluation.catalog.assumptions.get(target) for target in subject.behind)
    return [_told(evaluation, record) for record in records if record is not None]


def _told(evaluation: Evaluation, record: Assumption) -> Trace:
    own = evaluation.inputs.assumptions.get(record.id)
    value = own or Range(record.low, record.mid, record.high)
    source = ("your plan", "") if own is not None else (record.citation.source, record.citation.as_of)
    shown = (("value", f"{quantities.interval(value)} {record.unit}".strip()), ("why", record.why))
    return Trace(record.id, record.label, "", shown, *source, "")


def links_of(evaluation: Evaluation, plan: Plan, subject: Subject) -> list[Link]:
    """The ways that exist for this plan, each once."""
    known = _targets(evaluation, plan)
    found: dict[str, Link] = {}
    for wanted in subject.behind or (() if subject.own else ANYTHING):
        for target in _expanded(evaluation, wanted):
            link = known.get(target)
            if link is not None:
                found.setdefault(target, link)
    return list(found.values())[:MOST_LINKS]


def _expanded(evaluation: Evaluation, wanted: str) -> Iterable[str]:
    """`@workloads`, `@apis` and `@offer` stand for those of the plan."""
    if wanted == "@workloads":
        return [f"workload-{n}" for n in range(min(len(evaluation.inputs.workload), 2))]
    kinds = {"@apis": "api", "@offer": "offer"}
    if wanted in kinds:
        return [f"{price.kind}.{price.id}" for price in evaluation.prices_used if price.kind == kinds[wanted]][:2]
    return [wanted]


def _targets(evaluation: Evaluation, plan: Plan) -> dict[str, Link]:
    """Everything that can be gone to."""
    found: dict[str, Link] = {}
    for number, step in enumerate(STEPS, start=1):
        found[step.id] = Link("questions", step.id, f"question {number}: {step.question}")
        for field in step.fields:
            found[field.id] = Link("questions", field.id, f"question {number}: {field.label.rstrip('?').lower()}")
    for number, work in enumerate(plan.workload):
        found[f"workload-{number}"] = Link("questions", f"workload-{number}", f"question 1: {work.name}")
    for record in evaluation.catalog.assumptions.values():
        found[record.id] = Link("assumptions", record.id, f"assumption: {record.label}")
    for price in evaluation.prices_used:
        key = f"{price.kind}.{price.id}"
        found[key] = Link(
            "assumptions", key, f"price: {price_label(evaluation, price)}, {price_value(evaluation, price)}"
        )
    return found
