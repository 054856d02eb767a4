"""Every repair of Textual (8.2.8), each saying what it repairs, so that it can go when Textual no longer needs it.

Events about what is no longer there: widgets that have gone, rows that were emptied, sizes that the window had. Dialogs
and the command palette under quick hands: left once, with option lists that take a page key and a click at any moment.
Work in threads that are never really cancelled, notices that would freeze the app, and styles that are read twice. And
the end of the app: keys that are still on their way, and a terminal that is gone.
"""

from __future__ import annotations

import asyncio
import select
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import time
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import App, ComposeResult
from textual.await_complete import AwaitComplete
from textual.color import Color
from textual.command import CommandList, CommandPalette
from textual.drivers._writer_thread import WriterThread
from textual.errors import NoWidget
from textual.filter import LineFilter
from textual.geometry import Offset
from textual.message_pump import MessagePump
from textual.messages import Update
from textual.notifications import Notification, Notify, SeverityLevel
from textual.screen import Screen
from textual.theme import Theme, ThemeProvider
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.worker import Worker

from planner.toml.text import printable

# Mixins are no widgets themselves: Textual takes the names that styles go by from the first widget among the bases.
if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.widgets import DataTable

    _ScreenBase = Screen[Any]
    _ListBase = OptionList
    _TableBase = DataTable[Any]
else:
    _ScreenBase = _ListBase = _TableBase = object


class StillThere(_ScreenBase):
    """For screens: what has gone since it was drawn cannot be clicked, and a size that is no longer so does not count.

    Textual (8.2.8) draws a widget once more to find out what was hit, and fails where it belongs to no screen any more.
    And a screen that is laid out for a new size tells itself so: two sizes on their way at once, as when a window is
    dragged on a busy machine, then call each other forth for ever, at full load.
    """

    def on_resize(self, event: events.Resize) -> None:
        if event.size != self.app.size:  # the newer one is on its way
            event.stop()
            event.prevent_default()

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        return (None, None) if self._is_gone_at(x, y) else super().get_widget_and_offset_at(x, y)

    def get_style_at(self, x: int, y: int) -> Style:
        return Style.null() if self._is_gone_at(x, y) else super().get_style_at(x, y)

    def _is_gone_at(self, x: int, y: int) -> bool:
        try:
            return not self.get_widget_at(x, y)[0].is_attached
        except NoWidget:
            return False


class BuiltOnce(_ScreenBase):
    """For screens: one that is being built takes the styles as they are. Textual would read them all again for it."""

    def __init__(self) -> None:
        super().__init__()
        self._css_update_count = self.app._css_update_count


class PaintsWhatIsTyped(_ScreenBase):
    """For screens: a typed letter is painted at once.

    Textual paints at most sixty times a second, and having painted it waits for the second next of those moments: a
    letter that came just after a result had been painted waited 33 ms.
    """

    async def _on_update(self, message: Update) -> None:
        await super()._on_update(message)
        if isinstance(message.widget, Input) and message.widget.has_focus and not self._layout_required:
            self._on_timer_update()


class KeysWait(_ScreenBase):
    """For modal screens: keys pressed while one comes up wait until something on it has the focus.

    Textual gives them to the screen itself, which knows none of them; `take_key` gets those that the field below had
    been given before, which come first.
    """

    _holds = 1
    _early: tuple[events.Key, ...] = ()
    _late: tuple[events.Key, ...] = ()

    @property
    def holds_keys(self) -> bool:
        """Whether keys wait."""
        return self._holds > 0

    def wait_once_more(self) -> None:
        """Until `wait_no_more`."""
        self._holds += 1

    def wait_no_more(self) -> None:
        """What was waited for is there."""
        self._let_go()

    def take_key(self, key: events.Key) -> None:
        """A key that went to what is below."""
        self._early = (*self._early, key)
        if self._holds <= 0:
            self._give_keys()

    def _forward_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and self._holds > 0:
            self._late = (*self._late, event)
        else:
            super()._forward_event(event)

    def on_screen_resume(self) -> None:
        self.call_later(self._let_go)

    def _let_go(self) -> None:
        self._holds -= 1
        if self._holds == 0:
            self._give_keys()

    def _give_keys(self) -> None:
        keys, self._early, self._late = (*self._early, *self._late), (), ()
        for key in keys:
            again = events.Key(key.key, key.character)
            again.set_sender(self.app)  # else it would not bubble past this screen to where keys are bound
            if self.focused is not None:
                self.focused._forward_event(again)
            else:
                super()._forward_event(again)


class LeavesOnce(KeysWait, StillThere):
    """For modal screens: leave with an answer once, and not before everything is there.

    The second of two quick keys comes after the dialog has left the stack: it must not take the screen below with it. A
    key that comes before the dialog is mounted waits, or mounting would find none of its parts.
    """

    def dismiss(self, result: Any = None) -> AwaitComplete:
        if self.app.screen is not self:
            return AwaitComplete()
        if not self.is_mounted:
            self.call_later(self._leave_with, result)
            return AwaitComplete()
        return super().dismiss(result)

    def _leave_with(self, result: Any) -> None:
        self.dismiss(result)  # not returned: what a screen's own handler returns is awaited, which a screen refuses


class Steady(_ListBase):
    """Textual's own (8.2.8) fail where a key or a click comes between a refill and the next drawing."""

    def action_page_up(self) -> None:
        with suppress(KeyError):
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        with suppress(KeyError):
            super().action_page_down()  # type: ignore[no-untyped-call]

    def on_click(self, event: events.Click) -> None:
        if event.style.meta.get("option", -1) >= self.option_count:  # it was drawn, and has gone since
            event.prevent_default()


class SteadyList(Steady, OptionList):
    """For everything but the palette."""


class SteadyCommandList(Steady, CommandList):
    """The palette's list."""


class Palette(LeavesOnce, CommandPalette):
    """Textual's own; see `LeavesOnce` and `SteadyList` for what is different.

    Its magnifying glass is left out: it is a picture of two cells that not every terminal's font has.
    """

    DEFAULT_CSS = "Palette SearchIcon { display: none; }"

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            yield SteadyCommandList() if isinstance(widget, CommandList) else widget

    def on_click(self, event: events.Click) -> None:
        # The window may have become smaller since: Textual's own handler fails outside of it.
        try:
            self.get_widget_at(event.screen_x, event.screen_y)
        except NoWidget:
            event.prevent_default()

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError):
            super()._action_command_list(action)

    def run_worker(self, *work: Any, **settings: Any) -> Worker[Any]:
        # A letter typed just before Escape starts a search in a palette that is gone: that must not end the app.
        return super().run_worker(*work, **(settings | {"exit_on_error": False}))


class SteadyTable(_TableBase):
    """For tables: a click is about what was drawn, and Textual's own fails where that has been emptied or narrowed."""

    def on_click(self, event: events.Click) -> None:
        meta = event.style.meta
        if not (meta.get("row", 0) < self.row_count and meta.get("column", 0) < len(self.ordered_columns)):
            event.prevent_default()


Work = Callable[[], Callable[[], None]]
"""Runs in the thread and returns what is then to be done on the message loop."""


class Latest:
    """A held key asks thirty times a second for what takes half a second: two runs answer all of it.

    An exclusive thread worker would not do: Textual only marks threads as cancelled, and all of them run to their end.
    """

    def __init__(self, owner: Widget, group: str) -> None:
        self._owner, self._group = owner, group
        self._busy = False
        self._next: Work | None = None

    def ask(self, work: Work) -> None:
        """Run `work` now, or after what runs now. What it returns is called only if nothing newer was asked for."""
        if self._busy:
            self._next = work
        else:
            self._busy = True
            self._owner.run_worker(lambda: self._run(work), thread=True, group=self._group, exit_on_error=False)

    def _run(self, work: Work) -> None:
        show: Callable[[], None] | None = None
        try:
            show = work()
        finally:
            self._owner.app.call_from_thread(self._done, show)

    def _done(self, show: Callable[[], None] | None) -> None:
        self._busy = False
        following, self._next = self._next, None
        if not self._owner.is_attached:
            return
        if following is not None:
            self.ask(following)
        elif show is not None:
            show()


def _keys_wait() -> bool:
    """Whether the terminal holds keys that nobody has read yet."""
    if sys.platform == "win32" or sys.__stdin__ is None or not sys.__stdin__.isatty():
        return False
    return bool(select.select([sys.__stdin__], [], [], 0)[0])


class TextFilter(LineFilter):
    """All text on its way to the screen goes through a function; Textual's own control sequences do not."""

    def __init__(self, change: Callable[[str], str]) -> None:
        super().__init__()
        self._change = change

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        change = self._change
        return [
            segment
            if segment.control or (text := change(segment.text)) is segment.text
            else Segment(text, segment.style)
            for segment in segments
        ]


LEAST_S = 0.01


class Notice(Notification):
    """A notification whose time is never less than none.

    Textual asks again how much time is left when it draws one. Where that has run out in between, on a busy machine or
    after a sleep, it starts a timer with less than no time, which then spins forever and freezes the app.
    """

    @property
    def time_left(self) -> float:
        return max(self.raised_at + self.timeout - time(), LEAST_S)

    @property
    def has_expired(self) -> bool:
        return self.raised_at + self.timeout <= time()


ARRIVAL_LIMIT_S = 0.3
ARRIVAL_LOOK_S = 0.01


class PatientWriter(WriterThread):
    """What is written to a terminal that is gone is dropped.

    Textual's own thread ends with the first error, and the app then waits for ever for room in its queue.
    """

    def run(self) -> None:
        try:
            super().run()
        except (OSError, ValueError):
            while self._queue.get() is not None:
                pass


class SteadyApp(App[None]):
    """Says things as a `Notice`, searches themes in our own palette, and paints its first screen once.

    Nothing but text reaches the terminal and the clipboard, and the terminal may go at any time.
    """

    def __init__(self, driver: type[Driver] | None = None) -> None:
        super().__init__(driver)
        # What a plan or a file's name holds is never a command to the terminal: Textual lets the escape through. What
        # is taken out has no width, so nothing moves.
        self._filters.append(TextFilter(printable))

    def set_timer(self, delay: float, *settings: Any, **more: Any) -> Timer:
        """As Textual's, which divides by the delay where it comes late: at once is a moment later."""
        return super().set_timer(max(delay, LEAST_S), *settings, **more)

    def copy_to_clipboard(self, text: str) -> None:
        super().copy_to_clipboard(printable(text))

    def _build_driver(self, *args: Any, **settings: Any) -> Driver:
        driver = super()._build_driver(*args, **settings)
        module: Any = sys.modules[type(driver).__module__]
        if hasattr(module, "WriterThread"):
            module.WriterThread = PatientWriter
        return driver

    async def typed_arrived(self, limit_s: float = ARRIVAL_LIMIT_S) -> None:
        """Wait, not for long, until the keys pressed by now have reached their field, and its screen knows.

        They wait in the terminal, in the queue of the app, then in those of the field and of what it stands in.
        """
        loop = asyncio.get_running_loop()
        ends = loop.time() + limit_s
        while _keys_wait() and loop.time() < ends:
            await asyncio.sleep(ARRIVAL_LOOK_S)
        await asyncio.sleep(ARRIVAL_LOOK_S)  # for the thread that reads them
        await self._reached(self, ends - loop.time())
        focused = self.focused if self.is_running and self._screen_stack else None
        for widget in focused.ancestors_with_self if focused is not None else ():
            await self._reached(widget, ends - loop.time())

    @staticmethod
    async def _reached(pump: MessagePump, limit_s: float) -> None:
        reached = asyncio.Event()
        if pump.call_later(reached.set):
            with suppress(TimeoutError):
                await asyncio.wait_for(reached.wait(), max(0.0, limit_s))

    def begin_with(self, themes: Sequence[Theme], wanted: Sequence[str] = ()) -> None:
        """Register themes and start with the first that is `wanted` and known, else the first, before anything is
        painted.

        Assigning `theme` would have all styles read again twice while the first screen is built: a tenth of the time
        to the first paint.
        """
        for theme in themes:
            self.register_theme(theme)
        first = next((self.available_themes[name] for name in wanted if name in self.available_themes), themes[0])
        self.set_reactive(App.theme, first.name)
        self.stylesheet.set_variables(self.get_css_variables())
        self.set_class(True, f"-theme-{first.name}", update=False)
        self.set_class(first.dark, "-dark-mode", update=False)
        self.set_class(not first.dark, "-light-mode", update=False)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        shown_for = self.NOTIFICATION_TIMEOUT if timeout is None else timeout
        self.post_message(Notify(Notice(message, title, severity, shown_for, markup=markup)))

    async def push_screen_wait(self, screen: Screen[Any] | str, *, mode: str | None = None) -> Any:
        """Push a screen and wait for its result; only in a worker, which may be cancelled.

        Textual first has the worker wait for widgets that are just being removed. Cancelling it meanwhile would cancel
        the message loops of those widgets too, and closing the app would then fail.
        """
        await asyncio.shield(asyncio.ensure_future(self._flush_next_callbacks()))
        return await super().push_screen_wait(screen, mode=mode)

    def search_themes(self) -> None:
        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))
