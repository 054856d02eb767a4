"""The last door: whatever happens is one line and exit code 2, and nothing that leaves commands the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from planner.plan.places import example_path
from planner.report.csv import safe_cell
from tests.cli.conftest import ROOT, Run

HOSTILE = "\x1b[31mred\x1b]0;title\x07\u202eknalb\u2028\u200b"
FORBIDDEN = tuple("\x1b\x07\x9b\u202e\u2028\u200b\r")


def test_a_fault_of_ours_is_one_line_and_not_the_answer_no(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.cli.report.load_plan", lambda *_: 1 / 0)
    outcome = run("report", "hospital")
    assert outcome.code == 2
    assert "ZeroDivisionError: division by zero: this is a fault of planner" in outcome.complaint


def test_its_traceback_can_be_had(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.cli.report.load_plan", lambda *_: 1 / 0)
    monkeypatch.setenv("PLANNER_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        run("report", "hospital")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full device")
@pytest.mark.parametrize("words", [("catalog", "gpus"), ("report", "hospital"), ("--help",)])
def test_a_full_device_is_told(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "planner", *words],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        )
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="POSIX descriptors")
def test_without_any_stdout_it_says_where_to_write() -> None:
    command = f"{sys.executable} -m planner catalog gpus >&-"
    ended = subprocess.run(["sh", "-c", command], cwd=ROOT, stderr=subprocess.PIPE, text=True, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr == "planner: standard output is closed; name a file with --output\n"


@pytest.mark.parametrize("form", ["text", "json", "markdown", "csv", "html"])
def test_no_report_commands_the_terminal(run: Run, tmp_path: Path, form: str) -> None:
    text = example_path("hospital").read_text("utf-8")
    escaped = HOSTILE.encode("unicode_escape").decode().replace("\\x", "\\u00")
    plan = tmp_path / "plan.toml"
    plan.write_text(text.replace('description = """', f'description = """{escaped}', 1), "utf-8")
    outcome = run("report", str(plan), "--format", form)
    assert outcome.code == 0, outcome.complaint
    assert [mark for mark in FORBIDDEN if mark in outcome.out] == []


@pytest.mark.parametrize(
    "words", [("report", HOSTILE), ("size", HOSTILE, "h100"), ("report", "hospital", "--format", HOSTILE)]
)
def test_no_complaint_commands_the_terminal(run: Run, words: tuple[str, ...]) -> None:
    outcome = run(*words)
    assert outcome.code == 2
    assert [mark for mark in FORBIDDEN if mark in outcome.complaint] == []


@pytest.mark.parametrize(
    "given",
    ["x" * 5_000, "~no-such-user/plan.toml", "a\0b", "/proc/1/root/x.toml"],
    ids=["long", "user", "null", "barred"],
)
def test_odd_paths_are_refused_in_one_line(run: Run, given: str) -> None:
    for words in (("report", given), ("validate", given), ("size", "phi-4", "h100", "-o", given + "/x")):
        outcome = run(*words)
        assert outcome.code == 2
        assert "fault of planner" not in outcome.complaint


@pytest.mark.parametrize("cell", ["=1+1", "@x", "-2+3", "+x", "\t=1", "-(1)"])
def test_a_cell_is_never_a_formula(cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["A-1", "", "7", "-", "-3.5", "+€4,000", "-12 %", "a=b"])
def test_what_is_no_formula_stays(cell: str) -> None:
    assert safe_cell(cell) == cell
