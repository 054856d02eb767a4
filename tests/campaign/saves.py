"""Attacks on what is saved: kills, races, signals, two planners on one plan. `python -m tests.campaign.saves` runs all.

Each attack returns what it counted; the tests beside it run a bounded share. The figures asked for: 1,000 kills with
two writers, 200 rounds of `add-model` twice at once, 200 signals, 100 rounds of two planners, and nothing lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from planner.catalog.load import load_catalog
from planner.plan.drafts import recover_drafts
from planner.plan.edit import new_plan, set_value
from planner.plan.store import load, save
from tests.campaign.two_planners import LostError, play
from tests.cli.pseudo_terminal import PATIENCE_S, Terminal

ROOT = Path(__file__).parents[2]
AS_OF = date(2026, 11, 23)
SEED = 10


@dataclass
class Counted:
    """What an attack did, and what came of it: `lost` says one line about each thing lost."""

    attack: str
    rounds: int = 0
    events: int = 0
    """Acknowledged saves, records, signals or edits."""
    lost: list[str] = field(default_factory=list)
    seconds: float = 0.0


WRITE_FOREVER = """
import os, sys
from planner.plan.edit import set_value
from planner.plan.store import load, save
from planner.toml.errors import ConflictError

def write(path, log, name):
    number = 0
    while True:
        opened = load(path)
        before = opened.plan.description.split(" ")[0]
        while True:
            number += 1
            token = f"{name}.{os.getpid()}.{number}"
            plan = set_value(opened.plan, ("description",), f"{token} " + "x" * 1900)
            os.write(log, f"try {token} {before}\\n".encode())
            try:
                opened = save(plan, path, opened.digest)
            except ConflictError:
                break
            os.write(log, f"done {token}\\n".encode())
            before = token

path, name = sys.argv[1], sys.argv[3]
log = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        write(path, log, name)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""
"""For every line it reads, a child that saves until it is killed; the log tells what was tried on what, and done."""


def kills(count: int, folder: Path, seed: int = SEED) -> Counted:
    """Kill one of two writers `count` times; which saves were acknowledged and then replaced by one that knew nothing
    of them, and which files were not whole."""
    counted, dice = Counted("two writers, killed", count), random.Random(seed)
    path, log = folder / "plan.toml", folder / "log"
    save(set_value(new_plan("Written by two", AS_OF), ("description",), f"first {'x' * 1900}"), path)
    with _writer(path, log, "a") as one, _writer(path, log, "b") as other:
        writers = [one, other]
        children = [_next_child(writer) for writer in writers]
        for _ in range(count):
            time.sleep(dice.uniform(0.002, 0.05))
            which = dice.randrange(2)
            _kill(children[which], writers[which])
            description = load(path).plan.description
            if description.partition(" ")[2] != "x" * 1900:
                counted.lost.append(f"not whole: {description[:80]}")
            children[which] = _next_child(writers[which])
        for child, writer in zip(children, writers, strict=True):
            _kill(child, writer)
    counted.events, replaced = judged(log.read_text(), load(path).plan.description.split(" ")[0])
    counted.lost += replaced
    return counted


@contextmanager
def _writer(path: Path, log: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WRITE_FOREVER, str(path), str(log), name]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    with process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def _next_child(writer: subprocess.Popen[str]) -> int:
    assert writer.stdin is not None
    assert writer.stdout is not None
    writer.stdin.write("another\n")
    return int(writer.stdout.readline())


def _kill(child: int, writer: subprocess.Popen[str]) -> None:
    assert writer.stdout is not None
    os.kill(child, signal.SIGKILL)
    assert writer.stdout.readline() == "gone\n"


def judged(log: str, final: str) -> tuple[int, list[str]]:
    """How many saves were acknowledged, and which of them were replaced by a save of somebody who had not seen them.

    A save took effect if it was acknowledged, was read by a later one, or is the last. Two that took effect on the same
    state before them mean that one replaced the other unseen; so does an acknowledged one that nobody ever read.
    """
    before: dict[str, str] = {}
    done: list[str] = []
    for line in log.splitlines():
        word, token, *rest = line.split(" ")
        if word == "try":
            before[token] = rest[0]
        else:
            done.append(token)
    effective = {*done, *before.values(), final} - {"first"}
    by_state: dict[str, list[str]] = {}
    for token in effective:
        by_state.setdefault(before[token], []).append(token)
    lost = [f"both on {state}: {' '.join(sorted(tokens))}" for state, tokens in by_state.items() if len(tokens) > 1]
    unseen = set(done) - set(before.values()) - {final}
    return len(done), lost + [f"never read: {token}" for token in sorted(unseen)]


CONFIG = ROOT / "tests" / "data" / "configs" / "Qwen--Qwen3-8B.json"
ROUNDS_A_FILE = 5
"""The first of them meet while there is no file yet."""


def adds(rounds: int, folder: Path) -> Counted:
    """Start `planner catalog add-model` twice at once; which records are not there afterwards."""
    counted = Counted("add-model twice at once", rounds)
    wanted: set[str] = set()
    for number in range(rounds):
        file = folder / f"config-{number // ROUNDS_A_FILE}" / "catalog.toml"
        if number % ROUNDS_A_FILE == 0:
            wanted.clear()
        ids = [f"own/model-{number}-{side}" for side in "ab"]
        wanted.update(ids)
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PLANNER_CATALOG": str(file)}
        commands = [[sys.executable, "-m", "planner", "catalog", "add-model", str(CONFIG), "--id", id_] for id_ in ids]
        running = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for command in commands]
        codes = [process.wait() for process in running]
        counted.events += codes.count(0)
        missing = wanted - set(load_catalog(file).models)
        if codes != [0, 0] or missing:
            counted.lost.append(f"round {number}: exit codes {codes}, missing {sorted(missing)}")
    return counted


F1, F5, CTRL_Q, CTRL_S, TAB = "\x1bOP", "\x1b[15~", "\x11", "\x13", "\t"
LAST_EDIT_S = 0.05
ACTIONS = {"typing": "", "saving": CTRL_S, "help": F1, "leaving": CTRL_Q, "sizing": F5, "palette": "\x10"}
"""What is asked for between the last edit and the signal."""
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT) if sys.platform != "win32" else ()
AFTER_EXIT = b"\x1b[?1049l"


def signals(instants: int, folder: Path, seed: int = SEED) -> Counted:
    """Type into a field, and 50 ms after the last letter send a signal, whatever goes on; whether all is kept."""
    counted, dice = Counted("signals 50 ms after an edit", instants, instants), random.Random(seed)
    for number in range(instants):
        here = folder / f"signal-{number}"
        here.mkdir()
        case = Case(
            number=SIGNALS[number % len(SIGNALS)],
            action=dice.choice(list(ACTIONS)),
            digits="".join(dice.choice("123456789") for _ in range(dice.randint(1, 30))),
            pause_s=dice.choice((0.004, 0.03, 0.12)),
            wrong=dice.random() < 0.2,
        )
        problem = signalled(here, case)
        if problem:
            counted.lost.append(f"{case}: {problem}")
    return counted


@dataclass(frozen=True)
class Case:
    """One signal: which, what was asked for just before, what was typed how fast, whether the last letter is wrong."""

    number: int
    action: str
    digits: str
    pause_s: float
    wrong: bool


def signalled(folder: Path, case: Case) -> str:
    """What was lost or left undone; empty where nothing was."""
    profiles = folder / "profiles"
    profiles.mkdir()
    path = profiles / "mine.toml"
    save(set_value(new_plan("Ended in the middle", AS_OF), ("workload", 0, "tokens_per_day"), 1e6), path)
    with Terminal(("profiles/mine.toml", "--as-of", AS_OF.isoformat()), folder, (80, 24)) as terminal:
        terminal.wait_for("Ended in the middle")
        terminal.wait_for("STAY")
        terminal.send(TAB)
        terminal.wait_for("Compounds")
        terminal.send("0.0")
        for digit in case.digits:
            terminal.send(digit)
            terminal.read(case.pause_s)
        terminal.send("%")
        if case.wrong:
            terminal.send("x")
        terminal.send(ACTIONS[case.action])
        ends = time.monotonic() + LAST_EDIT_S
        while time.monotonic() < ends:
            terminal.read(0.005)
        terminal.process.send_signal(case.number)
        ends = time.monotonic() + PATIENCE_S
        while terminal.process.poll() is None and time.monotonic() < ends:
            terminal.read(0.02)
        terminal.read(0)
        code, output = terminal.process.poll(), terminal.before + terminal.output
    return _problem_after(folder, case, code, output)


def _problem_after(folder: Path, case: Case, code: int | None, output: bytes) -> str:
    before = os.environ.get("PLANNER_STATE")
    os.environ["PLANNER_STATE"] = str(folder / "state")
    try:
        drafts = recover_drafts(folder / "profiles")
    finally:
        os.environ.pop("PLANNER_STATE") if before is None else os.environ.update(PLANNER_STATE=before)
    wanted = float(f"0.0{case.digits}") / 100
    kept = [load(folder / "profiles" / "mine.toml").plan, *(draft.plan for draft in drafts)]
    # what is on its way to a text that is no answer never rested, so the plan need not have heard of it
    if not case.wrong and not any(plan.volume.growth_per_month == pytest.approx(wanted) for plan in kept):
        return f"not kept: {wanted} in {[plan.volume.growth_per_month for plan in kept]}"
    if case.wrong and f"0.0{case.digits}%x" not in [text for draft in drafts for _, text in draft.typed]:
        return f"not kept as typed: {[draft.typed for draft in drafts]}"
    if code != 128 + case.number:
        return f"exit code {code}"
    if AFTER_EXIT not in output:
        return "the terminal was not restored"
    return "a draft looks busy" if any(draft.open_elsewhere for draft in drafts) else ""


def two_planners(rounds: int, folder: Path, seed: int = SEED) -> Counted:
    """Scripted rounds of two planners on one plan, some of which crash; what was typed and is nowhere afterwards."""
    counted, dice = Counted("two planners on one plan", rounds), random.Random(seed)
    os.environ["PLANNER_STATE"] = str(folder / "state")
    for number in range(rounds):
        here = folder / f"round-{number}"
        here.mkdir()
        try:
            counted.events += asyncio.run(play(here, dice))
        except LostError as lost:
            counted.lost.append(f"round {number}: {lost}")
    return counted


ATTACKS: dict[str, tuple[Callable[[int, Path], Counted], int]] = {
    "kills": (kills, 1_000),
    "adds": (adds, 200),
    "signals": (signals, 200),
    "two": (two_planners, 100),
}


def main() -> int:
    """Run the attacks named, or all; print a table; exit code 1 where something was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.saves", description=main.__doc__)
    parser.add_argument("attacks", nargs="*", choices=[[], *ATTACKS], metavar="ATTACK", help=", ".join(ATTACKS))
    parser.add_argument("--rounds", type=int, help="instead of the full number")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    args = parser.parse_args()
    results = []
    for name in args.attacks or ATTACKS:
        attack, full = ATTACKS[name]
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            counted = attack(args.rounds or full, Path(folder))
            counted.seconds = round(time.monotonic() - began, 1)
            results.append(counted)
    if args.format == "json":
        sys.stdout.write(json.dumps([vars(counted) for counted in results], indent=1) + "\n")
    else:
        sys.stdout.write(f"{'attack':<30}{'rounds':>8}{'events':>8}{'lost':>6}{'seconds':>9}\n")
        for c in results:
            sys.stdout.write(f"{c.attack:<30}{c.rounds:>8}{c.events:>8}{len(c.lost):>6}{c.seconds:>9}\n")
            sys.stdout.writelines(f"    {line}\n" for line in c.lost[:10])
    return 1 if any(counted.lost for counted in results) else 0


if __name__ == "__main__":
    sys.exit(main())
