"""Home: drafts, saved plans, examples, and the ways to a new plan.

`flows.books` is imported when a key first asks for it: it brings dialogs and pydantic, not needed to paint.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import OptionList, Static

from planner.toml.paths import told
from planner.tui.open_plan.shelf import Book, read_shelf
from planner.tui.screens.place import PlaceScreen
from planner.tui.textual_fixes import Latest
from planner.tui.widgets.hint import Hint
from planner.tui.widgets.shelf_list import ShelfList
from planner.words.sentences import sentence

if TYPE_CHECKING:
    from planner.tui.flows.books import Books

READ_AFTER_S = 0.05
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
BookFlow = Callable[[Book], Awaitable[str | None]]


class HomeScreen(PlaceScreen):
    """The list of what can be opened."""

    PLACE = "home"
    ABOUT = (
        "Your plans, newest first, with the verdict and the monthly cost they were saved with, and when it was priced:"
        " of more than 30 days ago it is old, so open the plan and re-price it. Examples open as they are; saving one"
        " asks for a name. Edits that were never saved are kept as drafts and listed on top. Without opening a plan, i"
        " tells what its verdict rests on and m puts it beside one or two others."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New plan"),
        Binding("o", "open_path", "Open a file…"),
        Binding("c", "copy", "Copy"),
        Binding("r", "rename", "Rename"),
        Binding("d,delete", "remove", "Delete"),
        Binding("i,ctrl+t", "sources", "Why"),
        Binding("m", "compare", "Compare plans", show=False),
        Binding("alt+r", "reload", "Read the folder again", show=False),
    ]

    shelf = query_one(ShelfList)
    welcome = query_one("#welcome", Static)
    about = query_one(Hint)

    def __init__(self) -> None:
        super().__init__()
        self._latest = Latest(self, "shelf")

    def compose_place(self) -> Iterable[Widget]:
        yield Static(WELCOME, id="welcome", classes="muted")
        yield ShelfList(self.host.as_of, told(self.host.profiles_dir))
        yield Hint("v", id="about-book")

    def on_mount(self) -> None:
        self.shelf.focus()

    def on_screen_resume(self) -> None:
        opened = self.host.session.origin.path
        if opened is not None:
            self.shelf.wanted = f"plan:{opened}"
        # After the paint: reading plans loads pydantic, which would take the processor from it.
        self.set_timer(READ_AFTER_S, self.reload)

    def reload(self) -> None:
        """Read the folder again, off the message loop; coming here ten times in a second reads it twice."""
        self._latest.ask(self._read)

    def _read(self) -> Callable[[], None]:
        return partial(self._fill, read_shelf(self.host.profiles_dir, self.host.session.draft_key))

    def _fill(self, books: tuple[Book, ...]) -> None:
        if self.is_mounted:
            self.shelf.books = books
            first_time = all(book.group == "example" for book in books)
            self.welcome.update(WELCOME + FIRST_STEPS if first_time else WELCOME)

    @property
    def book(self) -> Book | None:
        """The one under the cursor."""
        return self.shelf.book

    @on(OptionList.OptionHighlighted)
    def _describe(self) -> None:
        book = self.book
        about = "" if book is None else book.error or book.description
        if book is not None and book.is_due(self.host.as_of):
            about = f"{sentence('track_again', 'home', book.measured_on)} {about}"
        self.about.words = about
        self.about.set_class(bool(book and book.error), "bad")

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        book = self.book
        if book is None:
            return
        if book.error:
            self.notify(book.error, title="This file cannot be opened", severity="error", timeout=12, markup=False)
        else:
            self.host.filing.request_open(book)

    @cached_property
    def flows(self) -> Books:
        """What can be done with the plan under the cursor."""
        from planner.tui.flows.books import Books

        return Books(self.host)

    def action_new(self) -> None:
        """A new plan, blank or from a template."""
        self.host.run_flow(partial(self.flows.start_new, self.shelf.books), name="new")

    def action_open_path(self) -> None:
        """Open a file from anywhere."""
        self.host.run_flow(self.flows.open_from_anywhere, name="open a path")

    def action_sources(self) -> None:
        """Where the verdict and the cost of the plan under the cursor come from; a way taken opens it."""
        self._with_book(self.flows.explain, name="explain")

    def action_compare(self) -> None:
        """The plan under the cursor beside one or two others."""
        self._with_book(self.flows.compare, name="compare")

    def action_copy(self) -> None:
        """Copy the plan under the cursor; an example is copied among the plans."""
        self._with_book(self.flows.copy, drafts=False)

    def action_rename(self) -> None:
        """Rename the plan under the cursor, and its file with it."""
        if self.book is not None and self.book.group == "example" and not self.book.error:
            self.notify("Examples keep their names; copy it first (c).", timeout=3)
        else:
            self._with_book(self.flows.rename, drafts=False, name="rename")

    def action_remove(self) -> None:
        """Delete the plan or the draft under the cursor, after asking."""
        if self.book is not None and self.book.group == "example":
            self.notify("Examples come with planner and stay.", timeout=3)
        elif self.book is not None:
            self.host.run_flow(partial(self._changing, self.flows.delete, self.book), name="remove")

    def _with_book(self, flow: BookFlow, drafts: bool = True, name: str = "") -> None:
        """Run a flow about the plan under the cursor, if that can be read."""
        book = self.book
        if book is None or book.error or (book.group == "draft" and not drafts):
            self.app.bell()
        else:
            self.host.run_flow(partial(self._changing, flow, book), name=name)

    async def _changing(self, flow: BookFlow, book: Book) -> None:
        key = await flow(book)
        if key is not None:
            self.shelf.wanted = key
            self.reload()

    def action_reload(self) -> None:
        """Read the folder again."""
        self.reload()
