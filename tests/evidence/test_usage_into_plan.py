"""From a log to the plan: volumes by workload, history, growth, and what a short history leaves open."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.demand import measured_spread
from planner.evidence.usage.into_plan import Taken, taken_into
from planner.evidence.usage.money import finder, reconciled, words_of
from planner.evidence.usage.read import read_usage
from planner.evidence.usage.statistics import hour_of_week, peak_to_mean_hour, quantile, size_quantile
from planner.evidence.usage.volumes import REST, History, history_of, workloads_of
from planner.plan.edit import new_plan, set_values
from planner.plan.inputs import evaluate_plan
from planner.plan.read import read_plan
from planner.plan.schema import Plan
from planner.plan.write import render
from planner.toml.errors import InputError
from planner.words.warnings import notice_lines
from tests.evidence.buckets import anthropic_buckets, openai_rows
from tests.evidence.load import DAYS, as_csv, as_lines, calls, put, total
from tests.evidence.requests import helicone_rows, litellm_rows, openrouter_rows
from tests.evidence.writers import MONEY, WRITERS

LOAD = calls()
DONE = [call for call in LOAD if call.ok]
TODAY = dt.date(2026, 10, 1)


def plan() -> Plan:
    return new_plan("measured", TODAY)


def taken(path: Path, into: Plan | None = None) -> Taken:
    return taken_into(into or plan(), read_usage(path), shipped_catalog(), TODAY)


def hours(tmp_path: Path, tokens: dict[dt.datetime, int]) -> History:
    """The history of a log with so many tokens in these hours."""
    rows = [
        {"timestamp": at.isoformat(), "bucket_seconds": 3600, "model": "m", "workload": "w", "requests": 1,
         "input_tokens": count, "output_tokens": 0}
        for at, count in tokens.items()
    ]  # fmt: skip
    found = history_of(read_usage(put(tmp_path / "hours.csv", as_csv(rows))))
    assert found is not None
    return found


def every_day(days: int, tokens: float, growth_a_week: float = 1.0) -> dict[dt.datetime, int]:
    monday = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
    return {monday + dt.timedelta(days=n): round(tokens * growth_a_week ** (n // 7)) for n in range(days)}


def test_what_was_measured_stands_in_the_plan(tmp_path: Path) -> None:
    found = taken(WRITERS["litellm_spendlogs"][0](tmp_path, LOAD))
    entries = {entry.name: entry for entry in found.plan.workload}
    assert set(entries) == {"chat", "mail", "agent"} == set(found.updated) | set(found.added)
    own = [call for call in DONE if call.workload == "chat"]
    chat = entries["chat"]
    assert chat.tokens_per_day == pytest.approx((total(own, "input") + total(own, "output")) / DAYS, rel=1e-5)
    assert chat.input_tokens == pytest.approx(total(own, "input") / len(own), rel=1e-5)
    assert chat.cached_input_fraction == pytest.approx(total(own, "cached") / total(own, "input"), rel=1e-5)
    assert chat.cache_write_fraction == pytest.approx(total(own, "write") / total(own, "input"), rel=1e-5)
    assert chat.input_tokens_p95 == pytest.approx(quantile([call.input for call in own], 0.95), rel=0.1)
    assert found.plan.volume.known == "yes"
    assert found.plan.volume.history_days == DAYS


def test_the_plan_says_where_it_came_from_and_reads_back(tmp_path: Path) -> None:
    found = taken(WRITERS["litellm_spendlogs"][0](tmp_path, LOAD)).plan
    (entry,) = found.evidence
    assert (entry.kind, entry.file, entry.imported) == ("usage", "logs.csv.gz", TODAY)
    assert (entry.rows_read, entry.rows_skipped) == (len(LOAD), len(LOAD) - len(DONE))
    assert (entry.skipped, entry.zone, entry.missing_days) == ({"failed": len(LOAD) - len(DONE)}, "UTC", 1)
    assert (entry.first, entry.last) == (dt.date(2026, 9, 7), dt.date(2026, 9, 16))
    assert entry.summary["format"] == "litellm_spendlogs"
    assert entry.summary["input_tokens"] == total(DONE, "input")
    assert read_plan(render(found))[0] == found


def test_the_same_log_again_changes_nothing(tmp_path: Path) -> None:
    path = WRITERS["helicone"][0](tmp_path, LOAD)
    once = taken(path).plan
    assert taken(path, once).plan == once


def test_the_only_workload_is_the_only_workload(tmp_path: Path) -> None:
    mine = set_values(plan(), {("workload", 0, "name"): "mine", ("workload", 0, "tokens_per_day"): 5.0,
                               ("workload", 0, "latency"): "background"})  # fmt: skip
    found = taken(put(tmp_path / "a.csv", as_csv(openrouter_rows([c for c in DONE if c.workload == "mail"]))), mine)
    (work,) = found.plan.workload
    assert (work.name, work.latency, found.updated) == ("mine", "background", ("mine",))
    assert work.tokens_per_day != 5


def test_what_was_one_bill_is_known_apart(tmp_path: Path) -> None:
    bill = {"amount": 9_000.0, "currency": "EUR", "per": "month"}
    found = taken(WRITERS["helicone"][0](tmp_path, LOAD), set_values(plan(), {("workload", 0, "bill"): bill}))
    assert {entry.name for entry in found.plan.workload} == {"chat", "mail", "agent"}
    assert not any(entry.bill for entry in found.plan.workload)


def test_names_that_differ_in_capitals_are_one_workload(tmp_path: Path) -> None:
    rows = openrouter_rows([call for call in DONE if call.workload == "chat"])
    rows[0]["app_name"] = "CHAT"
    (work,) = taken(put(tmp_path / "a.csv", as_csv(rows))).plan.workload
    assert work.name == "CHAT"


def test_a_rate_without_a_calendar_is_a_short_history(tmp_path: Path) -> None:
    found = taken(WRITERS["vllm_scrapes"][0](tmp_path, LOAD))
    assert found.plan.volume.history_days == pytest.approx(9 / 24)
    assert found.plan.workload[0].tokens_per_day == pytest.approx(
        (total(DONE, "input") + total(DONE, "output")) * 24 / 9, rel=1e-5
    )


def test_other_workloads_of_a_plan_stay(tmp_path: Path) -> None:
    mine = set_values(plan(), {("workload", 0, "name"): "own", ("workload", 0, "tokens_per_day"): 5.0})
    found = taken(WRITERS["helicone"][0](tmp_path, LOAD), mine)
    assert found.untouched == ("own",)
    assert found.plan.workload[0].tokens_per_day == 5
    assert {entry.name for entry in found.plan.workload} == {"own", "chat", "mail", "agent"}


def test_what_a_log_cannot_know_stays_as_it_was(tmp_path: Path) -> None:
    told = {"tokens_per_day": 5.0, "cached_input_fraction": 0.5, "input_tokens": 900.0, "output_tokens": 100.0}
    mine = set_values(plan(), {("workload", 0, key): value for key, value in told.items()})
    only = [call for call in DONE if call.workload == "chat"]
    page = {"data": anthropic_buckets(only, 3600), "has_more": False}
    (work,) = taken(put(tmp_path / "page.json", as_lines([page])), mine).plan.workload
    assert work.input_tokens + work.output_tokens == pytest.approx(1_000)  # no requests in it: no size of one
    assert work.input_tokens / 1_000 == pytest.approx(
        total(only, "input") / (total(only, "input") + total(only, "output"))
    )
    table = as_csv([{**row, "input_cached_tokens": ""} for row in openai_rows(only, 3600)])
    (work,) = taken(put(tmp_path / "b.csv", table), mine).plan.workload
    assert work.cached_input_fraction == 0.5


def test_batch_and_the_life_of_writes(tmp_path: Path) -> None:
    mail = [call for call in DONE if call.workload == "mail"]
    (work,) = taken(put(tmp_path / "a.csv", as_csv(openai_rows(mail, 3600)))).plan.workload
    batch = sum(call.input + call.output for call in mail if call.batch)
    assert work.batch_fraction == pytest.approx(batch / (total(mail, "input") + total(mail, "output")), rel=1e-5)


def test_money_without_tokens_goes_into_no_plan(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="tells no tokens"):
        taken(put(tmp_path / "a.json", MONEY["openai_costs_json"]))


def test_a_plan_from_a_log_can_be_evaluated(tmp_path: Path) -> None:
    found = taken(WRITERS["helicone"][0](tmp_path, LOAD)).plan
    evaluation = evaluate_plan(found, shipped_catalog(), TODAY)
    assert "short_history" in {notice.kind for notice in evaluation.notices}
    assert any("Measured over 10 days of logs" in line for line in notice_lines(evaluation))
    demand = evaluation.demand
    tokens = total(DONE, "input") + total(DONE, "output")
    assert demand.mean_today_tokens_per_day == pytest.approx(tokens / DAYS, rel=1e-4)
    assert demand.p95_range.low < demand.p95_range.mid < demand.p95_range.high


def test_the_largest_twenty_and_the_rest(tmp_path: Path) -> None:
    rows = [
        {"timestamp": "2026-09-07T00:00:00Z", "bucket_seconds": 86_400, "model": "m", "workload": f"w{n}",
         "requests": 1, "input_tokens": 1_000 - n, "output_tokens": 1}
        for n in range(50)
    ]  # fmt: skip
    found = workloads_of(read_usage(put(tmp_path / "a.csv", as_csv(rows))))
    assert len(found) == 20
    assert (found[0].name, found[-1].name) == ("w0", REST)
    assert sum(one.tokens_per_day for one in found) == sum(1_001 - n for n in range(50))


# The history.


def test_growth_is_told_from_four_weeks_on(tmp_path: Path) -> None:
    assert hours(tmp_path, every_day(27, 1e6, 1.05)).growth is None
    growth = hours(tmp_path, every_day(56, 1e6, 1.05)).growth
    assert growth is not None
    wanted = 1.05 ** (365 / 12 / 7) - 1
    assert growth.mid == pytest.approx(wanted, rel=0.01)
    assert growth.low <= growth.mid <= growth.high


def test_unsteady_weeks_widen_the_growth(tmp_path: Path) -> None:
    steady = every_day(42, 1e6)
    swaying = {at: round(count * (1.3 if (n // 7) % 2 else 0.8)) for n, (at, count) in enumerate(steady.items())}
    narrow, wide = hours(tmp_path, steady).growth, hours(tmp_path, swaying).growth
    assert narrow is not None
    assert wide is not None
    assert wide.high - wide.low > 0.1 > narrow.high - narrow.low
    assert wide.low < 0 < wide.high


def test_weeks_with_a_gap_tell_no_growth(tmp_path: Path) -> None:
    days = every_day(42, 1e6)
    halved = {at: count for n, (at, count) in enumerate(days.items()) if n not in (15, 16)}
    growth = hours(tmp_path, halved).growth
    assert growth is not None
    assert growth.mid == pytest.approx(0, abs=1e-6)


def test_weekends_are_no_noise(tmp_path: Path) -> None:
    days = {at: count if at.weekday() < 5 else count // 10 for at, count in every_day(28, 1e6).items()}
    assert hours(tmp_path, days).day_noise_cv == pytest.approx(0, abs=1e-9)


def test_the_week_of_a_short_log_pools_its_working_days(tmp_path: Path) -> None:
    tokens = every_day(14, 1e6)
    found = hours(tmp_path, {**tokens, dt.datetime(2026, 6, 2, 15, tzinfo=dt.UTC): 10**7})
    assert found.week is not None
    assert sum(found.week) == pytest.approx(168)
    assert found.week[15] == found.week[24 + 15] > 0  # a Tuesday's accident is shared by all working days
    assert found.week[5 * 24 + 15] == 0


def test_a_day_is_too_short_for_a_week(tmp_path: Path) -> None:
    found = hours(tmp_path, every_day(3, 1e6))
    assert (found.week, found.growth, found.day_noise_cv) == (None, None, None)


def test_a_short_history_widens_the_p95() -> None:
    assert measured_spread(None) == (1, 1, 1)
    week, year = measured_spread(7), measured_spread(365)
    assert week == pytest.approx((1 / 1.3, 1, 2))
    assert week[0] < year[0] < 1 < year[2] < week[2]
    assert math.log(week[2]) / math.log(year[2]) == pytest.approx(math.sqrt(365 / 7))


def test_quantiles_and_peaks(tmp_path: Path) -> None:
    usage = read_usage(put(tmp_path / "a.csv", as_csv(openrouter_rows(DONE))))
    exact = quantile([call.output for call in DONE], 0.5)
    assert size_quantile(usage.rollup, 0.5, output=True) == pytest.approx(exact, rel=0.1)
    shares = hour_of_week(usage.rollup)
    assert shares is not None
    assert sum(shares) == pytest.approx(1)
    assert (peak_to_mean_hour(usage.rollup) or 0) > 1


# Money.


def test_names_of_models_by_their_words() -> None:
    assert words_of("anthropic/claude-4.6-sonnet-20260217") == words_of("claude-sonnet-4-6")
    arn = "arn:aws:bedrock:eu-central-1:1:inference-profile/eu.anthropic.claude-sonnet-4-6-v1:0"
    find = finder(shipped_catalog().apis.values())
    for name in (arn, "openai/gpt-5-mini-2025-08-07", "claude-opus-4-7"):
        assert find(name) is not None
    assert find("somebody's own model") is None


@pytest.mark.parametrize(
    ("factor", "cached_price", "rule"),
    [
        (1.0, 0.3, ""),
        (1.03, 0.3, ""),
        (1.0, 3.0, "cache_at_full_price"),
        (0.5, 0.3, "all_batch"),
        (3.7, 0.3, "other_prices"),
    ],
)
def test_money_is_reconciled_with_the_list(factor: float, cached_price: float, rule: str, tmp_path: Path) -> None:
    """Claude Sonnet 4.6: $3 in, $0.30 cached, $15 out."""
    own = [call for call in DONE if call.workload == "mail"]
    rows = litellm_rows(own)
    for row, call in zip(rows, own, strict=True):
        usd = (call.fresh * 3 + call.cached * cached_price + call.output * 15) / 1e6
        row |= {"model": "anthropic/claude-sonnet-4-6", "spend": factor * usd}
    found = reconciled(read_usage(put(tmp_path / "a.jsonl", as_lines(rows))), shipped_catalog())
    assert found is not None
    assert found.rule == rule


def test_an_unknown_cache_is_the_reason(tmp_path: Path) -> None:
    rows = [{**row, "prompt_cache_read_tokens": None, "prompt_cache_write_tokens": None, "model": "gpt-5-mini"}
            for row in helicone_rows(DONE)]  # fmt: skip
    found = reconciled(read_usage(put(tmp_path / "a.jsonl", as_lines(rows))), shipped_catalog())
    assert found is not None
    assert found.rule == "cache_unknown"
