"""What the small dialogs say, and in which columns."""

from __future__ import annotations

from textual.widgets import Static

from planner.plan.reprice import PriceDifference
from planner.report.tables.assumptions import prices_changed
from planner.tui.dialogs.compare import difference_line
from planner.tui.dialogs.pick import Item, PickDialog
from planner.tui.form.questions import STEPS
from planner.tui.palette_commands import ActionsProvider
from planner.words.answer import in_a_sentence, verdict_parts
from tests.factories import sample_evaluation
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, screen_text, until
from tests.tui.opening import show_place


def change(label: str, old: float | None, new: float | None) -> PriceDifference:
    unit = "USD per 1M tokens"
    return PriceDifference(kind="api", id="x", label=label, old=old, new=new, old_unit=unit)


def test_a_price_stands_beside_the_one_it_had() -> None:
    rows = prices_changed([change("One, input", 0.16, 0.1), change("One, output", 15, 12.5)]).rows
    assert rows == (
        ("One, input", "0.16", "0.1", "USD/1M", "-38 %", ""),
        ("One, output", "15", "12.5", "USD/1M", "-17 %", ""),
    )


def test_a_price_that_is_gone_is_said_in_words() -> None:
    (row,) = prices_changed([change("Old model, input", 3, None)]).rows
    assert row == ("Old model, input", "3", "no longer sold", "", "", "")


def test_the_difference_is_money_a_month_and_the_verdict() -> None:
    hybrid, api = sample_evaluation(), sample_evaluation(with_choice=False)
    assert "verdict unchanged" in difference_line(hybrid, hybrid).plain
    assert "a month, the verdict changes" in difference_line(hybrid, api).plain
    assert not difference_line(None, api).plain


def test_inside_a_sentence_the_api_keeps_its_capitals() -> None:
    assert in_a_sentence(sample_evaluation(with_choice=False)) == "keep your models"
    assert in_a_sentence(sample_evaluation()) == "own GPUs for the base load"


async def test_a_list_explains_all_of_its_items_in_one_way(make_app: MakeApp) -> None:
    app = make_app()
    items = [Item("a", "First", "short"), Item("b", "Second", "words that are much too long for one line")]
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(PickDialog("Pick", "", items))
        await until(pilot, lambda: "Second" in screen_text(app), "the list")
        first = next(line for line in screen_text(app).splitlines() if "First" in line)
        assert "short" not in first
        assert "short" in screen_text(app)


async def test_help_names_the_place_and_writes_function_keys_in_capitals(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "questions")
        await pilot.press("f1")
        await until(pilot, lambda: "Help: Questions" in screen_text(app), "help")
        text = screen_text(app)
        assert "F2 alt+2" in text
        assert STEPS[0].question in text
        assert "f2" not in text


async def test_the_verdict_can_be_copied_as_one_line(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "costs")
        provider = ActionsProvider(app.screen)
        next(command for command in provider._commands() if command.title == "Copy the verdict").run()
        assert app.evaluation is not None
        assert app.clipboard.startswith("Support assistant: ")
        said = [part.texts[0] for part in verdict_parts(app.evaluation)]
        assert all(text in app.clipboard for text in said)
        assert "\n" not in app.clipboard


async def test_without_a_plan_there_is_no_verdict_to_copy(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)):
        titles = {command.title for command in ActionsProvider(app.screen)._commands()}
        assert "Copy the verdict" not in titles
        assert "Go to Costs" in titles


async def test_the_palette_has_every_action_of_the_place_and_every_question(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "costs")
        provider = ActionsProvider(app.screen)
        commands = {command.title: command for command in provider._commands()}
        assert {"Compare plans", "Where from", "Verdict"} <= set(commands)
        assert [title for title in commands if title.startswith("Question ")] == [
            f"Question {number}: {step.title}" for number, step in enumerate(STEPS, start=1)
        ]
        commands["Question 5: Data"].run()
        await in_place(pilot, "questions")
        await until(pilot, lambda: "Must the data stay inside?" in screen_text(app), "the fifth question")
        await pilot.press("ctrl+g")
        await in_place(pilot, "costs")


async def test_a_question_named_on_its_own_place_has_nowhere_to_go_back_to(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "questions")
        commands = {command.title: command for command in ActionsProvider(app.screen)._commands()}
        commands["Question 2: Quality"].run()
        await until(pilot, lambda: "simple enough" in screen_text(app), "the second question")
        await pilot.press("ctrl+g")
        await in_place(pilot, "questions")


async def test_help_tells_in_full_why_a_field_is_asked(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "questions")
        app.screen.query_one("#volume-profile").focus()
        await pilot.press("f1")
        await until(pilot, lambda: "Help: Questions" in screen_text(app), "help")
        text = str(app.screen.query_one("#about", Static).render())
        assert "Shape of the week: If you skip this (^o): office hours." in text
        assert "which is what usually decides against it." in text
