"""Home's lines: verdict, monthly cost, staleness, unreadable files, at every width."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from planner.plan.edit import new_plan
from planner.plan.prices import with_result
from planner.plan.store import save
from planner.tui.open_plan.shelf import Book, read_shelf
from planner.tui.widgets.shelf_list import ShelfList, book_line, first_sentence
from tests.factories import sample_evaluation
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import screen_text, until


def book(**facts: object) -> Book:
    given: dict[str, object] = {
        "group": "plan",
        "path": Path("support.toml"),
        "name": "Support assistant",
        "recommendation": "hybrid",
        "strategy": "hybrid",
        "monthly_cost": 3433.4,
        "priced_on": date(2026, 11, 20),
    }
    return Book(**(given | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [56, 75, 115, 195])
def test_a_line_says_verdict_money_and_age_and_fits(width: int) -> None:
    line = book_line(book(), width, AS_OF).plain
    assert len(line.rstrip()) <= width
    for part in ("▲", "Support", "hybrid", "€3,433", *(("3 days ago",) if width >= 64 else ())):
        assert part in line


def test_what_was_priced_more_than_thirty_days_ago_is_called_old() -> None:
    assert "old" not in book_line(book(priced_on=date(2026, 10, 24)), 80, AS_OF).plain
    assert "41 days ago: old" in book_line(book(priced_on=date(2026, 10, 13)), 80, AS_OF).plain
    assert "old" in book_line(book(priced_on=date(2026, 10, 13)), 56, AS_OF).plain


def test_an_unreadable_file_shows_why() -> None:
    line = book_line(book(error="line 3: volume.growth: no such key", name="broken.toml"), 80, AS_OF).plain
    assert line.startswith("✗ broken.toml  line 3: volume.growth")


def test_a_description_is_cut_to_its_first_sentence() -> None:
    assert first_sentence("A marketplace labels\nlistings. It does so daily.") == "A marketplace labels listings"


def test_the_shelf_has_drafts_then_plans_then_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_STATE", str(tmp_path / "state"))
    plan = with_result(new_plan("Priced", AS_OF), sample_evaluation())
    save(plan, tmp_path / "priced.toml")
    (tmp_path / "broken.toml").write_text("schema = 99\n")
    shelf = read_shelf(tmp_path)
    groups = [line.group for line in shelf]
    assert groups == sorted(groups, key=("draft", "plan", "example").index)
    priced = next(line for line in shelf if line.name == "Priced")
    assert (priced.recommendation, priced.strategy) == ("hybrid", "hybrid")
    assert priced.monthly_cost is not None
    assert next(line for line in shelf if line.name == "broken.toml").error


def test_a_folder_that_does_not_exist_is_an_empty_shelf(tmp_path: Path) -> None:
    assert {line.group for line in read_shelf(tmp_path / "nowhere")} == {"example"}


async def test_the_first_start_explains_itself(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: bool(app.screen.query_one(ShelfList).books), "the examples")
        text = screen_text(app)
        assert "Should we self-host an open model?" in text
        assert "n starts a plan of your own" in " ".join(text.split())
        assert "$8k a month on Claude" in text


@pytest.mark.parametrize(("months", "said"), [(5, False), (7, True)])
async def test_a_plan_measured_long_ago_says_so_calmly(
    months: int, said: bool, make_app: MakeApp, profiles: Path
) -> None:
    save(new_plan("Old one", AS_OF - timedelta(days=30 * months)), profiles / "old.toml")
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Old one" in screen_text(app), "the plan")
        await pilot.pause()
        assert ("measure again" in " ".join(screen_text(app).split())) is said


def test_examples_are_nobodys_to_measure_again(tmp_path: Path) -> None:
    assert not any(line.is_due(date(2036, 1, 1)) for line in read_shelf(tmp_path))
