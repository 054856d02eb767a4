"""When what is typed counts: on leaving the field, or when typing has rested, while it is valid and likely."""

from __future__ import annotations

from typing import Any

import pytest
from textual.timer import Timer

from planner.catalog.load import shipped_catalog
from planner.plan.inputs import evaluate_plan
from planner.plan.volumes import ToldVolume
from planner.tui.form.answers import is_far_off, read_as
from planner.tui.form.questions import workload_fields
from planner.tui.screens.questions.form import MoreLine
from planner.tui.widgets import question_row
from planner.tui.widgets.question_row import QuestionRow
from tests.tui.conftest import MakeApp
from tests.tui.driving import field, screen_text, settle, until
from tests.tui.opening import show_place
from tests.tui.typing import press

VOLUME = next(each for each in workload_fields(0) if each.codec == "volume")


async def _in_the_form(pilot: Any, make_app: MakeApp) -> None:
    await show_place(pilot, "questions")
    await pilot.press("enter")
    await until(pilot, lambda: bool(pilot.app.screen.query("#workload-0-volume")), "the workload's form")


async def _at_the_volume(pilot: Any, make_app: MakeApp) -> QuestionRow:
    await _in_the_form(pilot, make_app)
    field(pilot, "workload-0-volume").focus()
    await pilot.pause()
    row = pilot.app.screen.query_one("#row-workload-0-volume")
    assert isinstance(row, QuestionRow)
    return row


async def test_what_is_typed_counts_when_typing_has_rested(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[tuple[float, Any]] = []
    monkeypatch.setattr(question_row, "REST_S", 0.4)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        row = await _at_the_volume(pilot, make_app)

        def later(delay: float, callback: Any = None, **more: Any) -> Timer:
            waiting.append((delay, callback))
            return Timer(row, delay, callback=callback)

        monkeypatch.setattr(row, "set_timer", later)
        before = app.plan
        await press(pilot, "7M")
        assert app.plan is before, "not while it is typed"
        assert [delay for delay, _ in waiting] == [0.4, 0.4], "counted anew from every key"
        waiting[-1][1]()
        await pilot.pause()
        assert app.plan is not None
        assert app.plan.workload[0].tokens_per_day == 7e6


async def test_leaving_the_field_takes_it_at_once(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question_row, "REST_S", 3_600.0)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await _at_the_volume(pilot, make_app)
        await press(pilot, "7M<tab>")
        assert app.plan is not None
        assert app.plan.workload[0].tokens_per_day == 7e6
        field(pilot, "workload-0-volume").focus()
        await press(pilot, "8M")
        await pilot.press("ctrl+z")
        await settle(pilot)
        assert app.plan.workload[0].tokens_per_day == 7e6, "what was being typed is the last edit"
        assert field(pilot, "workload-0-volume").value == "7M"
        field(pilot, "workload-0-volume").value = "9M"
        await pilot.pause()
        app.action_save()
        await until(pilot, lambda: len(app.screen_stack) > 1, "the name")
        assert app.plan.workload[0].tokens_per_day == 9e6, "a save takes it, too"


async def test_an_invalid_field_shows_its_error_and_never_an_old_echo(make_app: MakeApp) -> None:
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=(80, 24)) as pilot:
        await _at_the_volume(pilot, make_app)
        await press(pilot, "€8k")
        await settle(pilot)
        await until(pilot, lambda: "= €8,000 a month on " in screen_text(app), "the echo")
        for letter, problem in (("x", "“kx”"), ("y", "“kxy”")):
            await press(pilot, letter)
            await settle(pilot)
            assert problem in screen_text(app)
            assert "= €8,000" not in screen_text(app)
        await press(pilot, "<enter>")
        assert app.focused is field(pilot, "workload-0-volume"), "it stays where it is wrong"
        await press(pilot, "<down>")
        await pilot.pause()
        assert "“kxy”" in screen_text(app), "and is said to be wrong from elsewhere"


async def test_a_thousand_times_as_much_is_asked_about(make_app: MakeApp) -> None:
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=(80, 24)) as pilot:
        await _at_the_volume(pilot, make_app)
        await press(pilot, "€14<tab>")
        field(pilot, "workload-0-volume").focus()
        await pilot.pause()
        await press(pilot, "€14,000")

        def amount() -> float:
            assert app.plan is not None
            told = app.plan.workload[0].bill
            assert told is not None
            return told.amount

        said = " ".join(screen_text(app).replace("│", " ").split())
        assert "€14 a month → €14,000 a month" in said
        assert amount() == 14
        assert not app.all_is_answered(), "a save waits for the answer"
        await press(pilot, "<escape>")
        assert field(pilot, "workload-0-volume").value == "€14 a month"
        assert "is that right" not in screen_text(app)
        assert app.screen.query("#workload-0-volume"), "the form is still open"
        await press(pilot, "<backspace>")
        field(pilot, "workload-0-volume").value = "€14,000"
        await pilot.pause()
        await press(pilot, "<enter>")
        assert amount() == 14_000, "asked about, and Enter keeps it"
        assert app.focused is not field(pilot, "workload-0-volume")


@pytest.mark.parametrize(
    ("before", "after", "far"),
    [
        (14.0, 14_000.0, True),
        (14_000.0, 14.0, True),
        (14.0, 13_900.0, False),
        (0.0, 14_000.0, False),
        (None, 14_000.0, False),
        (2, 2_000, True),
        (True, 5_000, False),
        (ToldVolume("bill", 14, "EUR", "month"), ToldVolume("bill", 14_000, "EUR", "month"), True),
        (ToldVolume("bill", 14, "EUR", "month"), ToldVolume("bill", 14_000, "USD", "month"), False),
        (ToldVolume("bill", 14, "EUR", "day"), ToldVolume("bill", 14_000, "EUR", "year"), False),
        (ToldVolume("tokens_per_day", 6e6), ToldVolume("bill", 14_000, "USD", "year"), False),
        (ToldVolume("tokens_per_day", 6.0), ToldVolume("tokens_per_day", 6e6), True),
    ],
)
def test_what_is_far_off(before: object, after: object, far: bool) -> None:
    assert is_far_off(before, after) is far


@pytest.mark.parametrize(
    ("text", "habit", "said"),
    [
        ("14.000 EUR", "EUR", "“14.000 EUR” is read as 14,000"),
        ("14,000", "USD", "“14,000” is read as 14,000"),
        ("€14k", "EUR", ""),
        ("1,234,567", "EUR", ""),
        ("14.5", "EUR", ""),
        ("many", "EUR", ""),
    ],
)
def test_a_group_of_three_that_was_taken_for_thousands_is_said(text: str, habit: str, said: str) -> None:
    assert read_as(VOLUME, text, habit) == said


async def test_the_rest_is_folded_into_one_line_that_opens(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await _in_the_form(pilot, make_app)
        assert "▸ more: " in screen_text(app)
        shown = [row.field.path[-1] for row in app.screen.query(QuestionRow) if row.display]
        assert shown == ["name", "api_model", "volume", "kind", "latency", "level"]
        app.screen.query_one(MoreLine).focus()
        await press(pilot, "<enter>")
        assert all(row.display for row in app.screen.query(QuestionRow))
        field(pilot, "workload-0-input-tokens").focus()
        await pilot.pause()
        await press(pilot, "3000<tab>")
        await settle(pilot)
        assert all(row.display for row in app.screen.query(QuestionRow)), "an edit folds nothing"
        app.screen.query_one(MoreLine).focus()
        await press(pilot, "<enter>")
        assert "▸ more: 3,000 in / " in screen_text(app)
