"""The one line under the header: recommendation, the two best costs, probability, yes-count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from planner.engine.specs.names import OWN_STRATEGIES
from planner.quantities import money, percent
from planner.tui.strategies import HEADLINE, MARKER, strategy_name, strategy_style
from planner.words.labels import RECOMMENDATION_MARKERS, yes_words

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation, StrategyLedger

FLASH_S = 0.9


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the strip that may flash on its own: in full, and in fewer and fewer cells."""

    key: str
    texts: tuple[str, ...]
    style: str = ""

    def text(self, level: int) -> str:
        """The wording at a level of brevity."""
        return self.texts[min(level, len(self.texts) - 1)]


def strip_parts(evaluation: Evaluation) -> tuple[Part, ...]:
    """What the strip says, most important first."""
    best, other = evaluation.recommended, evaluation.rival
    recommendation, currency = evaluation.verdict.recommendation, evaluation.inputs.currency
    headline = f"{RECOMMENDATION_MARKERS[recommendation]} {HEADLINE[recommendation]}"
    parts = []
    if best is None:
        parts += [Part("headline", (headline,), "bold $accent"), Part("best", ("nothing found that does it",), "$warn")]
    else:
        headline = f"{MARKER[best.strategy]} {HEADLINE[recommendation]}"
        cost = money(best.total, currency)
        parts += [
            Part("headline", (headline,), f"bold {strategy_style(best.strategy)}"),
            Part("best", (f"{cost} / 12 mo", f"{cost}/12 mo"), "bold"),
        ]
    if other is not None:
        parts.append(_against(other, currency))
    if best is not None and evaluation.likelihood_counts:
        parts.append(_likely(evaluation))
    parts.append(Part("yes", (yes_words(evaluation),)))
    return tuple(parts)


def _against(other: StrategyLedger, currency: str) -> Part:
    cost, name, mark = money(other.total, currency), strategy_name(other.strategy), MARKER[other.strategy]
    if not other.allowed:
        return Part(
            "other", (f"vs {name} {cost} (not allowed)", f"vs {name} {cost} ×", f"vs {mark} {cost} ×"), "$muted"
        )
    return Part("other", (f"vs {name} {cost}", f"vs {name} {cost}", f"vs {mark} {cost}"), "$muted")


def _likely(evaluation: Evaluation) -> Part:
    """How likely own GPUs are cheaper than the best API strategy; of the recommended plan where it has some."""
    shown = percent(evaluation.verdict.probability_cheaper)
    if evaluation.verdict.recommendation in OWN_STRATEGIES:
        return Part("probability", (f"{shown} likely cheaper", f"{shown} likely"))
    return Part("probability", (f"own GPUs {shown} likely cheaper", f"own GPUs {shown}"))


def strip_line(parts: Sequence[Part], changed: frozenset[str], width: int) -> Content:
    """The parts on one line of `width` cells, as wordy as fits; what changed stands out without colour too."""
    line = Content("")
    for level, gap in ((0, 3), (1, 3), (1, 2), (2, 2)):
        line = Content(" " * gap).join(
            Content.styled(part.text(level), f"{part.style} reverse".strip() if part.key in changed else part.style)
            for part in parts
        )
        if line.cell_length <= width:
            return line
    return line.truncate(width, ellipsis=True)


class VerdictStrip(Widget):
    """Shows `strip_line`; what changed since the last evaluation flashes once."""

    DEFAULT_CSS = """
    VerdictStrip { height: 1; padding: 0 1; background: $panel; }
    """
    parts: reactive[tuple[Part, ...]] = reactive(())
    changed: reactive[frozenset[str]] = reactive(frozenset())
    note: reactive[str] = reactive("")
    computing: reactive[bool] = reactive(False)
    _flash: Timer | None = None

    def show(self, evaluation: Evaluation | None, note: str) -> None:
        """Take the new verdict; `note` stands in where there is none."""
        self.note = note
        self.set_class(evaluation is None and not note and not self.computing, "-empty")
        fresh = strip_parts(evaluation) if evaluation is not None else ()
        before = {part.key: part.texts for part in self.parts}
        changed = frozenset(part.key for part in fresh if before and before.get(part.key) != part.texts)
        self.parts = fresh
        if changed:
            self.changed = changed
            if self._flash is not None:
                self._flash.stop()
            self._flash = self.set_timer(FLASH_S, self._calm)

    def _calm(self) -> None:
        self.changed = frozenset()

    def render(self) -> Content:
        width = self.content_size.width
        if self.note:
            return Content.styled(f"! {self.note}", "$bad").truncate(width, ellipsis=True)
        if not self.parts:
            return Content.styled("computing…" if self.computing else "", "$muted")
        return strip_line(self.parts, self.changed, width - 2) + Content.styled(
            " …" if self.computing else "", "$muted"
        )
