"""A question with two to four answers, each with its letter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual import events, on
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from planner.tui.screens.dialogs.base import Dialog, flat_button


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: what is returned, the letter that chooses it, what the button says."""

    id: str
    key: str
    label: str
    dangerous: bool = False


class ChoiceDialog(Dialog[str]):
    """Returns the chosen option's id, or None. The first option has the focus: make it the safe one."""

    def __init__(self, title: str, body: str, options: Sequence[Option]) -> None:
        super().__init__(title)
        self._body = body
        self._options = tuple(options)

    def compose_dialog(self) -> Iterable[Widget]:
        yield Static(Content(self._body))
        yield Horizontal(
            *(
                flat_button(o.label, o.key, id=o.id, variant="danger" if o.dangerous else "default")
                for o in self._options
            ),
            id="buttons",
        )

    def on_key(self, event: events.Key) -> None:
        for option in self._options:
            if event.character == option.key:
                event.stop()
                self.dismiss(option.id)

    @on(Button.Pressed)
    def _chosen(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id)


def delete_dialog(name: str, file_name: str) -> ChoiceDialog:
    """Before a file is deleted."""
    return ChoiceDialog(
        f"Delete “{name}”?",
        f"{file_name} is removed from disk. This cannot be undone.",
        (Option("keep", "k", "Keep it"), Option("delete", "d", "Delete", dangerous=True)),
    )


def draft_dialog(name: str, saved_at: datetime) -> ChoiceDialog:
    """Before a file is opened of which there are unsaved edits."""
    return ChoiceDialog(
        f"“{name}” has edits that were not saved",
        f"They are from {saved_at:%Y-%m-%d %H:%M}. Opening the file as it was saved drops them.",
        (
            Option("draft", "g", "Go on with the edits"),
            Option("saved", "o", "Open as saved", dangerous=True),
        ),
    )


def unsaved_dialog(name: str, has_file: bool) -> ChoiceDialog:
    """Before leaving an edited plan."""
    where = "your changes" if has_file else "it"
    return ChoiceDialog(
        f"“{name}” is not saved",
        f"A draft of {where} is kept anyway: Plans offers it the next time.",
        (
            Option("save", "s", "Save"),
            Option("draft", "l", "Leave it as a draft"),
            Option("discard", "d", "Discard", dangerous=True),
        ),
    )


def conflict_dialog(file_name: str) -> ChoiceDialog:
    """Where the file on disk is not the one that was opened."""
    return ChoiceDialog(
        f"{file_name} has changed on disk",
        "Somebody or something else wrote it since it was opened here. Nothing has been overwritten yet.",
        (
            Option("save_as", "a", "Save mine as…"),
            Option("reload", "r", "Take theirs, drop mine"),
            Option("overwrite", "o", "Overwrite", dangerous=True),
        ),
    )
