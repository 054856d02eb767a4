"""What one answer of the questionnaire is, and what a question of the six is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from planner.engine.names import QuestionId
from planner.tui.plan_edit import Path

if TYPE_CHECKING:
    from planner.plan.schema import Plan

Options = tuple[tuple[str, str], ...]

YES_NO_UNKNOWN: Final[Options] = (("yes", "yes"), ("no", "no"), ("unknown", "I don't know"))
YES_NO: Final[Options] = (("yes", "yes"), ("no", "no"))


@dataclass(frozen=True, slots=True)
class Field:
    """One answer: where it lives in the plan, how it is written, why it is asked, and what "I don't know" takes."""

    path: Path
    label: str
    codec: str
    why: str
    default: Any = None
    """What "I don't know" sets."""
    default_words: str = ""
    """The default in words where the value alone would not say it."""
    optional: bool = False
    """An empty field means "not known": None in the plan."""
    options: Options = ()
    source: str = ""
    """Where a pick list comes from: "apis", "models" or "profiles"."""
    low: float | None = None
    high: float | None = None
    bounds: str = ""
    """The bounds in words, for the message that names what would be right."""
    shown_if: Callable[[Plan], bool] | None = None

    @property
    def id(self) -> str:
        """Unique name, usable as a widget id."""
        return "-".join(str(key).replace("_", "-") for key in self.path)


@dataclass(frozen=True, slots=True)
class Step:
    """One question of the six."""

    id: QuestionId
    title: str
    question: str
    why: str
    fields: tuple[Field, ...]
