"""`planner report`: every format, every bad file, and where it writes."""

from __future__ import annotations

import csv
import io
import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from planner.engine.specs import STRATEGIES
from planner.plan.places import EXAMPLES, example_path
from tests.cli.conftest import AS_OF, Run
from tests.factories import QUESTION_IDS

SMALL = example_path("article-1m")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_reports_in_text_and_json(run: Run, name: str) -> None:
    page = run("report", name, *AS_OF)
    assert len(page.out.splitlines()) <= 45
    text = run("report", name, "--full", *AS_OF)
    assert (text.code, text.err) == (0, "")
    assert "Six questions" in text.out
    data = json.loads(run("report", name, "--format", "json", *AS_OF).out)
    assert [question["id"] for question in data["questions"]] == list(QUESTION_IDS)
    assert data["verdict"]["headline"] in " ".join(text.out.split())
    for strategy in STRATEGIES:
        months = [month["strategies"][strategy] for month in data["months"]]
        if data["totals"][strategy] is None:
            assert months == [None] * 12
            assert any(line.startswith(f"{strategy} ") for line in data["warnings"])
            continue
        for month in months:
            assert sum(map(Decimal, month["buckets"].values())) == Decimal(month["total"])
        assert sum(Decimal(month["total"]) for month in months) == Decimal(data["totals"][strategy]["total"])


@pytest.mark.parametrize(
    ("name", "thirty_days"),
    [("article-1m", "270"), ("article-10m", "2700"), ("article-100m", "27000"), ("article-1b", "270000")],
)
def test_the_article_s_bills_are_reproduced_and_the_longer_month_is_named(
    run: Run, name: str, thirty_days: str
) -> None:
    data = json.loads(run("report", name, "--format", "json", *AS_OF).out)
    ours = Decimal(data["months"][0]["strategies"]["api_today"]["total"])
    buckets_are_rounded_one_by_one = Decimal("0.01")
    assert abs(ours - Decimal(thirty_days) * 730 / 720) <= buckets_are_rounded_one_by_one
    assert "1.39 % more" in run("report", name, "--full", *AS_OF).out


def test_csv_markdown_and_html(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("report", SMALL, "--format", "csv").out)))
    assert {row["strategy"] for row in rows} <= set(STRATEGIES)
    assert run("report", SMALL, "--format", "markdown").out.startswith("# ")
    assert run("report", SMALL, "--format", "html").out.startswith("<!DOCTYPE html>")


def test_it_is_the_same_every_time(run: Run) -> None:
    assert run("report", SMALL, "--format", "json", *AS_OF).out == run("report", SMALL, "--format", "json", *AS_OF).out


def test_shared_options_stand_before_or_after_the_command(run: Run) -> None:
    before = run("--as-of", "2026-12-24", "report", SMALL, "--format", "json")
    after = run("report", SMALL, "--format", "json", "--as-of", "2026-12-24")
    assert before.out == after.out
    assert json.loads(before.out)["as_of"] == "2026-12-24"


def test_plans_are_found_by_name_in_their_folder(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "plans"
    folder.mkdir()
    (folder / "mine.toml").write_bytes(SMALL.read_bytes())
    outcome = run("report", "mine", "--format", "json", "--profiles", folder)
    assert json.loads(outcome.out)["plan"]["path"] == str(folder / "mine.toml")


# Bad files: one line with file, line and field, and exit code 2.


def _edited(tmp_path: Path, old: str, new: str) -> Path:
    text = SMALL.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "plan.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def _line_of(path: Path, part: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if part in line)


@pytest.mark.parametrize(
    ("old", "new", "field", "said"),
    [
        ("kind =", "kidn =", "workload[1].kidn", 'unknown key; did you mean "kind"?'),
        ("tokens_per_day = 1_000_000", 'tokens_per_day = "1M"', "workload[1].tokens_per_day", "expected a number"),
        ("tokens_per_day = 1_000_000", "tokens_per_day = -5", "workload[1].tokens_per_day", "found -5"),
        ("schema = 1", "schema = 99", "schema", "a newer planner saved it"),
        ("baseline_api = ", 'baseline_api = "claude-sonnt-4-6" # ', "volume.baseline_api", "did you mean"),
    ],
)
def test_wrong_contents(run: Run, tmp_path: Path, old: str, new: str, field: str, said: str) -> None:
    path = _edited(tmp_path, old, new)
    outcome = run("report", path)
    assert outcome.code == 2
    assert outcome.complaint.startswith(f"planner: {path}:{_line_of(path, new)}: {field}: ")
    assert said in outcome.complaint


def test_a_truncated_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "cut.toml"
    path.write_text(SMALL.read_text(encoding="utf-8") + '\nname = "cut off', encoding="utf-8")
    outcome = run("report", path)
    assert outcome.code == 2
    assert f"{path}:" in outcome.complaint
    assert "not valid TOML" in outcome.complaint


def test_a_folder_a_missing_file_and_an_unknown_name(run: Run, tmp_path: Path) -> None:
    assert "this is a folder" in run("report", tmp_path).complaint
    missing = run("report", tmp_path / "none.toml")
    assert missing.code == 2
    assert "no such file" in missing.complaint
    assert 'did you mean "hospital"?' in run("report", "hospitl").complaint


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(run: Run, tmp_path: Path) -> None:
    path = _edited(tmp_path, "schema", "schema")
    path.chmod(0)
    assert "no permission to read" in run("report", path).complaint


# Where it writes.


def test_a_file_is_written_whole_and_said_on_stderr(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    outcome = run("report", SMALL, "--format", "json", "-o", target)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == f"wrote {target}\n"
    assert json.loads(target.read_text(encoding="utf-8"))["schema"] == 1
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []


@pytest.mark.parametrize(("target", "said"), [(".", "this is a folder"), ("none/report.txt", "there is no folder")])
def test_where_it_cannot_write(run: Run, target: str, said: str) -> None:
    outcome = run("report", SMALL, "-o", target)
    assert outcome.code == 2
    assert said in outcome.complaint


def test_a_device_is_written_to_and_not_replaced(run: Run, tmp_path: Path) -> None:
    link = tmp_path / "null"
    link.symlink_to(os.devnull)
    assert run("report", SMALL, "-o", link).code == 0
    assert link.is_symlink()
    assert Path(os.devnull).is_char_device()
