"""One of many, shown on one line; Enter or a click opens the list."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class PickField(Widget, can_focus=True):
    """Shows the label of its value; asks for the list to be opened and is told the answer."""

    DEFAULT_CSS = """
    PickField { height: 1; width: 1fr; max-width: 44; background: $surface; padding: 0 1; }
    PickField:focus { background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "open", "Choose")]
    value: reactive[str] = reactive("")
    label: reactive[str] = reactive("")

    class OpenRequested(Message):
        """The list of possible values should be shown."""

        def __init__(self, field: PickField) -> None:
            super().__init__()
            self.field = field

        @property
        def control(self) -> PickField:
            return self.field

    def __init__(self, value: str, label: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(PickField.value, value)
        self.set_reactive(PickField.label, label)

    def render(self) -> Content:
        width = max(1, self.content_size.width - 2)
        return Content.assemble(Content(self.label).truncate(width, ellipsis=True, pad=True), (" ▾", "$muted"))

    def action_open(self) -> None:
        """Ask for the list."""
        self.post_message(self.OpenRequested(self))

    def on_click(self) -> None:
        self.action_open()
