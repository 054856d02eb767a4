"""The candidates of one evaluation as lines, each built once: filtering and sorting only choose among them."""

from __future__ import annotations

from collections.abc import Sequence

from planner.engine.specs import Choice, Evaluation
from planner.report import numbers
from planner.tui.screens.sizing_filter import Filter
from planner.tui.screens.sizing_rows import Candidate, candidates, line_excluded, line_fitting, ordered
from planner.tui.widgets.fact_table import Line

MOST_ROWS = 5_000
"""Far above what the screening lets through; a guard, not a page."""


class Listing:
    """What fits and what is out. `more` are layouts beyond those that the evaluation holds."""

    def __init__(self, evaluation: Evaluation, more: Sequence[Choice] = ()) -> None:
        self.evaluation = evaluation
        self.more = tuple(more)
        self._candidates: dict[bool, list[Candidate]] = {}
        self._lines: dict[tuple[bool, str], Line] = {}

    def candidates(self, excluded: bool) -> list[Candidate]:
        """All that fit, or all that are out with their reasons."""
        if excluded not in self._candidates:
            self._candidates[excluded] = candidates(self.evaluation, excluded, self.more)
        return self._candidates[excluded]

    def rows(self, excluded: bool, wanted: Filter, column: str, descending: bool) -> list[Candidate]:
        """Those that match, in order."""
        matching = [candidate for candidate in self.candidates(excluded) if wanted.matches(candidate.facts)]
        return ordered(matching, column, descending)[:MOST_ROWS]

    def line(self, excluded: bool, candidate: Candidate) -> Line:
        """The candidate as a line of the table."""
        key = (excluded, candidate.key)
        if key not in self._lines:
            build = line_excluded if excluded else line_fitting
            self._lines[key] = build(self.evaluation, candidate)
        return self._lines[key]


def found_in_words(listing: Listing, excluded: bool, shown: int) -> str:
    """How many lines there are, of how many, and what is not among them."""
    evaluation = listing.evaluation
    every, considered = len(listing.candidates(excluded)), numbers.count(evaluation.options_considered)
    some = f"{numbers.count(shown)} of {numbers.count(every)}"
    if excluded:
        out = numbers.count(evaluation.options_considered - evaluation.options_fitting)
        return f"{some} reasons · {out} of {considered} layouts are out"
    pins = evaluation.inputs.pins
    if pins.model or pins.gpu or pins.offer:
        return f"{some} shown · pinned, u lists all again"
    if shown < every:
        return f"{some} shown"
    return f"{numbers.count(every)} best of {numbers.count(evaluation.options_fitting)} that fit"
