"""From a number to the answer or assumption behind it with one key, and back."""

from __future__ import annotations

import pytest
from textual.widgets import Tabs

from planner.engine.specs import BUCKETS, Evaluation
from planner.tui.dialogs.sources import SourcesDialog
from planner.tui.flows.sources import MOST_LINKS, Subject, assumptions_of, links_of, subject_of
from planner.tui.form.fields import QuestionStep
from planner.tui.form.questions import STEPS
from planner.tui.widgets.fact_table import FactTable
from planner.tui.widgets.shelf_list import ShelfList
from tests.factories import sample_evaluation
from tests.tui.conftest import MakeApp
from tests.tui.driving import field, in_place, screen_text, settle, until
from tests.tui.opening import sample_plan, show_place


@pytest.mark.parametrize("bucket", BUCKETS)
def test_every_bucket_of_the_ledger_leads_somewhere(bucket: str) -> None:
    subject = subject_of(sample_evaluation(), "ledger", f"m3.{bucket}")
    assert subject.name
    assert subject.behind


def test_every_named_assumption_and_field_exists() -> None:
    from planner.catalog.load import shipped_catalog
    from planner.tui.flows import sources
    from planner.tui.form.questions import STEPS

    known = set(shipped_catalog().assumptions)
    known |= {field.id for step in STEPS for field in step.fields}
    tables = (sources._BUCKETS, sources._INPUTS, dict(sources._CHARTS.values()))
    named = {target for table in tables for _, targets in table.values() for target in targets}
    assert {target for target in named if not target.startswith("@")} <= known


@pytest.mark.parametrize("chart", ["cumulative", "bent", "curve", "week", "bands", "fan", "map", "scenarios", "every"])
def test_every_chart_leads_somewhere(chart: str) -> None:
    evaluation = sample_evaluation()
    subject = subject_of(evaluation, chart, "")
    assert subject.name
    assert links_of(evaluation, sample_plan(), subject)


def test_a_route_leads_to_its_own_workload() -> None:
    evaluation = sample_evaluation()
    name = evaluation.inputs.workload[1].name
    links = links_of(evaluation, sample_plan(), subject_of(evaluation, "routes", name))
    assert (links[0].place, links[0].target) == ("questions", "workload-1")
    assert name in links[0].label


def test_ways_are_few_and_none_leads_nowhere() -> None:
    evaluation = sample_evaluation()
    everything = Subject("all", (), ("@workloads", "@apis", "@offer", "no-such", *evaluation.catalog.assumptions))
    links = links_of(evaluation, sample_plan(), everything)
    assert 0 < len(links) <= MOST_LINKS
    assert "no-such" not in {link.target for link in links}


def test_an_assumption_tells_value_reason_and_source() -> None:
    evaluation = sample_evaluation()
    record = next(iter(evaluation.catalog.assumptions.values()))
    told = assumptions_of(evaluation, Subject("", (), (record.id,)))[0]
    assert told.source in (record.citation.source, "your plan")
    assert dict(told.inputs)["why"] == record.why


async def test_to_the_workload_behind_a_route_and_back(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "routing")
        table = pilot.app.screen.query_one("#routes", FactTable)
        table.select(sample_evaluation().inputs.workload[1].name)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, SourcesDialog), "the dialog")
        await pilot.press("enter")
        await in_place(pilot, "questions")
        await until(pilot, lambda: bool(pilot.app.screen.query("#workload-1-name")), "the workload's form")
        assert field(pilot, "workload-1-name").value == sample_plan().workload[1].name
        await pilot.press("ctrl+g")
        await in_place(pilot, "routing")


async def test_to_the_assumption_behind_a_bucket(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "costs")
        await until(pilot, lambda: bool(pilot.app.screen.query("#ledger")), "the ledger")
        ledger = pilot.app.screen.query_one("#ledger", FactTable)
        ledger.focus()
        await pilot.press("x")
        ledger.select("m1.setup_engineering")
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, SourcesDialog), "the dialog")
        assert "Set-up engineering" in screen_text(pilot.app)
        wanted = pilot.app.screen._links[0].target  # type: ignore[attr-defined]
        await pilot.press("enter")
        await in_place(pilot, "assumptions")
        table = pilot.app.screen.query_one("#defaults", FactTable)
        await until(pilot, lambda: table.current_key == wanted, "the line")


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_every_question_leads_to_something_that_exists(step: QuestionStep) -> None:
    subject = subject_of(sample_evaluation(), "questions", step.id)
    assert subject.name == step.title
    assert links_of(sample_evaluation(), sample_plan(), subject)


async def test_from_a_question_while_typing_and_back(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "questions")
        field(pilot, "volume-growth-per-month").focus()
        await pilot.press("ctrl+t")
        await until(pilot, lambda: isinstance(pilot.app.screen, SourcesDialog), "the dialog")
        assert "Where this comes from: Volume" in screen_text(pilot.app)
        await pilot.press("escape")
        await in_place(pilot, "questions")


async def test_from_a_line_of_home_without_opening_it(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        shelf = app.screen.query_one(ShelfList)
        await until(pilot, lambda: shelf.book is not None, "the examples")
        assert shelf.book is not None
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, SourcesDialog), "the dialog")
        assert app.plan is None
        await pilot.press("enter")
        await in_place(pilot, "questions")
        await settle(pilot)
        assert app.plan is not None
        assert app.plan.name == shelf.book.name
        await pilot.press("ctrl+g")
        await in_place(pilot, "home")


async def test_there_is_nothing_to_explain_where_there_is_no_result(make_app: MakeApp) -> None:
    def broken(*_: object) -> Evaluation:
        raise ValueError("no price for this")

    app = make_app(evaluator=broken)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.screen.query_one(ShelfList).book is not None, "the examples")
        await pilot.press("i")
        await until(pilot, lambda: "no price for this" in screen_text(app), "the reason")
        assert app.plan is None


@pytest.mark.parametrize(("tab", "about"), [("risk", "risk"), ("map", "the map"), ("scenarios", "price scenarios")])
async def test_a_chart_without_a_table_on_screen_leads_to_its_own_sources(
    make_app: MakeApp, tab: str, about: str
) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "costs")
        pilot.app.screen.query_one(Tabs).active = tab
        await until(pilot, lambda: bool(pilot.app.screen.query(f"#pane-{tab}")), "the pane")
        await pilot.pause()
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, SourcesDialog), "the dialog")
        assert f"Where this comes from: {about}" in screen_text(pilot.app)
