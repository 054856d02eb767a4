"""A bounded share of the attacks on what is saved; `python -m tests.campaign.saves` is the whole."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from tests.campaign.saves import adds, judged, kills, signals
from tests.campaign.two_planners import play

posix = pytest.mark.skipif(os.name == "nt", reason="needs fork and kill -9")


@posix
def test_of_two_writers_that_are_killed_none_replaces_the_other_unseen(tmp_path: Path) -> None:
    counted = kills(30, tmp_path)
    assert counted.lost == []
    assert counted.events > 0


def test_the_judge_sees_a_save_that_was_replaced_unseen() -> None:
    good = "try a first\ndone a\ntry b a\ndone b\ntry c a\n"
    assert judged(good, "b") == (2, [])
    assert judged(good + "done c\n", "c") == (3, ["both on a: b c", "never read: b"])
    assert judged("try a first\ndone a\ntry b first\ntry c b\ndone c\n", "c")[1] == [
        "both on first: a b",
        "never read: a",
    ]


def test_of_two_models_added_at_once_both_are_there(tmp_path: Path) -> None:
    assert adds(6, tmp_path).lost == []


@pytest.mark.terminal
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_signal_keeps_the_edit_made_just_before(tmp_path: Path) -> None:
    assert signals(6, tmp_path).lost == []


@pytest.mark.parametrize("seed", range(5))
async def test_two_planners_on_one_plan_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setenv("PLANNER_STATE", str(tmp_path / "state"))
    folder = tmp_path / "profiles"
    folder.mkdir()
    assert await play(folder, random.Random(seed)) > 2
