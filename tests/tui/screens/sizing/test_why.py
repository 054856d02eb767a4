"""Sizing says why a line is out, what would change that, and where it comes from."""

from __future__ import annotations

import threading
from dataclasses import replace
from threading import Event
from typing import get_args

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from planner.engine.names import OptionGround
from planner.engine.specs import Choice, Evaluation, ExcludedOption
from planner.tui.charts.canvas import plain
from planner.tui.flows.sources import links_of
from planner.tui.screens.sizing import screen
from planner.tui.screens.sizing.detail import _BEHIND, WORK, LookedUp, detail_rows, subject_of_candidate
from planner.tui.screens.sizing.detail import look_up as look_up_candidate
from planner.tui.widgets.document_view import Notes
from planner.tui.widgets.fact_table import FactTable
from tests.engine.plans import evaluated
from tests.evaluations import MARKUP_NAME
from tests.factories import sample_evaluation
from tests.tui.conftest import MakeApp
from tests.tui.driving import explained, in_place, planner, screen_text, until
from tests.tui.opening import sample_plan, show_place

SMALL, LARGE = (80, 24), (120, 40)


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Set once the cursor is to count as resting: nothing is looked up before, however long that takes."""
    event = Event()
    monkeypatch.setattr(screen, "sleep", lambda _: event.wait(20))
    return event


def table(pilot: Pilot[None]) -> FactTable:
    return pilot.app.screen.query_one("#candidates", FactTable)


def detail(pilot: Pilot[None]) -> str:
    return "\n".join(plain(pilot.app.screen.query_one("#detail-text", Notes).rows))


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_what_is_out_is_explained_by_its_rule_and_figures(make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app().run_test(size=size) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("w")
        text = await explained(pilot)
        assert "Where this comes from: Qwen3 32B awq/fp16, 1x RTX 4000 SFF Ada Hetzner" in screen_text(pilot.app)
        assert text.startswith("why it is out\nrule   ")
        for part in ("<= usable", "needed", "20.9 GiB", "17.3 GiB of 18.8", "4,096 tokens", "planner validate"):
            assert part in text
        await pilot.press("escape", "down")
        text = await explained(pilot)
        assert "Where this comes from: Phi-4 bf16/fp16, 1x L40S AWS" in screen_text(pilot.app)
        assert "nightly summaries" in text
        assert "the model's level" in text


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_pane_says_what_would_change_a_no(make_app: MakeApp, rest: Event, size: tuple[int, int]) -> None:
    async with make_app().run_test(size=size) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("w")
        assert "remedy    working out" in detail(pilot)
        rest.set()
        await until(pilot, lambda: "remedy    2 of these GPUs" in detail(pilot), "the remedies of memory")
        assert "a GPU with at least" in detail(pilot)
        assert "remedy" in screen_text(pilot.app)
        await pilot.press("down")
        await until(pilot, lambda: "evaluate it on 200 of your own prompts" in detail(pilot), "those of the level")
        assert "nightly summaries" in screen_text(pilot.app)


async def test_remedies_are_worked_out_for_the_resting_cursor_only_and_off_the_message_loop(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, rest: Event
) -> None:
    asked: list[tuple[str, bool]] = []

    def look_up(evaluation: Evaluation, option: Choice | ExcludedOption) -> LookedUp:
        asked.append((option.model, threading.current_thread() is threading.main_thread()))
        return LookedUp(ways_in=(f"a remedy for {option.model}",))

    monkeypatch.setattr(screen, "look_up", look_up)
    async with make_app().run_test(size=LARGE) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("w", "down")  # passes the first
        rest.set()
        await until(pilot, lambda: "a remedy for microsoft/phi-4" in detail(pilot), "the second")
        await pilot.press("up")
        await until(pilot, lambda: "a remedy for Qwen" in detail(pilot), "the first")
        await pilot.press("down")
        await pilot.pause()
        assert "a remedy for microsoft/phi-4" in detail(pilot)  # remembered
        out = [entry for entry in asked if entry[0] == "microsoft/phi-4"]
        assert out == [("microsoft/phi-4", False)]
        assert not any(on_loop for _, on_loop in asked)


async def test_remedies_follow_filter_and_order(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SMALL) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("w")
        pilot.app.screen.query_one("#filter", Input).value = "why:level"
        await until(pilot, lambda: "evaluate it on 200" in detail(pilot), "the remedies of the line left")
        pilot.app.screen.query_one("#filter", Input).value = ""
        table(pilot).focus()
        await pilot.press("s")
        await pilot.pause()
        table(pilot).move_cursor(row=0)
        for remedy in ("evaluate it on 200", "2 of these GPUs"):  # Phi-4 before Qwen3 by name ...
            await until(pilot, lambda: remedy in detail(pilot), remedy)  # noqa: B023 - waited for at once
            await pilot.press("r")  # ... and after it, turned round
            table(pilot).move_cursor(row=0)


def test_remedies_are_those_of_the_engine() -> None:
    evaluation = evaluated("bulk-classifier")
    option = next(option for option in evaluation.excluded if option.ground == "untested")
    found = look_up_candidate(evaluation, option)
    text = "\n".join(plain(detail_rows(evaluation, option, found)))
    assert found.ways_in[0] in text
    assert "; or " in text
    assert "none that is known" in "\n".join(plain(detail_rows(evaluation, option, LookedUp())))


def test_every_ground_leads_to_answers_that_exist_or_to_none() -> None:
    from planner.tui.form.questions import STEPS

    assert set(_BEHIND) == set(get_args(OptionGround))
    named = {target for targets in _BEHIND.values() for target in targets if not target.startswith("@")}
    assert named <= {field.id for step in STEPS for field in step.fields}


def test_a_licence_leads_nowhere_because_no_answer_changes_it() -> None:
    evaluation = evaluated("bulk-classifier")
    option = next(option for option in evaluation.excluded if option.ground == "licence")
    assert links_of(evaluation, sample_plan(), subject_of_candidate(evaluation, option)) == []


def test_a_reason_leads_to_its_own_work() -> None:
    evaluation = sample_evaluation()
    option = next(option for option in evaluation.excluded if option.ground == "level")
    assert _BEHIND["level"] == (WORK,)
    links = links_of(evaluation, sample_plan(), subject_of_candidate(evaluation, option))
    assert [link.label for link in links] == ["question 1: nightly summaries"]
    unnamed = replace(option, refusal=replace(option.refusal, workload=""))
    assert subject_of_candidate(evaluation, unnamed).behind == ("@workloads",)


async def test_from_a_no_to_its_work_and_back(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SMALL) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("w", "down")
        await explained(pilot)
        assert pilot.app.screen.query_one(OptionList).option_count == 1
        await pilot.press("enter")
        await in_place(pilot, "questions")
        await pilot.press("ctrl+g")
        await in_place(pilot, "sizing")


async def test_names_in_titles_and_remedies_are_never_markup(make_app: MakeApp) -> None:
    evaluation = sample_evaluation(model_name=MARKUP_NAME)
    excluded = tuple(
        replace(option, refusal=replace(option.refusal, workload=MARKUP_NAME)) for option in evaluation.excluded
    )
    named = replace(evaluation, excluded=excluded)
    async with make_app(evaluator=lambda *_: named).run_test(size=LARGE) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("w", "down")
        await until(pilot, lambda: "evaluate it" in detail(pilot), "the remedies")
        assert f"prompts of {MARKUP_NAME}" in screen_text(pilot.app).replace("\n          ", " ")
        await pilot.press("up")
        await explained(pilot)
        assert MARKUP_NAME in screen_text(pilot.app)
        assert planner(pilot).is_running
