"""What a plan was priced with: token prices, rental offers and exchange rates, each with source and date.

The plan file as typed sections, in the order of the six questions. One file is one `Plan`; this is schema 1.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from planner.engine.specs import (
    Answer,
    Hardware,
    Kind,
    Latency,
    Level,
    Market,
    Period,
    Recommendation,
    Redundancy,
    Route,
)
from planner.plan.fields import (
    Count,
    Currency,
    Day,
    Estimate,
    Fraction,
    GrowthEstimate,
    HourWeights,
    Label,
    MonthlyTokens,
    Name,
    Names,
    NonNegative,
    Number,
    PartialDay,
    Positive,
    Section,
    Text,
    TokenCount,
    Whole,
    as_tuple,
    each_once,
)


class TierPrice(Section):
    """Prices of the whole request once its prompt is longer than `above_input_tokens`; absent: unchanged."""

    above_input_tokens: Whole
    input_per_mtok: NonNegative | None = None
    output_per_mtok: NonNegative | None = None
    cache_read_per_mtok: NonNegative | None = None


class DatedPrice(Section):
    """An announced price from a day on; absent: unchanged."""

    from_date: Day
    input_per_mtok: NonNegative | None = None
    output_per_mtok: NonNegative | None = None
    cache_read_per_mtok: NonNegative | None = None


class ApiPrice(Section):
    """Prices of one API model per 1M tokens, in `currency`.

    A frozen price says all there is: what is absent is not sold. A negotiated one may leave out cache and batch
    prices; they then keep the list's ratio to the input price.
    """

    id: Label
    input_per_mtok: NonNegative
    output_per_mtok: NonNegative
    cache_read_per_mtok: NonNegative | None = None
    cache_write_per_mtok: NonNegative | None = None
    cache_write_1h_per_mtok: NonNegative | None = None
    batch_discount_fraction: Fraction | None = None
    currency: Currency = "USD"
    negotiated: bool = False
    """True: kept when the plan is re-priced."""
    tiers: Annotated[tuple[TierPrice, ...], as_tuple] = ()
    changes: Annotated[tuple[DatedPrice, ...], as_tuple] = ()
    source: Text
    as_of: PartialDay
    # Only for a model that the catalogue does not know, such as an endpoint of one's own company:
    name: Name | None = None
    provider: Name | None = None
    open_model: Name | None = None
    """Catalogue id of the open model it serves."""
    level: Level | None = None
    in_eu: bool | None = None
    context_window: Whole | None = None


class OfferPrice(Section):
    """A rental product as priced: the whole product for one period, without VAT."""

    id: Label
    provider: Label
    product: Name = ""
    gpu: Label
    gpu_count: Count
    price: NonNegative
    currency: Currency
    per: Period
    setup_fee: NonNegative = 0.0
    monthly_extra: NonNegative = 0.0
    """Unavoidable extras such as an address, per month, in the offer's currency."""
    commitment: Name = "on-demand"
    market: Market = "production"
    region: Name = ""
    in_eu: bool = False
    negotiated: bool = False
    """True: an offer of one's own, kept when the plan is re-priced."""
    source: Text
    as_of: PartialDay


class ExchangeRate(Section):
    """US dollars for one unit of a currency."""

    currency: Currency
    usd: Positive
    negotiated: bool = False
    """True: a rate the company plans with, kept when the plan is re-priced."""
    source: Text
    as_of: PartialDay


class Prices(Section):
    """Every price the plan rests on, besides the chosen offer."""

    api: Annotated[tuple[ApiPrice, ...], as_tuple, each_once("id")] = ()
    offer: Annotated[tuple[OfferPrice, ...], as_tuple, each_once("id")] = ()
    """Offers of one's own or of a named source that compete with the catalogue's."""
    fx: Annotated[tuple[ExchangeRate, ...], as_tuple, each_once("currency")] = ()


SCHEMA_VERSION: Final = 1


class Volume(Section):
    """Question 1: how many tokens, how they grow and when they come."""

    known: Answer = "yes"
    """"unknown": the volumes below are guesses, and ranges are shown wider."""
    growth_per_month: GrowthEstimate = 0.0
    tokens_per_day_by_month: MonthlyTokens | None = None
    """Twelve means of all workloads together; replaces growth."""
    profile: Label = "office-hours"
    profile_weights: HourWeights | None = None
    """168 weights from Monday 00:00, imported; replaces the preset."""
    day_noise_cv: Annotated[float, Field(ge=0, le=10)] | None = None
    p95_tokens_per_day: Positive | None = None
    """A p95 of the next 12 months, where it is known; it then sets the noise."""
    baseline_api: Label = "claude-sonnet-4-6"
    note: Text = ""


class WorkloadEntry(Section):
    """One kind of work. Output counts thinking tokens."""

    name: Label
    kind: Kind = "other"
    tokens_per_day: Positive | None = None
    """Input plus output. Exactly one of this and `requests_per_day`."""
    requests_per_day: Positive | None = None
    input_tokens: NonNegative
    output_tokens: NonNegative
    input_tokens_p95: NonNegative | None = None
    output_tokens_p95: NonNegative | None = None
    cached_input_fraction: Fraction = 0.0
    cache_write_fraction: Fraction = 0.0
    batch_fraction: Fraction = 0.0
    latency: Latency = "interactive"
    deadline_hours: Positive = 24.0
    level: Level = "solid"
    resident: bool | None = None
    """Whether the residency answer covers this work; absent: as the plan says."""
    needs_vision: bool = False
    max_context: TokenCount | None = None
    profile: Label | None = None
    api_model: Label | None = None
    route: Route = "auto"
    note: Text = ""

    @model_validator(mode="after")
    def _consistent(self) -> WorkloadEntry:
        if (self.tokens_per_day is None) == (self.requests_per_day is None):
            found = "neither" if self.tokens_per_day is None else "both"
            raise ValueError(f"exactly one of tokens_per_day and requests_per_day, not {found}")
        if self.input_tokens + self.output_tokens <= 0:
            raise ValueError("input_tokens + output_tokens above 0")
        if self.cached_input_fraction + self.cache_write_fraction > 1:
            raise ValueError("cached_input_fraction + cache_write_fraction of at most 1")
        return self


class EvaluationEntry(Section):
    """A paired evaluation; the gap is (api - open) / api, with its 95 % bounds."""

    workload: Label | None = None
    """Absent: stands for all workloads."""
    model: Label
    api_model: Label
    prompts: Count
    gap_low_fraction: Number
    gap_mid_fraction: Number
    gap_high_fraction: Number
    source: Text
    as_of: PartialDay

    @model_validator(mode="after")
    def _ordered(self) -> EvaluationEntry:
        if not self.gap_low_fraction <= self.gap_mid_fraction <= self.gap_high_fraction:
            raise ValueError("gap_low_fraction <= gap_mid_fraction <= gap_high_fraction")
        return self


class Quality(Section):
    """Question 2: is the work simple enough for an open model? Only evaluations prove it."""

    answer: Answer = "unknown"
    margin_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.10
    evaluation: Annotated[tuple[EvaluationEntry, ...], as_tuple] = ()
    note: Text = ""


class FineTuning(Section):
    """Question 3: do we need weights of our own?"""

    answer: Answer = "unknown"
    base_model: Label | None = None
    note: Text = ""


class Operations(Section):
    """Question 4: can we run GPUs?"""

    gpu_experience: Answer = "unknown"
    hiring_budget: Answer = "unknown"
    redundancy: Redundancy = "auto"
    hardware: Hardware = "rent"
    """Rented GPUs, bought ones, or whichever costs less over the 12 months."""
    note: Text = ""


class ResidencyRule(Section):
    """Question 5: must the data stay inside?"""

    answer: Answer = "unknown"
    scope: Literal["region", "inside"] = "inside"
    """What a yes means: "region" (EU endpoints will do) or "inside" (machines of one's own or rented ones only)."""
    zero_retention_checked: Answer = "unknown"
    """"yes": zero-retention endpoints were checked and do not satisfy."""
    company_in_eu: bool = False
    note: Text = ""


class Rebenchmark(Section):
    """Question 6: will we measure again every six months?"""

    answer: Answer = "unknown"
    note: Text = ""


class ChoicePins(Section):
    """What is fixed by hand, and where the search may look."""

    model: Label | None = None
    weights: Label | None = None
    kv: Literal["fp16", "fp8"] | None = None
    gpu: Label | None = None
    offer: Label | None = None
    engine: Label | None = None
    tensor_parallel: Count | None = None
    replicas: Whole | None = None
    allow_non_production: bool = False
    """Consider spot, marketplace and community offers."""
    prefer_gpus: Names = ()
    exclude_providers: Names = ()


class Objectives(Section):
    """How fast an answer must be."""

    ttft_ms_p95: Positive = 2000.0
    tpot_ms: Positive = 50.0


class BenchmarkEntry(Section):
    """A throughput measurement of one's own."""

    model: Label
    gpu: Label
    engine: Label
    output_tok_s: Positive
    concurrency: Positive
    input_tokens: Positive
    output_tokens: Positive
    source: Text
    as_of: PartialDay


class EvidenceEntry(Section):
    """A file that was read into this plan: what it was and what it said, never its contents."""

    kind: Literal["usage", "evals", "benchmark"]
    file: Name
    imported: Day
    rows_read: Whole
    rows_skipped: Whole = 0
    first: PartialDay | None = None
    last: PartialDay | None = None
    summary: dict[Label, float | str] = Field(default_factory=dict)


class MonthlyCost(Section):
    """Mean cost a month of each strategy, in the plan's currency; absent: not possible."""

    api_today: NonNegative | None = None
    api_tuned: NonNegative | None = None
    hosted_open: NonNegative | None = None
    self_host: NonNegative | None = None
    hybrid: NonNegative | None = None


class Result(Section):
    """What the planner said when the plan was last saved."""

    priced_on: Day
    """Day of the prices: that of the first save, or of the last re-pricing."""
    recommendation: Recommendation
    headline: Text = ""
    yes_count: Annotated[int, Field(ge=0, le=6)]
    monthly_cost: MonthlyCost


class Plan(Section):
    """A saved plan: the answers, what was fixed by hand, what it was priced with and what came out."""

    schema_version: Annotated[int, Field(alias="schema")] = SCHEMA_VERSION
    name: Label
    description: Text = ""
    created: Day
    currency: Currency = "EUR"
    volume: Volume = Volume()
    workload: Annotated[tuple[WorkloadEntry, ...], as_tuple, Field(min_length=1, max_length=500), each_once("name")]
    quality: Quality = Quality()
    fine_tuning: FineTuning = FineTuning()
    operations: Operations = Operations()
    residency: ResidencyRule = ResidencyRule()
    rebenchmark: Rebenchmark = Rebenchmark()
    choice: ChoicePins = ChoicePins()
    objectives: Objectives = Objectives()
    assumptions: dict[Label, Estimate] = Field(default_factory=dict)
    prices: Prices = Prices()
    offer: OfferPrice | None = None
    benchmark: Annotated[tuple[BenchmarkEntry, ...], as_tuple] = ()
    evidence: Annotated[tuple[EvidenceEntry, ...], as_tuple] = ()
    result: Result | None = None
