"""What legal says of APIs: the answer to question 5, the gate and the deciding fact say the same."""

from __future__ import annotations

import pytest

from planner.engine.permitted import endpoint_obstacle
from planner.engine.specs import Evaluation
from planner.evaluate import evaluate
from planner.words.reasons import answer_reason
from planner.words.verdict import deciding_fact
from tests.engine import plans


def _with_legal(scope: str, refused: str) -> Evaluation:
    inputs, catalog = plans.example("claude-8k-a-month")
    bound = {"answer": "yes", "scope": scope, "zero_retention_checked": refused}
    return evaluate(plans.changed(inputs, residency=bound), catalog, plans.AS_OF)


@pytest.mark.parametrize("refused", ["yes", "no", "unknown"])
@pytest.mark.parametrize("scope", ["region", "inside"])
def test_answer_gate_and_fact_say_the_same_of_an_api(scope: str, refused: str) -> None:
    evaluation = _with_legal(scope, refused)
    answer = next(found for found in evaluation.questions if found.id == "residency")
    reason, work = answer_reason(evaluation, answer), evaluation.inputs.workload[0]
    gates = [endpoint_obstacle(evaluation.inputs, work, api) for api in evaluation.catalog.apis.values()]
    assert all(gates) == (scope == "inside"), "what legal says opens no gate that the user closed"
    said = {"yes": "yes", "unknown": "unproven", "no": "no" if scope == "region" else "unproven"}
    assert answer.answer == said[refused]
    if refused == "no" and scope == "inside":
        assert "no endpoint is used" in reason
        assert "EU endpoint" in reason
        if evaluation.verdict.fact.kind == "inside":
            assert "legal accepts" in deciding_fact(evaluation)
    assert ("no must" in reason) == (answer.answer == "no")
