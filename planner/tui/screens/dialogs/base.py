"""What all dialogs share: a calm panel in the middle, Escape to leave, arrows between buttons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Static

from planner.tui.screens.dialogs.leaves_once import LeavesOnce

Answer = TypeVar("Answer")


class Dialog(LeavesOnce, ModalScreen[Answer | None]):
    """A titled panel. Dismissed with None where the user leaves it."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle; background: $background 70%;
        & > #panel {
            width: 64; max-width: 94%; height: auto; max-height: 92%; padding: 1 2;
            background: $panel;
        }
        & #title { text-style: bold; color: $accent; margin: 0 0 1 0; }
        & #buttons { height: auto; margin: 1 0 0 0; }
        & Button { margin: 0 1 0 0; min-width: 8; background: $surface; }
        & Button:focus { background: $accent; color: $background; text-style: bold; }
        & Button.-danger { color: $bad; }
        & Button.-danger:focus { background: $bad; color: $background; }
        & Input { background: $surface; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel"),
        Binding("right,down", "app.focus_next", show=False),
        Binding("left,up", "app.focus_previous", show=False),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        with Vertical(id="panel"):
            yield Static(Content(self._title), id="title")
            yield from self.compose_dialog()

    def compose_dialog(self) -> Iterable[Widget]:
        """Content below the title."""
        return ()

    def action_leave(self) -> None:
        self.dismiss(None)


def flat_button(label: str, key: str = "", *, id: str, variant: str = "default") -> Button:
    """A one-line button; `key` is the letter that presses it, shown before the label."""
    shown = Content.assemble((f"{key} ", "dim") if key else "", label)
    built = Button(shown, id=id, compact=True)
    built.add_class(f"-{variant}")
    return built
