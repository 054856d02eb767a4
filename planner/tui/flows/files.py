"""Questions about the open plan that a dialog puts to the user.

Plans and files: opening, saving, drafts, conflicts, leaving. Every flow is a coroutine run as one worker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from textual.screen import ModalScreen

from planner.tui.open_plan.drafts import Drafting
from planner.tui.open_plan.session import Origin

if TYPE_CHECKING:
    from planner.plan.drafts import Draft
    from planner.plan.schema import Plan
    from planner.plan.store import Loaded
    from planner.tui.app import PlannerApp
    from planner.tui.open_plan.shelf import Book


Result = TypeVar("Result")


def ask_about_plan(app: PlannerApp, dialog: ModalScreen[Result | None], then: Callable[[Result], None]) -> None:
    """Show the dialog; `then` takes the answer, unless it is none or another plan was opened meanwhile.

    A plan that was asked for before the dialog may open behind it; an answer about the old one must not change it.
    """
    asked_about = app.session.draft_key

    def answered(result: Result | None) -> None:
        if result is None:
            return
        if app.session.draft_key == asked_about:
            then(result)
        else:
            app.notify("Another plan was opened meanwhile: nothing was changed.", timeout=4)

    app.push_screen(dialog, answered)


RESULT_WAIT_S = 3.0


class Filing:
    """Moves plans between the session and the disk; talks to the user only where a choice is theirs."""

    def __init__(self, app: PlannerApp) -> None:
        self._app = app
        self.drafting = Drafting(app)
        self._just_opened = False
        self._turn = asyncio.Lock()

    def start(self, flow: Callable[[], Awaitable[object]], name: str = "") -> None:
        """Run a flow after those that are under way; its coroutine begins only when its turn comes.

        None is cancelled for another: it might be between two steps, or in the middle of a change of screens, where
        Textual passes the cancelling on to the screens themselves. A flow with a name that is under way goes on:
        asking for it twice does not ask twice.
        """
        if name and any(worker.name == name and worker.is_running for worker in self._app.workers):
            return

        async def run() -> None:
            async with self._turn:
                await flow()

        work: Any = run  # the signature of run_worker has no room for what `async def` gives
        self._app.run_worker(work, name=name, group="filing")

    @property
    def is_busy(self) -> bool:
        """Whether a flow is under way or waits for its turn."""
        return any(worker.group == "filing" and not worker.is_finished for worker in self._app.workers)

    def request_open(self, book: Book) -> None:
        """Open what a line of Home stands for, as a worker: it may have to ask."""
        if book.draft is not None:
            self.start(partial(self.open_draft, book.draft))
        else:
            self.start(partial(self.open_path, book.path))

    async def open_path(self, path: Path) -> bool:
        """Open a file, or its unsaved edits where there are some and the user wants them.

        False, with the reason on screen, if it is no plan.
        """
        if self._is_open(path):
            await self._app.action_go("questions")
            return True
        draft = self._draft_of(path)
        if draft is not None:
            from planner.tui.dialogs.ask import draft_dialog

            choice = await self._app.push_screen_wait(draft_dialog(draft.plan.name, draft.saved_at.astimezone()))
            if choice is None:
                return False
            if choice == "draft":
                await self.open_draft(draft)
                return True
        return await self._open_file(path)

    def _is_open(self, path: Path) -> bool:
        """Whether this very file is on screen, perhaps edited: opening it again must not lose the edits."""
        session = self._app.session
        opened = session.origin.path if session.plan is not None else None
        return opened is not None and opened.resolve() == path.resolve()

    def _draft_of(self, path: Path) -> Draft | None:
        """Edits of the file that were never saved, other than those on screen."""
        from planner.plan.drafts import recover_drafts

        wanted = path.resolve()
        for draft in recover_drafts(self._app.profiles_dir):
            known = draft.origin is not None and draft.origin.resolve() == wanted
            if known and not draft.open_elsewhere and draft.path.stem != self._app.session.draft_key:
                return draft
        return None

    async def _open_file(self, path: Path) -> bool:
        from planner.plan.store import load
        from planner.toml.errors import PlanError

        try:
            loaded = load(path)
        except PlanError as error:
            self._app.notify(str(error), title="Not opened", severity="error", timeout=12, markup=False)
            return False
        await self._open_loaded(loaded)
        return True

    async def _open_loaded(self, loaded: Loaded) -> None:
        from planner.plan.drafts import key_for
        from planner.plan.places import is_example

        origin = Origin(loaded.path, loaded.digest, loaded.text, loaded.plan, is_example(loaded.path))
        await self.open_plan(loaded.plan, origin, key_for(loaded.path))

    async def open_new(self, plan: Plan, text: str | None = None) -> None:
        """Open a plan that has no file yet."""
        from planner.plan.drafts import new_key

        await self.open_plan(plan, Origin(text=text), new_key())

    async def open_draft(self, draft: Draft) -> None:
        """Go on where a draft was left; a file that changed since is noticed when it is saved."""
        session = self._app.session
        if session.plan is not None and session.draft_key == draft.path.stem:
            await self._app.action_go("questions")
            return
        from planner.plan.places import is_example
        from planner.plan.store import load
        from planner.toml.errors import PlanError

        saved = None
        if draft.origin is not None:
            try:
                saved = load(draft.origin).plan
            except PlanError:
                saved = None
        read_only = draft.origin is not None and is_example(draft.origin)
        origin = Origin(draft.origin, draft.origin_digest, draft.text, saved, read_only)
        await self.open_plan(draft.plan, origin, draft.path.stem)

    async def open_plan(self, plan: Plan, origin: Origin, draft_key: str) -> None:
        """Make `plan` the open one; what was open before stays as a draft if it was not saved.

        To the end, even where what asked for it is cancelled.
        """
        await asyncio.shield(asyncio.ensure_future(self._open_plan(plan, origin, draft_key)))

    async def _open_plan(self, plan: Plan, origin: Origin, draft_key: str) -> None:
        self.drafting.now()
        self._app.session.open(plan, origin, draft_key)
        self._just_opened = True
        self._app.plan_replaced()
        await self._app.action_go("questions")

    def tell_new_prices(self) -> None:
        """Once after opening: a plan keeps the prices it was saved with, so say how many are different today."""
        plan, catalog = self._app.plan, self._app.catalog
        if not self._just_opened or plan is None or catalog is None:
            return
        self._just_opened = False
        from planner.plan.reprice import reprice

        changes = len(reprice(plan, catalog, self._app.as_of).changes)
        if changes:
            what = "1 price is" if changes == 1 else f"{changes} prices are"
            self._app.notify(f"{what} different today. This plan keeps its own; ctrl+r compares.", timeout=6)

    async def save(self, as_new: bool = False) -> bool:
        """Save the open plan, asking for a name where there is none. True once it is on disk."""
        session = self._app.session
        if session.plan is None:
            return False
        if session.origin.path is None or session.origin.read_only or as_new:
            return await self._save_as()
        return await self._write(session.origin.path, session.origin.digest)

    async def _save_as(self) -> bool:
        from planner.tui.dialogs.ask import AskDialog

        session = self._app.session
        assert session.plan is not None
        folder = self._app.profiles_dir
        name = await self._app.push_screen_wait(
            AskDialog("Save as", f"Name of the plan; the file goes to {folder}/", session.plan.name, name_problem)
        )
        if name is None:
            return False
        from planner.plan.edit import set_value
        from planner.plan.places import free_path

        if name != session.plan.name:
            self._app.update_plan(set_value(session.plan, ("name",), name), f"renamed to “{name}”")
        return await self._write(free_path(folder, name), None)

    async def _write(self, path: Path, digest: str | None, overwrite: bool = False) -> bool:
        from planner.plan.store import save
        from planner.toml.errors import ConflictError, PlanError

        await self._evaluated()
        session = self._app.session
        plan = session.plan
        assert plan is not None
        try:
            loaded = save(self._with_result(plan), path, digest, overwrite=overwrite, comments_from=session.origin.text)
        except ConflictError:
            return await self._settle_conflict(path)
        except PlanError as error:
            self._app.notify(str(error), title="Not saved", severity="error", timeout=12, markup=False)
            return False
        self.drafting.drop()
        session.origin = Origin(path, loaded.digest, loaded.text, plan)
        self._app.saves += 1
        self._app.notify(f"Saved to {path}", markup=False, timeout=3)
        return True

    def _with_result(self, plan: Plan) -> Plan:
        """The plan as it is written to its file: with what it was priced with and what came out."""
        if self._app.evaluation is None or self._app.computing:
            return plan
        from planner.plan.prices import with_result

        return with_result(plan, self._app.evaluation)

    async def _evaluated(self) -> None:
        """Wait a little for the result that is saved with the plan; without one the plan is saved all the same."""
        waited = 0.0
        while self._app.computing and waited < RESULT_WAIT_S:
            await asyncio.sleep(0.02)
            waited += 0.02

    async def _settle_conflict(self, path: Path) -> bool:
        from planner.tui.dialogs.ask import conflict_dialog

        self.drafting.now()  # whatever is chosen, and however long that takes
        choice = await self._app.push_screen_wait(conflict_dialog(path.name))
        if choice == "overwrite":
            return await self._write(path, None, overwrite=True)
        if choice == "save_as":
            return await self._save_as()
        if choice == "reload":
            await self._take_theirs(path)
        return False

    async def _take_theirs(self, path: Path) -> None:
        """Open the file as it is now. Mine is dropped only once theirs is open: it may not be readable."""
        mine = self._app.session.draft_key
        if await self._open_file(path):
            self.drafting.remove(mine)

    def moved(self, path: Path, renamed: Loaded) -> None:
        """A file was renamed: if it is the open plan's, the plan follows."""
        session = self._app.session
        if session.plan is not None and session.origin.path == path:
            from planner.plan.edit import set_value

            saved = session.origin.saved
            if saved is not None:
                saved = set_value(saved, ("name",), renamed.plan.name)
            session.origin = replace(
                session.origin, path=renamed.path, digest=renamed.digest, text=renamed.text, saved=saved
            )
            self._app.update_plan(set_value(session.plan, ("name",), renamed.plan.name), "renamed")
            self._app.saves += 1

    def removed(self, path: Path) -> None:
        """A file was deleted: if it is the open plan's, the plan is unsaved from now on."""
        session = self._app.session
        if session.origin.path == path:
            session.origin = Origin(text=session.origin.text)
            self._app.saves += 1

    async def leave(self) -> None:
        """Quit; an edited plan is asked about, and its draft is kept unless it is discarded."""
        from planner.tui.dialogs.ask import unsaved_dialog

        session = self._app.session
        if session.plan is not None and session.dirty:
            self.drafting.now()
            choice = await self._app.push_screen_wait(
                unsaved_dialog(session.plan.name, session.origin.path is not None and not session.origin.read_only)
            )
            if choice is None or (choice == "save" and not await self.save()):
                return
            if choice == "discard":
                self.drafting.drop()
        self._app.exit()


def name_problem(name: str) -> str:
    """What is wrong with a plan's name; empty where nothing is."""
    if not name.strip():
        return "a plan needs a name"
    if len(name) > 200:
        return "a name has at most 200 characters"
    return "" if name.isprintable() else "a name is one line of ordinary characters"
