"""What the user told us, frozen: the six answers, the workloads, the pins and the changed assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from planner.engine.specs.names import Level

Answer = Literal["yes", "no", "unknown"]
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
    "multilingual",
    "long_context",
    "vision",
    "other",
]
Latency = Literal["interactive", "background"]
Route = Literal["auto", "self_host", "api", "hosted_open"]
Residency = Literal["none", "region", "inside"]
Redundancy = Literal["auto", "n_plus_1", "api_spare", "none"]
Hardware = Literal["rent", "own", "either"]

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


@dataclass(frozen=True, slots=True)
class Workload:
    """One kind of work. Tokens are counted by the baseline model's tokenizer, output with thinking on."""

    name: str
    kind: Kind
    tokens_per_day: float
    """Input plus output, mean of today's days."""
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
    batch_fraction: float = 0.0
    """Share of tokens sent through a batch tier today."""
    latency: Latency = "interactive"
    deadline_hours: float = 24.0
    """Background work may wait this long."""
    level: Level = "solid"
    resident: bool | None = None
    """True: falls under the residency answer; False: does not; None: follows the plan's answer."""
    needs_vision: bool = False
    max_context: int | None = None
    """Longest prompt plus output it must take; None: p95 (or twice the mean) of both."""
    profile: str | None = None
    """Hour-of-week preset of its own; None: the plan's."""
    api_model: str | None = None
    """API model it runs on today; None: the plan's baseline."""
    route: Route = "auto"

    @property
    def requests_per_day(self) -> float:
        return self.tokens_per_day / (self.input_tokens + self.output_tokens)


@dataclass(frozen=True, slots=True)
class PairedEvaluation:
    """A comparison of an open model with the API model on the user's own prompts.

    `gap_*` is the relative gap (api - open) / api; `verdict` follows from `gap_high` and the margin.
    """

    workload: str | None
    """None: stands for all workloads."""
    model: str
    api_model: str
    prompts: int
    gap_low: float
    gap_mid: float
    gap_high: float
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The user's own throughput measurement: scales the prediction for one model x GPU x engine."""

    model: str
    gpu: str
    engine: str
    output_tok_s: float
    concurrency: float
    isl: float
    osl: float
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Pins:
    """What the user fixed by hand; None leaves the pick to the planner."""

    model: str | None = None
    weights: str | None = None
    kv: str | None = None
    gpu: str | None = None
    offer: str | None = None
    engine: str | None = None
    tensor_parallel: int | None = None
    replicas: int | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """A plan's answers, ready for the engine. Built by `plan`, never by the engine."""

    name: str
    currency: str
    workloads: tuple[Workload, ...]
    # 1 volume
    growth_per_month: Range = Range(0.0, 0.0, 0.0)
    monthly_tokens_per_day: tuple[float, ...] | None = None
    """Twelve explicit mean tokens/day, all workloads; replaces growth."""
    profile: str = "office-hours"
    profile_weights: tuple[float, ...] | None = None
    """168 imported weights; replaces the preset."""
    day_noise_cv: float | None = None
    """Coefficient of variation of daily tokens; None: the preset's."""
    p95_tokens_per_day: float | None = None
    """A typed p95 of the next 12 months; sets the noise."""
    baseline_api: str = "claude-sonnet-4-6"
    volume_known: Answer = "yes"
    # 2 quality
    quality: Answer = "unknown"
    """The user's own opinion; only evaluations make question 2 a yes."""
    quality_margin_fraction: float = 0.10
    evaluations: tuple[PairedEvaluation, ...] = ()
    # 3 fine-tuning
    fine_tuned_weights: Answer = "unknown"
    fine_tuned_model: str | None = None
    """Catalogue id of the base model of the user's own weights."""
    # 4 operations
    gpu_experience: Answer = "unknown"
    hiring_budget: Answer = "unknown"
    redundancy: Redundancy = "auto"
    hardware: Hardware = "rent"
    """Rented GPUs, bought ones, or whichever is cheaper over the 12 months."""
    # 5 residency
    must_stay_inside: Answer = "unknown"
    residency: Residency = "none"
    """What must_stay_inside = yes means: "region" (EU endpoints will do) or "inside" (own or rented machines only)."""
    zero_retention_checked: Answer = "unknown"
    """"yes": zero-retention endpoints were checked and do not satisfy."""
    company_in_eu: bool = False
    # 6 re-benchmarking
    rebenchmark: Answer = "unknown"
    # objectives and pins
    ttft_ms_p95: float = 2000.0
    tpot_ms: float = 50.0
    allow_non_production: bool = False
    """Consider spot, marketplace and community offers."""
    prefer_gpus: tuple[str, ...] = ()
    """Restrict the search to these GPU ids; empty: all."""
    exclude_providers: tuple[str, ...] = ()
    pins: Pins = Pins()
    benchmarks: tuple[Benchmark, ...] = ()
    assumptions: Mapping[str, Range] = field(default_factory=lambda: MappingProxyType({}))
    """Only what differs from the catalogue's defaults, by assumption id."""
