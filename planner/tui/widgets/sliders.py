"""A few values on rails: up and down choose one, left and right or the mouse move it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from planner.report.document import Row, Segment
from planner.tui.widgets.fact_table import to_content

LABEL_CELLS = 18
VALUE_CELLS = 9
SHORTEST_RAIL = 16


@dataclass(frozen=True, slots=True)
class Rail:
    """One slider: its stops, where it starts, and how a stop is written."""

    id: str
    label: str
    stops: tuple[float, ...]
    start: float
    shown: Callable[[float], str]


class Sliders(Widget, can_focus=True):
    """Posts `Moved` with all values whenever one changes."""

    DEFAULT_CSS = "Sliders { height: auto; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", "Slider", show=False),
        Binding("down", "choose(1)", "Slider", show=False),
        Binding("left", "move(-1)", "Less", show=False),
        Binding("right", "move(1)", "More", show=False),
        Binding("0", "reset", "Reset"),
    ]
    chosen: reactive[int] = reactive(0)
    places: reactive[tuple[int, ...]] = reactive(())
    meanings: reactive[tuple[str, ...]] = reactive(())
    """What each value comes to, such as "99 M tokens a day"; shown where there is room."""

    @dataclass
    class Moved(Message):
        """A slider stands elsewhere."""

        sliders: Sliders

        @property
        def control(self) -> Sliders:
            return self.sliders

    def __init__(self, rails: Sequence[Rail], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rails = tuple(rails)
        self.set_reactive(Sliders.places, tuple(rail.stops.index(rail.start) for rail in self._rails))

    @property
    def values(self) -> dict[str, float]:
        """Where each slider stands."""
        return {rail.id: rail.stops[place] for rail, place in zip(self._rails, self.places, strict=True)}

    def action_choose(self, step: int) -> None:
        """Go to the next slider."""
        self.chosen = (self.chosen + step) % len(self._rails)

    def action_move(self, step: int) -> None:
        """Move the chosen slider."""
        places = list(self.places)
        last = len(self._rails[self.chosen].stops) - 1
        places[self.chosen] = min(max(places[self.chosen] + step, 0), last)
        self._place(tuple(places))

    def action_reset(self) -> None:
        """All back to where they started."""
        self._place(tuple(rail.stops.index(rail.start) for rail in self._rails))

    def _place(self, places: tuple[int, ...]) -> None:
        if places != self.places:
            self.places = places
            self.post_message(self.Moved(self))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if 0 <= event.y < len(self._rails):
            self.chosen = event.y
            self.capture_mouse()
            self._drag(event.x)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self._drag(event.x)

    def on_mouse_up(self) -> None:
        self.release_mouse()

    def _drag(self, column: int) -> None:
        """Put the chosen slider at the stop nearest to a column."""
        share = (column - LABEL_CELLS - 2) / max(self._room() - 1, 1)
        last = len(self._rails[self.chosen].stops) - 1
        self.action_move(round(min(max(share, 0.0), 1.0) * last) - self.places[self.chosen])

    def _room(self) -> int:
        told = max((len(text) + 3 for text in self.meanings), default=0)
        free = self.content_size.width - LABEL_CELLS - VALUE_CELLS - 4
        return max(min(free - told if free - told >= SHORTEST_RAIL else free, 48), 8)

    def render(self) -> Content:
        return to_content(tuple(self._row(i) for i in range(len(self._rails))), self.app.current_theme.dark)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rails)

    def _row(self, index: int) -> Row:
        rail, place = self._rails[index], self.places[index]
        last = len(rail.stops) - 1
        track = ["─"] * self._room()
        track[round(rail.stops.index(rail.start) / last * (len(track) - 1))] = "┬"
        at = round(place / last * (len(track) - 1))
        is_chosen = index == self.chosen
        moved = rail.stops[place] != rail.start
        role = "accent" if is_chosen and self.has_focus else "strong" if moved else "text"
        return (
            Segment(f"{'▸' if is_chosen else ' '} {rail.label:<{LABEL_CELLS}}", role),
            Segment("".join(track[:at]), "faint"),
            Segment("●", role),
            Segment("".join(track[at + 1 :]), "faint"),
            Segment(f"  {rail.shown(rail.stops[place]):>{VALUE_CELLS - 2}}", role),
            Segment(self._meaning(index), "muted"),
        )

    def _meaning(self, index: int) -> str:
        used = LABEL_CELLS + 2 + self._room() + VALUE_CELLS
        text = f"   {self.meanings[index]}" if index < len(self.meanings) else ""
        return text if used + len(text) <= self.content_size.width else ""
