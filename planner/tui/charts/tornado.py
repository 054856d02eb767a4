"""One input at a time: how far the 12-month saving moves, and whether it changes sign."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from planner.records import dataclass
from planner.report.document import Rows, Segment
from planner.tui.charts.canvas import Canvas, round_step, short_number


@dataclass(frozen=True, slots=True)
class Swing:
    """An input's low and high value as text, and the saving at each."""

    label: str
    low: str
    high: str
    saving_low: float
    saving_high: float

    @property
    def changes_sign(self) -> bool:
        return (self.saving_low > 0) != (self.saving_high > 0)


def tornado(
    swings: Sequence[Swing],
    width: int,
    *,
    base: float | None = None,
    money: Callable[[float], str] = short_number,
    ascii_only: bool = False,
) -> Rows:
    """Bars from the saving at the low value to that at the high value, widest first; left of the zero line is a loss.

    `◈` marks inputs that decide: within their range the saving changes sign. `base`, the plan's own saving, is a line.
    """
    if not swings or width < 50:
        return ((Segment("no sensitivity to show"[: max(width, 1)], "muted"),),)
    ordered = sorted(swings, key=lambda swing: abs(swing.saving_high - swing.saving_low), reverse=True)
    edges = [edge for swing in ordered for edge in (swing.saving_low, swing.saving_high)] + [0.0, base or 0.0]
    labels = [f"{swing.low} → {swing.high}".replace("→", "->" if ascii_only else "→") for swing in ordered]
    name_width = min(max(len(swing.label) for swing in ordered), 28)
    value_width = max(map(len, labels))
    left = name_width + value_width + 6
    room = max(width - left - 2, 10)
    low, span = min(edges), (max(edges) - min(edges)) or 1.0
    canvas = Canvas(width, len(ordered) + 2)

    def column(saving: float) -> int:
        return left + round((saving - low) / span * (room - 1))

    _axis(canvas, low, span, room, column, money)
    for y, (swing, values) in enumerate(zip(ordered, labels, strict=True), start=1):
        if swing.changes_sign:
            canvas.put(0, y, "@" if ascii_only else "◈", "strong")
        canvas.put(2, y, swing.label[:name_width], "strong" if swing.changes_sign else "text")
        canvas.put(name_width + 4 + value_width - len(values), y, values, "muted")
        _bar(canvas, y, column, swing, ascii_only)
        _uprights(canvas, y, column, base, ascii_only)
    loss, gain, mark = ("=", "#", "@") if ascii_only else ("░", "▓", "◈")
    canvas.put(
        2, len(ordered) + 1, f"{loss} dearer than the best API  {gain} saves  {mark} decides: changes sign", "muted"
    )
    return canvas.rows()


def _axis(
    canvas: Canvas, low: float, span: float, room: int, column: Callable[[float], int], money: Callable[[float], str]
) -> None:
    step = round_step(span, max(room // 12, 1))
    tick = -(-low // step) * step
    while tick <= low + span * (1 + 1e-9):
        label = money(tick)
        canvas.put(min(column(tick) - len(label) // 2, canvas.width - len(label)), 0, label, "muted")
        tick += step


def _bar(canvas: Canvas, y: int, column: Callable[[float], int], swing: Swing, ascii_only: bool) -> None:
    zero = column(0.0)
    first, last = sorted((column(swing.saving_low), column(swing.saving_high)))
    for x in range(first, last + 1):
        is_gain = x > zero or (x == zero and max(swing.saving_low, swing.saving_high) > 0)
        gain, loss = "#=" if ascii_only else "▓░"
        canvas.put(x, y, gain if is_gain else loss, "good" if is_gain else "bad")


def _uprights(canvas: Canvas, y: int, column: Callable[[float], int], base: float | None, ascii_only: bool) -> None:
    if canvas.is_free(column(0.0), y):
        canvas.put(column(0.0), y, "|" if ascii_only else "│", "muted")
    if base is not None:
        canvas.put(column(base), y, "!" if ascii_only else "┃", "strong")
