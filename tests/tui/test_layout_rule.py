"""The layout rule, over the painted screen: every place, field, list and dialog in five sizes, on real evaluations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.content import Content
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import OptionList, Tabs

from planner.catalog.load import shipped_catalog
from planner.engine.specs import Catalog, Evaluation
from planner.plan.inputs import evaluate_plan
from planner.plan.reprice import PriceDifference
from planner.plan.schema import Plan, WorkloadEntry
from planner.plan.store import load
from planner.tui.app import PlannerApp
from planner.tui.dialogs.ask import (
    AskDialog,
    comments_dialog,
    conflict_dialog,
    delete_dialog,
    draft_dialog,
    unsaved_dialog,
)
from planner.tui.dialogs.compare import CompareDialog, RepriceDialog
from planner.tui.dialogs.help import AllOfIt, help_for
from planner.tui.dialogs.pick import Item, PickDialog
from planner.tui.dialogs.sources import sources_of
from planner.tui.flows.books import comparison
from planner.tui.flows.sources import Subject
from planner.tui.form.answers import items_for
from planner.tui.form.questions import STEPS
from planner.tui.places import PLACES
from planner.tui.screens.costs.screen import PANES
from planner.tui.screens.questions.form import QuestionForm
from planner.tui.screens.questions.screen import QuestionsScreen
from planner.tui.widgets.fact_table import FactTable
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, planner, until
from tests.tui.opening import show_place
from tests.tui.painted import faults

SIZES = ((80, 24), (100, 30), (120, 40), (160, 50), (200, 60))
NAMED = [f"{width}x{height}" for width, height in SIZES]
PROFILES = Path(__file__).resolve().parents[2] / "profiles"
TWINS = (
    "Summaries of discharge letters for general practitioners",
    "Summaries of discharge letters for the insurance",
    "Kodierung von Diagnosen und Prozeduren (ICD-10-GM, OPS)",
    "Kodierung von Diagnosen und Prozeduren (ICD-10-GM, Nachlauf)",
    "chat",
    "translation of patient leaflets to 14 languages",
    "nightly anonymisation of radiology reports",
    "code review agent for the hospital's own software",
    "search over guidelines",
    "transcription clean-up of ward rounds",
    "call notes A",
    "call notes B",
)


def many() -> Plan:
    """Twelve kinds of work, some of whose names begin alike, and bills of seven digits."""
    plan = load(PROFILES / "hospital.toml").plan
    told = plan.workload[0].model_dump() | {"requests_per_day": None, "bill": None}
    works = tuple(
        WorkloadEntry(**(told | {"name": name, "tokens_per_day": 2e8 * number})) for number, name in enumerate(TWINS, 1)
    )
    return plan.model_copy(update={"name": "University hospitals of the northern region, all sites", "workload": works})


PLANS: dict[str, Callable[[], Plan]] = {
    "many": many,
    "bulk": lambda: load(PROFILES / "bulk-classifier.toml").plan,
    "claude": lambda: load(PROFILES / "claude-8k-a-month.toml").plan,
}


_KNOWN: dict[str, Evaluation] = {}


def known(plan: Plan, catalog: Catalog, as_of: date) -> Evaluation:
    """One evaluation of a plan for all tests."""
    told = plan.model_dump_json()
    if told not in _KNOWN:
        _KNOWN[told] = evaluate_plan(plan, catalog, as_of)
    return _KNOWN[told]


LOOKS, LOOK_S = 6, 0.03


WALKED = [
    *(("many", size) for size in SIZES),
    ("bulk", SIZES[0]),
    ("claude", SIZES[2]),
]


class Walk:
    """Goes through an app and notes what is wrong, and where."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot, self.found, self.app = pilot, dict[str, str](), planner(pilot)

    async def look(self, where: str) -> None:
        """Every field that can have the focus, and a few rows of each list."""
        await self.rest()
        await self.note(where)
        for widget in list(self.app.screen.focus_chain):
            self.app.screen.set_focus(widget)
            for row in rows_of(widget):
                self.go_to(widget, row)
                await self.pilot.pause()
                await self.note(f"{where} {widget.id or type(widget).__name__} {row}")

    async def note(self, where: str) -> None:
        """What is wrong and stays so: it may be laid out again after the first look."""
        for _ in range(LOOKS):
            found = faults(self.app.screen)
            if not found:
                return
            await self.pilot.pause(LOOK_S)
        self.found |= {fault: where for fault in found if fault not in self.found}

    @staticmethod
    def go_to(widget: Widget, row: int) -> None:
        if isinstance(widget, FactTable):
            widget.move_cursor(row=row, animate=False)
        elif isinstance(widget, OptionList):  # the cursor stands on lines that lead somewhere
            there = [at for at in range(widget.option_count) if not widget.get_option_at_index(at).disabled]
            widget.highlighted = min(there, key=lambda at: abs(at - row), default=None)

    async def rest(self) -> None:
        """Until nothing is computed any more."""
        await self.pilot.pause()
        await until(self.pilot, lambda: not any(w.is_running for w in self.app.workers if w.group != "flow"), "rest")


def rows_of(widget: Widget) -> Iterable[int]:
    """The first, the middle and the last row."""
    if isinstance(widget, FactTable) and widget.row_count:
        last = widget.row_count - 1
    elif isinstance(widget, OptionList) and widget.option_count:
        last = widget.option_count - 1
    else:
        return (0,)
    return dict.fromkeys((0, last // 2, last))


@pytest.mark.parametrize(("name", "size"), WALKED, ids=str)
async def test_every_place_in_every_size(make_app: MakeApp, name: str, size: tuple[int, int]) -> None:
    app = make_app(evaluator=known, catalog=shipped_catalog())
    async with app.run_test(size=size) as pilot:
        app.animation_level = "none"
        walk = Walk(pilot)
        await show_place(pilot, "home", PLANS[name]())
        for place in PLACES:
            await app.switch_mode(place.id)
            await in_place(pilot, place.id)
            await walk.look(place.id)
            if place.id == "questions":
                await through_questions(walk)
            elif place.id == "costs":
                for pane in PANES:
                    app.screen.query_one(Tabs).active = pane
                    await walk.look(f"costs/{pane}")
            elif place.id == "sizing":
                await pilot.press("w")
                await walk.look("sizing, what is out")
            elif place.id == "routing":
                await pilot.press("t")
                await walk.look("routing, as tables")
        assert not walk.found, "\n".join(f"{where}: {fault}" for fault, where in walk.found.items())


def _is_at(screen: QuestionsScreen, step: int) -> bool:
    return screen.bar.current == step


async def through_questions(walk: Walk) -> None:
    screen = walk.app.screen
    assert isinstance(screen, QuestionsScreen)
    for step in range(1, len(STEPS)):
        screen.step = step
        await until(walk.pilot, partial(_is_at, screen, step), "the question")
        await walk.look(f"question {step + 1}")
    screen.step = 0
    await until(walk.pilot, lambda: screen.bar.current == 0, "the first question")
    screen.workload = 0
    await until(walk.pilot, lambda: bool(screen.query("#workload-0-name")), "the form")
    await walk.look("a workload")
    screen.query_one(QuestionForm).unfold(True)
    await walk.look("a workload, unfolded")


LONG = "University hospitals of the northern region, all sites, with a name that no line has room for"


def dialogs(app: PlannerApp) -> dict[str, Callable[[], Screen[Any]]]:
    """Every kind of dialog, with long names and long lists."""
    plan, now = app.plan, app.evaluation
    assert plan is not None
    assert now is not None
    other = PROFILES / "hospital.toml"
    changes = tuple(_changed(number) for number in range(30))
    picked = items_for(STEPS[0].fields[2], plan, app.catalog)
    return {
        "pick": lambda: PickDialog(STEPS[0].fields[2].label, STEPS[0].fields[2].why, picked, "claude-haiku-5-5"),
        "pick a plan": lambda: PickDialog("Compare with", LONG, [Item(name, f"{LONG} {name}", LONG) for name in "ab"]),
        "pick one of many": lambda: PickDialog("x", "", [Item(str(n), f"{LONG} {n}", "short") for n in range(40)]),
        "ask": lambda: AskDialog("Save as", f"Name of the plan; the file goes to {LONG}", LONG, lambda text: LONG),
        "delete": lambda: delete_dialog(LONG, "a.toml"),
        "draft": lambda: draft_dialog(LONG, datetime(2026, 11, 22, 17, 40)),
        "unsaved": lambda: unsaved_dialog(LONG, True),
        "comments": lambda: comments_dialog(f"{LONG}.toml", 3),
        "conflict": lambda: conflict_dialog(f"{LONG}.toml"),
        "sources": lambda: sources_of(plan, now, Subject()),
        "reprice": lambda: RepriceDialog(changes, now, now, [LONG]),
        "compare": lambda: CompareDialog(comparison(plan, now, None, [other], lambda _: now), True),
        "all of a text": lambda: AllOfIt("Sizing", [Content(LONG * 40)]),
        "help": lambda: help_for(app.screen),
    }


def _changed(number: int) -> PriceDifference:
    label = f"A model with a long name by a maker with a long name {number}, input"
    return PriceDifference(kind="api", id=str(number), label=label, old=0.16, new=None, old_unit="USD per 1M tokens")


@pytest.mark.parametrize("size", SIZES, ids=NAMED)
async def test_every_dialog_in_every_size(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app(evaluator=known, catalog=shipped_catalog())
    async with app.run_test(size=size) as pilot:
        app.animation_level = "none"
        walk = Walk(pilot)
        await show_place(pilot, "sizing", many())
        for name, opened in dialogs(app).items():
            dialog = opened()
            await app.push_screen(dialog)
            assert dialog.focused is not None, name
            await walk.look(name)
            dialog.dismiss(None)
            await until(pilot, lambda: len(app.screen_stack) == 1, "the place again")
        for place in PLACES:
            await app.switch_mode(place.id)
            await in_place(pilot, place.id)
            await pilot.press("f1")
            await until(pilot, lambda: len(app.screen_stack) == 2, "help")
            await walk.look(f"help of {place.id}")
            await pilot.press("escape")
        await pilot.press("ctrl+p")
        await walk.look("palette")
        assert not walk.found, "\n".join(f"{where}: {fault}" for fault, where in walk.found.items())
