"""What if prices move: nine scenarios of API prices and GPU rent, and who is cheapest in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial

from textual.widget import Widget

from planner import quantities
from planner.engine.specs import STRATEGIES, Evaluation, PriceScenario, Strategy
from planner.tui.charts.canvas import Rows, Segment, ascii_only
from planner.tui.charts.palette import mark_of, name_of
from planner.tui.charts.scenario_grid import change_in_words, scenario_grid
from planner.tui.screens.costs.panes import CostPane
from planner.tui.widgets.chart import ChartPane
from planner.tui.widgets.document_view import Notes
from planner.tui.widgets.fact_table import Column, FactTable, Line

ABOUT = (
    "12 months if prices move, everything else at its likely value. API prices are at constant quality: what the same"
    " work costs on whatever is then the cheapest model that does it."
)


class ScenariosPane(CostPane):
    """The grid, what it says in one line, and every strategy in every scenario."""

    DEFAULT_CSS = """
    ScenariosPane #about { margin: 0 0 1 0; max-width: 110; }
    ScenariosPane #summary { margin: 1 0 0 0; }
    ScenariosPane #every { height: 1fr; margin: 1 0 0 0; }
    """

    def compose(self) -> Iterable[Widget]:
        yield Notes(id="about", indent=0)
        yield ChartPane("Cheapest strategy that is allowed, and what it costs in 12 months", id="scenarios")
        yield Notes(id="summary", indent=0)
        yield FactTable(id="every")

    def show(self, evaluation: Evaluation) -> None:
        self.query_one("#about", Notes).rows = ((Segment(ABOUT, "muted"),),)
        money = partial(quantities.money, currency=evaluation.inputs.currency)
        scenarios = evaluation.scenarios

        def draw(width: int, height: int, ascii_only: bool) -> Rows:
            return scenario_grid(scenarios, width, height, money=money, ascii_only=ascii_only)

        columns, lines = columns_of(evaluation), lines_of(evaluation)
        self.query_one("#scenarios", ChartPane).set_chart(draw, columns, lines)
        self.query_one("#summary", Notes).rows = summary(scenarios)
        self.query_one("#every", FactTable).set_lines(columns, lines)

    def toggle_tables(self) -> None:
        """The chart as its table, which then is not repeated below."""
        super().toggle_tables()
        self.query_one("#every").display = not self.query_one("#scenarios", ChartPane).shows_table


def summary(scenarios: Iterable[PriceScenario]) -> Rows:
    """How often each strategy is the cheapest."""
    wins = Counter(scenario.cheapest for scenario in scenarios)
    if not wins:
        return ((Segment("No scenarios for this plan.", "muted"),),)
    told = ", ".join(f"{_marked(name)} in {count} of {wins.total()}" for name, count in wins.most_common())
    sure = "whatever prices do" if len(wins) == 1 else "so it depends on which way prices go"
    return ((Segment(f"Cheapest: {told}: {sure}."),),)


def columns_of(evaluation: Evaluation) -> tuple[Column, ...]:
    """Headings: the two changes, the cheapest, and each strategy."""
    return (
        Column("api", "API prices", kept=True),
        Column("gpu", "GPU rent", kept=True),
        Column("cheapest", "cheapest", kept=True),
        *(Column(name, _marked(name), right=True) for name in _shown(evaluation)),
    )


def lines_of(evaluation: Evaluation) -> list[Line]:
    """A line a scenario, dearest API prices first."""
    shown, currency = _shown(evaluation), evaluation.inputs.currency
    return [
        Line(
            f"{quantities.signed(found.api_change_per_year, 2)}{quantities.signed(found.gpu_change_per_year, 2)}",
            (
                change_in_words(found.api_change_per_year, ascii_only()),
                change_in_words(found.gpu_change_per_year, ascii_only()),
                (Segment(_marked(found.cheapest), found.cheapest),),
                *(quantities.money(found.totals[name], currency) if name in found.totals else "-" for name in shown),
            ),
        )
        for found in evaluation.scenarios
    ]


def _shown(evaluation: Evaluation) -> list[Strategy]:
    return [name for name in STRATEGIES if any(name in found.totals for found in evaluation.scenarios)]


def _marked(name: Strategy) -> str:
    return f"{mark_of(name, ascii_only())} {name_of(name)}"
