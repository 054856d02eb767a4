"""Plans as a list in groups; columns fall away from the right where room is scarce."""

from __future__ import annotations

from datetime import date

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widgets.option_list import Option

from planner.quantities import ago, money
from planner.tui.charts.palette import strategy_style
from planner.tui.open_plan.shelf import Book, Group
from planner.tui.textual_fixes import SteadyList
from planner.words.labels import STRATEGY_MARKERS, marked

TITLES: dict[Group, str] = {"draft": "Not saved", "plan": "Your plans", "example": "Examples"}
UNPRICED_NAME_WIDTH = 35
WITH_AGE_FROM = 64
FOLDER_LEAST, NAME_LEAST = 12, 4
VERDICT_WIDTH, COST_WIDTH, AGE_WIDTH = 13, 12, 20


def name_width(width: int) -> int:
    """Room for names: what the other columns leave."""
    age_width = AGE_WIDTH if width >= WITH_AGE_FROM else len("  old")
    return max(16, min(60, width - VERDICT_WIDTH - COST_WIDTH - age_width - 4))


def book_line(book: Book, width: int, today: date) -> Content:
    """Name, verdict, cost a month, when it was priced; an unreadable file shows why."""
    if book.error:
        return Content.assemble(("✗ ", "$bad"), book.name, (f"  {book.error}", "$bad")).truncate(width, ellipsis=True)
    strategy = book.strategy
    mark = Content.styled(f"{STRATEGY_MARKERS[strategy]} ", strategy_style(strategy)) if strategy else Content("  ")
    if book.group != "draft" and book.priced_on is None:
        name = _name(book, UNPRICED_NAME_WIDTH)
        about = Content.styled(f"  {first_sentence(book.description)}", "$muted")
        return (mark + name + about).truncate(width, ellipsis=True)
    name = _name(book, name_width(width))
    if book.group == "draft":
        return mark + name + Content.styled(f"  {book.description}", "$warn")
    cost = ""
    if book.monthly_cost is not None:
        cost = marked(money(book.monthly_cost, book.currency, cents=False), untested=book.untested)
    return Content.assemble(
        mark, name, "  ", book.verdict().ljust(VERDICT_WIDTH), cost.rjust(COST_WIDTH), _age(book, width, today)
    )


def _name(book: Book, width: int) -> Content:
    """Its name; of one that another plan has too, the file behind it, which has the room it needs first."""
    file = book.told_apart.removeprefix(book.name)
    if 3 * cell_len(file) > 2 * width:
        file = file.removesuffix(".toml")
    name = Content(book.name).truncate(max(NAME_LEAST, width - cell_len(file)), ellipsis=True)
    return Content.assemble(name, (file, "$muted")).truncate(width, ellipsis=True, pad=True)


def first_sentence(text: str) -> str:
    """The first sentence of a description, which says what it is."""
    return " ".join(text.split()).split(". ")[0].rstrip(".")


def heading(title: str, width: int, with_columns: bool, folder: str = "") -> Content:
    """Title of a group and where it lies, over its columns."""
    room = (name_width(width) + 4 if with_columns else width) - cell_len(title) - 4
    if folder and room > FOLDER_LEAST:
        told = folder if cell_len(folder) <= room else f"…{folder[1 - room :]}"
        return heading(f"{title}  {told}", width, with_columns)
    if not with_columns:
        return Content.styled(title, "bold $accent")
    age_title = "   priced" if width >= WITH_AGE_FROM else ""
    columns = f"{'verdict'.ljust(VERDICT_WIDTH)}{'a month'.rjust(COST_WIDTH)}{age_title}"
    return Content.assemble((title.ljust(name_width(width) + 4), "bold $accent"), (columns, "$muted"))


def _age(book: Book, width: int, today: date) -> Content:
    days = book.price_age_days(today)
    if days is None:
        return Content("")
    if width < WITH_AGE_FROM:
        return Content.styled("  old" if book.is_old(today) else "", "$warn")
    if book.is_old(today):
        return Content.styled(f"   {ago(days)}: old", "$warn")
    return Content.styled(f"   {ago(days)}", "$muted")


class ShelfList(SteadyList):
    """The books in their groups, with a heading each."""

    DEFAULT_CSS = """
    ShelfList { height: 1fr; border: none; background: $background; padding: 0; margin: 1 0 0 0; }
    ShelfList:focus { border: none; background-tint: $background 0%; }
    ShelfList > .option-list--option-disabled { color: $muted; text-style: bold; }
    """
    books: reactive[tuple[Book, ...]] = reactive((), init=False, always_update=True)
    wanted = ""
    """Key of the book to put the cursor on after the next filling."""

    def __init__(self, today: date, folder: str = "") -> None:
        """`folder`: where the plans lie."""
        super().__init__(compact=True, markup=False)
        self._today, self._folder = today, folder
        self._by_id: dict[str, Book] = {}

    @property
    def book(self) -> Book | None:
        """The one under the cursor."""
        option = self.highlighted_option
        return self._by_id.get(option.id or "") if option is not None else None

    def watch_books(self) -> None:
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        self._fill()

    def _fill(self) -> None:
        here = self.wanted or (self.book.key if self.book else "")
        scrolled = self.scroll_y if not self.wanted else 0
        self.wanted = ""
        self.clear_options()
        self._by_id = {book.key: book for book in self.books}
        for group, title in TITLES.items():
            self._add_group(title, [book for book in self.books if book.group == group])
        ids = [option.id for option in self.options]
        if here in ids:
            self.highlighted = ids.index(here)
            if scrolled:
                self.call_after_refresh(self.scroll_to, y=scrolled, animate=False)
        else:
            self.action_first()

    def _add_group(self, title: str, books: list[Book]) -> None:
        if books:
            if self.option_count:
                self.add_option(Option("", disabled=True))
            width = max(56, self.size.width - 3)
            columns = any(book.priced_on is not None for book in books)
            folder = self._folder if title == TITLES["plan"] else ""
            self.add_option(Option(heading(title, width, columns, folder), disabled=True))
            self.add_options(Option(book_line(book, width, self._today), id=book.key) for book in books)
