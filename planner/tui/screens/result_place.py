"""A place that shows results: `i` is about the line under the cursor, `m` puts another plan beside this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from planner.tui.screens.place import PlaceScreen
from planner.tui.widgets.chart_pane import ChartPane
from planner.tui.widgets.fact_table import FactTable

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.tui.behind import Subject


class ResultPlace(PlaceScreen):
    """Sizing, Routing and Costs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i,ctrl+t", "sources", "Where from"),
        Binding("m", "compare", "Compare plans", show=False),
    ]

    def subject(self, evaluation: Evaluation) -> Subject:
        """What the cursor is on."""
        from planner.tui.behind import subject_of

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
        self.app.filing.start(self._compare, name="compare")

    async def _compare(self) -> None:
        from planner.tui.side_by_side import First, compare

        plan, evaluation = self.app.plan, self.app.evaluation
        if plan is not None and evaluation is not None:
            await compare(self.app, First(plan, evaluation, self.app.session.origin.path))
