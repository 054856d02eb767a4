"""The first line: which plan, whether it is saved, and how old its prices are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from planner.report.numbers import age

if TYPE_CHECKING:
    from planner.engine.specs import Evaluation


def price_words(evaluation: Evaluation | None) -> tuple[str, bool]:
    """How old the prices behind the result are, by the oldest of them, and whether any of them is stale."""
    if evaluation is None:
        return "", False
    prices = [price for price in evaluation.prices_used if price.kind != "assumption"]
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
