"""An app that is watched: nothing it does wrong goes unseen, and where its message loop is held up is written down."""

from __future__ import annotations

import _thread
import asyncio
import inspect
import sys
import threading
import time
import traceback
from pathlib import Path

from textual.worker import Worker, WorkerState

from planner.plan.drafts import drafts_dirs, recover_drafts
from planner.plan.schema import Plan
from planner.plan.store import Loaded, list_plans
from planner.tui.app import PlannerApp
from planner.tui.flows.files import Filing
from planner.tui.open_plan.session import Origin, Session

FROZEN_S = 1.0
STACK_AFTER_S = 0.35
HOPELESS_S = 120.0
"""A loop that has been away for so long does not come back."""


class Heartbeat:
    """Measures how long the message loop was away. A machine that is busy with something else does not count.

    An absence counts only as far as the loop's own thread used the processor: evaluations run beside it. `stacks` tells
    what the loop was at, each time it was away for long.
    """

    def __init__(self) -> None:
        self.longest_s = 0.0
        self.longest_wall_s = 0.0
        self.stacks: list[str] = []
        self._loop_thread = threading.get_ident()
        self._last = time.perf_counter()
        self._stopped = threading.Event()

    async def beat(self, interval_s: float = 0.02) -> None:
        """Run beside the app until cancelled."""
        threading.Thread(target=self._look, daemon=True).start()
        try:
            while True:
                wall, used = time.perf_counter(), time.thread_time()
                self._last = wall
                await asyncio.sleep(interval_s)
                away = time.perf_counter() - wall - interval_s
                self.longest_wall_s = max(self.longest_wall_s, away)
                self.longest_s = max(self.longest_s, self._of_one_message(away, time.thread_time() - used))
        finally:
            self._stopped.set()

    @staticmethod
    def _of_one_message(away_s: float, used_s: float) -> float:
        return max(min(away_s, used_s), 0.0)

    def _look(self) -> None:
        while not self._stopped.wait(STACK_AFTER_S / 2):
            if time.perf_counter() - self._last > STACK_AFTER_S:
                frame = sys._current_frames().get(self._loop_thread)
                self.stacks.append("".join(traceback.format_stack(frame, 14)))
            if time.perf_counter() - self._last > HOPELESS_S:
                print("frozen in:\n" + self.stacks[-1], file=sys.__stderr__, flush=True)
                _thread.interrupt_main()
                return


class WatchedSession(Session):
    """Another plan may be opened over an unsaved one only if that one can be found again on disk."""

    profiles = Path()

    def open(self, plan: Plan, origin: Origin, draft_key: str) -> None:
        if self.plan is not None and self.dirty and self.draft_key != draft_key:
            assert any(draft.plan == self.plan for draft in recover_drafts(self.profiles)), f"lost: {self.plan.name}"
        super().open(plan, origin, draft_key)


class WatchedFiling(Filing):
    """Remembers which files went because somebody asked for it."""

    def __init__(self, app: PlannerApp) -> None:
        super().__init__(app)
        self.gone: set[Path] = set()

    def moved(self, path: Path, renamed: Loaded) -> None:
        self.gone.add(path)
        super().moved(path, renamed)

    def removed(self, path: Path) -> None:
        self.gone.add(path)
        super().removed(path)
        self.draft_soon()  # a draft that was deleted while its plan is open comes back with the next edit


class WatchedApp(PlannerApp):
    """Never exits, and keeps the errors of workers that the app would only have shown."""

    CSS_PATH = str(Path(inspect.getfile(PlannerApp)).with_name("app.tcss"))

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.failures: list[BaseException] = []
        self.exits = 0
        self.watched_filing = WatchedFiling(self)
        self.filing = self.watched_filing
        watched_session = WatchedSession()
        watched_session.profiles = self.profiles_dir
        self.session = watched_session
        self._files: set[Path] = set()

    def exit(self, *args: object, **settings: object) -> None:
        self.exits += 1
        self.filing.draft_soon()  # its draft may have been discarded, but the plan lives on

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        # Work for a dialog that has closed meanwhile may fail: there is nobody left to show it to.
        if event.state is WorkerState.ERROR and event.worker.error is not None and event.worker.node.is_attached:
            self.failures.append(event.worker.error)

    @property
    def ended(self) -> str:
        """Why the app is not there any more; empty while it is, with every place that was opened."""
        if self._exception is not None:
            return repr(self._exception)
        if not self.is_running:
            return "the app ended"
        dead = [screen for stack in self._screen_stacks.values() for screen in stack if screen._closed]
        return f"no longer there: {dead}" if dead else ""

    def check_files(self) -> None:
        """Every file that was ever there is there, unless it was deleted or renamed; all can be read."""
        entries = list_plans(self.profiles_dir)
        assert [entry.error for entry in entries if entry.error is not None] == []
        self._files |= {entry.path for entry in entries}
        self._files -= self.watched_filing.gone
        self.watched_filing.gone.clear()
        assert self._files <= {entry.path for entry in entries}, "a saved plan is gone"
        written = [path for folder in drafts_dirs(self.profiles_dir) for path in folder.glob("*.toml")]
        assert len(recover_drafts(self.profiles_dir)) == len(written)

    async def check_draft(self, limit_s: float = 20.0) -> None:
        """The plan on screen, if it is not saved, can be found again on disk within moments."""
        ends = time.perf_counter() + limit_s
        while self.session.dirty and not any(d.plan == self.plan for d in recover_drafts(self.profiles_dir)):
            assert time.perf_counter() < ends, f"no draft of {self.session.draft_key}"
            await asyncio.sleep(0.1)
