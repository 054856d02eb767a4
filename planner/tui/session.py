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


@dataclass(slots=True)
class Session:
    """One open plan. Plans are immutable, so history is a list of them and undo cannot half-happen."""

    plan: Plan | None = None
    path: Path | None = None
    digest: str | None = None
    """Of the file as it was read or last written; None for a plan that has no file yet."""
    draft_key: str = ""
    saved: Plan | None = None
    past: list[Edit] = field(default_factory=list)
    future: list[Edit] = field(default_factory=list)

    def open(self, plan: Plan, path: Path | None, digest: str | None, saved: Plan | None) -> None:
        """Start over with `plan`; `saved` is what the file holds (None: nothing is on disk yet)."""
        self.plan, self.path, self.digest, self.saved = plan, path, digest, saved
        self.past.clear()
        self.future.clear()

    def close(self) -> None:
        """Back to no plan."""
        self.plan = self.path = self.digest = self.saved = None
        self.past.clear()
        self.future.clear()

    @property
    def dirty(self) -> bool:
        """True where the file does not hold what is shown."""
        return self.plan is not None and self.plan != self.saved

    def edit(self, plan: Plan, why: str) -> bool:
        """Replace the plan; False if nothing changed. A new edit ends what could be redone."""
        if self.plan is None or plan == self.plan:
            return False
        self.past.append(Edit(self.plan, why))
        del self.past[:-UNDO_LIMIT]
        self.future.clear()
        self.plan = plan
        return True

    def undo(self) -> str | None:
        """Step back; returns what was undone, None at the beginning."""
        return self._step(self.past, self.future)

    def redo(self) -> str | None:
        """Step forward again; returns what was redone, None at the end."""
        return self._step(self.future, self.past)

    def _step(self, source: list[Edit], target: list[Edit]) -> str | None:
        if self.plan is None or not source:
            return None
        step = source.pop()
        target.append(Edit(self.plan, step.why))
        self.plan = step.plan
        return step.why

    def mark_saved(self, path: Path, digest: str, plan: Plan) -> None:
        """The file at `path` now holds `plan`."""
        self.path, self.digest, self.saved = path, digest, plan
