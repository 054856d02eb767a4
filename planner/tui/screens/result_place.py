"""A place that shows results: `i` says where its numbers come from and leads to the answers behind them."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from planner.tui.screens.dialogs.sources import SourcesDialog, traces_of
from planner.tui.screens.place import PlaceScreen


class ResultPlace(PlaceScreen):
    """Sizing, Routing and Costs."""

    TRACES_FIRST: ClassVar[tuple[str, ...]] = ()
    """Beginnings of the keys of the traces that matter most here."""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("i", "sources", "Where from")]

    def action_sources(self) -> None:
        """Formula, inputs and source of the numbers on this screen."""
        evaluation = self.app.evaluation
        if evaluation is not None:
            dialog = SourcesDialog(traces_of(evaluation, self.TRACES_FIRST))
            self.app.push_screen(dialog, self._go)

    def _go(self, place: str | None) -> None:
        if place is not None:
            self.app.call_later(self.app.action_go, place)
