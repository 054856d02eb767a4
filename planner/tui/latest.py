"""One piece of work at a time in a thread; of what is asked for meanwhile, only the last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.widget import Widget

Work = Callable[[], Callable[[], None]]
"""Runs in the thread and returns what is then to be done on the message loop."""


class Latest:
    """A held key asks thirty times a second for what takes half a second: two runs answer all of it.

    An exclusive thread worker would not do: Textual only marks threads as cancelled, and all of them run to their end.
    """

    def __init__(self, owner: Widget, group: str) -> None:
        self._owner, self._group = owner, group
        self._busy = False
        self._next: Work | None = None

    def ask(self, work: Work) -> None:
        """Run `work` now, or after what runs now. What it returns is called only if nothing newer was asked for."""
        if self._busy:
            self._next = work
        else:
            self._busy = True
            self._owner.run_worker(lambda: self._run(work), thread=True, group=self._group, exit_on_error=False)

    def _run(self, work: Work) -> None:
        show: Callable[[], None] | None = None
        try:
            show = work()
        finally:
            self._owner.app.call_from_thread(self._done, show)

    def _done(self, show: Callable[[], None] | None) -> None:
        self._busy = False
        following, self._next = self._next, None
        if not self._owner.is_attached:
            return
        if following is not None:
            self.ask(following)
        elif show is not None:
            show()
