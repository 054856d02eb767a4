"""The workloads of step 1 as a table with its own keys: edit, add, duplicate, delete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable

from planner.report.document import Line, Table, muted
from planner.report.tables.routes import workloads as described
from planner.tui.widgets.fact_table import FactTable

if TYPE_CHECKING:
    from planner.engine.specs import ApiModel, Evaluation
    from planner.plan.schema import Plan


class WorkloadTable(FactTable):
    """One row a workload; the last row adds one."""

    DEFAULT_CSS = """
    WorkloadTable { height: auto; max-height: 33vh; margin: 0 1 1 0; scrollbar-size-horizontal: 0; }
    .-tall WorkloadTable { max-height: 60vh; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a,plus", "add", "Add"),
        Binding("c", "copy_row", "Copy"),
        Binding("d,delete", "remove", "Delete"),
        Binding("y", "copy_table", show=False),
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

    def __init__(self, plan: Plan, at: int = 0) -> None:
        """`at`: the row under the cursor, as when it was left."""
        super().__init__(id="workloads")
        self._plan, self._at = plan, at
        self._apis: Mapping[str, ApiModel] = {}
        self._evaluation: Evaluation | None = None

    def on_mount(self) -> None:
        super().on_mount()
        self._fill()
        self.move_cursor(row=self._at, animate=False)

    def take(self, plan: Plan, apis: Mapping[str, ApiModel], evaluation: Evaluation | None) -> None:
        """Show the plan's rows, with what they cost where it was evaluated; the cursor stays where it is."""
        self._plan, self._apis, self._evaluation = plan, apis, evaluation
        self._fill()

    def _fill(self) -> None:
        table = described(self._plan, self._apis, self._evaluation)
        blank = [""] * (len(table.columns) - 1)
        self.set_table(Table(table.columns, (*table.lines, Line(self.ADD, (muted(self.ADD), *blank)))))

    @property
    def _here(self) -> int | None:
        return self.cursor_row if self.cursor_row < len(self._plan.workload) else None

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.post_message(self.AddRequested(None) if self._here is None else self.EditRequested(self._here))

    def action_cursor_down(self) -> None:
        """Past the last row the focus moves on, as between fields."""
        if self.cursor_row >= self.row_count - 1:
            self.screen.focus_next()
        else:
            super().action_cursor_down()

    def action_page_down(self) -> None:
        """The same by the page."""
        if self.cursor_row >= self.row_count - 1:
            self.screen.focus_next()
        else:
            super().action_page_down()

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
