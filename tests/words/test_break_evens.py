"""One name for each break-even, with one value wherever it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.engine.names import BEST_MIX
from planner.engine.questions import volume_point
from planner.engine.specs import BreakEven, Evaluation
from planner.engine.specs.verdict import Because
from planner.quantities import scaled, volume
from planner.report.document import plain_cell
from planner.report.tables import deciding
from planner.tui.flows.sources import subject_of
from planner.tui.widgets.answer_panel import panel_content
from planner.words.break_evens import deciding_break_evens
from planner.words.reasons import answer_reason
from planner.words.traces import traces_of
from tests.factories import sample_evaluation


def _with(best: float | None, today: float | None) -> Evaluation:
    """The sample with these break-evens, in millions of tokens a day, and a fleet that carries 200."""
    found = sample_evaluation()
    rows = ((found.inputs.volume.baseline_api, today), (BEST_MIX, best))
    points = tuple(
        BreakEven(api, None if at is None else at * 0.9e6, None if at is None else at * 1e6, 200e6, (at or 0) > 200)
        for api, at in rows
    )
    reaches = best is not None and found.demand.mean_tokens_per_day >= best * 1e6
    because: Because = "never_breaks_even" if best is None else "reaches" if reaches else "below"
    volume_answer = replace(found.questions[0], because=because)
    return replace(found, break_even=points, questions=(volume_answer, *found.questions[1:]))


@pytest.mark.parametrize(
    ("best", "today"), [(None, 1_340.0), (None, None), (51.0, 19.0), (500.0, 404.0), (150.0, 300.0)]
)
def test_panel_table_and_sources_name_and_value_the_same_two(best: float | None, today: float | None) -> None:
    evaluation = _with(best, today)
    named = deciding_break_evens(evaluation)
    assert [row.api_model for _, row in named] == [BEST_MIX, evaluation.inputs.volume.baseline_api]
    assert named[0][1] is volume_point(evaluation.break_even)
    panel = panel_content(evaluation, "volume", None).plain
    traces = {
        trace.label: dict(trace.inputs)["people included"]
        for trace in traces_of(evaluation)
        if "against" in trace.label
    }
    lines = [[plain_cell(cell) for cell in line.cells] for line in deciding.break_even(evaluation).lines]
    for (name, row), line in zip(named, lines, strict=True):
        assert name in " ".join(panel.split())
        assert line[0] in name
        at = row.with_people
        assert line[2] == ("never" if at is None else scaled(at))
        assert traces[name].startswith("never" if at is None else volume(at))
        assert ("never, at any volume" if at is None else f"{scaled(at)} a day") in panel
        own = subject_of(evaluation, "break-even", row.api_model).own
        assert [dict(trace.inputs)["people included"] for trace in own] == [traces[name]]
    reason = answer_reason(evaluation, evaluation.questions[0])
    assert all(volume(row.with_people) in reason for _, row in named if row.with_people is not None)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (None, "own GPUs never pay"),
        (64.0, "pays: 2x the break-even"),
        (160.0, "pays at 1.2x your volume"),
        (1_280.0, "pays at 10x your volume, more GPUs"),
    ],
)
def test_what_follows_is_of_the_volume_that_is_used(at: float | None, said: str) -> None:
    evaluation = _with(at, None)
    assert evaluation.demand.mean_tokens_per_day == pytest.approx(128e6, rel=0.01)
    assert plain_cell(deciding.break_even(evaluation).lines[0].cells[3]) == said
