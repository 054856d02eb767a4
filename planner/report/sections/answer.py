"""What the report says: the answer page that opens it, and behind that the verdict and its grounds.

The app shows the page as a place of its own.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from planner import quantities
from planner.engine.questions import volume_point
from planner.engine.specs import BreakEven, Evaluation
from planner.report.document import Block, Bullets, Paragraph, Section, plain_table
from planner.report.tables import deciding as tables
from planner.report.tables.answer import moves
from planner.words import next_steps as steps
from planner.words import reasons
from planner.words import verdict as words
from planner.words.answer import IMPORT, Audience, Fact, explained_text, facts, verdict_line
from planner.words.labels import rival_label


def strip(evaluation: Evaluation, audience: Audience = "") -> str:
    """The verdict on one line."""
    line = verdict_line(evaluation)
    return explained_text(line) if audience == "cfo" else line


def page(
    evaluation: Evaluation, audience: Audience = "", most: int = 4, called: str = "", *, brief: int = 0
) -> tuple[Section, ...]:
    """Today beside the proposal, then everything one signs with it; `called`: how commands name the plan."""
    told = facts(evaluation, audience, brief=brief)
    # who signs looks up nothing in the app
    rows = tuple((fact.label, fact.text) for fact in told) if audience == "cfo" else tuple(_rows(told, called))
    return (Section("", (moves(evaluation, most), plain_table(("", ""), rows, "ll")), opens=True),)


def _rows(found: tuple[Fact, ...], called: str) -> Iterator[tuple[str, str]]:
    """A step ends in its door, whose command stands once below."""
    doors = [fact.door for fact in found if fact.step and fact.door != IMPORT]
    for fact in found:
        yield fact.label, f"{fact.text} [{fact.door}]" if fact.step else fact.text
    if any(fact.step and fact.door == IMPORT for fact in found):
        yield f"[{IMPORT}]", f"is planner import usage FILE --into {shlex.quote(called) if called else 'PLAN'}"
    if doors:
        opens = f"opens with planner app {shlex.quote(called)} --at {doors[0]}"
        yield "[ ]", opens if called else "is where to look in the app, which planner app starts"


def lead(evaluation: Evaluation) -> tuple[str, ...]:
    """The headline, then the fact that decides."""
    said, fact = words.headline(evaluation), words.deciding_fact(evaluation)
    return (said,) if fact in said else (said, f"Deciding fact: {fact}")


def deciding(evaluation: Evaluation) -> Section:
    """The two numbers that decide, the reasons, and the cheapest way to be surer."""
    rows = [("Volume, mean of 12 months", quantities.tokens_per_day(evaluation.demand.mean_tokens_per_day))]
    rows += [_break_even_line(evaluation, row) for row in _deciding_break_evens(evaluation)]
    blocks: tuple[Block, ...] = (
        *(Paragraph(text) for text in lead(evaluation)),
        plain_table(("", ""), tuple(rows), "ll"),
        Bullets(words.reasons(evaluation)),
        Paragraph(f"Rule of thumb: {reasons.rule_of_thumb(evaluation)}"),
        Paragraph(f"Cheapest test: {steps.step_words(evaluation, evaluation.verdict.next_steps[0])}"),
    )
    return Section("Two numbers decide", blocks)


def _deciding_break_evens(evaluation: Evaluation) -> tuple[BreakEven, ...]:
    """Against whatever is no catalogue entry, the best API for each job, and against today's API model."""
    apis, baseline = evaluation.catalog.apis, evaluation.inputs.volume.baseline_api
    rows = [row for row in evaluation.break_even if row.api_model == baseline or row.api_model not in apis]
    return tuple(sorted(rows, key=lambda row: row is not volume_point(evaluation.break_even)))


def _break_even_line(evaluation: Evaluation, row: BreakEven) -> tuple[str, str]:
    """The break-even is against the best alternative; against what is used today it has a name of its own."""
    label = "Break-even" if row is volume_point(evaluation.break_even) else "Against today's"
    against = f" against {rival_label(evaluation, row.api_model)}"
    if row.with_people is None:
        return label, "no volume in range" + against
    beyond = ", with a larger fleet than the one below" if row.exceeds_capacity else ""
    return label, f"{quantities.tokens_per_day(row.with_people)}{against}, people included{beyond}"


def questions(evaluation: Evaluation) -> Section:
    """The six answers with their reason."""
    line = Paragraph(
        f"{evaluation.yes_count} of 6 are yes. Four or more: worth evaluating seriously; fewer: default to the API."
    )
    return Section("Six questions", (tables.questions(evaluation), line))


def flips(evaluation: Evaluation) -> Section:
    """For each key input the nearest value at which the recommendation changes."""
    return Section("What would flip it", (tables.flips(evaluation),) if evaluation.verdict.flips else ())


def cases(evaluation: Evaluation) -> Section:
    """The five cases in which self-hosting wins."""
    return Section("Five cases in which self-hosting wins", (tables.cases(evaluation),))


def trade(evaluation: Evaluation) -> Section:
    """What self-hosting costs and brings besides money."""
    blocks = (
        Paragraph("You give up:"),
        Bullets(words.gives_up(evaluation)),
        Paragraph("You gain:"),
        Bullets(words.gains(evaluation)),
    )
    return Section("Give up and gain", blocks)


def next_steps(evaluation: Evaluation) -> Section:
    """What to do on Monday."""
    return Section("Next steps", (Bullets(steps.next_steps(evaluation), numbered=True),))
