"""The picture of the screen, by the palette's own command."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.toml.errors import InputError
from tests.tui.conftest import MakeApp
from tests.tui.driving import planner, until
from tests.tui.opening import show_place


async def test_it_goes_where_exports_go_and_says_where(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    async with make_app().run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "costs")
        app = planner(pilot)
        for count in (1, 2):
            app.action_screenshot()
            await until(pilot, lambda: len(list(tmp_path.glob("*.svg"))) == count, "the picture")  # noqa: B023
        told = [note.message for note in app._notifications]
    for file in tmp_path.glob("*.svg"):
        assert file.read_text("utf-8").startswith("<svg")
        assert any(str(file.resolve()) in note for note in told)


async def test_a_folder_that_takes_nothing_is_said(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise InputError("Permission denied")

    monkeypatch.setattr("planner.tui.flows.take_away.write_whole", refuses)
    async with make_app().run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "costs")
        app = planner(pilot)
        app.action_screenshot()
        await pilot.pause()
        assert any("Permission denied" in note.message for note in app._notifications)
