"""Two or three plans side by side, differences first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Static

from planner.report.document import Document
from planner.tui.dialogs.ask import Dialog
from planner.tui.widgets.document_view import DocumentView

MORE = "more"


class CompareDialog(Dialog[str]):
    """Returns `MORE` where one more plan should stand beside these."""

    DEFAULT_CSS = """
    CompareDialog > #panel { width: 96%; max-width: 140; height: 92%; }
    CompareDialog DocumentView { height: 1fr; }
    CompareDialog #keys { color: $muted; height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "leave", "Back"), Binding("m", "more", "One more")]

    def __init__(self, document: Document, can_add: bool) -> None:
        super().__init__(document.title)
        self._document, self._can_add = document, can_add

    def compose_dialog(self) -> Iterable[Widget]:
        yield DocumentView(self._document)
        yield Static(
            f"esc back · y copies a table{' · m one more plan' if self._can_add else ''}", id="keys", markup=False
        )

    def on_mount(self) -> None:
        self.query_one(DocumentView).focus()

    def action_more(self) -> None:
        """Ask for a third plan."""
        if self._can_add:
            self.dismiss(MORE)
