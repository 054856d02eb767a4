"""A place that shows results: `i` says where its numbers come from, `m` puts another plan beside this one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from planner.tui.comparing import MOST_PLANS, comparison, other_plans
from planner.tui.screens.place import PlaceScreen
from planner.tui.widgets.chart_pane import ChartPane
from planner.tui.widgets.fact_table import FactTable

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.schema import Plan
    from planner.report.document import Document
    from planner.tui.behind import Link


class ResultPlace(PlaceScreen):
    """Sizing, Routing and Costs."""

    TRACES_FIRST: ClassVar[tuple[str, ...]] = ()
    """Beginnings of the keys of the traces that matter most here."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "sources", "Where from"),
        Binding("m", "compare", "Compare plans", show=False),
    ]

    def action_sources(self) -> None:
        """Formula, inputs and source of what the cursor is on, and the ways to the answers behind it."""
        from planner.tui.behind import assumptions_of, links_of, subject_of
        from planner.tui.screens.dialogs.sources import SourcesDialog, traces_of

        plan, evaluation = self.app.plan, self.app.evaluation
        if plan is not None and evaluation is not None:
            subject = subject_of(evaluation, *self._under_cursor())
            traces = traces_of(evaluation, (*subject.traces, *self.TRACES_FIRST))
            own = sum(trace.key.startswith(subject.traces) for trace in traces) if subject.traces else 0
            traces[own:own] = assumptions_of(evaluation, subject)
            self.app.push_screen(SourcesDialog(traces, subject.name, links_of(evaluation, plan, subject)), self._follow)

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

    def _follow(self, link: Link | None) -> None:
        if link is not None:
            self.app.call_later(self.app.trail.follow, link, self.PLACE)

    @work(exclusive=True, group="compare", exit_on_error=False)
    async def action_compare(self) -> None:
        """This plan beside one or two others."""
        from planner.tui.screens.dialogs.compare import MORE, CompareDialog

        others: list[Path] = []
        while (picked := await self._pick_another(others)) is not None:
            others.append(picked)
            document = await self._compared(others)
            if document is None:
                return
            dialog = CompareDialog(document, can_add=len(others) + 1 < MOST_PLANS)
            if await self.app.push_screen_wait(dialog) != MORE:
                return

    async def _pick_another(self, others: list[Path]) -> Path | None:
        from planner.tui.screens.dialogs.pick import Item, PickDialog

        own = self.app.session.origin.path
        known = [*others, own] if own is not None else others
        books = await asyncio.to_thread(other_plans, self.app.profiles_dir, known)
        if not books:
            self.app.notify("There is no other plan to compare with.", timeout=3)
            return None
        items = [Item(str(book.path), book.name, book.verdict() or book.group) for book in books]
        key = await self.app.push_screen_wait(PickDialog("Compare with", "The plan on screen stays A.", items))
        return None if key is None else Path(key)

    async def _compared(self, others: list[Path]) -> Document | None:
        app = self.app
        plan, evaluation, catalog = app.plan, app.evaluation, app.catalog
        if plan is None or evaluation is None or catalog is None:
            return None

        def evaluate(other: Plan) -> Evaluation:
            return app.evaluator(other, catalog, app.as_of)

        app.notify("Evaluating…", timeout=1)
        try:
            return await asyncio.to_thread(comparison, plan, evaluation, app.session.origin.path, others, evaluate)
        except Exception as problem:  # said in words: another plan must not end the app, nor fail in silence
            app.notify(str(problem) or type(problem).__name__, title="Cannot compare", severity="error", markup=False)
            return None
