from __future__ import annotations

from datetime import date

import pytest

from planner.plan.edit import new_plan, set_value
from planner.plan.schema import Plan
from planner.tui.open_plan.session import UNDO_LIMIT, Origin, Session


@pytest.fixture
def plan() -> Plan:
    return new_plan("Test", date(2026, 11, 23))


@pytest.fixture
def session(plan: Plan) -> Session:
    session = Session()
    session.open(plan, Origin(saved=plan), "draft")
    return session


def renamed(plan: Plan, name: str) -> Plan:
    return set_value(plan, ("name",), name)


def test_undo_and_redo_walk_the_same_states(session: Session, plan: Plan) -> None:
    names = ["a", "b", "c"]
    for name in names:
        assert session.edit(renamed(plan, name), f"to {name}")
    assert [session.undo() for _ in range(4)] == ["to c", "to b", "to a", None]
    assert session.plan == plan
    assert not session.dirty
    assert [session.redo() for _ in range(4)] == ["to a", "to b", "to c", None]
    assert session.plan is not None
    assert session.plan.name == "c"
    assert session.dirty


def test_letters_of_one_field_are_one_step(session: Session, plan: Plan) -> None:
    for name in ("S", "Su", "Sup"):
        session.edit(renamed(plan, name), f"name to {name}", group="name")
    assert session.undo() == "name to Sup"
    assert session.plan == plan


def test_leaving_a_field_ends_the_step(session: Session, plan: Plan) -> None:
    session.edit(renamed(plan, "a"), "first", group="name")
    session.seal()
    session.edit(renamed(plan, "b"), "second", group="name")
    session.undo()
    assert session.plan is not None
    assert session.plan.name == "a"


def test_a_new_edit_ends_what_could_be_redone(session: Session, plan: Plan) -> None:
    session.edit(renamed(plan, "a"), "first")
    session.undo()
    session.edit(renamed(plan, "b"), "second")
    assert session.redo() is None


def test_an_edit_that_changes_nothing_is_no_step(session: Session, plan: Plan) -> None:
    assert not session.edit(renamed(plan, plan.name), "nothing")
    assert session.undo() is None


def test_history_has_an_end(session: Session, plan: Plan) -> None:
    for number in range(UNDO_LIMIT + 50):
        session.edit(renamed(plan, f"n{number}"), str(number))
    assert len(session.past) == UNDO_LIMIT
