"""Keeps the draft of the open plan: whole, and never an older state over a newer one; `flows.files` says when."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from planner.plan.drafts import autosave, discard_draft, drafts_dirs
from planner.records import dataclass
from planner.toml.errors import InputError

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.tui.open_plan.session import Origin, Session


@dataclass(frozen=True, slots=True)
class Moment:
    """The session at one moment: a thread must not look at it while it goes on changing."""

    serial: int
    plan: Plan
    origin: Origin
    key: str
    dirty: bool


class Owner(Protocol):
    """Whose plan it is."""

    session: Session
    profiles_dir: Path


class Drafting:
    """Writes and removes drafts. Called on the message loop; only `keep` may run in a thread, and so may `warn`."""

    def __init__(self, owner: Owner, warn: Callable[[str], object]) -> None:
        self._owner, self._warn = owner, warn
        self._serial = 0
        self._done = 0
        self._lock = threading.Lock()

    def now(self) -> None:
        """Bring the draft up to date before this returns: another plan is about to be opened, or the app to end."""
        moment = self.moment()
        if moment is not None:
            self.keep(moment)

    def drop(self) -> None:
        """Remove the draft: its plan has been saved, or its owner does not want it."""
        moment = self.moment()
        if moment is not None:
            with self._lock:
                self._done = moment.serial
                self._remove(moment.key)

    def remove(self, key: str) -> None:
        """Remove a draft that is no longer the open plan's."""
        with self._lock:
            self._remove(key)

    def moment(self) -> Moment | None:
        """What there is to keep now; None while no plan is open."""
        session = self._owner.session
        if session.plan is None:
            return None
        self._serial += 1
        return Moment(self._serial, session.plan, session.origin, session.draft_key, session.dirty)

    def keep(self, moment: Moment) -> None:
        """Write the draft of that moment, or remove it where the file holds all of it."""
        with self._lock:
            if moment.serial <= self._done:  # something newer has been dealt with already
                return
            self._done = moment.serial
            try:
                if moment.dirty:
                    self._write(moment)
                else:
                    self._remove(moment.key)
            except (InputError, OSError) as error:
                self._warn(str(error))

    def _write(self, moment: Moment) -> None:
        path, digest, text = moment.origin.path, moment.origin.digest, moment.origin.text
        folder = self._owner.profiles_dir
        autosave(moment.plan, folder, moment.key, origin=path, origin_digest=digest, text=text)

    def _remove(self, key: str) -> None:
        for place in drafts_dirs(self._owner.profiles_dir):
            discard_draft(place / f"{key}.toml")
