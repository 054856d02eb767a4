"""The places with their keys; where you are is marked by weight and a bar, not by colour alone."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from planner.tui.places import PLACES


class PlaceBar(Widget):
    """One line of clickable places."""

    DEFAULT_CSS = """
    PlaceBar {
        height: 1; padding: 0 1; background: $surface; color: $muted; link-color: $muted; link-style: none;
        link-color-hover: $accent; link-style-hover: underline; link-background-hover: $surface;
    }
    """
    current: reactive[str] = reactive("home")

    def render(self) -> Content:
        return Content("  ").join(self._tab(place.id, place.key.upper(), place.title) for place in PLACES)

    def _tab(self, place: str, key: str, title: str) -> Content:
        if place == self.current:
            return Content.assemble((f"▌{key} {title}", "bold $accent"))
        return Content.assemble((key, f"bold @click=app.go('{place}')"), (f" {title}", f"@click=app.go('{place}')"))
