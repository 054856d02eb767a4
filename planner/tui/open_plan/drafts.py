"""Keeps the draft of the open plan: whole, and never an older state over a newer one; `flows.files` says when."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from planner.plan.drafts import Draft, Typed, autosave, discard_draft, drafts_dirs, shared_dir
from planner.plan.presence import Marker, Opened, elsewhere
from planner.records import dataclass
from planner.toml.errors import InputError
from planner.toml.paths import real

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
    typed: Typed = ()


class Rest:
    """When a draft is due: once typing rests, and in steady typing no later than `ceiling_s` after the first letter."""

    def __init__(self, rest_s: float, ceiling_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rest_s, self._ceiling_s, self._clock = rest_s, ceiling_s, clock
        self._since: float | None = None

    def edited(self) -> float:
        """Seconds from now until the draft is due, if nothing else is typed."""
        now = self._clock()
        if self._since is None:
            self._since = now
        return max(0.0, min(self._rest_s, self._since + self._ceiling_s - now))

    def written(self) -> None:
        """All that was typed so far is being kept."""
        self._since = None


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
        self._marker = Marker()
        self._typed: Typed = ()

    def mark(self) -> Opened | None:
        """Tell other planners that the plan is open here; returns one that has its file open too."""
        self._typed = ()  # it was another plan's
        session, folder = self._owner.session, self._owner.profiles_dir
        path, places = session.origin.path, drafts_dirs(folder)
        if path is None or real(path).parent == real(folder):
            self._marker.put(places, session.draft_key, path)
        else:  # a planner that was started in another folder does not know this one
            self._marker.put((shared_dir(), *places), session.draft_key, path)
        return None if path is None else elsewhere(path, {*places, *drafts_dirs(path.parent)}, session.draft_key)

    def close(self) -> None:
        """The plan is no longer open here: keep what is not saved, for whoever goes on with it."""
        self.now(self._typed)
        self._marker.lift()

    def now(self, typed: Typed = ()) -> bool:
        """Bring the draft up to date before this returns: another plan is about to be opened, or the app to end.

        `typed`: what stands in fields and cannot be taken into the plan. False where nothing could be written.
        """
        moment = self.moment(typed)
        return moment is None or self.keep(moment)

    def drop(self) -> None:
        """Remove the draft: its plan has been saved, or its owner does not want it."""
        moment = self.moment()
        if moment is not None:
            with self._lock:
                self._done = moment.serial
                self._remove(moment.key)

    def adopt(self, draft: Draft) -> None:
        """The draft has been opened: once it is kept as this session's own, it goes, unless somebody works on it."""
        own = self._owner.session.draft_key
        if draft.path.stem != own and not draft.open_elsewhere and self.now():
            self.remove(draft.path.stem)

    def remove(self, key: str) -> None:
        """Remove a draft that is no longer the open plan's."""
        with self._lock:
            self._remove(key)

    def moment(self, typed: Typed = ()) -> Moment | None:
        """What there is to keep now, `typed` as in `now`; None while no plan is open."""
        self._typed, session = typed, self._owner.session
        if session.plan is None:
            return None
        self._serial += 1
        return Moment(self._serial, session.plan, session.origin, session.draft_key, session.dirty, typed)

    def keep(self, moment: Moment) -> bool:
        """Write the draft of that moment, or remove it where the file holds all of it; False where it cannot be."""
        with self._lock:
            if moment.serial <= self._done:  # something newer has been dealt with already
                return True
            self._done = moment.serial
            if not (moment.dirty or moment.typed):
                return self._remove(moment.key)
            path, digest, text = moment.origin.path, moment.origin.digest, moment.origin.text
            try:
                autosave(
                    moment.plan,
                    self._owner.profiles_dir,
                    moment.key,
                    origin=path,
                    origin_digest=digest,
                    text=text,
                    typed=moment.typed,
                    marked=self._marker.is_up,
                )
            except (InputError, OSError) as error:
                self._warn(str(error))
                return False
            return True

    def _remove(self, key: str) -> bool:
        try:
            for place in drafts_dirs(self._owner.profiles_dir):
                discard_draft(place / f"{key}.toml")
        except OSError as error:
            self._warn(f"{error.filename}: a draft cannot be deleted: {error.strerror}")
            return False
        return True
