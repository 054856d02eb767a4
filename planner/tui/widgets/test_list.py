"""The tests on record, below question 2: another by hand or from a file, or one taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from planner.tui.textual_fixes import SteadyList
from planner.words.sentences import sentence, table

if TYPE_CHECKING:
    from planner.engine.specs import Catalog
    from planner.plan.schema import EvaluationEntry, Plan

ADD = "add"
READ = "read"


class TestList(SteadyList):
    """A line a test; the last two bring another."""

    DEFAULT_CSS = """
    TestList { height: auto; border: none; padding: 0; margin: 1 1 1 0; background: $background; text-wrap: nowrap; }
    TestList > .option-list--option-highlighted { background: $background; color: $foreground; text-style: none; }
    TestList:focus > .option-list--option-highlighted {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: $block-cursor-text-style;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("d,delete", "remove", "Delete")]
    __test__ = False

    @dataclass
    class Wanted(Message):
        """Another test is wanted: `ADD` or `READ`."""

        how: str

    @dataclass
    class DeleteRequested(Message):
        """The test should go."""

        index: int

    def __init__(self, plan: Plan, catalog: Catalog | None) -> None:
        super().__init__(id="quality-tests", compact=True, markup=False)
        self._told = list[str]()
        self.take(plan, catalog)

    def take(self, plan: Plan, catalog: Catalog | None) -> None:
        """Show the plan's tests; the cursor begins at what records another."""
        lines = [_line(entry, catalog) for entry in plan.quality.evaluation]
        if self._told == lines and self.options:
            return
        self._told = lines
        self.clear_options()
        self.add_options([Option(line) for line in lines])
        self.add_options([Option(table("test_by_hand")[how], id=how) for how in (ADD, READ)])
        self.highlighted = len(lines)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Wanted(event.option_id or ADD))

    def action_remove(self) -> None:
        """Ask for the test under the cursor to go."""
        if self.highlighted is not None and self.highlighted < len(self._told):
            self.post_message(self.DeleteRequested(self.highlighted))


def _line(entry: EvaluationEntry, catalog: Catalog | None) -> str:
    names = [id if catalog is None else catalog.name_of(id) for id in (entry.model, entry.api_model)]
    gaps = entry.gap_mid_fraction, entry.gap_low_fraction, entry.gap_high_fraction
    return sentence(
        "test_by_hand", "held", entry.workload or sentence("test_by_hand", "all"), *names, entry.prompts, *gaps
    )
