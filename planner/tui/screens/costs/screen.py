"""Costs: twelve months of every strategy, where they cross, what moves them, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.getters import query_one
from textual.widget import Widget
from textual.widgets import Static, Tab, Tabs

from planner.engine.specs import Evaluation
from planner.tui.screens.costs.panes import (
    BreakEvenPane,
    CostPane,
    LedgerPane,
    MapPane,
    RiskPane,
    ScenariosPane,
    SensitivityPane,
    VerdictPane,
)
from planner.tui.screens.costs.what_if import WhatIfPane
from planner.tui.screens.explained import ResultPlace

PANES: dict[str, tuple[str, type[CostPane]]] = {
    "ledger": ("Ledger", LedgerPane),
    "break-even": ("Break-even", BreakEvenPane),
    "sensitivity": ("Sensitivity", SensitivityPane),
    "risk": ("Risk", RiskPane),
    "map": ("Map", MapPane),
    "verdict": ("Verdict", VerdictPane),
    "what-if": ("What if", WhatIfPane),
    "scenarios": ("Scenarios", ScenariosPane),
}
NARROW_TITLES = {"scenarios": "Prices"}
"""So that all tabs fit in 80 columns."""
NARROW_BELOW = 100


class CostsScreen(ResultPlace):
    """Tabs over panes that are built when first opened."""

    PLACE = "costs"
    TRACES_FIRST = ("break_even", "demand", "choice.rent", "api.")
    ABOUT = (
        "Twelve months of six strategies side by side, every bucket of every month, from which volume own GPUs"
        " pay, what moves the result, how sure it is, and the verdict in words. × marks a strategy that residency"
        " forbids: it is shown for reference.\n\n"
        "Scenarios are nine ways that API prices and GPU rents may go, and who is then the cheapest.\n\n"
        "What if bends volume, growth, answers and prices and leaves the plan alone; p puts all but prices into it."
    )
    DEFAULT_CSS = """
    CostsScreen {
        & Tabs { height: 1; margin: 0 0 1 0; }
        & Tabs Underline { display: none; }
        & Tab { height: 1; padding: 0 1; color: $muted; }
        & Tab.-active { color: $accent; text-style: bold underline; }
        & #panes { height: 1fr; }
        & #no-plan { color: $muted; }
    }
    CostPane { height: 1fr; }
    LedgerPane #notes { max-height: 3; }
    LedgerPane #cumulative { height: 3fr; min-height: 9; }
    LedgerPane #cumulative > FactTable { height: 1fr; max-height: 100%; }
    LedgerPane #ledger { height: 2fr; min-height: 4; margin: 1 0 0 0; }
    BreakEvenPane Notes { margin: 0 0 1 0; }
    BreakEvenPane #break-even { height: auto; max-height: 60%; }
    BreakEvenPane #ruler { margin: 1 0 0 0; }
    SensitivityPane #flips { height: auto; max-height: 50%; margin: 1 0 0 0; }
    SensitivityPane VerticalScroll { height: 1fr; }
    RiskPane #likelihood { max-height: 3; margin: 0 0 1 0; }
    RiskPane #fan { height: 1fr; min-height: 8; }
    RiskPane #fan Chart { height: 1fr; }
    MapPane #map { height: 1fr; }
    MapPane #map Chart { height: 1fr; }
    ScenariosPane #about { margin: 0 0 1 0; max-width: 110; }
    ScenariosPane #summary { margin: 1 0 0 0; }
    ScenariosPane #every { height: 1fr; margin: 1 0 0 0; }
    WhatIfPane #about { margin: 0 0 1 0; }
    WhatIfPane #bent-verdict { margin: 1 0; }
    WhatIfPane #bent { height: auto; }
    CostsScreen.-short Tabs { margin: 0; }
    CostsScreen.-short LedgerPane #ledger { margin: 0; }
    CostsScreen.-short LedgerPane #notes { max-height: 2; }
    CostsScreen.-short BreakEvenPane Notes { margin: 0; max-height: 5; }
    CostsScreen.-short BreakEvenPane #ruler { margin: 0; }
    CostsScreen.-short BreakEvenPane .pane-title { display: none; }
    CostsScreen.-short RiskPane #likelihood { max-height: 1; margin: 0; }
    CostsScreen.-short WhatIfPane #about { display: none; }
    CostsScreen.-narrow Tab { padding: 0 0 0 1; }
    CostsScreen.-short ScenariosPane #about { display: none; }
    CostsScreen.-short ScenariosPane #every { display: none; }
    CostsScreen.-short WhatIfPane #bent-verdict { max-height: 4; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(i), f"tab('{name}')", PANES[name][0], show=False) for i, name in enumerate(PANES, start=1)),
        Binding("right_square_bracket", "next_tab(1)", "Next tab"),
        Binding("left_square_bracket", "next_tab(-1)", "Tab before", show=False),
        Binding("t", "tables", "Table/chart"),
        Binding("v", "verdict", "Verdict"),
        Binding("v", "read_all", "All of it"),
    ]

    tabs = query_one(Tabs)
    panes = query_one("#panes", Container)
    no_plan = query_one("#no-plan", Static)

    def compose_place(self) -> Iterable[Widget]:
        yield Tabs(*(Tab(title, id=name) for name, title in self._titles().items()))
        yield Static("Open a plan to see its costs.", id="no-plan")
        yield Container(id="panes")

    def on_resize(self, event: events.Resize) -> None:
        titles = self._titles()
        for tab in self.query(Tab):
            tab.label = titles[tab.id or ""]

    def _titles(self) -> dict[str, str]:
        narrow = NARROW_TITLES if self.app.size.width < NARROW_BELOW else {}
        return {name: f"{i} {narrow.get(name, title)}" for i, (name, (title, _)) in enumerate(PANES.items(), start=1)}

    def show(self, evaluation: Evaluation | None) -> None:
        self.no_plan.display = evaluation is None
        self.panes.display = evaluation is not None
        self._show_pane()

    @on(Tabs.TabActivated)
    async def _open_pane(self) -> None:
        """Mount the pane if this is its first time, and hide the others."""
        name = self._active
        found = self.query(f"#pane-{name}")
        if not found:
            await self.panes.mount(PANES[name][1](id=f"pane-{name}"))
        for pane in self.query(CostPane):
            pane.display = pane.id == f"pane-{name}"
        self._show_pane()
        self.refresh_bindings()
        self.call_after_refresh(self._keep_focus)

    def _keep_focus(self) -> None:
        """What had the focus may have gone with its tab; then it belongs to what can be moved in this one."""
        focused = self.focused
        # Asked of what is shown, not of what was drawn: that is still where it was until the tab is laid out.
        if focused is None or not all(node.display for node in focused.ancestors_with_self if node is not self):
            inside = (each for each in self.focus_chain if each in self.query(f"#pane-{self._active} *"))
            self.set_focus(next(inside, self.tabs))

    @property
    def _active(self) -> str:
        return self.tabs.active or next(iter(PANES))

    def _show_pane(self) -> None:
        evaluation = self.host.evaluation
        for pane in self.query(CostPane):
            # One that is just being built has nothing to show on yet; it is shown once it is there.
            if evaluation is not None and pane.is_mounted and pane.id == f"pane-{self._active}":
                pane.show(evaluation)
        self.call_after_refresh(self.refresh_bindings)  # by then it is known whether a text is cut, which v shows

    def action_tab(self, name: str) -> None:
        """Open a tab; the keys then belong to what is in it where that can be moved."""
        self.tabs.active = name
        self.call_after_refresh(self._into_pane, name)

    def action_verdict(self) -> None:
        """The verdict in words."""
        self.action_tab("verdict")

    def reveal(self, target: str) -> None:
        """Open a tab by its name."""
        if target in PANES:
            self.action_tab(target)

    def _into_pane(self, name: str) -> None:
        for handle in self.query(f"#pane-{name} Sliders, #pane-{name} VerdictLines"):
            handle.focus()

    def action_next_tab(self, step: int) -> None:
        """Open the next tab."""
        names = list(PANES)
        self.tabs.active = names[(names.index(self._active) + step) % len(names)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A tab that shows its table beside its chart, or has neither, offers no table."""
        if action == "tables" and self.is_mounted and not PANES[self._active][1].hides_tables:
            return False
        if action in ("read_all", "verdict"):  # v is for one of them at a time
            return bool(self._cut_texts()) == (action == "read_all")
        return super().check_action(action, parameters)

    def action_tables(self) -> None:
        """Charts to tables and back."""
        for pane in self.query(CostPane):
            if pane.display:
                pane.toggle_tables()
