"""A log put into a plan whose work has other names: the same work is counted once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest

from planner.catalog.load import shipped_catalog
from planner.evidence.track.held import held
from planner.evidence.understand import Asking, NeedsError, understand
from planner.evidence.usage.into_plan import Taken, taken_into
from planner.evidence.usage.matching import NEW, matched
from planner.evidence.usage.read import read_usage
from planner.evidence.usage.told import taken_lines
from planner.plan.edit import new_plan, set_values
from planner.plan.schema import Plan
from tests.evidence.evaluations.test_names import plan as three_works
from tests.evidence.load import as_csv, put
from tests.tui.conftest import AS_OF

CATALOG = shipped_catalog()
MODELS = {"gpt-4.1-mini-2025-04-14": "invoices", "anthropic/claude-sonnet-4-6": "review", "gpt-5.4": "chat"}


def log(folder: Path, work: Mapping[str, str]) -> Path:
    """Ten days, by the hour; the model of each and its tag."""
    start = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    rows = [
        {"timestamp": (start + dt.timedelta(hours=hour)).isoformat(), "bucket_seconds": 3600, "model": model,
         "workload": tag, "requests": 100, "input_tokens": 90_000, "output_tokens": 10_000}
        for hour in range(240)
        for model, tag in work.items()
    ]  # fmt: skip
    return put(folder / "log.csv", as_csv(rows))


def taken(path: Path, plan: Plan, said: Mapping[str, str] | None = None) -> Taken:
    return taken_into(plan, read_usage(path), CATALOG, AS_OF, said or {})


def test_a_log_by_model_is_about_the_only_work_on_each(tmp_path: Path) -> None:
    found = taken(log(tmp_path, dict.fromkeys(MODELS, "")), three_works())
    assert set(found.updated) == {"chat", "invoices", "review"}
    assert (found.added, found.untouched) == ((), ())
    assert dict(found.matched.taken) == MODELS
    assert [work.api_model for work in found.plan.workload] == ["gpt-5.4", "gpt-4.1-mini", "claude-sonnet-4-6"]
    assert {work.tokens_per_day for work in found.plan.workload} == {2_400_000}
    assert any("“gpt-5.4” in the log is “chat” of the plan" in line for line in taken_lines(found))


def test_what_is_taken_in_is_what_is_held_against_the_plan(tmp_path: Path) -> None:
    usage = read_usage(log(tmp_path, dict.fromkeys(MODELS, "")))
    tracked = {work.name for work in held(three_works(), usage, CATALOG, AS_OF).works}
    assert tracked == {*taken_into(three_works(), usage, CATALOG, AS_OF).updated}


def test_an_endpoint_of_the_same_model_stays(tmp_path: Path) -> None:
    plan = set_values(three_works(), {("workload", 0, "api_model"): "azure/eu/gpt-5.4"})
    found = taken(log(tmp_path, {"gpt-5.4": ""}), plan)
    assert found.updated == ("chat",)
    assert found.plan.workload[0].api_model == "azure/eu/gpt-5.4"


def test_a_model_of_no_work_is_new(tmp_path: Path) -> None:
    found = taken(log(tmp_path, {"gemini-2.5-pro": ""}), three_works())
    assert (found.added, found.updated) == (("gemini-2.5-pro",), ())


def test_a_name_of_the_plan_comes_before_its_model(tmp_path: Path) -> None:
    found = taken(log(tmp_path, {"gpt-5.4": "review"}), three_works())
    assert found.updated == ("review",)


@pytest.mark.parametrize(("said", "updated", "added"), [("chat", ("chat",), ()), (NEW, (), ("gpt-5.4",))])
def test_a_model_of_several_works_is_whatever_somebody_says(
    tmp_path: Path, said: str, updated: tuple[str, ...], added: tuple[str, ...]
) -> None:
    plan = set_values(three_works(), {("workload", 1, "api_model"): "gpt-5.4"})
    path = log(tmp_path, {"gpt-5.4": ""})
    assert matched(plan, read_usage(path), {}).several == {"gpt-5.4": ("chat", "invoices")}
    with pytest.raises(NeedsError) as asked:
        understand(path, Asking(catalog=CATALOG, day=AS_OF, plan=plan))
    assert (asked.value.fields, asked.value.about) == (("work",), "gpt-5.4")
    assert asked.value.choices["work"][:2] == ("chat", "invoices")
    found = taken(path, plan, {"gpt-5.4": said})
    assert (found.updated, found.added) == (updated, added)
    told = understand(path, Asking(catalog=CATALOG, day=AS_OF, plan=plan, given={"work": {"gpt-5.4": said}}))
    assert told.into(plan)[0] == found.plan


def test_work_of_another_name_on_the_same_model_may_be_the_same(tmp_path: Path) -> None:
    path = log(tmp_path, {"gpt-5.4": "assistant", "gpt-4.1-mini": "invoices"})
    found = taken(path, three_works())
    assert found.added == ("assistant",)
    assert found.matched.perhaps == {"assistant": ("chat",)}
    assert any("counts beside “chat”" in line for line in taken_lines(found))
    with pytest.raises(NeedsError):
        understand(path, Asking(catalog=CATALOG, day=AS_OF, plan=three_works()))
    assert taken(path, three_works(), {"assistant": "chat"}).added == ()


def test_a_plan_that_is_new_takes_the_works_as_the_log_has_them(tmp_path: Path) -> None:
    found = taken(log(tmp_path, dict.fromkeys(MODELS, "")), new_plan("new", AS_OF))
    assert len(found.plan.workload) == 3
    assert not found.matched.several
