"""Runs something long beside the app, with its progress and a way out, and shows what came of it before it counts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from textual import events, on
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, ProgressBar, Static

from planner.quantities import scaled
from planner.records import dataclass
from planner.tui.dialogs.ask import Dialog, flat_button

Found = TypeVar("Found")
LOOK_S = 0.1
"""Between two looks at how far it has come."""


class Progress:
    """How far a read has come, told by the thread that reads and looked at by the one that paints."""

    def __init__(self) -> None:
        self._left = threading.Event()
        self.fraction: float | None = None
        """Of the bytes; None: not known yet."""
        self.rows = 0

    def tell(self, fraction: float | None, rows: int) -> None:
        """From the thread that reads."""
        self.fraction, self.rows = fraction, rows

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._left.is_set()

    def cancel(self) -> None:
        """Nobody waits for it any more."""
        self._left.set()


@dataclass(frozen=True, slots=True)
class Failed:
    """What went wrong in the thread."""

    error: Exception


class WorkingDialog(Dialog["Found | Failed"], Generic[Found]):
    """Runs `work` in a thread; returns what it found, what it failed with, or None where the user leaves."""

    def __init__(self, title: str, body: str, work: Callable[[Progress], Found]) -> None:
        super().__init__(title)
        self._body, self._work, self._progress = body, work, Progress()

    def compose_dialog(self) -> Iterable[Widget]:
        yield Static(Content(self._body), classes="muted")
        yield ProgressBar(total=None, show_eta=False)
        yield Static("", id="rows", classes="muted")
        yield Horizontal(flat_button("Cancel", "esc", id="cancel"), id="buttons")

    def on_mount(self) -> None:
        self.set_interval(LOOK_S, self._look)
        self.run_worker(self._run, thread=True, exit_on_error=False, group="read")

    def _run(self) -> None:
        found: Found | Failed
        try:
            found = self._work(self._progress)
        except Exception as error:  # the flow says it, whatever it is
            found = Failed(error)
        if not self._progress.cancelled:
            self.app.call_from_thread(self._done, found)

    def _done(self, found: Found | Failed) -> None:
        if not self._progress.cancelled:
            self.dismiss(found)

    def _look(self) -> None:
        bar, progress = self.query_one(ProgressBar), self._progress
        if progress.fraction is not None:
            bar.update(total=1.0, progress=min(progress.fraction, 1.0))
        if progress.rows:
            self.query_one("#rows", Static).update(Content(f"{scaled(progress.rows)} rows"))

    def action_leave(self) -> None:
        """Stop reading, and leave at once: the thread sees it at its next look."""
        self._progress.cancel()
        self.dismiss(None)


class PreviewDialog(Dialog[bool]):
    """What was understood, as text of lines, before it is taken; returns True for yes. Only shown without `accept`."""

    DEFAULT_CSS = """
    PreviewDialog > #panel { width: 96; }
    PreviewDialog VerticalScroll { height: auto; max-height: 24; scrollbar-size-vertical: 1; }
    PreviewDialog.-short VerticalScroll { max-height: 12; }
    """

    def __init__(self, title: str, text: str, accept: str = "") -> None:
        super().__init__(title)
        self._text, self._accept = text, accept

    def compose_dialog(self) -> Iterable[Widget]:
        with VerticalScroll(can_focus=False):
            yield Static(Content(self._text.rstrip()))
        leave = flat_button("Cancel" if self._accept else "Close", "esc", id="cancel")
        take = [flat_button(self._accept, "enter", id="take")] if self._accept else []
        yield Horizontal(*take, leave, id="buttons")

    def on_mount(self) -> None:
        self.query_one("#take" if self._accept else "#cancel").focus()

    def on_key(self, event: events.Key) -> None:
        scroll = self.query_one(VerticalScroll)
        if event.key in ("pagedown", "pageup"):
            scroll.scroll_page_down() if event.key == "pagedown" else scroll.scroll_page_up()

    @on(Button.Pressed, "#take")
    def _taken(self) -> None:
        self.dismiss(True)
