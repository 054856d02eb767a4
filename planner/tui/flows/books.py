"""What Plans does besides opening what is under its cursor.

New, a file from anywhere, copy, rename, delete; and what is behind the figures of a plan, or that plan beside others,
without opening it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from planner.plan.edit import new_plan
from planner.plan.store import delete, duplicate, load, rename
from planner.tui.dialogs.ask import AskDialog, delete_dialog
from planner.tui.dialogs.pick import Item, PickDialog
from planner.tui.dialogs.sources import sources_of
from planner.tui.flows.compare import First, compare
from planner.tui.flows.files import evaluated, name_problem, said
from planner.tui.flows.sources import ANYTHING, Subject

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.schema import Plan
    from planner.tui.host import Host
    from planner.tui.open_plan.shelf import Book

BLANK = "blank"
TRACES = ("break_even", "demand", "choice.rent", "api.")
RESULT_WAIT_S = 10.0


class Books:
    """The flows; each that changes the folder returns the key of the line that then has the cursor, else None."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def start_new(self, books: Sequence[Book]) -> None:
        """A new plan, blank or from a template."""
        examples = [book for book in books if book.group == "example" and not book.error]
        items = [
            Item(BLANK, "Blank", "nothing answered yet"),
            *(Item(str(book.path), book.name, book.description) for book in examples),
        ]
        picked = await self._host.push_screen_wait(
            PickDialog("New plan", "Start blank, or from what is nearest to yours.", items)
        )
        if picked == BLANK:
            await self._host.filing.open_new(new_plan("New plan", self._host.as_of))
        elif picked is not None:
            with said(self._host):
                loaded = load(Path(picked))
                await self._host.filing.open_new(
                    loaded.plan.model_copy(update={"created": self._host.as_of}), loaded.text
                )

    async def open_from_anywhere(self) -> None:
        """Open a file by its path."""
        dialog = AskDialog("Open a plan", "Path of a .toml file", "", _path_problem, accept="Open")
        path = await self._host.push_screen_wait(dialog)
        if path is not None:
            await self._host.filing.open_path(Path(path).expanduser())

    async def copy(self, book: Book) -> str | None:
        """An example is copied among the plans."""
        with said(self._host):
            copy = duplicate(book.path, self._host.profiles_dir, created=self._host.as_of)
            self._host.notify(f"Copied to {copy.path}", markup=False, timeout=3)
            return f"plan:{copy.path}"
        return None

    async def rename(self, book: Book) -> str | None:
        """Rename the plan, and its file with it."""
        name = await self._host.push_screen_wait(
            AskDialog("Rename", "New name", book.name, name_problem, accept="Rename")
        )
        if name is not None and name != book.name:
            with said(self._host):
                renamed = rename(book.path, name)
                self._host.filing.moved(book.path, renamed)
                return f"plan:{renamed.path}"
        return None

    async def delete(self, book: Book) -> str | None:
        """Delete the file, after asking."""
        if await self._host.push_screen_wait(delete_dialog(book.name, book.path.name)) != "delete":
            return None
        with said(self._host):
            delete(book.path)
        self._host.filing.removed(book.path)
        return ""

    async def explain(self, book: Book) -> None:
        """Show where its verdict comes from; with a way taken, open it there, Plans being where `back` leads."""
        found = await self._result_of(book)
        if found is None:
            return
        link = await self._host.push_screen_wait(sources_of(*found, Subject(book.name, TRACES, ANYTHING)))
        if link is not None and await self._opened(book):
            await self._host.follow(link, "home")

    async def compare(self, book: Book) -> None:
        """Put the plan in the list beside one or two others."""
        found = await self._result_of(book)
        if found is not None:
            await compare(self._host, First(*found, None if book.draft is not None else book.path))

    async def _result_of(self, book: Book) -> tuple[Plan, Evaluation] | None:
        catalog = self._host.catalog
        if catalog is None:
            self._host.notify("The prices are still being read; try again in a second.", timeout=3)
            return None
        session = self._host.session
        if session.plan is not None and session.origin.path == book.path and self._host.evaluation is not None:
            return session.plan, self._host.evaluation
        try:
            plan = book.draft.plan if book.draft is not None else load(book.path).plan
            return plan, await asyncio.to_thread(self._host.evaluator, plan, catalog, self._host.as_of)
        except Exception as problem:  # said in words: a plan that cannot be evaluated must not end the app
            self._host.notify(str(problem) or type(problem).__name__, title="No result", severity="error", markup=False)
            return None

    async def _opened(self, book: Book) -> bool:
        """Open it and wait for its result: the line to go to is not there before."""
        if book.draft is not None:
            await self._host.filing.open_draft(book.draft)
        elif not await self._host.filing.open_path(book.path):
            return False
        await evaluated(self._host, RESULT_WAIT_S)
        return self._host.evaluation is not None


def _path_problem(text: str) -> str:
    path = Path(text.strip()).expanduser()
    if not text.strip():
        return "type the path of a plan, such as profiles/support.toml"
    return "" if path.is_file() else f"there is no file {path}"
