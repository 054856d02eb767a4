"""The one line under the header: recommendation, the two best costs, probability, yes-count."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from planner.engine.specs import Evaluation, StrategyLedger
from planner.report.numbers import money, percent
from planner.tui.strategies import HEADLINE, MARKER, contenders, strategy_name, strategy_style

FLASH_S = 0.9


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the strip that may flash on its own; `short` replaces `text` where room is scarce."""

    key: str
    text: str
    short: str
    style: str


def strip_parts(evaluation: Evaluation) -> tuple[Part, ...]:
    """What the strip says, most important first."""
    best, other = contenders(evaluation)
    verdict, currency = evaluation.verdict, evaluation.inputs.currency
    headline = HEADLINE[verdict.recommendation]
    if best is not None:
        headline = f"{MARKER[best.strategy]} {headline}"
    parts = [Part("headline", headline, headline, f"bold {strategy_style(best.strategy) if best else '$accent'}")]
    if best is not None:
        cost = money(best.total, currency)
        parts.append(Part("best", f"{cost} / 12 mo", cost, "bold"))
    if other is not None:
        parts.append(Part("other", *_against(other, currency), "$muted"))
    likely = percent(verdict.probability_cheaper)
    parts.append(Part("probability", f"{likely} hybrid cheaper", f"{likely} hyb.", ""))
    parts.append(Part("yes", f"{evaluation.yes_count}/6 yes", f"{evaluation.yes_count}/6 yes", ""))
    return tuple(parts)


def _against(other: StrategyLedger, currency: str) -> tuple[str, str]:
    cost = money(other.total, currency)
    return f"vs {strategy_name(other.strategy)} {cost}", f"vs {MARKER[other.strategy]} {cost}"


class VerdictStrip(Widget):
    """Shows `strip_parts`; what changed since the last evaluation flashes once."""

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
        fresh = strip_parts(evaluation) if evaluation is not None else ()
        before = {part.key: part.text for part in self.parts}
        if before:
            self.changed = frozenset(part.key for part in fresh if before.get(part.key) != part.text)
        self.parts = fresh
        if self.changed:
            if self._flash is not None:
                self._flash.stop()
            self._flash = self.set_timer(FLASH_S, self._calm)

    def _calm(self) -> None:
        self.changed = frozenset()

    def render(self) -> Content:
        width = self.content_size.width
        busy = Content.styled("…" if self.computing else "", "$muted")
        if self.note or not self.parts:
            return Content.assemble((self.note, "$warn" if self.note else ""), busy).truncate(width, ellipsis=True)
        for short, gap in ((False, "   "), (True, "   "), (True, "  ")):
            line = Content(gap).join(self._styled(part, short) for part in self.parts) + busy
            if line.cell_length <= width:
                return line
        return line.truncate(width, ellipsis=True)

    def _styled(self, part: Part, short: bool) -> Content:
        style = f"{part.style} reverse" if part.key in self.changed else part.style
        return Content.styled(part.short if short else part.text, style)
