"""What the user told us, frozen: the six answers, the workloads, the pins and the changed assumptions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Final, Literal

from planner.engine.names import Level
from planner.records import dataclass

Answer = Literal["yes", "no", "unknown"]
Text = Literal["prose", "german", "russian", "japanese", "chinese", "code", "json", "tables", "logs"]
"""Kinds of text that tokenizers cut differently; the names are those of `Tokenizer`."""
Kind = Literal[
    "classification",
    "extraction",
    "embedding",
    "summarisation",
    "customer_text",
    "rag",
    "reasoning",
    "agent",
    "coding",
    "code_completion",
    "coding_agent",
    "multilingual",
    "long_context",
    "vision",
    "other",
]
Latency = Literal["interactive", "background"]
ThinkingMode = Literal["as_today", "off", "on", "default"]
"""As on today's model where the next one can be told so; off or on wherever it can be; each vendor's default."""
CacheLife = Literal["minutes", "hour"]
Route = Literal["auto", "self_host", "api", "hosted_open"]
ResidencyScope = Literal["none", "region", "inside"]
Redundancy = Literal["auto", "n_plus_1", "api_spare", "none"]
Hardware = Literal["rent", "own", "either"]
Region = Literal["eu", "us", "apac"]
UntilLive = Literal["auto", "as_today", "nobody"]
BillPeriod = Literal["day", "month", "year"]

SELF_HOST_LEANING: frozenset[Kind] = frozenset({"classification", "extraction", "embedding", "summarisation"})


@dataclass(frozen=True, slots=True)
class Range:
    """A low / mid / high estimate of one quantity."""

    low: float
    mid: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> Range:
        return cls(value, value, value)

    def times(self, factor: float) -> Range:
        """The same estimate of so many, or in another unit."""
        return Range(self.low * factor, self.mid * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class Bill:
    """What a workload costs today on the API it runs on, as its invoice says it."""

    amount: float
    currency: str
    per: BillPeriod


@dataclass(frozen=True, slots=True)
class Workload:
    """One kind of work. Tokens are counted by the baseline model's tokenizer, output with thinking on."""

    name: str
    kind: Kind
    tokens_per_day: float
    """Input plus output, mean of today's days; follows from the bill where there is one."""
    input_tokens: float
    """ISL: mean prompt tokens of one request."""
    output_tokens: float
    """OSL: mean generated tokens of one request."""
    input_tokens_p95: float | None = None
    output_tokens_p95: float | None = None
    cached_input_fraction: float = 0.0
    """Share of input tokens read from a prompt cache."""
    cache_write_fraction: float = 0.0
    """Share of input tokens written to a prompt cache (billed at the write price where there is one)."""
    cache_life: CacheLife = "minutes"
    """How long what is written is kept; an hour costs more where it is sold at a price of its own."""
    batch_fraction: float = 0.0
    """Share of tokens sent through a batch tier today."""
    latency: Latency = "interactive"
    deadline_hours: float = 24.0
    """Background work may wait this long."""
    level: Level = "solid"
    thinking: ThinkingMode = "as_today"
    """What models are told where they can be: `output_tokens` count what today's thinks."""
    text: Text = "prose"
    """What most of its tokens are: another model makes more or fewer tokens of it."""
    resident: bool | None = None
    """True: falls under the residency answer; False: does not; None: follows the plan's answer."""
    region: Region | None = None
    """Where its users and its data are: own GPUs for it stand there; None: wherever the other work is."""
    needs_vision: bool = False
    max_context: int | None = None
    """Longest prompt plus output it must take; None: p95 (or twice the mean) of both."""
    profile: str | None = None
    """Hour-of-week preset of its own; None: the plan's."""
    api_model: str | None = None
    """API model it runs on today; None: the plan's baseline."""
    route: Route = "auto"
    bill: Bill | None = None
    """What is paid for it today, where that is what is known of its volume."""

    @property
    def reads_images(self) -> bool:
        return self.needs_vision or self.kind == "vision"

    @property
    def requests_per_day(self) -> float:
        return self.tokens_per_day / (self.input_tokens + self.output_tokens)


UNSEEN = 0.025
"""Chance that is left on each side of a 95 % interval (Clopper and Pearson 1934)."""


@dataclass(frozen=True, slots=True)
class PairedEvaluation:
    """A comparison of an open model with the API model on the user's own prompts.

    `gap_*` is the relative gap (api - open) / api with its 95 % interval; the verdict follows from what so many prompts
    can show of it: where all came out alike, `UNSEEN ** (1 / prompts)` of the next ones need not.
    """

    workload: str | None
    """None: stands for all workloads."""
    model: str
    api_model: str
    prompts: int
    gap_low_fraction: float
    gap_mid_fraction: float
    gap_high_fraction: float
    source: str
    as_of: str
    effective_prompts: float | None = None
    """Independent ones that weights and conversations leave; None: all."""

    @property
    def least_gap(self) -> float:
        """The lower bound of the gap, no surer than the number of prompts allows."""
        return min(self.gap_low_fraction, math.pow(UNSEEN, 1 / (self.effective_prompts or self.prompts)))

    @property
    def most_gap(self) -> float:
        """The upper bound, likewise: on one prompt nothing is shown to be good."""
        return max(self.gap_high_fraction, 1 - math.pow(UNSEEN, 1 / (self.effective_prompts or self.prompts)))


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The user's own throughput measurement: scales the prediction for one model x GPU x engine."""

    model: str
    gpu: str
    engine: str
    output_tok_s: float
    concurrency: float
    input_tokens: float
    """ISL of the run."""
    output_tokens: float
    """OSL of the run."""
    source: str
    as_of: str
    tensor_parallel: int | None = None
    """GPUs it ran on; None: the fewest that hold it."""
    weights: str | None = None
    """Format it ran in; None: the one whose prediction is nearest."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """What was promised to a vendor, or by it, in the plan's currency."""

    name: str
    provider: str
    kind: Literal["spend", "credit"]
    amount: float
    """Spend a month; or all of a credit."""
    settled: Literal["month", "end"] = "month"
    """When spend that falls short is owed."""
    from_date: str | None = None
    """None: it holds already."""
    until: str | None = None
    """None: beyond the 12 months."""


@dataclass(frozen=True, slots=True)
class Volume:
    """Question 1: how the tokens of all workloads grow and when they come."""

    known: Answer = "yes"
    growth_per_month: Range = Range(0.0, 0.0, 0.0)
    tokens_per_day_by_month: tuple[float, ...] | None = None
    """Twelve explicit mean tokens/day, all workloads; replaces growth."""
    profile: str = "office-hours"
    profile_weights: tuple[float, ...] | None = None
    """168 imported weights; replaces the preset."""
    day_noise_cv: float | None = None
    """Coefficient of variation of daily tokens; None: the preset's."""
    p95_tokens_per_day: float | None = None
    """A typed p95 of the next 12 months; sets the noise."""
    history_days: float | None = None
    """Days of logs that the volumes were measured over; None: not told."""
    baseline_api: str = "claude-sonnet-4-6"


@dataclass(frozen=True, slots=True)
class Quality:
    """Question 2: is the work simple enough for an open model?"""

    answer: Answer = "unknown"
    """The user's own opinion; only evaluations make question 2 a yes."""
    margin_fraction: float = 0.10
    evaluation: tuple[PairedEvaluation, ...] = ()


ADAPTER_SLOTS: Final = 16
"""More take room from the cache; adapters beyond lie in the host's memory until their turn."""


@dataclass(frozen=True, slots=True)
class FineTuning:
    """Question 3: are weights of one's own needed?"""

    answer: Answer = "unknown"
    base_model: str | None = None
    """Catalogue id of the base model of the user's own weights."""
    adapters: int | None = None
    """LoRA adapters on it; 0: whole weights of one's own; None: not stated, taken to be adapters that fit any host."""

    @property
    def slots(self) -> int:
        """Adapters that a replica holds on the GPU at once, for which it is sized; further ones take turns there.

        One where their number is not stated.
        """
        if self.answer != "yes":
            return 0
        return min(1 if self.adapters is None else self.adapters, ADAPTER_SLOTS)


@dataclass(frozen=True, slots=True)
class Operations:
    """Question 4: can this team run GPUs?"""

    gpu_experience: Answer = "unknown"
    hiring_budget: Answer = "unknown"
    redundancy: Redundancy = "auto"
    hardware: Hardware = "rent"
    """Rented GPUs, bought ones, or whichever is cheaper over the 12 months."""
    people_already_paid: bool = False
    """Engineers who are paid anyway: their time is not counted."""
    until_live: UntilLive = "auto"
    """Who serves work that only own GPUs may take until they are live: today's API where residency lets it, always, or
    nobody."""


@dataclass(frozen=True, slots=True)
class Residency:
    """Question 5: must the data stay inside?"""

    answer: Answer = "unknown"
    scope: ResidencyScope = "inside"
    """What a yes means: "region" (EU endpoints will do) or "inside" (own or rented machines only)."""
    zero_retention_checked: Answer = "unknown"
    """"yes": zero-retention endpoints were checked and do not satisfy."""
    company_in_eu: bool = False

    @property
    def required(self) -> ResidencyScope:
        """The scope where the answer is yes, else "none"."""
        return self.scope if self.answer == "yes" else "none"


@dataclass(frozen=True, slots=True)
class Rebenchmark:
    """Question 6: will it be measured again every six months?"""

    answer: Answer = "unknown"


@dataclass(frozen=True, slots=True)
class Pins:
    """What the user fixed by hand (None leaves the pick to the planner), and where the search may look."""

    model: str | None = None
    weights: str | None = None
    kv: str | None = None
    gpu: str | None = None
    offer: str | None = None
    engine: str | None = None
    tensor_parallel: int | None = None
    replicas: int | None = None
    allow_non_production: bool = False
    """Consider spot, marketplace and community offers."""
    prefer_gpus: tuple[str, ...] = ()
    """Restrict the search to these GPU ids; empty: all."""
    exclude_providers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Objectives:
    """How fast an answer must be."""

    ttft_ms_p95: float = 2000.0
    tpot_ms: float = 50.0


@dataclass(frozen=True, slots=True)
class Inputs:
    """A plan's answers, ready for the engine: the plan's sections under the plan's names. Built by `plan`."""

    name: str
    currency: str
    workload: tuple[Workload, ...]
    vat_not_reclaimed_fraction: float = 0.0
    """On top of all that is bought from outside; salaries carry none."""
    volume: Volume = Volume()
    quality: Quality = Quality()
    fine_tuning: FineTuning = FineTuning()
    operations: Operations = Operations()
    residency: Residency = Residency()
    rebenchmark: Rebenchmark = Rebenchmark()
    choice: Pins = Pins()
    objectives: Objectives = Objectives()
    assumptions: Mapping[str, Range] = field(default_factory=lambda: MappingProxyType({}))
    """Only what differs from the catalogue's defaults, by assumption id."""
    benchmark: tuple[Benchmark, ...] = ()
    commitment: tuple[Commitment, ...] = ()

    @property
    def gross(self) -> float:
        """What has to be paid for a price of 1 that is bought from outside: with the tax that nobody gives back."""
        return 1.0 + self.vat_not_reclaimed_fraction

    def api_today(self, workload: Workload) -> str:
        """Id of the API model the workload runs on today."""
        return workload.api_model or self.volume.baseline_api
