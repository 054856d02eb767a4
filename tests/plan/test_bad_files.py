from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest

from planner.plan.edit import new_plan
from planner.plan.read import MIGRATIONS, migrate, plan_from_data, plan_from_text
from planner.plan.schema import SCHEMA_VERSION
from planner.plan.store import load
from planner.plan.write import render
from planner.toml.errors import InputError
from planner.toml.files import LARGEST_FILE_BYTES
from planner.toml.layout import Layout
from tests.plan.texts import SMALL

WORKLOAD = SMALL[SMALL.index("[[workload]]") :]


def _error(tmp_path: Path, raw: bytes | str) -> InputError:
    path = tmp_path / "plan.toml"
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    with pytest.raises(InputError) as caught:
        load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return caught.value


def _edited(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "line", "field", "problem"),
    [
        (
            _edited("kind =", "kidn ="),
            13,
            "workload[1].kidn",
            'unknown key; did you mean "kind"?',
        ),
        (
            _edited("growth_per_month", "growht_per_month"),
            7,
            "volume.growht_per_month",
            'unknown key; did you mean "growth_per_month"?',
        ),
        (_edited("[volume]", "[volumes]"), 6, "volumes", 'unknown key; did you mean "volume"?'),
        (
            _edited('profile = "office-hours"', 'gpu_experience = "yes"'),
            8,
            "volume.gpu_experience",
            "unknown key here; it belongs in [operations]",
        ),
        (_edited("0.06", '"6 %"'), 7, "volume.growth_per_month", 'found "6 %", expected a number'),
        (_edited("0.06", "true"), 7, "volume.growth_per_month", "found true, expected a number"),
        (_edited("6_000_000", "true"), 14, "workload[1].tokens_per_day", "found true, expected a number"),
        (_edited("6_000_000", "-5"), 14, "workload[1].tokens_per_day", "found -5, expected a number above 0"),
        (_edited("6_000_000", "0"), 14, "workload[1].tokens_per_day", "found 0, expected a number above 0"),
        (_edited("6_000_000", "nan"), 14, "workload[1].tokens_per_day", "found nan, expected a finite number"),
        (_edited("6_000_000", "inf"), 14, "workload[1].tokens_per_day", "found inf, expected a finite number"),
        (
            _edited("6_000_000", "1e30"),
            14,
            "workload[1].tokens_per_day",
            "found 1e+30, expected a number of at most 1000000000000000",
        ),
        (
            _edited("= 0.5", "= 50"),
            17,
            "workload[1].cached_input_fraction",
            "found 50, expected a number of at most 1",
        ),
        (
            _edited('"classification"', '"clasification"'),
            13,
            "workload[1].kind",
            'did you mean "classification"?',
        ),
        (_edited("input_tokens = 900\n", ""), 11, "workload[1].input_tokens", "missing; this key is needed"),
        (
            _edited("6_000_000", "6_000_000\nrequests_per_day = 5"),
            11,
            "workload[1]",
            "expected exactly one of bill, tokens_per_day, requests_per_day, not tokens_per_day and requests_per_day",
        ),
        (_edited("2026-11-23", '"2026-11-23"'), 3, "created", 'found "2026-11-23", expected a date such as'),
        (_edited("2026-11-23", '"2026-11-23"'), 3, "created", "such as 2026-11-23, without quotes"),
        (_edited("6_000_000", '"6_000_000"'), 14, "workload[1].tokens_per_day", "expected a number, without quotes"),
        (_edited("2026-11-23", "2026-11-23T10:00:00"), 3, "created", "expected a date without a time"),
        (_edited('"EUR"', '"euro"'), 4, "currency", 'found "euro", expected a three-letter currency code'),
        (_edited('"Support assistant"', '"  "'), 2, "name", 'found "", expected a name that is not empty'),
        (_edited('"Support assistant"', "7"), 2, "name", "found 7, expected text in quotes"),
        (_edited("[volume]", "[[volume]]"), 6, "volume", "found a list of 1, expected a table"),
        (_edited("[[workload]]", "[workload]"), 11, "workload", "found a table, expected a list"),
        (
            _edited("0.06", "{ low = 0.1, mid = 0.05, high = 0.2 }"),
            7,
            "volume.growth_per_month",
            "expected low <= mid <= high",
        ),
        (
            _edited("0.06", "{ low = 0.1, mit = 0.05, high = 0.2 }"),
            7,
            "volume.growth_per_month.mit",
            'unknown key; did you mean "mid"?',
        ),
        (
            SMALL + WORKLOAD.replace("ticket classification", "Ticket Classification"),
            23,
            "workload[2].name",
            'found "Ticket Classification" a second time',
        ),
        (SMALL[: SMALL.index("[[workload]]")], None, "workload", "a plan needs at least one [[workload]]"),
        (SMALL + '\n[prices]\nfx = [{ currency = "EUR", usd = 1 }]\n', 24, "prices.fx[1].source", "missing"),
        (SMALL + "\n[assumptions]\npue = 'high'\n", 24, "assumptions.pue", 'found "high", expected a number'),
        (SMALL + "\n[choice]\nreplicas = 2.5\n", 24, "choice.replicas", "found 2.5, expected a whole number"),
    ],
)
def test_one_line_names_file_line_field_and_what_would_be_right(
    tmp_path: Path, text: str, line: int | None, field: str, problem: str
) -> None:
    error = _error(tmp_path, text)
    assert (error.line, error.field) == (line, field)
    assert problem in error.problem


def test_a_misspelt_key_comes_before_the_key_it_leaves_missing(tmp_path: Path) -> None:
    error = _error(tmp_path, _edited("input_tokens =", "imput_tokens ="))
    assert error.problem == 'unknown key; did you mean "input_tokens"?'
    assert str(error).endswith("(and 1 more)")


def test_a_newer_schema_is_refused_with_the_reason(tmp_path: Path) -> None:
    error = _error(tmp_path, _edited("schema = 1", "schema = 2"))
    assert (error.line, error.field) == (1, "schema")
    assert "found 2, expected at most 1; a newer planner saved it" in error.problem


@pytest.mark.parametrize("found", ["true", '"1"', "0", "1.0", "-3"])
def test_a_schema_that_is_no_version_is_refused(tmp_path: Path, found: str) -> None:
    error = _error(tmp_path, _edited("schema = 1", f"schema = {found}"))
    assert (error.line, error.field) == (1, "schema")
    assert error.problem.endswith(", expected 1")


def test_a_missing_schema_is_named(tmp_path: Path) -> None:
    assert _error(tmp_path, _edited("schema = 1\n", "")).problem == "missing; a plan starts with schema = 1"


def test_an_older_schema_is_brought_up_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.plan.read.SCHEMA_VERSION", 3)
    steps = {1: lambda data: data | {"one": True}, 2: lambda data: data | {"two": data["one"]}}
    assert migrate({"schema": 1}, Layout(), steps) == {"schema": 3, "one": True, "two": True}


def test_there_is_a_migration_from_every_older_schema() -> None:
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))


@pytest.mark.parametrize("cut", [3, 10, 60, 130, 175, 215, 260, len(SMALL) - 30])
def test_a_truncated_file_is_refused_with_a_line(tmp_path: Path, cut: int) -> None:
    error = _error(tmp_path, SMALL[:cut])
    assert error.line is not None or error.problem.startswith("missing")


def test_a_file_cut_in_a_value_says_it_may_be_cut_off(tmp_path: Path) -> None:
    error = _error(tmp_path, SMALL[: SMALL.index("office-hours") + 3])
    assert error.line == 8
    assert "TOML" in error.problem


def test_broken_toml_names_line_and_column(tmp_path: Path) -> None:
    error = _error(tmp_path, _edited("growth_per_month = 0.06", "growth_per_month 0.06"))
    assert error.line == 7
    assert error.problem.startswith("not valid TOML in column 18: ")


@pytest.mark.parametrize("raw", [b"", b"   \n\n"])
def test_an_empty_file_is_named_as_empty(tmp_path: Path, raw: bytes) -> None:
    assert _error(tmp_path, raw).problem == "the file is empty; a plan starts with schema = 1"


def test_a_binary_file_is_no_plan(tmp_path: Path) -> None:
    assert _error(tmp_path, b"\x7fELF\x00\x01").problem == "this is not a text file"


def test_other_encodings_are_named_with_their_line(tmp_path: Path) -> None:
    error = _error(tmp_path, _edited("Support", "Hilfe für").encode("latin-1"))
    assert error.line == 2
    assert error.problem == "found the byte 0xfc, expected text in UTF-8"


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load(path).plan.name == "Support assistant"


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    assert "found 4.0 MiB, expected at most 4" in _error(tmp_path, b"#" * (LARGEST_FILE_BYTES + 1)).problem


def test_a_deeply_nested_file_is_refused(tmp_path: Path) -> None:
    assert "nested too deeply" in _error(tmp_path, "a = " + "[" * 100_000).problem


@pytest.mark.parametrize(("digits", "problem"), [(400, "found a huge number, expected"), (5000, "thousands of digits")])
def test_numbers_without_end_are_refused(tmp_path: Path, digits: int, problem: str) -> None:
    assert problem in _error(tmp_path, _edited("6_000_000", "9" * digits)).problem


def test_a_folder_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this is a folder, expected a file"):
        load(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml: no such file"):
        load(tmp_path / "nowhere.toml")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this platform")
def test_a_pipe_does_not_hang_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "pipe.toml"
    os.mkfifo(path)
    with pytest.raises(InputError, match="not an ordinary file"):
        load(path)


def test_an_unreadable_file_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(SMALL)

    def refuse(path: Path, flags: int) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("planner.toml.files.os.open", refuse)
    with pytest.raises(InputError, match="no permission to read this file"):
        load(path)


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_an_impossible_file_name_is_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_control_characters_of_a_file_never_reach_the_terminal(tmp_path: Path) -> None:
    error = _error(tmp_path, SMALL + '\n["\\u001b[31mred"]\nx = 1\n')
    assert "\x1b" not in str(error)


def test_a_plan_without_a_file_has_no_line() -> None:
    with pytest.raises(InputError) as caught:
        plan_from_data({"schema": 1, "name": 3})
    assert caught.value.line is None
    assert caught.value.more == 2


def test_a_week_without_any_weight_is_refused(tmp_path: Path) -> None:
    weights = f"profile_weights = [{', '.join(['0'] * 168)}]\nprofile ="
    told = str(_error(tmp_path, _edited("profile =", weights)))
    assert "volume.profile_weights: found a list of 168, expected at least one hour with a weight above 0" in told


def test_a_price_too_small_to_divide_by_is_refused(tmp_path: Path) -> None:
    told = str(_error(tmp_path, _edited("6_000_000", "5e-324")))
    assert "found 5e-324, expected 0 or a number of at least 1e-09" in told


def test_a_value_of_the_key_beside_it_is_told_so() -> None:
    text = render(new_plan("One", date(2026, 11, 23)))
    text = re.sub(r'(\[residency\].*\nanswer = )"unknown"', r'\1"region"', text)
    with pytest.raises(InputError) as caught:
        plan_from_text(text)
    assert 'expected "yes", "no" or "unknown"; "region" is for scope' in str(caught.value)
