"""What can be bought and what it costs, as the catalogue has it: rents, APIs, purchases, each with source and date.

Catalogue facts as the engine sees them: each record carries where it comes from and when. A field's default is what an
absent key of the catalogue's TOML stands for; `Positive`, `Count` and `Signed` say which numbers a file may give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Annotated, Literal

from planner.engine.names import Level
from planner.engine.specs.calibration import Calibration
from planner.engine.specs.parts import CacheLayers, GroupBytes, ParameterGroups
from planner.engine.units import GB, HOURS_PER_DAY, HOURS_PER_WEEK
from planner.records import dataclass

Positive = Annotated[float, "above 0"]
Count = Annotated[int, "above 0"]
Signed = Annotated[float, "signed"]
"""Numbers of a catalogue file: elsewhere zero is allowed, and a negative number is a mistake."""

TokenizerFactor = Annotated[float, (0.2, 5)]
"""Of one text no tokenizer in use makes five times the tokens of another."""

Market = Literal["production", "marketplace", "community", "spot", "serverless", "dedicated", "historical"]
"""`dedicated`: an endpoint of one's own on GPUs that a host runs, engine and all, billed while it is up."""
Period = Literal["hour", "month", "year"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a number was read and when. `as_of` is an ISO date, or only its first 4 or 7 characters."""

    source: str
    as_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A rental product. `price` is for the whole product and period, in its own currency, without VAT."""

    id: str
    provider: str
    product: str
    gpu_id: str
    gpu_count: Count
    price: float
    currency: str
    per: Period
    commitment: str
    """"on-demand", "monthly", "reserved-1y", "spot", "serverless"."""
    market: Market
    region: str
    """As the source says."""
    in_eu: bool = False
    """True only where the source names an EU location."""
    setup_fee: float = 0.0
    monthly_extra: float = 0.0
    """Unavoidable extras such as an IPv4 address, per month, in the offer's currency."""
    already_paid: bool = False
    """A machine of one's own that is paid: of what it costs only power, hosting, spares and `price` are left."""
    available: int | None = None
    """How many of the product there are; None: as many as wanted."""
    notes: str = ""
    citation: Citation
    most_gpus: Count | None = None
    """Of a dedicated endpoint: GPUs that one replica may have at so many times the price; None: `gpu_count`."""
    billed_by: Literal["hour", "minute", "second"] = "hour"
    scales_to_zero: bool = False
    """Of a dedicated endpoint: it can be down, unpaid, in hours without work."""
    own_weights: bool = False
    """Of a dedicated endpoint: it takes any weights that its engine runs."""
    native_weights_only: bool = False
    """Of a dedicated endpoint: it runs no quantised weights but the maker's own."""
    most_adapters: Count | None = None
    """LoRA adapters that one dedicated endpoint holds; None: no limit is stated."""

    @property
    def is_current(self) -> bool:
        return self.market != "historical"

    @property
    def is_production(self) -> bool:
        """Capacity one can plan on: not spot, marketplace, community, serverless or historical."""
        return self.market == "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokenizer:
    """How many tokens models make of a text, against OpenAI's o200k, by kind of text."""

    id: str
    label: str
    models: tuple[str, ...]
    """Shapes of a model's own name, as `fnmatch` reads them."""
    prose: TokenizerFactor
    german: TokenizerFactor
    russian: TokenizerFactor
    japanese: TokenizerFactor
    chinese: TokenizerFactor
    code: TokenizerFactor
    json: TokenizerFactor
    tables: TokenizerFactor
    logs: TokenizerFactor
    low: Positive
    """Least and most that a text of the kind may need of the figure."""
    high: Positive
    citation: Citation


Points = Annotated[float, (0, 100)]
"""Of a composite of public results, about 37 to 82."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One published figure of how good a model is at text, under the id of its model or of its closed API model."""

    id: str
    composite: Points
    error: Points
    """As its source states it; less than 3 points between two models say nothing in any case."""
    results: Count
    """Public results that are combined in it."""
    reported_by: str
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelStart:
    """The least composite of a level, `id`."""

    id: str
    from_composite: Points
    why: str
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """What a model, or the endpoint of a closed one, was made for beside text: only what its maker or a host states."""

    id: str
    fill_in_middle: bool
    """Completes code between what stands before and after."""
    citation: Citation


Thinks = Literal["", "never", "off", "on", "always", "settable"]
"""Whether a model thinks before it answers: off or on unless told otherwise, or settable with a default that is not
known; empty: nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """Models that think alike, by the shapes of their names."""

    id: str
    thinks: Thinks
    models: tuple[str, ...]
    """Shapes of a model's own name, as `fnmatch` reads them."""
    citation: Citation


@dataclass(frozen=True, slots=True)
class PriceTier:
    """Prices of the whole request once its prompt exceeds `above_input_tokens`. USD per 1M tokens; None = unchanged."""

    above_input_tokens: Count
    input_usd_per_mtok: float | None = None
    output_usd_per_mtok: float | None = None
    cache_read_usd_per_mtok: float | None = None
    cache_write_usd_per_mtok: float | None = None


@dataclass(frozen=True, slots=True)
class PriceChange:
    """An announced price from a date on. USD per 1M tokens; None = unchanged."""

    from_date: str
    input_usd_per_mtok: float | None = None
    output_usd_per_mtok: float | None = None
    cache_read_usd_per_mtok: float | None = None


HourOfDay = Annotated[float, (0, HOURS_PER_DAY)]


@dataclass(frozen=True, slots=True)
class PeakHours:
    """Hours of the day, in a time zone and on some days of the week, in which an endpoint costs `peak_factor` times."""

    from_hour: HourOfDay
    to_hour: HourOfDay
    weekdays: Literal["all", "mon-fri", "sat-sun"] = "all"
    time_zone: str = "UTC"

    @property
    def hours_per_week(self) -> float:
        return {"all": 7, "mon-fri": 5, "sat-sun": 2}[self.weekdays] * (self.to_hour - self.from_hour)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiModel:
    """A token-priced endpoint: a closed model, or an open model hosted by somebody (`hf_id` set). USD per 1M tokens."""

    id: str
    """Unique; the bare model id for first-party closed models ("claude-sonnet-4-6"), "provider/model" otherwise."""
    provider: str
    model_id: str
    hf_id: str | None = None
    name: str
    input_usd_per_mtok: float
    output_usd_per_mtok: float
    cache_read_usd_per_mtok: float | None = None
    cache_write_usd_per_mtok: float | None = None
    cache_write_1h_usd_per_mtok: float | None = None
    batch_discount_fraction: float | None = None
    """0.5 = half price in the batch tier; None = no batch tier known."""
    tokens_per_minute: Positive | None = None
    requests_per_minute: Positive | None = None
    """What it takes of one customer; None: not stated."""
    ttft_ms_p95: Positive | None = None
    tpot_ms: Positive | None = None
    """How fast it answers; None: not known."""
    context_window: Count | None = None
    max_output_tokens: Count | None = None
    status: Literal["active", "legacy", "retiring", "retired", "doubtful"] = "active"
    retires_on: str | None = None
    negotiated: bool = False
    """At a price of the plan's own, which its vendor may have tied to something."""
    in_eu: bool = False
    """True only where the source says the endpoint or its vendor is in the EU."""
    region: str = ""
    """Where requests stay, as the source names it ("eu", "us"); empty: anywhere, or not stated."""
    serves: str | None = None
    """Id of the record of the same closed model at its maker: level and tokenizer are stated there."""
    open_weights: bool = False
    """The maker publishes the weights, though the catalogue holds no model to size (no `hf_id`)."""
    is_embedding: bool = False
    level: Level | None = None
    level_basis: str = ""
    composite: Points | None = None
    """Of `Catalog.scores`, or as the record itself states it; None: no figure."""
    fill_in_middle: bool = False
    """Of `Catalog.skills`; what is not known of a model it is not counted on for."""
    thinks: Thinks = ""
    """Empty: by the shapes of `Catalog.thinking`, or not known."""
    tokenizer: str = ""
    """Of `Catalog.tokenizers`; "": by the shapes of its families, or none is known."""
    tokenizer_factor: TokenizerFactor = 1.0
    """Tokens this model makes of a text beyond what its tokenizer's family does."""
    tokenizer_factor_low: TokenizerFactor | None = None
    tokenizer_factor_high: TokenizerFactor | None = None
    """By what the text is; None: no range is stated."""
    tiers: tuple[PriceTier, ...] = ()
    changes: tuple[PriceChange, ...] = ()
    tier_notes: str = ""
    aliases: tuple[str, ...] = ()
    citation: Citation
    peak_hours_per_week: Annotated[float, (0, HOURS_PER_WEEK)] = 0.0
    """Hours of the week in which every price is `peak_factor` times the one stated here."""
    peak_factor: Positive = 1.0
    peak_hours: tuple[PeakHours, ...] = ()
    """When those hours are, where a source says so."""

    @property
    def is_hosted_open(self) -> bool:
        return self.hf_id is not None or self.open_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterHost:
    """An endpoint that serves one's own LoRA adapters of its model by the token, at the price of the model itself.

    Under the id of the endpoint.
    """

    id: str
    largest_rank: Count | None = None
    most_adapters: Count | None = None
    """Of one customer at a time; None: no limit is stated."""
    notes: str = ""
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What a card or a whole server costs to buy. `price` is for the whole item, in its own currency."""

    id: str
    label: str
    gpu_id: str
    gpu_count: Count
    whole_server: bool = False
    price: Positive
    currency: str
    includes_vat: bool = False
    notes: str = ""
    citation: Citation


CommercialUse = Literal["yes", "conditions", "no"]


@dataclass(frozen=True, slots=True)
class MemorySize:
    """Another size that a card or chip is sold with under the same name, and what changes with it."""

    memory_gb: Positive
    memory_gib_usable: Positive
    memory_usable_assumed: bool = False
    bandwidth_gb_s: Positive | None = None
    """None: as of the record it belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One card or chip. Compute is dense (no sparsity); None means not known, never zero."""

    id: str
    name: str
    vendor: str
    architecture: str
    memory_gb: Positive | None = None
    memory_gib_usable: Positive
    """What the driver shows, in GiB (2**30), before any engine's memory fraction.

    A card of unknown memory has no record: nothing could be placed on it.
    """
    memory_usable_assumed: bool = False
    """True where `memory_gib_usable` is a rule (94 % for GDDR with ECC, 99 % for HBM), not a reading."""
    runtime_memory_gib: Positive | None = None
    """What CUDA, HIP or Metal reports as the total, in GiB: less than the driver shows. None: nobody has read it."""
    sizes: tuple[MemorySize, ...] = ()
    """Other memory sizes it is sold with; the record's own is the largest."""
    bandwidth_gb_s: Positive
    dense_bf16_tflops: Positive | None = None
    dense_fp8_tflops: Positive | None = None
    dense_int8_tops: Positive | None = None
    dense_fp4_tflops: Positive | None = None
    interconnect: str
    link: Literal["nvlink", "nvlink-bridge", "infinity-fabric", "pcie", "unified", "other"]
    link_gb_s: Positive | None = None
    """Total GPU-to-GPU bandwidth of one GPU, both directions, as the maker states it; None if not known."""
    tdp_w: Positive | None = None
    form_factor: str = ""
    compute_capability: str = ""
    """CUDA compute capability such as "8.9", an AMD gfx name, or empty."""
    aliases: tuple[str, ...] = ()
    notes: str = ""
    citation: Citation

    @property
    def is_desktop(self) -> bool:
        """A desktop or laptop computer of its own, without the makings of a server."""
        return self.link == "unified"

    @property
    def is_geforce(self) -> bool:
        """A card whose driver licence excludes data centres."""
        return self.name.startswith("GeForce")

    @property
    def memory_is_assumed(self) -> bool:
        """Nobody has read what a driver or a runtime shows of its memory."""
        return self.memory_usable_assumed and self.runtime_memory_gib is None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A published set of weights: `format` is a name that `formats.weight_format` knows, `repo` a Hugging Face id.

    Its bytes are *published* (`file_gb`), *described* (`layout`) or left to the rule of the format.
    """

    format: str
    repo: str
    file_gb: Positive | None = None
    """10**9 bytes of all tensors of the weight files, as its maker or somebody who looked at the files states them."""
    draft_gb: float = 0.0
    """Of `file_gb`, layers that predict further tokens: not loaded without speculation."""
    stated_by: str = ""
    """Where `file_gb` was read, with the precision of the figure where it is rounded."""
    stated_on: str = ""
    """ISO date of that."""
    layout: GroupBytes | None = None
    """As the quantiser's own file describes it."""
    described_by: str = ""
    """The file that `layout` was read from, and when."""
    kv: str = ""
    """KV-cache dtype the checkpoint asks for; empty: none."""

    @property
    def loaded_bytes(self) -> float | None:
        """Published bytes that a server without speculation holds."""
        return None if self.file_gb is None else (self.file_gb - self.draft_gb) * GB


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """An open-weight model: all that VRAM and throughput need, and what its licence allows."""

    id: str
    """Hugging Face id."""
    name: str
    family: str = ""
    release: str = ""
    licence: str
    commercial_use: CommercialUse
    commercial_conditions: str = ""
    eu_allowed: bool = True
    total_params_b: Positive
    active_params_b: Positive
    embedding_params_b: float
    """Input embedding plus lm_head (once when tied), in 10**9: kept at 16 bit in most 4-bit and FP8 files."""
    vision_params_b: float = 0.0
    layers: Count
    hidden_size: Count
    attention_heads: Count
    kv_heads: Count | None = None
    """None for MLA and for encoders."""
    head_dim: Count | None = None
    attention_kind: str
    is_mla: bool = False
    full_attention_layers: int
    sliding_window: Count | None = None
    kv_bytes_per_token_fp16: float
    """All layers, K and V, 2 bytes a value, inside the window."""
    kv_bytes_per_token_beyond_window_fp16: float
    """What one more token costs once sliding-window layers are full."""
    fixed_state_bytes_per_sequence: float = 0.0
    """Window buffers or linear-attention state, paid once for each running sequence."""
    kv_known: bool = True
    """False where the KV size of the model was not published; such a model is never sized."""
    vocab_size: Count
    max_context: Count
    tied_embeddings: bool = False
    moe_experts: Count | None = None
    moe_active_experts: Count | None = None
    intermediate_size: Count | None = None
    moe_intermediate_size: Count | None = None
    modality: str
    """"text", "text+image", "text+image+video", "text+image+audio" or "embedding"."""
    native_format: str
    """Format of the maker's own checkpoint: "bf16" mostly, "fp8" for DeepSeek V3, "mxfp4" for gpt-oss."""
    checkpoints: tuple[Checkpoint, ...]
    gated: bool = False
    level: Level | None = None
    """As `composite` says, else as stated; None where nothing supports one."""
    level_basis: str = ""
    composite: Points | None = None
    """Of `Catalog.scores`, or as the record itself states it; None: no figure."""
    fill_in_middle: bool = False
    """Of `Catalog.skills`; what is not known of a model it is not counted on for."""
    thinks: Thinks = ""
    """Empty: by the shapes of `Catalog.thinking`, or not known."""
    tokenizer: str = ""
    """Of `Catalog.tokenizers`; "": by the shapes of its families, or none is known."""
    tokenizer_factor: TokenizerFactor = 1.0
    """Tokens this model makes of a text beyond what its tokenizer's family does."""
    aliases: tuple[str, ...] = ()
    notes: str = ""
    citation: Citation
    rotary_positions: Count | None = None
    """Rows of the rotary tables; None: `max_context`. Linear scaling multiplies them (Gemma 3: 9 x 131,072)."""
    vision_hidden_size: Count | None = None
    vision_intermediate_size: Count | None = None
    vision_patches_per_token: Positive | None = None
    """Patches the vision encoder works on for each image token the language model sees."""
    vision_largest_image_tokens: int = 0
    """Tokens of the largest image it takes, which an engine encodes whole while it measures its memory."""
    unexplained_gib: float = 0.0
    """Memory on each GPU that a public start of vLLM took beyond the sum: read from one log, counted everywhere."""
    cache: tuple[CacheLayers, ...] = ()
    """What its layers keep of a sequence, by kind; empty: as the sums above say, all attention layers alike."""
    parameters: ParameterGroups | None = None
    """None: as the shapes above tell."""
    same_as: tuple[str, ...] = ()
    """Other releases with its shape, native format and context: what is sized for it holds for them."""
    yarn_context: Count | None = None
    """Tokens that its card documents with YaRN, where the published config leaves that off."""

    @property
    def is_embedding(self) -> bool:
        return self.modality == "embedding"

    @property
    def sees_images(self) -> bool:
        return "image" in self.modality


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingEngine:
    """vLLM, SGLang, ... `production_ready` False means development or small scale only."""

    id: str
    name: str
    version: str
    licence: str
    status: str
    production_ready: bool
    continuous_batching: bool
    prefix_caching: bool
    default_memory_fraction: Positive | None = None
    default_max_num_seqs: Count | None = None
    formats: tuple[str, ...] = ()
    """Weight formats it serves, keys of `memory.WEIGHT_FORMATS`."""
    vendors: tuple[str, ...] = ()
    """GPU vendors it runs on."""
    min_compute_capability: float = 0.0
    """CUDA compute capability below which this release does not start, whatever the model; 0 where none is stated."""
    amd_architectures: tuple[str, ...] = ()
    """Those of AMD's that this release supports; empty where they are not stated."""
    notes: str = ""
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A default that a plan may change: low / mid / high, its unit, and why.

    Its range is drawn, unless `not_drawn` says why it is not.
    """

    id: str
    label: str
    group: str
    mid: Signed
    low: Signed
    high: Signed
    unit: str
    why: str
    not_drawn: str = ""
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A published measurement: scored against a prediction, or shown beside one. None of it was measured by us.

    A field is None where the cell of the file is empty.
    """

    id: str
    source_kind: str = ""
    """What sort of source it is, as the file says; `TUNED_SOURCES` of measured/row.py are makers' and competitions'."""
    source: str = ""
    url: str = ""
    date: str = ""
    model: str
    total_params_b: float | None = None
    active_params_b: float | None = None
    """That of the whole model where only the total is stated."""
    gpu: str
    gpu_mem_gb: float | None = None
    gpus_total: int
    tp: int | None = None
    pp: int | None = None
    engine: str = ""
    engine_version: str = ""
    weights: str = ""
    kv: str = ""
    isl: float | None = None
    osl: float | None = None
    concurrency: float | None = None
    metric: str
    value: float
    notes: str = ""

    @property
    def citation(self) -> Citation:
        """Where it was read, with the address where one is known."""
        return Citation(f"{self.source} ({self.url})" if self.url else self.source, self.date)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named hour-of-week preset with what it rests on."""

    id: str
    label: str
    weights: tuple[float, ...]
    """168 weights from Monday 00:00, mean 1."""
    peak_to_mean: float
    day_noise_cv: float
    """Coefficient of variation of daily volume around the shape."""
    why: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every fact the engine may use, by id. Money stays in each record's own currency."""

    gpus: Mapping[str, Gpu]
    models: Mapping[str, Model]
    offers: Mapping[str, Offer]
    apis: Mapping[str, ApiModel]
    engines: Mapping[str, ServingEngine]
    assumptions: Mapping[str, Assumption]
    usd_per: Mapping[str, float]
    """USD for one unit of a currency: {"USD": 1.0, "EUR": 1.1172, ...}."""
    fx_citation: Citation
    profiles: Mapping[str, Profile] = field(default_factory=lambda: MappingProxyType({}))
    measurements: tuple[Measurement, ...] = ()
    calibration: Calibration | None = None
    """Fitted constants of the throughput model; None: nothing can be predicted."""
    purchases: Mapping[str, Purchase] = field(default_factory=lambda: MappingProxyType({}))
    tokenizers: Mapping[str, Tokenizer] = field(default_factory=lambda: MappingProxyType({}))
    scores: Mapping[str, Score] = field(default_factory=lambda: MappingProxyType({}))
    levels: Mapping[str, LevelStart] = field(default_factory=lambda: MappingProxyType({}))
    skills: Mapping[str, Skill] = field(default_factory=lambda: MappingProxyType({}))
    thinking: Mapping[str, Thinking] = field(default_factory=lambda: MappingProxyType({}))
    adapters: Mapping[str, AdapterHost] = field(default_factory=lambda: MappingProxyType({}))

    def name_of(self, id: str) -> str:
        """An endpoint, model or GPU as people say it; what is not here by its id, which is all that is known of it."""
        found = self.apis.get(id) or self.models.get(id) or self.gpus.get(id)
        return id if found is None else found.name

    def is_open(self, id: str) -> bool:
        """Whether an id is that of an open model, or of an endpoint that hosts one."""
        return id in self.models or (id in self.apis and self.apis[id].is_hosted_open)
