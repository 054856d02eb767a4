"""One line of text: a name, a path. What is typed stays visible while it is wrong, with what would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from planner.tui.screens.dialogs.base import Dialog, flat_button

Check = Callable[[str], str]
"""Returns what is wrong with the text in one line, or an empty string."""


class AskDialog(Dialog[str]):
    """Returns the text once `check` has nothing against it."""

    def __init__(self, title: str, label: str, value: str, check: Check, accept: str = "Save") -> None:
        super().__init__(title)
        self._label, self._value, self._check, self._accept = label, value, check, accept

    def compose_dialog(self) -> Iterable[Widget]:
        yield Static(Content(self._label), classes="muted")
        yield Input(self._value, id="text", compact=True)
        yield Static("", id="problem", classes="bad")
        yield Horizontal(flat_button(self._accept, id="accept"), flat_button("Cancel", id="cancel"), id="buttons")

    def on_mount(self) -> None:
        self.query_one("#text", Input).cursor_blink = not self.app.is_headless

    @on(Input.Changed, "#text")
    def _judge(self, event: Input.Changed) -> None:
        # An empty field is not yet an error: it is one when it is sent.
        self._say(self._problem(event.value) if event.value.strip() else "")

    @on(Input.Submitted, "#text")
    @on(Button.Pressed, "#accept")
    def _submit(self) -> None:
        text = self.query_one("#text", Input).value.strip()
        problem = self._problem(text)
        self._say(problem)
        if not problem:
            self.dismiss(text)

    def _problem(self, text: str) -> str:
        try:
            return self._check(text)
        except (OSError, ValueError, RuntimeError) as problem:  # no file can be called so: too long, another's home
            return (problem.strerror if isinstance(problem, OSError) else None) or str(problem)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    def _say(self, problem: str) -> None:
        self.query_one("#problem", Static).update(Content(problem))
