"""Places whose numbers can be looked into: `i` is about the line under the cursor, `m` compares with other plans."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from planner.engine.specs import Evaluation
from planner.tui.dialogs.sources import sources_of
from planner.tui.flows.books import First, compare
from planner.tui.flows.sources import Link, Subject, subject_of
from planner.tui.screens.place import PlaceScreen
from planner.tui.widgets.chart import ChartPane
from planner.tui.widgets.fact_table import FactTable


class ExplainedPlace(PlaceScreen):
    """A place about the open plan: what the cursor is on can be explained."""

    TRACES_FIRST: ClassVar[tuple[str, ...]] = ()
    """Beginnings of the keys of the traces that matter most here."""

    def subject(self, evaluation: Evaluation) -> Subject:
        """What `i` explains here; the verdict as a whole unless a place knows better."""
        return Subject()

    def action_sources(self) -> None:
        """Formula, inputs and source of what the cursor is on, and the ways to the answers behind it."""
        plan, evaluation = self.host.plan, self.host.evaluation
        if plan is None or evaluation is None:
            self.notify("There is no result yet to explain.", timeout=3)
            return
        dialog = sources_of(plan, evaluation, self.subject(evaluation), self.TRACES_FIRST)
        self.host.ask_about_plan(dialog, self._follow)

    def _follow(self, link: Link) -> None:
        self.app.call_later(self.host.follow, link, self.PLACE)


class ResultPlace(ExplainedPlace):
    """Sizing, Routing and Costs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i,ctrl+t", "sources", "Where from"),
        Binding("m", "compare", "Compare plans", show=False),
    ]

    def subject(self, evaluation: Evaluation) -> Subject:
        """What the cursor is on."""
        return subject_of(evaluation, *self._under_cursor())

    def _under_cursor(self) -> tuple[str, str]:
        """Which table has the focus, else the first one on screen, and its line; the first chart where no table is.

        A chart's own table goes by the chart's name.
        """
        shown = [table for table in self.query(FactTable) if table.region.area and table.row_count]
        table = self.focused if isinstance(self.focused, FactTable) else next(iter(shown), None)
        if table is None:
            charts = (pane.id for pane in self.query(ChartPane) if pane.region.area and pane.id)
            return next(charts, ""), ""
        named = (node.id for node in table.ancestors_with_self if node.id)
        return next(named, ""), table.current_key or ""

    def action_compare(self) -> None:
        """This plan beside one or two others."""
        self.host.run_flow(self._compare, name="compare")

    async def _compare(self) -> None:
        plan, evaluation = self.host.plan, self.host.evaluation
        if plan is not None and evaluation is not None:
            await compare(self.host, First(plan, evaluation, self.host.session.origin.path))
