"""The application: one plan, one evaluation of it, seven places that show it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.command import Provider
from textual.message import Message
from textual.reactive import var
from textual.screen import ModalScreen, Screen
from textual.worker import get_current_worker

from planner.tui import themes
from planner.tui.charts.canvas import ascii_only
from planner.tui.held_keys import KeepsKeys
from planner.tui.open_plan.recompute import Evaluator, Outcome, Recomputer, evaluate_lazily, shipped_catalog
from planner.tui.open_plan.session import Change, Session
from planner.tui.places import EVERYWHERE, IMPORT, NEEDS_PLAN, PLACES, spot_of, title_of
from planner.tui.textual_fixes import Palette
from planner.tui.themes import DARK, LIGHT, variables

# What is imported inside functions, here and in `screens.home`, is not needed for the first paint, which it would delay
# by half: pydantic with the plan's files, dialogs and the palette.
if TYPE_CHECKING:
    from textual.driver import Driver

    from planner.engine.specs import Catalog, Evaluation
    from planner.plan.drafts import Typed
    from planner.plan.schema import Plan
    from planner.tui.flows.files import Filing
    from planner.tui.host import Flow, Link, Result


def _actions_provider() -> type[Provider]:
    from planner.tui.palette_commands import ActionsProvider

    return ActionsProvider


@dataclass
class Evaluated(Message):
    """A run of the evaluation has ended."""

    outcome: Outcome


class PlannerApp(KeepsKeys):
    """Owns the plan, its history and its evaluation; everything else is a view."""

    TITLE = "planner"
    CSS_PATH = "app.tcss"
    COMMANDS: ClassVar[set[Any]] = {_actions_provider}
    MODES: ClassVar[dict[str, Any]] = {place.id: place.open for place in PLACES}
    DEFAULT_MODE = "home"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012 - Textual's own type
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (20, "-short"), (34, "-tall")]  # noqa: RUF012 - Textual's own type
    BINDINGS: ClassVar[list[BindingType]] = EVERYWHERE

    plan: var[Plan | None] = var(None, init=False)
    evaluation: var[Evaluation | None] = var(None, init=False)
    """Of `plan`, or of the one before while `computing`; None where there is none."""
    computing: var[bool] = var(False, init=False)
    error: var[str] = var("", init=False)
    change: var[Change | None] = var(None, init=False)
    """What the last edit did to the result."""
    catalog: var[Catalog | None] = var(None, init=False)
    saves: var[int] = var(0, init=False)  # how often the file, not the plan, has changed

    def __init__(
        self,
        *,
        evaluator: Evaluator | None = None,
        catalog: Catalog | Callable[[], Catalog] | None = None,
        as_of: date | None = None,
        profiles_dir: Path | None = None,
        open_path: Path | None = None,
        open_at: Link | None = None,
        keys: Mapping[str, str] = MappingProxyType({}),
        settled: Callable[[], None] = lambda: None,
        driver: type[Driver] | None = None,
        listen: Callable[[Callable[[int], None]], None] = lambda end: None,
    ) -> None:
        super().__init__(driver)
        self.catalog_loader = catalog if callable(catalog) else shipped_catalog
        self.set_reactive(PlannerApp.catalog, None if callable(catalog) else catalog)
        self.as_of = as_of or date.today()
        self.profiles_dir = profiles_dir or Path("profiles")
        self._open_path, self._open_at = open_path, open_at
        if keys:
            self.set_keymap(keys)
        self.settled = settled
        self._listen = listen
        self._ending: asyncio.Task[None] | None = None
        self.session = Session()
        self.evaluator = evaluator or evaluate_lazily
        self._recomputer = Recomputer(self, partial(self.set_timer, name="recompute"), self._evaluate)
        self._turn = asyncio.Lock()
        self._came_from: str | None = None
        if ascii_only():
            from planner.tui.ascii_filter import AsciiFilter

            self._filters.append(AsciiFilter())
        self.begin_with((DARK, LIGHT), themes.wanted())

    @cached_property
    def filing(self) -> Filing:
        """Plans and their files."""
        from planner.tui.flows.files import Filing

        return Filing(self)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return super().get_theme_variable_defaults() | variables(self.current_theme.dark)

    def on_load(self) -> None:
        self._listen(self.end_by_signal)  # before the terminal is taken

    def on_mount(self) -> None:
        self._listen(self.end_by_signal)
        themes.remember(self)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        """After the first paint: the catalogue in a thread, and the plan named on the command line."""
        if self.catalog is None:
            self.run_worker(self._load_catalog, thread=True, group="catalog", exit_on_error=False)
        if self._open_path is not None:
            self.run_flow(partial(self.filing.open_path, self._open_path))
        if self._open_at is not None:
            self.run_flow(partial(self.follow, self._open_at, self._open_at.place))

    def _load_catalog(self) -> None:
        """In a thread."""
        try:
            catalog = self.catalog_loader()
        except Exception as problem:  # a broken file of the user's own: said on the strip, the app stays
            self.call_from_thread(setattr, self, "error", str(problem))
        else:
            self.call_from_thread(setattr, self, "catalog", catalog)

    def run_flow(self, flow: Flow, name: str = "") -> None:
        """Run a flow after those that are under way; its coroutine begins only when its turn comes.

        None is cancelled for another: it might be between two steps, or in the middle of a change of screens, where
        Textual passes the cancelling on to the screens themselves. A flow with a name that is under way goes on:
        asking for it twice does not ask twice.
        """
        if name and any(worker.name == name and worker.is_running for worker in self.workers):
            return

        hold = self.hold_keys()

        async def run() -> None:
            try:
                async with self._turn:
                    self.begins(hold)
                    await flow()
            finally:
                await self.let_keys_go(hold)

        work: Any = run  # the signature of run_worker has no room for what `async def` gives
        self.run_worker(work, name=name, group="flow")

    def ask_about_plan(self, dialog: ModalScreen[Result | None], then: Callable[[Result], None]) -> None:
        """Show the dialog; `then` takes the answer, unless it is none or another plan was opened meanwhile.

        A plan that was asked for before the dialog may open behind it; an answer about the old one must not change it.
        """
        asked_about = self.session.draft_key

        def answered(result: Result | None) -> None:
            if result is None:
                return
            if self.session.draft_key == asked_about:
                then(result)
            else:
                self.notify("Another plan was opened meanwhile: nothing was changed.", timeout=4)

        self.push_screen(dialog, answered)

    def update_plan(self, plan: Plan, why: str, group: str = "") -> None:
        """The single way to edit: one step of history, one evaluation. `why` is shown ("cached 30 → 50 %").

        Edits in a row with the same non-empty `group` are one step: the letters of one field.
        """
        begins = not self.session.continues(group)
        if self.session.edit(plan, why, group):
            self._recomputer.edited(why, begins)
            self.plan = self.session.plan

    def plan_replaced(self) -> None:
        """Another plan was opened: nothing shown so far is about it."""
        self._recomputer.forget()
        self.change, self.error, self.evaluation = None, "", None
        self.set_reactive(PlannerApp.plan, None)  # an equal plan from another file is evaluated all the same
        self.plan = self.session.plan

    def watch_plan(self, before: Plan | None, after: Plan | None) -> None:
        self._recomputer.request()
        self.filing.draft_soon()
        if before is None or after is None:  # all that the keys depend on: not for every letter
            self.refresh_bindings()

    def watch_catalog(self) -> None:
        self._recomputer.request()

    def _evaluate(self, run: Callable[[], Outcome]) -> None:
        """Off the message loop; the outcome comes as `Evaluated`."""

        def work() -> None:
            worker, outcome = get_current_worker(), run()
            if not worker.is_cancelled:
                self.post_message(Evaluated(outcome))

        self.run_worker(work, thread=True, exclusive=True, group="evaluate", exit_on_error=False)

    def on_evaluated(self, message: Evaluated) -> None:
        """Take a result, unless a newer plan has made it pointless."""
        outcome = message.outcome
        if self._recomputer.finish(outcome):
            self.error = outcome.error
            self.change = self._recomputer.change_to(outcome.evaluation)
            self.evaluation = outcome.evaluation
            self.filing.tell_new_prices()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What needs a plan is hidden while there is none; a save waits for one that is being opened."""
        if self.plan is not None or action not in NEEDS_PLAN:
            return True
        return action == "save" and any(worker.group == "flow" and not worker.is_finished for worker in self.workers)

    def deliver_screenshot(
        self, filename: str | None = None, path: str | None = None, time_format: str | None = None
    ) -> str | None:
        """Into the folder of exports: Textual writes to ~/Downloads, which not everybody has, and then says nothing."""
        if self.is_web or filename or path:
            return super().deliver_screenshot(filename, path, time_format)
        from planner.tui.flows.take_away import write_screenshot

        write_screenshot(self, self.export_screenshot())
        return None

    async def action_go(self, place: str) -> None:
        """Show a place; without a plan there is only the list of plans."""
        if self.plan is None and place != "home":
            self.notify("Open a plan first: Enter on one of these, or n for a new one.", timeout=3)
        elif self.current_mode != place and not isinstance(self.screen, ModalScreen):
            await self.switch_mode(place)

    async def follow(self, link: Link, place: str) -> None:
        """Go to an answer or an assumption, with the cursor on it; `place` is where `back` leads."""
        await self.action_go(link.place)
        if self.current_mode != link.place:
            return
        reveal = getattr(self.screen, "reveal", None)
        if reveal is not None and link.target:
            self.screen.call_after_refresh(reveal, link.target)
        if place != link.place:
            self._came_from = place
            self.notify(f"ctrl+g goes back to {title_of(place)}.", timeout=3)

    async def through(self, door: str, place: str) -> None:
        """What a line leads to: a place with its target, or the picker of a file; `place` is where `back` leads."""
        if door == IMPORT:
            self.action_import_file()
        else:
            await self.follow(spot_of(door), place)

    async def action_back(self) -> None:
        """Back to the number whose answer or assumption was looked up."""
        came_from, self._came_from = self._came_from, None
        if came_from is not None:
            await self.action_go(came_from)

    def action_undo(self) -> None:
        """Take the last edit back; what is being typed is the last one."""
        self._typed()
        self._step(self.session.undo, "Undone")

    def action_redo(self) -> None:
        """Make the last undone edit again."""
        self._step(self.session.redo, "Redone")

    def _step(self, step: Callable[[], str | None], word: str) -> None:
        why = None if isinstance(self.screen, ModalScreen) else step()
        if why is not None:
            self._recomputer.edited(f"{word.lower()}: {why}", True)
            self.plan = self.session.plan
            self.notify(f"{word}: {why}", markup=False, timeout=2)

    def action_save(self) -> None:
        """Save; asks for a name where there is none yet."""
        if not isinstance(self.screen, ModalScreen):
            self.run_flow(self.filing.save)

    def action_save_as(self) -> None:
        """Save under another name."""
        if not isinstance(self.screen, ModalScreen):
            self.run_flow(partial(self.filing.save, as_new=True))

    def end_by_signal(self, code: int) -> None:
        """A signal asks the app to end, with this exit code: keep at once what is not saved, then go."""
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._end(code))
            self._keep_typed()

    async def _end(self, code: int) -> None:
        try:
            await self.typed_arrived()
            self._keep_typed()
        finally:
            self.exit(return_code=code)

    def _typed(self) -> Typed:
        """Take what stands in fields into the plan where it is an answer; returns what is none, as it was typed."""
        for screen in self._all_screens():
            if hasattr(screen, "keep_typed"):
                screen.keep_typed()
        return self.unanswered()

    def unanswered(self) -> Typed:
        """What stands in fields and is no answer, as it was typed: no part of the plan, and lost with the app."""
        found = [screen.unanswered() for screen in self._all_screens() if hasattr(screen, "unanswered")]
        return tuple(pair for pairs in found for pair in pairs)

    def _all_screens(self) -> Iterator[Screen[Any]]:
        return chain.from_iterable(self._screen_stacks.values())

    def all_is_answered(self) -> bool:
        """False, and said, where a field holds text that is no answer: the plan has what it was on the way to it."""
        for label, text in self._typed():
            words = f"{label}: “{text}” is not an answer yet. Correct it, or take it back with ctrl+z."
            self.notify(words, title="Not saved", severity="warning", timeout=8, markup=False)
            return False
        return True

    def _keep_typed(self) -> None:
        """Write the draft, with what stands in fields: in the plan where it is an answer, else as it is."""
        if self.session.plan is not None:
            self.filing.drafting.now(self._typed())

    def on_unmount(self) -> None:
        """However the app ends: what is not saved is in the draft."""
        if "filing" in self.__dict__:  # else no plan was ever open
            self.filing.drafting.close()

    async def action_quit(self) -> None:
        """Leave; asks first where something is not saved. Asking twice does not ask again."""
        typed = self._typed()  # what has not rested yet counts, too
        self.run_flow(partial(self.filing.leave, typed), name="leave")

    def action_reprice(self) -> None:
        """Compare the plan's prices with today's."""
        from planner.tui.flows.take_away import take_todays_prices

        if not isinstance(self.screen, ModalScreen):
            self.run_flow(partial(take_todays_prices, self), name="reprice")

    def action_as_key(self, key: str) -> None:
        """What another key does here: j is down."""
        self.simulate_key(key)

    def action_export(self) -> None:
        """Write the table or the chart that has the focus, or the first on screen, to a file."""
        from planner.tui.flows.export import export_shown

        self.run_flow(partial(export_shown, self, self.screen), name="export")

    def action_import_file(self) -> None:
        """Take a file that somebody has into the plan."""
        from planner.tui.flows.evidence import import_file

        self.run_flow(partial(import_file, self), name="import")

    def action_record_test(self) -> None:
        """Record a test of a model from its figures."""
        from planner.tui.flows.tests_by_hand import record_test

        self.run_flow(partial(record_test, self), name="record_test")

    def action_export_files(self) -> None:
        """Write the plan as files that run."""
        from planner.tui.flows.files_that_run import export_files

        self.run_flow(partial(export_files, self), name="export_files")

    def action_track_log(self) -> None:
        """Hold the plan against a log of the weeks since."""
        from planner.tui.flows.evidence import track_log

        self.run_flow(partial(track_log, self), name="track")

    def action_write_report(self) -> None:
        """Write the answer to a file."""
        from planner.tui.flows.take_away import write_report

        self.run_flow(partial(write_report, self), name="report")

    def action_switch_theme(self) -> None:
        """From dark to light and back."""
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name

    def action_command_palette(self) -> None:
        """Every action, place and plan by name."""
        if not isinstance(self.screen, ModalScreen):
            self.push_screen(Palette())

    def action_help(self) -> None:
        """Explain the place on screen and its keys."""
        from planner.tui.dialogs.help import HelpDialog, help_for

        if not isinstance(self.screen, HelpDialog):
            self.push_screen(help_for(self.screen))
