"""The command palette: every action that works on this screen, everywhere, and every plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.fuzzy import Matcher
from textual.markup import escape
from textual.worker import WorkerError

from planner.records import dataclass
from planner.report.tables.strategies import strip_parts
from planner.tui.flows.sources import Link
from planner.tui.form.questions import STEPS
from planner.tui.host import HostOf
from planner.tui.open_plan.shelf import Book, read_shelf
from planner.tui.places import PLACES

EVERYWHERE: tuple[tuple[str, str, str], ...] = (
    ("Save", "Save the plan (ctrl+s)", "save"),
    ("Save as…", "Save the plan under another name (alt+s)", "save_as"),
    ("Import a usage log, a benchmark or an evaluation…", "A file, into the plan (ctrl+l)", "import_file"),
    ("Record an evaluation by hand…", "Prompts, and how many each model passed", "record_test"),
    ("Export as files that run…", "Gateway, engine options, manifests, monitoring, smoke test", "export_files"),
    ("Track against a log…", "The plan beside what its first weeks say; nothing is taken", "track_log"),
    ("Undo", "Take the last edit back (ctrl+z)", "undo"),
    ("Redo", "Make the undone edit again (ctrl+y)", "redo"),
    ("Re-price…", "Today's prices against those the plan was priced with (ctrl+r)", "reprice"),
    ("Write a report…", "Text, Markdown, HTML, JSON or CSV, beside the plan", "write_report"),
    ("Copy the verdict", "The answer in one line, for a chat or a ticket", "copy_verdict"),
    ("Quit", "Leave; asks first where something is not saved (ctrl+q)", "quit"),
    ("Help", "What this place answers, and its keys (F1)", "help"),
    ("Switch between dark and light", "Our own two themes", "switch_theme"),
)


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the palette."""

    title: str
    help: str
    run: Callable[[], Any]


class ActionsProvider(Provider):
    """Places, actions and plans, each by name."""

    host = HostOf()
    _books: tuple[Book, ...] = ()

    async def startup(self) -> None:
        worker = self.app.run_worker(self._read, thread=True, group="palette", exit_on_error=False)
        with suppress(WorkerError):  # without the plans the palette still has the actions
            await worker.wait()

    def _read(self) -> None:
        self._books = read_shelf(self.host.profiles_dir, self.host.session.draft_key)

    def _commands(self) -> Iterator[Command]:
        app = self.app
        for title, words, action in EVERYWHERE:
            if app.check_action(action, ()):
                run = self._copy_verdict if action == "copy_verdict" else partial(app.run_action, action)
                yield Command(title, words, run)
        for place in PLACES:
            yield Command(f"Go to {place.title}", place.key.upper(), partial(app.run_action, f"go('{place.id}')"))
        yield from self._questions()
        yield from self._of_screen()
        for system in app.get_system_commands(self.screen):
            if system.title != "Quit":
                yield Command(system.title, system.help, system.callback)
        for book in self._books:
            if not book.error:
                yield Command(f"Open {book.told_apart}", _what(book), partial(self.host.filing.request_open, book))

    def _questions(self) -> Iterator[Command]:
        """Each of the six from anywhere; ctrl+g leads back."""
        if self.host.plan is None:
            return
        for number, step in enumerate(STEPS, start=1):
            run = partial(self.app.call_later, self._to_question, step.id)
            yield Command(f"Question {number}: {step.title}", step.question, run)

    async def _to_question(self, step: str) -> None:
        await self.host.follow(Link("questions", step, ""), self.app.current_mode)

    def _copy_verdict(self) -> None:
        """The verdict strip as text, with the name of the plan."""
        app, plan, evaluation = self.app, self.host.plan, self.host.evaluation
        if plan is None or evaluation is None:
            app.notify("There is no verdict yet.", timeout=3)
            return
        parts = " · ".join(part.text(0) for part in strip_parts(evaluation))
        app.copy_to_clipboard(f"{plan.name}: {parts}")
        app.notify("Copied the verdict", timeout=2)

    def _of_screen(self) -> Iterator[Command]:
        """What the screen's own keys do, for those who do not know the keys."""
        seen: set[str] = set()
        for key, active in self.screen.active_bindings.items():
            binding = active.binding
            told = binding.show or (active.node is self.screen and not binding.action.startswith("jump"))
            own = active.node is not self.app and not binding.system and told
            if own and active.enabled and binding.description and binding.action not in seen:
                seen.add(binding.action)
                shown = self.app.get_key_display(binding)
                run = partial(self.app.run_action, binding.action, active.node)
                yield Command(binding.description, f"{shown or key} on this screen", run)

    async def discover(self) -> Hits:
        for command in self._commands():
            yield DiscoveryHit(Content(command.title), command.run, command.title, escape(command.help))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.title)
            if score > 0:
                shown = _highlighted(matcher, command.title)
                yield Hit(score, shown, command.run, command.title, escape(command.help))


def _highlighted(matcher: Matcher, title: str) -> Content:
    """The title with what matches marked. The matcher's own way would read a plan's name as markup."""
    shown = Content(title)
    for offset in matcher.fuzzy_search.match(matcher.query, title)[1]:
        if not title[offset].isspace():
            shown = shown.stylize(matcher.match_style, offset, offset + 1)
    return shown


def _what(book: Book) -> str:
    return {"draft": "draft, not saved", "plan": str(book.path), "example": "example"}[book.group]
