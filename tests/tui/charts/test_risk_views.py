"""Chart rows as text: risk views."""

from __future__ import annotations

from planner.engine.specs import BreakEvenMap
from planner.tui.ascii_filter import in_ascii
from planner.tui.charts.break_even_map import break_even_map, nearest
from planner.tui.charts.canvas import plain
from planner.tui.charts.risk import Band, Swing, risk_bands, tornado

SWINGS = (
    Swing("throughput", "0.7x", "1.3x", 2_000, 14_000),
    Swing("growth a month", "0 %", "12 %", -4_000, 31_000),
    Swing("API price", "-50 %", "0 %", -20_000, 9_000),
)
BANDS = (
    Band("API today", "●", "api_today", 60_000, 67_900, 80_000, 0.0),
    Band("hybrid", "▲", "hybrid", 33_000, 41_200, 52_000, 0.83),
    Band("self-host", "■", "self_host", 43_000, 51_200, 72_000, None),
)
GRID = BreakEvenMap(
    (1e6, 1e7, 1e8),
    (0.1, 0.5),
    (("api_tuned", "hosted_open", "hybrid"), ("api_tuned", "hybrid", "self_host")),
    ((0.05, 0.1, 0.2), (0.04, 0.31, 0.4)),
)


def test_tornado_is_sorted_by_swing_and_marks_what_decides() -> None:
    rows = plain(tornado(SWINGS, 100))
    assert [row[2:12].strip() for row in rows[1:4]] == ["growth a m", "API price", "throughput"]
    assert [row.startswith("◈") for row in rows[1:4]] == [True, True, False]


def test_tornado_splits_bars_at_zero() -> None:
    growth = next(row for row in plain(tornado(SWINGS, 100)) if "growth" in row)
    assert growth.index("░") < growth.index("▓")
    assert growth.count("▓") > 3 * growth.count("░")
    throughput = next(row for row in plain(tornado(SWINGS, 100)) if "throughput" in row)
    assert "░" not in throughput
    assert "│" in throughput


def test_tornado_shows_the_values_it_moved() -> None:
    assert "0.7x → 1.3x" in "\n".join(plain(tornado(SWINGS, 100)))


def test_risk_rows_carry_numbers_band_and_chance() -> None:
    rows = plain(risk_bands(BANDS, 100))
    hybrid = next(row for row in rows if "hybrid" in row)
    assert hybrid.split()[:5] == ["▲", "hybrid", "33k", "41.2k", "52k"]
    assert hybrid.endswith("83 %")
    assert hybrid.count("▒") >= 5
    assert next(row for row in rows if "self-host" in row).endswith("-")


def test_risk_bands_share_one_axis() -> None:
    rows = {row.split()[1]: row for row in plain(risk_bands(BANDS, 100))[1:4]}
    assert rows["hybrid"].index("▒") < rows["self-host"].index("▒") < rows["API"].index("▒")


def test_map_cells_have_marker_and_saving() -> None:
    rows = plain(break_even_map(GRID, 60))
    assert rows[1].split() == ["10", "%", "○5", "◆10", "▲20"]
    assert rows[2].split() == ["50", "%", "○4", "▲31", "■40"]


def test_map_marks_the_plan() -> None:
    rows = plain(break_even_map(GRID, 60, volume=1.2e7, output_fraction=0.45))
    assert "[▲31]" in rows[2]
    assert "".join(rows[1:3]).count("[") == 1


def test_map_cells_are_filled_in_the_strategys_colour() -> None:
    row = break_even_map(GRID, 60)[1]
    assert [part.role for part in row if part.role.startswith("cell:")] == [
        "cell:api_tuned",
        "cell:hosted_open",
        "cell:hybrid",
    ]


def test_nearest_is_by_ratio() -> None:
    assert nearest((1e6, 1e7, 1e8), 2.9e6) == 0
    assert nearest((1e6, 1e7, 1e8), 3.3e6) == 1
    assert nearest((1e6, 1e7), 0) == 0


def test_narrow_says_so_instead_of_lying() -> None:
    for rows in (break_even_map(GRID, 14), risk_bands(BANDS, 40), tornado(SWINGS, 30)):
        assert len(rows) == 1
        assert sum(len(part.text) for part in rows[0]) <= 40


def test_ascii() -> None:
    for rows in (break_even_map(GRID, 60), tornado(SWINGS, 100)):
        assert in_ascii("".join(plain(rows))).isascii()
