"""What has to happen before some pictures: a shelf with plans on it, an edit, a dialog that asks."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from planner.engine.specs import Evaluation
from planner.plan.edit import new_plan, set_values
from planner.plan.prices import with_result
from planner.plan.schema import Plan
from planner.plan.store import load, save
from planner.tui.app import PlannerApp
from planner.tui.dialogs.ask import delete_dialog, draft_dialog
from planner.tui.open_plan.session import Origin

Evaluate = Callable[[Plan], Evaluation]
Scene = Callable[[Pilot[None], PlannerApp, Evaluate], Awaitable[None]]

PLANS = Path("profiles")
CHEAPER, DEARER = 0.8, 1.6
SAVED_AT = datetime(2026, 11, 22, 17, 40)
OLD = date(2026, 10, 2)


def _kept(plan: Plan, evaluate: Evaluate, name: str, order: int) -> None:
    """A saved plan with its result; `order` tells which is newer."""
    named = plan.model_copy(update={"name": name})
    path = PLANS / f"{name.lower().replace(' ', '-').replace(':', '')}.toml"
    save(with_result(named, evaluate(named)), path)
    os.utime(path, (order, order))


def _dearer(plan: Plan, tokens: float) -> Plan:
    return set_values(plan, {("workload", 0, "tokens_per_day"): tokens, ("volume", "growth_per_month"): 0.05})


async def a_shelf(pilot: Pilot[None], app: PlannerApp, evaluate: Evaluate) -> None:
    """Home with plans of one's own: one with stale prices, one with a name too long for any line."""
    plan = app.plan
    assert plan is not None
    _kept(_dearer(plan, 4e9), evaluate, "Listing classifier", 3)
    _kept(_dearer(plan, 2e7), evaluate, "Moderation for the marketplace of a subsidiary with a very long name", 2)
    stale = with_result(plan.model_copy(update={"name": "Last autumn"}), evaluate(plan))
    assert stale.result is not None
    save(
        stale.model_copy(update={"result": stale.result.model_copy(update={"priced_on": OLD})}),
        PLANS / "last-autumn.toml",
    )
    os.utime(PLANS / "last-autumn.toml", (1, 1))
    (PLANS / "broken.toml").write_text('schema = 1\nname = "Broken"\n[volume]\ngrowth = 3\n', encoding="utf-8")
    os.utime(PLANS / "broken.toml", (0, 0))
    await pilot.press("alt+r")
    await app.workers.wait_for_complete()


async def nothing_open(pilot: Pilot[None], app: PlannerApp, evaluate: Evaluate) -> None:
    """The first start: no plan is open, none is saved."""
    app.session.plan, app.session.origin = None, Origin()
    app.plan_replaced()
    app.mutate_reactive(PlannerApp.plan)
    await app.switch_mode("home")
    await pilot.pause()


async def a_blank_plan(pilot: Pilot[None], app: PlannerApp, evaluate: Evaluate) -> None:
    """A new plan on the first question."""
    app.session.open(new_plan("New plan", app.as_of), Origin(), "pictures")
    app.plan_replaced()
    await pilot.pause()


async def a_bill(pilot: Pilot[None], app: PlannerApp, evaluate: Evaluate) -> None:
    """A blank plan whose work is told as money."""
    await a_blank_plan(pilot, app, evaluate)
    await pilot.press("enter")
    while not app.screen.query("#workload-0-volume"):
        await pilot.pause(0.02)
    field = app.screen.query_one("#workload-0-volume", Input)
    field.focus()
    field.value = "$8k a month"
    while app.plan is None or app.plan.workload[0].bill is None:  # taken when typing has rested
        await pilot.pause(0.02)


async def an_edit(pilot: Pilot[None], app: PlannerApp, evaluate: Evaluate) -> None:
    """An answer that changes the result."""
    assert app.plan is not None
    app.update_plan(set_values(app.plan, {("residency", "answer"): "yes"}), "must stay inside no → yes")
    await pilot.pause()


async def an_api_to_pick(pilot: Pilot[None], app: PlannerApp, evaluate: Evaluate) -> None:
    """The list of API models behind a field."""
    app.screen.query_one("#volume-baseline-api").focus()
    await pilot.press("enter")
    await _dialog_up(pilot, app)


async def effects(pilot: Pilot[None], app: PlannerApp, evaluate: Evaluate) -> None:
    """What the assumptions about model updates do to the result."""
    app.screen.query_one("#search", Input).value = "update"
    await pilot.press("F")
    await app.workers.wait_for_complete()


async def new_prices(pilot: Pilot[None], app: PlannerApp, evaluate: Evaluate) -> None:
    """A plan priced when its API was dearer, and the dialog that compares."""
    assert app.plan is not None
    frozen = with_result(app.plan, evaluate(app.plan))
    then = tuple(
        price.model_copy(
            update={
                "input_per_mtok": round(price.input_per_mtok * DEARER, 2),
                "output_per_mtok": round(price.output_per_mtok * CHEAPER, 2),
            }
        )
        for price in frozen.prices.api
    )
    old = frozen.model_copy(update={"prices": frozen.prices.model_copy(update={"api": then})})
    app.session.open(old, Origin(saved=old), "pictures")
    app.plan_replaced()
    while app.computing or app.evaluation is None:
        await pilot.pause(0.02)
    await pilot.press("ctrl+r")
    await _dialog_up(pilot, app)


async def compared(pilot: Pilot[None], app: PlannerApp, evaluate: Evaluate) -> None:
    """The plan beside one of the same shape with less volume and other assumptions."""
    plan = app.plan
    assert plan is not None
    fewer = set_values(
        _dearer(plan, 2e7),
        {("assumptions", "engineer_eur_year"): 90_000.0, ("operations", "gpu_experience"): "no"},
    )
    _kept(fewer, evaluate, "Half the volume", 1)
    await pilot.press("m")
    await _dialog_up(pilot, app)
    await pilot.press("enter")
    while type(app.screen).__name__ != "CompareDialog":
        await pilot.pause(0.02)


async def conflict(pilot: Pilot[None], app: PlannerApp, evaluate: Evaluate) -> None:
    """Saving a plan whose file somebody else has written."""
    assert app.plan is not None
    path = PLANS / "listing-classifier.toml"
    save(app.plan, path)
    loaded = load(path)
    app.session.open(loaded.plan, Origin(path, loaded.digest, loaded.text, loaded.plan), "pictures")
    app.plan_replaced()
    path.write_text(loaded.text.replace("schema = 1", "# edited by hand\nschema = 1"), encoding="utf-8")
    await pilot.press("ctrl+s")
    await _dialog_up(pilot, app)


async def draft(pilot: Pilot[None], app: PlannerApp, evaluate: Evaluate) -> None:
    """Opening a plan of which there are unsaved edits."""
    app.push_screen(draft_dialog("Listing classifier", SAVED_AT))
    await pilot.pause()


async def deletion(pilot: Pilot[None], app: PlannerApp, evaluate: Evaluate) -> None:
    """Before a plan is deleted."""
    app.push_screen(delete_dialog("Last autumn", "last-autumn.toml"))
    await pilot.pause()


async def unknown_columns(pilot: Pilot[None], app: PlannerApp, evaluate: Evaluate) -> None:
    """A log that no known tool writes: what its columns are, some of them told by their names."""
    path = Path("own-gateway.csv")
    path.write_text("When;app;deployment;prompt_tokens;hits;answer\n2026-10-19 10:00;mail;gpt-5.4;9;4;1\n", "utf-8")
    await pilot.press("ctrl+l")
    await _dialog_up(pilot, app)
    await pilot.press(*"own-gateway", "enter")
    while type(app.screen).__name__ != "PickDialog":
        await pilot.pause(0.02)
    path.unlink()


async def _dialog_up(pilot: Pilot[None], app: PlannerApp) -> None:
    from textual.screen import ModalScreen

    while not isinstance(app.screen, ModalScreen):
        await pilot.pause(0.02)
    await pilot.pause()
