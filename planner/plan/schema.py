"""What a plan was priced with: token prices, rental offers and exchange rates, each with source and date.

The plan file as typed sections, in the order of the six questions. One file is one `Plan`; this is schema 1.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from planner.engine import specs
from planner.plan import fields
from planner.plan.fields import Section


class TierPrice(Section):
    """Prices of the whole request once its prompt is longer than `above_input_tokens`; absent: unchanged."""

    above_input_tokens: fields.TokenCount
    input_per_mtok: fields.NonNegative | None = None
    output_per_mtok: fields.NonNegative | None = None
    cache_read_per_mtok: fields.NonNegative | None = None
    cache_write_per_mtok: fields.NonNegative | None = None


class DatedPrice(Section):
    """An announced price from a day on; absent: unchanged."""

    from_date: fields.Day
    input_per_mtok: fields.NonNegative | None = None
    output_per_mtok: fields.NonNegative | None = None
    cache_read_per_mtok: fields.NonNegative | None = None


class ApiPrice(Section):
    """Prices of one API model per 1M tokens, in `currency`.

    A frozen price says all there is: what is absent is not sold. A negotiated one may leave out cache and batch
    prices; they then keep the list's ratio to the input price.
    """

    id: fields.Label
    input_per_mtok: fields.NonNegative
    output_per_mtok: fields.NonNegative
    cache_read_per_mtok: fields.NonNegative | None = None
    cache_write_per_mtok: fields.NonNegative | None = None
    cache_write_1h_per_mtok: fields.NonNegative | None = None
    batch_discount_fraction: fields.Fraction | None = None
    currency: fields.Currency = "USD"
    negotiated: bool = False
    """True: kept when the plan is re-priced."""
    tokens_per_minute: fields.Positive | None = None
    requests_per_minute: fields.Positive | None = None
    """What this endpoint takes of you, by contract or by tier; absent: as is assumed of a shared one."""
    ttft_ms_p95: fields.Positive | None = None
    tpot_ms: fields.Positive | None = None
    """How fast it answers you, measured or promised."""
    tiers: Annotated[tuple[TierPrice, ...], fields.as_tuple] = ()
    changes: Annotated[tuple[DatedPrice, ...], fields.as_tuple] = ()
    source: fields.Text
    as_of: fields.PartialDay
    # Only for a model that the catalogue does not know, such as an endpoint of one's own company:
    name: fields.Name | None = None
    provider: fields.Name | None = None
    open_model: fields.Name | None = None
    """Catalogue id of the open model it serves."""
    level: specs.Level | None = None
    in_eu: bool | None = None
    context_window: fields.Whole | None = None


class OfferPrice(Section):
    """A rental product as priced: the whole product for one period, without VAT."""

    id: fields.Label
    provider: fields.Label
    product: fields.Name = ""
    gpu: fields.Label
    gpu_count: fields.Count
    price: fields.NonNegative
    currency: fields.Currency
    per: specs.Period
    setup_fee: fields.NonNegative = 0.0
    monthly_extra: fields.NonNegative = 0.0
    """Unavoidable extras such as an address, per month, in the offer's currency."""
    commitment: fields.Name = "on-demand"
    market: specs.Market = "production"
    region: fields.Name = ""
    in_eu: bool = False
    most_gpus: fields.Count | None = None
    billed_by: Literal["hour", "minute", "second"] = "hour"
    scales_to_zero: bool = False
    own_weights: bool = False
    native_weights_only: bool = False
    most_adapters: fields.Count | None = None
    """From `most_gpus` on: of a dedicated endpoint."""
    negotiated: bool = False
    """True: an offer of one's own, kept when the plan is re-priced."""
    already_paid: bool = False
    """True: machines that are there and paid. They cost power, hosting and spares, and `price` where some is still due;
    the purchase is not counted."""
    available: fields.Count | None = None
    """How many of the product there are; absent: as many as wanted."""
    source: fields.Text
    as_of: fields.PartialDay


class ExchangeRate(Section):
    """US dollars for one unit of a currency."""

    currency: fields.Currency
    usd: fields.UsdPerUnit
    negotiated: bool = False
    """True: a rate the company plans with, kept when the plan is re-priced."""
    source: fields.Text
    as_of: fields.PartialDay

    @model_validator(mode="after")
    def _dollar(self) -> ExchangeRate:
        if self.currency == "USD" and self.usd != 1:
            raise ValueError("usd = 1 for the dollar itself")
        return self


class Prices(Section):
    """Every price the plan rests on, besides the chosen offer."""

    api: Annotated[tuple[ApiPrice, ...], fields.as_tuple, Field(max_length=500), fields.each_once("id")] = ()
    offer: Annotated[tuple[OfferPrice, ...], fields.as_tuple, Field(max_length=1_000), fields.each_once("id")] = ()
    """Offers of one's own or of a named source that compete with the catalogue's."""
    fx: Annotated[tuple[ExchangeRate, ...], fields.as_tuple, fields.each_once("currency")] = ()


SCHEMA_VERSION: Final = 1


class Volume(Section):
    """Question 1: how many tokens, how they grow and when they come."""

    known: specs.Answer = "yes"
    """"unknown": the volumes below are guesses, and ranges are shown wider."""
    growth_per_month: fields.GrowthEstimate = 0.0
    tokens_per_day_by_month: fields.MonthlyTokens | None = None
    """Twelve means of all workloads together; replaces growth."""
    profile: fields.Label = "office-hours"
    profile_weights: fields.HourWeights | None = None
    """168 weights from Monday 00:00, imported; replaces the preset."""
    day_noise_cv: Annotated[float, Field(ge=0, le=10)] | None = None
    p95_tokens_per_day: fields.Positive | None = None
    """A p95 of the next 12 months, where it is known; it then sets the noise."""
    history_days: fields.Positive | None = None
    """How many days of logs the volumes were measured over: a short history widens the p95."""
    baseline_api: fields.Label = "claude-sonnet-4-6"
    note: fields.Text = ""


VOLUMES: Final = ("bill", "tokens_per_day", "requests_per_day")
"""The ways to say how much of a work there is; the others follow."""


class BillEntry(Section):
    """What a workload costs today on the API it runs on, as its invoice says it."""

    amount: fields.Positive
    currency: fields.Currency
    per: specs.BillPeriod = "month"


class WorkloadEntry(Section):
    """One kind of work. Output counts thinking tokens. Its volume is told by one of `VOLUMES`, in a draft by none."""

    name: fields.Label
    kind: specs.Kind = "other"
    bill: BillEntry | None = None
    tokens_per_day: fields.Positive | None = None
    """Input plus output."""
    requests_per_day: fields.Positive | None = None
    input_tokens: fields.NonNegative
    output_tokens: fields.NonNegative
    input_tokens_p95: fields.NonNegative | None = None
    output_tokens_p95: fields.NonNegative | None = None
    cached_input_fraction: fields.Fraction = 0.0
    cache_write_fraction: fields.Fraction = 0.0
    cache_life: specs.CacheLife = "minutes"
    """What is written to the cache is kept for minutes, or for an hour at that price."""
    batch_fraction: fields.Fraction = 0.0
    latency: specs.Latency = "interactive"
    deadline_hours: fields.Positive = 24.0
    level: specs.Level | None = None
    """Absent: that of the API model it runs on today, so that no default makes a cheaper class good enough."""
    thinking: specs.ThinkingMode = "as_today"
    """What a model that can be told is told: to think as today's does, or not, or what its vendor has as default."""
    text: specs.Text = "prose"
    resident: bool | None = None
    """Whether the residency answer covers this work; absent: as the plan says."""
    region: specs.Region | None = None
    """Where its users and its data are: own GPUs for it stand there, with a spare of their own; absent: anywhere."""
    needs_vision: bool = False
    max_context: fields.TokenCount | None = None
    profile: fields.Label | None = None
    api_model: fields.Label | None = None
    route: specs.Route = "auto"
    note: fields.Text = ""

    @model_validator(mode="after")
    def _consistent(self) -> WorkloadEntry:
        told = [name for name in VOLUMES if getattr(self, name) is not None]
        if len(told) > 1:
            raise ValueError(f"exactly one of {', '.join(VOLUMES)}, not {' and '.join(told)}")
        if self.input_tokens + self.output_tokens <= 0:
            raise ValueError("input_tokens + output_tokens above 0")
        if self.cached_input_fraction + self.cache_write_fraction > 1:
            raise ValueError("cached_input_fraction + cache_write_fraction of at most 1")
        return self


class EvaluationEntry(Section):
    """A paired evaluation; the gap is (api - open) / api, with its 95 % bounds."""

    workload: fields.Label | None = None
    """Absent: stands for all workloads."""
    model: fields.Label
    api_model: fields.Label
    prompts: fields.Count
    effective_prompts: fields.Positive | None = None
    """Independent ones that weights and conversations leave; absent: all."""
    gap_low_fraction: fields.Number
    gap_mid_fraction: fields.Number
    gap_high_fraction: fields.Number
    source: fields.Text
    as_of: fields.PartialDay

    @model_validator(mode="after")
    def _ordered(self) -> EvaluationEntry:
        if not self.gap_low_fraction <= self.gap_mid_fraction <= self.gap_high_fraction:
            raise ValueError("gap_low_fraction <= gap_mid_fraction <= gap_high_fraction")
        return self


class Quality(Section):
    """Question 2: is the work simple enough for an open model? Only evaluations prove it."""

    answer: specs.Answer = "unknown"
    margin_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.10
    evaluation: Annotated[tuple[EvaluationEntry, ...], fields.as_tuple] = ()
    note: fields.Text = ""


class FineTuning(Section):
    """Question 3: do we need weights of our own?"""

    answer: specs.Answer = "unknown"
    base_model: fields.Label | None = None
    adapters: fields.Whole | None = None
    note: fields.Text = ""


class Operations(Section):
    """Question 4: can we run GPUs?"""

    gpu_experience: specs.Answer = "unknown"
    hiring_budget: specs.Answer = "unknown"
    redundancy: specs.Redundancy = "auto"
    hardware: specs.Hardware = "rent"
    """Rented GPUs, bought ones, or whichever costs less over the 12 months."""
    people_already_paid: bool = False
    """True: the engineers are there and paid anyway; their time is shown, but not counted."""
    until_live: specs.UntilLive = "auto"
    """Who serves work that only own GPUs may take before they are live: today's API unless residency forbids it
    ("auto"), today's API whatever residency says ("as_today"), or "nobody"."""
    note: fields.Text = ""

    @model_validator(mode="after")
    def _somebody_is_there(self) -> Operations:
        if self.people_already_paid and self.gpu_experience == "no":
            raise ValueError('people_already_paid = false where gpu_experience = "no": who is hired is not paid anyway')
        return self


class ResidencyRule(Section):
    """Question 5: must the data stay inside?"""

    answer: specs.Answer = "unknown"
    scope: Literal["region", "inside"] = "inside"
    """What a yes means: "region" (EU endpoints will do) or "inside" (machines of one's own or rented ones only)."""
    zero_retention_checked: specs.Answer = "unknown"
    """"yes": zero-retention endpoints were checked and do not satisfy."""
    company_in_eu: bool = False
    note: fields.Text = ""


class Rebenchmark(Section):
    """Question 6: will we measure again every six months?"""

    answer: specs.Answer = "unknown"
    note: fields.Text = ""


class ChoicePins(Section):
    """What is fixed by hand, and where the search may look."""

    model: fields.Label | None = None
    weights: fields.Label | None = None
    kv: Literal["fp16", "fp8"] | None = None
    gpu: fields.Label | None = None
    offer: fields.Label | None = None
    engine: fields.Label | None = None
    tensor_parallel: fields.Count | None = None
    replicas: fields.Whole | None = None
    allow_non_production: bool = False
    """Consider spot, marketplace and community offers."""
    prefer_gpus: fields.Names = ()
    exclude_providers: fields.Names = ()


class Objectives(Section):
    """How fast an answer must be."""

    ttft_ms_p95: fields.Positive = 2000.0
    tpot_ms: fields.Positive = 50.0


class BenchmarkEntry(Section):
    """A throughput measurement of one's own."""

    model: fields.Label
    gpu: fields.Label
    engine: fields.Label
    output_tok_s: fields.Positive
    concurrency: fields.Positive
    input_tokens: fields.Positive
    output_tokens: fields.Positive
    tensor_parallel: fields.Count | None = None
    weights: fields.Label | None = None
    """What it ran on and in; absent: the layout on the fewest GPUs whose prediction is nearest."""
    source: fields.Text
    as_of: fields.PartialDay


class CommitmentEntry(Section):
    """A contract with a vendor of tokens, in the plan's currency: spend that was promised, or a credit that expires."""

    name: fields.Label
    provider: fields.Label
    """As the price list names it."""
    kind: Literal["spend", "credit"]
    amount: fields.NonNegative
    """Spend a month, or all of a credit."""
    settled: Literal["month", "end"] = "month"
    from_date: fields.Day | None = None
    until: fields.Day | None = None
    source: fields.Text
    as_of: fields.PartialDay

    @model_validator(mode="after")
    def _in_order(self) -> CommitmentEntry:
        if self.from_date is not None and self.until is not None and self.until <= self.from_date:
            raise ValueError(f"until after from_date, not {self.until}")
        return self


class EvidenceEntry(Section):
    """A file that was read into this plan: what it was and what it said, never its contents."""

    kind: Literal["usage", "evals", "benchmark"]
    file: fields.Name
    imported: fields.Day
    rows_read: fields.Whole
    rows_skipped: fields.Whole = 0
    skipped: dict[fields.Label, fields.Whole] = Field(default_factory=dict)
    """Rows without volume, by the reason."""
    zone: fields.Label | None = None
    """Whose days were counted."""
    missing_days: fields.Whole = 0
    """Days without a row between the first and the last."""
    first: fields.PartialDay | None = None
    last: fields.PartialDay | None = None
    summary: dict[fields.Label, float | str] = Field(default_factory=dict)


class MonthlyCost(Section):
    """Mean cost a month of each strategy, in the plan's currency; absent: not possible."""

    api_today: fields.NonNegative | None = None
    api_tuned: fields.NonNegative | None = None
    hosted_open: fields.NonNegative | None = None
    dedicated: fields.NonNegative | None = None
    self_host: fields.NonNegative | None = None
    hybrid: fields.NonNegative | None = None


class Result(Section):
    """What the planner said when the plan was last saved."""

    priced_on: fields.Day
    """Day of the prices: that of the first save, or of the last re-pricing."""
    recommendation: specs.Recommendation
    headline: fields.Text = ""
    yes_count: Annotated[int, Field(ge=0, le=6)]
    monthly_cost: MonthlyCost


MOST_PAIRS: Final = 30_000
"""Workloads times prices of a plan's own, or their tiers: a second and 300 MB."""


class Plan(Section):
    """A saved plan: the answers, what was fixed by hand, what it was priced with and what came out."""

    schema_version: Annotated[int, Field(alias="schema")] = SCHEMA_VERSION
    name: fields.Label
    description: fields.Text = ""
    created: fields.Day
    currency: fields.Currency = "EUR"
    vat_not_reclaimed_fraction: fields.Fraction = 0.0
    """VAT on everything bought from outside that nobody gives back, such as a hospital's, an insurer's or an agency's:
    0.19 in Germany, less where a part is reclaimed. Prices are without it; salaries carry none."""
    volume: Volume = Volume()
    workload: Annotated[
        tuple[WorkloadEntry, ...], fields.as_tuple, Field(min_length=1, max_length=500), fields.each_once("name")
    ]
    quality: Quality = Quality()
    fine_tuning: FineTuning = FineTuning()
    operations: Operations = Operations()
    residency: ResidencyRule = ResidencyRule()
    rebenchmark: Rebenchmark = Rebenchmark()
    choice: ChoicePins = ChoicePins()
    objectives: Objectives = Objectives()
    assumptions: Annotated[dict[fields.Label, fields.Estimate], fields.within_bounds] = Field(default_factory=dict)
    prices: Prices = Prices()
    offer: OfferPrice | None = None
    benchmark: Annotated[tuple[BenchmarkEntry, ...], fields.as_tuple, Field(max_length=500)] = ()
    commitment: Annotated[
        tuple[CommitmentEntry, ...], fields.as_tuple, Field(max_length=100), fields.each_once("name")
    ] = ()
    evidence: Annotated[tuple[EvidenceEntry, ...], fields.as_tuple] = ()
    result: Result | None = None

    @model_validator(mode="after")
    def _can_be_priced(self) -> Plan:
        """Every workload is priced on every endpoint: what a plan adds to the catalogue's may not grow without end."""
        work, own = len(self.workload), self.prices.api
        most, tiers = MOST_PAIRS // work, sum(len(price.tiers) for price in own)
        if len(own) > most:
            raise ValueError(f"at most {most} [[prices.api]] beside {work} workloads, found {len(own)}")
        if tiers * work > MOST_PAIRS:
            raise ValueError(f"at most {most} tiers of prices beside {work} workloads, found {tiers}")
        return self
