"""Files: one writer at a time, whoever ends how; owner and mode as they were."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from planner.toml import files
from planner.toml.errors import InputError
from planner.toml.files import locked, try_lock, write_whole
from tests.cli.conftest import ROOT

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")

HOLD = """
import sys
from pathlib import Path
from planner.toml.files import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_waits_for_a_process_and_goes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    command = [sys.executable, "-c", HOLD, str(path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(InputError, match=r"plan\.toml: another planner is writing in this folder"), locked(path, 0):
            pytest.fail("got in")
        process.kill()
    with locked(path, 0):
        pass
    assert list(tmp_path.iterdir()) == ([] if os.name != "nt" else [tmp_path / ".planner.lock"])


def test_threads_wait_for_one_another(tmp_path: Path) -> None:
    path = tmp_path / "count"
    path.write_text("0")

    def count() -> None:
        for _ in range(20):
            with locked(path, 60):
                path.write_text(str(int(path.read_text()) + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() == "80"


def test_a_folder_that_is_missing_is_not_made(tmp_path: Path) -> None:
    with locked(tmp_path / "nowhere" / "plan.toml", 0):
        assert not (tmp_path / "nowhere").exists()


def test_where_folders_cannot_be_locked_a_hidden_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.toml"

    def only_files(handle: int, *, shared: bool = False) -> bool | None:
        return None if os.path.samestat(os.fstat(handle), tmp_path.stat()) else try_lock(handle, shared=shared)

    monkeypatch.setattr(files, "try_lock", only_files)
    with locked(path), pytest.raises(InputError, match="another planner"), locked(path, 0):
        pytest.fail("got in")
    with locked(path, 0):
        pass


def test_where_nothing_can_be_locked_work_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "try_lock", lambda handle, *, shared=False: None)
    with locked(tmp_path / "plan.toml", 0), locked(tmp_path / "plan.toml", 0):
        pass


def test_asking_shared_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "held"
    path.touch()
    first, second, owner = (os.open(path, os.O_RDWR) for _ in range(3))
    try:
        if os.name != "nt":
            assert (try_lock(first, shared=True), try_lock(second, shared=True)) == (True, True)
            assert try_lock(owner) is False
        os.close(first)
        os.close(second)
        first, second = (os.open(path, os.O_RDWR) for _ in range(2))
        assert try_lock(owner) is True
        assert (try_lock(first, shared=True), try_lock(second)) == (False, False)
    finally:
        for handle in (first, second, owner):
            os.close(handle)


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444])
def test_the_mode_stays(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "plan.toml"
    path.write_text("old")
    path.chmod(mode)
    write_whole(path, b"new")
    assert (path.read_text() if mode & 0o400 else "new", path.stat().st_mode & 0o777) == ("new", mode)


@posix
def test_owner_and_group_are_asked_for_then_the_group_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.toml"
    path.write_text("old")
    asked: list[tuple[int, int]] = []

    def refused(handle: int, owner: int, group: int) -> None:
        asked.append((owner, group))
        raise PermissionError

    monkeypatch.setattr(os, "fchown", refused)
    write_whole(path, b"new")
    was = path.stat()
    assert asked == [(was.st_uid, was.st_gid), (-1, was.st_gid)]
    assert path.read_text() == "new"


@posix
def test_a_group_that_cannot_be_kept_gets_no_more_than_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.toml"
    path.write_text("old")
    path.chmod(0o664)
    mine = path.stat()
    monkeypatch.setattr(os, "fchown", lambda *_: (_ for _ in ()).throw(PermissionError()))
    monkeypatch.setattr(files, "_status_of", lambda _: os.stat_result((*mine[:5], mine.st_gid + 1, *mine[6:])))
    write_whole(path, b"new")
    assert path.stat().st_mode & 0o777 == 0o644


@posix
def test_an_administrator_gives_the_file_back_to_its_owner(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only an administrator may")
    path = tmp_path / "plan.toml"
    path.write_text("old")
    os.chown(path, 12_345, 23_456)
    write_whole(path, b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (12_345, 23_456)


@posix
def test_another_name_of_the_file_keeps_the_old_bytes(tmp_path: Path) -> None:
    path, other = tmp_path / "plan.toml", tmp_path / "other.toml"
    path.write_text("old")
    os.link(path, other)
    write_whole(path, b"new")
    assert (path.read_text(), other.read_text()) == ("new", "old")
