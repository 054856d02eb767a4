"""The candidates of one evaluation, each line built once: filtering and sorting only choose among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from planner import quantities
from planner.engine.specs import Choice, Evaluation, ExcludedOption, VramGib
from planner.records import dataclass
from planner.report.document import Column, Described, Line, Row, Segment
from planner.report.tables import candidates as table_of
from planner.report.tables.candidates import is_pinned, key_of, licence_of, model_name, offer_name
from planner.tui.charts.vram_bar import vram_bar
from planner.tui.screens.sizing.filter import Filter, FilterFacts
from planner.words.refusals import because

BAR_CELLS = 12


@dataclass(frozen=True, slots=True)
class Candidate:
    """One option, in or out, ready to be filtered, sorted and shown."""

    key: str
    option: Choice | ExcludedOption
    facts: FilterFacts
    is_choice: bool
    is_pinned: bool

    @property
    def choice(self) -> Choice | None:
        return self.option if isinstance(self.option, Choice) else None


def candidates(evaluation: Evaluation, excluded: bool, more: Sequence[Choice] = ()) -> list[Candidate]:
    """The options that fit, the plan's choice before the others by their cost, or those that do not fit."""
    found: Sequence[Choice | ExcludedOption] = evaluation.excluded if excluded else _best_first(evaluation, more)
    chosen = key_of(evaluation.choice) if evaluation.choice is not None and not excluded else ""
    unique = {key_of(option): option for option in reversed(found)}
    if evaluation.choice is not None and not excluded:
        unique[chosen] = evaluation.choice
    listed = [
        Candidate(key, option, _facts(evaluation, option), key == chosen, is_pinned(option, evaluation.inputs.choice))
        for key, option in reversed(unique.items())
    ]
    return sorted(listed, key=lambda candidate: not candidate.is_choice)


def _best_first(evaluation: Evaluation, more: Sequence[Choice]) -> Sequence[Choice]:
    options = evaluation.options
    return sorted((*options, *more), key=_rank) if more else options


def _rank(option: Choice) -> tuple[bool, float, float]:
    """What pays by its cost; of what does not, a fleet that takes less of the work is cheaper for that alone."""
    return not option.pays, 0.0 if option.pays else -option.work_fraction, option.monthly_cost


def _facts(evaluation: Evaluation, option: Choice | ExcludedOption) -> FilterFacts:
    catalog = evaluation.catalog
    gpu = catalog.gpus.get(option.gpu)
    texts = {
        "model": f"{option.model} {model_name(catalog, option.model)}",
        "gpu": f"{option.gpu} {gpu.name if gpu else ''}",
        "weights": option.weights,
        "kv": option.kv,
        "engine": option.engine,
        "offer": f"{option.offer} {offer_name(catalog, option)}",
        "licence": licence_of(catalog, option.model),
    }
    if isinstance(option, ExcludedOption):
        vram = {} if option.vram_gib is None else {"vram": option.vram_gib.total}
        return FilterFacts(
            texts | {"why": because(option.refusal)}, {"gpus": option.gpus_per_replica, **vram}, frozenset()
        )
    words = {"fits"} | ({"provisional"} if option.quality_provisional else set())
    words |= {"pinned"} if is_pinned(option, evaluation.inputs.choice) else set()
    return FilterFacts(texts, figures_of(option), frozenset(words))


def figures_of(choice: Choice) -> dict[str, float]:
    """The figures a filter or a sort can use, in the units of the headings."""
    written = {"tpot": choice.tpot_ms} if choice.deployment.writes else {}
    return written | {
        "cost": choice.monthly_cost,
        "mtok": choice.cost_per_mtok,
        "tok": choice.fleet_tok_s.mid,
        "ttft": choice.ttft_ms_p95,
        "n": choice.replicas,
        "gpus": choice.gpus_per_replica * choice.replicas,
        "util": choice.utilisation * 100,
        "vram": choice.memory.vram_gib.total,
    }


def _bar(vram: VramGib, fits: bool) -> Row:
    return vram_bar(vram, BAR_CELLS, fits=fits)


def ordered(found: Sequence[Candidate], column: str, descending: bool) -> list[Candidate]:
    """Sorted by a column: figures by value, texts by alphabet; an unknown column keeps the engine's order."""
    if not found or not column:
        return list(reversed(found)) if descending else list(found)

    def value(candidate: Candidate) -> tuple[int, float, str]:
        facts = candidate.facts
        if column in facts.figures:
            return (0, facts.figures[column], "")
        return (1, 0.0, facts.texts.get(column, "").casefold())

    key: Callable[[Candidate], tuple[int, float, str]] = value
    return sorted(found, key=key, reverse=descending)


MOST_ROWS = 5_000
"""Far above what the screening lets through; a guard, not a page."""


class Listing:
    """What fits and what is out. `more` are layouts beyond those that the evaluation holds."""

    def __init__(self, evaluation: Evaluation, more: Sequence[Choice] = ()) -> None:
        self.evaluation = evaluation
        self.more = tuple(more)
        self._candidates: dict[bool, list[Candidate]] = {}
        self._lines: dict[tuple[bool, str], Line] = {}
        self._described: dict[bool, tuple[Described[Any], ...]] = {
            False: table_of.fitting(evaluation, _bar),
            True: table_of.excluded(evaluation, _bar),
        }

    def candidates(self, excluded: bool) -> list[Candidate]:
        """All that fit, or all that are out with their reasons."""
        if excluded not in self._candidates:
            self._candidates[excluded] = candidates(self.evaluation, excluded, self.more)
        return self._candidates[excluded]

    def rows(self, excluded: bool, wanted: Filter, column: str, descending: bool) -> list[Candidate]:
        """Those that match, in order."""
        matching = [candidate for candidate in self.candidates(excluded) if wanted.matches(candidate.facts)]
        return ordered(matching, column, descending)[:MOST_ROWS]

    def columns(self, excluded: bool) -> tuple[Column, ...]:
        """Headings of the table; their keys are those of the filter."""
        return tuple(column for column, _ in self._described[excluded])

    def line(self, excluded: bool, candidate: Candidate) -> Line:
        """The candidate as a line of the table."""
        key = (excluded, candidate.key)
        if key not in self._lines:
            self._lines[key] = Line(
                candidate.key, tuple(read(candidate.option) for _, read in self._described[excluded])
            )
        return self._lines[key]


GROUP = "\0group"
"""Key of the line that stands for all with the dominating reason."""
LEAST_ALIKE = 8


def dominating(rows: Sequence[Candidate]) -> str:
    """The reason that more than half of them are out for; empty where none is, or where they are few."""
    counted = Counter(row.facts.texts.get("why", "") for row in rows)
    reason, found = max(counted.items(), key=lambda pair: pair[1], default=("", 0))
    return reason if found >= LEAST_ALIKE and 2 * found > len(rows) else ""


def group_line(columns: Sequence[Column], reason: str, found: int) -> Line:
    """One line for all that are out for the same reason."""
    told = {"mark": "▸", "model": f"{quantities.count(found)} alike", "why": reason}
    return Line(GROUP, tuple((Segment(told.get(column.key, ""), "strong"),) for column in columns))


def found_in_words(listing: Listing, excluded: bool, shown: int, *, counts: bool = False) -> str:
    """How many lines there are, of how many, and what is not among them; `counts`: more are being costed."""
    evaluation = listing.evaluation
    every, considered = len(listing.candidates(excluded)), quantities.significant(evaluation.options_considered)
    some = f"{quantities.significant(shown)} of {quantities.significant(every)}"
    if excluded:
        out = quantities.significant(evaluation.options_considered - evaluation.options_fitting)
        return f"{some} reasons · {out} of {considered} layouts are out"
    pins = evaluation.inputs.choice
    if pins.model or pins.gpu or pins.offer:
        return f"{some} shown · pinned, u lists all again"
    if counts:
        return f"{some} so far, of {quantities.significant(evaluation.options_fitting)} that fit · counting…"
    if shown < every:
        return f"{some} shown"
    return f"{quantities.significant(every)} best of {quantities.significant(evaluation.options_fitting)} that fit"
