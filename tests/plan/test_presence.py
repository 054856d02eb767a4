"""Who has a plan open: told as long as the process lives, and not a moment longer."""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from planner.plan import presence
from planner.plan.presence import Marker, Opened, elsewhere, opened_by
from planner.toml.files import try_lock
from tests.cli.conftest import ROOT

OPEN_AND_HANG = """
import sys
from pathlib import Path
from planner.plan.presence import Marker
marker = Marker()
marker.put([Path(sys.argv[1])], "theirs", Path(sys.argv[2]))
print("open", flush=True)
sys.stdin.read()
"""


def test_a_plan_is_open_until_its_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    command = [sys.executable, "-c", OPEN_AND_HANG, str(tmp_path), str(path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        opened = elsewhere(path, [tmp_path], "mine")
        assert opened is not None
        assert (opened.pid, opened.host, opened.origin) == (process.pid, socket.gethostname(), path)
        assert str(process.pid) in str(opened)
        assert elsewhere(path, [tmp_path], "theirs") is None
        assert elsewhere(tmp_path / "other.toml", [tmp_path], "mine") is None
        process.kill()
    assert elsewhere(path, [tmp_path], "mine") is None
    assert list(tmp_path.iterdir()) == []


def test_a_marker_follows_the_plan_to_another_file_and_goes_with_the_next(tmp_path: Path) -> None:
    marker = Marker()
    marker.put([tmp_path], "a", None)
    first = opened_by(tmp_path / "a.open")
    marker.put([tmp_path], "a", tmp_path / "saved.toml")
    later = elsewhere(tmp_path / "saved.toml", [tmp_path], "b")
    assert first is not None
    assert later is not None
    assert later.since == first.since
    marker.put([tmp_path], "b", None)
    assert [path.name for path in tmp_path.iterdir()] == ["b.open"]
    marker.lift()
    marker.lift()
    assert (list(tmp_path.iterdir()), marker.is_up) == ([], False)


def test_without_a_folder_that_takes_it_there_is_no_marker(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    marker = Marker()
    marker.put([tmp_path / "file" / "in"], "a", None)
    assert not marker.is_up
    marker.put([tmp_path / "file" / "in", tmp_path / "new"], "a", None)
    assert marker.is_up
    marker.lift()


def test_a_marker_that_is_taken_for_a_leftover_is_put_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = Marker()
    removed: list[Path] = []

    def remove_first(handle: int) -> bool | None:
        if not removed:
            removed.append(tmp_path / "a.open")
            removed[0].unlink()
        return try_lock(handle)

    monkeypatch.setattr(presence, "try_lock", remove_first)
    marker.put([tmp_path], "a", None)
    monkeypatch.undo()
    assert removed
    assert opened_by(tmp_path / "a.open") is not None
    marker.lift()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x", "host": 3, "since": "then", "origin": 5}'])
def test_a_held_marker_that_says_nothing_is_held_all_the_same(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.open"
    path.write_text(content)
    assert opened_by(path) is None
    path.write_text(content)
    with path.open() as file:
        assert try_lock(file.fileno())
        opened = opened_by(path)
        assert opened is not None
        assert (opened.pid, opened.host, opened.origin) == (0, "", None)


@pytest.mark.skipif(os.name == "nt", reason="process ids are not looked up there")
def test_where_nothing_can_be_locked_the_process_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "try_lock", lambda handle, *, shared=False: None)
    now = dt.datetime.now(dt.UTC)
    here = socket.gethostname()
    assert presence.runs(Opened(None, now, os.getppid(), here))
    for pid, host in ((os.getpid(), here), (0, here), (os.getppid(), "another-machine"), (10**30, here)):
        assert not presence.runs(Opened(None, now, pid, host))
    marker = Marker()
    marker.put([tmp_path], "a", None)
    assert marker.is_up
    assert opened_by(tmp_path / "a.open") is None  # it is this very process


def test_a_marker_that_may_not_be_read_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.open").touch()
    monkeypatch.setattr(os, "open", refused)
    opened = opened_by(tmp_path / "a.open")
    assert opened is not None
    assert str(opened).startswith("process unknown, since ")
