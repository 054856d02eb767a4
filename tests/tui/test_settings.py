"""Where the app begins, and what a person set for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Tabs

from planner.cli.main import main
from planner.plan.places import example_path
from planner.tui.places import Spot, action_names, spot_of
from tests.tui.conftest import MakeApp
from tests.tui.driving import until


async def test_it_begins_where_it_is_told(make_app: MakeApp) -> None:
    app = make_app(open_path=example_path("bulk-classifier"), open_at=spot_of("costs/risk"))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(
            pilot, lambda: app.current_mode == "costs" and app.screen.query_one(Tabs).active == "risk", "the tab"
        )


@pytest.mark.parametrize(
    ("text", "spot"),
    [("costs", Spot("costs")), ("Plans", Spot("home")), ("assumptions/pue", Spot("assumptions", "pue"))],
)
def test_places_by_id_and_by_title(text: str, spot: Spot) -> None:
    assert spot_of(text) == spot


async def test_a_key_of_ones_own_does_what_it_is_set_for(make_app: MakeApp) -> None:
    assert "help" in action_names()
    app = make_app(keys={"help": "f12"})
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("f1")
        assert len(app.screen_stack) == 1
        await pilot.press("f12")
        await until(pilot, lambda: len(app.screen_stack) == 2, "the help")


async def test_the_theme_that_was_set_wins(make_app: MakeApp, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('theme = "nord"')
    assert make_app().theme == "nord"


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ('theme = "nrod"', (), "theme: there is no theme 'nrod'; did you mean \"nord\"?"),
        ('[keys]\nreprise = "x"', (), "keys.reprise: there is no action 'reprise'; did you mean \"reprice\"?"),
        ("", ("app", "--at", "cots"), "--at: there is no place 'cots'; there are home, questions"),
    ],
)
def test_what_is_set_wrongly_ends_in_one_line_before_the_screen_is_taken(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    words: tuple[str, ...],
    said: str,
) -> None:
    (tmp_path / "config.toml").write_text(text)
    monkeypatch.setattr("planner.cli.app._has_terminal", lambda: True)
    monkeypatch.setattr("planner.tui.app.PlannerApp.run", lambda app: pytest.fail("the app began"))
    assert main(list(words)) == 2
    assert said in capsys.readouterr().err
