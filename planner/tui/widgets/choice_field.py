"""A few answers on one line, one of them ticked: arrows or a letter choose, a click does too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

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

    class Answered(Message):
        """The user chose."""

        def __init__(self, field: ChoiceField, value: str) -> None:
            super().__init__()
            self.field, self.value = field, value

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
