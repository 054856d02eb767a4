"""The lines around every place: the plan and its verdict above, the places and the keys below.

One widget a line. Textual's own footer mounts one for each key; here a click is found by what is drawn under it. Where
you are is marked by weight and a bar, not by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from planner.quantities import ago, is_day
from planner.tui.charts.palette import style_of
from planner.tui.places import PLACES

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.report.tables.strategies import Part

Key = tuple[str, str, str]
"""Key to press, how it is shown, what it does."""


def keys_of(screen: Screen[object]) -> tuple[list[Key], Key | None]:
    """The keys worth showing, nearest to the focus first, and the palette's."""
    app, found = screen.app, dict[str, Key]()
    palette = None
    for key, active in screen.active_bindings.items():
        binding = active.binding
        told = (binding.key, app.get_key_display(binding), binding.description)
        if key == app.COMMAND_PALETTE_BINDING:
            palette = told
        elif binding.show and active.enabled:
            found.setdefault(binding.action, told)
    return list(found.values()), palette


class KeyBar(Widget):
    """Shows `keys_of` the screen; a click presses the key."""

    DEFAULT_CSS = """
    KeyBar {
        height: 1; padding: 0 1; color: $muted; background: $background;
        link-color: $muted; link-style: none; link-color-hover: $accent; link-style-hover: none;
        link-background-hover: $background;
    }
    """

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, screen: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Content:
        keys, palette = keys_of(self.screen)
        width = self.content_size.width
        right = self._key(palette) if palette is not None else Content("")
        left, room = Content(""), width - right.cell_length - 1
        for key in keys:  # whole ones only, the nearest to the focus first
            longer = Content(" ").join((left, self._key(key))) if left else self._key(key)
            if longer.cell_length > room:
                break
            left = longer
        return Content.assemble(left, " " * max(1, width - left.cell_length - right.cell_length), right)

    @staticmethod
    def _key(key: Key) -> Content:
        pressed, shown, description = key
        action = f"@click=press('{pressed}')"
        return Content.assemble((shown, f"bold $accent {action}"), (f" {description}", action))

    def action_press(self, key: str) -> None:
        """Press a key as if it were typed."""
        self.app.simulate_key(key)


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
        """Nearer together where there is little room; where there is less, only where you are has its name."""
        line = Content("")
        for gap, named in ((2, True), (1, True), (1, False)):
            tabs = (self._tab(place.id, place.key.upper(), place.title, named) for place in PLACES)
            line = Content(" " * gap).join(tabs)
            if line.cell_length <= self.content_size.width:
                break
        return line

    def _tab(self, place: str, key: str, title: str, named: bool) -> Content:
        if place == self.current:
            return Content.assemble((f"▌{key} {title}", "bold $accent"))
        name = f" {title}" if named else ""
        return Content.assemble((key, f"bold @click=app.go('{place}')"), (name, f"@click=app.go('{place}')"))


def price_words(evaluation: Evaluation | None) -> tuple[str, bool]:
    """How old the prices behind the result are, by the oldest of them, and whether any of them is stale."""
    if evaluation is None:
        return "", False
    prices = evaluation.prices_used
    stale = [price for price in prices if price.stale]
    if stale:
        ages = [price.age_days for price in stale if price.age_days is not None and is_day(price.as_of)]
        oldest = f", oldest seen {ago(max(ages))}" if ages else ", seen on no known day"
        return f"{len(stale)} of {len(prices)} prices stale{oldest}", True
    dates = sorted(price.as_of for price in prices if price.as_of)
    return (f"prices from {dates[0]}" if dates else ""), False


class PlanHeader(Widget):
    """`planner · name *` on the left, the price date on the right."""

    DEFAULT_CSS = "PlanHeader { height: 1; padding: 0 1; color: $foreground; }"
    plan_name: reactive[str] = reactive("")
    dirty: reactive[bool] = reactive(False)
    prices: reactive[str] = reactive("")
    stale: reactive[bool] = reactive(False)

    def render(self) -> Content:
        width = self.content_size.width
        right = Content.styled(self.prices, "$warn" if self.stale else "$muted")
        head = Content.assemble(("planner", "bold $accent"), (" · ", "$muted"))
        mark = Content.styled(" *" if self.dirty else "", "bold $warn")
        room = width - head.cell_length - mark.cell_length - right.cell_length - 2
        name = Content(self.plan_name or "no plan open").truncate(max(8, room), ellipsis=True)
        left = head + name + mark
        return Content.assemble(left, " " * max(1, width - left.cell_length - right.cell_length), right)


FLASH_S = 0.9


def _parts(evaluation: Evaluation) -> tuple[Part, ...]:
    # Imported with the first result: the words behind it load numpy, and the first paint would wait 100 ms for them.
    from planner.report.tables.strategies import strip_parts

    return tuple(strip_parts(evaluation))


def strip_line(parts: Sequence[Part], changed: frozenset[str], width: int) -> Content:
    """The parts on one line of `width` cells, as wordy as fits; what changed stands out without colour too."""
    line = Content("")
    for level, gap in ((0, 3), (1, 3), (1, 2), (2, 2)):
        line = Content(" " * gap).join(
            Content.styled(part.text(level), f"{style_of(part.role)}{' reverse' * (part.key in changed)}".strip())
            for part in parts
        )
        if line.cell_length <= width:
            return line
    if len(parts) > 1:  # whole parts go, the least important first
        return strip_line(parts[:-1], changed, width)
    return line.truncate(width, ellipsis=True)


class VerdictStrip(Widget):
    """Shows `strip_line`; what changed since the last evaluation flashes once."""

    DEFAULT_CSS = "VerdictStrip { height: 1; padding: 0 1; background: $panel; }"
    parts: reactive[tuple[Part, ...]] = reactive(())
    changed: reactive[frozenset[str]] = reactive(frozenset())
    note: reactive[str] = reactive("")
    hint: reactive[str] = reactive("")
    """Instead of the note where nothing is wrong: what is missing before there is a verdict."""
    computing: reactive[bool] = reactive(False)
    _flash: Timer | None = None

    def show(self, evaluation: Evaluation | None, note: str) -> None:
        """Take the new verdict; `note` stands in where there is none."""
        self.note = note
        self.set_class(evaluation is None and not note and not self.computing, "-empty")
        fresh = _parts(evaluation) if evaluation is not None else ()
        before = {part.key: part.texts for part in self.parts}
        changed = frozenset(part.key for part in fresh if before and before.get(part.key) != part.texts)
        self.parts = fresh
        if changed:
            self.changed = changed
            if self._flash is not None:
                self._flash.stop()
            self._flash = self.set_timer(FLASH_S, self._calm)

    def _calm(self) -> None:
        self.changed = frozenset()

    def render(self) -> Content:
        width = self.content_size.width
        if self.hint:
            return Content.styled(self.hint, "$muted").truncate(width, ellipsis=True)
        if self.note:
            return Content.styled(f"! {self.note}", "$bad").truncate(width, ellipsis=True)
        if not self.parts:
            return Content.styled("computing…" if self.computing else "", "$muted")
        return strip_line(self.parts, self.changed, width - 2) + Content.styled(
            " …" if self.computing else "", "$muted"
        )
