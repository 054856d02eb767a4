"""Twelve-month cost against replicas: one stacked bar a count, the chosen point and the API-only line marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from planner.engine.specs import CostPoint
from planner.quantities import share
from planner.report.document import Rows, Segment
from planner.report.tables.routes import shown_total
from planner.tui.charts.canvas import Canvas, short_number
from planner.words.labels import marked

PARTS = (("gpu", "▓", "self_host"), ("people_and_fixed", "▒", "muted"), ("api", "░", "api_today"))
"""Field of `CostPoint`, character, role."""


def self_host_point(points: Sequence[CostPoint]) -> CostPoint | None:
    """The first point that carries everything itself."""
    return next((point for point in points if point.replicas > 0 and point.served_fraction >= 0.9995), None)


def pick_points(points: Sequence[CostPoint], chosen: int, rows: int) -> list[CostPoint]:
    """At most `rows` points: no replicas, the chosen and its neighbours, self-host, the last; then spread evenly."""
    ordered = sorted(points, key=lambda point: point.replicas)
    if len(ordered) <= rows:
        return ordered
    alone = self_host_point(ordered)
    wanted = [0, chosen, chosen - 1, chosen + 1, alone.replicas if alone else -1, ordered[-1].replicas]
    by_count = {point.replicas: point for point in ordered}
    kept = {count: by_count[count] for count in wanted if count in by_count}
    for i in range(len(ordered)):
        spread = ordered[i * (len(ordered) - 1) // max(rows - 1, 1)] if i < rows else ordered[-1]
        if len(kept) < rows:
            kept[spread.replicas] = spread
    return [kept[count] for count in sorted(kept)][:rows] if rows > 1 else [by_count.get(chosen, ordered[0])]


def cost_curve(
    points: Sequence[CostPoint],
    chosen: int,
    width: int,
    height: int,
    *,
    money: Callable[[float], str] = short_number,
    whole: bool = True,
) -> Rows:
    """Bars in `width` x `height`, a header above, the legend below; `chosen` is the plan's replicas (0 = API only).

    `whole`: own GPUs may take all of the plan's work, so that enough of them are self-hosting.
    """
    if not points or height < 4 or width < 44:
        return ((Segment("no cost curve: nothing can be self-hosted"[: max(width, 1)], "muted"),),)
    shown = pick_points(points, chosen, height - 2)
    labels = [marked(money(shown_total(point)), untested=point.untested) for point in shown]
    tall = 2 if height >= 2 * len(shown) + 2 else 1
    canvas = Canvas(width, len(shown) * tall + 2)
    gutter = max(9, *(len(label) + 1 for label in labels))
    left = 19 + gutter
    room = max(width - left - 17, 6)
    highest = max(shown_total(point) for point in shown) or 1.0
    _header(canvas, gutter)
    api_only = next((point.total for point in points if point.replicas == 0), None)
    alone = self_host_point(points)
    for i, (point, label) in enumerate(zip(shown, labels, strict=True)):
        y = 1 + i * tall
        _label_row(canvas, y, point, label, gutter, point.replicas == chosen)
        for line in range(y, y + tall):
            _bar(canvas, line, left, room, point, highest)
            if api_only is not None:
                _rule(canvas, left + round(api_only / highest * room), line)
        note = _note(point, chosen, alone, whole)
        canvas.put(left + room + 2, y, note.text, note.role)
    _legend(canvas, canvas.height - 1)
    return canvas.rows()


def _header(canvas: Canvas, gutter: int) -> None:
    canvas.put(2, 0, "replicas", "muted")
    canvas.put(11, 0, "carries", "muted")
    canvas.put(19 + gutter - 6, 0, "12 mo", "muted")


def _label_row(canvas: Canvas, y: int, point: CostPoint, label: str, gutter: int, is_chosen: bool) -> None:
    role = "strong" if is_chosen else "text" if point.feasible else "muted"
    if is_chosen:
        canvas.put(0, y, "▸", "accent")
    canvas.put(2, y, f"{point.replicas:>8}", role)
    canvas.put(11, y, f"{share(point.served_fraction):>7}", role)
    canvas.put(19 + gutter - 1 - len(label), y, label, role)


def _bar(canvas: Canvas, y: int, left: int, room: int, point: CostPoint, highest: float) -> None:
    at = 0.0
    for name, char, role in PARTS:
        end = at + getattr(point, name)
        first, last = round(at / highest * room), round(end / highest * room)
        canvas.put(left + first, y, char * (last - first), role if point.feasible else "faint")
        at = end


def _rule(canvas: Canvas, x: int, y: int) -> None:
    if canvas.is_free(x, y):
        canvas.put(x, y, "┊", "api_today")


def _note(point: CostPoint, chosen: int, alone: CostPoint | None, whole: bool) -> Segment:
    """What this point is; the chosen one wins, then the ends of the curve."""
    if point.replicas == chosen:
        return Segment(f"◂ the plan{'' if chosen else ': API'}", "strong")
    if not point.feasible:
        return Segment("× not allowed", "bad")
    if point.replicas == 0:
        return Segment("● API only", "api_today")
    if alone is not None and point.replicas == alone.replicas:
        return Segment("■ self-host", "self_host") if whole else Segment("all it may take", "muted")
    return Segment("")


def _legend(canvas: Canvas, y: int) -> None:
    x = 2
    for (_, char, role), name in zip(PARTS, ("GPU", "people and fixed", "API"), strict=True):
        canvas.put(x, y, char, role)
        canvas.put(x + 2, y, name, "muted")
        x += len(name) + 4
    canvas.put(x, y, "┊", "api_today")
    canvas.put(x + 2, y, "API only", "muted")
