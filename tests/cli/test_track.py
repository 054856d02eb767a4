"""`planner track` as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import AS_OF, Run
from tests.evidence.load import as_csv, calls, put
from tests.evidence.requests import openrouter_rows
from tests.evidence.test_track import log, ranged, scraped
from tests.evidence.writers import WRITERS

LOAD = calls()
KEYS = (
    "plan", "file", "as_of", "currency", "planned_from", "span", "works", "together", "not_in_log", "times_planned",
    "flips", "beyond", "served", "again", "before", "after", "changed",
)  # fmt: skip


@pytest.fixture(name="plan")
def _plan(run: Run, tmp_path: Path) -> Path:
    """A plan that the log was put into."""
    path = tmp_path / "team.toml"
    assert run("new", "team", "--bill", "9000EUR", "--on", "gpt-5.4", "-o", path, *AS_OF).code == 0
    assert run("import", "usage", put(tmp_path / "log.csv", as_csv(openrouter_rows(LOAD))), "--into", path).code == 0
    return path


def test_a_plan_that_holds_ends_with_0_and_stays_as_it_is(run: Run, tmp_path: Path, plan: Path) -> None:
    before = plan.read_bytes()
    done = run("track", plan, "--usage", tmp_path / "log.csv", *AS_OF)
    assert (done.code, done.err) == (0, "")
    assert "The answer holds." in done.out
    assert "All in all 100 % of the planned volume." in done.out
    assert plan.read_bytes() == before


def test_an_answer_that_changed_ends_with_1(run: Run, tmp_path: Path) -> None:
    path = log(tmp_path, ("listing labels", "gpt-4.1-mini", 1e5), ("listing attributes", "gpt-4.1-mini", 1e5))
    done = run("track", "bulk-classifier", "--usage", path, *AS_OF)
    assert done.code == 1
    assert done.out.endswith("The answer has changed.\n")


def test_the_values_have_the_documented_keys(run: Run, tmp_path: Path, plan: Path) -> None:
    done = run("track", plan, "--usage", WRITERS["litellm_spendlogs"][0](tmp_path, LOAD), "--format", "json", *AS_OF)
    said = json.loads(done.out)
    assert tuple(said) == KEYS
    assert done.code == int(said["changed"])
    assert said["span"] == {"first": "2026-09-07", "days": 10.0, "missing": 1, "last": "2026-09-16", "weeks": 2}


def test_metrics_of_servers_stand_beside_the_objectives(run: Run, tmp_path: Path) -> None:
    path = ranged(tmp_path)
    one = run("track", "bulk-classifier", "--usage", path, "--metrics", path, *AS_OF)
    assert "TTFT                    400 ms on average" in one.out
    two = run("track", "bulk-classifier", "--usage", path, "--metrics", *scraped(tmp_path, "a", "b"), *AS_OF)
    assert "--seconds says it" in two.out
    timed = ("--metrics", *scraped(tmp_path, "a", "b"), "--seconds", "600")
    assert "utilisation" in run("track", "bulk-classifier", "--usage", path, *timed, *AS_OF).out


def test_a_folder_of_scrapes_is_a_log_without_a_calendar(run: Run, tmp_path: Path) -> None:
    scraped(tmp_path / "scrapes", "2026-09-07T10-00-00Z.prom", "2026-09-07T16-00-00Z.prom")
    done = run("track", "article-10m", "--usage", tmp_path / "scrapes", "--format", "json", *AS_OF)
    said = json.loads(done.out)
    assert said["span"] == {"first": None, "days": 0.25, "missing": 0, "last": None, "weeks": 0}
    assert said["works"][0]["whole"]["tokens_per_day"] == pytest.approx(4 * 260_000)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere", "--usage", "log.csv"), "no such file, plan or example"),
        (("article-10m", "--usage", "nowhere.csv"), "nowhere.csv"),
        (("article-10m", "--usage", "log.csv", "--metrics", "log.csv"), "two scrapes of /metrics"),
        (("article-10m", "--usage", "log.csv", "--seconds", "60"), "name them with --metrics"),
        (("article-10m", "--usage", "odd.csv"), "found no known format"),
        (("article-10m",), "--usage"),
    ],
)
def test_bad_input_is_one_line(words: tuple[str, ...], said: str, run: Run, tmp_path: Path) -> None:
    put(tmp_path / "log.csv", as_csv(openrouter_rows(LOAD)))
    put(tmp_path / "odd.csv", "a,b\n1,2\n")
    done = run("track", *words)
    assert done.code == 2
    assert said in done.complaint
