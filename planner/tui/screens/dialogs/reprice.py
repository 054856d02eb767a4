"""Today's prices against those the plan was priced with, and what they do to the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from planner.report.numbers import money, significant
from planner.tui.screens.dialogs.base import Dialog, flat_button
from planner.tui.strategies import HEADLINE, contenders, strategy_name, strategy_style

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.reprice import PriceChange


def price_line(change: PriceChange, width: int = 30) -> Content:
    """`Claude Opus 4.7, input   15 → 5 USD per 1M tokens  (-67 %)`."""
    old = "not sold" if change.old is None else significant(change.old, 6)
    new = "no longer sold" if change.new is None else significant(change.new, 6)
    fraction = change.change_fraction
    style = "" if fraction is None else "$bad" if fraction > 0 else "$good"
    percent = "" if fraction is None else f"  {fraction:+.0%}".replace("%", " %").replace("-", "−")
    unit = f" {change.new_unit.replace(' per 1M tokens', '/1M')}" if change.new is not None else ""
    note = f"  {change.note}" if change.note else ""
    return Content.assemble(
        Content(change.label).truncate(width, ellipsis=True, pad=True),
        f"  {old} → {new}",
        (unit, "$muted"),
        (percent, style),
        (note, "$muted"),
    )


def verdict_line(label: str, evaluation: Evaluation | None) -> Content:
    """`before  ▲ hybrid  HYBRID  €41,200 / 12 mo`."""
    if evaluation is None:
        return Content.assemble((label.ljust(8), "$muted"), "not evaluated")
    best, _ = contenders(evaluation)
    headline = HEADLINE[evaluation.verdict.recommendation].lower()
    if best is None:
        return Content.assemble((label.ljust(8), "$muted"), (headline, "bold"))
    cost = money(best.total, evaluation.inputs.currency)
    return Content.assemble(
        (label.ljust(8), "$muted"),
        (strategy_name(best.strategy), f"bold {strategy_style(best.strategy)}"),
        f"  {cost} / 12 mo",
    )


class RepriceDialog(Dialog[bool]):
    """Returns True where the plan should take today's prices."""

    DEFAULT_CSS = """
    RepriceDialog > #panel { width: 92; }
    RepriceDialog VerticalScroll { height: auto; max-height: 8; margin: 0 0 1 0; }
    .-tall RepriceDialog VerticalScroll, RepriceDialog.-tall VerticalScroll { max-height: 18; }
    """

    def __init__(
        self, changes: Sequence[PriceChange], before: Evaluation | None, after: Evaluation | None, kept: Sequence[str]
    ) -> None:
        super().__init__("Today's prices")
        self._changes, self._before, self._after, self._kept = tuple(changes), before, after, tuple(kept)

    def compose_dialog(self) -> Iterable[Widget]:
        with VerticalScroll(can_focus=False):
            yield Static(Content("\n").join(price_line(change) for change in self._changes))
        yield Static(
            Content("\n").join((verdict_line("before", self._before), verdict_line("after", self._after))),
            id="verdicts",
        )
        if self._kept:
            yield Static(Content(f"Negotiated prices stay: {', '.join(self._kept)}"), classes="muted")
        yield Horizontal(
            flat_button("Keep the old prices", id="keep"), flat_button("Take today's", id="take"), id="buttons"
        )

    @on(Button.Pressed)
    def _chosen(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "take")
