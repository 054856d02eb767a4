"""Small words for journeys: wait, look, type into a field."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from planner.tui.app import PlannerApp
from planner.tui.charts.canvas import plain
from planner.tui.dialogs.sources import SourcesDialog
from planner.tui.widgets.bars import VerdictStrip
from planner.tui.widgets.document_view import Notes
from tests.tui.waiting import LOOK_S

LIMIT_S = 20.0
"""Counted in looks: a machine that is busy with something else makes them longer."""


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str) -> None:
    """Let the app run until `condition` holds; fails with `what` after a while."""
    waited = 0.0
    while not condition():
        if waited > LIMIT_S:
            raise AssertionError(f"never came: {what}\n{screen_text(pilot.app)}")
        await asyncio.sleep(LOOK_S)
        waited += LOOK_S
    await pilot.pause()


async def settle(pilot: Pilot[None]) -> None:
    """Wait for the evaluation of the plan on screen."""
    app = planner(pilot)
    await pilot.pause()
    await until(pilot, lambda: not app.computing, "the evaluation")


async def drafted(pilot: Pilot[None]) -> None:
    """Do now what the autosave does once typing has rested, and wait until it is done."""
    app = planner(pilot)
    app.filing.draft_in_thread()
    await until(pilot, lambda: all(w.is_finished for w in app.workers if w.group == "draft"), "the draft")


async def in_place(pilot: Pilot[None], place: str) -> None:
    """Wait until a place is on screen."""
    await until(pilot, lambda: pilot.app.current_mode == place and pilot.app.screen.is_current, place)


def planner(pilot: Pilot[None]) -> PlannerApp:
    """The app that is driven."""
    assert isinstance(pilot.app, PlannerApp)
    return pilot.app


def screen_text(app: object) -> str:
    """What stands on the screen, line by line."""
    assert isinstance(app, PlannerApp)
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def verdict(pilot: Pilot[None]) -> str:
    """What the verdict strip says."""
    return " ".join(part.text(0) for part in pilot.app.screen.query_one(VerdictStrip).parts)


def field(pilot: Pilot[None], name: str) -> Input:
    """The text field of a question."""
    return pilot.app.screen.query_one(f"#{name}", Input)


async def type_into(pilot: Pilot[None], name: str, text: str) -> None:
    """Replace a field's text as if typed."""
    widget = field(pilot, name)
    widget.focus()
    await pilot.pause()
    widget.value = text
    await pilot.pause()


def shown(widget: Widget) -> bool:
    """Whether a widget can be seen."""
    return widget.display and widget.region.area > 0


async def explained(pilot: Pilot[None]) -> str:
    """What `i` says, all of it."""
    await pilot.press("i")
    await until(pilot, lambda: isinstance(pilot.app.screen, SourcesDialog), "the dialog")
    return "\n".join(plain(pilot.app.screen.query_one(Notes).rows))
