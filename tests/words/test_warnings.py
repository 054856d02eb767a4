"""Every warning leads to what it is about, and is loud only where that could turn the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from planner.engine.specs import Evaluation, PriceUsed
from planner.engine.specs.verdict import Notice, OfApi, OfChoice, OfRoutes, OfWork
from planner.report.tables.assumptions import defaults
from planner.tui.form.questions import STEPS
from planner.tui.places import spot_of
from planner.tui.screens.costs.screen import PANES
from planner.words.warnings import (
    ALWAYS,
    UNTESTED,
    _about,
    _concerns,
    _near,
    _turning,
    every_notice,
    notice_lines,
    notice_words,
    notices,
    warned,
)
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


@pytest.mark.parametrize("name", EVERY)
def test_what_nobody_buys_is_not_warned_about(name: str) -> None:
    """An offer, a card or a rent only where own GPUs are proposed, next best, or within reach; JSON has all."""
    found = evaluated(name)
    told, everything = notice_lines(found), every_notice(found)
    assert set(told) <= {*everything, *(line for line in told if "nobody has rated them" in line)}
    for notice in found.notices:
        if notice.kind in get_args(OfChoice) and notice_words(found, notice) in told:
            near = [ledger.strategy for ledger in _near(found) if ledger.same_as is None]
            reach = any(row.changes_sign for row in found.sensitivity)
            assert found.is_self_hosting or reach or not {"hybrid", "self_host"}.isdisjoint(near), notice
    folded = [line for line in notices(found) if "neither used nor next best" in line]
    assert len(folded) <= 1
    assert bool(folded) == any(not _concerns(found, notice) for notice in found.notices)


def test_who_stays_on_an_api_hears_of_its_prices_and_not_of_gpus() -> None:
    """The price of what is used, and of what is moved to, is warned about however old the others are."""
    found = evaluated("claude-8k-a-month")
    assert not found.is_self_hosting
    old = PriceUsed("api", found.answer.moves[0].runs_on, "2026-01-01", "x", 300, True)
    assert found.choice is not None
    rent = PriceUsed("offer", found.choice.offer, "2026-01-01", "x", 300, True)
    both = replace(found, notices=(Notice("stale", price=old), Notice("stale", price=rent)), sensitivity=())
    assert [line for line in notice_lines(both) if "300 days old" in line] == [notice_words(both, both.notices[0])]
    assert len([line for line in every_notice(both) if "300 days old" in line]) == 2


def test_models_that_nobody_has_rated_share_a_line() -> None:
    found = evaluated("claude-8k-a-month")
    one, *_ = (notice for notice in found.notices if notice.kind == "not_rated")
    other = next(id for id in found.catalog.apis if id != one.api)
    both = replace(found, notices=(one, replace(one, api=other)))
    lines = [line for line in notice_lines(both) if "rated" in line]
    assert len(lines) == 1
    assert found.catalog.apis[one.api].name in lines[0]
    assert found.catalog.name_of(other).partition(" + ")[0] in lines[0]
