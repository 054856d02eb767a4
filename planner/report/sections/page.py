"""The answer page: what opens every report, and what the app shows as its own place."""

from __future__ import annotations

from collections.abc import Iterator

from planner.engine.specs import Evaluation
from planner.report.document import Section, plain_table
from planner.report.tables.answer import moves
from planner.words.answer import Audience, Fact, explained_text, facts, verdict_line

COMMAND = "planner app PLAN --at"


def strip(evaluation: Evaluation, audience: Audience = "") -> str:
    """The verdict on one line."""
    line = verdict_line(evaluation)
    return explained_text(line) if audience == "cfo" else line


def page(evaluation: Evaluation, audience: Audience = "", most: int = 4) -> tuple[Section, ...]:
    """Today beside the proposal, then everything one signs with it."""
    rows = tuple(_rows(facts(evaluation, audience)))
    return (Section("", (moves(evaluation, most), plain_table(("", ""), rows, "ll")), opens=True),)


def _rows(found: tuple[Fact, ...]) -> Iterator[tuple[str, str]]:
    """A step ends in its door, whose command stands once below."""
    doors = [fact.door for fact in found if fact.step]
    for fact in found:
        yield fact.label, f"{fact.text} [{fact.door}]" if fact.step else fact.text
    if doors:
        yield "[ ]", f"opens with {COMMAND} {doors[0]}"
