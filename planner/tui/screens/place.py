"""What all places share: header, verdict strip, content, place bar, footer, and one hook.

A place that shows results: `i` is about the line under the cursor, `m` puts another plan beside this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.getters import app as app_getter
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from planner.tui.flows.files import ask_about_plan
from planner.tui.textual_fixes import StillThere
from planner.tui.widgets.bars import KeyBar, PlaceBar, PlanHeader, price_words
from planner.tui.widgets.chart import ChartPane
from planner.tui.widgets.fact_table import FactTable
from planner.tui.widgets.verdict_strip import VerdictStrip

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.tui.app import PlannerApp
    from planner.tui.flows.sources import Link, Subject


def app_class() -> type[PlannerApp]:
    """The app's class, imported late: the app imports the places."""
    from planner.tui.app import PlannerApp

    return PlannerApp


class PlaceScreen(StillThere, Screen[None]):
    """A place. Subclasses yield their content from `compose_place` and put numbers on it in `show`.

    `show` is called when the place is first shown, when a new evaluation has arrived while it is on screen, and on
    return to it if one arrived meanwhile. It is never called before the content is mounted.
    """

    PLACE: ClassVar[str] = ""
    """Id of the place in `places.PLACES`."""
    ABOUT: ClassVar[str] = ""
    """What the place answers, for the help overlay."""
    TRACES_FIRST: ClassVar[tuple[str, ...]] = ()
    """Beginnings of the keys of the traces that matter most here."""
    app = app_getter(app_class)

    _shown: Evaluation | None = None
    _ever_shown = False
    _watching = False

    def __init__(self) -> None:
        super().__init__()
        # A screen that is being built takes the styles as they are: Textual would read them all again for it.
        self._css_update_count = self.app._css_update_count

    def compose(self) -> ComposeResult:
        yield PlanHeader()
        yield VerdictStrip()
        with Container(id="place"):
            yield from self.compose_place()
        yield PlaceBar()
        yield KeyBar()
        yield Static("planner needs 60 × 20 cells.\nMake the window larger; nothing is lost.", id="too-small")

    def compose_place(self) -> Iterable[Widget]:
        """Content of the place."""
        return ()

    def show(self, evaluation: Evaluation | None) -> None:
        """Put the numbers of `evaluation` on screen; None: no plan, or none that can be evaluated yet."""

    def help_words(self) -> str:
        """What F1 says here, before the keys."""
        return self.ABOUT

    def subject(self, evaluation: Evaluation) -> Subject:
        """What `i` explains here; the verdict as a whole unless a place knows better."""
        from planner.tui.flows.sources import Subject

        return Subject()

    def action_sources(self) -> None:
        """Formula, inputs and source of what the cursor is on, and the ways to the answers behind it."""
        plan, evaluation = self.app.plan, self.app.evaluation
        if plan is None or evaluation is None:
            self.notify("There is no result yet to explain.", timeout=3)
            return
        from planner.tui.dialogs.sources import sources_of

        dialog = sources_of(plan, evaluation, self.subject(evaluation), self.TRACES_FIRST)
        ask_about_plan(self.app, dialog, self._follow)

    def _follow(self, link: Link) -> None:
        self.app.call_later(self.app.trail.follow, link, self.PLACE)

    def on_mount(self) -> None:
        # Textual calls the handlers of all base classes itself; a subclass that also does so must not count twice.
        if self._watching:
            return
        self._watching = True
        self.query_one(PlaceBar).current = self.PLACE
        for name in ("plan", "evaluation", "computing", "error", "saves"):
            self.watch(self.app, name, self._app_changed, init=False)

    def on_screen_resume(self) -> None:
        self._app_changed()

    def _app_changed(self) -> None:
        # A screen in the background is brought up to date when it is shown again, and not before.
        if self.is_mounted and self.is_current:
            self._refresh_chrome()
            if not self._ever_shown or self._shown is not self.app.evaluation:
                if self._shown is None and self.app.evaluation is not None:
                    self.call_after_refresh(self.app.settled)
                self._shown, self._ever_shown = self.app.evaluation, True
                self.show(self.app.evaluation)

    def _refresh_chrome(self) -> None:
        app = self.app
        header, strip = self.query_one(PlanHeader), self.query_one(VerdictStrip)
        header.plan_name = app.plan.name if app.plan else ""
        header.dirty = app.session.dirty
        header.prices, header.stale = price_words(app.evaluation)
        strip.computing = app.computing
        strip.show(app.evaluation, app.error)


class ResultPlace(PlaceScreen):
    """Sizing, Routing and Costs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i,ctrl+t", "sources", "Where from"),
        Binding("m", "compare", "Compare plans", show=False),
    ]

    def subject(self, evaluation: Evaluation) -> Subject:
        """What the cursor is on."""
        from planner.tui.flows.sources import subject_of

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
        from planner.tui.flows.compare import First, compare

        plan, evaluation = self.app.plan, self.app.evaluation
        if plan is not None and evaluation is not None:
            await compare(self.app, First(plan, evaluation, self.app.session.origin.path))
