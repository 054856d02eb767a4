"""The pictures in `screenshots/` show the app as it is."""

from __future__ import annotations

import pytest

from tests.screenshots import FOLDER, SHOTS, Shot, path_of, take, tours

REMEDY = "look at the screen, then run: python -m tests.screenshots"


@pytest.mark.parametrize("tour", tours(), ids=lambda tour: tour[0].name)
async def test_the_pictures_are_fresh(tour: tuple[Shot, ...]) -> None:
    assert [shot.name for shot in tour if not path_of(shot).exists()] == [], REMEDY
    pictures = await take(tour)
    stale = [shot.name for shot in tour if path_of(shot).read_text(encoding="utf-8") != pictures[shot.name]]
    assert stale == [], REMEDY


def test_every_picture_is_in_one_tour_and_none_is_left_over() -> None:
    toured = sorted(shot.name for tour in tours() for shot in tour)
    assert toured == sorted(shot.name for shot in SHOTS)
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(toured)
