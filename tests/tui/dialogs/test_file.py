"""The picker of files, a long read beside the app, and the look at what came of it."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from planner.tui.app import PlannerApp
from planner.tui.dialogs.ask import Dialog
from planner.tui.dialogs.file import UP, FileDialog, listed
from planner.tui.dialogs.working import Failed, PreviewDialog, Progress, WorkingDialog
from tests.tui.conftest import MakeApp
from tests.tui.driving import screen_text, until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    base = tmp_path / "data"
    (base / "logs" / "october").mkdir(parents=True)
    for age, name in enumerate(("usage.jsonl", "old [b]usage.csv", "bench.json")):
        path = base / name
        path.write_text("x" * 1500)
        os.utime(path, (1_700_000_000 - age * 86_400,) * 2)
    (base / "logs" / "november.csv").write_text("a,b\n")
    (base / ".hidden").write_text("no")
    (base / "gone").symlink_to(base / "nowhere")
    return base


def asked(app: PlannerApp, dialog: Dialog[Any]) -> list[Any]:
    """What the dialog returns, once it has."""
    found: list[Any] = []
    app.push_screen(dialog, found.append)
    return found


def test_a_folder_is_listed_with_the_newest_file_first_and_the_folders_below(folder: Path) -> None:
    found = listed(folder)
    assert [item.name for item in found] == ["usage.jsonl", "old [b]usage.csv", "bench.json", "logs/", UP]
    assert found[0].about == "2023-11-14  1.5 kB"


async def test_part_of_a_name_finds_a_file(make_app: MakeApp, folder: Path) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        found = asked(app, FileDialog("Import", "A log.", folder))
        await until(pilot, lambda: "bench.json" in screen_text(app), "the folder")
        assert "old [b]usage.csv" in screen_text(app)
        assert ".hidden" not in screen_text(app)
        await pilot.press(*"ben", "enter")
        await until(pilot, lambda: bool(found), "the file")
    assert found == [folder / "bench.json"]


async def test_a_folder_is_gone_into_and_left_again(make_app: MakeApp, folder: Path) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        found = asked(app, FileDialog("Import", "A log.", folder))
        await until(pilot, lambda: "bench.json" in screen_text(app), "the folder")
        await pilot.press(*"log", "enter")
        await until(pilot, lambda: "november.csv" in screen_text(app), "the folder in it")
        await pilot.press("up", "enter")
        await until(pilot, lambda: "bench.json" in screen_text(app), "the folder again")
        await pilot.press(*"logs", "tab")
        await until(pilot, lambda: "november.csv" in screen_text(app), "the folder in it")
        await pilot.press("enter")
        await until(pilot, lambda: bool(found), "the file")
    assert found == [folder / "logs" / "november.csv"]


@pytest.mark.parametrize("relative", [True, False])
async def test_a_typed_path_leads_to_its_folder_and_its_file(make_app: MakeApp, folder: Path, relative: bool) -> None:
    app = make_app()
    typed = "logs/nov" if relative else str(folder / "logs" / "nov")
    async with app.run_test(size=(80, 24)) as pilot:
        found = asked(app, FileDialog("Import", "A log.", folder))
        await until(pilot, lambda: "bench.json" in screen_text(app), "the folder")
        app.screen.query_one(Input).value = typed
        await until(pilot, lambda: "november.csv" in screen_text(app), "the file in it")
        await pilot.press("enter")
        await until(pilot, lambda: bool(found), "the file")
    assert found == [folder / "logs" / "november.csv"]


async def test_what_is_not_there_is_said_and_nothing_is_taken(make_app: MakeApp, folder: Path) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        found = asked(app, FileDialog("Import", "A log.", folder))
        await until(pilot, lambda: "bench.json" in screen_text(app), "the folder")
        app.screen.query_one(Input).value = "zzz"
        await until(pilot, lambda: "no file here has “zzz” in its name" in screen_text(app), "that there is none")
        app.screen.query_one(Input).value = "nowhere/at/all"
        await until(pilot, lambda: "no such file or directory" in screen_text(app), "that there is no folder")
        await pilot.press("enter")
        await pilot.pause()
        assert not found
        await pilot.press("escape")
        await until(pilot, lambda: found == [None], "the way out")


async def test_a_long_read_shows_how_far_it_is_and_returns_what_it_found(make_app: MakeApp) -> None:
    app, go_on = make_app(), threading.Event()

    def work(progress: Progress) -> int:
        progress.tell(0.25, 12_000)
        assert go_on.wait(60)
        return 42

    async with app.run_test(size=(80, 24)) as pilot:
        found = asked(app, WorkingDialog("Reading", "usage.csv", work))
        await until(pilot, lambda: "12 k rows" in screen_text(app) and "25%" in screen_text(app), "how far it is")
        go_on.set()
        await until(pilot, lambda: found == [42], "what it found")


async def test_a_read_is_left_at_once_and_told_so(make_app: MakeApp) -> None:
    app, told, seen = make_app(), threading.Event(), threading.Event()

    def work(progress: Progress) -> int:
        seen.set()
        while not progress.cancelled:
            told.wait(0.001)
        told.set()
        return 1

    async with app.run_test(size=(80, 24)) as pilot:
        found = asked(app, WorkingDialog("Reading", "usage.csv", work))
        await until(pilot, seen.is_set, "the thread")
        await pilot.press("escape")
        await until(pilot, lambda: found == [None] and told.is_set(), "the end of both")


async def test_what_a_read_fails_with_comes_back(make_app: MakeApp) -> None:
    app, problem = make_app(), ValueError("line 3: no number")

    def work(progress: Progress) -> int:
        raise problem

    async with app.run_test(size=(80, 24)) as pilot:
        found = asked(app, WorkingDialog("Reading", "usage.csv", work))
        await until(pilot, lambda: found == [Failed(problem)], "the problem")


@pytest.mark.parametrize(("key", "answer"), [("enter", True), ("escape", None)])
async def test_what_was_understood_is_shown_before_it_counts(make_app: MakeApp, key: str, answer: bool | None) -> None:
    app = make_app()
    text = "\n".join(("rows  4,935 read", "span  2026-10-19 to 2026-11-01", *(f"line {n}" for n in range(40))))
    async with app.run_test(size=(80, 24)) as pilot:
        found = asked(app, PreviewDialog("usage.csv", text, "Take it into the plan"))
        await until(pilot, lambda: "4,935 read" in screen_text(app), "the lines")
        assert "Take it into the plan" in screen_text(app)
        await pilot.press("pagedown")
        await until(pilot, lambda: "4,935 read" not in screen_text(app), "the lines below")
        await pilot.press(key)
        await until(pilot, lambda: found == [answer], "the answer")
