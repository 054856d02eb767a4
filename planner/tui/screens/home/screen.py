"""Home: drafts, saved plans, examples, and the ways to a new plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static

from planner.tui.open_plan.recompute import Latest
from planner.tui.open_plan.shelf import Book, read_shelf
from planner.tui.screens.place import PlaceScreen
from planner.tui.widgets.shelf_list import ShelfList

if TYPE_CHECKING:
    from planner.tui.app import PlannerApp

READ_AFTER_S = 0.05
BLANK = "blank"
WELCOME = Content.assemble(
    ("Should we self-host an open model?", "bold $foreground"),
    " Six questions, an honest answer, the numbers behind it. Most teams should stay on an API, and planner says so.",
)
FIRST_STEPS = Content.assemble(
    (" Enter", "bold $accent"),
    (" opens an example to look around; ", "$foreground"),
    ("n", "bold $accent"),
    (" starts a plan of your own.", "$foreground"),
)


class HomeScreen(PlaceScreen):
    """The list of what can be opened."""

    PLACE = "home"
    ABOUT = (
        "Your plans, newest first, with the verdict and the monthly cost they were saved with. Prices older than 30 "
        "days are called stale: open the plan and re-price it. Examples open as they are; saving one asks for a name. "
        "Edits that were never saved are kept as drafts and listed on top. Without opening a plan, i tells what its "
        "verdict rests on and m puts it beside one or two others."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New plan"),
        Binding("o", "open_path", "Open"),
        Binding("c", "copy", "Copy"),
        Binding("r", "rename", "Rename"),
        Binding("d,delete", "remove", "Delete"),
        Binding("i,ctrl+t", "sources", "Why"),
        Binding("m", "compare", "Compare plans", show=False),
        Binding("alt+r", "reload", "Read the folder again", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._latest = Latest(self, "shelf")

    def compose_place(self) -> Iterable[Widget]:
        yield Static(WELCOME, id="welcome", classes="muted")
        yield ShelfList(self.app.as_of)
        yield Static("", id="about-book")

    def on_mount(self) -> None:
        self.query_one(ShelfList).focus()

    def on_screen_resume(self) -> None:
        opened = self.app.session.origin.path
        if opened is not None:
            self.query_one(ShelfList).wanted = f"plan:{opened}"
        # After the paint: reading plans loads pydantic, which would take the processor from it.
        self.set_timer(READ_AFTER_S, self.reload)

    def reload(self) -> None:
        """Read the folder again, off the message loop; coming here ten times in a second reads it twice."""
        self._latest.ask(self._read)

    def _read(self) -> Callable[[], None]:
        return partial(self._fill, read_shelf(self.app.profiles_dir))

    def _fill(self, books: tuple[Book, ...]) -> None:
        if self.is_mounted:
            self.query_one(ShelfList).books = books
            first_time = all(book.group == "example" for book in books)
            self.query_one("#welcome", Static).update(WELCOME + FIRST_STEPS if first_time else WELCOME)

    @property
    def book(self) -> Book | None:
        """The one under the cursor."""
        return self.query_one(ShelfList).book

    @on(OptionList.OptionHighlighted)
    def _describe(self) -> None:
        book = self.book
        about = "" if book is None else book.error or book.description
        self.query_one("#about-book", Static).update(Content.styled(about, "$bad" if book and book.error else "$muted"))

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        book = self.book
        if book is None:
            return
        if book.error:
            self.notify(book.error, title="This file cannot be opened", severity="error", timeout=12, markup=False)
        else:
            self.app.filing.request_open(book)

    def action_new(self) -> None:
        """A new plan, blank or from a template."""
        self.app.filing.start(self._new, name="new")

    async def _new(self) -> None:
        from planner.plan.edit import new_plan
        from planner.plan.store import load
        from planner.toml.errors import PlanError
        from planner.tui.dialogs.pick import Item, PickDialog

        examples = [book for book in self.query_one(ShelfList).books if book.group == "example" and not book.error]
        items = [
            Item(BLANK, "Blank", "nothing answered yet"),
            *(Item(str(book.path), book.name, book.description) for book in examples),
        ]
        picked = await self.app.push_screen_wait(
            PickDialog("New plan", "Start blank, or from what is nearest to yours.", items)
        )
        if picked == BLANK:
            await self.app.filing.open_new(new_plan("New plan", self.app.as_of))
        elif picked is not None:
            try:
                loaded = load(Path(picked))
            except PlanError as error:
                self.notify(str(error), severity="error", markup=False)
                return
            fresh = loaded.plan.model_copy(update={"created": self.app.as_of})
            await self.app.filing.open_new(fresh, loaded.text)

    def action_open_path(self) -> None:
        """Open a file from anywhere."""
        self.app.filing.start(self._open_path, name="open a path")

    async def _open_path(self) -> None:
        from planner.tui.dialogs.ask import AskDialog

        path = await self.app.push_screen_wait(
            AskDialog("Open a plan", "Path of a .toml file", "", _path_problem, accept="Open")
        )
        if path is not None:
            await self.app.filing.open_path(Path(path).expanduser())

    def action_sources(self) -> None:
        """Where the verdict and the cost of the plan under the cursor come from; a way taken opens it."""
        from planner.tui.flows.explain import explain_book

        self._start(explain_book)

    def action_compare(self) -> None:
        """The plan under the cursor beside one or two others."""
        from planner.tui.flows.explain import compare_book

        self._start(compare_book)

    def _start(self, flow: Callable[[PlannerApp, Book], Awaitable[None]]) -> None:
        book = self.book
        if book is None or book.error:
            self.app.bell()
        else:
            self.app.filing.start(partial(flow, self.app, book))

    def _own(self) -> Book | None:
        """The plan under the cursor, if it is the user's own and can be read."""
        book = self.book
        if book is None or book.group == "draft" or book.error:
            self.app.bell()
            return None
        return book

    def action_copy(self) -> None:
        """Copy the plan under the cursor; an example is copied among the plans."""
        from planner.plan.store import duplicate
        from planner.toml.errors import PlanError

        book = self._own()
        if book is None:
            return
        try:
            copy = duplicate(book.path, self.app.profiles_dir, created=self.app.as_of)
        except PlanError as error:
            self.notify(str(error), severity="error", timeout=12, markup=False)
            return
        self.query_one(ShelfList).wanted = f"plan:{copy.path}"
        self.notify(f"Copied to {copy.path}", markup=False, timeout=3)
        self.reload()

    def action_rename(self) -> None:
        """Rename the plan under the cursor, and its file with it."""
        book = self._own()
        if book is None:
            return
        if book.group == "example":
            self.notify("Examples keep their names; copy it first (c).", timeout=3)
            return
        self.app.filing.start(partial(self._rename, book), name="rename")

    async def _rename(self, book: Book) -> None:
        from planner.plan.store import rename
        from planner.toml.errors import PlanError
        from planner.tui.dialogs.ask import AskDialog
        from planner.tui.flows.files import name_problem

        name = await self.app.push_screen_wait(
            AskDialog("Rename", "New name", book.name, name_problem, accept="Rename")
        )
        if name is None or name == book.name:
            return
        try:
            renamed = rename(book.path, name)
        except PlanError as error:
            self.notify(str(error), severity="error", timeout=12, markup=False)
            return
        self.app.filing.moved(book.path, renamed)
        self.query_one(ShelfList).wanted = f"plan:{renamed.path}"
        self.reload()

    def action_remove(self) -> None:
        """Delete the plan or the draft under the cursor, after asking."""
        book = self.book
        if book is None:
            return
        if book.group == "example":
            self.notify("Examples come with planner and stay.", timeout=3)
            return
        self.app.filing.start(partial(self._remove, book), name="remove")

    async def _remove(self, book: Book) -> None:
        from planner.plan.store import delete
        from planner.toml.errors import PlanError
        from planner.tui.dialogs.ask import delete_dialog

        if await self.app.push_screen_wait(delete_dialog(book.name, book.path.name)) != "delete":
            return
        try:
            delete(book.path)
        except PlanError as error:
            self.notify(str(error), severity="error", timeout=12, markup=False)
        self.app.filing.removed(book.path)
        self.reload()

    def action_reload(self) -> None:
        """Read the folder again."""
        self.reload()


def _path_problem(text: str) -> str:
    path = Path(text.strip()).expanduser()
    if not text.strip():
        return "type the path of a plan, such as profiles/support.toml"
    return "" if path.is_file() else f"there is no file {path}"
