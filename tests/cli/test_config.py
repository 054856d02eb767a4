"""What is set once for every plan, and what a shell completes."""

from __future__ import annotations

import io
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from planner.cli.examples import EXAMPLES
from planner.cli.grammar import COMMANDS
from planner.cli.main import build_parser
from planner.plan.places import profiles_dir
from planner.plan.settings import Settings, read_settings
from planner.plan.store import load
from planner.tui.places import action_names
from tests.cli.conftest import AS_OF, ROOT, Run


def test_without_a_file_nothing_is_set(run: Run, tmp_path: Path) -> None:
    outcome = run("config")
    assert outcome.code == 0
    assert outcome.out.startswith(f"# {tmp_path / 'config' / 'planner' / 'config.toml'}  (not there yet)\n")
    assert read_settings() == Settings()


def test_what_is_printed_is_a_file_that_reads_back(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.toml"
    monkeypatch.setenv("PLANNER_CONFIG", str(path))
    path.write_text('currency = "USD"\nplans = "/somewhere"\n[keys]\nreprice = "ctrl+e"\n')
    before = read_settings()
    assert before == Settings(currency="USD", plans="/somewhere", keys={"reprice": "ctrl+e"})
    path.write_text(run("config").out)
    assert read_settings() == before


def test_the_actions_it_names_are_those_of_the_app(run: Run) -> None:
    begins = "# keys of the app: "
    line = next(line for line in run("config").out.splitlines() if line.startswith(begins))
    assert set(line.removeprefix(begins).split(", ")) <= set(action_names())


def test_settings_hold_where_nothing_else_is_said(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config" / "planner" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(f'currency = "GBP"\nplans = "{tmp_path / "kept"}"\n')
    assert run("new", "A", "--tokens", "6M", *AS_OF).code == 0
    assert load(tmp_path / "kept" / "a.toml").plan.currency == "GBP"
    monkeypatch.setenv("PLANNER_PROFILES", "elsewhere")
    assert profiles_dir() == Path("elsewhere")
    assert profiles_dir("given") == Path("given")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('them = "x"', ':1: them: there is no such setting; did you mean "theme"?'),
        ('\ncurrency = "eur"', ':2: currency: found "eur", expected a three-letter currency code'),
        ("theme = 3", ":1: theme: found 3, expected text in quotes"),
        ('keys = "ctrl+r"', ":1: keys: found"),
        ("theme = ", ":1: not valid TOML"),
    ],
)
def test_a_wrong_setting_is_told_with_its_line(run: Run, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "config" / "planner" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    for words in (("config",), ("new", "A", "--tokens", "6M")):
        outcome = run(*words)
        assert outcome.code == 2
        assert f"{path}{said}" in outcome.complaint


def test_every_example_of_the_help_can_be_typed() -> None:
    for command in COMMANDS:
        assert len(EXAMPLES[command]) == 3
        for line in EXAMPLES[command]:
            words = shlex.split(line.replace('eval "$(', "").removesuffix(')"').split(" | ")[0].split(" < ")[0])
            assert words[0] == "planner"
            if len(words) > 1 and words[1] in COMMANDS:
                build_parser().parse_args(words[1:])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(run: Run, shell: str) -> None:
    outcome = run("completion", shell)
    assert outcome.code == 0
    assert "planner" in outcome.out


_ASK = {
    "bash": """
eval "$(planner completion bash)"
COMP_LINE="{line}"; COMP_POINT=${{#COMP_LINE}}; COMP_TYPE=9
_python_argcomplete planner
printf '%s\\n' "${{COMPREPLY[@]}}"
""",
    "zsh": """
autoload -U compinit && compinit -D
eval "$(planner completion zsh)"
BUFFER="{line}"; CURSOR=${{#BUFFER}}; words=(planner)
_describe() {{ print -l -- ${{(P)2}}; }}
_python_argcomplete planner
""",
    "fish": """
planner completion fish | source
complete -C "{line}"
""",
}


@pytest.mark.parametrize("shell", list(_ASK))
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("planner rep", "report"),
        ("planner report bulk", "bulk-classifier"),
        ("planner report --form", "--format"),
        ("planner size --gpu h100-s", "h100-sxm"),
        ("planner new --on claude-sonnet-4-6", "claude-sonnet-4-6"),
    ],
)
def test_the_shell_offers_it(tmp_path: Path, shell: str, line: str, offered: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    command = tmp_path / "bin" / "planner"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m planner "$@"\n')
    command.chmod(0o755)
    done = subprocess.run(
        [program, "-c", _ASK[shell].format(line=line)],
        env={"PATH": f"{command.parent}:/usr/bin:/bin", "HOME": str(tmp_path), "TERM": "dumb"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    found = [text.split("\t")[0].split(":")[0].strip() for text in done.stdout.splitlines()]
    assert offered in found, done.stdout + done.stderr


def test_the_ending_of_a_file_says_its_format(run: Run, tmp_path: Path) -> None:
    for name, begins in (("a.html", "<!DOCTYPE html>"), ("a.md", "#"), ("a.json", "{"), ("a.csv", "")):
        assert run("report", "bulk-classifier", "-o", tmp_path / name, *AS_OF).code == 0
        assert (tmp_path / name).read_text("utf-8").startswith(begins)
    clash = run("report", "bulk-classifier", "-o", tmp_path / "b.html", "--format", "json", *AS_OF)
    assert "ends as html does, and --format says json" in clash.complaint
    cannot = run("size", "qwen3-8b", "h100", "-o", tmp_path / "b.csv")
    assert "ends as csv does; this command writes text, json" in cannot.complaint
    assert not (tmp_path / "b.html").exists()
    assert run("report", "bulk-classifier", "-o", tmp_path / "b.odd", *AS_OF).code == 0


def test_a_plan_comes_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "profiles" / "bulk-classifier.toml").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    piped = run("report", "-", "--format", "json", *AS_OF)
    assert piped.out.replace('"-"', "") == run("report", "bulk-classifier", "--format", "json", *AS_OF).out.replace(
        f'"{ROOT / "profiles" / "bulk-classifier.toml"}"', ""
    )
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"naem = 1")))
    assert "-:1: schema: missing" in run("report", "-").complaint
