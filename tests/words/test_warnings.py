"""Every warning leads to what it is about, and is loud only where that could turn the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from planner.engine.specs import Evaluation
from planner.engine.specs.verdict import Notice, OfApi, OfChoice, OfRoutes, OfWork
from planner.report.tables.assumptions import defaults
from planner.tui.form.questions import STEPS
from planner.tui.places import spot_of
from planner.tui.screens.costs.screen import PANES
from planner.words.warnings import ALWAYS, UNTESTED, _about, _turning, notice_lines, warned
from tests.test_answer import EVERY, evaluated
from tests.tui.opening import sample_plan

KINDS = tuple(kind for group in (OfWork, OfRoutes, OfApi, OfChoice) for kind in get_args(group))


def targets(evaluation: Evaluation) -> dict[str, set[str]]:
    """What each place can reveal."""
    lines = {row.key for row in defaults(evaluation, sample_plan())}
    return {"questions": {step.id for step in STEPS}, "costs": set(PANES), "assumptions": lines}


@pytest.mark.parametrize("name", EVERY)
def test_a_warning_opens_what_it_is_about(name: str) -> None:
    found = evaluated(name)
    told, known = warned(found), targets(found)
    assert {warning.text for warning in told} == set(notice_lines(found))
    for warning in told:
        spot = spot_of(warning.door)
        assert not spot.target or spot.target in known[spot.place], warning


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_warning_is_without_a_way(kind: str) -> None:
    door, _ = _about(Notice(kind, api="gpt-5.4"))  # type: ignore[arg-type]
    assert spot_of(door).place in ("questions", "sizing", "routing", "costs", "assumptions")


@pytest.mark.parametrize("name", EVERY)
def test_what_cannot_turn_the_answer_is_not_loud(name: str) -> None:
    found = evaluated(name)
    still = replace(
        found,
        sensitivity=tuple(row for row in found.sensitivity if not row.changes_sign),
        routes=(),
        answer=replace(found.answer, proof="proven"),
    )
    assert _turning(still) == {ALWAYS}
    loud = {warning.text for warning in warned(found) if warning.loud}
    assert {warning.text for warning in warned(still) if warning.loud} <= loud
    assert [warning.loud for warning in warned(found)] == sorted((w.loud for w in warned(found)), reverse=True)


def test_a_model_to_test_is_loud_where_the_proposal_rests_on_it() -> None:
    waits, stays = evaluated("article-100m"), evaluated("hobby")
    assert UNTESTED in _turning(waits)
    assert any(warning.loud and warning.door == "questions/quality" for warning in warned(waits))
    assert UNTESTED not in _turning(stays)
