"""Flows about other plans than the one on screen: those in the list of Plans, and plans side by side.

Plans are read, evaluated and compared in a thread. What only that thread needs is imported there: the comparison brings
numpy, a tenth of a second in which no key would be answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from planner.plan.diff import differences
from planner.plan.edit import new_plan
from planner.plan.places import off_limits
from planner.plan.settings import new_plans_currency
from planner.plan.store import delete, duplicate, load, rename
from planner.records import dataclass
from planner.toml.paths import expanded, is_file, real
from planner.tui.dialogs.ask import AskDialog, delete_dialog
from planner.tui.dialogs.compare import MORE, CompareDialog
from planner.tui.dialogs.pick import Item, PickDialog
from planner.tui.dialogs.sources import sources_of
from planner.tui.flows.files import evaluated, file_words, name_problem, said
from planner.tui.flows.sources import ANYTHING, Subject
from planner.tui.open_plan.shelf import Book, read_shelf

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.schema import Plan
    from planner.report.document import Document
    from planner.tui.host import Host

BLANK = "blank"
MOST_PLANS = 3
"""That can be read beside one another."""
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
            await self._host.filing.open_new(new_plan("New plan", self._host.as_of, new_plans_currency()))
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
            await self._host.filing.open_path(expanded(path))

    async def copy(self, book: Book) -> str | None:
        """An example is copied among the plans."""
        with said(self._host):
            copy = await asyncio.to_thread(duplicate, book.path, self._host.profiles_dir, created=self._host.as_of)
            words = f"“{copy.plan.name}” is the copy, in {copy.path}; r renames it."
            self._host.notify(words, markup=False, timeout=5)
            return f"plan:{copy.path}"
        return None

    async def rename(self, book: Book) -> str | None:
        """Rename the plan, and its file with it."""
        name = await self._host.push_screen_wait(
            AskDialog("Rename", partial(file_words, book.path.parent, book.path), book.name, name_problem, "Rename")
        )
        if name is not None and name != book.name:
            with said(self._host):
                renamed = await asyncio.to_thread(rename, book.path, name)
                self._host.filing.moved(book.path, renamed)
                return f"plan:{renamed.path}"
        return None

    async def delete(self, book: Book) -> str | None:
        """Delete the file, after asking."""
        if book.draft is not None and book.draft.elsewhere is not None:
            self._host.notify(f"Another planner works on it: {book.draft.elsewhere}", severity="warning", markup=False)
            return None
        if await self._host.push_screen_wait(delete_dialog(book.name, book.path.name)) != "delete":
            return None
        with said(self._host):
            await asyncio.to_thread(delete, book.path)
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
    path = expanded(text.strip())
    if not text.strip():
        return "type the path of a plan, such as profiles/support.toml"
    return off_limits(path, to_read=True) or ("" if is_file(path) else f"there is no file {path}")


def other_plans(profiles: Path, without: Sequence[Path]) -> tuple[Book, ...]:
    """Saved plans and examples that can be opened and are not compared yet."""
    left_out = {real(path) for path in without}
    return tuple(
        book
        for book in read_shelf(profiles)
        if book.group != "draft" and not book.error and real(book.path) not in left_out
    )


def comparison(
    plan: Plan,
    evaluation: Evaluation,
    own_path: Path | None,
    others: Sequence[Path],
    evaluate: Callable[[Plan], Evaluation],
) -> Document:
    """The comparison document, the plan on screen first. Raises InputError where another one cannot be used."""
    from planner.report.compare import Compared, document

    compared = [Compared(str(own_path or plan.name), evaluation, ())]
    for path in others:
        other = load(path).plan
        compared.append(Compared(str(path), evaluate(other), differences(plan, other)))
    return document(compared, in_words=True)


@dataclass(frozen=True, slots=True)
class First:
    """The plan that the others are compared with: A."""

    plan: Plan
    evaluation: Evaluation
    path: Path | None


async def compare(host: Host, first: First) -> None:
    """Ask for one plan, show both, and once more where a third is wanted. Needs a worker: it waits for answers."""
    others: list[Path] = []
    while (picked := await _another(host, first, others)) is not None:
        others.append(picked)
        document = await _compared(host, first, others)
        if document is None:
            return
        dialog = CompareDialog(document, can_add=len(others) + 1 < MOST_PLANS)
        if await host.push_screen_wait(dialog) != MORE:
            return


async def _another(host: Host, first: First, others: list[Path]) -> Path | None:
    known = [*others, first.path] if first.path is not None else others
    books = await asyncio.to_thread(other_plans, host.profiles_dir, known)
    if not books:
        host.notify("There is no other plan to compare with.", timeout=3)
        return None
    items = [Item(str(book.path), book.told_apart, book.verdict() or book.group) for book in books]
    key = await host.push_screen_wait(PickDialog("Compare with", f"“{first.plan.name}” stays A.", items))
    return None if key is None else Path(key)


async def _compared(host: Host, first: First, others: list[Path]) -> Document | None:
    catalog = host.catalog
    if catalog is None:
        return None

    def evaluate(other: Plan) -> Evaluation:
        return host.evaluator(other, catalog, host.as_of)

    host.notify("Evaluating…", timeout=1)
    try:
        return await asyncio.to_thread(comparison, first.plan, first.evaluation, first.path, others, evaluate)
    except Exception as problem:  # said in words: another plan must not end the app, nor fail in silence
        host.notify(str(problem) or type(problem).__name__, title="Cannot compare", severity="error", markup=False)
        return None
