"""Plans and files: opening, saving, drafts, conflicts, leaving. Every flow is a coroutine, run in its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from planner.plan.drafts import Draft, key_of_opening, recover_drafts
from planner.plan.edit import set_value
from planner.plan.places import SUFFIX, file_stem, free_path, is_example
from planner.plan.presence import Opened
from planner.plan.prices import with_result
from planner.plan.reprice import reprice
from planner.plan.store import Loaded, load, save
from planner.plan.write import lost_comments
from planner.toml.errors import ConflictError, InputError
from planner.toml.files import digest_of, read_bytes
from planner.toml.paths import real, told
from planner.tui.dialogs.ask import AskDialog, comments_dialog, conflict_dialog, draft_dialog, unsaved_dialog
from planner.tui.open_plan.drafts import Drafting, Rest
from planner.tui.open_plan.session import Origin

if TYPE_CHECKING:
    from textual.timer import Timer

    from planner.plan.drafts import Typed
    from planner.plan.schema import Plan
    from planner.tui.host import Host
    from planner.tui.open_plan.shelf import Book

DRAFT_DELAY_S = 0.5
DRAFT_CEILING_S = 2.0
"""No draft is further behind, however steadily somebody types."""
LOOK_AGAIN_S = 0.02
RESULT_WAIT_S = 3.0


@contextmanager
def said(host: Host, title: str = "") -> Iterator[None]:
    """A file that cannot be read or written is told to the user, and ends neither the flow nor the app."""
    try:
        yield
    except InputError as error:
        host.notify(str(error), title=title, severity="error", timeout=12, markup=False)


async def evaluated(host: Host, limit_s: float) -> None:
    """Wait a little for the result of the plan on screen."""
    waited = 0.0
    while host.computing and waited < limit_s:
        await asyncio.sleep(LOOK_AGAIN_S)
        waited += LOOK_AGAIN_S


class Filing:
    """Moves plans between the session and the disk; talks to the user only where a choice is theirs."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.drafting = Drafting(host, self._no_draft)
        self._rest = Rest(DRAFT_DELAY_S, DRAFT_CEILING_S)
        self._timer: Timer | None = None
        self._just_opened = False

    def draft_soon(self) -> None:
        """Bring the draft up to date once typing rests for a moment, or has gone on for a while."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._host.set_timer(self._rest.edited(), self.draft_in_thread, name="draft")

    def draft_in_thread(self) -> None:
        """Bring the draft up to date now."""
        self._rest.written()
        moment = self.drafting.moment(self._host.unanswered())
        if moment is not None:
            keep = partial(self.drafting.keep, moment)
            self._host.run_worker(keep, thread=True, group="draft", exit_on_error=False)

    def _no_draft(self, problem: str) -> None:
        tell = partial(self._host.notify, title="No draft kept", severity="warning", timeout=12, markup=False)
        self._host.call_later(tell, problem)

    def request_open(self, book: Book) -> None:
        """Open what a line of Home stands for, as a flow: it may have to ask."""
        if book.draft is not None:
            self._host.run_flow(partial(self.open_draft, book.draft))
        else:
            self._host.run_flow(partial(self.open_path, book.path))

    async def open_path(self, path: Path) -> bool:
        """Open a file, or its unsaved edits where there are some and the user wants them.

        False, with the reason on screen, if it is no plan.
        """
        if self._is_open(path):
            await self._host.action_go("questions")
            return True
        draft = self._draft_of(path)
        if draft is not None:
            choice = await self._host.push_screen_wait(draft_dialog(draft.plan.name, draft.saved_at.astimezone()))
            if choice is None:
                return False
            if choice == "draft":
                await self.open_draft(draft)
                return True
        opened = await self._open_file(path)
        if opened and draft is not None:
            self.drafting.remove(draft.path.stem)
            self._can_come_back(draft.plan, "opened as saved")
        return opened

    def _can_come_back(self, dropped: Plan, why: str) -> None:
        """What is not to be lost for good: edits dropped for what is in the file."""
        self._host.session.remember(dropped, why)
        self._host.notify("The edits were dropped; ctrl+z brings them back.", timeout=6)

    def _is_open(self, path: Path) -> bool:
        """Whether this very file is on screen, perhaps edited: opening it again must not lose the edits."""
        session = self._host.session
        opened = session.origin.path if session.plan is not None else None
        return opened is not None and real(opened) == real(path)

    def _draft_of(self, path: Path) -> Draft | None:
        """Edits of the file that were never saved, other than those on screen."""
        wanted, own = real(path), self._host.session.draft_key
        for draft in recover_drafts(self._host.profiles_dir, own):
            known = draft.origin is not None and real(draft.origin) == wanted
            if known and not draft.open_elsewhere and draft.path.stem != own:
                return draft
        return None

    async def _open_file(self, path: Path) -> bool:
        with said(self._host, "Not opened"):
            loaded = load(path)
            origin = Origin(loaded.path, loaded.digest, loaded.text, loaded.plan, is_example(loaded.path))
            await self.open_plan(loaded.plan, origin)
            return True
        return False

    async def open_new(self, plan: Plan, text: str | None = None) -> None:
        """Open a plan that has no file yet."""
        await self.open_plan(plan, Origin(text=text))

    async def open_draft(self, draft: Draft) -> None:
        """Go on where a draft was left; a file that changed since is noticed when it is saved."""
        session = self._host.session
        if session.plan is not None and session.draft_key == draft.path.stem:
            await self._host.action_go("questions")
            return
        saved = None
        if draft.origin is not None:
            with suppress(InputError):
                saved = load(draft.origin).plan
        read_only = draft.origin is not None and is_example(draft.origin)
        origin = Origin(draft.origin, draft.origin_digest, draft.text, saved, read_only)
        await self.open_plan(draft.plan, origin, draft)

    async def open_plan(self, plan: Plan, origin: Origin, draft: Draft | None = None) -> None:
        """Make `plan` the open one; what was open before stays as a draft if it was not saved.

        To the end, even where what asked for it is cancelled. `draft`: where the plan comes from.
        """
        await asyncio.shield(asyncio.ensure_future(self._open_plan(plan, origin, draft)))

    async def _open_plan(self, plan: Plan, origin: Origin, draft: Draft | None) -> None:
        self.drafting.now(self._host.unanswered())
        self._host.session.open(plan, origin, key_of_opening(origin.path))
        self._just_opened = True
        also_open_in = self.drafting.mark()
        if draft is not None:
            self.drafting.adopt(draft)
        self._host.plan_replaced()
        await self._host.action_go("questions")
        self._tell_elsewhere(also_open_in or (draft.elsewhere if draft is not None else None))
        for label, text in draft.typed if draft is not None else ():
            self._host.notify(f"Typed, but not in the plan: {label}: “{text}”", timeout=12, markup=False)

    def _tell_elsewhere(self, opened: Opened | None) -> None:
        """Two may work on one plan: each has a draft of its own, and whoever saves second is asked what to do."""
        if opened is not None:
            words = f"Another planner has it open ({opened}). Whoever saves second is asked what to do."
            self._host.notify(words, title="Open elsewhere", severity="warning", timeout=8, markup=False)

    def tell_new_prices(self) -> None:
        """Once after opening: a plan keeps the prices it was saved with, so say how many are different today."""
        plan, catalog = self._host.plan, self._host.catalog
        if not self._just_opened or plan is None or catalog is None:
            return
        self._just_opened = False
        changes = len(reprice(plan, catalog, self._host.as_of).changes)
        if changes:
            what = "1 price is" if changes == 1 else f"{changes} prices are"
            self._host.notify(f"{what} different today. This plan keeps its own; ctrl+r compares.", timeout=6)

    async def save(self, as_new: bool = False) -> bool:
        """Save the open plan, asking for a name where there is none. True once it is on disk."""
        session = self._host.session
        if session.plan is None or not self._host.all_is_answered():
            return False
        if session.origin.path is None or session.origin.read_only or as_new:
            return await self._save_as()
        if lost := lost_comments(session.origin.text or ""):
            choice = await self._host.push_screen_wait(comments_dialog(session.origin.path.name, lost))
            if choice != "save":
                return choice == "save_as" and await self._save_as()
        return await self._write(session.origin.path, session.origin.digest)

    async def _save_as(self) -> bool:
        session = self._host.session
        assert session.plan is not None
        folder = self._host.profiles_dir
        name = await self._host.push_screen_wait(
            AskDialog("Save as", partial(file_words, folder, None), session.plan.name, name_problem)
        )
        if name is None:
            return False
        if name != session.plan.name:
            self._host.update_plan(set_value(session.plan, ("name",), name), f"renamed to “{name}”")
        return await self._write(free_path(folder, name), None)

    async def _write(self, path: Path, digest: str | None) -> bool:
        await self._host.let_keys_go()  # whoever types on need not wait for the file
        await evaluated(self._host, RESULT_WAIT_S)
        session = self._host.session
        plan = session.plan
        assert plan is not None
        with said(self._host, "Not saved"):
            try:
                comments, priced = session.origin.text, self._with_result(plan)
                # In a thread: it may have to wait for another planner that is saving there.
                loaded = await asyncio.to_thread(save, priced, path, digest, comments_from=comments)
            except ConflictError:
                return await self._settle_conflict(path)
            session.origin = Origin(path, loaded.digest, loaded.text, plan)
            self.drafting.now()  # what was typed meanwhile stays in it
            self.drafting.mark()
            self._host.saves += 1
            self._host.notify(f"Saved to {path}", markup=False, timeout=3)
            return True
        return False

    def _with_result(self, plan: Plan) -> Plan:
        """The plan as it is written to its file: with what it was priced with and what came out."""
        if self._host.evaluation is None or self._host.computing:
            return plan
        return with_result(plan, self._host.evaluation)

    async def _settle_conflict(self, path: Path) -> bool:
        self.drafting.now()  # whatever is chosen, and however long that takes
        theirs = None
        with suppress(InputError):
            theirs = digest_of(read_bytes(path))
        choice = await self._host.push_screen_wait(conflict_dialog(path.name))
        if choice == "overwrite":
            return await self._write(path, theirs)  # what the user was asked about, and nothing that came after it
        if choice == "save_as":
            return await self._save_as()
        if choice == "reload":
            await self._take_theirs(path)
        return False

    async def _take_theirs(self, path: Path) -> None:
        """Open the file as it is now. Mine is dropped only once theirs is open: it may not be readable."""
        session = self._host.session
        mine, key = session.plan, session.draft_key
        if await self._open_file(path):
            self.drafting.remove(key)
            if mine is not None:
                self._can_come_back(mine, "opened as it is on disk")

    def moved(self, path: Path, renamed: Loaded) -> None:
        """A file was renamed: if it is the open plan's, the plan follows."""
        session = self._host.session
        if session.plan is not None and session.origin.path == path:
            saved = session.origin.saved
            if saved is not None:
                saved = set_value(saved, ("name",), renamed.plan.name)
            session.origin = replace(
                session.origin, path=renamed.path, digest=renamed.digest, text=renamed.text, saved=saved
            )
            self._host.update_plan(set_value(session.plan, ("name",), renamed.plan.name), "renamed")
            self.drafting.mark()
            self._host.saves += 1

    def removed(self, path: Path) -> None:
        """A file was deleted: if it is the open plan's, the plan is unsaved from now on."""
        session = self._host.session
        if session.origin.path == path:
            session.origin = Origin(text=session.origin.text)
            self.drafting.mark()
            self._host.saves += 1

    async def leave(self, typed: Typed = ()) -> None:
        """Quit; an edited plan is asked about, and its draft is kept unless it is discarded.

        `typed`: what stands in fields and is no answer; it is an edit like any other.
        """
        session = self._host.session
        self.drafting.now(typed)
        if session.plan is not None and (session.dirty or typed):
            choice = await self._host.push_screen_wait(
                unsaved_dialog(session.plan.name, session.origin.path is not None and not session.origin.read_only)
            )
            if choice is None or (choice == "save" and not await self.save()):
                return
            if choice == "discard":
                self.drafting.drop()
                session.plan = None  # or the end of the app would keep it
        self._host.exit()


def file_words(folder: Path, own: Path | None, name: str) -> str:
    """Which file a plan of this name gets, and whose name that is not; `own`: the file it has."""
    path, wanted = free_path(folder, name, own), f"{file_stem(name)}{SUFFIX}"
    taken = f" There is a {wanted} already." if path.name != wanted else ""
    return f"Name of the plan; its file is {told(path)}.{taken}"


def name_problem(name: str) -> str:
    """What is wrong with a plan's name; empty where nothing is."""
    if not name.strip():
        return "a plan needs a name"
    if len(name) > 200:
        return "a name has at most 200 characters"
    return "" if name.isprintable() else "a name is one line of ordinary characters"
