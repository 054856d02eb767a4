"""A test that somebody ran without a tool, or whose result is a few figures: it enters a plan like any other."""

from __future__ import annotations

import datetime as dt

from planner.evidence.entries import with_entries
from planner.evidence.evaluations.compare import Comparison, compared
from planner.evidence.evaluations.scores import Score, Scores
from planner.plan.schema import Plan
from planner.records import dataclass

TOOL = "by hand"


@dataclass(frozen=True, slots=True)
class Passed:
    """Prompts that both models answered, and how many each passed, and both."""

    prompts: int
    today: int
    candidate: int
    both: int | None
    """None: nobody counted; taken as if one model's passes said nothing of the other's, which shows the least."""

    @property
    def least(self) -> int:
        """That both must have passed."""
        return max(0, self.today + self.candidate - self.prompts)

    @property
    def most(self) -> int:
        """That both can have passed."""
        return min(self.today, self.candidate)


def tested(passed: Passed, today: str, candidate: str, margin: float) -> Comparison:
    """The answer, by the same test as of a tool's file. Raises `InputError` where these figures allow none."""
    both = round(passed.today * passed.candidate / passed.prompts) if passed.both is None else passed.both
    both = min(max(both, passed.least), passed.most)
    counts = (
        (1.0, 1.0, both),
        (1.0, 0.0, passed.today - both),
        (0.0, 1.0, passed.candidate - both),
        (0.0, 0.0, passed.prompts - passed.today - passed.candidate + both),
    )
    pairs = [pair for *pair, count in counts for _ in range(int(count))]
    scores = [
        Score(prompt=str(at), model=model, metric=f"{passed.today} and {passed.candidate} passed", value=value)
        for at, pair in enumerate(pairs)
        for model, value in zip((today, candidate), pair, strict=True)
    ]
    return compared(Scores(tool=TOOL, scores=tuple(scores)), today, candidate, margin)


@dataclass(frozen=True, slots=True)
class Behind:
    """How far the candidate is behind, as a share of today's score, with its 95 % interval."""

    prompts: int
    low: float
    mid: float
    high: float


def with_gap(plan: Plan, behind: Behind, names: tuple[str, str, str], day: dt.date) -> Plan:
    """The plan with the gap, under the ids of candidate and today's model and the work's name ("": all)."""
    candidate, today, work = names
    entry = ({"workload": work} if work else {}) | {
        "model": candidate,
        "api_model": today,
        "prompts": behind.prompts,
        "gap_low_fraction": behind.low,
        "gap_mid_fraction": behind.mid,
        "gap_high_fraction": behind.high,
        "source": TOOL,
        "as_of": day,
    }
    return with_entries(plan, {("quality", "evaluation"): [entry]})
