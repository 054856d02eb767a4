"""Which of two models does the work today and which might take it over: by the catalogue and by a plan."""

from __future__ import annotations

import pytest

from planner.catalog.load import shipped_catalog
from planner.catalog.lookup import LookupFailed
from planner.evidence.evaluations.names import candidate_or_none, who_is_who
from planner.evidence.evaluations.scores import Score, Scores
from planner.plan.edit import add_workload, new_plan, set_values
from planner.plan.inputs import evaluate_plan
from planner.plan.references import unknown_references
from planner.plan.schema import Plan
from tests.tui.conftest import AS_OF

CATALOG = shipped_catalog()
NAMES = {
    "gpt-6-luna": "gpt-6-luna",
    "GPT-6 Luna": "gpt-6-luna",
    "openai/gpt-6-luna": "gpt-6-luna",
    "openai:chat:gpt-6-luna": "gpt-6-luna",
    "azure/eu/gpt-6-luna": "azure/eu/gpt-6-luna",
    "gpt-6-luna-2026-10-01": "gpt-6-luna",
    "anthropic/claude-sonnet-4-6-20260101": "claude-sonnet-4-6",
    "Qwen/Qwen3-32B": "Qwen/Qwen3-32B",
    "qwen3-32b": "Qwen/Qwen3-32B",
    "nobody's model": None,
    "open": None,
}


def plan() -> Plan:
    """Three kinds of work on three closed models."""
    made = set_values(
        new_plan("three", AS_OF),
        {
            ("workload", 0, "name"): "chat",
            ("workload", 0, "kind"): "rag",
            ("workload", 0, "api_model"): "gpt-5.4",
            ("workload", 0, "tokens_per_day"): 60e6,
        },
    )
    for name, kind, model in (
        ("invoices", "extraction", "gpt-4.1-mini"),
        ("review", "coding_agent", "claude-sonnet-4-6"),
    ):
        made = add_workload(made, {"name": name, "kind": kind, "api_model": model, "tokens_per_day": 60e6})
    return made


def scores(*models: str) -> Scores:
    return Scores(tool="table", scores=tuple(Score(prompt="p", model=m, metric="score", value=1.0) for m in models))


@pytest.mark.parametrize("name", NAMES)
def test_a_candidate_is_anything_that_work_can_move_to(name: str) -> None:
    assert candidate_or_none(CATALOG, name) == NAMES[name]


def test_an_endpoint_stands_for_the_weights_that_it_hosts() -> None:
    for api in CATALOG.apis.values():
        if api.hf_id in CATALOG.models:
            assert candidate_or_none(CATALOG, api.id) == api.hf_id


@pytest.mark.parametrize("models", [("gpt-6-luna", "claude-sonnet-4-6"), ("claude-sonnet-4-6", "gpt-6-luna")])
def test_the_plan_says_who_works_today_and_for_which_work(models: tuple[str, str]) -> None:
    who = who_is_who(scores(*models), CATALOG, (None, None), plan(), lambda: None)
    assert (who.today, who.candidate) == ("claude-sonnet-4-6", "gpt-6-luna")
    assert (who.workloads, who.remarks) == (("review",), ())


def test_of_three_models_the_plan_finds_the_two_that_it_is_about() -> None:
    found = scores("gpt-6-luna", "claude-sonnet-4-6", "nobody's")
    who = who_is_who(found, CATALOG, (None, None), plan(), lambda: None)
    assert (who.today, who.candidate, who.workloads) == ("claude-sonnet-4-6", "gpt-6-luna", ("review",))


def test_where_both_work_today_the_answer_says_what_is_to_move() -> None:
    mine = plan()
    answer = evaluate_plan(mine, CATALOG, AS_OF)
    moves = {move.workload: move for move in answer.answer.moves}
    then = moves["review"].moves_to
    mine = set_values(mine, {("workload", 0, "api_model"): then})
    who = who_is_who(scores(then, "claude-sonnet-4-6"), CATALOG, (None, None), mine, lambda: answer)
    assert (who.today, who.candidate, who.workloads) == ("claude-sonnet-4-6", then, ("review",))
    unsaid = who_is_who(scores(then, "claude-sonnet-4-6"), CATALOG, (None, None), mine, lambda: None)
    assert [remark.kind for remark in unsaid.remarks] == ["order_of_files"]


def test_work_that_runs_on_one_model_is_not_told_apart() -> None:
    mine = set_values(plan(), {("workload", 0, "api_model"): "claude-sonnet-4-6"})
    who = who_is_who(scores("gpt-5.6-luna", "claude-sonnet-4-6"), CATALOG, (None, None), mine, lambda: None)
    assert len(who.workloads) in (0, 2)


@pytest.mark.parametrize("model", ["gpt-6-luna", "Qwen/Qwen3-32B", "azure/eu/gpt-6-luna"])
def test_a_plan_may_name_any_of_them(model: str) -> None:
    entry = {
        "workload": "review", "model": model, "api_model": "claude-sonnet-4-6", "prompts": 200, "source": "by hand",
        "gap_low_fraction": -0.01, "gap_mid_fraction": 0.0, "gap_high_fraction": 0.02, "as_of": AS_OF,
    }  # fmt: skip
    mine = set_values(plan(), {("quality", "evaluation"): [entry]})
    assert unknown_references(mine, CATALOG) == ()
    wrong = set_values(plan(), {("quality", "evaluation"): [entry | {"model": "nobody's"}]})
    assert "an open or an API model" in unknown_references(wrong, CATALOG)[0][1]


def test_a_name_that_nobody_knows_is_said() -> None:
    from planner.evidence.evaluations.names import candidate_called
    from planner.evidence.understand import FIND

    with pytest.raises(LookupFailed, match="nothing is called"):
        candidate_called(CATALOG, "nobody's", "--model", FIND.model)
