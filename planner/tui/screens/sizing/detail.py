"""Everything behind one candidate: memory, the terms of a decode step, the fleet, and what others measured.

What `i` explains is here too: the line under the cursor, in or out, with the ways to what it rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from planner import quantities
from planner.engine.fleet.ownership import OWNED
from planner.engine.specs import Choice, Evaluation, Evidence, ExcludedOption, Ground, RequestShape, StepTerms
from planner.records import dataclass
from planner.report.document import Row, Rows, Segment
from planner.report.tables import candidates
from planner.report.tables.candidates import is_pinned
from planner.tui.charts.vram_bar import vram_bar, vram_glyphs
from planner.tui.flows import sources
from planner.tui.flows.sources import Subject
from planner.words.labels import licence_words
from planner.words.refusals import because, refusal_trace, ways_in
from planner.words.traces import candidate_traces


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What is worked out for one candidate only, and only once somebody looks at it."""

    evidence: tuple[Evidence, ...] = ()
    """Public measurements near one that fits."""
    ways_in: tuple[str, ...] = ()
    """What would let in one that is out."""


def look_up(evaluation: Evaluation, option: Choice | ExcludedOption) -> LookedUp:
    """Takes some milliseconds: not for the message loop."""
    if isinstance(option, ExcludedOption):
        return LookedUp(ways_in=ways_in(evaluation, option))
    return LookedUp(nearest_to(evaluation, option))


def detail_rows(evaluation: Evaluation, option: Choice | ExcludedOption, found: LookedUp | None = None) -> Rows:
    """Lines of the detail pane; each is a label and its text, long ones wrap. `found` None: not looked up yet."""
    if isinstance(option, ExcludedOption):
        return _excluded_rows(evaluation, option, found)
    return (
        _title(evaluation, option),
        _memory(option),
        _speed(evaluation, option),
        _step(option.performance.terms, option.performance.bound_by),
        _fleet(evaluation, option),
        *_measured(None if found is None else found.evidence),
        *_licence(evaluation, option),
    )


def _label(name: str) -> Segment:
    return Segment(f"{name:<10}", "muted")


def _title(evaluation: Evaluation, option: Choice | ExcludedOption) -> Row:
    catalog = evaluation.catalog
    engine = catalog.engines[option.engine].name if option.engine in catalog.engines else option.engine
    layout = f"  {option.weights} weights, {option.kv} KV, {engine} · {candidates.offer_name(catalog, option)}"
    facts = layout if option.gpu else "  in every layout"
    licence = candidates.licence_of(catalog, option.model)
    return (
        Segment(candidates.model_name(catalog, option.model), "strong"),
        Segment(facts),
        Segment(f" · {licence}" if licence else "", "muted"),
        Segment(" · ~ quality not proven on your prompts" if _is_provisional(option) else "", "warn"),
    )


def _licence(evaluation: Evaluation, choice: Choice) -> Rows:
    """What its licence asks for, where its name does not say it."""
    is_said = choice.licence_note in candidates.licence_of(evaluation.catalog, choice.model)
    return () if is_said else ((_label("licence"), Segment(licence_words(choice.licence_note), "muted")),)


def pick_rows(evaluation: Evaluation, pick: Choice, cheaper: int) -> Rows:
    """Why this one is the pick, where `cheaper` others of the list cost less a month."""
    if is_pinned(pick, evaluation.inputs.choice):
        return ((_label("pick"), Segment("pinned by you; u lets the planner choose")),)
    if not cheaper:
        return ()
    few = "1 layout here costs" if cheaper == 1 else f"{quantities.count(cheaper)} layouts here cost"
    why = "this one costs least over 12 months of those that carry the work, growth, people and overflow counted"
    return ((_label("pick"), Segment(f"{few} less a month; {why}")),)


def _is_provisional(option: Choice | ExcludedOption) -> bool:
    return isinstance(option, Choice) and option.quality_provisional


def _memory(choice: Choice) -> Row:
    fit, vram = choice.memory, choice.memory.vram_gib
    amounts = (vram.weights, candidates.used_kv_gib(vram), vram.overhead, vram.free)
    parts = ", ".join(
        f"{glyph} {quantities.significant(value)} {name}"
        for (name, glyph), value in zip(vram_glyphs(), amounts, strict=True)
    )
    return (
        _label("VRAM"),
        *vram_bar(vram, 24),
        Segment(f" {parts}: {quantities.significant(vram.usable)} usable of {quantities.gib(vram.total)} a GPU"),
        Segment(
            f" · {quantities.scaled(fit.kv_tokens)} KV tokens: "
            f"{quantities.significant(fit.max_concurrency)} mean requests",
            "muted",
        ),
    )


def _speed(evaluation: Evaluation, choice: Choice) -> Row:
    one, writes = choice.performance, choice.deployment.writes
    rate = quantities.interval(one.output_tok_s if writes else one.total_tok_s, "tok/s" if writes else "input tok/s")
    alone = f" · one request alone {quantities.interval(one.single_stream_tok_s)}" if writes else ""
    each = f" · TPOT {quantities.interval(one.tpot_ms)} ms" if writes else ""
    return (
        _label("a replica"),
        Segment(f"{rate} at batch {quantities.significant(one.concurrency)}"),
        Segment(f"{alone} · TTFT {quantities.interval(one.ttft_ms)} without queue{each}", "muted"),
        Segment(_over_objectives(evaluation, choice), "warn"),
    )


def _over_objectives(evaluation: Evaluation, choice: Choice) -> str:
    inputs = evaluation.inputs
    over = [
        f"{name} over the {quantities.milliseconds(objective)} objective"
        for name, found, objective in (
            ("TTFT p95", choice.ttft_ms_p95, inputs.objectives.ttft_ms_p95),
            ("TPOT", choice.tpot_ms, inputs.objectives.tpot_ms),
        )
        if found > objective and (name != "TPOT" or choice.deployment.writes)
    ]
    return f" · ! {' and '.join(over)}: for background work only" if over else ""


def _step(terms: StepTerms, bound_by: str) -> Row:
    parts = (
        ("weights", terms.weights_read_ms),
        ("KV", terms.kv_read_ms),
        ("compute", terms.compute_ms),
        ("comm", terms.communication_ms),
        ("overhead", terms.overhead_ms),
        ("prefill", terms.prefill_share_ms),
    )
    listed = " + ".join(f"{name} {quantities.significant(value)}" for name, value in parts)
    return (
        _label("one step"),
        Segment(f"{quantities.significant(terms.step_ms)} ms: {listed}"),
        Segment(
            f" (reads overlap compute) · bound by {bound_by} · prefill {quantities.milliseconds(terms.prefill_ms)}",
            "muted",
        ),
    )


def _fleet(evaluation: Evaluation, choice: Choice) -> Row:
    currency = evaluation.inputs.currency
    spare = f", {choice.spare_replicas} spare" if choice.spare_replicas else ""
    first, last = choice.replicas_by_month[0], choice.replicas_by_month[-1]
    over_year = f" ({first} in month 1, {last} in month 12)" if first != last else ""
    offer = evaluation.catalog.offers.get(choice.offer)
    price = f" · {candidates.rent_of(offer)}, {offer.citation.as_of}" if offer is not None else ""
    return (
        _label("fleet"),
        Segment(
            f"{choice.replicas} replica{'s' if choice.replicas != 1 else ''}{spare}{over_year},"
            f" rent {quantities.money(choice.gpu_monthly_cost, currency)}/mo"
        ),
        Segment(
            f"{price} · busy {quantities.percent(choice.utilisation)} "
            f"(safe {quantities.percent(choice.safe_utilisation)})"
            f" · carries {quantities.percent(choice.served_fraction)} of what it is given{_part_of_work(choice)}",
            "muted",
        ),
    )


def _measured(evidence: tuple[Evidence, ...] | None) -> Rows:
    if evidence is None:
        return ((_label("measured"), Segment("looking for the nearest public measurements…", "muted")),)
    if not evidence:
        return ((_label("measured"), Segment("no public measurement is near enough to compare with", "muted")),)
    return tuple((_label("measured"), *candidates.measurement(found)) for found in evidence)


def nearest_to(evaluation: Evaluation, choice: Choice) -> tuple[Evidence, ...]:
    """The nearest public measurements: as the engine gave them for its own choice, looked up for any other option."""
    if evaluation.evidence and choice == evaluation.choice:
        return evaluation.evidence
    from planner.engine.measured.nearest import nearest

    return nearest(evaluation.catalog, choice.deployment, mean_request(evaluation), choice.performance.concurrency)


def mean_request(evaluation: Evaluation) -> RequestShape:
    """The mean request of all work: what a measurement is compared with."""
    workloads = evaluation.inputs.workload
    requests = sum(work.requests_per_day for work in workloads) or 1.0
    tokens_in = sum(work.requests_per_day * work.input_tokens for work in workloads) / requests
    tokens_out = sum(work.requests_per_day * work.output_tokens for work in workloads) / requests
    return RequestShape(tokens_in, tokens_out)


def _remedy(found: LookedUp | None) -> Row:
    if found is None:
        return (_label("remedy"), Segment("working out what would change it…", "muted"))
    return (_label("remedy"), Segment("; or ".join(found.ways_in) or "none that is known"))


def _excluded_rows(evaluation: Evaluation, option: ExcludedOption, found: LookedUp | None) -> Rows:
    rows: list[Row] = [
        _title(evaluation, option),
        (_label("why not"), Segment(because(option.refusal), "bad")),
        _remedy(found),
    ]
    vram = option.vram_gib
    if vram is not None:
        text = (
            f" {quantities.significant(vram.weights)} weights + {quantities.significant(vram.overhead)} overhead"
            f" + {quantities.significant(vram.kv)} KV of the longest request,"
            f" {quantities.significant(vram.usable)} usable of {quantities.gib(vram.total)} a GPU"
        )
        fits = option.short_by_gib <= 0
        rows.append((_label("VRAM"), *vram_bar(vram, 24, fits=fits), Segment(text)))
    if option.short_by_gib > 0:
        rows.append((_label("missing"), Segment(f"{quantities.gib(option.short_by_gib)} a GPU")))
    return tuple(rows)


def _part_of_work(choice: Choice) -> str:
    part = choice.work_fraction
    return "" if part > 0.999 else f", {quantities.percent(part)} of all tokens"


WORK: Final = "@work"
"""Stands for the work that a reason is about."""
_BEHIND: Final[Mapping[Ground, tuple[str, ...]]] = {
    "memory": ("@workloads", "choice-allow-non-production", "operations-hardware"),
    "latency": ("objectives-ttft-ms-p95", "objectives-tpot-ms", "@workloads"),
    "pin": (),
    "cache_size": (),
    "own_weights": ("fine-tuning-answer", "fine-tuning-base-model"),
    "licence": (),
    "licence_eu": ("residency-company-in-eu",),
    **dict.fromkeys(
        ("embeds", "generates", "images", "context", "level", "fill_in", "below_today", "no_figure"), (WORK,)
    ),
    "evaluated": ("quality-margin-fraction", WORK),
    "untested": (WORK, "quality-margin-fraction"),
    "on_api": ("quality-answer", WORK),
    **dict.fromkeys(("together", "route"), ("@workloads",)),
}
"""The answers that a reason rests on; empty where no answer changes it."""


def subject_of_candidate(evaluation: Evaluation, option: Choice | ExcludedOption) -> Subject:
    """One candidate as a subject: its own numbers, or why it is out."""
    if isinstance(option, ExcludedOption):
        return Subject(
            name_of(evaluation, option),
            behind=tuple(_work(evaluation, option) if target == WORK else target for target in _BEHIND[option.ground]),
            own=(refusal_trace(evaluation, option),),
            instead_of="choice.",
        )
    own = candidate_traces(evaluation, option)
    return Subject(name_of(evaluation, option), behind=_rests_on(evaluation, option), own=own, instead_of="choice.")


def name_of(evaluation: Evaluation, option: Choice | ExcludedOption) -> str:
    """A candidate in a title: model, formats, and the GPUs with whose they are."""
    catalog = evaluation.catalog
    name = candidates.short_name(candidates.model_name(catalog, option.model))
    if not option.gpu:
        return f"{name}, in every layout"
    return f"{name} {candidates.precisions(option)}, {candidates.offer_name(catalog, option)}"


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
