"""The plan of `tests.tui.test_berlin`, typed into a real terminal."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from planner.plan.store import load
from tests.cli.pseudo_terminal import PATIENCE_S, Terminal
from tests.tui.test_berlin import MOST_KEYS, WORK

pytestmark = [pytest.mark.terminal, pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")]

ENTER, ESCAPE, TAB, DOWN, F9 = "\r", "\x1b", "\t", "\x1b[B", "\x1b[20~"
AGAIN = "how fast does it grow"
DIALOG: tuple[tuple[str, str], ...] = (
    ("n", "Start blank"),
    (ENTER, AGAIN),
    (ENTER, "Workload 1 of 1"),
    ("RAG chat", "RAG chat"),
    (ENTER, "does this work now"),
    ("5.4", "GPT-5.4 nano"),
    (ENTER, "As you know it"),
    ("€5k", "€5k"),
    (ENTER, "lean to"),
    ("rag", "answers from documents"),
    (ENTER, "work may wait"),
    (ESCAPE, AGAIN),
    ("a", "Workload 2 of 2"),
    ("nightly invoices", "nightly invoices"),
    (ENTER, "does this work now"),
    ("4.1 m", "4.1 mini"),
    (ENTER, "As you know it"),
    ("€2.5k", "€2.5k"),
    (ENTER, "lean to"),
    ("ex", "extraction"),
    (ENTER, "work may wait"),
    ("b", "✓ background"),
    (ESCAPE, AGAIN),
    ("a", "Workload 3 of 3"),
    ("code review agent", "code review agent"),
    (ENTER, "does this work now"),
    ("t 4.6", "Claude Sonnet 4.6"),
    (ENTER, "As you know it"),
    ("€6.5k", "€6.5k"),
    (ENTER, "lean to"),
    ("co a", "coding agents"),
    (ENTER, "work may wait"),
    (ESCAPE, AGAIN),
    (TAB, "Compounds"),
    ("8", "8"),
    (ENTER, "Hardware is"),
    ("4", "GPU experience?"),
    ("y", "✓ yes"),
    ("5", "Must stay inside?"),
    ("n", "✓ no"),
    (DOWN, "exclude"),
    ("y", "✓ yes"),
    (F9, "Name of the plan"),
    (ENTER, ""),
)
"""What is pressed, and what then comes to stand on the screen: as somebody who looks would wait for it."""


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_three_bills_become_a_saved_plan_in_a_real_terminal(tmp_path: Path, size: tuple[int, int]) -> None:
    with Terminal((), tmp_path, size) as terminal:
        terminal.wait_for("F2")
        terminal.wait_for("Enter")
        pressed = 0
        for keys, shown in DIALOG:
            terminal.send(keys)
            pressed += 1 if keys in (ENTER, ESCAPE, TAB, DOWN, F9) else len(keys)
            if len(keys) == 1 or keys in (DOWN, F9):
                terminal.wait_for(shown)
            else:
                _until_shown(terminal, shown)
        saved = tmp_path / "profiles"
        ends = time.monotonic() + PATIENCE_S
        while not list(saved.glob("*.toml")) and time.monotonic() < ends:
            terminal.read()
        assert terminal.quit() == 0
    assert pressed <= MOST_KEYS
    plan = load(next(saved.glob("*.toml"))).plan
    told = [
        (w.name, w.api_model, w.kind, w.latency, w.bill and (w.bill.amount, w.bill.currency)) for w in plan.workload
    ]
    assert told == WORK
    assert plan.volume.growth_per_month == 0.08
    assert (plan.operations.gpu_experience, plan.residency.answer) == ("yes", "no")
    assert plan.residency.company_in_eu


def _until_shown(terminal: Terminal, text: str) -> None:
    """Letters may be painted one by one: the last of them is what to wait for."""
    terminal.wait_for(text[-1])
