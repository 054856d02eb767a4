"""`i` in Sizing explains the line under the cursor, not the plan's choice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from planner.engine.specs import Choice, Evaluation, ExcludedOption
from planner.quantities import measure
from planner.tui.charts.canvas import plain
from planner.tui.dialogs.sources import sources_of, trace_rows
from planner.tui.flows.sources import MOST_LINKS, links_of
from planner.tui.screens.sizing.detail import subject_of_candidate
from planner.tui.screens.sizing.screen import SizingScreen
from planner.tui.widgets.fact_table import FactTable
from planner.words.traces import traces_of
from tests.engine.plans import changed, evaluated
from tests.factories import sample_choice, sample_evaluation
from tests.tui.conftest import MakeApp
from tests.tui.driving import explained, in_place, screen_text, until
from tests.tui.opening import sample_plan, show_place

SMALL, LARGE = (80, 24), (120, 40)


def table(pilot: Pilot[None]) -> FactTable:
    return pilot.app.screen.query_one("#candidates", FactTable)


def second(evaluation: Evaluation) -> Choice:
    """The sample's other option, told apart from the plan's choice in every figure that matters."""
    other = evaluation.options[1]
    vram = replace(other.vram_gib, weights=11.1, overhead=2.2, kv=3.3)
    speed = replace(other.performance, terms=replace(other.performance.terms, weights_read_ms=7.77))
    return replace(
        other,
        memory=replace(other.memory, vram_gib=vram),
        performance=speed,
        replicas_by_month=(3,) * 12,
        monthly_cost=4321.0,
        ttft_ms_p95=1234.0,
    )


def with_second() -> Evaluation:
    evaluation = sample_evaluation()
    return replace(evaluation, options=(evaluation.options[0], second(evaluation)))


def words(evaluation: Evaluation, option: Choice | ExcludedOption) -> str:
    return "\n".join(plain(trace_rows(subject_of_candidate(evaluation, option).own)))


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_i_explains_the_line_under_the_cursor_and_not_the_choice(
    make_app: MakeApp, size: tuple[int, int]
) -> None:
    async with make_app(evaluator=lambda *_: with_second()).run_test(size=size) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("down")
        text = await explained(pilot)
        shown = screen_text(pilot.app)
        assert "Where this comes from: Qwen3 32B awq/fp16, 1x H100 SXM5 80GB Lambda" in shown
        for part in ("11.1 GiB", "2.2 GiB", "3.3 GiB", "7.77 ms", "1,230 ms", "3, 3, 3", "€4,321"):
            assert part in text
        assert "18.3 GiB" not in text  # the weights of the plan's choice
        await pilot.press("escape")
        await in_place(pilot, "sizing")
        await pilot.press("up")
        assert "11.1 GiB" not in await explained(pilot)
        assert "1x L40S" in screen_text(pilot.app)


async def test_a_name_of_two_lines_leaves_room_for_the_buttons(make_app: MakeApp) -> None:
    app, evaluation = make_app(), evaluated("claude-8k-a-month")
    assert evaluation.choice is not None
    subject = replace(subject_of_candidate(evaluation, evaluation.choice), name="a long name " * 7)
    async with app.run_test(size=SMALL) as pilot:
        dialog = sources_of(sample_plan(), evaluation, subject)
        app.push_screen(dialog)
        await until(pilot, lambda: "a long name" in screen_text(app), "the dialog")
        assert len(dialog._links) == MOST_LINKS
        assert "All assumptions" in screen_text(app)


async def test_the_line_is_explained_in_the_order_and_choice_of_lines_on_screen(make_app: MakeApp) -> None:
    async with make_app(evaluator=lambda *_: with_second()).run_test(size=LARGE) as pilot:
        await show_place(pilot, "sizing")
        screen = pilot.app.screen
        assert isinstance(screen, SizingScreen)
        screen.query_one("#filter", Input).value = "h100"
        await pilot.pause()
        assert "1x H100 SXM" in subject_name(screen)
        screen.query_one("#filter", Input).value = ""
        screen._sort_by("cost")
        await pilot.pause()
        table(pilot).move_cursor(row=0)
        await pilot.pause()
        assert "1x H100 SXM" in subject_name(screen)  # now the cheaper one is on top
        await pilot.press("r")
        await pilot.pause()
        table(pilot).move_cursor(row=0)
        await pilot.pause()
        assert "1x L40S" in subject_name(screen)


def subject_name(screen: SizingScreen) -> str:
    evaluation = screen.host.evaluation
    assert evaluation is not None
    return screen.subject(evaluation).name


async def test_the_choice_is_explained_where_no_line_is_left(make_app: MakeApp) -> None:
    async with make_app().run_test(size=LARGE) as pilot:
        await show_place(pilot, "sizing")
        pilot.app.screen.query_one("#filter", Input).value = "nothing-like-this"
        await pilot.pause()
        table(pilot).focus()
        assert "18.3 GiB" in await explained(pilot)
        assert "1x L40S" in screen_text(pilot.app)


@pytest.mark.parametrize("name", ["bulk-classifier", "claude-8k-a-month"])
def test_every_option_of_an_example_has_formula_source_and_doubt(name: str) -> None:
    evaluation = evaluated(name)
    for option in evaluation.options:
        traces = subject_of_candidate(evaluation, option).own
        assert [trace.key for trace in traces] == [
            *("choice.vram", "choice.throughput", "choice.latency", "choice.rent", "choice.replicas", "choice.cost")
        ]
        assert all(trace.formula and trace.source and trace.uncertainty for trace in traces)
        rent = traces[3]
        assert rent.source == evaluation.catalog.offers[option.offer].citation.source
        assert f"{measure(option.performance.terms.kv_read_ms, 2)} ms" in words(evaluation, option)


def test_the_parts_of_the_first_token_add_up() -> None:
    evaluation = evaluated("claude-8k-a-month")
    for option in evaluation.options:
        shown = dict(subject_of_candidate(evaluation, option).own[2].inputs)
        alone = option.performance.ttft_ms.mid * float(shown["p95 / mean prompt"])
        wait = float(shown["wait"].removesuffix(" ms").replace(",", ""))
        assert alone + wait == pytest.approx(option.ttft_ms_p95, rel=0.01, abs=1.0)


def test_another_candidate_is_not_told_the_numbers_of_the_choice() -> None:
    evaluation = evaluated("claude-8k-a-month")
    option = evaluation.options[-1]
    dialog = sources_of(sample_plan(), evaluation, subject_of_candidate(evaluation, option))
    own = [trace for trace in dialog._traces if trace.key.startswith("choice.")]
    assert len(own) == 6
    assert own[0] not in traces_of(evaluation)
    assert "demand.p95" in {trace.key for trace in dialog._traces}
    assert "gpu_price_change_per_year" in {trace.key for trace in dialog._traces}


def test_the_price_of_the_choice_is_a_way_and_work_that_waits_rests_on_its_own_limit() -> None:
    evaluation = evaluated("claude-8k-a-month")
    assert evaluation.choice is not None
    ways = [
        link.target for link in links_of(evaluation, sample_plan(), subject_of_candidate(evaluation, evaluation.choice))
    ]
    assert ways[0] == f"offer.{evaluation.choice.offer}"
    waiting = tuple(replace(work, latency="background") for work in evaluation.inputs.workload)
    later = replace(evaluation, inputs=changed(evaluation.inputs, workload=waiting))
    assert "safe_utilisation_background" in subject_of_candidate(later, evaluation.choice).behind
    assert "safe_utilisation_background" not in subject_of_candidate(evaluation, evaluation.choice).behind


def test_bought_gpus_rest_on_how_they_are_written_off() -> None:
    evaluation = evaluated("claude-8k-a-month")
    owned = next(offer for offer in evaluation.catalog.offers.values() if offer.commitment == "owned")
    bought = replace(sample_choice(evaluation.catalog), offer=owned.id, gpu=owned.gpu_id)
    behind = subject_of_candidate(evaluation, bought).behind
    assert {"operations-hardware", "capex_years", "residual_fraction"} <= set(behind)
