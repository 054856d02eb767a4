"""Runs in a real pseudo-terminal: starts, paints, quits with 0; survives a kill; odd terminals; what the disk does."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from planner.plan.drafts import recover_drafts
from planner.plan.edit import new_plan, set_value
from planner.plan.schema import Plan
from planner.plan.store import load, save
from tests.cli.pseudo_terminal import PATIENCE_S, Terminal
from tests.tui.conftest import AS_OF

pytestmark = [pytest.mark.terminal, pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")]

ENTER, TAB = "\r", "\t"


def _plan(name: str) -> Plan:
    return set_value(new_plan(name, AS_OF), ("workload", 0, "tokens_per_day"), 1e6)


def test_the_demo_starts_paints_and_quits(tmp_path: Path) -> None:
    with Terminal(("demo",), tmp_path) as terminal:
        terminal.wait_for("Claude")
        terminal.output = b"\x1b[?1049h"
        code = terminal.quit()
        assert code == 0, terminal.plain[-2000:]
        assert b"Traceback" not in terminal.output
        assert b"\x1b[?1049l" in terminal.output  # the alternate screen is given back


def growth_on_disk(profiles: Path) -> list[object]:
    return [draft.plan.volume.growth_per_month for draft in recover_drafts(profiles)]


def test_a_draft_is_recovered_after_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_STATE", str(tmp_path / "state"))
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    save(_plan("Killed in the middle"), profiles / "mine.toml")
    with Terminal(("profiles/mine.toml",), tmp_path, (80, 24)) as terminal:
        terminal.wait_for("Killed in the middle")
        terminal.wait_for("STAY")
        terminal.send(TAB)  # from the table to the growth a month
        terminal.wait_for("Compounds")
        terminal.send("7%")
        ends = time.monotonic() + PATIENCE_S
        while growth_on_disk(profiles) != [pytest.approx(0.07)]:
            assert time.monotonic() < ends, terminal.plain[-2000:]
            terminal.read()
        terminal.process.kill()
        terminal.process.wait(10)
    assert load(profiles / "mine.toml").plan.volume.growth_per_month == 0
    with Terminal((), tmp_path, (80, 24)) as terminal:
        terminal.wait_for("Not saved")
        terminal.send(ENTER)  # the draft is the first line
        terminal.wait_for("7 %")
        assert growth_on_disk(profiles) == [pytest.approx(0.07)]
        terminal.wait_for("STAY")
        terminal.send("\x13")  # ctrl+s
        ends = time.monotonic() + PATIENCE_S
        while load(profiles / "mine.toml").plan.volume.growth_per_month == 0:
            assert time.monotonic() < ends, terminal.plain[-2000:]
            terminal.read()
        assert terminal.quit() == 0
    assert load(profiles / "mine.toml").plan.volume.growth_per_month == pytest.approx(0.07)
    assert recover_drafts(profiles) == ()


def test_a_window_that_is_closed_keeps_what_was_typed_and_ends_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANNER_STATE", str(tmp_path / "state"))
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    save(_plan("Closed in the middle"), profiles / "mine.toml")
    with Terminal(("profiles/mine.toml",), tmp_path, (80, 24)) as terminal:
        terminal.wait_for("STAY")
        terminal.send(TAB)
        terminal.wait_for("Compounds")
        terminal.send("7%")
        terminal.wait_for("7%")
        assert terminal.close() == 128 + signal.SIGHUP
    assert growth_on_disk(profiles) == [pytest.approx(0.07)]
    assert not recover_drafts(profiles)[0].open_elsewhere


def test_two_programs_on_one_plan_keep_a_draft_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_STATE", str(tmp_path / "state"))
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    save(_plan("Open twice"), profiles / "mine.toml")
    with (
        Terminal(("profiles/mine.toml",), tmp_path, (80, 24)) as one,
        Terminal(("profiles/mine.toml",), tmp_path, (80, 24)) as other,
    ):
        for terminal, growth in ((one, "7%"), (other, "8%")):
            terminal.wait_for("STAY")
            terminal.send(TAB)
            terminal.wait_for("Compounds")
            terminal.send(growth)
            terminal.wait_for(growth)
        ends = time.monotonic() + PATIENCE_S
        while sorted(map(str, growth_on_disk(profiles))) != ["0.07", "0.08"]:
            assert time.monotonic() < ends, other.plain[-2000:]
            one.read(0.05)
            other.read(0.05)
        assert all(draft.open_elsewhere for draft in recover_drafts(profiles))
        other.send("\x13")
        while growth_on_disk(profiles) != [pytest.approx(0.07)]:
            assert time.monotonic() < ends, other.plain[-2000:]
            other.read()
        one.process.kill()
        one.process.wait(10)
    assert growth_on_disk(profiles) == [pytest.approx(0.07)]
    assert not recover_drafts(profiles)[0].open_elsewhere
    assert load(profiles / "mine.toml").plan.volume.growth_per_month == pytest.approx(0.08)


PLACES = {
    "\x1bOS": "mean month",
    "\x1b[15~": "GPU offer",
    "\x1b[17~": "goes to",
    "\x1b[18~": "Spent so far",
    "\x1b[19~": "OBJECTIVES",
}
"""F4 to F8, and what stands only in the place they open."""


@pytest.mark.parametrize(
    ("size", "env"),
    [
        ((80, 24), {"TERM": "dumb"}),
        ((80, 24), {"TERM": "linux"}),
        ((80, 24), {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        ((80, 24), {"NO_COLOR": "1"}),
        ((200, 60), {"TERM": "xterm", "COLORTERM": ""}),
    ],
    ids=["dumb", "linux", "C", "no colour", "16 colours"],
)
def test_it_runs_in_odd_terminals(tmp_path: Path, size: tuple[int, int], env: dict[str, str]) -> None:
    with Terminal(("demo",), tmp_path, size, **env) as terminal:
        terminal.wait_for("the six speak")  # beside the questions
        for key, there in PLACES.items():
            terminal.send(key)
            terminal.wait_for(there)
        code = terminal.quit()
        assert code == 0, terminal.plain[-2000:]
        assert b"Traceback" not in terminal.before + terminal.output


def test_a_terminal_too_small_says_so_and_lives(tmp_path: Path) -> None:
    with Terminal(("demo",), tmp_path, (20, 5)) as terminal:
        terminal.wait_for("Make the window")
        assert terminal.quit() == 0
