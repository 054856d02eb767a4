"""What one answer of the questionnaire is, how each kind is written in a field, and what a question of the six is.

Reading refuses in one line that says what is right. A volume may be told as money, `$8k a month`, as requests or as
tokens; the plan keeps it as it was told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from planner.engine.names import QuestionId
from planner.plan.volumes import read_growth, read_volume, show_growth, show_volume
from planner.quantities import typed, typed_percent
from planner.records import dataclass
from planner.tui.open_plan.session import FieldPath
from planner.typed import parse_fraction, parse_number

if TYPE_CHECKING:
    from planner.plan.schema import Plan


@dataclass(frozen=True, slots=True)
class Codec:
    """A pair of inverse functions between a plan's value and what stands in the field."""

    show: Callable[[Any], str]
    read: Callable[[str, str | None], Any]
    """Takes the text and the currency by whose habit a point is read."""


def _read_text(text: str, habit: str | None) -> str:
    if not text.strip():
        raise ValueError("a name is needed")
    return text.strip()


def _read_whole(text: str, habit: str | None) -> int:
    value = parse_number(text, habit)
    if value != int(value):
        raise ValueError(f"“{text.strip()}” is not a whole number; write 8192 or 8k")
    return int(value)


def _as_it_is(text: str, habit: str | None) -> str:
    return text


CODECS: Final[Mapping[str, Codec]] = {
    "text": Codec(str, _read_text),
    "number": Codec(typed, parse_number),
    "whole": Codec(typed, _read_whole),
    "fraction": Codec(typed_percent, lambda text, habit: parse_fraction(text)),
    "growth": Codec(show_growth, read_growth),
    "volume": Codec(show_volume, read_volume),
    "answer": Codec(str, _as_it_is),
    "choice": Codec(str, _as_it_is),
    "flag": Codec(lambda value: "yes" if value else "no", lambda text, habit: text == "yes"),
    "tristate": Codec(
        lambda value: "as the plan" if value is None else "yes" if value else "no",
        lambda text, habit: None if text == "as the plan" else text == "yes",
    ),
    "pick": Codec(str, _as_it_is),
}


Options = tuple[tuple[str, str], ...]

YES_NO_UNKNOWN: Final[Options] = (("yes", "yes"), ("no", "no"), ("unknown", "I don't know"))
YES_NO: Final[Options] = (("yes", "yes"), ("no", "no"))


@dataclass(frozen=True, slots=True)
class Field:
    """One answer: where it lives in the plan, how it is written, why it is asked, and what "I don't know" takes."""

    path: FieldPath
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
    above: float | None = None
    below: float | None = None
    """As `low` and `high`, and not the value itself."""
    usual: tuple[float, float] | None = None
    """What is outside is asked about first: more often a wrong unit than an answer."""
    bounds: str = ""
    """The bounds in words, for the message that names what would be right."""
    shown_if: Callable[[Plan], bool] | None = None
    more: bool = False
    """Folded at first: its default fits most plans."""

    @property
    def id(self) -> str:
        """Unique name, usable as a widget id."""
        return "-".join(str(key).replace("_", "-") for key in self.path)


@dataclass(frozen=True, slots=True)
class QuestionStep:
    """One question of the six."""

    id: QuestionId
    title: str
    question: str
    why: str
    fields: tuple[Field, ...]
    plain: str = ""
    """The same in everyday words, below the article's own."""
