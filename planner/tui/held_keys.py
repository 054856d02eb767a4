"""Keys pressed between the one that asks for a dialog and the dialog: they wait for it, whatever is below.

Textual (8.2.8) gives each key to what has the focus then. A dialog comes up later: a flow waits for its turn, reads a
folder or computes first. And of keys that come all at once the later ones are on their way through the widgets below,
back to the app, which looks up what they are bound to, when the first opens the dialog.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual import events
from textual.message_pump import MessagePump
from textual.screen import ModalScreen

from planner.tui.textual_fixes import KeysWait, SteadyApp

if TYPE_CHECKING:
    from textual.screen import Screen


WORD_S = 0.3
"""Letters closer than this are of one word."""


class Hold:
    """As long as one is held, no key goes anywhere but to a dialog."""


class KeepsKeys(SteadyApp):
    """For the app: `hold_keys` when a flow is asked for, `let_keys_go` when it will not ask, or has ended."""

    def __init__(self, *settings: Any, **more: Any) -> None:
        super().__init__(*settings, **more)
        self._keys_held_by: list[Hold] = []
        self._asking: Hold | None = None
        self._draining = 0
        self._passed: list[events.Key] = []
        """Keys that what is below had been given, and left to the app."""
        self._waiting: list[events.Key] = []
        self._word_until = 0.0

    def word_begins(self) -> None:
        """A letter has answered a dialog. It may be the first of a word: the others are for no field or list below."""
        self._word_until = monotonic() + WORD_S

    def _is_of_a_word(self, key: events.Key) -> bool:
        now, is_letter = monotonic(), bool(key.character and key.character.isprintable())
        goes_on = is_letter and now < self._word_until and not isinstance(self.screen, ModalScreen)
        self._word_until = now + WORD_S if goes_on else 0.0
        return goes_on

    def hold_keys(self) -> Hold:
        """From now on keys wait."""
        hold = Hold()
        self._keys_held_by.append(hold)
        return hold

    def begins(self, hold: Hold) -> None:
        """It is this one's turn: the next dialog is its own."""
        self._asking = hold

    async def let_keys_go(self, hold: Hold | None = None) -> None:
        """No dialog is to be waited for; without a hold, by the flow whose turn it is."""
        self._release(hold or self._asking)
        if not self._keys_held_by and not self._draining:
            for key in self._taken():
                await super().on_event(key)

    def _release(self, hold: Hold | None) -> None:
        if hold in self._keys_held_by:
            self._keys_held_by.remove(hold)

    def _taken(self) -> list[events.Key]:
        keys = [*self._passed, *self._waiting]
        self._passed, self._waiting = [], []
        return [_again(key, self) for key in keys]

    def _is_held(self) -> bool:
        return bool(self._keys_held_by) and not isinstance(self.screen, ModalScreen)

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key) or event.is_forwarded or not self._screen_stack:
            await super().on_event(event)
        elif self._is_of_a_word(event):
            event.stop()
        elif self._is_held():
            self._waiting.append(event)
        elif isinstance(self.screen, KeysWait) and self.screen.holds_keys:
            # Textual would give it to what has the focus, before those that still wait.
            self.screen._forward_event(event)
        else:
            await super().on_event(event)

    async def _on_key(self, event: events.Key) -> None:
        if self._draining or self._is_held():
            self._passed.append(event)
            event.prevent_default()

    def push_screen(self, screen: Screen[Any] | str, *settings: Any, **more: Any) -> Any:
        below = self.focused if self._screen_stack else None
        pushed = super().push_screen(screen, *settings, **more)
        if isinstance(screen, KeysWait):
            self._release(self._asking)
            self._draining += 1
            screen.wait_once_more()
            way = () if below is None else tuple(below.ancestors_with_self)
            self._drain((*way, self) if self not in way else way, screen)
        return pushed

    def _drain(self, way: Sequence[MessagePump], dialog: KeysWait) -> None:
        """Once each has handled what it has now, give the dialog what came through."""
        if way and way[0].call_later(partial(self._drain, way[1:], dialog)):
            return
        if way:
            self._drain(way[1:], dialog)
            return
        self._draining -= 1
        for key in self._taken():
            dialog.take_key(key)
        dialog.wait_no_more()


def _again(key: events.Key, app: SteadyApp) -> events.Key:
    again = events.Key(key.key, key.character)
    again.set_sender(app)
    return again
