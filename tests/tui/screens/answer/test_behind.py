"""What is behind a line of the answer: its own numbers with `i`, its own place with Enter."""

from __future__ import annotations

import re

from planner.quantities import money
from planner.report.tables.answer import SUM
from planner.tui.screens.answer.behind import subject_of_line, subject_of_row
from planner.tui.screens.answer.lines import AnswerLines
from planner.tui.screens.routing.screen import RoutingScreen
from planner.tui.widgets.workload_table import WorkloadTable
from planner.words.answer import facts, flip_words
from planner.words.answer_traces import flip_trace, proof_trace
from tests.evaluations import named as evaluated
from tests.factories import sample_evaluation
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, planner, until
from tests.tui.opening import show_place

EXAMPLES = ("claude-8k-a-month", "bulk-classifier", "hospital", "coding-agent", "embeddings")


def test_a_row_is_explained_by_its_own_arithmetic() -> None:
    for name in EXAMPLES:
        found = evaluated(name)
        currency = found.inputs.currency
        for move in found.answer.moves:
            subject = subject_of_row(found, move.workload)
            told = [dict(trace.inputs) for trace in subject.own]
            assert subject.alone
            assert told[0]["a mean month"] == money(move.before, currency)
            if move.moves_to:
                assert told[1]["a mean month"].lstrip("~") == money(move.after, currency)
                assert told[1]["a mean month"].startswith("~") == (move.proof == "untested")
            rents = move.destination in ("self_host", "dedicated")
            assert any("rent" in prefix for prefix in subject.traces) == rents, "rent of what is not rented"
        whole = dict(subject_of_row(found, SUM).own[0].inputs)
        assert all(move.workload in whole for move in found.answer.moves)


def test_price_times_tokens_is_the_month() -> None:
    found = evaluated("claude-8k-a-month")
    for move in found.answer.moves:
        for trace in subject_of_row(found, move.workload).own:
            told = dict(trace.inputs)
            amount, letter = re.match(r"([\d.]+)([BMK]?)", told["tokens a month"]).groups()  # type: ignore[union-attr]
            tokens = float(amount) * {"B": 1e9, "M": 1e6, "K": 1e3, "": 1.0}[letter]
            price = float(re.sub(r"[^\d.]", "", told["comes to"].split(" ")[0]))
            month = float(re.sub(r"[^\d.]", "", told["a mean month"]))
            assert abs(price * tokens / 1e6 - month) < 0.6 + 0.01 * month  # whole units are shown


def test_a_line_with_numbers_is_explained_by_its_own() -> None:
    for found in (*map(evaluated, EXAMPLES), sample_evaluation()):
        label, number = "", 0
        for fact in facts(found):
            label, number = (fact.label, 0) if fact.label else (label, number + 1)
            subject = subject_of_line(found, label, number)
            if label in ("Today", "Ends", "It saves", "It costs", "It takes", "Not proven", "Do first"):
                assert subject.own, label
                assert subject.alone, label


def test_what_turns_the_answer_is_explained_by_the_change_that_stands_there() -> None:
    led_by_a_test = 0
    for found in (*map(evaluated, EXAMPLES), sample_evaluation()):
        label, number = "", 0
        for fact in facts(found):
            label, number = (fact.label, 0) if fact.label else (label, number + 1)
            if label != "It flips if":
                continue
            subject = subject_of_line(found, label, number)
            flip = next((flip for flip in found.answer.flips if flip_words(flip, found) == fact.text), None)
            if flip is not None:
                assert subject.own == (flip_trace(flip),), fact.text
            elif found.answer.untested:
                led_by_a_test += 1
                assert subject.own == (proof_trace(found),), fact.text
    assert led_by_a_test


async def test_enter_goes_to_the_line_itself(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "routing")
        app = planner(pilot)
        screen = app.screen
        assert isinstance(screen, RoutingScreen)
        screen.curve.focus()
        await show_place(pilot, "answer")
        lines = app.screen.query_one(AnswerLines)

        def row() -> int | None:
            return next((i for i, about in enumerate(lines._about) if about and about.row == "draft replies"), None)

        await until(pilot, lambda: row() is not None, "the page is laid out")
        lines.highlighted = row()
        await pilot.press("enter")
        await in_place(pilot, "routing")
        await until(pilot, lambda: screen.table.current_key == "draft replies", "its line")
        assert screen.table.has_focus


async def test_a_question_opens_on_its_first_field(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "questions")
        app = planner(pilot)
        await pilot.press(*["tab"] * 5)
        await app.action_go("answer")
        await in_place(pilot, "answer")
        await app.through("questions/volume", "answer")
        await until(pilot, lambda: isinstance(app.screen.focused, WorkloadTable), "the table of the work")
