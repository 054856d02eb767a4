"""Routing: which work goes where, the rule that decided, and what more or fewer replicas would cost."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import DataTable

from planner import quantities
from planner.engine.specs import Evaluation, RouteShare
from planner.report.document import Row, Rows, Segment, Table
from planner.report.tables import routes
from planner.tui.charts.canvas import wrap
from planner.tui.charts.cost_curve import cost_curve
from planner.tui.charts.week import heat_strip, load_columns
from planner.tui.dialogs.pick import Item, PickDialog
from planner.tui.open_plan.session import with_value
from planner.tui.screens.explained import ResultPlace
from planner.tui.widgets.chart import ChartPane
from planner.tui.widgets.document_view import Notes
from planner.tui.widgets.fact_table import FactTable
from planner.words.labels import STRATEGY_MARKERS, UNPROVEN
from planner.words.reasons import route_reason
from planner.words.verdict import region_words

ROUTE_WORDS = {
    "auto": "let the rules decide",
    "self_host": "self-host",
    "api": "API",
    "hosted_open": "hosted open model",
}


class RoutingScreen(ResultPlace):
    """Routes above, the cost curve and the week below."""

    PLACE = "routing"
    TRACES_FIRST = ("api.", "choice.rent")
    ABOUT = (
        "This page shows where each kind of work goes, and why. What you set by hand comes first, then where the data"
        " must stay, then quality, what a model can do, its licence, and last what it costs. ~ means that the route"
        " holds only if a test on your own prompts confirms it.\n\n"
        "The bars are the cost of 12 months for each number of replicas; the plan is the cheapest that is"
        " allowed. The week is shaded against what the replicas safely carry; a full block goes over."
    )
    DEFAULT_CSS = """
    RoutingScreen {
        & #routes { height: auto; max-height: 45%; }
        & #route-detail { margin: 1 0 0 0; max-height: 5; }
        & #below { layout: horizontal; height: 1fr; margin: 1 0 0 0; }
        & #curve { width: 3fr; height: 1fr; margin: 0 2 0 0; }
        & #week { width: 2fr; height: 1fr; }
        & #below Chart { height: 1fr; }
    }
    RoutingScreen.-normal #curve, RoutingScreen.-normal #week { width: 1fr; }
    RoutingScreen.-narrow #below { layout: vertical; }
    RoutingScreen.-narrow #week { width: 1fr; height: 3; }
    RoutingScreen.-narrow #curve { width: 1fr; margin: 0; }
    RoutingScreen.-short #route-detail { margin: 0; max-height: 3; }
    RoutingScreen.-short #below { margin: 0; }
    RoutingScreen.-tables #below ChartPane > FactTable { height: 1fr; max-height: 100%; }
    RoutingScreen.-tables #below ChartPane { height: 1fr; }
    RoutingScreen.-tables.-normal #below { layout: vertical; }
    RoutingScreen.-tables.-normal #below ChartPane { width: 1fr; margin: 0; }
    RoutingScreen.-tables.-short #routes { max-height: 30%; }
    """
    table = query_one("#routes", FactTable)
    notes = query_one("#route-detail", Notes)
    below = query_one("#below", Container)
    curve = query_one("#curve", ChartPane)
    week = query_one("#week", ChartPane)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "override", "Override"),
        Binding("a", "automatic", "Back to rule"),
        Binding("t", "tables", "Table/chart"),
    ]

    def compose_place(self) -> Iterable[Widget]:
        yield FactTable(id="routes")
        yield Notes(id="route-detail", indent=12)
        with Container(id="below"):
            yield ChartPane("Cost of 12 months against replicas", id="curve")
            yield ChartPane("The week", id="week")

    def on_mount(self) -> None:
        super().on_mount()
        self.table.focus()

    # -- showing ------------------------------------------------------------------------------------------------

    def show(self, evaluation: Evaluation | None) -> None:
        self.below.display = evaluation is not None
        if evaluation is None:
            self.table.set_table(Table())
            self.notes.rows = ()
            return
        self.table.set_table(routes.routes(evaluation))
        self._detail()
        self._show_curve(evaluation)
        self._show_week(evaluation)

    def reveal(self, target: str) -> None:
        """The line of a workload."""
        self.table.focus()
        self.table.select(target)

    def _show_curve(self, evaluation: Evaluation) -> None:
        money = partial(quantities.money, currency=evaluation.inputs.currency)

        def draw(width: int, height: int) -> Rows:
            if evaluation.choice is not None and len(evaluation.choice.regions) > 1:
                return tuple((Segment(words),) for words in region_words(evaluation, evaluation.choice))
            chosen, whole = evaluation.planned_replicas, evaluation.ledgers["self_host"].possible
            return cost_curve(evaluation.curve, chosen, width, height, money=money, whole=whole)

        self.curve.set_chart(draw, partial(routes.curve, evaluation))

    def _show_week(self, evaluation: Evaluation) -> None:
        week = evaluation.week
        loads = evaluation.demand.hour_of_week if week is None else week.load_replicas
        capacity, above = (None, 0) if week is None else (week.capacity_replicas, week.hours_above)
        self.week.set_title(_week_title(evaluation))

        def draw(width: int, height: int) -> Rows:
            if min(loads) >= FLAT_FROM * max(loads):
                return wrap((Segment(_flat_week(evaluation)),), width)
            strip = heat_strip(loads, capacity, width, above=above, days=height >= 9)
            if height < len(strip) + 6:
                return strip
            room = min(height - len(strip) - 1, 14)
            return (*strip, (), *load_columns(loads, capacity, min(width, 84), room))

        self.week.set_chart(draw, partial(routes.week, evaluation))

    @on(DataTable.RowHighlighted, "#routes")
    def _detail(self) -> None:
        evaluation = self.host.evaluation
        if evaluation is not None:
            key = self.table.current_key or ""
            self.notes.rows = detail_rows(evaluation, key)

    # -- actions ------------------------------------------------------------------------------------------------

    def action_tables(self) -> None:
        """The charts as tables, and back."""
        self.toggle_class("-tables")
        for pane in self.query(ChartPane):
            pane.toggle_table()

    @on(DataTable.RowSelected, "#routes")
    def action_override(self) -> None:
        """Choose where the workload under the cursor goes."""
        evaluation, name = self.host.evaluation, self.table.current_key
        if evaluation is None or name is None or self._index_of(name) is None:
            return
        body = "Your choice goes before the rules of quality and cost, never before residency."
        dialog = PickDialog(f"Where does “{name}” go?", body, _items(evaluation, name))
        self.host.ask_about_plan(dialog, partial(self._set_route, name))

    def action_automatic(self) -> None:
        """Give the workload under the cursor back to the rules."""
        self._set_route(self.table.current_key, "auto")

    def _index_of(self, name: str | None) -> int | None:
        plan = self.host.plan
        names = [workload.name for workload in plan.workload] if plan is not None else []
        return names.index(name) if name in names else None

    def _set_route(self, name: str | None, route: str) -> None:
        plan, index = self.host.plan, self._index_of(name)
        if plan is not None and index is not None and plan.workload[index].route != route:
            why = f"{name}: {ROUTE_WORDS[route]}"
            self.host.update_plan(with_value(plan, ("workload", index, "route"), route), why)


FLAT_FROM = 0.98
"""Quietest hour against the busiest: a week as flat as that has no shape to draw."""


def _flat_week(evaluation: Evaluation) -> str:
    week = evaluation.week
    if week is None:
        return "Every hour of the week is alike: there is no shape to draw."
    load, least = max(week.load_replicas), min(week.capacity_replicas)
    told = f"{quantities.significant(load)} replicas are busy, {quantities.significant(least)} may safely be"
    over = f"; above that {week.hours_above} hours a week" if week.hours_above else ""
    return f"Every hour of the week is alike: {told}{over}."


def _week_title(evaluation: Evaluation) -> str:
    choice, week = evaluation.running, evaluation.week
    if choice is None or week is None:
        return f"The week's load, busiest hour {quantities.factor(evaluation.demand.peak_to_mean_hour)} the mean"
    serving, spare = choice.replicas - choice.spare_replicas, choice.spare_replicas
    replicas = f"{serving} + {spare} spare" if spare else f"{serving} replica{'s' if serving != 1 else ''}"
    return f"Busiest month · {replicas}, full at {quantities.percent(week.utilisation_limit)} busy"


def _items(evaluation: Evaluation, name: str) -> list[Item]:
    route = next((route for route in evaluation.routes if route.workload == name), None)
    known = " · ".join(
        f"{routes.alternative_name(evaluation, where, name)} {cost}"
        for where, cost in (routes.alternatives(evaluation, route) if route is not None else ())
    )
    return [
        Item("auto", "Let the rules decide", known),
        Item("self_host", f"{STRATEGY_MARKERS['self_host']} Self-host", "on own or rented GPUs"),
        Item("api", f"{STRATEGY_MARKERS['api_tuned']} API", "a closed model by the token"),
        Item(
            "hosted_open",
            f"{STRATEGY_MARKERS['hosted_open']} Hosted open model",
            "open weights, run by somebody else",
        ),
    ]


def detail_rows(evaluation: Evaluation, key: str) -> Rows:
    """The rule in full, the burst rule and the alternatives of the workload under the cursor."""
    route = next((route for route in evaluation.routes if route.workload == key), None)
    if route is None:
        return _burst_detail(evaluation) if key == routes.BURSTS else ()
    rows: list[Row] = [(Segment(f"{'because':<12}", "muted"), Segment(route_reason(evaluation, route)))]
    if route.provisional:
        note = "Nobody has tested this model on your prompts: test it before you move the work."
        rows.append((Segment(f"{f'{UNPROVEN} unproven':<12}", "warn"), Segment(note)))
    if route.overridden:
        rows.append((Segment(f"{'override':<12}", "muted"), Segment("yours; o takes it back")))
    if route.alternatives:
        rows.append((Segment(f"{'possible':<12}", "muted"), *_priced(evaluation, route)))
    return tuple(rows)


def _priced(evaluation: Evaluation, route: RouteShare) -> Row:
    """Every destination that passes the gates, cheapest first, with its money."""
    parts: list[Segment] = []
    for where, cost in routes.alternatives(evaluation, route):
        mark, _, name = routes.alternative_name(evaluation, where, route.workload).partition(" ")
        parts += [Segment(" · ", "muted")] if parts else []
        parts += [
            Segment(f"{mark} ", routes.strategy_of(evaluation, where, route.workload)),
            Segment(f"{name} {cost}"),
        ]
    return tuple(parts)


def _burst_detail(evaluation: Evaluation) -> Rows:
    text = (
        "Work beyond the safe load of an hour goes to the API route of its workload; background work first waits for"
        " idle hours within its deadline. Work that must stay inside never overflows."
    )
    return ((Segment(f"{'burst rule':<12}", "muted"), Segment(text)),)
