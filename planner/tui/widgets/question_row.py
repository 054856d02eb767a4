"""One field of the questionnaire: label, control, and what is wrong with the answer while it is wrong.

Besides Textual's input there are two controls: a few answers on one line, one of them ticked, where arrows, a letter or
a click choose; and one of many, of which a line shows the present one and Enter, a click or the first letters of
another open the list. What is typed counts once the field is left, or typing has rested, and only while it is valid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from planner.tui.form.answers import doubt_about, read_answer, read_as, show_answer
from planner.tui.form.fields import Field

if TYPE_CHECKING:
    from planner.tui.dialogs.pick import PickDialog

Option = tuple[str, str]
"""Value and label."""
GAP = 2


class ChoiceField(Widget, can_focus=True):
    """`✓ yes    no    I don't know`: one widget whatever the number of answers."""

    DEFAULT_CSS = """
    ChoiceField { height: 1; width: 1fr; }
    ChoiceField:focus { background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "move(1)", "Next answer", show=False),
        Binding("left", "move(-1)", "Previous answer", show=False),
        Binding("enter", "app.focus_next", "Next field", show=False),
    ]
    value: reactive[str] = reactive("")

    @dataclass
    class Answered(Message):
        """The user chose."""

        field: ChoiceField
        value: str

        @property
        def control(self) -> ChoiceField:
            return self.field

    def __init__(self, options: Sequence[Option], value: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = tuple(options)
        self.set_reactive(ChoiceField.value, value)

    def render(self) -> Content:
        return Content(" " * GAP).join(self._option(value, label) for value, label in self.options)

    def _option(self, value: str, label: str) -> Content:
        if value == self.value:
            return Content.assemble((f"✓ {label}", "bold $accent"))
        return Content.assemble((f"  {label}", "$muted"))

    @property
    def options(self) -> tuple[Option, ...]:
        """The answers offered, and the present one if a file brought another."""
        known = self.value in dict(self._options)
        return self._options if known or not self.value else (*self._options, (self.value, self.value))

    def choose(self, value: str) -> None:
        """Tick `value` as the user would."""
        if value != self.value and value in dict(self._options):
            self.value = value
            self.post_message(self.Answered(self, value))

    def action_move(self, step: int) -> None:
        """Tick the next or previous answer."""
        values = [value for value, _ in self._options]
        here = values.index(self.value) if self.value in values else -1 if step > 0 else 0
        self.choose(values[(here + step) % len(values)])

    def on_key(self, event: events.Key) -> None:
        letter = (event.character or "").lower()
        matches = [value for value, label in self._options if letter and label.lower().startswith(letter)]
        if matches:
            event.stop()
            later = matches[matches.index(self.value) + 1 :] if self.value in matches else matches
            self.choose((later or matches)[0])

    def on_click(self, event: events.Click) -> None:
        left = self.content_region.x - self.region.x
        for value, label in self.options:
            right = left + Content(f"  {label}").cell_length + GAP
            if left <= event.x < right:
                self.choose(value)
            left = right


class PickField(Widget, can_focus=True):
    """Shows the label of its value. Enter opens the list; so do letters, which then look for what has them.

    The key that opens it goes to the list on the way of all keys that come before there is one (`held_keys`): given to
    it here, it would overtake those before it that are still on their way.
    """

    DEFAULT_CSS = """
    PickField { height: 1; width: 1fr; max-width: 44; background: $surface; padding: 0 1; }
    PickField:focus { background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "open", "Choose")]
    value: reactive[str] = reactive("")
    label: reactive[str] = reactive("")
    _dialog: PickDialog | None = None

    def __init__(
        self,
        value: str,
        label: str,
        opens: Callable[[PickField], PickDialog | None],
        *,
        digits: bool = False,
        id: str | None = None,
    ) -> None:
        """`opens` shows the list; called at once, so that the next key finds it open.

        `digits`: a digit opens it, too.
        """
        super().__init__(id=id)
        self._opens, self._digits = opens, digits
        self.set_reactive(PickField.value, value)
        self.set_reactive(PickField.label, label)

    def render(self) -> Content:
        width = max(1, self.content_size.width - 2)
        name, _, _ = self.label.partition("  ")  # goes whole where there is no room for both
        label = self.label if cell_len(self.label) <= width else name
        return Content.assemble(Content(label).truncate(width, ellipsis=True, pad=True), (" ▾", "$muted"))

    def action_open(self) -> None:
        """Show the list, unless it is shown."""
        if self._dialog is None or self._dialog not in self.app.screen_stack:
            self._dialog = self._opens(self)

    def on_key(self, event: events.Key) -> None:
        if event.character and (event.character.isalpha() or (self._digits and event.character.isdigit())):
            self.action_open()

    def on_click(self) -> None:
        self.action_open()


CHOSEN = frozenset({"answer", "choice", "flag", "tristate"})


class AnswerInput(Input):
    """A field of a width of its own: what is typed into it moves nothing else.

    Textual lays the whole screen out anew whenever the length of the text changes.
    """

    virtual_size = reactive(Size(0, 0))


REST_S = 0.4
"""So long after the last key what is typed is taken; leaving the field takes it at once."""


class QuestionRow(Vertical):
    """Builds the control that fits the field, validates what is typed, and reports only what is valid.

    A value a thousand times the one that stood there when the focus came, or a thousandth, is asked about first.
    """

    DEFAULT_CSS = """
    QuestionRow {
        height: auto;
        & Horizontal { height: 1; }
        & .label { width: 19; color: $muted; text-wrap: nowrap; text-overflow: ellipsis; }
        &:focus-within .label { color: $foreground; }
        & Input { width: 1fr; max-width: 44; padding: 0 1; background: $surface; }
        & Input:focus { background: $panel; }
        & Input.-wrong { background: $error 25%; }
        & .problem { display: none; padding: 0 0 0 19; color: $bad; height: auto; }
        & .problem.-shown { display: block; }
        & .problem.-echo { display: block; min-height: 2; }
        & .problem.-told { display: block; padding: 0 0 0 2; color: $muted; }
        & .problem.-asked { color: $warn; }
    }
    """

    @dataclass
    class Answered(Message):
        """A valid answer that differs from the plan's was given."""

        row: QuestionRow
        value: Any

    class Left(Message):
        """The focus has left the row: what was typed is one answer now."""

    @dataclass
    class Entered(Message):
        """The focus is on this row."""

        row: QuestionRow

    def __init__(
        self,
        field: Field,
        value: Any,
        label: str = "",
        habit: str | None = None,
        opens: Callable[[PickField], PickDialog | None] = lambda field: None,
        objects: Callable[[Field, Any], str] = lambda field, value: "",
    ) -> None:
        """`objects`: what the rest of the plan has against a value; empty where nothing."""
        super().__init__(id=f"row-{field.id}")
        self._objects = objects
        self._opens = opens
        self.field = field
        self.value = value
        self._habit = habit
        self._before = value
        """What the plan had when the focus came."""
        self._asked = self._kept = ""
        """The text that is asked about, and the one that was found right."""
        self._read_as = ""
        self._resting: Timer | None = None
        self._control = self._made(label)
        self._problem = Static("", classes="problem -echo" if field.codec == "volume" else "problem")

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(Content(self.field.label), classes="label")
            yield self._control
        yield self._problem

    def _made(self, label: str) -> ChoiceField | PickField | AnswerInput:
        shown = show_answer(self.field, self.value)
        if self.field.codec in CHOSEN:
            return ChoiceField(self.field.options, shown, id=self.field.id)
        if self.field.codec == "pick":
            # Elsewhere a digit goes to a question; whoever fills in a workload is not to lose the place.
            digits = self.field.source in ("apis", "models") or self.field.path[0] == "workload"
            return PickField(shown, label, self._opens, digits=digits, id=self.field.id)
        return AnswerInput(
            shown, placeholder=self.field.default_words, id=self.field.id, compact=True, select_on_focus=True
        )

    def on_mount(self) -> None:
        if isinstance(self._control, Input):
            self._control.cursor_blink = not self.app.is_headless

    def take(self, value: Any, label: str = "") -> None:
        """Show the plan's value, unless that is what the user is typing right now."""
        changed, self.value = value != self.value, value
        shown, control = show_answer(self.field, value), self._control
        if isinstance(control, ChoiceField):
            control.value = shown
        elif isinstance(control, PickField):
            control.value, control.label = shown, label
        elif changed and not self._means(control.value, value):
            self._write(control, shown)

    def _means(self, text: str, value: Any) -> bool:
        try:
            return bool(read_answer(self.field, text, self._habit) == value)
        except ValueError:
            return False

    def _shows(self, text: str) -> bool:
        """Whether the text is the present answer as it is written: with fewer digits, perhaps, and no other answer."""
        return text == show_answer(self.field, self.value)

    def _write(self, field: Input, text: str) -> None:
        self._stop_resting()
        self._read_as = ""  # it is about what was typed
        with self.prevent(Input.Changed):
            field.value = text
        self.refuse("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._stop_resting()
        self._asked = self._kept = ""
        own = self._shows(event.value)  # as when it is first filled: what is said of it stays right
        self._read_as = "" if own else read_as(self.field, event.value, self._habit)
        if own:
            if self.wrong:
                self.refuse("")
            return
        try:
            read_answer(self.field, event.value, self._habit)
        except ValueError as problem:
            self.refuse(str(problem))
            return
        self.refuse("")
        self.remark("")
        if REST_S > 0:
            self._resting = self.set_timer(REST_S, self.hear)
        else:
            self.hear()

    def _stop_resting(self) -> None:
        if self._resting is not None:
            self._resting.stop()
            self._resting = None

    def hear(self) -> bool:
        """Take what stands in the field now. False: it stays there, as wrong or asked about."""
        self._stop_resting()
        text = self.text
        if self._shows(text):
            self.refuse("")
            return True
        try:
            value = read_answer(self.field, text, self._habit)
        except ValueError as problem:
            self.refuse(str(problem))
            return False
        if value != self.value and (against := self._objects(self.field, value)):
            self.refuse(against)
            return False
        if text != self._kept and value != self.value and self._asks(text, value):
            return False
        self.refuse("")
        self._answer(value)
        self.remark("")
        return True

    def _asks(self, text: str, value: Any) -> bool:
        """Ask about what its writer may not mean."""
        doubt = doubt_about(self.field, text, self._before, value)
        if doubt:
            self._asked = text
            self.refuse(doubt)
            self._problem.add_class("-asked")
        return bool(doubt)

    def enter(self) -> bool:
        """Enter was pressed: what was asked about is right. False: what stands in the field needs another look."""
        if self._asked == self.text:
            self._kept = self._asked
        return self.hear()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape" and self._asked and isinstance(self._control, Input):
            event.stop()
            self.drop()

    def drop(self) -> None:
        """Forget what is typed and not taken."""
        self._asked = self._kept = self._read_as = ""
        if isinstance(self._control, Input):
            self._write(self._control, show_answer(self.field, self.value))

    @on(ChoiceField.Answered)
    def _chosen(self, event: ChoiceField.Answered) -> None:
        event.stop()
        self._answer(read_answer(self.field, event.value))

    def _answer(self, value: Any) -> None:
        if value != self.value:
            self.value = value
            self.post_message(self.Answered(self, value))

    def refuse(self, problem: str) -> None:
        """Say what is wrong below the field; what was typed stays. An empty problem clears it."""
        line = self._problem
        if line.content != (words := Content(problem)):
            line.update(words)
        line.set_class(bool(problem), "-shown")
        line.remove_class("-told", "-asked")
        if isinstance(self._control, Input):
            self._control.set_class(bool(problem), "-wrong")

    def remark(self, words: str) -> None:
        """Say below the field what was understood, until the next letter; nothing while that is not so any more."""
        said = f"{words}; {self._read_as}" if words and self._read_as else words or self._read_as
        if self.wrong or self._resting is not None or not said:
            return
        self._problem.update(Content(said))
        self._problem.add_class("-told")

    @property
    def wrong(self) -> bool:
        """True while the field holds something that is not in the plan."""
        return self._problem.has_class("-shown")

    @property
    def text(self) -> str:
        """What stands in the field, or what is chosen: the plan may not have heard of it yet."""
        return self._control.value

    def on_descendant_focus(self) -> None:
        if not self.wrong:
            self._before = self.value
        self.post_message(self.Entered(self))

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        if isinstance(self._control, Input) and self.hear():
            self._write(self._control, show_answer(self.field, self.value))
            self.remark("")
        self.post_message(self.Left())
