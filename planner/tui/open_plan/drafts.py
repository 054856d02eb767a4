"""Keeps the draft of the open plan: soon after every edit, whole, and never an older state over a newer one."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.timer import Timer

    from planner.plan.schema import Plan
    from planner.tui.app import PlannerApp
    from planner.tui.open_plan.session import Origin

DRAFT_DELAY_S = 0.5


@dataclass(frozen=True, slots=True)
class _Moment:
    """The session at one moment: a thread must not look at it while it goes on changing."""

    serial: int
    plan: Plan
    origin: Origin
    key: str
    dirty: bool


class Drafting:
    """Writes and removes drafts. Called on the message loop; only the writing itself may run in a thread."""

    def __init__(self, app: PlannerApp) -> None:
        self._app = app
        self._timer: Timer | None = None
        self._serial = 0
        self._done = 0
        self._lock = threading.Lock()

    def soon(self) -> None:
        """Bring the draft up to date once typing rests for a moment."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_timer(DRAFT_DELAY_S, self._in_thread, name="draft")

    def _in_thread(self) -> None:
        moment = self._moment()
        if moment is not None:
            self._app.run_worker(partial(self._keep, moment), thread=True, group="draft", exit_on_error=False)

    def now(self) -> None:
        """Bring the draft up to date before this returns: another plan is about to be opened, or the app to end."""
        moment = self._moment()
        if moment is not None:
            self._keep(moment)

    def drop(self) -> None:
        """Remove the draft: its plan has been saved, or its owner does not want it."""
        moment = self._moment()
        if moment is not None:
            with self._lock:
                self._done = moment.serial
                self._remove(moment.key)

    def remove(self, key: str) -> None:
        """Remove a draft that is no longer the open plan's."""
        with self._lock:
            self._remove(key)

    def _moment(self) -> _Moment | None:
        session = self._app.session
        if session.plan is None:
            return None
        self._serial += 1
        return _Moment(self._serial, session.plan, session.origin, session.draft_key, session.dirty)

    def _keep(self, moment: _Moment) -> None:
        from planner.plan.drafts import autosave
        from planner.toml.errors import PlanError

        with self._lock:
            if moment.serial <= self._done:  # something newer has been dealt with already
                return
            self._done = moment.serial
            try:
                if moment.dirty:
                    origin = moment.origin
                    autosave(
                        moment.plan,
                        self._app.profiles_dir,
                        moment.key,
                        origin=origin.path,
                        origin_digest=origin.digest,
                        text=origin.text,
                    )
                else:
                    self._remove(moment.key)
            except (PlanError, OSError) as error:
                self._warn(str(error))

    def _remove(self, key: str) -> None:
        from planner.plan.drafts import discard_draft, drafts_dirs

        for place in drafts_dirs(self._app.profiles_dir):
            discard_draft(place / f"{key}.toml")

    def _warn(self, problem: str) -> None:
        self._app.call_later(
            self._app.notify, problem, title="No draft kept", severity="warning", timeout=12, markup=False
        )
