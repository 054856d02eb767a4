"""The keys that work right now, on one line. One widget: Textual's own footer mounts one for each key.

The places with their keys; where you are is marked by weight and a bar, not by colour alone.

The six questions on one line, each with the engine's answer; the current one is marked.

The first line: which plan, whether it is saved, and how old its prices are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from planner.engine.specs import QuestionId, Verdict3
from planner.quantities import age
from planner.tui.form.questions import STEPS
from planner.tui.places import PLACES
from planner.words.labels import ANSWER_MARKS

if TYPE_CHECKING:
    from textual.screen import Screen

    from planner.engine.specs import Evaluation


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
        left = Content(" ").join(self._key(key) for key in keys)
        room = width - right.cell_length - 1
        if left.cell_length > room:
            left = left.truncate(max(0, room), ellipsis=True)
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
        return Content("  ").join(self._tab(place.id, place.key.upper(), place.title) for place in PLACES)

    def _tab(self, place: str, key: str, title: str) -> Content:
        if place == self.current:
            return Content.assemble((f"▌{key} {title}", "bold $accent"))
        return Content.assemble((key, f"bold @click=app.go('{place}')"), (f" {title}", f"@click=app.go('{place}')"))


ANSWER_STYLE: dict[Verdict3, str] = {"yes": "$good", "no": "$muted", "unproven": "$warn"}


class StepBar(Widget):
    """`▌1 Volume ✓  2 Quality ?  …`; a click jumps."""

    DEFAULT_CSS = """
    StepBar { height: 1; link-style: none; link-style-hover: underline; link-color-hover: $accent;
              link-background-hover: $background; link-color: $foreground; }
    """
    current: reactive[int] = reactive(0)
    answers: reactive[dict[QuestionId, Verdict3]] = reactive({})

    def render(self) -> Content:
        return Content("  ").join(self._step(index) for index in range(len(STEPS)))

    def _step(self, index: int) -> Content:
        step = STEPS[index]
        answer = self.answers.get(step.id)
        mark = Content.styled(f" {ANSWER_MARKS[answer]}", ANSWER_STYLE[answer]) if answer else Content("")
        if index == self.current:
            return Content.styled(f"▌{index + 1} {step.title}", "bold $accent") + mark
        return Content.styled(f" {index + 1} {step.title}", f"@click=screen.jump({index})") + mark


def price_words(evaluation: Evaluation | None) -> tuple[str, bool]:
    """How old the prices behind the result are, by the oldest of them, and whether any of them is stale."""
    if evaluation is None:
        return "", False
    prices = evaluation.prices_used
    stale = [price for price in prices if price.stale]
    if stale:
        ages = [price.age_days for price in stale if price.age_days is not None]
        oldest = f", oldest {age(max(ages))}" if ages else ""
        return f"{len(stale)} of {len(prices)} prices stale{oldest}", True
    dates = sorted(price.as_of for price in prices if price.as_of)
    return (f"prices from {dates[0]}" if dates else ""), False


class PlanHeader(Widget):
    """`planner · name *` on the left, the price date on the right."""

    DEFAULT_CSS = """
    PlanHeader { height: 1; padding: 0 1; color: $foreground; }
    """
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
