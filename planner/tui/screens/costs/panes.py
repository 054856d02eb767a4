"""The panes of Costs; each is mounted when its tab is first opened and shows one evaluation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import DataTable, OptionList

from planner import quantities
from planner.engine.specs import Evaluation, PriceScenario
from planner.report.document import Row, Rows, Segment, Table
from planner.report.tables import deciding, ledger, strategies
from planner.tui.charts.break_even_map import break_even_map, break_even_ruler
from planner.tui.charts.canvas import ascii_only
from planner.tui.charts.line_chart import line_chart
from planner.tui.charts.risk import risk_bands, scenario_grid, tornado
from planner.tui.host import HostOf
from planner.tui.screens.costs import chart_values
from planner.tui.screens.costs.verdict import VerdictLines
from planner.tui.widgets.chart import ChartPane, CumulativeChart
from planner.tui.widgets.document_view import Notes
from planner.tui.widgets.fact_table import FactTable
from planner.words.break_evens import map_against
from planner.words.labels import UNPROVEN
from planner.words.ledger_notes import fixed_rent, ledger_notes, own_instead
from planner.words.reasons import likelihood, rule_of_thumb
from planner.words.sentences import as_sentence, sentence


class CostPane(Vertical):
    """One tab's content."""

    hides_tables: ClassVar[bool] = True
    """There is a table behind a chart, not in sight until asked for."""

    def show(self, evaluation: Evaluation) -> None:
        """Take new numbers."""

    def toggle_tables(self) -> None:
        """Charts to tables and back."""
        for pane in self.query(ChartPane):
            pane.toggle_table()


class LedgerPane(CostPane):
    """Cumulative chart above, the ledger month by month below."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "expand_all", "Expand")]
    expanded: reactive[frozenset[str]] = reactive(frozenset(), init=False)
    _evaluation: Evaluation | None = None

    def compose(self) -> Iterable[Widget]:
        yield Notes(id="notes", indent=0)
        yield ChartPane("Spent so far", CumulativeChart(), id="cumulative")
        yield FactTable(id="ledger")

    def show(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        pane = self.query_one("#cumulative", ChartPane)
        chart = self.query_one(CumulativeChart)
        chart.money = partial(quantities.money, currency=evaluation.inputs.currency)
        chart.crossings, chart.series = chart_values.crossings(evaluation), chart_values.series(evaluation)
        pane.set_table(partial(ledger.spent_so_far, evaluation))
        symbol = quantities.currency_symbol(evaluation.inputs.currency)
        pane.set_title(f"Spent so far, {symbol} · {chart_values.payback(evaluation)}")
        notes = self.query_one("#notes", Notes)
        notes.rows = tuple((Segment(note, "muted"),) for note in ledger_notes(evaluation))
        notes.display = bool(notes.rows)
        self._fill()

    def _fill(self) -> None:
        if self._evaluation is not None:
            table = ledger.months(self._evaluation, ledger.cents, self.expanded)
            self.query_one("#ledger", FactTable).set_table(table)

    def watch_expanded(self) -> None:
        self._fill()

    @on(DataTable.RowSelected, "#ledger")
    def _toggle_month(self, event: DataTable.RowSelected) -> None:
        key = (event.row_key.value or "").partition(".")[0]
        self.query_one("#ledger", FactTable).select(key)
        self.expanded ^= {key}

    def action_expand_all(self) -> None:
        """Every month with its buckets, or none."""
        every = {"total", *(f"m{month}" for month in range(1, 13))}
        self.expanded = frozenset() if self.expanded else frozenset(every)


BESIDE_ROWS = 7
"""Lines around the rows of the table and of the ruler: what they mean, headings, axis, legend."""


class BreakEvenPane(CostPane):
    """From which volume own GPUs pay, against each API model."""

    hides_tables = False

    def compose(self) -> Iterable[Widget]:
        yield Notes(id="about", indent=0)
        yield FactTable(id="break-even")
        yield ChartPane("The same on one ruler", id="ruler")

    def show(self, evaluation: Evaluation) -> None:
        text = (
            "From how many tokens a day, same mix and same shape, own GPUs cost no more than it in a steady month."
            " Hardware only leaves people out; nobody runs GPUs without people."
        )
        used = f"You use {quantities.tokens_a_day(evaluation.demand.mean_tokens_per_day)}, mean of the next 12 months."
        thumb = f"The article's rule of thumb is {rule_of_thumb(evaluation)}."
        note: list[Row] = [(Segment(f"{used} {thumb}"),), (Segment(text, "muted"),)]
        self.query_one("#about", Notes).rows = tuple(note)
        table = deciding.break_even(evaluation)
        self.query_one("#break-even", FactTable).set_table(table)
        reaches, run = chart_values.reaches(evaluation), evaluation.demand.mean_tokens_per_day
        capacity = max((found.capacity_tokens_per_day for found in evaluation.break_even), default=0.0)

        def draw(width: int, height: int) -> Rows:
            return break_even_ruler(reaches, run, capacity, min(width, 118))

        self.query_one("#ruler", ChartPane).set_chart(draw, lambda: table)
        self._make_room()

    def on_resize(self) -> None:
        self._make_room()

    def _make_room(self) -> None:
        """The ruler says what the table says: it goes first where there is no room for both."""
        rows = self.query_one("#break-even", FactTable).row_count
        self.query_one("#ruler").display = self.size.height >= 2 * rows + BESIDE_ROWS


TORNADO: Final = "What own GPUs save in 12 months against the best without, one at a time"


class SensitivityPane(CostPane):
    """The tornado, and below it what would flip the verdict."""

    def compose(self) -> Iterable[Widget]:
        with VerticalScroll():
            yield ChartPane(TORNADO, id="tornado")
            yield FactTable(id="flips")

    def show(self, evaluation: Evaluation) -> None:
        money = partial(quantities.money, currency=evaluation.inputs.currency)
        swings = chart_values.swings(evaluation)
        mark = f" {UNPROVEN}" if evaluation.ledgers["hybrid"].untested else ""

        def draw(width: int, height: int) -> Rows:
            return tornado(swings, width, money=money)

        pane = self.query_one("#tornado", ChartPane)
        pane.set_title(f"{TORNADO}{mark}")
        pane.set_chart(draw, partial(deciding.sensitivity, evaluation))
        self.query_one("#flips", FactTable).set_table(deciding.flips(evaluation))


class RiskPane(CostPane):
    """Bands of the totals, and of the two best strategies over the months."""

    def compose(self) -> Iterable[Widget]:
        yield ChartPane("12-month totals", id="bands")
        yield Notes(id="likelihood", indent=0)
        yield ChartPane("Spent, best with own GPUs and best without: P50, P10 to P90 shaded", id="fan")

    def show(self, evaluation: Evaluation) -> None:
        money = partial(quantities.money, currency=evaluation.inputs.currency)
        bands, fan, risk = chart_values.bands(evaluation), chart_values.banded_series(evaluation), evaluation.risk

        def draw(width: int, height: int) -> Rows:
            return risk_bands(bands, width, money=money)

        def draw_fan(width: int, height: int) -> Rows:
            return line_chart(fan, width, height, has_dots=not ascii_only())

        notes = self.query_one("#likelihood", Notes)
        notes.display = evaluation.likelihood_counts
        told = sentence("sure", "cheapest", own=as_sentence(likelihood(evaluation)).rstrip("."))
        notes.rows = ((Segment(told, "muted"),),)
        pane = self.query_one("#bands", ChartPane)
        if risk is not None:
            pane.set_title(f"12-month totals over {quantities.count(risk.draws)} draws (seed {risk.seed})")
        pane.set_chart(draw, partial(_risk, evaluation))
        self.query_one("#fan", ChartPane).set_chart(draw_fan, partial(ledger.spent_so_far, evaluation))


def _risk(evaluation: Evaluation) -> Table:
    """The bands as a table."""
    found = strategies.totals(evaluation, strategies.possible(evaluation))
    return found.only("strategy", "p10", "p50", "p90", "mean", "total", "cheapest")


class MapPane(CostPane):
    """Volume against output share: which strategy is cheapest."""

    def compose(self) -> Iterable[Widget]:
        yield ChartPane("Cheapest strategy, by volume and by the share of tokens that is generated", id="map")
        yield Notes(id="no-map", indent=0)

    def show(self, evaluation: Evaluation) -> None:
        grid, demand = evaluation.break_even_map, evaluation.demand
        pane, missing = self.query_one("#map", ChartPane), self.query_one("#no-map", Notes)
        pane.display = grid is not None
        missing.rows = () if grid is not None else ((Segment("No map for this plan.", "muted"),),)
        if grid is None:
            return
        here = {"volume": demand.mean_tokens_per_day, "output_fraction": 1 - demand.input_fraction}

        def draw(width: int, height: int) -> Rows:
            return break_even_map(grid, width, **here, height=height, against=map_against(evaluation))

        pane.set_chart(draw, partial(deciding.cheapest, evaluation, grid))


class VerdictPane(CostPane):
    """The recommendation in words, each line with what is behind it."""

    hides_tables = False
    host = HostOf()

    def compose(self) -> Iterable[Widget]:
        yield VerdictLines()

    def show(self, evaluation: Evaluation) -> None:
        self.query_one(VerdictLines).show(evaluation)

    @on(OptionList.OptionSelected)
    def _through_the_door(self) -> None:
        door = self.query_one(VerdictLines).door
        if door:
            self.app.call_later(self.host.through, door, "costs")


SCENARIOS_ABOUT = (
    "12 months if prices move, everything else at its likely value. API prices are at constant quality: what the same"
    " work costs on whatever is then the cheapest model that does it."
)


class ScenariosPane(CostPane):
    """The grid, what it says in one line, and every strategy in every scenario."""

    def compose(self) -> Iterable[Widget]:
        yield Notes(id="about", indent=0)
        yield ChartPane("Cheapest strategy that is allowed, and what it costs in 12 months", id="scenarios")
        yield Notes(id="summary", indent=0)
        yield FactTable(id="every")

    def show(self, evaluation: Evaluation) -> None:
        self.query_one("#about", Notes).rows = ((Segment(SCENARIOS_ABOUT, "muted"),),)
        money = partial(quantities.money, currency=evaluation.inputs.currency)
        scenarios = evaluation.scenarios
        untested = {name for name, found in evaluation.ledgers.items() if found.untested}

        def draw(width: int, height: int) -> Rows:
            return scenario_grid(scenarios, width, height, money=money, untested=untested)

        table = strategies.scenarios(evaluation).only("api", "gpu", "cheapest", *strategies.in_scenarios(evaluation))
        self.query_one("#scenarios", ChartPane).set_chart(draw, lambda: table)
        summary = scenarios_in_words(scenarios)
        instead = own_instead(evaluation) if any("hybrid" in found.totals for found in scenarios) else ""
        told = (instead, *fixed_rent(evaluation)) if instead or evaluation.is_self_hosting else ()
        self.query_one("#summary", Notes).rows = (*summary, *((Segment(note, "muted"),) for note in told if note))
        self.query_one("#every", FactTable).set_table(table)

    def toggle_tables(self) -> None:
        """The chart as its table, which then is not repeated below."""
        super().toggle_tables()
        self.query_one("#every").display = not self.query_one("#scenarios", ChartPane).shows_table


def scenarios_in_words(scenarios: Iterable[PriceScenario]) -> Rows:
    """How often each strategy is the cheapest."""
    wins = Counter(scenario.cheapest for scenario in scenarios)
    if not wins:
        return ((Segment("No scenarios for this plan.", "muted"),),)
    told = ", ".join(f"{strategies.marked(name)} in {count} of {wins.total()}" for name, count in wins.most_common())
    sure = "whatever prices do" if len(wins) == 1 else "so it depends on which way prices go"
    return ((Segment(f"Cheapest: {told}: {sure}."),),)
