"""`report --format json` and `size --format json` keep their promised shape."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from planner.engine.specs import STRATEGIES
from planner.report.json import to_json
from planner.report.size import sizing_json
from planner.report.values import money_text
from tests.evaluations import MARKUP_NAME, OWN, TUNED, named, without_room
from tests.factories import QUESTION_IDS, sample_sizing

TOP = {
    *("schema", "plan", "as_of", "currency", "demand", "questions", "yes_count", "verdict", "choice", "options"),
    *("routes", "months", "totals", "break_even", "sensitivity", "warnings"),
}
VERDICT = {
    *("recommendation", "headline", "reasons", "cases", "gives_up", "gains", "next_steps", "flips"),
    "probability_cheaper",
}
CHOICE = {
    *("model", "weights", "kv", "engine", "gpu", "offer", "gpus_per_replica", "replicas", "fits", "vram_gib"),
    *("kv_tokens", "max_concurrency", "throughput", "ttft_ms_p95", "tpot_ms", "utilisation"),
}
VRAM = {"total", "usable", "weights", "kv", "overhead", "free"}
LOW_MID_HIGH = {"low", "mid", "high"}


@pytest.fixture(name="data")
def _data() -> dict[str, Any]:
    return to_json(named(OWN), "Support assistant", "profiles/support.toml")


def test_every_key_of_the_contract_is_there(data: dict[str, Any]) -> None:
    assert data.keys() >= TOP
    assert data["schema"] == 1
    assert data["plan"] == {"name": "Support assistant", "path": "profiles/support.toml"}
    assert data["as_of"] == "2026-11-23"
    demand = {"tokens_per_day", "requests_per_day", "input_fraction", "cached_fraction", "peak_to_mean_hour"}
    assert data["demand"].keys() >= demand
    assert data["demand"]["tokens_per_day"].keys() >= {"mean", "p95", "month_12_mean"}
    assert [question["id"] for question in data["questions"]] == list(QUESTION_IDS)
    assert all(question.keys() == {"id", "answer", "reason", "evidence"} for question in data["questions"])
    assert data["verdict"].keys() >= VERDICT
    assert all(flip.keys() >= {"input", "from", "to", "becomes"} for flip in data["verdict"]["flips"])
    assert all(
        route.keys() >= {"workload", "destination", "model", "share", "rule", "provisional"} for route in data["routes"]
    )
    sensitivity = {"input", "low", "high", "saving_low", "saving_high"}
    assert all(row.keys() >= sensitivity for row in data["sensitivity"])


def test_choice_and_options_have_one_shape(data: dict[str, Any]) -> None:
    assert data["choice"].keys() >= CHOICE
    assert data["choice"]["vram_gib"].keys() == VRAM
    assert data["choice"]["throughput"].keys() == {"output_tok_s", "total_tok_s"}
    assert data["choice"]["throughput"]["output_tok_s"].keys() == LOW_MID_HIGH
    wanted = CHOICE | {"monthly_cost", "cost_per_mtok", "excluded_because"}
    assert all(option.keys() >= wanted for option in data["options"])
    fitting = [option for option in data["options"] if option["excluded_because"] is None]
    assert len(fitting) == len(named(OWN).options) > 1
    short = to_json(without_room(OWN), "x", None)["options"]
    assert all(option.keys() >= wanted for option in short)
    assert {option["fits"] for option in (*data["options"], *short) if option["excluded_because"]} == {False, None}


def test_months_add_up_to_totals_in_decimals(data: dict[str, Any]) -> None:
    assert [month["month"] for month in data["months"]] == list(range(1, 13))
    for strategy in STRATEGIES:
        months = [month["strategies"][strategy] for month in data["months"]]
        for month in months:
            assert sum(map(Decimal, month["buckets"].values())) == Decimal(month["total"])
        assert sum(Decimal(month["total"]) for month in months) == Decimal(data["totals"][strategy]["total"])
        assert data["totals"][strategy].keys() >= {"p10", "p50", "p90", "mean"}


def test_impossible_strategies_are_null_and_say_why() -> None:
    data = to_json(without_room(TUNED), "x", None)
    assert data["choice"] is None
    for strategy in ("self_host", "hybrid", "hosted_open", "dedicated"):
        assert data["totals"][strategy] is None
        assert all(month["strategies"][strategy] is None for month in data["months"])
        assert any(line.startswith(f"{strategy} ") and "not possible" in line for line in data["warnings"])
    assert data["totals"]["api_today"] is not None


def test_a_volume_that_never_breaks_even_is_null() -> None:
    first, *rest = named(OWN).break_even
    never = replace(first, hardware_only=None, with_people=None)
    data = to_json(replace(named(OWN), break_even=(never, *rest)), "x", None)
    told = {"hardware_only": None, "with_people": None, "exceeds_capacity": False}
    assert data["break_even"]["tokens_per_day"][first.api_model] == told


def test_it_is_valid_json_whatever_the_names() -> None:
    evaluation = named(OWN, MARKUP_NAME, MARKUP_NAME)
    text = json.dumps(to_json(evaluation, evaluation.inputs.name, None), allow_nan=False)
    data = json.loads(text)
    assert data["plan"]["name"] == MARKUP_NAME
    assert data["routes"][0]["workload"] == MARKUP_NAME


def test_numbers_that_are_not_finite_become_null() -> None:
    evaluation = named(OWN)
    first, *rest = evaluation.sensitivity
    broken = replace(first, high=float("inf"), saving_high=float("nan"))
    data = to_json(replace(evaluation, sensitivity=(broken, *rest)), "x", None)
    assert data["sensitivity"][0]["high"] is None
    assert data["sensitivity"][0]["saving_high"] is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [(Decimal("1.005"), "1.00"), (2.675, "2.68"), (-0.001, "0.00"), (1e6, "1000000.00"), (float("nan"), None)],
)
def test_money_has_two_places(value: float, expected: str | None) -> None:
    assert money_text(value) == expected


def test_size_answers_yes_with_every_key() -> None:
    data = sizing_json(sample_sizing())
    assert data.keys() >= {
        *("fits", "excluded_because", "vram_gib", "kv_tokens", "max_concurrency", "concurrency", "throughput"),
        *("ttft_ms", "tpot_ms", "evidence", "warnings"),
    }
    assert data["fits"] is True
    assert data["excluded_because"] is None
    assert data["vram_gib"].keys() == VRAM
    assert data["throughput"]["total_tok_s"].keys() == LOW_MID_HIGH
    assert data["ttft_ms"].keys() == data["tpot_ms"].keys() == LOW_MID_HIGH
    evidence = {"gpu", "model", "weights", "engine", "isl", "osl", "concurrency", "metric", "value", "predicted"}
    assert data["evidence"][0].keys() == evidence | {"source", "date"}


def test_size_answers_no_with_the_shortage() -> None:
    data = sizing_json(sample_sizing(fits=False))
    assert data["fits"] is False
    assert "short by 3.6 GiB" in data["excluded_because"]
    assert data["short_by_gib"] == 3.6
    assert data["throughput"] is None
    assert data["remedies"]
