"""Sizing explains the line under the cursor: where its numbers come from, and what would change a no."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import get_args

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from planner.engine.specs import Choice, Evaluation, ExcludedOption, Ground
from planner.tui.behind import MOST_LINKS, links_of
from planner.tui.charts.canvas import plain
from planner.tui.screens import sizing, sizing_detail
from planner.tui.screens.dialogs.sources import SourcesDialog, sources_of, trace_rows
from planner.tui.screens.sizing_detail import LookedUp, detail_rows
from planner.tui.screens.sizing_sources import _BEHIND, WORK, subject_of_candidate
from planner.tui.widgets.fact_table import FactTable
from planner.tui.widgets.notes import Notes
from tests.engine.plans import evaluated
from tests.factories import MARKUP_NAME, sample_choice, sample_evaluation
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, planner, screen_text, until
from tests.tui.opening import sample_plan, show_place

SMALL, LARGE = (80, 24), (120, 40)


def table(pilot: Pilot[None]) -> FactTable:
    return pilot.app.screen.query_one("#candidates", FactTable)


def detail(pilot: Pilot[None]) -> str:
    return "\n".join(plain(pilot.app.screen.query_one("#detail-text", Notes).rows))


async def explained(pilot: Pilot[None]) -> str:
    """What `i` says, all of it."""
    await pilot.press("i")
    await until(pilot, lambda: isinstance(pilot.app.screen, SourcesDialog), "the dialog")
    return "\n".join(plain(pilot.app.screen.query_one(Notes).rows))


def second(evaluation: Evaluation) -> Choice:
    """The sample's other option, told apart from the plan's choice in every figure that matters."""
    other = evaluation.options[1]
    vram = replace(other.vram_gib, weights=11.1, overhead=2.2, kv=3.3)
    speed = replace(other.performance, terms=replace(other.performance.terms, weights_read_ms=7.77))
    return replace(
        other,
        memory=replace(other.memory, vram_gib=vram),
        performance=speed,
        ttft_ms_p95=1234.0,
        replicas_by_month=(3,) * 12,
        monthly_cost=4321.0,
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
        for part in ("11.1 GiB", "2.2 GiB", "3.3 GiB", "7.77 ms", "1,234 ms", "3, 3, 3", "€4,321"):
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
        assert isinstance(screen, sizing.SizingScreen)
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


def subject_name(screen: sizing.SizingScreen) -> str:
    evaluation = screen.app.evaluation
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
        assert f"{option.performance.terms.kv_read_ms:.2f} ms" in words(evaluation, option)


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
    assert own[0] not in evaluation.traces
    assert "demand.p95" in {trace.key for trace in dialog._traces}
    assert "gpu_price_change_per_year" in {trace.key for trace in dialog._traces}


def test_the_price_of_the_choice_is_a_way_and_work_that_waits_rests_on_its_own_limit() -> None:
    evaluation = evaluated("claude-8k-a-month")
    assert evaluation.choice is not None
    ways = [
        link.target for link in links_of(evaluation, sample_plan(), subject_of_candidate(evaluation, evaluation.choice))
    ]
    assert ways[0] == f"offer.{evaluation.choice.offer}"
    waiting = tuple(replace(work, latency="background") for work in evaluation.inputs.workloads)
    later = replace(evaluation, inputs=replace(evaluation.inputs, workloads=waiting))
    assert "safe_utilisation_background" in subject_of_candidate(later, evaluation.choice).behind
    assert "safe_utilisation_background" not in subject_of_candidate(evaluation, evaluation.choice).behind


def test_bought_gpus_rest_on_how_they_are_written_off() -> None:
    evaluation = evaluated("claude-8k-a-month")
    owned = next(offer for offer in evaluation.catalog.offers.values() if offer.commitment == "owned")
    bought = replace(sample_choice(evaluation.catalog), offer=owned.id, gpu=owned.gpu_id)
    behind = subject_of_candidate(evaluation, bought).behind
    assert {"operations-hardware", "capex_years", "residual_fraction"} <= set(behind)


# -- why not ----------------------------------------------------------------------------------------------------


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
async def test_the_pane_says_what_would_change_a_no(make_app: MakeApp, size: tuple[int, int]) -> None:
    async with make_app().run_test(size=size) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("w")
        assert "remedy    working out" in detail(pilot)
        await until(pilot, lambda: "remedy    2 of these GPUs" in detail(pilot), "the remedies of memory")
        assert "a GPU with at least" in detail(pilot)
        assert "remedy" in screen_text(pilot.app)
        await pilot.press("down")
        await until(pilot, lambda: "evaluate it on 200 of your own prompts" in detail(pilot), "those of the level")
        assert "nightly summaries" in screen_text(pilot.app)


async def test_remedies_are_worked_out_for_the_resting_cursor_only_and_off_the_message_loop(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, bool]] = []

    def look_up(evaluation: Evaluation, option: Choice | ExcludedOption) -> LookedUp:
        asked.append((option.model, threading.current_thread() is threading.main_thread()))
        return LookedUp(ways_in=(f"a remedy for {option.model}",))

    monkeypatch.setattr(sizing, "look_up", look_up)
    async with make_app().run_test(size=LARGE) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("w", "down")  # passes the first
        await until(pilot, lambda: "a remedy for microsoft/phi-4" in detail(pilot), "the second")
        await pilot.press("up")
        await until(pilot, lambda: "a remedy for Qwen" in detail(pilot), "the first")
        await pilot.press("down")
        await pilot.pause()
        assert "a remedy for microsoft/phi-4" in detail(pilot)  # remembered
        out = [entry for entry in asked if entry[0] == "microsoft/phi-4"]
        assert out == [("microsoft/phi-4", False)]
        assert not any(on_loop for _, on_loop in asked)


async def test_remedies_follow_the_filter(make_app: MakeApp) -> None:
    async with make_app().run_test(size=SMALL) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("w")
        pilot.app.screen.query_one("#filter", Input).value = "why:level"
        await until(pilot, lambda: "evaluate it on 200" in detail(pilot), "the remedies of the line left")
        pilot.app.screen.query_one("#filter", Input).value = ""
        await pilot.pause()
        await pilot.press("tab")
        table(pilot).focus()
        await pilot.press("s")
        assert table(pilot).row_count == 2


def test_remedies_are_those_of_the_engine() -> None:
    evaluation = evaluated("bulk-classifier")
    option = next(option for option in evaluation.excluded if option.ground == "untested")
    found = sizing_detail.look_up(evaluation, option)
    text = "\n".join(plain(detail_rows(evaluation, option, found)))
    assert found.ways_in[0] in text
    assert "; or " in text
    assert "none that is known" in "\n".join(plain(detail_rows(evaluation, option, LookedUp())))


def test_every_ground_leads_to_answers_that_exist_or_to_none() -> None:
    from planner.tui.questions import STEPS

    assert set(_BEHIND) == set(get_args(Ground))
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
    unnamed = replace(option, workload="")
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
    excluded = tuple(replace(option, workload=MARKUP_NAME) for option in evaluation.excluded)
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
