"""What people do, from the first key to the saved file: by keyboard at 80x24, twice with the mouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from planner.plan.drafts import autosave, key_for, new_key, recover_drafts
from planner.plan.edit import new_plan, set_value
from planner.plan.store import load, save
from planner.tui.app import PlannerApp
from planner.tui.dialogs.ask import AskDialog, ChoiceDialog
from planner.tui.dialogs.pick import PickDialog
from planner.tui.screens.questions.screen import QuestionsScreen
from planner.tui.widgets.shelf_list import ShelfList
from planner.tui.widgets.workload_table import WorkloadTable
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import drafted, in_place, planner, screen_text, settle, type_into, until, verdict

SMALL, LARGE = (80, 24), (120, 40)


async def shelf_filled(pilot: Pilot[None]) -> ShelfList:
    """Home with its list read."""
    await in_place(pilot, "home")
    shelf = pilot.app.screen.query_one(ShelfList)
    await until(pilot, lambda: bool(shelf.books), "the list of plans")
    return shelf


async def put_cursor_on(pilot: Pilot[None], shelf: ShelfList, name: str) -> None:
    """The cursor on a named line."""
    await until(pilot, lambda: any(book.name == name for book in shelf.books), name)
    key = next(book.key for book in shelf.books if book.name == name)
    shelf.highlighted = shelf.get_option_index(key)
    await pilot.pause()


async def dialog(pilot: Pilot[None], kind: type) -> None:
    """Wait for a dialog."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind), kind.__name__)


async def open_blank(pilot: Pilot[None]) -> None:
    """From Home to the first question of a blank plan."""
    await shelf_filled(pilot)
    await pilot.press("n")
    await dialog(pilot, PickDialog)
    await pilot.press("enter")
    await in_place(pilot, "questions")
    await settle(pilot)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_from_blank_to_a_saved_plan_by_keyboard(make_app: MakeApp, profiles: Path, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await open_blank(pilot)
        assert "KEEP YOUR MODELS" in verdict(pilot)
        await pilot.press("enter")  # the first workload's form
        await until(pilot, lambda: bool(app.screen.query("#workload-0-volume")), "the workload's form")
        await type_into(pilot, "workload-0-volume", "20M")
        await settle(pilot)
        assert "OWN GPUS" in verdict(pilot)
        await pilot.press("escape", "ctrl+n", "ctrl+n", "ctrl+n")
        await until(pilot, lambda: bool(app.screen.query("#operations-gpu-experience")), "question 4")
        await pilot.press("y")
        await settle(pilot)
        await pilot.press("ctrl+s")
        await dialog(pilot, AskDialog)
        app.screen.query_one(Input).value = "Support assistant"
        await pilot.press("enter")
        await until(pilot, lambda: not app.session.dirty, "the plan on disk")
    plan = load(profiles / "support-assistant.toml").plan
    assert (plan.name, plan.workload[0].tokens_per_day) == ("Support assistant", 20e6)
    assert plan.operations.gpu_experience == "yes"
    assert plan.result is not None
    assert plan.result.recommendation == "hybrid"
    assert recover_drafts(profiles) == ()


async def test_an_example_answered_differently_changes_the_verdict(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        shelf = await shelf_filled(pilot)
        await put_cursor_on(pilot, shelf, "Article: 1 million tokens a day")
        await pilot.press("enter")
        await in_place(pilot, "questions")
        await settle(pilot)
        before = verdict(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.screen.query("#workload-0-volume")), "the workload's form")
        await type_into(pilot, "workload-0-volume", "50M")
        await settle(pilot)
        assert "KEEP YOUR MODELS" in before
        assert "OWN GPUS" in verdict(pilot)
        assert "volume 1M → 50M" in screen_text(app).replace("│", " ").replace("  ", " ") or app.change is not None
        assert app.change is not None
        assert app.change.why == "volume 1M → 50M"
        assert app.change.verdict_changed


async def test_with_the_mouse(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=LARGE) as pilot:
        shelf = await shelf_filled(pilot)
        await put_cursor_on(pilot, shelf, "Article: 1 million tokens a day")
        line = shelf.highlighted or 0
        await pilot.click(ShelfList, offset=(6, line - int(shelf.scroll_y)))
        await in_place(pilot, "questions")
        await settle(pilot)
        await pilot.click("StepBar", offset=(45, 0))
        await until(pilot, lambda: bool(app.screen.query("#operations-gpu-experience")), "question 4")
        await pilot.click("#operations-gpu-experience", offset=(4, 0))
        await settle(pilot)
        plan = planner(pilot).plan
        assert plan is not None
        assert plan.operations.gpu_experience == "yes"
        await pilot.click("PlaceBar", offset=(4, 0))
        await in_place(pilot, "home")


async def test_undo_and_redo_reach_the_field_and_the_verdict(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await open_blank(pilot)
        await type_into(pilot, "volume-growth-per-month", "6 %")
        await settle(pilot)
        assert app.plan is not None
        assert app.plan.volume.growth_per_month == pytest.approx(0.06)
        await pilot.press("ctrl+z")
        await settle(pilot)
        assert app.plan.volume.growth_per_month == 0
        assert app.screen.query_one("#volume-growth-per-month", Input).value == "0 %"
        await pilot.press("ctrl+y")
        await settle(pilot)
        assert app.plan.volume.growth_per_month == pytest.approx(0.06)


async def test_a_wrong_answer_stays_visible_and_the_last_valid_plan_in_force(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await open_blank(pilot)
        await type_into(pilot, "volume-growth-per-month", "6 %")
        await type_into(pilot, "volume-growth-per-month", "six")
        await settle(pilot)
        assert app.plan is not None
        assert app.plan.volume.growth_per_month == pytest.approx(0.06)
        assert app.screen.query_one("#volume-growth-per-month", Input).value == "six"
        assert "“six” is not a share; write" in screen_text(app)


async def test_i_do_not_know_takes_the_stated_default(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await open_blank(pilot)
        await type_into(pilot, "volume-growth-per-month", "6 %")
        await pilot.press("ctrl+o")
        await settle(pilot)
        assert app.plan is not None
        assert app.plan.volume.growth_per_month == 0
        assert "If you skip this (^o): no growth." in screen_text(app)


async def test_what_cannot_be_skipped_says_so(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await open_blank(pilot)
        before = app.plan
        await pilot.press("ctrl+o")  # the cursor is in the table of workloads
        await until(pilot, lambda: "needs an answer" in screen_text(app), "the notice")
        assert app.plan == before


async def test_back_and_forward_without_loss_and_straight_to_any_question(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await open_blank(pilot)
        await type_into(pilot, "volume-growth-per-month", "6 %")
        screen = app.screen
        assert isinstance(screen, QuestionsScreen)
        await pilot.press("ctrl+n", "ctrl+n", "ctrl+b", "ctrl+b")
        await until(pilot, lambda: bool(screen.query("#volume-growth-per-month")), "question 1")
        assert screen.query_one("#volume-growth-per-month", Input).value == "6 %"
        screen.query_one(WorkloadTable).focus()
        await pilot.press("5")
        await until(pilot, lambda: bool(screen.query("#residency-answer")), "question 5")
        assert len(screen.query("QuestionForm")) == 1


async def test_workloads_are_added_copied_and_deleted(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await open_blank(pilot)
        await pilot.press("c")
        await until(pilot, lambda: bool(app.screen.query("#workload-1-name")), "the copy's form")
        await type_into(pilot, "workload-1-name", "second")
        await pilot.press("escape")
        await until(pilot, lambda: bool(app.screen.query(WorkloadTable)), "the table")
        assert app.plan is not None
        assert [entry.name for entry in app.plan.workload] == ["main workload", "second"]
        assert app.screen.query_one(WorkloadTable).cursor_row == 1, "on the one that was open"
        await pilot.press("up", "d", "d")
        await settle(pilot)
        assert [entry.name for entry in app.plan.workload] == ["second"]
        await pilot.press("ctrl+z")
        await settle(pilot)
        assert [entry.name for entry in app.plan.workload] == ["main workload", "second"]


async def test_a_draft_is_recovered_after_a_kill(make_app: MakeApp, profiles: Path) -> None:
    plan = set_value(new_plan("Left behind", AS_OF), ("volume", "growth_per_month"), 0.07)
    autosave(plan, profiles, new_key())
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        shelf = await shelf_filled(pilot)
        assert shelf.books[0].name == "Left behind"
        assert "Not saved" in screen_text(app)
        await put_cursor_on(pilot, shelf, "Left behind")
        await pilot.press("enter")
        await in_place(pilot, "questions")
        await settle(pilot)
        assert app.plan == plan
        assert app.session.dirty


@pytest.mark.parametrize(("key", "growth", "drafts"), [("g", 0.07, 1), ("o enter", 0.0, 0), ("escape", None, 1)])
async def test_opening_a_file_offers_its_unsaved_edits(
    make_app: MakeApp, profiles: Path, key: str, growth: float | None, drafts: int
) -> None:
    path = profiles / "plan.toml"
    saved = save(new_plan("Both", AS_OF), path)
    edited = set_value(saved.plan, ("volume", "growth_per_month"), 0.07)
    autosave(edited, profiles, key_for(path), origin=path, origin_digest=saved.digest)
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        await dialog(pilot, ChoiceDialog)
        await pilot.press(*key.split())
        await until(pilot, lambda: not isinstance(app.screen, ChoiceDialog), "the dialog gone")
        await drafted(pilot)
        assert (None if app.plan is None else app.plan.volume.growth_per_month) == growth
    assert len(recover_drafts(profiles)) == drafts


async def test_opening_the_open_plan_again_loses_nothing(make_app: MakeApp, profiles: Path) -> None:
    save(new_plan("Mine", AS_OF), profiles / "mine.toml")
    app = make_app(open_path=profiles / "mine.toml")
    async with app.run_test(size=SMALL) as pilot:
        await in_place(pilot, "questions")
        await type_into(pilot, "volume-growth-per-month", "6 %")
        await pilot.press("f2")
        shelf = await shelf_filled(pilot)
        await put_cursor_on(pilot, shelf, "Mine")
        await pilot.press("enter")
        await in_place(pilot, "questions")
        assert app.plan is not None
        assert app.plan.volume.growth_per_month == pytest.approx(0.06)


async def test_typing_is_kept_as_a_draft_without_saving(make_app: MakeApp, profiles: Path) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await open_blank(pilot)
        await type_into(pilot, "volume-growth-per-month", "6 %")
        await until(pilot, lambda: bool(_growths(profiles)), "a draft")
        await until(pilot, lambda: _growths(profiles) == [pytest.approx(0.06)], "the draft of the last state")


def _growths(profiles: Path) -> list[object]:
    return [draft.plan.volume.growth_per_month for draft in recover_drafts(profiles)]


@pytest.mark.parametrize(
    ("key", "mine_on_disk", "name_open"),
    [("o enter", True, "Mine"), ("r enter", False, "Theirs"), ("escape", False, "Mine")],
)
async def test_a_file_changed_on_disk_is_never_overwritten_silently(
    make_app: MakeApp, profiles: Path, key: str, mine_on_disk: bool, name_open: str
) -> None:
    path = profiles / "plan.toml"
    save(new_plan("Mine", AS_OF), path)
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        await in_place(pilot, "questions")
        await settle(pilot)
        await type_into(pilot, "volume-growth-per-month", "6 %")
        await settle(pilot)
        save(new_plan("Theirs", AS_OF), path, overwrite=True)
        await pilot.press("ctrl+s")
        await dialog(pilot, ChoiceDialog)
        assert "has changed on disk" in screen_text(app)
        assert load(path).plan.name == "Theirs"
        await pilot.press(*key.split())
        await until(pilot, lambda: not isinstance(app.screen, ChoiceDialog), "the dialog gone")
        await settle(pilot)
        await until(pilot, lambda: app.plan is not None and app.plan.name == name_open, name_open)
        assert (load(path).plan.name == "Mine") is mine_on_disk


async def test_deleting_asks_first(make_app: MakeApp, profiles: Path) -> None:
    path = profiles / "old.toml"
    save(new_plan("Old plan", AS_OF), path)
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        shelf = await shelf_filled(pilot)
        await put_cursor_on(pilot, shelf, "Old plan")
        await pilot.press("d")
        await dialog(pilot, ChoiceDialog)
        await pilot.press("enter")  # the focus is on keeping it
        await in_place(pilot, "home")
        assert path.exists()
        await pilot.press("d")
        await dialog(pilot, ChoiceDialog)
        await pilot.press("d", "enter")
        await until(pilot, lambda: not path.exists(), "the file gone")
        await until(pilot, lambda: all(book.name != "Old plan" for book in shelf.books), "the line gone")


async def test_renaming_and_copying(make_app: MakeApp, profiles: Path) -> None:
    save(new_plan("First", AS_OF), profiles / "first.toml")
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        shelf = await shelf_filled(pilot)
        await put_cursor_on(pilot, shelf, "First")
        await pilot.press("r")
        await dialog(pilot, AskDialog)
        app.screen.query_one(Input).value = "Second"
        await pilot.press("enter")
        await until(pilot, lambda: (profiles / "second.toml").exists(), "the renamed file")
        await put_cursor_on(pilot, shelf, "Second")
        await pilot.press("c")
        await until(pilot, lambda: any(book.name == "Second (copy)" for book in shelf.books), "the copy")
    assert sorted(path.name for path in profiles.glob("*.toml")) == ["second-(copy).toml", "second.toml"]


async def test_a_broken_file_is_listed_with_its_error(make_app: MakeApp, profiles: Path) -> None:
    (profiles / "broken.toml").write_text('schema = 1\nname = "x"\nvolme = 3\n')
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        shelf = await shelf_filled(pilot)
        await put_cursor_on(pilot, shelf, "broken.toml")
        assert "✗ broken.toml" in screen_text(app)
        assert "volme" in screen_text(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.current_mode == "home"
        assert app.plan is None


async def test_names_are_shown_as_typed_never_as_markup(make_app: MakeApp, profiles: Path) -> None:
    save(new_plan("[red]not markup[/red] [", AS_OF), profiles / "odd.toml")
    app = make_app()
    async with app.run_test(size=LARGE) as pilot:
        shelf = await shelf_filled(pilot)
        await put_cursor_on(pilot, shelf, "[red]not markup[/red] [")
        assert "[red]not markup[/red] [" in screen_text(app)
        await pilot.press("enter")
        await in_place(pilot, "questions")
        await settle(pilot)
        assert "[red]not markup[/red] [" in screen_text(app).splitlines()[0]


async def test_leaving_an_edited_plan_asks_and_keeps_the_draft(make_app: MakeApp, profiles: Path) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await open_blank(pilot)
        await pilot.press("ctrl+q")
        await dialog(pilot, ChoiceDialog)
        await pilot.press("escape")
        await in_place(pilot, "questions")
        await pilot.press("ctrl+q")
        await dialog(pilot, ChoiceDialog)
        await pilot.press("l")
        await until(pilot, lambda: app._exit, "the end")
    assert [draft.plan.name for draft in recover_drafts(profiles)] == ["New plan"]
    assert app.return_code == 0


async def test_without_a_plan_the_other_places_stay_closed(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await shelf_filled(pilot)
        await pilot.press("f5", "alt+7")
        assert app.current_mode == "home"


async def test_the_palette_opens_a_plan(make_app: MakeApp, profiles: Path) -> None:
    save(new_plan("Quarterly review", AS_OF), profiles / "q.toml")
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await shelf_filled(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: bool(app.screen.query(Input)), "the palette")
        app.screen.query_one(Input).value = "open quarterly"
        found = app.screen.query_one(OptionList)
        await until(pilot, lambda: found.option_count > 0, "a hit")
        await until(pilot, lambda: "Quarterly review" in screen_text(app) and found.highlighted == 0, "it chosen")
        await pilot.press("enter")
        await in_place(pilot, "questions")
        assert app.plan is not None
        assert app.plan.name == "Quarterly review"


async def test_a_file_with_the_very_same_plan_is_evaluated_too(make_app: MakeApp, profiles: Path) -> None:
    first, second = profiles / "first.toml", profiles / "second.toml"
    save(new_plan("Twin", AS_OF), first)
    second.write_bytes(first.read_bytes())
    app = make_app(open_path=first)
    async with app.run_test(size=SMALL) as pilot:
        await in_place(pilot, "questions")
        await until(pilot, lambda: app.evaluation is not None, "the first result")
        app.run_flow(lambda: app.filing.open_path(second))
        await until(pilot, lambda: app.session.origin.path == second, "the second file")
        await until(pilot, lambda: app.evaluation is not None, "its result")


async def test_after_the_last_question_comes_the_verdict(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await open_blank(pilot)
        await pilot.press("escape", *["ctrl+n"] * 5)
        await until(pilot, lambda: "^n: answer" in screen_text(app), "the sixth question")
        await pilot.press("ctrl+n")
        await in_place(pilot, "answer")
        await until(pilot, lambda: "Because" in screen_text(app), "the verdict")


async def test_arrows_and_enter_lead_from_field_to_field(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await open_blank(pilot)
        await pilot.press("4")
        await until(pilot, lambda: _focused(app) == "operations-gpu-experience", "the fourth question")
        for key, target in (
            ("down", "operations-hiring-budget"),
            ("enter", "operations-redundancy"),
            ("down", "operations-hardware"),
            ("down", "operations-people-already-paid"),
            ("down", "operations-until-live"),
            ("down", "objectives-ttft-ms-p95"),
            ("enter", "objectives-tpot-ms"),
            ("up", "objectives-ttft-ms-p95"),
            ("up", "operations-until-live"),
        ):
            await pilot.press(key)
            assert _focused(app) == target


def _focused(app: PlannerApp) -> str | None:
    return app.focused.id if app.focused is not None else None


async def test_from_a_bill_to_should_we_in_a_dozen_keys(make_app: MakeApp) -> None:
    """A newcomer who only knows what is paid: a blank plan, the bill, and the verdict, without the manual."""
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        await open_blank(pilot)
        await until(pilot, lambda: "$8k a month" in " ".join(screen_text(app).split()), "how to tell a volume")
        await pilot.press("enter")
        await until(pilot, lambda: _focused(app) == "workload-0-name", "the workload's form")
        await pilot.press("down", "down")
        assert _focused(app) == "workload-0-volume"
        await type_into(pilot, "workload-0-volume", "$8k a month")
        await settle(pilot)
        await pilot.press("escape", "6", "ctrl+n")
        await in_place(pilot, "answer")
        await until(pilot, lambda: "Because" in screen_text(app), "the verdict")
        assert app.plan is not None
        assert app.plan.workload[0].bill is not None
