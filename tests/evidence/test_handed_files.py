"""Files whose truth is known, where somebody has them: `PLANNER_FIXTURES` names the folder that holds `truth.json`."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from planner.evidence.usage.read import Asked, read_usage
from planner.evidence.usage.summary import to_json

FOLDER = Path(os.environ.get("PLANNER_FIXTURES", "nowhere"))
TRUTH: list[dict[str, Any]] = []
if (FOLDER / "truth.json").is_file():
    TRUTH = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))["files"]
NOT_SAID = ("file", "optional", "notes", "mapping")


def apart(path: str, wanted: Any, said: Any, optional: list[str]) -> list[str]:
    """Where the two differ; what is optional may be unknown in either."""
    if (said is None or wanted is None) and any(path == key or path.startswith(f"{key}.") for key in optional):
        return []
    if isinstance(wanted, dict) and isinstance(said, dict):
        keys = sorted({*wanted, *said})
        return [one for k in keys for one in apart(f"{path}.{k}".strip("."), wanted.get(k), said.get(k), optional)]
    if isinstance(wanted, list) and isinstance(said, list) and len(wanted) == len(said):
        return [one for w, s in zip(wanted, said, strict=True) for one in apart(path, w, s, optional)]
    if isinstance(wanted, int | float) and isinstance(said, int | float):
        return [] if math.isclose(wanted, said, rel_tol=1e-3, abs_tol=1e-6) else [f"{path}: {said}, not {wanted}"]
    return [] if wanted == said else [f"{path}: {said}, not {wanted}"]


@pytest.mark.skipif(not TRUTH, reason="PLANNER_FIXTURES names no folder with truth.json")
@pytest.mark.parametrize("truth", TRUTH, ids=lambda truth: str(truth["file"]))
def test_totals_are_the_known_ones(truth: dict[str, Any]) -> None:
    if truth["file"].endswith(".parquet"):
        pytest.skip("Parquet needs the extra logs")
    said = to_json(read_usage(FOLDER / truth["file"], Asked(mapping=truth.get("mapping"))))
    wanted = {key: value for key, value in truth.items() if key not in NOT_SAID}
    assert apart("", wanted, {key: said.get(key) for key in wanted}, truth["optional"]) == []
