"""A firm in Berlin types its plan: three kinds of work by their bills, from the first screen to a saved file."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from planner.catalog.load import shipped_catalog
from planner.plan.inputs import evaluate_plan
from planner.plan.store import load
from planner.tui.dialogs.ask import AskDialog
from planner.tui.dialogs.pick import PickDialog
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, planner, screen_text, settle, until
from tests.tui.typing import press

MOST_KEYS = 110
STEPS = (
    "<enter>", "<enter>",
    "RAG chat<enter>", "5.4<enter>", "€5k<enter>", "rag<enter>", "<escape>", "a",
    "nightly invoices<enter>", "4.1 m<enter>", "€2.5k<enter>", "ex<enter>", "b", "<escape>", "a",
    "code review agent<enter>", "t 4.6<enter>", "€6.5k<enter>", "co a<enter>", "<escape>",
    "<tab>", "8<enter>",
    "4", "y",
    "5", "n", "<down>y",
    "<f9>",
)  # fmt: skip

WORK = [
    ("RAG chat", "gpt-5.4", "rag", "interactive", (5_000, "EUR")),
    ("nightly invoices", "gpt-4.1-mini", "extraction", "background", (2_500, "EUR")),
    ("code review agent", "claude-sonnet-4-6", "coding_agent", "interactive", (6_500, "EUR")),
]


async def _ready(pilot: Pilot[None]) -> None:
    """Until what was asked for is on screen: a list, the place, the evaluation."""
    app = planner(pilot)
    await pilot.pause()
    if app.plan is not None:
        await settle(pilot)
    await until(pilot, lambda: app.focused is not None, "something to type into")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_three_bills_become_a_saved_plan_in_few_keys(
    make_app: MakeApp, profiles: Path, size: tuple[int, int]
) -> None:
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=size) as pilot:
        await in_place(pilot, "home")
        pressed = await press(pilot, "n")
        await until(pilot, lambda: isinstance(app.screen, PickDialog), "the templates")
        for step in STEPS:
            await _ready(pilot)
            pressed += await press(pilot, step)
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "a name for the plan")
        pressed += await press(pilot, "<enter>")
        await until(pilot, lambda: bool(list(profiles.glob("*.toml"))), "the file")
        await until(pilot, lambda: not app.session.dirty, "saved")
    assert pressed <= MOST_KEYS
    plan = load(next(profiles.glob("*.toml"))).plan
    told = [
        (w.name, w.api_model, w.kind, w.latency, w.bill and (w.bill.amount, w.bill.currency)) for w in plan.workload
    ]
    assert told == WORK
    assert all(work.bill is not None and work.bill.per == "month" for work in plan.workload)
    assert all(work.level is None for work in plan.workload), "as today's models"
    assert (plan.volume.growth_per_month, plan.volume.baseline_api) == (0.08, "gpt-5.4")
    assert (plan.operations.gpu_experience, plan.residency.answer) == ("yes", "no")
    assert plan.residency.company_in_eu
    assert plan.result is not None


async def test_keys_that_come_all_at_once_reach_the_list_in_their_order(make_app: MakeApp) -> None:
    """As when somebody types faster than the list comes up."""
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=(80, 24)) as pilot:
        await in_place(pilot, "home")
        for step in ("n", "<enter>", "<enter>", "<down>"):
            await _ready(pilot)
            await press(pilot, step)
        await press(pilot, "sonnet 4.6<enter>", at_once=True)
        await until(pilot, lambda: app.plan is not None and app.plan.workload[0].api_model is not None, "the pick")
        assert app.plan is not None
        assert app.plan.workload[0].api_model == "claude-sonnet-4-6"
        assert len(app.screen_stack) == 1
        focused = app.focused
        assert focused is not None
        assert focused.id == "workload-0-volume"


async def test_a_plan_without_a_volume_says_which_work_lacks_it(make_app: MakeApp) -> None:
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=(120, 40)) as pilot:
        await in_place(pilot, "home")
        for step in ("n", "<enter>"):
            await _ready(pilot)
            await press(pilot, step)
        await settle(pilot)
        assert app.evaluation is None
        said = " ".join(screen_text(app).split())
        assert "has no volume yet" in said
        assert "not told" in said
