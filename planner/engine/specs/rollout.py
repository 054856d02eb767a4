"""What a plan's routes need to be set up: replicas, what they may be asked for, own prices, and what a day may cost.

The numbers of `planner export`, which writes none of its own.
"""

from __future__ import annotations

from typing import Literal

from planner.engine.specs.evaluation import Choice
from planner.engine.specs.inputs import Range, Region
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class Pool:
    """Replicas that stand together and share what they are asked for: all of a fleet, or what is in one region."""

    region: Region | None
    offer: str
    replicas: int
    """In the busiest month, the spare included."""
    spare_replicas: int
    fewest_replicas: int
    """That are ever up once the fleet is live."""
    in_flight: int
    """Requests at once that its replicas sustain at the objectives in the busiest month, the spare left out."""
    in_flight_by_month: tuple[int, ...]

    @property
    def scales(self) -> bool:
        """Whether it ever runs fewer than in its busiest month."""
        return self.fewest_replicas < self.replicas


@dataclass(frozen=True, slots=True)
class ReplicaSetup:
    """One replica as it was sized, beside what its memory fit states."""

    max_context: int
    """Tokens of the longest prompt plus output that it was sized for."""
    queued_tokens: int
    """Prompt tokens that may wait before the p95 prompt misses its objective."""
    waiting_requests: int
    """The same in mean requests, at least 1."""
    weights_gib: float
    """Of the checkpoint's tensors."""
    disk_gib: int
    """Room for the weights twice, so that another revision can be loaded beside the one in use."""
    start_minutes: Range
    """From an order to the first answer, the weights on disk."""
    usd_per_input_token: float
    """Rent and people a month over what the fleet reads and writes, by the computing each takes.

    Of all prompt tokens, found in the cache or not: over the plan's mix the sum is the plan's cost.
    """
    usd_per_output_token: float
    cached_fraction: float
    """Of its prompt tokens, found in the prefix cache."""
    monthly_cost: float
    """Rent and people, a mean month in the plan's currency: what the two prices spread."""
    input_tokens_per_month: float
    """A mean month of the 12 in the model's own tokens, of what the fleet serves."""
    output_tokens_per_month: float


@dataclass(frozen=True, slots=True)
class WorkSetup:
    """One workload at the gateway."""

    workload: str
    kept: Literal["none", "region", "inside"]
    """What residency binds it to."""
    pool: int | None
    """Index into the rollout's pools; None: it runs outside, as planned or for want of a request at once."""
    in_flight: int | None
    """Its share of the pool's requests at once, by the computing it takes, at least 1; None: it runs outside.

    Of all work with an overflow the shares are at most what the pool sustains; what has none waits at the engine.
    """
    outside_day_usd: float | None
    """A p95 day of it wholly on the endpoint that its route or its overflow names; None: there is none."""
    overflow_day_usd: float
    """What the plan expects to overflow on such a day; 0 where nothing does."""
    longest_answer_s: int
    """After which an answer has failed: twice the objectives for a p95 answer; of work nobody waits for, an hour."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """What the planned strategy of an evaluation needs; work in the plan's order."""

    choice: Choice | None
    """The fleet of that strategy; None: all work goes to endpoints by the token."""
    replica: ReplicaSetup | None
    pools: tuple[Pool, ...]
    """Empty without a fleet."""
    work: tuple[WorkSetup, ...]
    p95_day_tokens: float
    """Of all work, over the next 12 months."""
    p95_day_outside_usd: float
    """What all work that runs outside costs on such a day."""
