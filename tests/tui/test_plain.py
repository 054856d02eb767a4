"""Every page of the app reads as people speak: names and no ids, three digits, `~` where a test is still to come."""

from __future__ import annotations

import re

import pytest
from textual.pilot import Pilot

from planner.catalog.load import shipped_catalog
from planner.engine.specs import Evaluation
from planner.plan.places import EXAMPLES, example_path
from planner.plan.store import load
from planner.quantities import money
from planner.tui.form.questions import STEPS
from planner.tui.places import PLACES
from planner.tui.screens.costs.screen import PANES, CostsScreen
from planner.tui.screens.questions.screen import QuestionsScreen
from tests.plain import ids_in, is_long, unquoted
from tests.test_answer import evaluated
from tests.test_glossary import check as one_value
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, planner, screen_text, settle
from tests.tui.opening import show_place

SIZE = (120, 40)
MEASURED = re.compile(r"(?<![\w.,$€£])([\d,]+(?:\.\d+)?)(?: (?:ms|GiB|GB|tok/s|%|s|M|B|k|T|points)|[xkMBT]|%)(?![\w/])")
"""A number with its unit, which is neither money nor a count."""


async def pages(pilot: Pilot[None], name: str) -> dict[str, str]:
    """What stands on each page and tab with a plan open."""
    app, found = planner(pilot), dict[str, str]()
    await show_place(pilot, "answer", load(example_path(name)).plan)
    for place in (at.id for at in PLACES if at.id != "home"):
        await app.switch_mode(place)
        await in_place(pilot, place)
        await settle(pilot)
        found[place] = screen_text(app)
        screen = app.screen
        if isinstance(screen, CostsScreen):
            for tab in PANES:
                screen.action_tab(tab)
                await settle(pilot)
                await pilot.pause()
                found[f"costs/{tab}"] = screen_text(app)
        if isinstance(screen, QuestionsScreen):
            for step in range(len(STEPS)):
                screen.step = step
                await settle(pilot)
                await pilot.pause()
                found[f"questions/{step}"] = screen_text(app)
        if place in ("sizing", "routing"):
            await pilot.press("w" if place == "sizing" else "t")
            await pilot.pause()
            found[f"{place} turned"] = screen_text(app)
    return found


def amounts(evaluation: Evaluation) -> set[str]:
    """Totals of 12 months that wait for a test and are no proven one's as well, as they are written."""
    ledgers = [ledger for ledger in evaluation.ledgers.values() if ledger.months]
    proven = {ledger.total for ledger in ledgers if not ledger.untested}
    waits = {ledger.total for ledger in ledgers if ledger.untested} - proven
    return {money(total, evaluation.inputs.currency) for total in waits if total >= 100}


@pytest.mark.parametrize("name", EXAMPLES)
async def test_every_page(make_app: MakeApp, name: str) -> None:
    evaluation = evaluated(name)
    app = make_app(catalog=shipped_catalog(), evaluator=lambda *_: evaluation)
    async with app.run_test(size=SIZE) as pilot:
        found = await pages(pilot, name)
    assert len(found) == len(PLACES) - 1 + len(PANES) + len(STEPS) + 2
    waits = amounts(evaluation)
    for page, text in found.items():
        assert ids_in(text) == [], page
        one_value(text, evaluation)
        numbers = MEASURED.findall(unquoted(text, evaluation.inputs.name))
        assert [number for number in numbers if is_long(number)] == [], page
        assert not re.search(r"\d\.\d{7}", unquoted(text)), page
        for amount in waits if page != "costs/risk" else ():  # what is drawn holds what a failed test costs
            bare = rf"(?<!~)(?<!~[-+])(?<![\d,.]){re.escape(amount)}(?![\d,.])"
            for line in text.splitlines():
                marked_name = re.search(rf"\w ~ *(?:/ 12 mo)? *{re.escape(amount)}", line)
                assert not re.search(bare, line) or marked_name, (page, line)
    if waits:
        assert any("~" in text for text in found.values())
