"""Questions about the open plan that a dialog puts to the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from textual.screen import ModalScreen

if TYPE_CHECKING:
    from planner.tui.app import PlannerApp

Result = TypeVar("Result")


def ask_about_plan(app: PlannerApp, dialog: ModalScreen[Result | None], then: Callable[[Result], None]) -> None:
    """Show the dialog; `then` takes the answer, unless it is none or another plan was opened meanwhile.

    A plan that was asked for before the dialog may open behind it; an answer about the old one must not change it.
    """
    asked_about = app.session.draft_key

    def answered(result: Result | None) -> None:
        if result is None:
            return
        if app.session.draft_key == asked_about:
            then(result)
        else:
            app.notify("Another plan was opened meanwhile: nothing was changed.", timeout=4)

    app.push_screen(dialog, answered)
