"""The pictures in `screenshots/` show the app as it is."""

from __future__ import annotations

import pytest

from tests.screenshots import FOLDER, SHOTS, Shot, path_of, take

REMEDY = "look at the screen, then run: python -m tests.screenshots"


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
async def test_the_picture_is_fresh(shot: Shot) -> None:
    assert path_of(shot).exists(), REMEDY
    assert path_of(shot).read_text(encoding="utf-8") == await take(shot), REMEDY


def test_no_picture_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == {shot.name for shot in SHOTS}
