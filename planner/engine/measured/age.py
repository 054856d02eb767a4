"""How old the software behind a measurement was: by the engine's version where it is stated, else by the date.

Age matters more than most modelling detail: the same model on the same cards gained a factor of two in two years.
"""

from __future__ import annotations

import re

EPOCH = 2024.0
"""Years are counted from 2024-01-01."""
UNKNOWN_YEAR = 1.5
_RELEASES: dict[str, tuple[tuple[tuple[int, int], float], ...]] = {
    "vllm": (
        ((0, 1), 2023.5), ((0, 2), 2023.7), ((0, 3), 2024.1), ((0, 4), 2024.3), ((0, 5), 2024.5), ((0, 6), 2024.75),
        ((0, 7), 2025.1), ((0, 8), 2025.25), ((0, 9), 2025.45), ((0, 10), 2025.6), ((0, 11), 2025.75),
        ((0, 12), 2025.9), ((0, 14), 2026.05), ((0, 16), 2026.15), ((0, 18), 2026.25), ((0, 20), 2026.35),
        ((0, 24), 2026.45), ((0, 28), 2026.65), ((0, 33), 2026.85),
    ),
    "tensorrt": (
        ((0, 5), 2023.8), ((0, 6), 2023.9), ((0, 7), 2023.95), ((0, 8), 2024.15), ((0, 9), 2024.3), ((0, 10), 2024.45),
        ((0, 11), 2024.55), ((0, 12), 2024.65), ((0, 14), 2024.85), ((0, 15), 2024.92), ((0, 17), 2025.1),
        ((0, 19), 2025.35), ((0, 20), 2025.45), ((0, 21), 2025.55), ((1, 0), 2025.7), ((1, 1), 2025.85),
        ((1, 2), 2026.1), ((1, 3), 2026.4),
    ),
    "sglang": (((0, 1), 2024.1), ((0, 2), 2024.55), ((0, 3), 2024.7), ((0, 4), 2024.95), ((0, 5), 2025.7)),
}  # fmt: skip
"""First release of a minor version, as a decimal year; later versions are read off between the points."""


def software_year(engine: str, version: str, date: str) -> float:
    """Years since 2024-01-01 of the software; from `version` for engines whose releases are known."""
    number = re.search(r"(?<![\d.])v?(\d+)\.(\d+)", version)
    name = next((n for n in _RELEASES if n in engine.lower()), None)
    dated = _year(date)
    if number is None or name is None or "CUDA" in version or "docker" in version:
        return dated
    stated = (int(number.group(1)), int(number.group(2)))
    reached = [year for release, year in _RELEASES[name] if release <= stated]
    if not reached:
        return dated
    return min(reached[-1] - EPOCH, dated) if dated != UNKNOWN_YEAR else reached[-1] - EPOCH


def _year(date: str) -> float:
    parts = [part for part in date.split("-") if part.isdigit()]
    if not parts:
        return UNKNOWN_YEAR
    month = float(parts[1]) if len(parts) > 1 else 6.5
    return float(parts[0]) - EPOCH + (month - 1.0) / 12.0
