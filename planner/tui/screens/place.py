"""What all places share: header, verdict strip, content, place bar, footer, and one hook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.getters import query_one
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from planner.tui.host import HostOf
from planner.tui.places import title_of
from planner.tui.textual_fixes import BuiltOnce, PaintsWhatIsTyped, StillThere
from planner.tui.widgets.bars import KeyBar, PlaceBar, PlanHeader, VerdictStrip, price_words

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation
    from planner.plan.schema import Plan


def draft_words(plan: Plan) -> str:
    """What stands in for the verdict while some work has no volume; empty where something is wrong instead."""
    from planner.plan.volumes import untold  # not needed for the first paint
    from planner.tui.form.answers import not_yet

    return not_yet(plan) if untold(plan) else ""


class PlaceScreen(StillThere, BuiltOnce, PaintsWhatIsTyped, Screen[None]):
    """A place. Subclasses yield their content from `compose_place` and put numbers on it in `show`.

    `show` is called when the place is first shown, when a new evaluation has arrived while it is on screen, and on
    return to it if one arrived meanwhile. It is never called before the content is mounted.
    """

    PLACE: ClassVar[str] = ""
    """Id of the place in `places.PLACES`."""
    ABOUT: ClassVar[str] = ""
    """What the place answers, for the help overlay."""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("v", "read_all", "All of a text", show=False)]
    host = HostOf()
    header = query_one(PlanHeader)
    strip = query_one(VerdictStrip)
    place_bar = query_one(PlaceBar)

    _shown: Evaluation | None = None
    _ever_shown = False
    _watching = False

    def compose(self) -> ComposeResult:
        yield PlanHeader()
        yield VerdictStrip()
        with Container(id="place"):
            yield from self.compose_place()
        yield PlaceBar()
        yield KeyBar()
        yield Static("planner needs 60 × 20 cells.\nMake the window larger; nothing is lost.", id="too-small")

    def compose_place(self) -> Iterable[Widget]:
        """Content of the place."""
        return ()

    def show(self, evaluation: Evaluation | None) -> None:
        """Put the numbers of `evaluation` on screen; None: no plan, or none that can be evaluated yet."""

    def help_words(self) -> str:
        """What F1 says here, before the keys."""
        return self.ABOUT

    def action_read_all(self) -> None:
        """Show in full what has no room here."""
        from planner.tui.dialogs.help import AllOfIt  # not needed for the first paint

        if cut := self._cut_texts():
            self.app.push_screen(AllOfIt(title_of(self.PLACE), cut))

    def _cut_texts(self) -> list[Content]:
        """In full, those that end in the key for them."""
        seen = (widget for widget in self.query("*") if getattr(widget, "is_cut", False) and widget.region.area)
        return [widget.whole for widget in seen]  # type: ignore[attr-defined]

    def on_mount(self) -> None:
        # Textual calls the handlers of all base classes itself; a subclass that also does so must not count twice.
        if self._watching:
            return
        self._watching = True
        self.place_bar.current = self.PLACE
        for name in ("plan", "evaluation", "computing", "error", "saves"):
            self.watch(self.app, name, self._app_changed, init=False)

    def on_screen_resume(self) -> None:
        self._app_changed()

    def _app_changed(self) -> None:
        # A screen in the background is brought up to date when it is shown again, and not before.
        if self.is_mounted and self.is_current:
            self._refresh_chrome()
            evaluation = self.host.evaluation
            if not self._ever_shown or self._shown is not evaluation:
                if self._shown is None and evaluation is not None:
                    self.call_after_refresh(self.host.settled)
                self._shown, self._ever_shown = evaluation, True
                self.show(evaluation)

    def _refresh_chrome(self) -> None:
        host, header = self.host, self.header
        header.plan_name = host.plan.name if host.plan else ""
        header.dirty = host.session.dirty
        header.prices, header.stale = price_words(host.evaluation)
        self.strip.computing = host.computing
        # An error is about the plan that was evaluated, which is not the one being computed now.
        error = "" if host.computing else host.error
        draft = host.plan if host.evaluation is None and host.error else None
        self.strip.hint = draft_words(draft) if draft is not None else ""
        self.strip.show(host.evaluation, error)
