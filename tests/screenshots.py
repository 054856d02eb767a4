"""Pictures of the app on a shipped example, as SVG: `python -m tests.screenshots` writes them to `screenshots/`.

The same plan, day and terminal give the same bytes, so a test can tell whether a picture is still true.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from textual.command import CommandList, CommandPalette
from textual.pilot import Pilot
from textual.strip import Strip

from planner.catalog.load import shipped_catalog
from planner.engine.specs import Catalog, Evaluation
from planner.plan.inputs import evaluate_plan
from planner.plan.schema import Plan
from planner.plan.store import load
from planner.tui.app import PlannerApp
from planner.tui.open_plan.session import Origin
from planner.tui.widgets.bars import VerdictStrip
from planner.tui.widgets.shelf_list import ShelfList
from tests import picture_scenes as scenes
from tests.picture_scenes import Scene

AS_OF = date(2026, 11, 23)
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "screenshots"
EXAMPLE = ROOT / "profiles" / "bulk-classifier.toml"
FLOWS = frozenset({"flow", "compare"})
LARGE, SMALL, WIDE = (120, 40), (80, 24), (200, 60)
LOOKS, LOOK_S = 3, 0.03
"""How often in a row, and how far apart, the screen is found as it was before it is taken to stand still: together
longer than a frame at the tests' pace."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: where to go, which keys to press there, and how the terminal is."""

    name: str
    place: str
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = LARGE
    theme: str = "planner-dark"
    no_color: bool = False
    scene: Scene | None = None
    """What happens there before the keys."""
    alone: bool = False
    """Its keys change more than Escape takes back, or it shows what others left: it has an app of its own."""

    @property
    def terminal(self) -> tuple[object, ...]:
        """What all pictures of one app share."""
        return self.size, self.theme, self.no_color


SHOTS: tuple[Shot, ...] = (
    Shot("home", "home"),
    Shot("questions", "questions"),
    Shot("sizing", "sizing"),
    Shot("sizing-why-not", "sizing", ("w",), alone=True),
    Shot("sizing-filter", "sizing", ("slash", *"gpu:h100", "space", *"cost", "less_than_sign", *"20k"), alone=True),
    Shot("sizing-200x60", "sizing", size=WIDE),
    Shot("routing", "routing"),
    Shot("routing-tables", "routing", ("t",), alone=True),
    Shot("routing-override", "routing", ("o",)),
    Shot("sources", "sizing", ("i",), alone=True),
    Shot("help", "sizing", ("f1",), alone=True),
    Shot("costs-ledger", "costs"),
    Shot("costs-ledger-table", "costs", ("t",), alone=True),
    Shot("costs-break-even", "costs", ("2",)),
    Shot("costs-sensitivity", "costs", ("3",)),
    Shot("costs-risk", "costs", ("4",)),
    Shot("costs-map", "costs", ("5",)),
    Shot("costs-verdict", "costs", ("6",)),
    Shot("costs-what-if", "costs", ("7", "left", "left", "left"), alone=True),
    Shot("costs-scenarios", "costs", ("8",)),
    Shot("assumptions", "assumptions", ("down", "down", "down", "down")),
    Shot("assumptions-edit", "assumptions", (*["down"] * 4, "e"), alone=True),
    Shot("home-80x24", "home", size=SMALL),
    Shot("answer", "answer"),
    Shot("answer-80x24", "answer", size=SMALL),
    Shot("answer-light", "answer", theme="planner-light"),
    Shot("questions-80x24", "questions", size=SMALL),
    Shot("sizing-80x24", "sizing", size=SMALL),
    Shot("routing-80x24", "routing", size=SMALL),
    Shot("costs-80x24", "costs", size=SMALL),
    Shot("assumptions-80x24", "assumptions", size=SMALL),
    Shot("costs-scenarios-light", "costs", ("8",), theme="planner-light"),
    Shot("costs-map-light", "costs", ("5",), theme="planner-light"),
    Shot("routing-light", "routing", theme="planner-light"),
    Shot("costs-no-color", "costs", no_color=True),
    Shot("costs-scenarios-no-color", "costs", ("8",), no_color=True),
    Shot("routing-no-color", "routing", no_color=True),
    Shot("first-start-80x24", "home", size=SMALL, scene=scenes.nothing_open),
    Shot("home-plans", "home", scene=scenes.a_shelf),
    Shot("home-plans-80x24", "home", size=SMALL, scene=scenes.a_shelf),
    Shot("home-light", "home", theme="planner-light", scene=scenes.a_shelf),
    Shot("home-why", "home", ("i",)),
    Shot("new-plan", "home", ("n",)),
    Shot("open-file", "home", ("o",)),
    Shot("delete", "home", scene=scenes.deletion),
    Shot("draft", "home", scene=scenes.draft),
    Shot("questions-blank-80x24", "questions", size=SMALL, scene=scenes.a_blank_plan),
    Shot("questions-bill-80x24", "questions", size=SMALL, scene=scenes.a_bill),
    Shot("questions-workload", "questions", ("enter",), alone=True),
    Shot("questions-operations", "questions", ("4",), alone=True),
    Shot("questions-changed", "questions", ("5",), scene=scenes.an_edit),
    Shot("questions-light", "questions", theme="planner-light"),
    Shot("questions-no-color", "questions", no_color=True),
    Shot("questions-pick", "questions", scene=scenes.an_api_to_pick),
    Shot("assumptions-search-no-color", "assumptions", ("slash", *"people"), no_color=True),
    Shot("assumptions-effects", "assumptions", scene=scenes.effects),
    Shot("compare", "costs", scene=scenes.compared),
    Shot("compare-80x24", "costs", size=SMALL, scene=scenes.compared),
    Shot("reprice", "questions", scene=scenes.new_prices),
    Shot("conflict", "questions", scene=scenes.conflict),
    Shot("columns", "questions", scene=scenes.unknown_columns, alone=True),
    Shot("columns-80x24", "questions", size=SMALL, scene=scenes.unknown_columns, alone=True),
    Shot("save-as", "questions", ("f9",)),
    Shot("leave", "questions", ("ctrl+q",), scene=scenes.an_edit),
    Shot("palette", "questions", ("ctrl+p",)),
    Shot("report", "costs", ("ctrl+p", *"report", "down", "enter"), alone=True),
    Shot("help-questions-80x24", "questions", ("f1",), size=SMALL),
)


def tours() -> tuple[tuple[Shot, ...], ...]:
    """The pictures in the order in which they are taken, those of one running app together, place by place."""
    places = list(dict.fromkeys(shot.place for shot in SHOTS))
    together: dict[tuple[object, ...], list[Shot]] = {}
    for shot in sorted(SHOTS, key=lambda shot: places.index(shot.place)):
        own = (shot.name,) if shot.alone or shot.scene else ()
        together.setdefault(shot.terminal + own, []).append(shot)
    return tuple(map(tuple, together.values()))


@lru_cache(maxsize=4)
def _evaluated(path: Path) -> tuple[Plan, Evaluation]:
    plan = load(path).plan
    return plan, evaluate_plan(plan, shipped_catalog(), AS_OF)


_KNOWN: dict[str, Evaluation] = {}


def _known(plan: Plan, catalog: Catalog, as_of: date) -> Evaluation:
    """One evaluation of a plan for all pictures."""
    first, evaluation = _evaluated(EXAMPLE)
    if plan == first:
        return evaluation
    told = plan.model_dump_json()
    if told not in _KNOWN:
        _KNOWN[told] = evaluate_plan(plan, catalog, as_of)
    return _KNOWN[told]


@contextmanager
def _surroundings(no_color: bool) -> Iterator[None]:
    """A terminal of known ways, and a folder of its own: paths on screen are relative to it."""
    asked = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PLANNER_ASCII": "0"}
    before, here = dict(os.environ), Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(asked, PLANNER_STATE=folder, HOME=folder)
        for name in ("NO_COLOR", "TEXTUAL_THEME", "PLANNER_PROFILES"):
            os.environ.pop(name, None)
        if no_color:
            os.environ["NO_COLOR"] = "1"
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(before)


async def _settle(pilot: Pilot[None], app: PlannerApp) -> None:
    """Until the plan's result is shown, and Home has read its folder: it does so a moment after it was painted."""
    while app.computing or (app.evaluation is None and app.plan is not None and not app.error):
        await pilot.pause(0.02)
    while any(not shelf.books for shelf in app.screen_stack[0].query(ShelfList)):
        await pilot.pause(0.02)
    await _stands_still(pilot, app)


async def _stands_still(pilot: Pilot[None], app: PlannerApp) -> None:
    """Until nothing has changed on screen for as long as it takes to paint it a few times."""
    seen: list[Strip] = []
    same = 0
    while same < LOOKS:
        await pilot.pause(LOOK_S)
        before, seen = seen, app.screen._compositor.render_strips()
        same = same + 1 if seen == before else 0


async def _work_done(app: PlannerApp) -> None:
    """Wait for what computes; a flow that waits for an answer is what the picture shows, once it asks."""
    while len(app.screen_stack) == 1 and any(w.group in FLOWS and not w.is_finished for w in app.workers):
        await asyncio.sleep(0.02)
    while isinstance(app.screen, CommandPalette) and not app.screen.query_one(CommandList).option_count:
        await asyncio.sleep(0.02)  # what it finds comes from a worker that has yet to begin
    while computing := [w for w in app.workers if w.group not in FLOWS and not w.is_finished]:
        await app.workers.wait_for_complete(computing)
        await asyncio.sleep(LOOK_S)  # what was asked meanwhile begins when the first has ended


async def _go(pilot: Pilot[None], app: PlannerApp, place: str) -> None:
    await app.switch_mode(place)
    while app.current_mode != place or not app.screen.is_current:
        await pilot.pause(0.02)
    await _settle(pilot, app)


async def take(tour: Sequence[Shot]) -> dict[str, str]:
    """The pictures of one tour as SVG by name, their ids independent of their content."""
    first, taken = tour[0], {}
    with _surroundings(first.no_color):
        app = PlannerApp(evaluator=_known, catalog=shipped_catalog(), as_of=AS_OF, profiles_dir=Path("profiles"))
        async with app.run_test(size=first.size) as pilot:
            app.theme = first.theme
            plan, _ = _evaluated(EXAMPLE)
            app.session.open(plan, Origin(saved=plan), "screenshots")
            app.plan_replaced()
            for shot in tour:
                taken[shot.name] = await _picture(pilot, app, shot)
                while shot is not tour[-1] and len(app.screen_stack) > 1:
                    await pilot.press("escape")
    return taken


async def _picture(pilot: Pilot[None], app: PlannerApp, shot: Shot) -> str:
    await _go(pilot, app, shot.place)
    if shot.scene is not None:
        await shot.scene(pilot, app, lambda plan: _known(plan, shipped_catalog(), AS_OF))
    if shot.keys:  # behind a dialog nothing is painted any more
        await _work_done(app)
        await _stands_still(pilot, app)
    for key in shot.keys:
        await pilot.press(key)
        await pilot.pause()
    await _settle(pilot, app)
    await _work_done(app)
    while any(strip.changed for strip in app.screen_stack[0].query(VerdictStrip)):
        await pilot.pause(0.02)
    await _stands_still(pilot, app)  # a table that what computed made shorter paints its last row a frame later
    return _normalised(app.export_screenshot(title="planner", simplify=True))


def _normalised(svg: str) -> str:
    """The id that Textual derives from the content would change every line with any of them."""
    return re.sub(r"terminal-\d+", "terminal", svg).rstrip("\n") + "\n"


def path_of(shot: Shot) -> Path:
    """Where the picture is kept."""
    return FOLDER / f"{shot.name}.svg"


def main(names: Sequence[str]) -> None:
    """Write the named pictures, or all of them."""
    FOLDER.mkdir(exist_ok=True)
    for tour in tours():
        wanted = [shot for shot in tour if not names or shot.name in names]
        pictures = asyncio.run(take(tour)) if wanted else {}  # with the others of its tour, as the test takes it
        for shot in wanted:
            path_of(shot).write_text(pictures[shot.name], encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
