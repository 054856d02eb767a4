"""What the small dialogs say, and in which columns."""

from __future__ import annotations

from textual.widgets import Static

from planner.plan.reprice import PriceChange
from planner.tui.dialogs.compare import difference_line, price_lines
from planner.tui.dialogs.pick import Item, PickDialog
from planner.tui.form.questions import STEPS
from planner.tui.palette_commands import ActionsProvider
from planner.tui.strategies import spoken
from tests.factories import sample_evaluation
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, screen_text, until
from tests.tui.opening import show_place


def change(label: str, old: float | None, new: float | None) -> PriceChange:
    unit = "USD per 1M tokens"
    return PriceChange("api", "x", label, old, new, unit, unit, "2026-05-01", "2026-11-10")


def test_prices_stand_in_columns() -> None:
    lines = price_lines([change("One, input", 0.16, 0.1), change("One, output", 15, 12.5)]).plain.splitlines()
    assert len({line.index("→") for line in lines}) == 1
    assert len({line.index("USD/1M") for line in lines}) == 1
    assert lines[0].endswith("−38 %")
    assert lines[1].endswith("−17 %")


def test_a_price_that_is_gone_is_said_in_words() -> None:
    line = price_lines([change("Old model, input", 3, None)]).plain
    assert "3 → no longer sold" in line
    assert "%" not in line


def test_the_difference_is_money_a_month_and_the_verdict() -> None:
    hybrid, api = sample_evaluation(), sample_evaluation(with_choice=False)
    assert "verdict unchanged" in difference_line(hybrid, hybrid).plain
    assert "a month, the verdict changes" in difference_line(hybrid, api).plain
    assert not difference_line(None, api).plain


def test_inside_a_sentence_the_api_keeps_its_capitals() -> None:
    assert spoken("api") == "stay on the API"
    assert spoken("self_host") == "self-host"


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
        assert app.clipboard.endswith(app.evaluation.verdict.headline)
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
        assert "Shape of the week: Don't know (F8): office hours." in text
        assert "which is what usually decides against it." in text
