"""Sizing: filter, sort, why-not, pin, and the detail pane."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from planner.engine.specs import Catalog, Deployment, Evidence
from planner.report.document import plain_cell
from planner.tui.charts.canvas import plain
from planner.tui.screens.sizing.detail import LookedUp, detail_rows, mean_request
from planner.tui.screens.sizing.rows import Listing, candidates, ordered
from planner.tui.screens.sizing.screen import SizingScreen
from planner.tui.widgets.document_view import Notes
from planner.tui.widgets.fact_table import FactTable
from tests.engine.plans import changed
from tests.evaluations import MARKUP_NAME
from tests.factories import sample_choice, sample_evaluation, sample_evidence
from tests.tui.conftest import MakeApp
from tests.tui.driving import planner, screen_text, settle, until
from tests.tui.opening import sample_plan, show_place


def table(pilot: Pilot[None]) -> FactTable:
    return pilot.app.screen.query_one("#candidates", FactTable)


def detail(pilot: Pilot[None]) -> str:
    return "\n".join(plain(pilot.app.screen.query_one("#detail-text", Notes).rows))


async def type_filter(pilot: Pilot[None], text: str) -> None:
    pilot.app.screen.query_one("#filter", Input).value = text
    await pilot.pause()


async def test_the_choice_is_first_marked_and_explained(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "sizing")
        text = screen_text(pilot.app)
        assert "▸  Qwen3 32B" in text
        assert "2 best of 2 that fit" in text
        await until(pilot, lambda: "predicted" in detail(pilot), "the evidence")
        for part in (
            "▓ 18.3 weights",
            "one step  45.4 ms: weights 21.4",
            "bound by TPOT objective",
            "716 predicted (+3.8 %)",
        ):
            assert part in detail(pilot)


async def test_filter_as_you_type(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("slash", *"h100")
        assert table(pilot).row_count == 1
        assert "H100" in screen_text(pilot.app)
        await pilot.press("enter")
        assert table(pilot).has_focus
        await pilot.press("escape")
        assert table(pilot).row_count == 2


async def test_a_bad_term_is_named_and_nothing_is_hidden(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "sizing")
        await type_filter(pilot, "cost<")
        assert table(pilot).row_count == 2
        assert "needs a number" in screen_text(pilot.app)
        assert detail(pilot).startswith("cost< needs a number such as 2000, 2k or 70%\nfilter    model:… gpu:…")
        await type_filter(pilot, "nothing-like-this")
        assert table(pilot).row_count == 0
        assert "Nothing matches" in detail(pilot)


async def test_why_not_shows_reasons_and_filters_too(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("w")
        assert "it needs 3.6 GiB more than each GPU has" in screen_text(pilot.app)
        assert "missing   3.6 GiB a GPU" in detail(pilot)
        await type_filter(pilot, "why:level")
        assert table(pilot).row_count == 1
        await pilot.press("w")
        assert table(pilot).row_count == 0


async def test_sort_by_key_and_by_heading(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(160, 40)) as pilot:
        await show_place(pilot, "sizing")
        first = table(pilot).current_key
        screen = pilot.app.screen
        assert isinstance(screen, SizingScreen)
        screen._sort_by("tok")
        await pilot.pause()
        assert "tok/s [80 %] ↓" in screen_text(pilot.app)
        assert table(pilot).lines[0].key != first
        await pilot.press("r")
        assert table(pilot).lines[0].key == first
        await pilot.press("s")
        assert screen.sort_column == "ttft"


def test_sorting_covers_figures_and_texts() -> None:
    found = candidates(sample_evaluation(), excluded=False)
    assert [c.facts.figures["tok"] for c in ordered(found, "tok", True)] == sorted(
        (c.facts.figures["tok"] for c in found), reverse=True
    )
    assert ordered(found, "", False) == found
    out = candidates(sample_evaluation(), excluded=True)
    assert [c.facts.texts["model"] for c in ordered(out, "model", False)] == sorted(
        (c.facts.texts["model"] for c in out), key=str.casefold
    )


@pytest.mark.parametrize("key", ["p", "enter"])
async def test_pin_writes_the_choice_and_undo_takes_it_back(make_app: MakeApp, key: str) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "sizing")
        app = planner(pilot)
        await pilot.press("down", key)
        await settle(pilot)
        assert app.plan is not None
        assert (app.plan.choice.gpu, app.plan.choice.offer) == ("h100-sxm", "lambda-h100-sxm")
        assert app.plan.choice.tensor_parallel == 1
        assert "◉" in screen_text(app)
        await pilot.press("u")
        await settle(pilot)
        assert app.plan.choice.gpu is None
        await pilot.press("ctrl+z")
        await settle(pilot)
        assert app.plan.choice.gpu == "h100-sxm"


async def test_what_is_out_cannot_be_pinned(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "sizing")
        app = planner(pilot)
        await pilot.press("w", "p")
        assert app.plan is not None
        assert app.plan.choice.model is None


async def test_nothing_fits_says_why(make_app: MakeApp) -> None:
    nothing = sample_evaluation(with_choice=False)
    async with make_app(evaluator=lambda *_: nothing).run_test(size=(80, 24)) as pilot:
        await show_place(pilot, "sizing")
        assert "Nothing fits. no layout keeps the latency objectives" in detail(pilot)


async def test_names_are_never_markup(make_app: MakeApp) -> None:
    named = sample_evaluation(model_name=MARKUP_NAME, name=MARKUP_NAME)
    async with make_app(evaluator=lambda *_: named).run_test(size=(160, 40)) as pilot:
        await show_place(pilot, "sizing", sample_plan(name=MARKUP_NAME))
        assert "[bold]x[/]" in screen_text(pilot.app)


async def test_columns_drop_from_the_right_but_the_cost_stays(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(200, 50)) as pilot:
        await show_place(pilot, "sizing")
        assert "licence" in screen_text(pilot.app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "€/mo" in text
        assert "VRAM per GPU" in text
        assert "licence" not in text.replace("licence:apache", "")


def test_the_choice_comes_first_even_where_others_are_cheaper() -> None:
    evaluation = sample_evaluation()
    turned = replace(evaluation, options=tuple(reversed(evaluation.options)))
    assert [candidate.is_choice for candidate in candidates(turned, excluded=False)] == [True, False]
    alone = replace(evaluation, options=())
    assert [candidate.option for candidate in candidates(alone, excluded=False)] == [evaluation.choice]


def test_latency_over_the_objective_is_marked() -> None:
    evaluation = sample_evaluation()
    strict = replace(evaluation, inputs=changed(evaluation.inputs, objectives={"ttft_ms_p95": 500.0}))
    (first, *_) = candidates(strict, excluded=False)
    cells = [plain_cell(cell) for cell in Listing(strict).line(False, first).cells]
    assert "! 640 ms" in cells
    assert "! TTFT p95 over the 500 ms objective" in "\n".join(plain(detail_rows(strict, first.option)))
    assert "! 640 ms" not in [plain_cell(cell) for cell in Listing(evaluation).line(False, first).cells]


async def test_any_row_shows_the_measurements_nearest_to_it(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def nearest(catalog: Catalog, deployment: Deployment, *_: object) -> tuple[Evidence, ...]:
        asked.append(deployment.gpu.id)
        return (sample_evidence(catalog),) if deployment.gpu.id == "h100-sxm" else ()

    monkeypatch.setattr("planner.engine.measured.nearest.nearest", nearest)
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("down")
        await until(pilot, lambda: "716 predicted" in detail(pilot), "the evidence of the second row")
        await pilot.press("up", "down")
        await pilot.pause()
        assert asked == ["h100-sxm"]  # the choice has the engine's own; what was found is remembered


def test_the_mean_request_is_weighted_by_requests() -> None:
    evaluation = sample_evaluation()
    shape, works = mean_request(evaluation), evaluation.inputs.workload
    requests = sum(work.requests_per_day for work in works)
    tokens = sum(work.tokens_per_day for work in works)
    assert shape.input_tokens + shape.output_tokens == pytest.approx(tokens / requests)


async def test_every_layout_worth_a_look_is_listed_once_the_place_is_at_rest(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = sample_evaluation().catalog
    dear = replace(sample_choice(catalog), weights="bf16", monthly_cost=99_000.0)
    cheap = replace(sample_choice(catalog), weights="fp8", monthly_cost=10.0)
    monkeypatch.setattr("planner.engine.decision.every_option", lambda *_: (dear, cheap))
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "sizing")
        await until(pilot, lambda: table(pilot).row_count == 4, "the other layouts")
        shown = [plain_cell(line.cells[2]) for line in table(pilot).lines]
        assert shown == ["awq/fp16", "fp8/fp16", "awq/fp16", "bf16/fp16"]  # the choice, then by cost
        assert "4 best of 2 that fit" in screen_text(pilot.app)
        await type_filter(pilot, "weights:bf16")
        assert "1 of 4 shown" in screen_text(pilot.app)


async def test_pinned_says_how_to_see_all_again(make_app: MakeApp) -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "sizing")
        await pilot.press("down", "p")
        await settle(pilot)
        assert "pinned, u lists all again" in screen_text(pilot.app)


def test_a_measurement_that_agrees_is_not_off_by_minus_nothing() -> None:
    evaluation = sample_evaluation()
    found = sample_evidence(evaluation.catalog)
    exact = replace(found, predicted=found.measurement.value * 0.999, ratio=0.999)
    assert evaluation.choice is not None
    text = "\n".join(plain(detail_rows(evaluation, evaluation.choice, LookedUp((exact,)))))
    assert "(-0.1 %)" in text
