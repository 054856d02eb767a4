"""Two states of things side by side: plans, differences first; and a plan under its own prices and under today's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Static

from planner.quantities import money, signed, signed_money, significant
from planner.report.document import Document
from planner.tui.dialogs.ask import ChoiceDialog, Dialog, Option
from planner.tui.strategies import monthly, spoken, strategy_name, strategy_style
from planner.tui.widgets.document_view import DocumentView

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.reprice import PriceDifference

MORE = "more"


class CompareDialog(Dialog[str]):
    """Returns `MORE` where one more plan should stand beside these."""

    DEFAULT_CSS = """
    CompareDialog > #panel { width: 96%; max-width: 140; height: 92%; }
    CompareDialog DocumentView { height: 1fr; }
    CompareDialog #keys { color: $muted; height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "leave", "Back"), Binding("m", "more", "One more")]
    view = query_one(DocumentView)

    def __init__(self, document: Document, can_add: bool) -> None:
        super().__init__(document.title)
        self._document, self._can_add = document, can_add

    def compose_dialog(self) -> Iterable[Widget]:
        yield DocumentView(self._document)
        yield Static(
            f"esc back · y copies a table{' · m one more plan' if self._can_add else ''}", id="keys", markup=False
        )

    def on_mount(self) -> None:
        self.view.focus()

    def action_more(self) -> None:
        """Ask for a third plan."""
        if self._can_add:
            self.dismiss(MORE)


def price_lines(changes: Sequence[PriceDifference], width: int = 30) -> Content:
    """One line each, in columns: `Claude Opus 4.7, input    15 →  5 USD/1M   −67 %`."""
    olds = [_price(change.old, "not sold") for change in changes]
    news = [_price(change.new, "no longer sold") for change in changes]
    units = ["" if change.new is None else change.new_unit.replace(" per 1M tokens", "/1M") for change in changes]
    widths = tuple(max(map(len, column), default=0) for column in (olds, news, units))
    return Content("\n").join(
        Content.assemble(
            Content(change.label).truncate(width, ellipsis=True, pad=True),
            f"  {old:>{widths[0]}} → {new:>{widths[1]}} ",
            (unit.ljust(widths[2]), "$muted"),
            _percent(change.change_fraction),
            (f"  {change.note}" if change.note else "", "$muted"),
        )
        for change, old, new, unit in zip(changes, olds, news, units, strict=True)
    )


def _price(value: float | None, none: str) -> str:
    return none if value is None else significant(value, 6)


def _percent(fraction: float | None) -> Content:
    if fraction is None:
        return Content("")
    shown = f"{signed(fraction * 100)} %".replace("-", "−")
    return Content.styled(f"{shown:>8}", "$bad" if fraction > 0 else "$good")


def verdict_line(label: str, evaluation: Evaluation | None) -> Content:
    """`before  ▲ hybrid  HYBRID  €41,200 / 12 mo`."""
    if evaluation is None:
        return Content.assemble((label.ljust(8), "$muted"), "not evaluated")
    best = evaluation.recommended
    if best is None:
        return Content.assemble((label.ljust(8), "$muted"), (spoken(evaluation.verdict.recommendation), "bold"))
    cost = money(best.total, evaluation.inputs.currency)
    return Content.assemble(
        (label.ljust(8), "$muted"),
        (strategy_name(best.strategy), f"bold {strategy_style(best.strategy)}"),
        f"  {cost} / 12 mo",
    )


def difference_line(before: Evaluation | None, after: Evaluation | None) -> Content:
    """What the new prices do, in a sentence: `−€175 a month, verdict unchanged`."""
    if before is None or after is None:
        return Content("")
    old, new = before.recommended, after.recommended
    same = before.verdict.recommendation == after.verdict.recommendation
    verdict = "verdict unchanged" if same else "the verdict changes"
    money_words = ""
    if old is not None and new is not None:
        money_words = f"{signed_money(monthly(new) - monthly(old), after.inputs.currency)} a month, "
    return Content.assemble((" " * 8, ""), (f"{money_words}{verdict}", "$muted" if same else "bold $warn"))


TAKE = "take"


class RepriceDialog(ChoiceDialog):
    """Returns `TAKE` where the plan should take today's prices."""

    DEFAULT_CSS = """
    RepriceDialog > #panel { width: 92; }
    RepriceDialog VerticalScroll { height: auto; max-height: 8; margin: 0 0 1 0; }
    .-tall RepriceDialog VerticalScroll, RepriceDialog.-tall VerticalScroll { max-height: 18; }
    """

    def __init__(
        self,
        changes: Sequence[PriceDifference],
        before: Evaluation | None,
        after: Evaluation | None,
        kept: Sequence[str],
    ) -> None:
        options = (Option("keep", "k", "Keep the old prices"), Option(TAKE, "t", "Take today's"))
        super().__init__("Today's prices", "", options)
        self._changes, self._before, self._after, self._kept = tuple(changes), before, after, tuple(kept)

    def compose_body(self) -> Iterable[Widget]:
        with VerticalScroll(can_focus=False):
            yield Static(price_lines(self._changes))
        lines = (
            verdict_line("before", self._before),
            verdict_line("after", self._after),
            difference_line(self._before, self._after),
        )
        yield Static(Content("\n").join(lines), id="verdicts")
        if self._kept:
            yield Static(Content(f"Negotiated prices stay: {', '.join(self._kept)}"), classes="muted")
