"""One scripted round of two planners on one plan: both edit it, one saves, one may crash, and a third comes after them.

What each has typed must at every step be in its file, in a draft, or on its screen, unless its own user dropped it.
"""

from __future__ import annotations

import random
from contextlib import AsyncExitStack
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from planner.plan.drafts import recover_drafts
from planner.plan.edit import new_plan, set_value
from planner.plan.store import load, save
from planner.tui.app import PlannerApp
from planner.tui.dialogs.ask import AskDialog, ChoiceDialog
from tests.factories import sample_evaluation
from tests.tui.conftest import AS_OF, small_engine
from tests.tui.driving import drafted, in_place, settle, until

SIZE = (80, 24)
ANSWERS = {"save as": "a", "take theirs": "r", "overwrite": "o", "leave": "escape"}


class LostError(AssertionError):
    """Something that was typed is nowhere any more."""


Typed = dict[str, float]
"""The latest that each planner was told, and that its user has not dropped."""


async def play(folder: Path, dice: random.Random) -> int:
    """One round; returns how many edits were made. Raises `LostError`."""
    path = folder / "plan.toml"
    save(new_plan("Shared", AS_OF), path)
    typed: Typed = {}
    edits = 0
    async with AsyncExitStack() as running:
        pilots = {name: await _start(running, folder, path) for name in ("first", "second")}
        order = dice.sample(list(pilots), 2)
        for name in order:
            with _app(pilots[name])._context():
                typed[name] = await _edit(pilots[name], dice)
            _check(folder, typed, f"after the {name} typed")
        edits += 2
        for name in order[: dice.choice((1, 2, 2))]:
            with _app(pilots[name])._context():
                await _save(pilots[name], name, folder, dice.choice(list(ANSWERS)), typed)
            _check(folder, typed, f"after the {name} saved")
        for name in order:
            if dice.random() < 0.5:
                with _app(pilots[name])._context():
                    typed[name] = await _edit(pilots[name], dice)
                _check(folder, typed, f"after the {name} typed again")
                edits += 1
    _check(folder, typed, "after both have ended")
    return edits + await _third(folder, path, typed, dice)


async def _third(folder: Path, path: Path, typed: Typed, dice: random.Random) -> int:
    """Somebody opens the plan afterwards and goes on with the edits offered."""
    async with AsyncExitStack() as running:
        pilot = await _start(running, folder, path, draft=any(d.origin == path for d in recover_drafts(folder)))
        _check(folder, typed, "after a third planner opened it")
        going_on_from = _growth(_app(pilot))
        growth = await _edit(pilot, dice)
        typed |= {name: growth for name, value in typed.items() if value == going_on_from} | {"third": growth}
        _check(folder, typed, "after the third typed")
    _check(folder, typed, "at the end")
    return 1


async def _start(running: AsyncExitStack, folder: Path, path: Path, draft: bool = False) -> Pilot[None]:
    app = PlannerApp(
        evaluator=small_engine,
        catalog=sample_evaluation().catalog,
        as_of=AS_OF,
        profiles_dir=folder,
        open_path=path,
    )
    pilot = await running.enter_async_context(app.run_test(size=SIZE))
    if draft:
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the draft offered")
        await pilot.press("g")
    await in_place(pilot, "questions")
    await settle(pilot)
    return pilot


async def _edit(pilot: Pilot[None], dice: random.Random) -> float:
    """Another growth, kept as a draft as it is once typing rests."""
    app, growth = _app(pilot), round(dice.uniform(0.001, 0.2), 12)
    assert app.session.plan is not None
    app.update_plan(set_value(app.session.plan, ("volume", "growth_per_month"), growth), "growth")
    await drafted(pilot)
    return growth


async def _save(pilot: Pilot[None], name: str, folder: Path, answer: str, typed: Typed) -> None:
    """Save; where the file has changed, answer so. What a user drops is no longer asked for."""
    app = _app(pilot)
    await pilot.press("ctrl+s")
    await until(pilot, lambda: not app.session.dirty or isinstance(app.screen, ChoiceDialog), "the save, or why not")
    if not isinstance(app.screen, ChoiceDialog):
        return
    theirs = load(folder / "plan.toml").plan.volume.growth_per_month
    await pilot.press(ANSWERS[answer], *(("enter",) if answer == "overwrite" else ()))
    if answer == "leave":
        await until(pilot, lambda: not isinstance(app.screen, ChoiceDialog), answer)
        return
    if answer == "save as":
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the name")
        app.screen.query_one(Input).value = f"Mine, {name}"
        await pilot.press("enter")
    if answer == "take theirs":
        del typed[name]
    if answer == "overwrite":
        for other in [other for other, value in typed.items() if value == theirs]:
            del typed[other]
    await until(pilot, lambda: not app.session.dirty and not isinstance(app.screen, ChoiceDialog), answer)
    await in_place(pilot, "questions")


def _check(folder: Path, typed: Typed, when: str) -> None:
    plans = [*(load(path).plan for path in folder.glob("*.toml")), *(draft.plan for draft in recover_drafts(folder))]
    there = {plan.volume.growth_per_month for plan in plans}
    missing = {name: value for name, value in typed.items() if value not in there}
    if missing:
        raise LostError(f"{when}: {missing}; there is {sorted(map(str, there))}")


def _growth(app: PlannerApp) -> float:
    assert app.session.plan is not None
    return float(str(app.session.plan.volume.growth_per_month))


def _app(pilot: Pilot[None]) -> PlannerApp:
    assert isinstance(pilot.app, PlannerApp)
    return pilot.app
