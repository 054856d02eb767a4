"""A test on one's own prompts, recorded from its figures: reached from the step that asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from planner.catalog.load import shipped_catalog
from planner.evidence.evaluations.by_hand import Passed
from planner.evidence.evaluations.by_hand import tested as from_passes
from planner.plan.inputs import evaluate_plan
from planner.plan.store import save
from planner.tui.app import PlannerApp
from planner.tui.dialogs.working import PreviewDialog
from planner.tui.places import Spot
from planner.tui.widgets.test_list import TestList
from tests.evidence.evaluations.test_names import plan as three_works
from tests.tui.conftest import MakeApp
from tests.tui.driving import screen_text, settle, until
from tests.tui.typing import press

PASSES = (("How many prompts", "200<enter>"), ("of them did Claude Sonnet 4.6 pass", "186<enter>"),
          ("of them did GPT-6", "185<enter>"), ("How many did both pass", "182<enter>"))  # fmt: skip


def opened(make_app: MakeApp, profiles: Path, at: str) -> PlannerApp:
    save(three_works(), profiles / "mine.toml")
    return make_app(
        catalog=shipped_catalog(),
        evaluator=evaluate_plan,
        open_path=profiles / "mine.toml",
        open_at=Spot(*at.split("/")),
    )


async def answered(pilot: Pilot[None], asked: str, keys: str) -> None:
    await until(pilot, lambda: asked in screen_text(pilot.app), asked)
    await press(pilot, keys)


async def to_the_work(pilot: Pilot[None]) -> None:
    """From question 2, the work and the model that the answer proposes for it."""
    await until(pilot, lambda: isinstance(pilot.app.focused, TestList), "the tests")
    await press(pilot, "<enter>")
    await answered(pilot, "Which work are the prompts of?", "<enter>")
    await answered(pilot, "Which model was tried?", "<enter>")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_passes_of_two_api_models_prove_the_move(
    make_app: MakeApp, profiles: Path, size: tuple[int, int]
) -> None:
    app = opened(make_app, profiles, "questions/quality-tests")
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await to_the_work(pilot)
        await answered(pilot, "What does the test say?", "<enter>")
        for asked, keys in PASSES:
            await answered(pilot, asked, keys)
        await until(pilot, lambda: isinstance(app.screen, PreviewDialog), "what it shows")
        assert "WITHIN 10 %" in screen_text(app)
        before = app.plan
        await press(pilot, "<enter>")
        await until(pilot, lambda: app.plan is not before, "the plan")
        await settle(pilot)
        assert app.plan is not None
        assert app.evaluation is not None
        (entry,) = app.plan.quality.evaluation
        assert (entry.workload, entry.api_model, entry.prompts) == ("review", "claude-sonnet-4-6", 200)
        moves = {move.workload: move for move in app.evaluation.answer.moves}
        assert (moves["review"].proof, moves["review"].prompts) == ("proven", 200)
        assert "review: GPT-6" in screen_text(app)
        await press(pilot, "<up>d")
        await until(pilot, lambda: app.plan is not None and not app.plan.quality.evaluation, "taken out")


async def test_a_difference_with_its_interval_is_enough(make_app: MakeApp, profiles: Path) -> None:
    app = opened(make_app, profiles, "questions/quality-tests")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await to_the_work(pilot)
        await answered(pilot, "What does the test say?", "<down><enter>")
        await answered(pilot, "How many prompts", "150<enter>")
        await answered(pilot, "How far is GPT-6", "2 %<enter>")
        await answered(pilot, "95 % interval", "3 % to 5 %<enter>")
        await until(pilot, lambda: "expected an interval around 2 %" in screen_text(app), "what is wrong")
        await press(pilot, "<end>" + "<backspace>" * 12 + "-1 % to 5 %<enter>")
        await until(pilot, lambda: app.plan is not None and bool(app.plan.quality.evaluation), "the plan")
        assert app.plan is not None
        (entry,) = app.plan.quality.evaluation
        gaps = entry.gap_low_fraction, entry.gap_mid_fraction, entry.gap_high_fraction
        assert gaps == pytest.approx((-0.01, 0.02, 0.05))


async def test_the_step_that_asks_for_a_test_leads_to_where_it_is_recorded(make_app: MakeApp, profiles: Path) -> None:
    app = opened(make_app, profiles, "answer")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        lines = app.screen.lines  # type: ignore[attr-defined]
        place = next(at for at in range(lines.option_count) if "1. Run" in str(lines.get_option_at_index(at).prompt))
        lines.highlighted = place
        await press(pilot, "<enter>")
        await until(pilot, lambda: isinstance(app.focused, TestList), "the tests")
        assert "record a test by hand" in screen_text(app)
        assert "ctrl+l" in screen_text(app)


def test_passes_apart_show_less_than_passes_of_both() -> None:
    apart = from_passes(Passed(200, 180, 178, None), "a", "b", 0.10).tested
    together = from_passes(Passed(200, 180, 178, 175), "a", "b", 0.10).tested
    assert apart.prompts == together.prompts == 200
    assert (apart.api_mean, apart.open_mean) == (together.api_mean, together.open_mean) == (0.9, 0.89)
    assert apart.ratio.low < together.ratio.low
    assert together.verdict == "within"


@pytest.mark.parametrize("typed", ["eval", "benchmark", "log", "usage"])
async def test_the_palette_finds_what_takes_files_in(make_app: MakeApp, profiles: Path, typed: str) -> None:
    app = opened(make_app, profiles, "answer")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, f"<ctrl+p>{typed}")
        await until(pilot, lambda: "Import a usage log" in screen_text(app), "the import")
