"""Two states of things side by side: plans, differences first; and a plan under its own prices and under today's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Static

from planner.engine.specs import Evaluation
from planner.quantities import signed_money
from planner.report.document import Document
from planner.report.tables.assumptions import prices_changed
from planner.report.tables.strategies import marked, year_words
from planner.tui.charts.palette import monthly, strategy_style
from planner.tui.dialogs.ask import ChoiceDialog, Dialog, Option
from planner.tui.widgets.document_view import DocumentView
from planner.tui.widgets.fact_table import FactTable
from planner.words.answer import in_a_sentence

if TYPE_CHECKING:
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


def verdict_line(label: str, evaluation: Evaluation | None) -> Content:
    """`before  ▲ hybrid  HYBRID  €41,200 / 12 mo`."""
    head = (label.ljust(8), "$muted")
    if evaluation is None:
        return Content.assemble(head, "not evaluated")
    best = evaluation.recommended
    if best is None:
        return Content.assemble(head, (in_a_sentence(evaluation), "bold"))
    cost = year_words(best, evaluation.inputs.currency)
    name = (marked(best.strategy), f"bold {strategy_style(best.strategy)}")
    return Content.assemble(head, name, f"  {cost}")


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
    RepriceDialog #changes { height: auto; max-height: 9; margin: 0 0 1 0; background: transparent; }
    RepriceDialog #changes > .datatable--header { background: transparent; }
    .-tall RepriceDialog #changes, RepriceDialog.-tall #changes { max-height: 19; }
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
        self.prices = FactTable(id="changes")
        # What is chosen here is an answer, not a line.
        self.prices.can_focus, self.prices.show_cursor = False, False

    def on_mount(self) -> None:
        self.prices.set_table(prices_changed(self._changes))

    def compose_body(self) -> Iterable[Widget]:
        yield self.prices
        before, after = self._before, self._after
        lines = (verdict_line("before", before), verdict_line("after", after), difference_line(before, after))
        yield Static(Content("\n").join(lines), id="verdicts")
        if self._kept:
            yield Static(Content(f"Negotiated prices stay: {', '.join(self._kept)}"), classes="muted")
