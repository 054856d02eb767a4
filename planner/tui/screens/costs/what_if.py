"""What if: sliders over the plan, the result beside today's, nothing saved unless it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.widget import Widget

from planner import quantities
from planner.engine.specs import Evaluation
from planner.report.document import Row, Rows, Segment
from planner.report.tables import strategies
from planner.report.tables.candidates import rent_of
from planner.tui.host import HostOf
from planner.tui.open_plan.what_if import WhatIf, bent_catalog, bent_plan, without_prices
from planner.tui.screens.costs.panes import CostPane
from planner.tui.textual_fixes import Latest
from planner.tui.widgets.document_view import Notes
from planner.tui.widgets.fact_table import FactTable
from planner.tui.widgets.sliders import Rail, Sliders
from planner.words.answer import verdict_line
from planner.words.reasons import likelihood

if TYPE_CHECKING:
    from planner.plan.schema import Plan

PRICES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0)
VOLUMES = (0.1, 0.2, 0.3, 0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0)
GROWTHS = (-0.06, -0.04, -0.02, 0.0, 0.02, 0.04, 0.06, 0.1)
RAILS = (
    Rail("volume", "token volume", VOLUMES, 1.0, quantities.factor),
    Rail("growth", "growth a month", GROWTHS, 0.0, lambda growth: f"{quantities.signed(growth * 100)} pts"),
    Rail("output", "answer length", (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0), 1.0, quantities.factor),
    Rail("token_price", "token prices", PRICES, 1.0, quantities.factor),
    Rail("gpu_price", "GPU prices", PRICES, 1.0, quantities.factor),
)


class WhatIfPane(CostPane):
    """Five sliders and the verdict they lead to."""

    hides_tables = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("p", "keep", "Put in plan")]
    host = HostOf()
    about = query_one("#about", Notes)
    sliders = query_one(Sliders)
    verdict = query_one("#bent-verdict", Notes)
    table = query_one("#bent", FactTable)
    _now: Evaluation | None = None
    _then: Evaluation | None = None

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._latest = Latest(self, "what-if")

    def compose(self) -> Iterable[Widget]:
        yield Notes(id="about", indent=0)
        yield Sliders(RAILS, id="sliders")
        yield Notes(id="bent-verdict", indent=12)
        yield FactTable(id="bent")

    def on_mount(self) -> None:
        text = (
            "Up and down choose, left and right or the mouse move, 0 resets. The plan stays as it is until you keep it."
        )
        self.about.rows = ((Segment(text, "muted"),),)

    def show(self, evaluation: Evaluation) -> None:
        self._now, self._then = evaluation, None
        self._compute()

    @property
    def what(self) -> WhatIf:
        """Where the sliders stand."""
        return WhatIf(**self.sliders.values)

    @on(Sliders.Moved)
    def _compute(self) -> None:
        plan, now = self.host.plan, self._now
        if plan is None or now is None:
            return
        if self.what == WhatIf():
            self._then = now
            self._show()
        else:
            self._say("computing…", "muted")
            self._latest.ask(partial(self._evaluate, plan, now, self.what))

    def _evaluate(self, plan: Plan, now: Evaluation, what: WhatIf) -> Callable[[], None]:
        """In a thread; returns how to show it."""
        try:
            bent, catalog = without_prices(bent_plan(plan, what, now.inputs)), bent_catalog(now.catalog, what)
            then = self.host.evaluator(bent, catalog, self.host.as_of)
        except ValueError as problem:  # a slider may leave what a plan allows, and says so
            return partial(self._say, str(problem), "warn")
        return partial(self._take, now, what, then)

    def _take(self, now: Evaluation, what: WhatIf, then: Evaluation) -> None:
        if self._now is now and self.is_mounted and self.what == what:
            self._then = then
            self._show()

    def _say(self, text: str, role: str) -> None:
        self.verdict.rows = ((Segment(text, role),),)

    def _show(self) -> None:
        if self._now is not None and self._then is not None:
            self.verdict.rows = verdict_rows(self._now, self._then)
            self.table.set_table(strategies.what_if(self._now, self._then))
            self.sliders.meanings = meanings(self._then)

    def action_keep(self) -> None:
        """Write volume, growth and answer length into the plan; prices stay what the sources say."""
        plan, now, what = self.host.plan, self._now, self.what
        if plan is None or now is None or what == WhatIf():
            return
        kept = WhatIf(what.volume, what.growth, what.output)
        if kept == WhatIf():
            self.app.notify("Prices are not kept: re-price the plan, or enter your own in its file.", timeout=4)
            return
        changed = bent_plan(plan, kept, now.inputs)
        self.sliders.action_reset()
        told = kept_in_words(kept)
        self.host.update_plan(changed, f"kept what-if: {told}")
        self.app.notify(f"In the plan: {told}. ctrl+z takes it back.", timeout=4)


def kept_in_words(what: WhatIf) -> str:
    """What was moved, for the history."""
    moved = (rail for rail in RAILS if getattr(what, rail.id) != rail.start)
    return ", ".join(f"{rail.label} {rail.shown(getattr(what, rail.id))}" for rail in moved)


def meanings(then: Evaluation) -> tuple[str, ...]:
    """What the sliders come to, in the order of the rails."""
    demand, inputs, catalog = then.demand, then.inputs, then.catalog
    api = catalog.apis.get(inputs.volume.baseline_api)
    offer = catalog.offers.get(then.choice.offer) if then.choice is not None else None
    return (
        f"{quantities.scaled(demand.mean_today_tokens_per_day)} tokens a day today, "
        f"{quantities.scaled(demand.mean_tokens_per_day)} over 12 months",
        f"{quantities.percent(inputs.volume.growth_per_month.mid)} a month",
        f"{quantities.percent(1 - demand.input_fraction)} of the tokens generated",
        ""
        if api is None
        else f"{api.name} {quantities.price(api.input_usd_per_mtok)}/"
        f"{quantities.price(api.output_usd_per_mtok)} a Mtok",
        "" if offer is None else f"{offer.provider} {rent_of(offer)}",
    )


def verdict_rows(now: Evaluation, then: Evaluation) -> Rows:
    """The verdict before and after."""
    before, after = strategies.proposal(now), strategies.proposal(then)
    change = f"verdict unchanged: {after}" if before == after else f"{before} → {after}"
    sure = f"  ({likelihood(then)})" if then.likelihood_counts else ""
    first: Row = (
        Segment(f"{'verdict':<12}", "muted"),
        Segment(change, "text" if before == after else "strong"),
        Segment(sure, "muted"),
    )
    return (first, (Segment(f"{'then':<12}", "muted"), Segment(verdict_line(then))))
