"""An option list that takes a page key at any moment."""

from __future__ import annotations

from contextlib import suppress

from textual.widgets import OptionList


class SteadyList(OptionList):
    """Textual's own (8.2.8) raises KeyError for a page key that comes between a refill and the next layout."""

    def action_page_up(self) -> None:
        with suppress(KeyError):
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        with suppress(KeyError):
            super().action_page_down()  # type: ignore[no-untyped-call]
