"""A bare Textual app with the widgets of the first screen and none of our code: the mark for first paint."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.containers import Container
from textual.widgets import OptionList, Static


class BareApp(App[None]):
    """Header line, strip, text, list, text, place bar, key bar: as many widgets as Home has."""

    BINDINGS = [("n", "new", "New plan"), ("o", "open", "Open a file"), ("c", "copy", "Copy"), ("r", "name", "Rename")]  # noqa: RUF012 - Textual's own form

    def compose(self) -> ComposeResult:
        yield Static("bare header")
        yield Static("bare strip")
        with Container():
            yield Static("bare welcome")
            yield OptionList("one", "two", "three")
            yield Static("")
        yield Static("bare places")
        yield Static("bare keys")
        yield Static("bare")


if __name__ == "__main__":
    BareApp().run()
