"""The app's process where a browser is its terminal."""

from __future__ import annotations

import pytest
from textual import events
from textual.drivers.web_driver import WebDriver
from textual.geometry import Size

from planner.tui import process
from tests.tui.conftest import MakeApp


@pytest.mark.parametrize(
    ("told", "drawn"),
    [((80, 24), (80, 24)), ((999_999, 999_999), (400, 200)), ((0, 0), (1, 1)), ((-5, 10**300), (1, 200))],
)
def test_a_browsers_window_is_no_larger_than_can_be_drawn(told: tuple[int, int], drawn: tuple[int, int]) -> None:
    assert process.clamped(*told) == drawn


async def test_a_browser_is_drawn_for_with_less_trust(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(driver=process.web_driver())
    assert issubclass(app.driver_class, WebDriver)
    monkeypatch.setenv("COLUMNS", "999999")
    monkeypatch.setenv("ROWS", "-3")
    monkeypatch.setattr("textual.drivers.web_driver.InputReader", lambda: None)
    driver = app.driver_class(app)
    assert driver._size == (400, 1)
    seen: list[events.Resize] = []
    monkeypatch.setattr(app, "post_message", seen.append)
    assert isinstance(driver, WebDriver)
    driver.on_meta("resize", {"width": 10**9, "height": 30})
    assert [event.size for event in seen] == [Size(400, 30)]
    driver.process_message(events.Resize(Size(10**6, 10**6), Size(10**6, 10**6)))
    assert len(seen) == 1
