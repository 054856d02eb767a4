from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from planner.plan.drafts import (
    autosave,
    discard_draft,
    drafts_dirs,
    find_drafts,
    key_for,
    key_of_opening,
    new_key,
    recover_drafts,
)
from planner.plan.edit import set_value
from planner.plan.presence import Marker
from planner.plan.store import list_plans, load, save
from tests.plan.texts import COMMENTED, SMALL, small_plan


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
    assert len(find_drafts(folder)[1]) == len(list(drafts.iterdir())) == 4


def test_a_folder_that_cannot_hold_drafts_sends_them_to_the_state_folder(folder: Path, state: Path) -> None:
    (folder / ".drafts").write_text("in the way")
    assert autosave(small_plan(), folder, "k").parent == state / "drafts"
    assert len(recover_drafts(folder)) == 1


def test_names_differ_between_files_of_the_same_name(tmp_path: Path) -> None:
    assert key_for(tmp_path / "a" / "plan.toml") != key_for(tmp_path / "b" / "plan.toml")


@pytest.mark.parametrize("stem", ["x" * 200, "\U0001f600" * 50, "é" * 100])
def test_a_plan_with_a_very_long_name_has_a_draft_too(folder: Path, stem: str) -> None:
    assert autosave(small_plan(), folder, key_of_opening(folder / f"{stem}.toml")).parent == folder / ".drafts"


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


WRONG = SMALL.replace("growth_per_month = 0.06", 'growth_per_month = "x"')
WRONG_LINE = WRONG[: WRONG.index('"x"')].count("\n") + 1


def test_every_opening_of_a_plan_has_a_draft_of_its_own(folder: Path) -> None:
    path = folder / "plan.toml"
    keys = {key_of_opening(path) for _ in range(20)}
    assert len(keys) == 20
    assert all(key.startswith(key_for(path)) for key in keys)
    for number, key in enumerate(sorted(keys)):
        where = autosave(set_value(small_plan(), ("name",), str(number)), folder, key, origin=path)
        os.utime(where, (number, number))
    assert [draft.plan.name for draft in recover_drafts(folder)] == [str(number) for number in reversed(range(20))]


def test_a_marker_tells_whether_a_draft_is_in_use_and_no_number_of_a_process_does(folder: Path) -> None:
    marker, key = Marker(), new_key()
    marker.put(drafts_dirs(folder), key, None)
    autosave(small_plan(), folder, key, marked=True)
    (draft,) = recover_drafts(folder)
    assert draft.elsewhere is not None
    assert draft.elsewhere.pid == os.getpid()
    assert not recover_drafts(folder, own=key)[0].open_elsewhere
    marker.lift()
    assert not recover_drafts(folder)[0].open_elsewhere
    text = draft.path.read_text()
    draft.path.write_text(text.replace(f'"pid": {os.getpid()}', f'"pid": {os.getppid()}'))  # a number used again
    assert not recover_drafts(folder)[0].open_elsewhere


def test_what_was_typed_and_is_no_answer_comes_back_as_typed(folder: Path) -> None:
    typed = (("Growth a month", '6 %%" \n#\u2028'), ("Name", ""))
    autosave(small_plan(), folder, "k", typed=typed)
    assert recover_drafts(folder)[0].typed == typed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"bad\.toml:1: this is no draft"),
        ("schema = 1\n", r"bad\.toml:1: this is no draft: found \"schema = 1\""),
        ("#:draft {broken\n", "bad.toml:1: not valid JSON in column 2"),
        ("#:draft []\n", "bad.toml:1: folder: found nothing, expected text"),
        ('#:draft {"folder": 5}\n', "bad.toml:1: folder: found 5, expected text"),
        ('#:draft {"folder": "@", "origin": 5}\n', "bad.toml:1: origin: found 5, expected text"),
        ('#:draft {"folder": "@", "digest": []}\n', "bad.toml:1: digest: found a list of 0, expected text"),
        ('#:draft {"folder": "@", "typed": "x"}\n', 'bad.toml:1: typed: found "x", expected a list'),
        ('#:draft {"folder": "@", "typed": [["x"]]}\n', "bad.toml:1: typed: .* expected a list"),
        ('#:draft {"folder": "@"}\nname =\n', r"bad\.toml:2: not valid TOML"),
        ('#:draft {"folder": "@"}\n' + WRONG, rf"bad\.toml:{1 + WRONG_LINE}: volume\.growth_per_month"),
        ("#:draft \0", "bad.toml:1: this is not a text file"),
    ],
)
def test_a_bad_draft_is_told_and_hides_no_other(folder: Path, text: str, said: str) -> None:
    good = autosave(small_plan(), folder, "good")
    (good.parent / "bad.toml").write_text(text.replace("@", str(folder)))
    drafts, problems = find_drafts(folder)
    assert [draft.path for draft in drafts] == [good]
    assert len(problems) == 1
    assert re.search(said, str(problems[0]))


def test_odd_things_among_the_drafts_are_told_and_hide_no_other(folder: Path) -> None:
    good = autosave(small_plan(), folder, "good")
    (good.parent / "a-folder.toml").mkdir()
    (good.parent / "notes.txt").write_text("nothing of ours")
    if os.name != "nt":
        (good.parent / "broken.toml").symlink_to(good.parent / "nowhere")
        (good.parent / "loop.toml").symlink_to("loop.toml")
        os.mkfifo(good.parent / "pipe.toml")
    drafts, problems = find_drafts(folder)
    assert [draft.path for draft in drafts] == [good]
    told = {Path(str(problem.path)).name for problem in problems}
    assert told == {"a-folder.toml", *(("broken.toml", "loop.toml", "pipe.toml") if os.name != "nt" else ())}


def test_a_folder_of_drafts_that_cannot_be_listed_is_told(
    folder: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    autosave(small_plan(), folder, "here")
    (state / "drafts").mkdir(parents=True)
    listed = os.listdir

    def refused(place: Path) -> list[str]:
        if Path(place) == folder / ".drafts":
            raise PermissionError(13, "Permission denied")
        return listed(place)

    monkeypatch.setattr(os, "listdir", refused)
    drafts, problems = find_drafts(folder)
    assert drafts == ()
    assert [str(problem) for problem in problems] == [
        f"{folder / '.drafts'}: drafts in it cannot be listed: Permission denied"
    ]


def test_bad_drafts_of_another_folder_are_left_to_it(folder: Path, tmp_path: Path) -> None:
    (folder / ".drafts").mkdir()
    (folder / ".drafts" / "x.toml").write_text(f'#:draft {{"folder": "{tmp_path.as_posix()}/other"}}\nname =\n')
    assert find_drafts(folder) == ((), ())
