from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from planner.plan.drafts import autosave, discard_draft, drafts_dirs, key_for, new_key, recover_drafts
from planner.plan.edit import set_value
from planner.plan.store import list_plans, load, save
from tests.plan.texts import COMMENTED, small_plan


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLANNER_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "profiles"
    path.mkdir()
    return path


def test_a_draft_comes_back_as_it_was_left(folder: Path) -> None:
    path = folder / "team.toml"
    path.write_text(COMMENTED)
    opened = load(path)
    edited = set_value(opened.plan, ("name",), "edited")
    where = autosave(edited, folder, key_for(path), origin=path, origin_digest=opened.digest, text=opened.text)
    assert where.parent == folder / ".drafts"
    (draft,) = recover_drafts(folder)
    assert draft.plan == edited
    assert (draft.origin, draft.origin_digest, draft.open_elsewhere) == (path, opened.digest, False)
    assert draft.origin is not None
    saved = save(draft.plan, draft.origin, draft.origin_digest)
    assert saved.text.count("#") == COMMENTED.count("#")
    discard_draft(draft)
    assert recover_drafts(folder) == ()
    discard_draft(draft)


def test_drafts_are_not_listed_as_plans(folder: Path) -> None:
    autosave(small_plan(), folder, new_key())
    assert list_plans(folder) == ()


def test_before_the_first_save_drafts_lie_in_the_state_folder(tmp_path: Path, state: Path) -> None:
    folder = tmp_path / "not-yet"
    where = autosave(small_plan(), folder, new_key())
    assert where.parent == state / "drafts"
    assert not folder.exists()
    (draft,) = recover_drafts(folder)
    assert (draft.plan, draft.origin) == (small_plan(), None)
    folder.mkdir()
    assert [found.path for found in recover_drafts(folder)] == [where]


def test_drafts_of_another_folder_stay_there(tmp_path: Path) -> None:
    autosave(small_plan(), tmp_path / "one", new_key())
    assert recover_drafts(tmp_path / "two") == ()


def test_one_key_is_one_draft(folder: Path) -> None:
    key = new_key()
    for name in ("a", "b", "c"):
        autosave(set_value(small_plan(), ("name",), name), folder, key)
    (draft,) = recover_drafts(folder)
    assert draft.plan.name == "c"


def test_the_newest_draft_comes_first(folder: Path) -> None:
    old = autosave(set_value(small_plan(), ("name",), "old"), folder, "a")
    autosave(set_value(small_plan(), ("name",), "new"), folder, "b")
    os.utime(old, (1, 1))
    assert [draft.plan.name for draft in recover_drafts(folder)] == ["new", "old"]


def test_files_that_are_no_drafts_are_left_alone(folder: Path) -> None:
    drafts = folder / ".drafts"
    drafts.mkdir()
    for name, text in (("a", "schema = 1\n"), ("b", "#:draft {broken\n"), ("c", "#:draft []\n"), ("d", "")):
        (drafts / f"{name}.toml").write_text(text)
    assert recover_drafts(folder) == ()
    assert len(list(drafts.iterdir())) == 4


def test_a_folder_that_cannot_hold_drafts_sends_them_to_the_state_folder(folder: Path, state: Path) -> None:
    (folder / ".drafts").write_text("in the way")
    assert autosave(small_plan(), folder, "k").parent == state / "drafts"
    assert len(recover_drafts(folder)) == 1


def test_names_differ_between_files_of_the_same_name(tmp_path: Path) -> None:
    assert key_for(tmp_path / "a" / "plan.toml") != key_for(tmp_path / "b" / "plan.toml")


EDIT_AND_HANG = """
import sys, time
from pathlib import Path
from planner.plan.drafts import autosave
from planner.plan.store import load
autosave(load(sys.argv[1]).plan, Path(sys.argv[1]).parent, "session")
print("ready", flush=True)
time.sleep(60)
"""


def test_a_draft_survives_kill_and_is_not_offered_while_its_planner_runs(folder: Path) -> None:
    path = folder / "plan.toml"
    save(small_plan(), path)
    process = subprocess.Popen([sys.executable, "-c", EDIT_AND_HANG, str(path)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert [draft.open_elsewhere for draft in recover_drafts(folder)] == [os.name != "nt"]
    finally:
        process.kill()
        process.communicate()
    (draft,) = recover_drafts(folder)
    assert (draft.plan, draft.open_elsewhere) == (small_plan(), False)


def test_the_folder_beside_the_plans_is_preferred(folder: Path, state: Path) -> None:
    assert drafts_dirs(folder) == (folder / ".drafts", state / "drafts")
