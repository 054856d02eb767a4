"""What the charts of Costs draw: spending and its crossings, break-even, swings of the saving, bands of risk."""

from __future__ import annotations

from planner import quantities
from planner.engine.names import OUTSIDE, OWN_STRATEGIES
from planner.engine.specs import Evaluation, Strategy, StrategyLedger
from planner.report.tables.deciding import api_name, best_first
from planner.report.tables.ledger import cumulative
from planner.report.tables.strategies import marked, possible
from planner.tui.charts.break_even_map import Reach
from planner.tui.charts.line_chart import Crossing, Series, crossing_in
from planner.tui.charts.risk import Band, Swing
from planner.words.labels import INPUT_LABELS, STRATEGY_MARKERS, STRATEGY_NAMES
from planner.words.ledger_notes import name_marks


def _named(ledger: StrategyLedger) -> tuple[str, str, Strategy]:
    """Name, mark and role of what is drawn for a strategy."""
    strategy = ledger.strategy
    return (
        f"{STRATEGY_NAMES[strategy]}{name_marks(ledger, brief=True)}",
        STRATEGY_MARKERS[strategy],
        strategy,
    )


def series(evaluation: Evaluation) -> tuple[Series, ...]:
    """A line a strategy."""
    ledgers = possible(evaluation)
    return tuple(Series(*_named(found), cumulative(found), untested=found.untested) for found in ledgers)


def crossings(evaluation: Evaluation) -> tuple[Crossing, ...]:
    """Where the hybrid pays back: against the API as it is today, and against the cheapest rival without GPUs."""
    own, best = cumulative(evaluation.ledgers["hybrid"]), evaluation.cheapest(OUTSIDE)
    found: list[Crossing] = []
    if evaluation.payback_month is not None:
        found.append(crossing_in(evaluation.payback_month, own, cumulative(evaluation.ledgers["api_today"])))
    if evaluation.payback_month_best is not None and best is not None and best.strategy != "api_today":
        against = f"break-even with {marked(best.strategy)}"
        found.append(crossing_in(evaluation.payback_month_best, own, cumulative(best), against))
    return tuple(found)


def payback(evaluation: Evaluation) -> str:
    """When own GPUs have cost less than an API, in words that fit the title of the chart at 80 columns."""
    if not evaluation.is_self_hosting:
        return "no plan with own GPUs is cheaper"
    # own GPUs that serve everything may be the hybrid as well: the line that is drawn has their name
    own = STRATEGY_NAMES[evaluation.ledgers["hybrid"].same_as or "hybrid"]
    today, best = evaluation.payback_month, evaluation.payback_month_best
    if today is None and best is None:
        return f"{own} does not pay back within 12 months"
    if best is None:
        return f"{own} pays back in month {today}, but only against today's API"
    than_today = "" if today in (None, best) else f" ({today} against today's API)"
    return f"{own} pays back in month {best}{than_today}"


def reaches(evaluation: Evaluation) -> list[Reach]:
    """The ruler's rows."""
    return [
        Reach(api_name(evaluation, found.api_model), found.hardware_only, found.with_people)
        for found in best_first(evaluation)
    ]


def swings(evaluation: Evaluation) -> list[Swing]:
    """The tornado's bars."""
    return [
        Swing(
            INPUT_LABELS[found.input],
            quantities.low_end(found.low, found.unit),
            quantities.with_unit(found.high, found.unit),
            found.saving_low,
            found.saving_high,
        )
        for found in evaluation.sensitivity
    ]


def bands(evaluation: Evaluation) -> list[Band]:
    """P10 to P90 of each strategy's total, and its chance of being the cheapest."""
    chances = evaluation.risk.probability_cheapest if evaluation.risk is not None else {}
    return [
        Band(*_named(ledger), ledger.p10, ledger.p50, ledger.p90, chances.get(ledger.strategy))
        for ledger in possible(evaluation)
    ]


def banded_series(evaluation: Evaluation) -> tuple[Series, ...]:
    """The best with own GPUs and the best without, with P10 to P90 over the months; P50 is the line."""
    if evaluation.risk is None:
        return ()
    shown = (evaluation.cheapest(OWN_STRATEGIES), evaluation.cheapest(OUTSIDE))
    return tuple(
        Series(
            *_named(ledger),
            (0.0, *(p50 for _, p50, _ in evaluation.risk.cumulative[ledger.strategy])),
            ((0.0, 0.0), *((p10, p90) for p10, _, p90 in evaluation.risk.cumulative[ledger.strategy])),
        )
        for ledger in shown
        if ledger is not None and ledger.strategy in evaluation.risk.cumulative
    )
