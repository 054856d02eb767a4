"""What all dialogs share, and the two commonest: one line of text, and a question with two to four answers.

A dialog is a calm panel in the middle, with Escape to leave and arrows between buttons. A text (a name, a path) stays
visible while it is wrong, with what would be right; each answer has its letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from planner.records import dataclass
from planner.tui.host import HostOf
from planner.tui.textual_fixes import LeavesOnce
from planner.words.sentences import sentence

Answer = TypeVar("Answer")


class Dialog(LeavesOnce, ModalScreen[Answer | None]):
    """A titled panel. Dismissed with None where the user leaves it."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle; background: $background 70%;
        & > #panel {
            width: 64; max-width: 94%; height: auto; max-height: 92%; padding: 1 2;
            background: $panel;
        }
        & #title { text-style: bold; color: $accent; margin: 0 0 1 0; }
        & #buttons { height: auto; margin: 1 0 0 0; }
        & Button { margin: 0 1 0 0; min-width: 8; background: $surface; }
        & Button:focus { background: $accent; color: $background; text-style: bold; }
        & Button.-danger { color: $bad; }
        & Button.-danger:focus { background: $bad; color: $background; }
        & Input { background: $surface; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel"),
        Binding("right,down", "app.focus_next", show=False),
        Binding("left,up", "app.focus_previous", show=False),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        with Vertical(id="panel"):
            yield Static(Content(self._title), id="title")
            yield from self.compose_dialog()

    def compose_dialog(self) -> Iterable[Widget]:
        """Content below the title."""
        return ()

    @on(Button.Pressed, "#cancel")
    def action_leave(self) -> None:
        self.dismiss(None)


def flat_button(label: str, key: str = "", *, id: str, danger: bool = False) -> Button:
    """A one-line button; `key` is the letter that presses it, shown before the label."""
    shown = Content.assemble((f"{key} ", "dim") if key else "", label)
    return Button(shown, id=id, compact=True, classes="-danger" if danger else None)


Check = Callable[[str], str]
"""Returns what is wrong with the text in one line, or an empty string."""


class AskDialog(Dialog[str]):
    """Returns the text once `check` has nothing against it."""

    field = query_one("#text", Input)
    problem_line = query_one("#problem", Static)

    def __init__(
        self, title: str, label: str | Callable[[str], str], value: str, check: Check, accept: str = "Save"
    ) -> None:
        """`label`: what is asked for, or what follows from the text as it stands."""
        super().__init__(title)
        self._label: Callable[[str], str] = label if callable(label) else lambda text: label
        self._value, self._check, self._accept = value, check, accept

    def compose_dialog(self) -> Iterable[Widget]:
        yield Static(Content(self._label(self._value)), id="label", classes="muted")
        yield Input(self._value, id="text", compact=True)
        yield Static("", id="problem", classes="bad")
        yield Horizontal(flat_button(self._accept, id="accept"), flat_button("Cancel", id="cancel"), id="buttons")

    def on_mount(self) -> None:
        self.field.cursor_blink = not self.app.is_headless

    @on(Input.Changed, "#text")
    def _judge(self, event: Input.Changed) -> None:
        self.query_one("#label", Static).update(Content(self._label(event.value.strip())))
        # An empty field is not yet an error: it is one when it is sent.
        self._say(self._problem(event.value) if event.value.strip() else "")

    @on(Input.Submitted, "#text")
    @on(Button.Pressed, "#accept")
    def _submit(self) -> None:
        text = self.field.value.strip()
        problem = self._problem(text)
        self._say(problem)
        if not problem:
            self.dismiss(text)

    def unanswered(self) -> tuple[tuple[str, str], ...]:
        """What was typed and not accepted yet: the app is about to end."""
        # By query: a dialog that has just been asked for has no field yet.
        return tuple((self._title, field.value) for field in self.query(Input) if field.value != self._value)

    def _problem(self, text: str) -> str:
        try:
            return self._check(text)
        except (OSError, ValueError, RuntimeError) as problem:  # no file can be called so: too long, another's home
            return (problem.strerror if isinstance(problem, OSError) else None) or str(problem)

    def _say(self, problem: str) -> None:
        self.problem_line.update(Content(problem))


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: what is returned, the letter that chooses it, what the button says."""

    id: str
    key: str
    label: str
    dangerous: bool = False


class ChoiceDialog(Dialog[str]):
    """Returns the chosen option's id, or None. The first option has the focus: make it the safe one.

    A letter chooses; where the option is dangerous it only goes there, and Enter chooses. After a letter that is none
    of theirs, or a second one, somebody types a word: letters choose no more, and the first option has the focus.
    """

    host = HostOf()

    def __init__(self, title: str, body: str, options: Sequence[Option]) -> None:
        super().__init__(title)
        self._body = body
        self._options = tuple(options)
        self._is_word = False
        self._gone_to: Option | None = None

    def compose_dialog(self) -> Iterable[Widget]:
        yield from self.compose_body()
        yield Horizontal(
            *(flat_button(o.label, o.key, id=o.id, danger=o.dangerous) for o in self._options), id="buttons"
        )
        yield Static("", id="again", classes="muted")

    def compose_body(self) -> Iterable[Widget]:
        """What the question is about, above the answers."""
        yield Static(Content(self._body))

    def on_key(self, event: events.Key) -> None:
        if not (event.character and event.character.isalnum()):
            return
        event.stop()
        option = next((each for each in self._options if each.key == event.character), None)
        if option is None or self._is_word or option is not (self._gone_to or option):
            self._is_word = True
            self.query("#buttons Button").first().focus()
            self._say("Choose with ← → and Enter.")
        elif option.dangerous:
            self._gone_to = option
            self.query_one(f"#{option.id}").focus()
            self._say(f"Enter: {option.label}")
        else:
            self.host.word_begins()
            self.dismiss(option.id)

    def _say(self, words: str) -> None:
        self.query_one("#again", Static).update(Content(words))

    @on(Button.Pressed)
    def _chosen(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id)


class ShownDialog(ChoiceDialog):
    """The same below a long text, which scrolls."""

    DEFAULT_CSS = """
    ShownDialog > #panel { width: 110; }
    ShownDialog VerticalScroll { height: auto; max-height: 60vh; margin: 1 0 0 0; }
    """

    def __init__(self, title: str, body: str, text: str, options: Sequence[Option]) -> None:
        super().__init__(title, body, options)
        self._text = text

    def compose_body(self) -> Iterable[Widget]:
        yield Static(Content(self._body))
        with VerticalScroll(can_focus=True):
            yield Static(Content(self._text))


def differences_dialog(folder: str, text: str, edited: Sequence[str]) -> ChoiceDialog:
    """Before files that are there are replaced; what somebody edited is only where that is asked for."""
    names = ", ".join(edited)
    return ShownDialog(
        "Some of it is there already",
        sentence("exporting", "differs", folder=folder)
        + (f" {sentence('exporting', 'edited', files=names)}" if edited else ""),
        text,
        (
            Option("write", "w", "Write, keep my edits" if edited else "Write"),
            Option("leave", "l", "Leave it all"),
            *([Option("replace", "r", "Write, replace my edits", dangerous=True)] if edited else []),
        ),
    )


def delete_dialog(name: str, file_name: str) -> ChoiceDialog:
    """Before a file is deleted."""
    return ChoiceDialog(
        f"Delete “{name}”?",
        f"{file_name} is removed from disk. This cannot be undone.",
        (Option("keep", "k", "Keep it"), Option("delete", "d", "Delete", dangerous=True)),
    )


def draft_dialog(name: str, saved_at: datetime) -> ChoiceDialog:
    """Before a file is opened of which there are unsaved edits."""
    return ChoiceDialog(
        f"“{name}” has edits that were not saved",
        f"They are from {saved_at:%Y-%m-%d %H:%M}. Opening the file as it was saved drops them; ctrl+z "
        "then brings them back.",
        (
            Option("draft", "g", "Go on with the edits"),
            Option("saved", "o", "Open as saved", dangerous=True),
        ),
    )


def unsaved_dialog(name: str, has_file: bool) -> ChoiceDialog:
    """Before leaving an edited plan."""
    where = "your changes" if has_file else "it"
    return ChoiceDialog(
        f"“{name}” is not saved",
        f"A draft of {where} is kept anyway: Plans offers it the next time.",
        (
            Option("save", "s", "Save"),
            Option("draft", "l", "Leave it as a draft"),
            Option("discard", "d", "Discard", dangerous=True),
        ),
    )


def comments_dialog(file_name: str, lost: int) -> ChoiceDialog:
    """Before a file that somebody wrote by hand loses something to a save."""
    return ChoiceDialog(
        f"Comments in {file_name} would be lost",
        f"{lost} of its comments {'stands' if lost == 1 else 'stand'} inside a list, where no key owns them.",
        (
            Option("save_as", "a", "Save as another file…"),
            Option("save", "s", "Save without them", dangerous=True),
        ),
    )


def conflict_dialog(file_name: str) -> ChoiceDialog:
    """Where the file on disk is not the one that was opened."""
    return ChoiceDialog(
        f"{file_name} has changed on disk",
        "Somebody or something else wrote it since it was opened here. Nothing has been overwritten yet.",
        (
            Option("save_as", "a", "Save mine as…"),
            Option("reload", "r", "Take theirs, drop mine", dangerous=True),
            Option("overwrite", "o", "Overwrite", dangerous=True),
        ),
    )
