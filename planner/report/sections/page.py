"""The answer page: what opens every report, and what the app shows as its own place."""

from __future__ import annotations

from collections.abc import Iterator

from planner.engine.specs import Evaluation
from planner.report.document import Section, plain_table
from planner.report.tables.answer import moves
from planner.words.answer import Audience, Fact, facts

COMMAND = "planner app PLAN --at"


def page(evaluation: Evaluation, audience: Audience = "") -> tuple[Section, ...]:
    """Today beside the proposal, then everything one signs with it."""
    rows = tuple(_rows(facts(evaluation, audience)))
    return Section("From today to the proposal", (moves(evaluation), plain_table(("", ""), rows, "ll"))),


def _rows(found: tuple[Fact, ...]) -> Iterator[tuple[str, str]]:
    for fact in found:
        step = fact.text[:1].isdigit() and fact.door
        yield fact.label, f"{fact.text} [{COMMAND} {fact.door}]" if step else fact.text
