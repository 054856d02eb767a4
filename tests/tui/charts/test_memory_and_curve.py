"""Chart rows as text: memory and curve."""

from __future__ import annotations

from dataclasses import replace

from planner.engine.specs import CostPoint, VramGib
from planner.report.tables.candidates import vram_numbers
from planner.tui.ascii_filter import in_ascii
from planner.tui.charts.canvas import plain
from planner.tui.charts.cost_curve import cost_curve, pick_points, self_host_point
from planner.tui.charts.vram_bar import share_cells, vram_bar, vram_glyphs

VRAM = VramGib(total=45.0, usable=41.4, weights=27.0, kv=11.4, overhead=3.0, free=2.0)


def point(replicas: int, total: float, served: float, feasible: bool = True) -> CostPoint:
    gpu, people = replicas * 100.0, 50.0 if replicas else 0.0
    return CostPoint(replicas, replicas, total, gpu, people, max(total - gpu - people, 0.0), served, feasible)


CURVE = (point(0, 700, 0), point(1, 500, 0.6, feasible=False), point(2, 410, 0.9), point(3, 460, 1), point(4, 560, 1))


def test_vram_bar_shows_parts_in_proportion() -> None:
    (text,) = plain((vram_bar(VRAM, 45),))
    assert [text.count(char) for char in "▓▒░·"] == [27, 9, 3, 2]
    assert vram_numbers(VRAM) == "27+9+3/45"


def test_vram_bar_keeps_small_parts_visible() -> None:
    (text,) = plain((vram_bar(replace(VRAM, overhead=0.1, free=11.3, weights=20.0), 10),))
    assert "░" in text
    assert "·" in text


def test_vram_bar_that_does_not_fit_ends_in_a_mark() -> None:
    assert plain((vram_bar(VRAM, 10, fits=False),)) == ("▓▓▓▓▓▓▓▓▓!",)


def test_vram_bar_in_ascii() -> None:
    (text,) = plain((vram_bar(VRAM, 20),))
    assert in_ascii(text).isascii()
    assert [name for name, _ in vram_glyphs()] == ["weights", "KV", "overhead", "free"]


def test_share_cells_fill_the_width() -> None:
    for amounts in ([27, 9, 3, 2, 3.6], [1, 0, 0, 0, 0], [0.01] * 5, [1e-9, 1, 1, 1, 1]):
        assert sum(share_cells(amounts, 14)) == 14
    assert share_cells([0, 0], 10) == [0, 0]
    assert share_cells([1, 1], 0) == [0, 0]


def test_curve_marks_the_plan_the_api_and_self_host() -> None:
    rows = plain(cost_curve(CURVE, 2, 90, 12))
    by_count = {row[2:10].strip(): row for row in rows}
    assert "◂ the plan" in by_count["2"]
    assert by_count["2"].startswith("▸")
    assert "● API only" in by_count["0"]
    assert "■ self-host" in by_count["3"]
    assert "× not allowed" in by_count["1"]


def test_curve_draws_the_api_only_line_across() -> None:
    rows = plain(cost_curve(CURVE, 2, 90, 12))
    columns = {row.index("┊") for row in rows[1:6] if "┊" in row}
    assert len(columns) == 1


def test_bars_are_two_rows_high_where_there_is_room() -> None:
    low, high = cost_curve(CURVE, 2, 120, 8), cost_curve(CURVE, 2, 120, 2 * len(CURVE) + 2)
    assert len(high) == 2 * len(CURVE) + 2
    bars = ["".join(char for char in row if char in "▓▒░") for row in plain(high)[1:-1]]
    assert bars[::2] == bars[1::2]
    assert bars[0] in "".join(plain(low))


def test_curve_bars_grow_with_cost_and_start_at_zero() -> None:
    rows = plain(cost_curve(CURVE, 2, 120, 8))
    lengths = [sum(row.count(char) for char in "▓▒░") for row in rows[1:6]]
    assert lengths[0] > lengths[4] > lengths[1] > lengths[3] > lengths[2]
    assert abs(lengths[2] / lengths[0] - 410 / 700) < 0.05


def test_many_points_are_thinned_but_the_important_ones_stay() -> None:
    curve = [point(r, 700 - 10 * r, min(1.0, r / 30)) for r in range(60)]
    shown = [p.replicas for p in pick_points(curve, 17, 9)]
    assert {0, 16, 17, 18, 30, 59} <= set(shown)
    assert len(shown) <= 9
    assert shown == sorted(shown)


def test_no_curve_says_so() -> None:
    assert "nothing can be self-hosted" in plain(cost_curve((), 0, 90, 12))[0]


def test_self_host_point_is_the_first_without_overflow() -> None:
    found = self_host_point(CURVE)
    assert found is not None
    assert found.replicas == 3
    assert self_host_point(CURVE[:3]) is None


def test_curve_in_ascii() -> None:
    assert in_ascii("".join(plain(cost_curve(CURVE, 2, 90, 12)))).isascii()
