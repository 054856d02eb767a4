"""One guarded way to read: what is no ordinary file, what is too much, and paths that cannot be asked about."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from planner.toml.errors import InputError
from planner.toml.files import decode, parse, parse_json, read_bytes, read_start
from planner.toml.paths import exists, expanded, is_file, is_folder, real


@pytest.mark.skipif(os.name == "nt", reason="named pipes")
def test_a_pipe_without_a_writer_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="not an ordinary file"):
        read_bytes(tmp_path / "pipe")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="devices")
def test_a_device_without_an_end_is_refused() -> None:
    with pytest.raises(InputError, match="not an ordinary file"):
        read_bytes(Path("/dev/zero"))


def test_a_file_that_is_larger_than_the_system_says_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grows.toml"
    path.write_bytes(b"x" * 3_000_000)
    real_stat = os.fstat
    monkeypatch.setattr(os, "fstat", lambda handle: os.stat_result((*real_stat(handle)[:6], 0, 0, 0, 0)))
    with pytest.raises(InputError, match="expected at most 1"):
        read_bytes(path, 2**20)


def test_the_start_of_a_large_file_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"start" + b"\0" * 1_000_000)
    assert read_start(path, 5) == b"start"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("#\n" * 60_000, r"found 60,000 lines, expected at most 50,000"),
        ("a = {" + "b=1," * 60_000 + "}", r"found 60,001 keys, expected at most 50,000"),
        ("a = [" + "1," * 300_000 + "]", r"found 300,000 values, expected at most 200,000"),
        ("[[workload]]\n" + ".".join(["a"] * 60) + " = 1", r"^2: found a key of more than 50 parts"),
        ("a = {" + ".".join(['"a b"'] * 60) + " = 1}", r"^1: found a key of more than 50 parts"),
        ("a = 1\nb = " + "9" * 5_000, r"^2: found a number of thousands of digits"),
        ("a = " + "[" * 9_000, r"nested too deeply|not valid TOML"),
    ],
    ids=["comments", "keys", "values", "dotted", "dotted inline", "digits", "depth"],
)
def test_more_than_anybody_writes_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        parse(text)


def test_long_words_and_dotted_texts_are_no_long_keys() -> None:
    assert parse(f'a = "{"x" * 100_000}"\nb = "{"1.2.3 " * 1000}"')["a"] == "x" * 100_000


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": 1,\n "b" 2}', r"^2: not valid JSON in column 6"),
        ("[" * 5_000, "nested too deeply|not valid JSON"),
        ("[" + "1," * 1_000_001 + "1]", "found 1,000,002 values, expected at most 1,000,000"),
        ('\n{"a": ' + "9" * 5_000 + "}", r"^2: found a number of thousands of digits"),
    ],
    ids=["grammar", "depth", "values", "digits"],
)
def test_json_is_read_as_carefully(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        parse_json(text)


def test_a_mark_at_the_start_is_dropped() -> None:
    assert parse(decode("\ufeffa = 1\r\n".encode())) == {"a": 1}


def test_questions_about_paths_are_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    for path in (tmp_path / ("x" * 5_000), circle, tmp_path / "a\0b", Path("/proc/1/fd/999999/x")):
        assert [ask(path) for ask in (exists, is_file, is_folder)] == [False] * 3
    assert expanded("~no-such-user-anywhere/plan.toml") == Path("~no-such-user-anywhere/plan.toml")
    assert real(circle).name == "circle"
    assert exists(tmp_path)
    assert is_folder(tmp_path)
