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
        self.catalog = catalog
        self.as_of = as_of or date.today()
        self.profiles_dir = profiles_dir or Path("profiles")
        self.session = Session()
        self._open_path = open_path
        self._recomputer = Recomputer(self, evaluator or evaluate_plan)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return super().get_theme_variable_defaults() | variables(self.current_theme.dark)

    # -- the plan -----------------------------------------------------------------------------------------------

    def update_plan(self, plan: Plan, why: str) -> None:
        """The single way to edit: one step of history, one evaluation. `why` is shown ("cached 30 → 50 %")."""
        if self.session.edit(plan, why):
            self._plan_changed()

    def _plan_changed(self) -> None:
        self.plan = self.session.plan

    def watch_plan(self) -> None:
        self._recomputer.request()

    def on_evaluated(self, message: Evaluated) -> None:
        if self._recomputer.finish(message):
            self.error = message.error
            self.evaluation = message.evaluation
            self.computing = False

    # -- actions ------------------------------------------------------------------------------------------------

    async def action_go(self, place: str) -> None:
        """Show a place."""
        await self.switch_mode(place)

    def action_undo(self) -> None:
        """Take the last edit back."""
        self._step(self.session.undo, "Undone")

    def action_redo(self) -> None:
        """Make the last undone edit again."""
        self._step(self.session.redo, "Redone")

    def _step(self, step: Callable[[], str | None], word: str) -> None:
        why = step()
        if why is not None:
            self._plan_changed()
            self.notify(f"{word}: {why}", markup=False, timeout=2)
