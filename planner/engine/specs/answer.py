"""The answer as one value: what is paid today, what is proposed instead, how proven that is, and what to do first.

Every view that names one of these numbers takes it from here: each has one value and one place of birth. Money is in
the plan's currency; a year is the next 12 months at list prices held.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from planner.engine.names import Destination, Strategy
from planner.engine.specs.money import Flip
from planner.engine.specs.verdict import NextStep
from planner.records import dataclass

AnswerKind = Literal["stay", "switch", "hosted_open", "dedicated", "hybrid", "self_host", "none"]
"""As it is today; other models or the batch tier, still on APIs by the token; an open model hosted by others; a host's
endpoint for this plan alone; own GPUs for some or for all of the work; nothing that the plan permits can take it."""
Proof = Literal["proven", "untested", "nothing_moves"]
"""By evaluations on one's own prompts; by published figures alone; the models stay what they are."""


@dataclass(frozen=True, slots=True)
class Move:
    """One workload: where it runs today and where it would run."""

    workload: str
    runs_on: str
    """API id."""
    moves_to: str
    """API id, or open model id on replicas of one's own; empty where nothing may take the work."""
    destination: Destination
    before: float
    """A mean month of the next 12."""
    after: float
    proof: Proof
    prompts: int = 0
    """Of the evaluation that proves it."""
    chance: float = 1.0
    """That the model passes on this work's own prompts; 1 where nothing is to be tested."""
    batch_tier: bool = False
    """It would be sent through the batch tier."""

    @property
    def saving(self) -> float:
        """In 12 months; negative where it costs more."""
        return 12 * (self.before - self.after)


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """The cheapest that is permitted beside the proposal and staying; of another kind than own GPUs where they win."""

    strategy: Strategy
    total: Decimal
    proven: bool
    """Nothing in it waits for a test."""


@dataclass(frozen=True, slots=True)
class Takes:
    """What the proposal takes beside the bill."""

    swap_weeks: float
    """Of evaluation and prompt work, once, for all models that work moves to."""
    swap_cost: float
    """What that work costs; no strategy's total holds it. 0 where the people are paid anyway."""
    setup_weeks: float
    """Of set-up engineering, once."""
    engineer_fraction: float
    """Of one engineer, month after month."""
    hiring_months: float
    """Until somebody who can run GPUs is there; 0 where somebody is."""
    hiring_cost: float
    """Of finding and paying them in the 12 months, beyond their part in running GPUs; inside the proposal's total."""
    gpus: int
    """In the busiest month."""
    gpu: str
    """GPU id; empty without GPUs."""
    start_month: int | None
    """The first of the 12 in which own GPUs serve; 1 for anything that only needs a key; None: in none of them."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """A plan in which routes or pins were set by hand, beside what would be proposed without them."""

    works: tuple[str, ...]
    """Whose route was set."""
    pins: tuple[str, ...]
    """What was fixed of the own GPUs, as ids."""
    total: Decimal
    """Of the plan as it was set."""
    proven: bool
    """It waits for no test."""
    free_kind: AnswerKind
    free_total: Decimal
    """Of the proposal without them."""
    free_proven: bool

    @property
    def price(self) -> Decimal:
        """What the hand costs in 12 months; negative where it saves."""
        return self.total - self.free_total


@dataclass(frozen=True, slots=True)
class AnswerStep:
    """Something to do, with the money that rests on it and the work it takes."""

    step: NextStep
    saving: float
    """In 12 months; 0 where it earns nothing by itself."""
    hours: float
    """A rough order, to sort by."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Today, the proposal, and everything one needs to sign it."""

    kind: AnswerKind
    same_models: bool
    """No work moves to another model: what changes is how it is bought."""
    today: Decimal
    """12 months as it runs today."""
    today_allowed: bool
    proposed: Decimal | None
    """12 months of the proposal; None: nothing permitted does it."""
    proof: Proof
    prompts: int
    """The fewest that any of the proven moves rests on."""
    untested: tuple[str, ...]
    """Models that must pass first."""
    chance_to_pass: float
    saving: Decimal
    """Against today; of a full year of service on both sides where own GPUs do not serve every month. Negative where
    the proposal costs more, as where today is not permitted."""
    runner_up: RunnerUp | None
    moves: tuple[Move, ...]
    """In the plan's order."""
    beside_before: float
    """A month of what belongs to no work alone: commitments."""
    beside_after: float
    """The same of the proposal: people, fees, commitments."""
    takes: Takes
    by_hand: ByHand | None
    flips: tuple[Flip, ...]
    """The three nearest, those that turn the answer."""
    steps: tuple[AnswerStep, ...]
    """The three that are worth most for an hour of work."""

    @property
    def is_proven(self) -> bool:
        """No number of the proposal waits for a test."""
        return self.proof != "untested"
