"""The first line: which plan, whether it is saved, and how old its prices are."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


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
        left = Content.assemble(("planner", "bold $accent"), (" · ", "$muted"), self.plan_name or "no plan open")
        if self.dirty:
            left += Content.assemble((" *", "bold $warn"))
        right = Content.styled(self.prices, "$warn" if self.stale else "$muted")
        gap = self.content_size.width - left.cell_length - right.cell_length
        if gap < 2:
            left = left.truncate(max(8, self.content_size.width - right.cell_length - 2), ellipsis=True)
            gap = max(1, self.content_size.width - left.cell_length - right.cell_length)
        return Content.assemble(left, " " * gap, right)
