"""A plan held against its first weeks: what was planned, what came, what nobody can know, and the answer again."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.units import DAYS_PER_MONTH
from planner.evidence.track.held import Held, held
from planner.evidence.track.served import read_served
from planner.evidence.track.told import to_json, to_text
from planner.evidence.usage.into_plan import taken_into
from planner.evidence.usage.read import read_usage
from planner.plan.edit import new_plan, set_values
from planner.plan.places import example_path
from planner.plan.schema import Plan
from planner.plan.store import load
from planner.plan.write import plan_data
from planner.report.values import as_json
from planner.toml.errors import InputError
from tests.evidence.load import DAYS, MARK, as_csv, as_lines, calls, put, total
from tests.evidence.requests import flattened, litellm_rows, openrouter_rows
from tests.evidence.writers import MONEY, WRITERS

LOAD = calls()
DONE = [call for call in LOAD if call.ok]
TODAY = dt.date(2026, 10, 1)
START = dt.datetime(2026, 9, 7, tzinfo=dt.UTC)
CATALOG = shipped_catalog()


def example(name: str) -> Plan:
    return load(example_path(name)).plan


def log(folder: Path, *works: tuple[str, str, float], days: int = 21, growth_a_week: float = 1.0, **more: Any) -> Path:
    """So many tokens a day of each (workload, model), nine tenths of them input."""
    rows = []
    for day in range(days):
        at = (START + dt.timedelta(days=day, hours=9)).isoformat()
        for workload, model, tokens in works:
            grown = tokens * growth_a_week ** (day // 7)
            rows.append({"timestamp": at, "bucket_seconds": 3600, "model": model, "workload": workload,
                         "requests": round(grown / 1000), "input_tokens": round(grown * 0.9),
                         "output_tokens": round(grown * 0.1)} | more)  # fmt: skip
    return put(folder / "weeks.csv", as_csv(rows))


def tracked(plan: Plan, path: Path, as_of: dt.date = TODAY, **known: Any) -> Held:
    return held(plan, read_usage(path), CATALOG, as_of, **known)


def measured(path: Path) -> Plan:
    """A plan that the log was put into."""
    return taken_into(new_plan("measured", TODAY), read_usage(path), CATALOG, TODAY).plan


def test_a_plan_held_against_its_own_log_holds(tmp_path: Path) -> None:
    path = WRITERS["litellm_spendlogs"][0](tmp_path, LOAD)
    found = tracked(measured(path), path)
    assert not found.changed
    assert not found.moved
    assert found.times_planned == pytest.approx(1.0, rel=1e-4)
    assert {work.name for work in found.works} == {"chat", "mail", "agent"}
    assert found.not_in_log == found.together == ()


def test_every_work_and_week_stands_beside_the_plan(tmp_path: Path) -> None:
    path = WRITERS["litellm_spendlogs"][0](tmp_path, LOAD)
    found = tracked(measured(path), path)
    chat = next(work for work in found.works if work.name == "chat")
    own = [call for call in DONE if call.workload == "chat"]
    assert [seen.span.days for seen in chat.seen] == [DAYS, 7, 3]
    assert [seen.span.missing for seen in chat.seen] == [1, 1, 0]
    for seen, calls_of in zip(
        chat.seen,
        (own, [c for c in own if c.at < START + dt.timedelta(7)], [c for c in own if c.at >= START + dt.timedelta(7)]),
        strict=True,
    ):
        assert seen.volume is not None
        tokens = total(calls_of, "input") + total(calls_of, "output")
        assert seen.tokens_per_day == pytest.approx(tokens / seen.span.days)
        assert seen.volume.input_share == pytest.approx(total(calls_of, "input") / tokens)
        assert seen.volume.cached_share == pytest.approx(total(calls_of, "cached") / total(calls_of, "input"))
        assert seen.logged == pytest.approx(sum(c.cost for c in calls_of) / found.before.usd_per_unit)


@pytest.mark.parametrize("name", [name for name, (_, knows) in WRITERS.items() if "cost" in knows])
def test_the_money_of_works_is_the_money_of_the_log(name: str, tmp_path: Path) -> None:
    usage = read_usage(WRITERS[name][0](tmp_path, LOAD))
    found = held(measured(usage.path), usage, CATALOG, TODAY)
    logged = [work.seen[0].logged for work in found.works]
    rates = {currency: CATALOG.usd_per[currency] for currency in usage.cost}
    whole = sum(amount * rates[currency] for currency, amount in usage.cost.items()) / found.before.usd_per_unit
    assert sum(value or 0.0 for value in logged) == pytest.approx(whole)


def test_what_a_log_cannot_know_is_unknown_and_never_nothing(tmp_path: Path) -> None:
    plan = example("article-10m")
    path = log(tmp_path, ("all traffic", "claude-sonnet-4-6", 10e6))
    found = tracked(plan, path)
    work = to_json(found)["works"][0]
    for seen in (work["whole"], *work["weeks"]):
        assert seen["volume"]["cached_share"] is seen["volume"]["batch_share"] is seen["logged"] is None
        assert seen["tokens_per_day"] == pytest.approx(10e6)
    assert to_json(found)["served"] is None
    text = to_text(found, read_usage(path))
    assert "logged cost                          unknown" in text
    assert "not in a log: --metrics takes" in text
    assert "At the plan's prices: the log does not say what came from a cache" in text


def test_a_week_without_this_work_is_nothing_and_one_without_lines_unknown(tmp_path: Path) -> None:
    plan = example("coding-agent")
    both = log(tmp_path, ("agent turns", "claude-sonnet-4-6", 1e6), ("pull request review", "claude-sonnet-4-6", 2e6))
    lines = both.read_text().splitlines()
    early = [line for line in lines[1:] if line < "2026-09-14"]
    late = [line for line in lines[1:] if line >= "2026-09-21" and "agent turns" in line]
    put(both, "\n".join([lines[0], *early, *late]) + "\n")
    works = {work.name: work for work in tracked(plan, both).works}
    assert [seen.tokens_per_day for seen in works["pull request review"].seen[1:]] == [2e6, None, 0.0]
    assert [seen.tokens_per_day for seen in works["agent turns"].seen[1:]] == [1e6, None, 1e6]


def test_the_plan_grows_from_the_day_it_was_told(tmp_path: Path) -> None:
    plan = set_values(example("article-10m"), {("volume", "growth_per_month"): 0.1, ("created",): START.date()})
    found = tracked(plan, log(tmp_path, ("all traffic", "claude-sonnet-4-6", 10e6), days=60))
    planned = found.works[0].planned
    assert planned is not None
    last = found.works[0].seen[-1]
    assert last.planned_tokens_per_day == pytest.approx(planned.tokens_per_day * 1.1 ** (57.5 / DAYS_PER_MONTH))


def test_a_volume_beyond_its_flip_changes_the_answer_and_says_so(tmp_path: Path) -> None:
    plan = example("bulk-classifier")
    tokens = {work.name: work.tokens_per_day or 0.0 for work in plan.workload}
    assert all(tokens.values())
    as_planned = log(tmp_path, *((name, "gpt-4.1-mini", each) for name, each in tokens.items()))
    holds, usage = tracked(plan, as_planned, dt.date(2026, 11, 23)), read_usage(as_planned)
    volume = next(turn for turn in holds.turns if turn.flip.input == "volume")
    assert (volume.flip.to_value or 1.0) < 1
    assert not volume.passed
    fallen = log(tmp_path, *((name, "gpt-4.1-mini", each * 0.2) for name, each in tokens.items()))
    found = tracked(plan, fallen, dt.date(2026, 11, 23))
    volume = next(turn for turn in found.turns if turn.flip.input == "volume")
    assert volume.passed
    assert found.moved
    assert found.changed
    assert found.before.answer.kind == holds.before.answer.kind == "hybrid" != found.after.answer.kind
    text = to_text(found, usage)
    assert "Passed: it is" in text
    assert "The volume has moved" in text
    assert text.endswith("The answer has changed.\n")


def test_facts_that_no_log_tells_stay_open(tmp_path: Path) -> None:
    plan = example("bulk-classifier")
    found = tracked(plan, log(tmp_path, ("listing labels", "gpt-4.1-mini", 5e7)), dt.date(2026, 11, 23))
    ways = [turn.way for turn in found.turns if turn.flip.input != "volume"]
    assert ways
    assert set(ways) == {None}
    assert "No log tells it." in to_text(found, read_usage(tmp_path / "weeks.csv"))


def test_work_on_one_side_only_is_named(tmp_path: Path) -> None:
    plan = example("coding-agent")
    path = log(tmp_path, ("agent turns", "claude-sonnet-4-6", 1e6), ("a new one", "claude-sonnet-4-6", 1e6))
    found = tracked(plan, path)
    assert found.not_in_log == ("pull request review",)
    assert [work.name for work in found.works if work.planned is None] == ["a new one"]
    text = to_text(found, read_usage(path))
    assert "Not in the plan: a new one." in text
    assert "so taken as planned: pull request review." in text


def test_works_that_a_log_does_not_tell_apart_are_held_together(tmp_path: Path) -> None:
    plan = example("coding-agent")
    told = sum(work.tokens_per_day or 0.0 for work in held_inputs(plan))
    found = tracked(plan, log(tmp_path, ("", "claude-sonnet-4-6", told * 2)))
    assert found.together == ("agent turns", "pull request review")
    assert len(found.works) == 1
    planned = found.works[0].planned
    assert planned is not None
    assert planned.tokens_per_day == pytest.approx(told)
    after = {work.name: work.tokens_per_day for work in found.after.inputs.workload}
    assert after == {work.name: pytest.approx(2 * work.tokens_per_day, rel=1e-5) for work in held_inputs(plan)}


def test_models_tell_the_work_where_each_runs_one(tmp_path: Path) -> None:
    plan = example("coding-agent")
    entries = [dict(entry) for entry in plan_data(plan)["workload"]]
    for entry, model in zip(entries, ("claude-sonnet-4-6", "gpt-5.4"), strict=True):
        entry["api_model"] = model
    path = log(tmp_path, ("", "gpt-5.4", 1e6), ("", "anthropic/claude-sonnet-4-6", 3e6), ("", "own-model", 1e5))
    found = tracked(set_values(plan, {("workload",): entries}), path)
    assert found.together == ()
    tokens = {work.name: work.seen[0].tokens_per_day for work in found.works}
    assert tokens == {"agent turns": 3e6, "pull request review": 1e6, "own-model": 1e5}


def test_the_only_work_of_a_plan_is_all_of_a_log(tmp_path: Path) -> None:
    path = log(tmp_path, ("a", "gpt-5.4", 4e6), ("b", "gpt-4.1-mini", 6e6))
    found = tracked(example("article-10m"), path)
    assert [(work.name, work.seen[0].tokens_per_day) for work in found.works] == [("all traffic", 1e7)]
    assert [work.name for work in found.after.inputs.workload] == ["all traffic"]


def held_inputs(plan: Plan) -> Any:
    from planner.plan.inputs import evaluate_plan

    return evaluate_plan(plan, CATALOG, TODAY).inputs.workload


def test_endpoints_are_priced_as_the_plan_prices_them(tmp_path: Path) -> None:
    plan = example("article-10m")
    found = tracked(plan, log(tmp_path, ("all traffic", "claude-sonnet-4-6", 10e6), days=10))
    api = found.before.catalog.apis["claude-sonnet-4-6"]
    usd = 90 * api.input_usd_per_mtok + 10 * api.output_usd_per_mtok
    seen = found.works[0].seen[0]
    assert seen.priced == pytest.approx(usd / found.before.usd_per_unit)
    assert seen.unpriced_share == 0


def test_own_tokens_cost_what_the_plan_has_them_cost(tmp_path: Path) -> None:
    plan = example("bulk-classifier")
    path = log(tmp_path, ("listing labels", "Qwen/Qwen3-8B", 5e7), ("listing attributes", "hosted/other", 1e6))
    found = tracked(plan, path, dt.date(2026, 11, 23))
    works = {work.name: work.seen[0] for work in found.works}
    assert (works["listing labels"].priced or 0.0) > 0
    assert works["listing attributes"].priced is None
    assert works["listing attributes"].unpriced_share == 1
    assert "100 % of the tokens went to models that the plan has no price for" in to_text(found, read_usage(path))


def test_old_evidence_is_to_be_measured_again(tmp_path: Path) -> None:
    path = log(tmp_path, ("all traffic", "claude-sonnet-4-6", 10e6))
    plan = taken_into(example("article-10m"), read_usage(path), CATALOG, TODAY).plan
    assert not tracked(plan, path, dt.date(2027, 3, 28)).due
    found = tracked(plan, path, dt.date(2027, 3, 29))
    assert [(one.kind, one.what, one.day) for one in found.due] == [("usage", "weeks.csv", "2026-09-27")]
    assert any("Import newer logs" in line for line in to_json(found)["again"])


def test_a_log_without_tokens_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path / "a.json", MONEY["litellm_spend_summary"])
    with pytest.raises(InputError, match="tells no tokens"):
        tracked(example("article-10m"), path)


@pytest.mark.parametrize("name", WRITERS)
def test_every_log_can_be_held_and_shows_nobodys_words(name: str, tmp_path: Path) -> None:
    path = WRITERS[name][0](tmp_path, LOAD)
    found = tracked(example("article-10m"), path)
    said = as_json(to_json(found)) + to_text(found, read_usage(path))
    assert MARK not in said
    assert "nan" not in said


def test_the_same_calls_say_the_same_in_another_format(tmp_path: Path) -> None:
    one = tracked(example("article-10m"), put(tmp_path / "a.csv", as_csv(flattened(litellm_rows(LOAD)))))
    other = tracked(example("article-10m"), put(tmp_path / "b.jsonl", as_lines(openrouter_rows(LOAD))))
    assert one.times_planned == pytest.approx(other.times_planned)
    shares = [[work.name, work.seen[0].volume and work.seen[0].volume.cached_share] for work in one.works]
    assert shares == [[work.name, work.seen[0].volume and work.seen[0].volume.cached_share] for work in other.works]


BEFORE = """\
vllm:time_to_first_token_seconds_bucket{le="0.5",model_name="m"} 10
vllm:time_to_first_token_seconds_bucket{le="1.0",model_name="m"} 10
vllm:time_to_first_token_seconds_bucket{le="+Inf",model_name="m"} 10
vllm:time_to_first_token_seconds_sum{model_name="m"} 4
vllm:time_to_first_token_seconds_count{model_name="m"} 10
vllm:request_time_per_output_token_seconds_sum{model_name="m"} 1
vllm:request_time_per_output_token_seconds_count{model_name="m"} 10
vllm:prompt_tokens_total{model_name="m"} 1000
vllm:generation_tokens_total{model_name="m"} 1000
vllm:request_success_total{model_name="m"} 10
"""
AFTER = """\
vllm:time_to_first_token_seconds_bucket{le="0.5",model_name="m"} 100
vllm:time_to_first_token_seconds_bucket{le="1.0",model_name="m"} 110
vllm:time_to_first_token_seconds_bucket{le="+Inf",model_name="m"} 110
vllm:time_to_first_token_seconds_sum{model_name="m"} 34
vllm:time_to_first_token_seconds_count{model_name="m"} 110
vllm:request_time_per_output_token_seconds_sum{model_name="m"} 5
vllm:request_time_per_output_token_seconds_count{model_name="m"} 110
vllm:prompt_tokens_total{model_name="m"} 201000
vllm:generation_tokens_total{model_name="m"} 61000
vllm:request_success_total{model_name="m"} 110
"""


def scraped(folder: Path, *names: str) -> list[Path]:
    return [put(folder / name, text) for name, text in zip(names, (BEFORE, AFTER), strict=True)]


def test_two_scrapes_tell_ttft_and_tpot_and_with_seconds_the_rate(tmp_path: Path) -> None:
    paths = scraped(tmp_path, "before.prom", "after.prom")
    found = read_served(paths)
    assert found.ttft_ms == pytest.approx(300)
    assert found.tpot_ms == pytest.approx(40)
    assert found.ttft_ms_p95 == pytest.approx(750)  # the 95th of 100: halfway through the ten between 0.5 and 1 s
    assert found.output_tok_s is found.seconds is found.tpot_ms_p95 is None
    assert read_served(paths, 600).output_tok_s == pytest.approx(100)


def test_scrapes_may_say_when_they_were_taken_by_their_names(tmp_path: Path) -> None:
    found = read_served(scraped(tmp_path, "2026-09-07T10-00-00Z.prom", "2026-09-07T10-10-00Z.prom"))
    assert found.seconds == 600
    assert found.output_tok_s == pytest.approx(100)


def series(name: str, *values: float, **labels: str) -> dict[str, Any]:
    return {"metric": {"__name__": name, "model_name": "Qwen/Qwen3-8B", **labels},
            "values": [[START.timestamp() + 3600 * at, str(value)] for at, value in enumerate(values)]}  # fmt: skip


def ranged(folder: Path) -> Path:
    listed = [
        series("vllm:time_to_first_token_seconds_sum", 0, 3, 1, instance="a"),
        series("vllm:time_to_first_token_seconds_count", 0, 10, 10, instance="a"),
        series("vllm:inter_token_latency_seconds_sum", 0, 40, 80, instance="a"),
        series("vllm:inter_token_latency_seconds_count", 0, 1000, 2000, instance="a"),
        series("vllm:generation_tokens_total", 0, 360_000, 720_000, instance="a"),
        series("vllm:generation_tokens_total", 0, 0, 720_000, instance="b"),
        series("vllm:prompt_tokens_total", 0, 3_600_000, 7_200_000, instance="a"),
        series("vllm:request_success_total", 0, 1000, 2000, instance="a"),
        series("other:thing", 1, 2, 3),
    ]
    page = {"status": "success", "data": {"resultType": "matrix", "result": listed}}
    return put(folder / "range.json", json.dumps(page))


def test_a_range_of_prometheus_tells_both_the_volume_and_the_speed(tmp_path: Path) -> None:
    path = ranged(tmp_path)
    served = read_served([path])
    assert (served.servers, served.seconds) == (2, 7200)
    assert served.ttft_ms == pytest.approx(400)  # 3 s, and 1 s after a restart, of 10 requests: the count went on
    assert served.tpot_ms == pytest.approx(40)
    assert served.output_tok_s == pytest.approx(200)
    found = tracked(example("bulk-classifier"), path, dt.date(2026, 11, 23), served=served)
    assert found.together == ("listing labels", "listing attributes")
    said = to_json(found)
    choice = found.before.running
    assert choice is not None
    assert said["served"]["utilisation"] == pytest.approx(100 / choice.performance.output_tok_s.mid)
    assert said["served"]["planned"]["utilisation"] == choice.utilisation
    text = to_text(found, read_usage(path))
    assert "TTFT                    400 ms on average; the plan asks for 2,000 ms\n" in text  # of the p95, not the mean
    assert "TPOT                    40 ms on average; the plan asks for 50 ms: kept" in text
    assert "It covers less than a day" in text
    assert "the plan has" in text


def test_a_speed_beyond_the_objective_is_missed(tmp_path: Path) -> None:
    served = replace(read_served(scraped(tmp_path, "a.prom", "b.prom")), ttft_ms_p95=9_000.0)
    path = log(tmp_path, ("all traffic", "claude-sonnet-4-6", 10e6))
    text = to_text(tracked(example("article-10m"), path, served=served), read_usage(path))
    assert "9,000 ms p95; the plan asks for" in text
    assert ": missed" in text
    assert "runs no replicas" in text


@pytest.mark.parametrize(
    "files",
    [("b.prom", "a.prom"), ("a.prom",), ("a.prom", "b.prom", "a.prom"), ("x.json",), ("a.prom", "x.json"), ("n.txt",)],
)
def test_other_metrics_are_refused(files: tuple[str, ...], tmp_path: Path) -> None:
    scraped(tmp_path, "a.prom", "b.prom")
    put(tmp_path / "x.json", f'{{"data": {{"result": [{{"metric": "{MARK}", "values": []}}]}}}}')
    put(tmp_path / "n.txt", f"{MARK} 1\n")
    with pytest.raises(InputError) as refused:
        read_served([tmp_path / name for name in files])
    assert MARK not in str(refused.value)
