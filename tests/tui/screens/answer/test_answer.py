"""The answer as a place: the verdict and the table first, and a way behind every line."""

from __future__ import annotations

import re

import pytest

from planner.tui import places
from planner.tui.form.answers import answered, not_yet
from planner.tui.form.questions import STEPS
from planner.tui.places import spot_of
from planner.tui.screens.answer.lines import AnswerLines
from planner.tui.widgets.bars import VerdictStrip
from planner.words import answer as words
from planner.words.answer import DOORS
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, planner, screen_text, until
from tests.tui.opening import sample_plan, show_place

SIZES = [(80, 24), (100, 30), (120, 40), (160, 50), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
async def test_verdict_and_table_stand_first_whole_and_nothing_is_cut(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await show_place(pilot, "answer")
        lines = screen_text(app).splitlines()
        text = " ".join(" ".join(lines).split())
        assert "OWN GPUS FOR THE BASE LOAD" in lines[2]
        assert "if Qwen3 32B passes your test (untested)" in text
        for part in (
            "ticket triage",
            "draft replies",
            "nightly summaries",
            "people and fees",
            "mean month",
            "Proven",
        ):
            assert part in text
        assert "…" not in "\n".join(lines[2:-2])
        assert not app.screen.query_one(VerdictStrip).display  # the same line twice
        assert "F8 Assumptions" in text


async def test_what_wraps_hangs_under_its_text(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "answer")
        await pilot.press("end")
        await pilot.pause()
        page = screen_text(app).splitlines()[1:-2]
        labels = (
            "Today",
            "Ends",
            "It saves",
            "It costs",
            "Because",
            "It takes",
            "It flips if",
            "You give up",
            "You gain",
            "Do first",
            "Not proven",
        )
        for line in page:
            assert line.startswith((" " * 13, *(f" {label}" for label in labels))) or not line.strip() or "-" in line


async def test_each_line_leads_behind_it_and_back(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "answer")
        lines = app.screen.query_one(AnswerLines)
        places = set()
        for at in range(lines.option_count):
            lines.highlighted = at
            about = lines.current
            if about is None or lines.get_option_at_index(at).disabled:
                continue
            wanted = spot_of(about.door).place
            await pilot.press("enter")
            await in_place(pilot, wanted)
            places.add(wanted)
            await pilot.press("ctrl+g")
            await in_place(pilot, "answer")
            assert lines.highlighted == at
        assert places >= {"costs", "routing", "assumptions", "questions"}


async def test_where_numbers_come_from_and_a_copy(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await show_place(pilot, "answer")
        app.screen.query_one(AnswerLines).highlighted = 2
        await pilot.press("i")
        await until(pilot, lambda: len(app.screen_stack) > 1, "where it comes from")
        assert "ticket triage" in screen_text(app)
        await pilot.press("escape", "y")
        await until(pilot, lambda: "OWN GPUS FOR THE BASE LOAD" in planner(pilot).clipboard, "the page")
        assert max(map(len, app.clipboard.splitlines())) <= 80


def test_before_there_is_a_volume_it_says_where_the_verdict_will_be() -> None:
    plan = sample_plan()
    assert not_yet(plan) == f"{answered(plan)} of {len(STEPS)} answered; your verdict appears here."


def test_every_step_has_a_door_that_exists() -> None:
    assert words.IMPORT == places.IMPORT
    assert {spot_of(door).place for door in DOORS.values() if door != places.IMPORT} <= {
        "questions",
        "sizing",
        "routing",
        "costs",
        "assumptions",
    }
    assert all(re.fullmatch(r"[a-z]+(/[a-z_]+)?", door) for door in DOORS.values())
