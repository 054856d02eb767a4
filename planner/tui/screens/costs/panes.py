"""The panes of Costs; each is mounted when its tab is first opened and shows one evaluation."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import DataTable

from planner import quantities
from planner.engine.specs import Evaluation
from planner.tui.charts.break_even_map import break_even_map, break_even_ruler
from planner.tui.charts.canvas import Row, Rows, Segment
from planner.tui.charts.line_chart import line_chart
from planner.tui.charts.risk_bands import risk_bands
from planner.tui.charts.tornado import tornado
from planner.tui.screens.costs import ledger, rows
from planner.tui.screens.costs.verdict import verdict_rows
from planner.tui.widgets.chart import ChartPane, CumulativeChart
from planner.tui.widgets.document_view import Notes
from planner.tui.widgets.fact_table import FactTable


class CostPane(Vertical):
    """One tab's content."""

    DEFAULT_CSS = """
    CostPane { height: 1fr; }
    """
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

    DEFAULT_CSS = """
    LedgerPane #cumulative { height: 3fr; min-height: 9; }
    LedgerPane #cumulative > FactTable { height: 1fr; max-height: 100%; }
    LedgerPane #ledger { height: 2fr; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("e", "expand_all", "Expand")]
    expanded: reactive[frozenset[str]] = reactive(frozenset(), init=False)
    _evaluation: Evaluation | None = None

    def compose(self) -> Iterable[Widget]:
        yield ChartPane("Spent so far", CumulativeChart(), id="cumulative")
        yield FactTable(id="ledger")

    def show(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        pane = self.query_one("#cumulative", ChartPane)
        chart = self.query_one(CumulativeChart)
        chart.money = partial(quantities.money, currency=evaluation.inputs.currency)
        chart.crossings, chart.series = ledger.crossings(evaluation), ledger.series(evaluation)
        pane.set_table(ledger.cumulative_columns(evaluation), ledger.cumulative_lines(evaluation))
        symbol = quantities.CURRENCY_SYMBOLS.get(evaluation.inputs.currency, evaluation.inputs.currency)
        pane.set_title(f"Spent so far, {symbol} · {ledger.payback(evaluation)}")
        self._fill()

    def _fill(self) -> None:
        if self._evaluation is not None:
            table = self.query_one("#ledger", FactTable)
            table.set_lines(
                ledger.ledger_columns(self._evaluation), ledger.ledger_lines(self._evaluation, self.expanded)
            )

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


class BreakEvenPane(CostPane):
    """From which volume own GPUs pay, against each API model."""

    DEFAULT_CSS = """
    BreakEvenPane Notes { margin: 0 0 1 0; }
    BreakEvenPane #break-even { height: auto; max-height: 60%; }
    BreakEvenPane #ruler { margin: 1 0 0 0; }
    """
    hides_tables = False

    def compose(self) -> Iterable[Widget]:
        yield Notes(id="about", indent=0)
        yield FactTable(id="break-even")
        yield ChartPane("The same on one ruler", id="ruler")

    def show(self, evaluation: Evaluation) -> None:
        text = (
            "Tokens a day, same mix and same shape, from which own GPUs cost no more than this API over 12 months."
            " Hardware only leaves people out; nobody runs GPUs without people."
        )
        note: list[Row] = [(Segment(text, "muted"),), (Segment(evaluation.verdict.rule_of_thumb, "muted"),)]
        self.query_one("#about", Notes).rows = tuple(note)
        columns, lines = rows.BREAK_EVEN_COLUMNS, rows.break_even_lines(evaluation)
        self.query_one("#break-even", FactTable).set_lines(columns, lines)
        reaches, run = rows.reaches(evaluation), evaluation.demand.mean_tokens_per_day
        capacity = max((found.capacity_tokens_per_day for found in evaluation.break_even), default=0.0)

        def draw(width: int, height: int, ascii_only: bool) -> Rows:
            return break_even_ruler(reaches, run, capacity, min(width, 118), ascii_only=ascii_only)

        self.query_one("#ruler", ChartPane).set_chart(draw, columns, lines)


class SensitivityPane(CostPane):
    """The tornado, and below it what would flip the verdict."""

    DEFAULT_CSS = """
    SensitivityPane #flips { height: auto; max-height: 50%; margin: 1 0 0 0; }
    SensitivityPane VerticalScroll { height: 1fr; }
    """

    def compose(self) -> Iterable[Widget]:
        with VerticalScroll():
            yield ChartPane("What own GPUs save against the best API in 12 months, one input at a time", id="tornado")
            yield FactTable(id="flips")

    def show(self, evaluation: Evaluation) -> None:
        money = partial(quantities.money, currency=evaluation.inputs.currency)
        swings = rows.swings(evaluation)

        def draw(width: int, height: int, ascii_only: bool) -> Rows:
            return tornado(swings, width, money=money, ascii_only=ascii_only)

        self.query_one("#tornado", ChartPane).set_chart(
            draw, rows.SENSITIVITY_COLUMNS, rows.sensitivity_lines(evaluation)
        )
        self.query_one("#flips", FactTable).set_lines(rows.FLIP_COLUMNS, rows.flip_lines(evaluation))


class RiskPane(CostPane):
    """Bands of the totals, and of the two best strategies over the months."""

    DEFAULT_CSS = """
    RiskPane #bands { margin: 0 0 1 0; }
    RiskPane #fan { height: 1fr; min-height: 8; }
    RiskPane #fan Chart { height: 1fr; }
    """

    def compose(self) -> Iterable[Widget]:
        yield ChartPane("12-month totals", id="bands")
        yield ChartPane(
            "Best with own GPUs and best without, spent by the end of each month: P50, P10 to P90 shaded", id="fan"
        )

    def show(self, evaluation: Evaluation) -> None:
        money = partial(quantities.money, currency=evaluation.inputs.currency)
        bands, fan, risk = rows.bands(evaluation), rows.banded_series(evaluation), evaluation.risk

        def draw(width: int, height: int, ascii_only: bool) -> Rows:
            return risk_bands(bands, width, money=money, ascii_only=ascii_only)

        def draw_fan(width: int, height: int, ascii_only: bool) -> Rows:
            return line_chart(fan, width, height, ascii_only=ascii_only)

        pane = self.query_one("#bands", ChartPane)
        if risk is not None:
            pane.set_title(f"12-month totals over {quantities.count(risk.draws)} draws (seed {risk.seed})")
        pane.set_chart(draw, rows.RISK_COLUMNS, rows.risk_lines(evaluation))
        columns, lines = ledger.cumulative_columns(evaluation), ledger.cumulative_lines(evaluation)
        self.query_one("#fan", ChartPane).set_chart(draw_fan, columns, lines)


class MapPane(CostPane):
    """Volume against output share: which strategy is cheapest."""

    DEFAULT_CSS = """
    MapPane #map { height: 1fr; }
    MapPane #map Chart { height: 1fr; }
    """

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

        def draw(width: int, height: int, ascii_only: bool) -> Rows:
            return break_even_map(grid, width, **here, height=height, ascii_only=ascii_only)

        pane.set_chart(draw, rows.map_columns(evaluation), rows.map_lines(evaluation))


class VerdictPane(CostPane):
    """The recommendation in words."""

    DEFAULT_CSS = """
    VerdictPane VerticalScroll { height: 1fr; }
    VerdictPane Notes { max-width: 110; }
    """
    hides_tables = False

    def compose(self) -> Iterable[Widget]:
        with VerticalScroll():
            yield Notes(id="verdict", indent=17)

    def show(self, evaluation: Evaluation) -> None:
        self.query_one("#verdict", Notes).rows = verdict_rows(evaluation)
