"""One GPU's memory as a bar: weights, KV cache of the mean load, overhead, free, and what the engine leaves alone."""

from __future__ import annotations

from collections.abc import Sequence

from planner.engine.specs import VramGib
from planner.report.document import Row, Segment
from planner.report.tables.candidates import used_kv_gib

PARTS = (("weights", "▓"), ("kv", "▒"), ("overhead", "░"), ("free", "·"))
"""Field of `VramGib`, character."""


def share_cells(amounts: Sequence[float], width: int) -> list[int]:
    """Split `width` cells in proportion, by largest remainder; whatever is not zero gets a cell while there are any."""
    total = sum(amounts)
    if total <= 0 or width <= 0:
        return [0] * len(amounts)
    exact = [amount / total * width for amount in amounts]
    cells = [max(int(share), 1 if amount > 0 else 0) for share, amount in zip(exact, amounts, strict=True)]
    while sum(cells) > width:
        cells[cells.index(max(cells))] -= 1
    remainders = sorted(range(len(cells)), key=lambda i: exact[i] - cells[i], reverse=True)
    for i in remainders[: width - sum(cells)]:
        cells[i] += 1
    return cells


def vram_bar(vram: VramGib, width: int, *, fits: bool = True) -> Row:
    """The bar in `width` cells. What does not fit fills the bar and ends in `!`."""
    parts = (vram.weights, used_kv_gib(vram), vram.overhead, max(vram.free, 0.0))
    if not fits:
        return (Segment("▓" * max(width - 1, 0), "bad"), Segment("!", "bold:bad"))
    reserved = max(vram.total - vram.usable, 0.0)
    cells = share_cells([*parts, reserved], width)
    roles = {"weights": "accent", "kv": "good", "overhead": "muted", "free": "faint"}
    row = [Segment(char * count, roles[name]) for (name, char), count in zip(PARTS, cells, strict=False) if count]
    return (*row, Segment(" " * cells[-1], "muted")) if cells[-1] else tuple(row)


def vram_glyphs() -> list[tuple[str, str]]:
    """What the characters mean: name and character."""
    return [("KV" if name == "kv" else name, char) for name, char in PARTS]
