"""Without Unicode every place and dialog is ASCII; with it nothing is filtered."""

from __future__ import annotations

import pytest

from planner.tui.ascii_filter import AsciiFilter, in_ascii
from planner.tui.charts.canvas import ascii_only
from planner.tui.charts.cost_curve import PARTS
from planner.tui.charts.vram_bar import vram_glyphs
from planner.tui.charts.week import SHADES
from planner.tui.places import PLACES
from planner.words.labels import ANSWER_MARKS, STRATEGY_MARKERS
from tests.tui.conftest import MakeApp
from tests.tui.driving import screen_text, until
from tests.tui.opening import show_place

DIALOGS = {
    "home": ("f1", "alt+s", "ctrl+p", "n", "o"),
    "questions": ("f1",),
    "answer": ("f1", "i"),
    "sizing": ("f1", "i"),
    "routing": ("f1", "i", "o", "m"),
    "costs": ("f1", "i"),
    "assumptions": ("f1", "enter"),
}
"""Keys that open a dialog over each place; one that is the same everywhere is opened over the first only."""


def _foreign(text: str) -> str:
    return "".join(sorted({mark for mark in text if not mark.isascii()}))


@pytest.mark.parametrize(("size", "no_color"), [((80, 24), ""), ((120, 40), "1")])
async def test_every_place_and_its_dialogs_are_ascii(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], no_color: str
) -> None:
    monkeypatch.setenv("PLANNER_ASCII", "1")
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    found, app = {}, make_app()
    async with app.run_test(size=size, notifications=True) as pilot:
        for place in PLACES:
            await show_place(pilot, place.id)
            found[place.id] = _foreign(screen_text(app))
            for key in DIALOGS[place.id]:
                await pilot.press(key)
                await until(pilot, lambda: len(app.screen_stack) > 1, f"what {key} opens over {place.id}")
                await pilot.pause()
                found[f"{place.id} {key}"] = _foreign(screen_text(app))
                await pilot.press("escape")
                await until(pilot, lambda: len(app.screen_stack) == 1, "the place again")
    assert {where: marks for where, marks in found.items() if marks} == {}


def test_a_terminal_with_unicode_has_no_filter(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_ASCII", "0")
    assert not any(isinstance(one, AsciiFilter) for one in make_app()._filters)


@pytest.mark.parametrize(
    ("surroundings", "plain"),
    [
        ({"LC_ALL": "C"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, False),
        ({"LC_ALL": "C", "PYTHONIOENCODING": "utf-8"}, False),
    ],
)
def test_the_c_locale_is_ascii(monkeypatch: pytest.MonkeyPatch, surroundings: dict[str, str], plain: bool) -> None:
    monkeypatch.setattr("sys.__stdout__", None)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    assert ascii_only() is plain


@pytest.mark.parametrize(
    "marks",
    [
        tuple(STRATEGY_MARKERS.values()),
        tuple(ANSWER_MARKS.values()),
        tuple(SHADES),
        ("▁", "█", "─"),
        tuple(mark for _, mark in vram_glyphs()),
        (*(mark for _, mark, _ in PARTS), "┊"),
        ("┃", "●", "○", "┊", "─"),
        ("░", "▓", "◈", "│"),
        ("◈", "*", "┊", "░", *STRATEGY_MARKERS.values()),
    ],
    ids=["strategies", "answers", "strip", "columns", "vram", "curve", "ruler", "tornado", "lines"],
)
def test_marks_of_one_picture_stay_apart(marks: tuple[str, ...]) -> None:
    twins = in_ascii("".join(marks))
    assert len(set(twins)) == len(marks), twins
