"""Where numbers come from, the effect of an assumption, and help: each one key away, and back."""

from __future__ import annotations

from datetime import date

import pytest

from planner.engine.specs import Catalog, Evaluation
from planner.plan.schema import Plan
from planner.tui.charts.canvas import plain
from planner.tui.dialogs.help import HelpDialog
from planner.tui.dialogs.sources import SourcesDialog, ranked_traces, trace_rows
from planner.tui.flows.sources import Link
from planner.tui.widgets.document_view import Notes
from planner.tui.widgets.fact_table import FactTable
from planner.words.traces import traces_of
from tests.factories import recommending, sample_evaluation
from tests.tui.conftest import MakeApp, small_engine
from tests.tui.driving import in_place, screen_text, until
from tests.tui.opening import show_place


def test_the_places_own_traces_come_first() -> None:
    keys = [trace.key for trace in ranked_traces(sample_evaluation(), ("choice.rent", "api."))]
    assert keys[:2] == ["choice.rent", "api.ticket triage"]
    assert keys[-1].startswith("break_even.")


def test_a_trace_has_formula_inputs_source_and_doubt() -> None:
    text = "\n".join(plain(trace_rows(traces_of(sample_evaluation()))))
    for part in ("usable - weights - overhead", "18.3 GiB", "list price without VAT"):
        assert part in text
    assert "no traced numbers" in "\n".join(plain(trace_rows(())))


@pytest.mark.parametrize("place", ["sizing", "routing", "costs"])
async def test_from_a_number_to_its_source_and_back(make_app: MakeApp, place: str) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await show_place(pilot, place)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, SourcesDialog), "the dialog")
        assert "formula" in screen_text(pilot.app)
        await pilot.press("escape")
        await in_place(pilot, place)


async def test_from_a_number_to_the_assumptions(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, SourcesDialog), "the dialog")
        await pilot.click("#assumptions")
        await in_place(pilot, "assumptions")


@pytest.mark.parametrize("place", ["sizing", "routing", "costs", "assumptions"])
async def test_help_tells_what_the_place_is_for(make_app: MakeApp, place: str) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, place)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpDialog), "help")
        opening = " ".join(type(pilot.app.screen_stack[0]).ABOUT.split()[:6])  # type: ignore[attr-defined]
        assert opening in screen_text(pilot.app)


def dearer_people(plan: Plan, catalog: Catalog, as_of: date) -> Evaluation:
    """Stands in for the engine: the API is recommended once an engineer costs more than 120,000."""
    evaluation = small_engine(plan, catalog, as_of)
    cost = evaluation.inputs.assumptions.get("engineer_year")
    if cost is None or cost.mid <= 120_000:
        return evaluation
    return recommending(evaluation, "api")


async def test_the_effect_of_an_assumption_on_the_verdict(make_app: MakeApp) -> None:
    async with make_app(evaluator=dearer_people).run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "assumptions")
        pilot.app.screen.query_one("#defaults", FactTable).select("engineer_year")
        await pilot.press("f")
        notes = pilot.app.screen.query_one("#reason", Notes)
        await until(pilot, lambda: "at 90,000" in "\n".join(plain(notes.rows)), "the effect")
        text = "\n".join(plain(notes.rows))
        assert "at 130,000: ○ switch models" in text
        assert "decides the verdict" in text


async def test_a_long_way_stays_on_one_line(make_app: MakeApp) -> None:
    app = make_app()
    told = "price: a model with a very long name indeed, $3 in / $15 out, cache read $0.3 per 1M tokens"
    link = Link("questions", "", told)
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(SourcesDialog((), "x", (link, Link("questions", "", "the second"))))
        await until(pilot, lambda: "the second" in screen_text(app), "the ways")
        lines = screen_text(app).splitlines()
        first = next(number for number, line in enumerate(lines) if "a very long name" in line)
        assert "…" in lines[first]
        assert "the second" in lines[first + 1]
