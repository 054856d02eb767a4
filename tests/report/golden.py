"""Compares text with a stored file; PLANNER_UPDATE_GOLDEN=1 rewrites the files: read them before committing."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def assert_golden(name: str, text: str) -> None:
    """The text must be that of `golden/<name>`."""
    path = FOLDER / name
    if os.environ.get("PLANNER_UPDATE_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
