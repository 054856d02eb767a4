"""However the app is ended, what was typed is kept: in the plan where it is an answer, else as it was typed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from planner.plan.drafts import Draft, autosave, drafts_dirs, key_for, recover_drafts
from planner.plan.edit import new_plan
from planner.plan.store import load, save
from planner.tui import process
from planner.tui.app import PlannerApp
from planner.tui.dialogs.ask import AskDialog, ChoiceDialog
from planner.tui.dialogs.help import HelpDialog
from planner.tui.flows import files
from planner.tui.textual_fixes import PatientWriter
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import field, in_place, screen_text, settle, type_into, until

SMALL = (80, 24)
GROWTH = "volume-growth-per-month"


@pytest.fixture(name="path")
def _path(profiles: Path) -> Path:
    return save(new_plan("Mine", AS_OF), profiles / "plan.toml").path


async def opened(pilot: Pilot[None]) -> Input:
    """The plan is on screen, the focus in one of its fields."""
    await in_place(pilot, "questions")
    await settle(pilot)
    widget = field(pilot, GROWTH)
    widget.focus()
    await pilot.pause()
    return widget


def only_draft(profiles: Path) -> Draft:
    (draft,) = recover_drafts(profiles)
    return draft


async def ended(pilot: Pilot[None], code: int) -> None:
    await until(pilot, lambda: pilot.app._exit, "the end")
    assert pilot.app.return_code == code


async def test_the_last_letter_is_kept_before_anybody_has_heard_of_it(
    make_app: MakeApp, profiles: Path, path: Path
) -> None:
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        (await opened(pilot)).value = "6 %"
        app.end_by_signal(143)
        assert only_draft(profiles).plan.volume.growth_per_month == 0.06
        app.end_by_signal(129)
        await ended(pilot, 143)
    draft = only_draft(profiles)
    assert (draft.plan.volume.growth_per_month, draft.typed, draft.open_elsewhere) == (0.06, (), False)
    assert load(path).plan.volume.growth_per_month == 0


async def test_keys_on_their_way_are_waited_for(make_app: MakeApp, profiles: Path, path: Path) -> None:
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        (await opened(pilot)).value = ""
        for key in ("5", ".", "3"):
            app.simulate_key(key)
        app.end_by_signal(143)
        await ended(pilot, 143)
    assert only_draft(profiles).plan.volume.growth_per_month == 0.053


async def test_what_is_no_answer_is_kept_as_typed_and_told_when_it_is_opened(
    make_app: MakeApp, profiles: Path, path: Path
) -> None:
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        (await opened(pilot)).value = "6 %%"
        app.end_by_signal(130)
        assert only_draft(profiles).typed == (("Growth a month", "6 %%"),)
        await ended(pilot, 130)
    draft = only_draft(profiles)
    assert (draft.plan, draft.typed) == (load(path).plan, (("Growth a month", "6 %%"),))
    again = make_app(open_path=path)
    async with again.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(again.screen, ChoiceDialog), "the draft offered")
        await pilot.press("g")
        await until(pilot, lambda: "Growth a month: “6 %%”" in screen_text(again), "what was typed")


async def test_a_dialog_is_in_nobodys_way(make_app: MakeApp, profiles: Path, path: Path) -> None:
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        await type_into(pilot, GROWTH, "7 %")
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpDialog), "the help")
        app.end_by_signal(143)
        await ended(pilot, 143)
    assert only_draft(profiles).plan.volume.growth_per_month == 0.07


async def test_what_stands_in_a_dialog_is_kept_as_typed(make_app: MakeApp, profiles: Path, path: Path) -> None:
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        app.action_save_as()
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the name")
        app.screen.query_one(Input).value = "A better name"
        app.end_by_signal(143)
        await ended(pilot, 143)
    assert only_draft(profiles).typed == (("Save as", "A better name"),)


async def test_without_an_edit_no_draft_is_left(make_app: MakeApp, profiles: Path, path: Path) -> None:
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        app.end_by_signal(143)
        await ended(pilot, 143)
    assert recover_drafts(profiles) == ()
    assert list((profiles / ".drafts").iterdir()) == []


async def test_without_a_plan_it_just_ends(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=SMALL) as pilot:
        app.end_by_signal(143)
        await ended(pilot, 143)


async def test_an_edit_made_while_a_save_runs_is_kept_by_a_signal_and_by_the_save(
    make_app: MakeApp, profiles: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_save = threading.Event()
    saving = threading.Event()

    def slow(*given: Any, **settings: Any) -> Any:
        saving.set()
        assert may_save.wait(20)
        return save(*given, **settings)

    monkeypatch.setattr(files, "save", slow)
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        await type_into(pilot, GROWTH, "6 %")
        await settle(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, saving.is_set, "the save")
        await type_into(pilot, GROWTH, "7 %")
        may_save.set()
        await until(pilot, lambda: app.saves == 1, "the end of the save")
        assert load(path).plan.volume.growth_per_month == 0.06
        assert app.session.dirty
        assert only_draft(profiles).plan.volume.growth_per_month == 0.07
        may_save.clear()
        saving.clear()
        await settle(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, saving.is_set, "another save")
        field(pilot, GROWTH).value = "8 %"
        app.end_by_signal(143)
        assert only_draft(profiles).plan.volume.growth_per_month == 0.08
        await ended(pilot, 143)
        may_save.set()
    assert only_draft(profiles).plan.volume.growth_per_month == 0.08


async def test_a_crash_keeps_the_draft(make_app: MakeApp, profiles: Path, path: Path) -> None:
    app = make_app(open_path=path)

    def crash() -> None:
        raise ZeroDivisionError

    async def crashed() -> None:
        async with app.run_test(size=SMALL) as pilot:
            await opened(pilot)
            await type_into(pilot, GROWTH, "6 %")
            app.call_later(crash)
            await until(pilot, lambda: app._exception is not None, "the crash")

    with pytest.raises(ZeroDivisionError):
        await crashed()
    assert only_draft(profiles).plan.volume.growth_per_month == 0.06


async def test_what_was_discarded_stays_so(make_app: MakeApp, profiles: Path, path: Path) -> None:
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        await opened(pilot)
        await type_into(pilot, GROWTH, "6 %")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the question")
        await pilot.press("d", "enter")
        await ended(pilot, 0)
    assert [list(place.glob("*")) for place in drafts_dirs(profiles) if place.exists()] == [[]]


async def test_a_field_that_shows_fewer_digits_rounds_nothing(make_app: MakeApp, profiles: Path, path: Path) -> None:
    loaded = load(path)
    exact = loaded.plan.model_copy(
        update={"volume": loaded.plan.volume.model_copy(update={"growth_per_month": 0.104613202568123})}
    )
    autosave(exact, profiles, key_for(path), origin=path, origin_digest=loaded.digest)
    app = make_app(open_path=path)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog), "the draft offered")
        await pilot.press("g")
        await opened(pilot)
        app.end_by_signal(143)
        await ended(pilot, 143)
    assert only_draft(profiles).plan.volume.growth_per_month == 0.104613202568123


async def test_the_app_asks_for_signals_before_and_after_it_takes_the_terminal(make_app: MakeApp) -> None:
    asked: list[object] = []
    app = make_app(listen=asked.append)
    async with app.run_test(size=SMALL):
        assert asked == [app.end_by_signal] * 2
    assert isinstance(app, PlannerApp)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
async def test_signals_are_told_by_their_exit_code() -> None:
    codes: list[int] = []
    before = {number: signal.getsignal(number) for number in process.ENDING}
    try:
        for number in (signal.SIGTERM, signal.SIGINT):  # which a job in the background ignores
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
        process.listen(codes.append)
        process.listen(codes.append)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            os.kill(os.getpid(), number)
        for _ in range(200):
            await asyncio.sleep(0.001)
            if len(codes) == 2:
                break
        assert codes == [143, 130]
    finally:
        for number, handler in before.items():
            asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, handler)


def test_a_terminal_that_is_gone_holds_nobody_up() -> None:
    class Gone:
        def write(self, text: str) -> None:
            raise OSError(5, "Input/output error")

        def flush(self) -> None:
            raise OSError(5, "Input/output error")

    writer = PatientWriter(Gone())  # type: ignore[arg-type]
    writer.start()
    for _ in range(200):
        writer.write("x")
    writer.stop()
    assert not writer.is_alive()
