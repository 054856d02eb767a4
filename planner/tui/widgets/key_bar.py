"""The keys that work right now, on one line. One widget: Textual's own footer mounts one for each key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.screen import Screen

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
