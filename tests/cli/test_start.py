"""How the program starts: fast, without what it does not need, and politely where there is no terminal."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from planner import __main__ as program
from planner import __version__
from tests.cli.conftest import ROOT, Run

HEAVY = ("textual", "rich", "pydantic", "numpy", "tomli_w", "planner.engine", "planner.catalog.load")


def _probe(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=True
    )
    return done.stdout


def test_help_loads_nothing_heavy() -> None:
    loaded = _probe(
        "import sys\nfrom planner.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert loaded.splitlines()[-1] == "HEAVY []"


@pytest.mark.parametrize("command", ["app", "demo", "report", "size", "compare", "catalog"])
def test_every_command_explains_itself(run: Run, command: str) -> None:
    help_ = run(command, "--help")
    assert help_.code == 0
    assert "--as-of" in help_.out
    assert command in run("--help").out


def test_version(run: Run) -> None:
    assert run("--version").out == f"planner {__version__}\n"


@pytest.mark.parametrize("args", [(), ("demo",), ("article-1m",)])
def test_without_a_terminal_it_names_the_command_to_use(spawn: Run, args: tuple[str, ...]) -> None:
    outcome = spawn(*args)
    assert outcome.code == 2
    assert "planner report" in outcome.complaint


def test_a_plan_that_cannot_be_read_is_refused_before_the_screen_is_taken(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("schema = 1\nnaem = 'x'\n")
    outcome = run(path)
    assert outcome.code == 2
    assert f"{path}:2: naem: unknown key" in outcome.complaint


def test_a_misspelt_command_is_not_taken_for_silence(run: Run) -> None:
    outcome = run("reprot")
    assert outcome.code == 2
    assert 'reprot: no such file, plan or example; did you mean "report"?' in outcome.complaint


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("report",), "the following arguments are required: PLAN"),
        (("report", "x", "--format", "pdf"), "invalid choice: 'pdf'"),
        (("report", "x", "--as-of", "23.11.2026"), "'23.11.2026' is not a date; write it as 2026-11-23"),
        (("compare", "one"), "compare takes two or three plans, found 1"),
        (("demo", "nothing"), "there is no example 'nothing'"),
        (("size", "--gpu", "h100"), "size needs a model and a GPU"),
        (("size", "--model", "m", "--gpu", "g", "--concurrency", "0"), "'0' is not a positive number"),
        (("size", "--model", "m", "--gpu", "g", "--count", "1.5"), "'1.5' is not a whole number"),
        (("size", "--model", "m", "--gpu", "g", "--gpu-memory-utilization", "92"), "'92' is not a share"),
        (("catalog", "cars"), "invalid choice: 'cars'"),
    ],
)
def test_wrong_arguments_get_one_line(run: Run, args: tuple[str, ...], said: str) -> None:
    outcome = run(*args)
    assert outcome.code == 2
    assert said in outcome.complaint


def test_a_reader_that_goes_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(
        [sys.executable, "-m", "planner", "catalog", "models"],
        cwd=ROOT,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
    )
    os.close(writing)
    assert (process.returncode, process.stderr) == (141, b"")


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_ends_it_quietly(tmp_path: Path) -> None:
    fifo = tmp_path / "plan.toml"
    (tmp_path / "wait.py").write_text(
        "import signal, sys, time\nimport planner.cli.plans as plans\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background of a shell ignores it
        "def wait(*_):\n    print('ready', flush=True)\n    time.sleep(30)\n"
        "plans.load_plan = wait\nfrom planner.cli.main import main\nsys.exit(main(['report', 'x']))\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "wait.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, b"")
    assert not fifo.exists()


def test_a_terminal_without_unicode_gets_marks_it_can_show(spawn: Run) -> None:
    args = ("size", "--model", "microsoft/phi-4", "--gpu", "h100-sxm")
    outcome = spawn(*args, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert outcome.code == 0
    assert "? FITS" in outcome.out


def test_a_command_runs_without_the_collector_and_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def noting_main() -> int:
        seen.extend((gc.isenabled(), os.environ["OPENBLAS_NUM_THREADS"]))
        return 3

    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.setattr(program, "main", noting_main)
    try:
        with pytest.raises(SystemExit, match="3"):
            program.run()
    finally:
        gc.enable()
    assert seen == [False, "1"]


def test_the_first_paint_waits_for_no_engine() -> None:
    loaded = _probe(
        "import sys\nimport planner.tui.app, planner.tui.screens.home.screen\n"
        "heavy = ('numpy', 'pydantic', 'planner.engine.specs', 'planner.evaluate', 'planner.catalog.load')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    assert loaded == "[]\n"


def test_a_sizing_waits_for_no_plan() -> None:
    loaded = _probe(
        "import sys\nimport planner.cli.size\n"
        "print([name for name in ('pydantic', 'planner.plan') if name in sys.modules])"
    )
    assert loaded == "[]\n"
