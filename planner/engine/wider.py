"""Every candidate worth a look, costed exactly: what a person sorts and filters, more than a plan's own few."""

from __future__ import annotations

from collections.abc import Callable

from planner.engine.options import choices_of
from planner.engine.selection import footing
from planner.engine.specs import Choice, Evaluation
from planner.engine.stage import stage_of


def every_option(evaluation: Evaluation, go_on: Callable[[], bool] = lambda: True) -> tuple[Choice, ...]:
    """All layouts that passed the screening, some of every model and of every GPU, cheapest first.

    Each on the footing it would have if it were the only one: pinned, it costs the same. Takes one or two milliseconds
    a layout. `go_on` is asked before each: False ends it with nothing.
    """
    catalog = evaluation.catalog
    if catalog.calibration is None:
        return ()
    stage = stage_of(evaluation.inputs, catalog, evaluation.as_of)
    if stage.found is None:
        return ()
    costed = []
    for position in stage.found.usable:
        if not go_on():
            return ()
        costed.append(footing(stage.context, stage.found, int(position)))
    feasible = sorted((c for c in costed if c.own.feasible), key=lambda c: c.own.total)
    return tuple(choices_of(stage.context, stage.found, feasible))
