"""The verdict with everything a person needs to check it."""

from __future__ import annotations

from planner.engine.questions import rule_of_thumb
from planner.engine.recommendation import Case, own_saves, recommend
from planner.engine.specs import Verdict
from planner.engine.steps import cheapest_test, next_steps
from planner.engine.wording import GAINS, GIVES_UP, headline, reasons

__all__ = ["Case", "own_saves", "verdict_of"]


def verdict_of(case: Case) -> Verdict:
    """The verdict with everything a person needs to check it."""
    recommendation, fact = recommend(case)
    side = recommendation if recommendation in ("api", "hosted_open") else "own"
    return Verdict(
        recommendation=recommendation,
        headline=headline(case, recommendation),
        reasons=reasons(case, recommendation, fact),
        deciding_fact=fact,
        cases=case.cases,
        gives_up=GIVES_UP[side],
        gains=GAINS[side],
        next_steps=next_steps(case, recommendation),
        flips=case.flips,
        probability_cheaper=case.probability,
        cheapest_test=cheapest_test(case, recommendation),
        rule_of_thumb=rule_of_thumb(case.facts)[1],
    )
