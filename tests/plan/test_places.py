from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plan.places import (
    EXAMPLES,
    example_path,
    examples_dir,
    file_stem,
    free_path,
    is_example,
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
