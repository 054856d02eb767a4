"""The answers, the verdict with its reasons and next steps, and what a reader must know beside them, all as values.

`planner.words` turns each into a sentence.
"""

from __future__ import annotations

from typing import Final, Literal

from planner.engine.names import QuestionId, Recommendation, Strategy, Verdict3
from planner.engine.specs.inputs import Benchmark
from planner.engine.specs.money import Flip
from planner.engine.specs.replica import Refusal
from planner.records import dataclass

OfNumbers = Literal["never_breaks_even", "reaches", "below", "passed", "within", "missed", "no_evaluation"]
Told = Literal[
    "too_hard", "own_weights", "stock_weights", "experience", "hiring", "nobody", "api_may_see", "not_answered"
]
ToldMore = Literal["endpoints_checked", "endpoints_unchecked", "will_rebenchmark", "no_rebenchmark"]
OfLegal = Literal["endpoint_accepted", "own_machines_only"]
Because = OfNumbers | Told | ToldMore | OfLegal
"""What an answer rests on: numbers and evaluations, or what the user told."""


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """One of the six questions, answered by the engine from the inputs."""

    id: QuestionId
    answer: Verdict3
    because: Because
    model: str = ""
    """The open model that an evaluation found good enough, where that is the reason."""


CaseId = Literal["volume", "residency", "fine_tuned", "steady_bulk", "unhosted"]


@dataclass(frozen=True, slots=True)
class WinningCase:
    """One of the five cases in which self-hosting wins, and whether it holds."""

    id: CaseId
    holds: bool
    hosts: int | None = None
    """Hosted prices on record for the chosen model, where that decides; None: no model chosen."""


ForOwn = Literal["own_cheaper", "inside", "nothing_inside"]
ForApi = Literal["not_ready", "no_model", "not_sure", "never_pays", "below_break_even", "set_up_not_repaid"]
ForHost = Literal["adapters_served", "weights_at_host", "host_cheaper"]


@dataclass(frozen=True, slots=True)
class DecidingFact:
    """What decided the recommendation; the shares are those of `not_sure`."""

    kind: ForOwn | ForApi | ForHost
    saving: float = 0.0
    """Of the best API bill."""
    saving_needed: float = 0.0
    probability_needed: float = 0.0


Test = Literal["import_logs", "evaluate", "compare_search", "import_newer_logs", "measure_throughput", "check_later"]
TESTS_OF_MODELS: Final[frozenset[Test]] = frozenset({"evaluate", "compare_search"})
"""Of a model on prompts of each workload: they show whether it is good enough."""
Agreement = Literal["agree_on_people", "fix_prices", "ask_terms"]
Action = Literal[
    "rent_one", "watch_fleet", "stop_rule", "send_a_share", "cache_and_batch", "watch_bill", "reprice", "loosen",
    "deploy_at_host", "load_adapter", "leave_model",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something to do; what it is about, where that is not the whole plan or its chosen fleet."""

    kind: Test | Agreement | Action
    workload: str = ""
    model: str = ""
    """Open model id, or API id."""
    reference: str = ""
    """API model to compare with; empty: none may see the prompts, so people grade against references of their own."""
    offer: str = ""
    """Whose machine the test may run on, where it may not run on just any; empty there: on one that is borrowed or
    bought."""
    bound: bool = False
    """Data that must stay: the destination is named, and only a permitted one."""
    made_up: bool = False
    """Synthetic or de-identified prompts instead of one's own."""
    works: tuple[str, ...] = ()
    """All workloads it is done for, the one that most rests on first; empty: for `workload` alone."""
    before: str = ""
    """The day by which it has to be done: a model that some of them run on is switched off then."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The recommendation with everything a person needs to check it."""

    recommendation: Recommendation
    strategy: Strategy | None
    """Whose ledger stands for the recommendation; None where none of its kind is possible."""
    rival: Strategy | None
    """The strategy from the other side of the question that it has to beat."""
    fact: DecidingFact
    cases: tuple[WinningCase, ...]
    next_steps: tuple[NextStep, ...]
    """The cheapest test first."""
    flips: tuple[Flip, ...]
    probability_cheaper: float
    """P(hybrid < best API strategy) over the draws; the best of API tuned and hosted open in each draw."""
    switch_saving: float | None
    """What choosing an endpoint for each job saves in 12 months; None where that is not worth the move."""
    rule_of_thumb_tokens_per_day: float
    """The article's volume for the class of the API in use."""
    chance_to_pass: float = 1.0
    """That every model that the strategy moves work to is good enough; 1 where all are proven or nothing moves."""


OfWork = Literal[
    "volume_estimated", "short_history", "half_and_half", "tokenizer", "no_api_may", "served_from", "embed_anew",
    "today_misses", "not_rated", "p95_above", "p95_below", "months_jump", "months_growth", "few_prompts",
    "p95_short", "p95_long", "context_short", "beyond_shared", "commitment_owed", "commitment_unused",
]  # fmt: skip
OfRoutes = Literal["dear_override", "against_judgement", "override_in_vain", "provisional", "beyond_fleet"]
OfApi = Literal[
    "legacy",
    "retires",
    "retired",
    "discount_left",
    "peak_hours",
    "price_change",
    "cache_dear",
    "cache_moved",
    "thinks_more",
    "tell_not_to_think",
    "adapters_only",
    "speed_unknown",
]
OfChoice = Literal[
    "offer_gone", "offer_market", "interrupted", "desktop", "geforce", "commitment", "licence", "slow_first_token"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Impossible:
    """A measurement of the user's own that beats the hardware, and what the hardware can do."""

    benchmark: Benchmark
    gpus: int
    """The fewest that hold the model: it says of none how many there were."""
    most_tok_s: float


@dataclass(frozen=True, slots=True)
class Notice:
    """What a reader must know before trusting the result."""

    kind: OfWork | OfRoutes | OfApi | OfChoice | Literal["stale", "ahead", "departs", "impossible"]
    names: tuple[str, ...] = ()
    """Work it is about; of `retires` the models that follow."""
    api: str = ""
    """Id of the API model it is about."""
    amount: float = 0.0
    """Tokens for one or a day, money over 12 months, prompts, a factor, or the month from which (0: after the 12)."""
    beside: float = 0.0
    """What another answer makes of `amount`, or the least it would have to be."""
    day: str = ""
    """On which a price changes."""
    price: PriceUsed | None = None
    why: Refusal | None = None
    """What today's API model does not give."""
    impossible: Impossible | None = None


ClaimId = Literal[
    "bill", "split", "cache", "batch", "rule", "one_server", "packed", "fits", "speed", "p95", "prompts", "people",
    "api_pays", "own_pays",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of the article, and what this plan makes of it; the figures of each stand in its sentence."""

    id: ClaimId
    holds: bool
    said: tuple[float, ...]
    found: tuple[float | None, ...]
    """None: there is no such number."""
    name: str = ""
    """Of the model or card that it is about."""
    untested: tuple[bool, ...] = ()
    """Of amounts that are `found`, whether each waits for a test."""


PriceKind = Literal["api", "offer", "fx"]


@dataclass(frozen=True, slots=True)
class PriceUsed:
    """A price the result rests on."""

    kind: PriceKind
    id: str
    as_of: str
    source: str
    age_days: int | None
    stale: bool


NoChoice = Literal["no_model", "nothing_allowed", "nothing_fits", "spot_only", "too_slow", "rules_broken"]
"""What stands in the way of any own GPU."""
