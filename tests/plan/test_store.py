from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from planner.plan.edit import set_value
from planner.plan.places import ONLY_BELOW
from planner.plan.schema import Plan
from planner.plan.store import Loaded, delete, duplicate, list_plans, load, rename, save
from planner.plan.write import lost_comments
from planner.toml.errors import ConflictError, InputError
from tests.plan.texts import COMMENTED, SMALL, small_plan

KILLS = int(os.environ.get("PLANNER_KILLS", "8"))
"""How often saving is killed; the full run is 200."""


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    save(small_plan(), path)
    return path


def _leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(".tmp")]


def test_saving_creates_the_folder_and_leaves_nothing_else(tmp_path: Path) -> None:
    loaded = save(small_plan(), tmp_path / "profiles" / "plan.toml")
    assert loaded.path.read_text() == SMALL
    assert os.listdir(tmp_path / "profiles") == ["plan.toml"]


def test_edit_save_reopen_save_is_byte_identical(saved: Path) -> None:
    opened = load(saved)
    edited = save(set_value(opened.plan, ("volume", "growth_per_month"), 0.08), saved, opened.digest)
    first = saved.read_bytes()
    again = load(saved)
    assert again.digest == edited.digest
    save(again.plan, saved, again.digest)
    assert saved.read_bytes() == first
    assert b"growth_per_month = 0.08\n" in first


def test_a_hand_written_file_keeps_its_comments_and_settles_after_one_save(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(COMMENTED)
    opened = load(path)
    assert not lost_comments(opened.text)
    once = save(opened.plan, path, opened.digest)
    text = path.read_text()
    assert text.count("#") == COMMENTED.count("#")
    save(load(path).plan, path, once.digest)
    assert path.read_text() == text


def test_a_file_with_windows_line_ends_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes(COMMENTED.replace("\n", "\r\n").encode())
    opened = load(path)
    text = "two\nlines"
    once = save(set_value(opened.plan, ("description",), text), path, opened.digest)
    raw = path.read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    again = load(path)
    assert (again.digest, again.plan.description) == (once.digest, text)
    save(again.plan, path, again.digest)
    assert path.read_bytes() == raw


def test_comments_inside_lists_are_announced_as_lost(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(SMALL + '\n[choice]\nprefer_gpus = [\n  "l40s", # the two we have\n]\n')
    assert lost_comments(load(path).text) == 1


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(saved: Path) -> None:
    opened = load(saved)
    saved.write_text(SMALL.replace("0.06", "0.07"))
    with pytest.raises(ConflictError, match="was changed since it was opened"):
        save(opened.plan, saved, opened.digest)
    assert "0.07" in saved.read_text()
    save(opened.plan, saved, overwrite=True)
    assert saved.read_text() == SMALL


def test_a_file_that_exists_is_not_overwritten_by_a_new_plan(saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(ConflictError, match="a file of this name already"):
        save(small_plan(), saved)
    assert saved.read_bytes() == before


def test_a_file_that_appears_at_the_last_moment_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.toml"
    link = os.link

    def other_first(source: Path, target: Path) -> None:
        path.write_text("somebody else")
        link(source, target)

    monkeypatch.setattr(os, "link", other_first)
    with pytest.raises(ConflictError):
        save(small_plan(), path)
    assert path.read_text() == "somebody else"
    assert not _leftovers(tmp_path)


def test_a_file_that_was_removed_is_a_conflict(saved: Path) -> None:
    opened = load(saved)
    saved.unlink()
    with pytest.raises(ConflictError, match="was removed"):
        save(opened.plan, saved, opened.digest)
    assert not saved.exists()


def test_a_full_disk_leaves_the_old_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = load(saved)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="cannot be written: No space left on device; nothing was changed"):
        save(set_value(opened.plan, ("name",), "other"), saved, opened.digest)
    assert saved.read_text() == SMALL
    assert not _leftovers(saved.parent)


def test_saving_into_a_folder_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "profiles").write_text("")
    with pytest.raises(InputError, match=r"this is a file, expected a folder|cannot be read: Not a directory"):
        save(small_plan(), tmp_path / "profiles" / "plan.toml")


def test_saving_onto_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this is a folder"):
        save(small_plan(), tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and links")
def test_permissions_and_links_survive_a_save(tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_text(SMALL)
    real.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(real)
    opened = load(link)
    save(set_value(opened.plan, ("name",), "other"), link, opened.digest)
    assert link.is_symlink()
    assert load(real).plan.name == "other"
    assert real.stat().st_mode & 0o777 == 0o640


def test_old_leftovers_of_a_killed_save_are_cleared(saved: Path) -> None:
    old, young = (saved.with_name(f".plan.toml.{n}-abc.tmp") for n in (1, 2))
    old.write_text("half")
    young.write_text("half")
    os.utime(old, (time.time() - 3600,) * 2)
    save(set_value(small_plan(), ("name",), "other"), saved, overwrite=True)
    assert _leftovers(saved.parent) == [young.name]


def test_a_folder_with_broken_files_is_listed_whole(tmp_path: Path) -> None:
    save(small_plan(), tmp_path / "good.toml")
    (tmp_path / "broken.toml").write_text("schema = 1\nname =")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / ".hidden.toml").write_text("")
    (tmp_path / "notes.txt").write_text("")
    os.utime(tmp_path / "good.toml", (0, 0))
    entries = {entry.path.name: entry for entry in list_plans(tmp_path)}
    assert set(entries) == {"good.toml", "broken.toml", "folder.toml"}
    assert list_plans(tmp_path)[-1].path.name == "good.toml"
    good = entries["good.toml"].plan
    assert good is not None
    assert good.name == "Support assistant"
    assert "TOML" in str(entries["broken.toml"].error)
    assert "folder" in str(entries["folder.toml"].error)


def test_a_folder_that_does_not_exist_has_no_plans(tmp_path: Path) -> None:
    assert list_plans(tmp_path / "nowhere") == ()


def test_a_copy_has_its_own_name_file_and_the_comments(tmp_path: Path) -> None:
    path = tmp_path / "team.toml"
    path.write_text(COMMENTED)
    day = dt.date(2027, 1, 2)
    copy = duplicate(path, created=day)
    assert copy.path.name == "support-assistant-(copy).toml"
    assert (copy.plan.name, copy.plan.created) == ("Support assistant (copy)", day)
    assert "# Ask Ada before changing anything." in copy.path.read_text()
    assert path.read_text() == COMMENTED
    assert duplicate(path).path.name == "support-assistant-(copy)-2.toml"


def test_a_copy_of_a_very_long_name_is_possible(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    save(set_value(small_plan(), ("name",), "x" * 200), path)
    assert duplicate(path).plan.name == "x" * 200


def test_renaming_moves_the_file(saved: Path) -> None:
    renamed = rename(saved, "Naïve / übrig")
    assert renamed.path.name == "naïve-übrig.toml"
    assert load(renamed.path).plan.name == "Naïve / übrig"
    assert not saved.exists()
    assert rename(renamed.path, "Naïve: übrig").path == renamed.path


def test_renaming_never_takes_the_place_of_another_plan(saved: Path) -> None:
    other = save(set_value(small_plan(), ("name",), "other"), saved.with_name("other.toml"))
    assert rename(saved, "other").path.name == "other-2.toml"
    assert other.path.read_text() == other.text


def test_an_impossible_name_leaves_everything_as_it_was(saved: Path) -> None:
    with pytest.raises(InputError, match="not empty"):
        rename(saved, " ")
    assert saved.read_text() == SMALL


def test_deleting_twice_is_one_clear_line(saved: Path) -> None:
    delete(saved)
    with pytest.raises(InputError, match="no such file"):
        delete(saved)


def at_once(work: Callable[[int], object], count: int) -> list[object]:
    """What `count` threads that start together return, or raise as an `InputError`."""
    start = threading.Barrier(count)

    def run(number: int) -> object:
        start.wait()
        try:
            return work(number)
        except InputError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_of_many_saves_of_one_state_one_is_done_and_the_others_are_told(saved: Path) -> None:
    opened = load(saved)
    for number in range(5):

        def work(n: int, opened: Loaded = opened, number: int = number) -> object:
            return save(set_value(opened.plan, ("name",), f"{number}.{n}"), saved, opened.digest)

        results = at_once(work, 8)
        done = [result for result in results if isinstance(result, Loaded)]
        assert len(done) == 1
        assert sum(isinstance(result, ConflictError) for result in results) == 7
        assert load(saved).digest == done[0].digest
        opened = done[0]


def test_of_many_new_plans_of_one_name_one_is_done(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "plan.toml"
    results = at_once(lambda n: save(set_value(small_plan(), ("name",), f"{n}"), path), 8)
    done = [result for result in results if isinstance(result, Loaded)]
    assert len(done) == 1
    assert load(path).digest == done[0].digest


def test_copies_made_at_once_all_have_a_file(saved: Path) -> None:
    results = at_once(lambda _: duplicate(saved).path, 8)
    assert len({str(result) for result in results}) == len(list(saved.parent.iterdir())) - 1 == 8


def test_a_save_and_a_new_name_at_once_lose_neither(saved: Path) -> None:
    for number in range(10):
        opened = load(saved)
        edited = set_value(opened.plan, ("description",), f"edit {number}")

        def work(n: int, opened: Loaded = opened, edited: Plan = edited, number: int = number) -> object:
            return rename(saved, f"other {number}") if n else save(edited, saved, opened.digest)

        wrote, renamed = at_once(work, 2)
        assert isinstance(renamed, Loaded)
        last = load(renamed.path)
        assert last.plan.description == (edited.description if isinstance(wrote, Loaded) else opened.plan.description)
        assert isinstance(wrote, Loaded | ConflictError)
        save(last.plan, saved)


def test_a_save_that_finds_no_folder_makes_none(tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match="was removed"):
        save(small_plan(), tmp_path / "gone" / "plan.toml", "0" * 64)
    assert not (tmp_path / "gone").exists()


SAVE_FOREVER = """
import os, sys
from planner.plan.edit import set_value
from planner.plan.places import ONLY_BELOW
from planner.plan.store import load, save
for _ in sys.stdin:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        print("gone", flush=True)
        continue
    opened = load(sys.argv[1])
    count = 0
    while True:
        count += 1
        plan = set_value(opened.plan, ("description",), f"{count} " + "x" * 1900)
        opened = save(plan, sys.argv[1], opened.digest)
        if count == 1:
            print(os.getpid(), flush=True)
"""
"""For every line it reads, a child of its own that saves until it is killed: only one process loads the program.

It tells its name after its first save, so that a busy machine does not have it killed before it began.
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this platform")
def test_a_kill_in_the_middle_of_saving_leaves_a_whole_file(saved: Path) -> None:
    command = [sys.executable, "-c", SAVE_FOREVER, str(saved)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for kill in range(KILLS):
            process.stdin.write("another\n")
            child = int(process.stdout.readline())
            time.sleep(0.002 + 0.0013 * (kill % 23))  # where in a save it is killed
            os.kill(child, signal.SIGKILL)
            assert process.stdout.readline() == "gone\n"
            plan = load(saved).plan
            count = int(plan.description.split(" ")[0])
            assert plan.description == f"{count} {'x' * 1900}"
        process.stdin.close()


def test_in_a_browser_other_files_are_neither_read_nor_written_nor_deleted(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = tmp_path / "plans"
    plans.mkdir()
    (plans / "link.toml").symlink_to(saved)
    before = saved.read_bytes()
    monkeypatch.setenv(ONLY_BELOW, json.dumps([str(plans)]))
    tries = (
        lambda: load(saved),
        lambda: load(plans / "link.toml"),
        lambda: save(small_plan(), saved, overwrite=True),
        lambda: save(small_plan(), tmp_path / "new.toml"),
        lambda: save(small_plan(), plans / "link.toml", overwrite=True),
        lambda: save(small_plan(), plans / ".." / "new.toml"),
        lambda: duplicate(saved, plans),
        lambda: rename(saved, "other"),
        lambda: delete(saved),
        lambda: delete(plans / "link.toml"),
    )
    for attempt in tries:
        with pytest.raises(InputError, match=r"planner serve opens and writes files below .*plans only"):
            attempt()
    assert saved.read_bytes() == before
    assert sorted(path.name for path in tmp_path.rglob("*.toml")) == ["link.toml", "plan.toml"]
    (entry,) = list_plans(plans)
    assert entry.loaded is None
    assert load(save(small_plan(), plans / "mine.toml").path).plan == small_plan()
