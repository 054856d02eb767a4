"""The application: one plan, one evaluation of it, six places that show it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.reactive import var
from textual.screen import ModalScreen
from textual.timer import Timer

from planner.tui.changes import Change
from planner.tui.filing import DRAFT_DELAY_S, Filing
from planner.tui.places import PLACES
from planner.tui.recompute import Evaluated, Evaluator, Recomputer, evaluate_plan
from planner.tui.session import Session
from planner.tui.themes import DARK, LIGHT, variables

if TYPE_CHECKING:
    from planner.engine.specs import Catalog, Evaluation
    from planner.plan.schema import Plan


def _actions_provider() -> type[Provider]:
    from planner.tui.commands import ActionsProvider

    return ActionsProvider


class PlannerApp(App[None]):
    """Owns the plan, its history and its evaluation; everything else is a view."""

    TITLE = "planner"
    CSS_PATH = "app.tcss"
    COMMANDS = App.COMMANDS | {_actions_provider}
    MODES: ClassVar[dict[str, Any]] = {place.id: place.open for place in PLACES}
    DEFAULT_MODE = "home"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012 - Textual's own type
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (20, "-short"), (34, "-tall")]  # noqa: RUF012 - Textual's own type
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                f"{place.key},{place.second_key}", f"go('{place.id}')", place.title, show=False, id=f"go.{place.id}"
            )
            for place in PLACES
        ),
        Binding("f1", "help", "Help", show=False, id="help"),
        Binding("question_mark", "help", "Help", show=False, id="help.second"),
        Binding("ctrl+s,f9", "save", "Save", show=False, id="save"),
        Binding("ctrl+z,alt+z", "undo", "Undo", show=False, id="undo", priority=True),
        Binding("ctrl+y,alt+y", "redo", "Redo", show=False, id="redo", priority=True),
    ]

    plan: var[Plan | None] = var(None, init=False)
    evaluation: var[Evaluation | None] = var(None, init=False)
    computing: var[bool] = var(False, init=False)
    error: var[str] = var("", init=False)
    change: var[Change | None] = var(None, init=False)
    """What the last edit did to the result."""
    catalog: var[Catalog | None] = var(None, init=False)
    saves: var[int] = var(0, init=False)

    def __init__(
        self,
        *,
        evaluator: Evaluator | None = None,
        catalog: Catalog | None = None,
        as_of: date | None = None,
        profiles_dir: Path | None = None,
        open_path: Path | None = None,
    ) -> None:
        super().__init__()
        self.set_reactive(PlannerApp.catalog, catalog)
        self.as_of = as_of or date.today()
        self.profiles_dir = profiles_dir or Path("profiles")
        self.session = Session()
        self.filing = Filing(self)
        self._open_path = open_path
        self._before: Evaluation | None = None
        self._why = ""
        self._draft_timer: Timer | None = None
        self._recomputer = Recomputer(self, evaluator or evaluate_plan)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return super().get_theme_variable_defaults() | variables(self.current_theme.dark)

    def on_mount(self) -> None:
        self.call_after_refresh(self._start)

    async def _start(self) -> None:
        """After the first paint: the catalogue in a thread, and the plan named on the command line."""
        if self.catalog is None:
            self.run_worker(self._load_catalog, thread=True, group="catalog", exit_on_error=False)
        if self._open_path is not None:
            await self.filing.open_path(self._open_path)

    def _load_catalog(self) -> None:
        from planner.catalog import load_catalog

        catalog = load_catalog()
        self.call_from_thread(setattr, self, "catalog", catalog)

    # -- the plan -----------------------------------------------------------------------------------------------

    def update_plan(self, plan: Plan, why: str, group: str = "") -> None:
        """The single way to edit: one step of history, one evaluation. `why` is shown ("cached 30 → 50 %").

        Edits in a row with the same non-empty `group` are one step: the letters of one field.
        """
        begins = not self.session.continues(group)
        if self.session.edit(plan, why, group):
            if begins:
                self._before = self.evaluation
            self._why = why
            self.plan = self.session.plan

    def plan_replaced(self) -> None:
        """Another plan was opened: nothing shown so far is about it."""
        self._before, self._why, self.change, self.error = None, "", None, ""
        self.evaluation = None
        self.plan = self.session.plan

    def watch_plan(self) -> None:
        self._recomputer.request()
        if self._draft_timer is not None:
            self._draft_timer.stop()
        self._draft_timer = self.set_timer(DRAFT_DELAY_S, self._keep_draft, name="draft")

    def _keep_draft(self) -> None:
        self.run_worker(self.filing.keep_draft, thread=True, group="draft", exit_on_error=False)

    def watch_catalog(self) -> None:
        if self.plan is not None:
            self._recomputer.request()

    def on_evaluated(self, message: Evaluated) -> None:
        """A result is shown only if it is of the plan on screen."""
        if self._recomputer.finish(message):
            self.computing = False
            self.error = message.error
            if self._before is not None and message.evaluation is not None:
                self.change = Change(self._before, message.evaluation, self._why)
            self.evaluation = message.evaluation

    def with_result(self, plan: Plan) -> Plan:
        """The plan as it is written to its file: with what it was priced with and what came out."""
        return plan

    def saved_changed(self) -> None:
        """The file now holds another state of the plan: the dirty mark may have changed."""
        self.saves += 1

    # -- actions ------------------------------------------------------------------------------------------------

    async def action_go(self, place: str) -> None:
        """Show a place; without a plan there is only the list of plans."""
        if self.plan is None and place != "home":
            self.notify("Open a plan first: Enter on one of these, or n for a new one.", timeout=3)
        elif self.current_mode != place and not isinstance(self.screen, ModalScreen):
            await self.switch_mode(place)

    def action_undo(self) -> None:
        """Take the last edit back."""
        self._step(self.session.undo, "Undone")

    def action_redo(self) -> None:
        """Make the last undone edit again."""
        self._step(self.session.redo, "Redone")

    def _step(self, step: Callable[[], str | None], word: str) -> None:
        before = self.evaluation
        why = step()
        if why is not None:
            self._before, self._why = before, f"{word.lower()}: {why}"
            self.plan = self.session.plan
            self.notify(f"{word}: {why}", markup=False, timeout=2)

    def action_save(self) -> None:
        """Save; asks for a name where there is none yet."""
        self.run_worker(self.filing.save(), group="filing", exclusive=True)

    def action_save_as(self) -> None:
        """Save under another name."""
        self.run_worker(self.filing.save(as_new=True), group="filing", exclusive=True)

    async def action_quit(self) -> None:
        """Leave; asks first where something is not saved."""
        self.run_worker(self.filing.leave(), group="filing", exclusive=True)

    def action_help(self) -> None:
        """Explain the place on screen and its keys."""
        from planner.tui.screens.dialogs.help import help_for

        self.push_screen(help_for(self.screen))
