"""The workloads of step 1 as a table with its own keys: edit, add, duplicate, delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from planner.quantities import percent, scaled

if TYPE_CHECKING:
    from planner.plan.schema import WorkloadEntry


WIDE_FROM = 100
"""Cells of the terminal from which names are longer and the kind is shown."""


class WorkloadTable(DataTable[Text]):
    """One row a workload; the last row adds one."""

    DEFAULT_CSS = """
    WorkloadTable { height: auto; max-height: 8; margin: 0 1 1 0; background: $background; }
    WorkloadTable { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; }
    WorkloadTable > .datatable--odd-row, WorkloadTable > .datatable--even-row { background: $background; }
    .-tall WorkloadTable { max-height: 14; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a,plus", "add", "Add"),
        Binding("c", "copy_row", "Copy"),
        Binding("d,delete", "remove", "Delete"),
    ]
    ADD = "+ add a workload"

    @dataclass
    class EditRequested(Message):
        """The row should be edited in the form."""

        index: int

    @dataclass
    class AddRequested(Message):
        """A new row is wanted; `like` is the row to copy, None for a fresh one."""

        like: int | None

    @dataclass
    class DeleteRequested(Message):
        """The row should go."""

        index: int

    def __init__(self, workloads: Sequence[WorkloadEntry]) -> None:
        super().__init__(
            id="workloads", cursor_type="row", show_header=True, cell_padding=1, cursor_foreground_priority="css"
        )
        self._workloads: tuple[WorkloadEntry, ...] = tuple(workloads)
        self._wide = False

    def on_mount(self) -> None:
        self._lay_out()

    def on_resize(self) -> None:
        if self._wide != (self.app.size.width >= WIDE_FROM):
            self._lay_out()

    def _lay_out(self) -> None:
        self._wide = self.app.size.width >= WIDE_FROM
        self.clear(columns=True)
        labels = ("Work", "per day", "in/out", "cached", *(("kind",) if self._wide else ()))
        for label in labels:
            self.add_column(Text(label, justify="right" if label in ("per day", "in/out", "cached") else "left"))
        self._fill()

    def take(self, workloads: Sequence[WorkloadEntry]) -> None:
        """Show these rows; the cursor stays where it is."""
        if tuple(workloads) != self._workloads:
            self._workloads = tuple(workloads)
            self._fill()

    def _fill(self) -> None:
        row = self.cursor_row
        self.clear()
        for entry in self._workloads:
            self.add_row(*_cells(entry, self._wide))
        self.add_row(Text(self.ADD, style="dim"))
        self.move_cursor(row=min(row, len(self._workloads)))

    @property
    def _here(self) -> int | None:
        return self.cursor_row if self.cursor_row < len(self._workloads) else None

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.post_message(self.AddRequested(None) if self._here is None else self.EditRequested(self._here))

    def action_cursor_down(self) -> None:
        """Past the last row the focus moves on, as between fields."""
        if self.cursor_row >= self.row_count - 1:
            self.screen.focus_next()
        else:
            super().action_cursor_down()

    def action_add(self) -> None:
        """Add a workload."""
        self.post_message(self.AddRequested(None))

    def action_copy_row(self) -> None:
        """Duplicate the workload under the cursor."""
        if self._here is not None:
            self.post_message(self.AddRequested(self._here))

    def action_remove(self) -> None:
        """Delete the workload under the cursor."""
        if self._here is not None:
            self.post_message(self.DeleteRequested(self._here))


def _cells(entry: WorkloadEntry, wide: bool) -> tuple[Text, ...]:
    requests = entry.requests_per_day
    volume = f"{scaled(requests)} req" if requests is not None else scaled(entry.tokens_per_day)
    shape = f"{scaled(entry.input_tokens).replace(' ', '')}/{scaled(entry.output_tokens).replace(' ', '')}"
    name = Text(entry.name)
    name.truncate(26 if wide else 17, overflow="ellipsis")
    numbers = (volume, shape, percent(entry.cached_input_fraction))
    kind = (Text(entry.kind.replace("_", " ")),) if wide else ()
    return (name, *(Text(number, justify="right") for number in numbers), *kind)
