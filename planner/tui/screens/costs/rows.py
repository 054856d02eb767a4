"""Break-even, sensitivity, risk and the map as chart values and table lines."""

from __future__ import annotations

from planner import quantities
from planner.engine.specs import BreakEven, Evaluation
from planner.engine.specs.names import OUTSIDE, OWN_STRATEGIES
from planner.tui.charts.break_even_map import Reach
from planner.tui.charts.canvas import Row, Segment, ascii_only
from planner.tui.charts.line_chart import Series
from planner.tui.charts.palette import mark_of, name_of
from planner.tui.charts.risk_bands import Band
from planner.tui.charts.tornado import Swing
from planner.tui.screens.costs.ledger import forbidden_mark, possible, title_of
from planner.tui.screens.costs.verdict import BECOMES, low_end, with_unit
from planner.tui.widgets.fact_table import Column, Line
from planner.words import labels

BREAK_EVEN_COLUMNS = (
    Column("api", "against", kept=True, at_most=36, least=18, ideal=24),
    Column("hardware", "hardware only", right=True, kept=True),
    Column("people", "with people", right=True, kept=True),
    Column("run", "you run", right=True, kept=True),
    Column("verdict", "so", kept=True, at_most=44, least=16, ideal=29),
    Column("capacity", "no overflow to", right=True),
)


def break_even_lines(evaluation: Evaluation) -> list[Line]:
    """A line an API model; volumes are tokens a day of the same mix and shape."""
    run = evaluation.demand.mean_tokens_per_day
    return [
        Line(
            found.api_model,
            (
                _api_name(evaluation, found.api_model),
                _volume(found.hardware_only),
                _volume(found.with_people),
                quantities.scaled(run),
                _so(found, run),
                quantities.scaled(found.capacity_tokens_per_day),
            ),
        )
        for found in evaluation.break_even
    ]


def _api_name(evaluation: Evaluation, api: str) -> str:
    found = evaluation.catalog.apis.get(api)
    return (
        labels.api_label(api)
        if found is None
        else f"{found.name} ({found.provider})"
        if found.is_hosted_open
        else found.name
    )


def _volume(tokens: float | None) -> str:
    return "never" if tokens is None else quantities.scaled(tokens)


def _so(found: BreakEven, run: float) -> Row:
    if found.with_people is None:
        return (Segment("own GPUs never pay against it", "muted"),)
    if found.exceeds_capacity:
        return (Segment("beyond this fleet's capacity", "warn"),)
    if run >= found.with_people:
        return (Segment(f"pays: {quantities.factor(run / found.with_people)} the break-even", "good"),)
    return (Segment(f"{quantities.factor(found.with_people / run)} your volume is needed", "text"),)


def reaches(evaluation: Evaluation) -> list[Reach]:
    """The ruler's rows."""
    return [
        Reach(_api_name(evaluation, found.api_model), found.hardware_only, found.with_people)
        for found in evaluation.break_even
    ]


def swings(evaluation: Evaluation) -> list[Swing]:
    """The tornado's bars."""
    return [
        Swing(
            labels.INPUT_LABELS[found.input],
            low_end(found.low, found.unit),
            with_unit(found.high, found.unit),
            found.saving_low,
            found.saving_high,
        )
        for found in evaluation.sensitivity
    ]


SENSITIVITY_COLUMNS = (
    Column("input", "input", kept=True, at_most=40, least=14),
    Column("low", "low", right=True, kept=True),
    Column("saving_low", "saves then", right=True, kept=True),
    Column("high", "high", right=True, kept=True),
    Column("saving_high", "saves then", right=True, kept=True),
    Column("decides", "decides", kept=True),
)


def sensitivity_lines(evaluation: Evaluation) -> list[Line]:
    """The tornado as a table."""
    currency = evaluation.inputs.currency
    return [
        Line(
            found.input,
            (
                labels.INPUT_LABELS[found.input],
                with_unit(found.low, found.unit),
                quantities.signed_money(found.saving_low, currency),
                with_unit(found.high, found.unit),
                quantities.signed_money(found.saving_high, currency),
                "yes" if found.changes_sign else "",
            ),
        )
        for found in evaluation.sensitivity
    ]


FLIP_COLUMNS = (
    Column("input", "the verdict flips if", kept=True, at_most=44, least=16),
    Column("from", "now", right=True, kept=True),
    Column("to", "at", right=True, kept=True),
    Column("factor", "factor", right=True),
    Column("becomes", "and becomes", kept=True),
)


def flip_lines(evaluation: Evaluation) -> list[Line]:
    """What would change the recommendation."""
    return [
        Line(
            flip.input,
            (
                labels.LEVER_LABELS[flip.input],
                with_unit(flip.from_value, flip.unit),
                with_unit(flip.to_value, flip.unit),
                "" if flip.factor is None else quantities.factor(flip.factor),
                ""
                if flip.becomes is None
                else f"{labels.RECOMMENDATION_MARKERS[flip.becomes]} {BECOMES[flip.becomes]}",
            ),
        )
        for flip in evaluation.verdict.flips
    ]


def bands(evaluation: Evaluation) -> list[Band]:
    """P10 to P90 of each strategy's total, and its chance of being the cheapest."""
    chances = evaluation.risk.probability_cheapest if evaluation.risk is not None else {}
    return [
        Band(
            f"{name_of(ledger.strategy)}{forbidden_mark(ledger)}",
            mark_of(ledger.strategy, ascii_only()),
            ledger.strategy,
            ledger.p10,
            ledger.p50,
            ledger.p90,
            chances.get(ledger.strategy),
        )
        for ledger in possible(evaluation)
    ]


RISK_COLUMNS = (
    Column("strategy", "strategy", kept=True),
    Column("p10", "P10", right=True, kept=True),
    Column("p50", "P50", right=True, kept=True),
    Column("p90", "P90", right=True, kept=True),
    Column("expected", "expected", right=True),
    Column("plan", "ledger", right=True),
    Column("cheapest", "cheapest", right=True, kept=True),
)


def risk_lines(evaluation: Evaluation) -> list[Line]:
    """The bands as a table."""
    currency = evaluation.inputs.currency
    chances = evaluation.risk.probability_cheapest if evaluation.risk is not None else {}
    return [
        Line(
            ledger.strategy,
            (
                title_of(ledger),
                quantities.money(ledger.p10, currency),
                quantities.money(ledger.p50, currency),
                quantities.money(ledger.p90, currency),
                quantities.money(ledger.expected, currency),
                quantities.money(ledger.total, currency),
                quantities.percent(chances[ledger.strategy]) if ledger.strategy in chances else "-",
            ),
        )
        for ledger in possible(evaluation)
    ]


def banded_series(evaluation: Evaluation) -> tuple[Series, ...]:
    """The best with own GPUs and the best without, with P10 to P90 over the months; P50 is the line."""
    if evaluation.risk is None:
        return ()
    shown = (evaluation.cheapest(OWN_STRATEGIES), evaluation.cheapest(OUTSIDE))
    return tuple(
        Series(
            name_of(ledger.strategy),
            mark_of(ledger.strategy, ascii_only()),
            ledger.strategy,
            (0.0, *(p50 for _, p50, _ in evaluation.risk.cumulative[ledger.strategy])),
            ((0.0, 0.0), *((p10, p90) for p10, _, p90 in evaluation.risk.cumulative[ledger.strategy])),
        )
        for ledger in shown
        if ledger is not None and ledger.strategy in evaluation.risk.cumulative
    )


def map_columns(evaluation: Evaluation) -> tuple[Column, ...]:
    """Headings of the break-even map as a table."""
    grid = evaluation.break_even_map
    volumes = grid.volumes_tokens_per_day if grid is not None else ()
    return (
        Column("output", "output share", right=True, kept=True),
        *(Column(f"v{i}", quantities.scaled(volume), right=True) for i, volume in enumerate(volumes)),
    )


def map_lines(evaluation: Evaluation) -> list[Line]:
    """Cheapest strategy and its saving against the best from the other side, cell by cell."""
    grid = evaluation.break_even_map
    if grid is None:
        return []
    return [
        Line(
            quantities.fixed(share, 4),
            (
                quantities.percent(share),
                *(
                    f"{mark_of(cell, ascii_only())} {name_of(cell)} {quantities.share(saving)}"
                    for cell, saving in zip(cells, savings, strict=True)
                ),
            ),
        )
        for share, cells, savings in zip(grid.output_fractions, grid.cells, grid.saving_fraction, strict=True)
    ]
