"""The theme is chosen once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.conftest import MakeApp


async def test_the_next_start_has_the_theme_of_the_last(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.theme == "planner-dark"
        app.action_switch_theme()
        await pilot.pause()
    assert make_app().theme == "planner-light"


async def test_a_theme_asked_for_wins_and_is_not_kept(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_THEME", "nord")
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.theme == "nord"
        app.action_switch_theme()
        await pilot.pause()
    monkeypatch.delenv("TEXTUAL_THEME")
    assert make_app().theme == "planner-dark"


@pytest.mark.parametrize("kept", [b"no-such-theme", b"\xff\xfe", b""])
def test_what_is_no_theme_is_passed_over(make_app: MakeApp, tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "theme").write_bytes(kept)
    assert make_app().theme == "planner-dark"
