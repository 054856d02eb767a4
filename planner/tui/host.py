"""What a flow, a place, a dialog or a bar may ask of the app: the open plan, its evaluation, the ways to change them.

`PlannerApp` answers to it. Everything else is typed against these protocols, so the app can import its parts and no
part has to import the app; a test may pass something smaller.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

if TYPE_CHECKING:
    from textual.app import App
    from textual.notifications import SeverityLevel
    from textual.screen import ModalScreen, Screen
    from textual.timer import Timer
    from textual.worker import Worker

    from planner.engine.specs import Catalog, Evaluation
    from planner.plan.drafts import Draft, Typed
    from planner.plan.schema import Plan
    from planner.plan.store import Loaded
    from planner.tui.open_plan.recompute import Evaluator
    from planner.tui.open_plan.session import Change, Session
    from planner.tui.open_plan.shelf import Book

Result = TypeVar("Result")
Flow = Callable[[], Awaitable[object]]
"""Several steps, some of which may ask the user: a coroutine function, begun when its turn comes."""


class Files(Protocol):
    """Plans and their files; see `flows.files.Filing`."""

    def request_open(self, book: Book) -> None: ...

    async def open_path(self, path: Path) -> bool: ...

    async def open_new(self, plan: Plan, text: str | None = None) -> None: ...

    async def open_draft(self, draft: Draft) -> None: ...

    def moved(self, path: Path, renamed: Loaded) -> None: ...

    def removed(self, path: Path) -> None: ...


class Link(Protocol):
    """A way to an answer or an assumption; see `flows.sources.Link`."""

    @property
    def place(self) -> str: ...

    @property
    def target(self) -> str: ...


class Asked(Protocol):
    """Textual's part: what a flow needs to talk to the user and to wait."""

    @property
    def screen(self) -> Screen[Any]: ...

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None: ...

    async def push_screen_wait(self, screen: Screen[Result]) -> Result: ...

    def run_worker(
        self,
        work: Callable[[], Result],
        *,
        name: str | None = "",
        group: str = "default",
        exit_on_error: bool = True,
        thread: bool = False,
    ) -> Worker[Result]: ...

    def set_timer(self, delay: float, callback: Any = None, *, name: str | None = None) -> Timer: ...

    def call_later(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool: ...

    def exit(self) -> None: ...


class Host(Asked, Protocol):
    """The planner's own part."""

    plan: Plan | None
    evaluation: Evaluation | None
    computing: bool
    error: str
    change: Change | None
    catalog: Catalog | None
    saves: int
    as_of: date
    profiles_dir: Path
    session: Session
    evaluator: Evaluator

    @property
    def filing(self) -> Files: ...

    def all_is_answered(self) -> bool: ...

    def unanswered(self) -> Typed: ...

    @property
    def settled(self) -> Callable[[], None]: ...

    def update_plan(self, plan: Plan, why: str, group: str = "") -> None: ...

    def plan_replaced(self) -> None: ...

    def run_flow(self, flow: Flow, name: str = "") -> None: ...

    def ask_about_plan(self, dialog: ModalScreen[Result | None], then: Callable[[Result], None]) -> None: ...

    async def let_keys_go(self) -> None: ...

    def word_begins(self) -> None: ...

    async def follow(self, link: Link, place: str) -> None: ...

    async def through(self, door: str, place: str) -> None: ...

    async def action_go(self, place: str) -> None: ...


class Belongs(Protocol):
    """A screen, a widget, a provider of commands."""

    @property
    def app(self) -> App[Any]: ...


class HostOf:
    """`host = HostOf()` in a screen or a widget: the app it belongs to, as far as it may know it."""

    def __get__(self, node: Belongs, owner: type) -> Host:
        return cast("Host", node.app)
