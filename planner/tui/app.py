"""The application: one plan, one evaluation of it, six places that show it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.command import Provider
from textual.reactive import var
from textual.screen import ModalScreen

from planner.tui import themes
from planner.tui.flows.files import Filing
from planner.tui.flows.trail import Trail
from planner.tui.open_plan.recompute import (
    Evaluated,
    Evaluator,
    Recomputer,
    evaluate_lazily,
    load_catalog,
    shipped_catalog,
)
from planner.tui.open_plan.session import Change, Session
from planner.tui.places import EVERYWHERE, NEEDS_PLAN, PLACES
from planner.tui.textual_fixes import SteadyApp
from planner.tui.themes import DARK, LIGHT, variables

if TYPE_CHECKING:
    from planner.engine.specs import Catalog, Evaluation
    from planner.plan.schema import Plan


def _actions_provider() -> type[Provider]:
    from planner.tui.palette_commands import ActionsProvider

    return ActionsProvider


class PlannerApp(SteadyApp):
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
        settled: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self.catalog_loader = catalog if callable(catalog) else shipped_catalog
        self.set_reactive(PlannerApp.catalog, None if callable(catalog) else catalog)
        self.as_of = as_of or date.today()
        self.profiles_dir = profiles_dir or Path("profiles")
        self._open_path = open_path
        self.settled = settled
        self.session, self.trail = Session(), Trail(self)
        self.filing = Filing(self)
        self.evaluator = evaluator or evaluate_lazily
        self._recomputer = Recomputer(self)
        self.begin_with((DARK, LIGHT), themes.wanted())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return super().get_theme_variable_defaults() | variables(self.current_theme.dark)

    def on_mount(self) -> None:
        themes.remember(self)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        """After the first paint: the catalogue in a thread, and the plan named on the command line."""
        if self.catalog is None:
            self.run_worker(partial(load_catalog, self), thread=True, group="catalog", exit_on_error=False)
        if self._open_path is not None:
            self.filing.start(partial(self.filing.open_path, self._open_path))

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

    def watch_plan(self) -> None:
        self._recomputer.request()
        self.filing.drafting.soon()
        self.refresh_bindings()

    def watch_catalog(self) -> None:
        self._recomputer.request()

    def on_evaluated(self, message: Evaluated) -> None:
        """Take a result, unless a newer plan has made it pointless."""
        if self._recomputer.finish(message):
            self.error = message.error
            self.change = self._recomputer.change_to(message.evaluation)
            self.evaluation = message.evaluation
            self.filing.tell_new_prices()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What needs a plan is hidden while there is none; a save waits for one that is being opened."""
        return self.plan is not None or action not in NEEDS_PLAN or (action == "save" and self.filing.is_busy)

    async def action_go(self, place: str) -> None:
        """Show a place; without a plan there is only the list of plans."""
        if self.plan is None and place != "home":
            self.notify("Open a plan first: Enter on one of these, or n for a new one.", timeout=3)
        elif self.current_mode != place and not isinstance(self.screen, ModalScreen):
            await self.switch_mode(place)

    async def action_back(self) -> None:
        """Back to the number whose answer or assumption was looked up."""
        await self.trail.back()

    def action_undo(self) -> None:
        """Take the last edit back."""
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
        self.filing.start(self.filing.save)

    def action_save_as(self) -> None:
        """Save under another name."""
        self.filing.start(partial(self.filing.save, as_new=True))

    async def action_quit(self) -> None:
        """Leave; asks first where something is not saved. Asking twice does not ask again."""
        self.filing.start(self.filing.leave, name="leave")

    def action_reprice(self) -> None:
        """Compare the plan's prices with today's."""
        from planner.tui.flows.take_away import take_todays_prices

        self.filing.start(partial(take_todays_prices, self), name="reprice")

    def action_write_report(self) -> None:
        """Write the answer to a file."""
        from planner.tui.flows.take_away import write_report

        self.filing.start(partial(write_report, self))

    def action_switch_theme(self) -> None:
        """From dark to light and back."""
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name

    def action_command_palette(self) -> None:
        """Every action, place and plan by name."""
        from planner.tui.textual_fixes import Palette

        if not isinstance(self.screen, ModalScreen):
            self.push_screen(Palette())

    def action_help(self) -> None:
        """Explain the place on screen and its keys."""
        from planner.tui.dialogs.help import HelpDialog, help_for

        if not isinstance(self.screen, HelpDialog):
            self.push_screen(help_for(self.screen))
