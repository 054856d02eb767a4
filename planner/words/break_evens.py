"""Break-evens under their names: one against the best alternative, and a second one against what is used today."""

from __future__ import annotations

from planner.engine.names import OWN_STRATEGIES
from planner.engine.questions import volume_point
from planner.engine.specs import BreakEven, Evaluation
from planner.quantities import volume
from planner.words.labels import model_name, rival_label


def today_label(evaluation: Evaluation) -> str:
    """The break-even against today's API model: it is what is used, or one of several that are, with all work on it."""
    inputs = evaluation.inputs
    baseline, used = inputs.volume.baseline_api, {inputs.api_today(work) for work in inputs.workload}
    name = model_name(evaluation, baseline)
    return f"what you use today ({name})" if used == {baseline} else f"all of it on {name}"


def deciding_break_evens(evaluation: Evaluation) -> tuple[tuple[str, BreakEven], ...]:
    """The break-even, which is against the best alternative, and the one against today's, each under its one name."""
    point, today = volume_point(evaluation.break_even), next(iter(evaluation.break_even), None)
    if point is None or today is None:
        return ()
    if point is today:
        return ((f"break-even against {today_label(evaluation)}", today),)
    first = f"break-even against {rival_label(evaluation, point.api_model)}"
    return ((first, point), (f"against {today_label(evaluation)}", today))


def beside(evaluation: Evaluation) -> str:
    """The second break-even, which has a name of its own; empty where it is the only one."""
    today = next(iter(evaluation.break_even), None)
    if today is None or today is volume_point(evaluation.break_even):
        return ""
    needed = "never pay" if today.with_people is None else f"pay from {volume(today.with_people)} a day"
    return f"; against {today_label(evaluation)} own GPUs {needed}"


def map_against(evaluation: Evaluation) -> tuple[str, ...]:
    """What the figure beside a strategy on the map is: how much cheaper it is than which other."""
    allowed = {name for name, found in evaluation.ledgers.items() if found.allowed and found.possible}
    own, outside = allowed & {*OWN_STRATEGIES}, allowed - {*OWN_STRATEGIES}
    if not own or not outside:
        return ("% cheaper than the next best",)
    cells = {name for row in (evaluation.break_even_map.cells if evaluation.break_even_map else ()) for name in row}
    if not cells & own:
        return ("% cheaper than the best with own GPUs",)
    if not cells & outside:
        return ("% cheaper than the best without own GPUs",)
    return ("% cheaper than the best with own GPUs", "own GPUs: than the best without")
