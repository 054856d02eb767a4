"""The open plan and its history: which plan, from which file, what can be undone, what is not saved yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.plan.schema import Plan

UNDO_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Edit:
    """A plan as it was, and what the user then did to it ("cached 30 → 50 %")."""

    plan: Plan
    why: str


@dataclass(frozen=True, slots=True)
class Origin:
    """What is on disk of the open plan; the default is nothing at all."""

    path: Path | None = None
    digest: str | None = None
    """Fingerprint of the file as it was read or last written."""
    text: str | None = None
    """Its text, for its comments."""
    saved: Plan | None = None
    """The plan it holds."""
    read_only: bool = False
    """An example: saving asks for a name and leaves it as it is."""


@dataclass(slots=True)
class Session:
    """One open plan. Plans are immutable, so history is a list of them and undo cannot half-happen."""

    plan: Plan | None = None
    origin: Origin = Origin()
    draft_key: str = ""
    """Name of the autosaved draft."""
    past: list[Edit] = field(default_factory=list)
    future: list[Edit] = field(default_factory=list)
    group: str = ""
    """Edits of one group in a row (the letters of one field) are one step of history."""

    def open(self, plan: Plan, origin: Origin, draft_key: str) -> None:
        """Start over with `plan`."""
        self.plan, self.origin, self.draft_key = plan, origin, draft_key
        self.past.clear()
        self.future.clear()
        self.seal()

    @property
    def dirty(self) -> bool:
        """True where the file does not hold what is shown."""
        return self.plan is not None and self.plan != self.origin.saved

    def edit(self, plan: Plan, why: str, group: str = "") -> bool:
        """Replace the plan; False if nothing changed. A new edit ends what could be redone."""
        if self.plan is None or plan == self.plan:
            return False
        if self.continues(group):
            self.past[-1] = Edit(self.past[-1].plan, why)
        else:
            self.past.append(Edit(self.plan, why))
            del self.past[:-UNDO_LIMIT]
        self.group = group
        self.future.clear()
        self.plan = plan
        return True

    def continues(self, group: str) -> bool:
        """True where an edit of this group goes on with the last one."""
        return bool(group) and group == self.group and bool(self.past)

    def seal(self) -> None:
        """The next edit is a step of its own, whatever its group."""
        self.group = ""

    def undo(self) -> str | None:
        """Step back; returns what was undone, None at the beginning."""
        return self._step(self.past, self.future)

    def redo(self) -> str | None:
        """Step forward again; returns what was redone, None at the end."""
        return self._step(self.future, self.past)

    def _step(self, source: list[Edit], target: list[Edit]) -> str | None:
        self.seal()
        if self.plan is None or not source:
            return None
        step = source.pop()
        target.append(Edit(self.plan, step.why))
        self.plan = step.plan
        return step.why
