from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plan.places import (
    EXAMPLES,
    ONLY_BELOW,
    example_path,
    examples_dir,
    file_stem,
    free_path,
    is_example,
    off_limits,
    profiles_dir,
    state_dir,
)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Support assistant", "support-assistant"),
        ("Größe 日本", "größe-日本"),
        ("a/b\\c:d", "a-b-c-d"),
        ("../../etc/passwd", "etc-passwd"),
        ("...", "plan"),
        ("", "plan"),
        ("///", "plan"),
        ("CON", "con-plan"),
        ("com1.backup", "com1.backup-plan"),
        ("a\x1b[31m", "a[31m"),
        ("$8k a month", "$8k-a-month"),
        (".hidden", "hidden"),
        ("trailing. ", "trailing"),
    ],
)
def test_names_become_file_names(name: str, stem: str) -> None:
    assert file_stem(name) == stem


@given(st.text(max_size=300))
def test_any_name_becomes_a_file_name_that_every_platform_takes(name: str) -> None:
    stem = file_stem(name)
    assert stem
    assert len(stem.encode()) <= 130
    assert not set(stem) & set('<>:"/\\|?*\0\n')
    assert stem[0] not in ".- "
    assert stem[-1] not in ". "
    assert file_stem(stem) == stem or stem.endswith("-plan")


def test_very_long_names_are_cut_between_characters(tmp_path: Path) -> None:
    path = free_path(tmp_path, "日" * 300)
    path.write_text("")
    assert path.stem == "日" * 40


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    for expected in ("plan.toml", "plan-2.toml", "plan-3.toml"):
        path = free_path(tmp_path, "Plan")
        assert path.name == expected
        path.write_text("")
    assert free_path(tmp_path, "Plan", besides=tmp_path / "plan-2.toml").name == "plan-2.toml"


def test_the_folder_of_plans_is_given_or_from_the_environment_or_here() -> None:
    assert profiles_dir("x", {"PLANNER_PROFILES": "y"}) == Path("x")
    assert profiles_dir(None, {"PLANNER_PROFILES": "y"}) == Path("y")
    assert profiles_dir(None, {}) == Path("profiles")
    assert profiles_dir(None, {"PLANNER_PROFILES": ""}) == Path("profiles")


@pytest.mark.parametrize(
    ("platform", "environ", "end"),
    [
        ("linux", {"XDG_STATE_HOME": "/x"}, "/x/planner"),
        ("linux", {}, ".local/state/planner"),
        ("darwin", {}, "Library/Application Support/planner"),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/planner"),
        ("linux", {"PLANNER_STATE": "/s", "XDG_STATE_HOME": "/x"}, "/s"),
    ],
)
def test_the_state_folder_is_the_platforms(platform: str, environ: dict[str, str], end: str) -> None:
    assert state_dir(environ, platform).as_posix().endswith(end)


def test_every_file_among_the_examples_is_listed() -> None:
    assert {path.stem for path in examples_dir().glob("*.toml")} >= set(EXAMPLES)


def test_an_example_is_known_by_place_and_name(tmp_path: Path) -> None:
    assert is_example(example_path("hospital"))
    assert not is_example(tmp_path / "hospital.toml")
    assert not is_example(examples_dir() / "my-own.toml")


@pytest.fixture(name="limits")
def _limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A folder of plans in which links lead astray, and the one plan beside it that may be used."""
    plans = tmp_path / "plans"
    plans.mkdir()
    (tmp_path / "plans-of-others").mkdir()
    for path in (plans / "a.toml", tmp_path / "b.toml", tmp_path / "c.toml"):
        path.write_text("")
    for link, target in (("out", ".."), ("out.toml", "../c.toml"), ("new.toml", "../d.toml"), ("loop", "loop")):
        (plans / link).symlink_to(target)
    monkeypatch.chdir(tmp_path)
    return {ONLY_BELOW: json.dumps([str(plans), str(tmp_path / "b.toml")])}


needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a right there")


@needs_links
@pytest.mark.parametrize(
    "path",
    ["plans/a.toml", "plans/new/x.toml", "plans/../plans/a.toml", "plans/out/plans/a.toml", "plans", "b.toml"],
)
def test_below_the_folder_of_plans_files_may_be_used(limits: dict[str, str], path: str) -> None:
    assert off_limits(Path(path), environ=limits) == ""
    assert off_limits(Path(path).absolute(), to_read=True, environ=limits) == ""


@needs_links
@pytest.mark.parametrize(
    "path",
    [
        "c.toml",
        "",
        "/",
        "/etc/passwd",
        "~/x.toml",
        "plans/../c.toml",
        "plans/out/c.toml",
        "plans/out.toml",
        "plans/new.toml",
        "plans/loop/../../c.toml",
        "plans-of-others/x.toml",
        "b.toml.bak",
        "plans/../b.toml/../c.toml",
        "plans/\0",
        f"plans/{'x' * 5000}/../../../c.toml",
    ],
)
def test_other_files_may_not_be_used_in_a_browser(limits: dict[str, str], path: str, tmp_path: Path) -> None:
    wanted = Path(path).expanduser()
    for to_read in (True, False):
        problem = off_limits(wanted, to_read=to_read, environ=limits)
        assert problem == f"planner serve opens and writes files below {tmp_path / 'plans'} only"
    assert off_limits(wanted, environ={}) == ""


def test_examples_may_be_read_and_not_written_in_a_browser(limits: dict[str, str]) -> None:
    assert off_limits(example_path("hospital"), to_read=True, environ=limits) == ""
    assert off_limits(example_path("hospital"), environ=limits)
