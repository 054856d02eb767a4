"""Which file is which: plans of one name, the folder of plans, examples in their own folder, what the keys say."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from planner.plan.edit import new_plan
from planner.plan.places import EXAMPLES, examples_dir
from planner.plan.prices import with_result
from planner.plan.store import save
from planner.tui.dialogs.ask import AskDialog
from planner.tui.flows.books import other_plans
from planner.tui.flows.files import file_words
from planner.tui.open_plan.shelf import read_shelf
from planner.tui.screens.home.screen import HomeScreen
from planner.tui.widgets.shelf_list import ShelfList, book_line, heading, name_width
from tests.factories import sample_evaluation
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import field, in_place, screen_text, until
from tests.tui.opening import sample_plan, show_place
from tests.tui.typing import press


def two_of_one_name(folder: Path, *, priced: bool) -> None:
    plan = new_plan("Praxis Nord, all of its transcription and billing", AS_OF)
    for file in ("praxis-nord.toml", "praxis-nord-2.toml"):
        save(with_result(plan, sample_evaluation()) if priced else plan, folder / file)
    save(new_plan("Another", AS_OF), folder / "another.toml")


@pytest.mark.parametrize("priced", [True, False])
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_plans_of_one_name_are_told_apart_by_their_files(profiles: Path, width: int, priced: bool) -> None:
    two_of_one_name(profiles, priced=priced)
    books = [book for book in read_shelf(profiles) if book.group == "plan"]
    lines = {book.path.name: book_line(book, width, AS_OF).plain for book in books}
    assert "· praxis-nord" in lines["praxis-nord.toml"]
    assert "· praxis-nord-2" in lines["praxis-nord-2.toml"]
    assert width < 120 or "praxis-nord.toml" in lines["praxis-nord.toml"], "as a file, where there is room"
    assert "another.toml" not in lines["another.toml"], "nothing is to be told apart"
    assert all(len(line.rstrip()) <= width and "Pra" in line for file, line in lines.items() if "praxis" in file)
    assert len({book.told_apart for book in other_plans(profiles, [])}) == len(other_plans(profiles, []))


def test_in_the_folder_of_the_examples_they_are_nobodys_plans() -> None:
    shelf = read_shelf(examples_dir())
    assert [book.path.stem for book in shelf if book.group == "example"] == list(EXAMPLES)
    assert not [book.path for book in shelf if book.group == "plan" and book.path.stem in EXAMPLES]


@pytest.mark.parametrize("columns", [True, False])
@pytest.mark.parametrize("width", [56, 80, 120])
def test_the_heading_says_where_the_plans_lie(width: int, columns: bool) -> None:
    folder = "/home/somebody/with/a/long/way/to/the/planner/profiles"
    line = heading("Your plans", width, columns, folder).plain
    assert ("profiles" in line) is (width > 56 or not columns), "the verdict comes first"
    assert len(line.rstrip()) <= width
    room = name_width(width) + 4
    assert not columns or line[room:].startswith("verdict")


async def test_plans_say_their_folder_and_what_a_key_does(make_app: MakeApp, profiles: Path) -> None:
    save(new_plan("Mine", AS_OF), profiles / "mine.toml")
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await in_place(pilot, "home")
        shelf = app.screen.query_one(ShelfList)
        await until(pilot, lambda: any(book.name == "Mine" for book in shelf.books), "the list")
        assert str(profiles)[-20:] in screen_text(app)
        assert "o Open a file…" in screen_text(app).splitlines()[-1]
        assert isinstance(app.screen, HomeScreen)
        await press(pilot, "o")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "which file")


def test_the_words_of_a_name_name_its_file(profiles: Path) -> None:
    save(new_plan("Praxis Nord", AS_OF), profiles / "praxis-nord.toml")
    assert file_words(profiles, None, "Other").endswith(f"its file is {profiles / 'other.toml'}.")
    taken = file_words(profiles, None, "Praxis Nord")
    assert str(profiles / "praxis-nord-2.toml") in taken
    assert "There is a praxis-nord.toml already" in taken
    own = file_words(profiles, profiles / "praxis-nord.toml", "Praxis Nord")
    assert "already" not in own
    assert file_words(Path("plans"), None, "X").count(str(Path.cwd() / "plans" / "x.toml")) == 1, "the whole way"


async def test_saving_a_second_plan_of_a_name_says_which_file_it_gets(make_app: MakeApp, profiles: Path) -> None:
    save(new_plan("Praxis Nord", AS_OF), profiles / "praxis-nord.toml")
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "costs", sample_plan())
        await press(pilot, "<f9>")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the name")
        label = app.screen.query_one("#label", Static)
        assert "already" not in str(label.content)
        field(pilot, "text").value = "Praxis Nord"
        await pilot.pause()
        assert "There is a praxis-nord.toml already" in str(label.content)
        await press(pilot, "<enter>")
        await until(pilot, lambda: (profiles / "praxis-nord-2.toml").exists(), "the file")
