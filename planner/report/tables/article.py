"""The claims of the article that this planner started from, beside what it makes of them."""

from __future__ import annotations

from planner.engine.specs import Evaluation
from planner.report.document import Column, Segment, Table, tabulate
from planner.words import article as words


def claims(evaluation: Evaluation) -> Table:
    """A line a claim."""
    return tabulate(
        enumerate(evaluation.claims),
        lambda row: f"{row[1].id}-{row[0]}",
        (Column("says", "the article says", kept=True), lambda row: words.says(row[1])),
        (Column("found", "here", kept=True), lambda row: words.finds(row[1])),
        (
            Column("so", "so", kept=True),
            lambda row: (Segment(words.holds(row[1]), "good" if row[1].holds else "warn"),),
        ),
    )
