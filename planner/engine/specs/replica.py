"""Values of the sizing stages: one replica's layout, whether it fits, how fast it is."""

from __future__ import annotations

from typing import Final, Literal

from planner.engine.names import START_GROUNDS, CaveatKind, Ground
from planner.engine.specs.catalog import Gpu, Measurement, Model, ServingEngine
from planner.engine.specs.inputs import Range
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no: the rule behind it and the figures it was decided on. `words.refusals` makes the sentence."""

    ground: Ground
    figures: tuple[object, ...] = ()
    """What the rule compared, names and numbers, in the order in which `planner.words` tells them."""
    workload: str = ""
    """The work it is about; empty where it is about none in particular."""
    must_run_here: bool = False
    """No endpoint may take that work, or the user sent it to own GPUs."""


@dataclass(frozen=True, slots=True)
class Caveat:
    """What a reader should know about a replica that can be built, with its figures."""

    kind: CaveatKind
    figures: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """One replica: a model in one format on `tensor_parallel * pipeline_parallel` GPUs of one kind."""

    model: Model
    weights: str
    """Key of `memory.WEIGHT_FORMATS`: bf16, fp8, int8, awq, gptq, nvfp4, mxfp4, q4_k_m, q8_0."""
    kv: str
    """KV cache dtype: "fp16" or "fp8"."""
    gpu: Gpu
    engine: ServingEngine
    tensor_parallel: int = 1
    pipeline_parallel: int = 1
    decode_context_parallel: int = 1

    @property
    def gpus_per_replica(self) -> int:
        return self.tensor_parallel * self.pipeline_parallel

    @property
    def writes(self) -> bool:
        """False for embeddings: no output tokens, hence no TPOT, and their speed is that of their input."""
        return not self.model.is_embedding


LORA_RANK: Final = 16
"""What vLLM and SGLang keep room for where nothing is said."""


@dataclass(frozen=True, slots=True)
class ServingSettings:
    """Knobs of the engine. None: the engine's or the catalogue's default."""

    gpu_memory_utilization: float | None = None
    max_num_batched_tokens: int | None = None
    max_num_seqs: int | None = None
    lora_adapters: int = 0
    lora_rank: int = LORA_RANK
    cuda_graphs: bool = True


@dataclass(frozen=True, slots=True)
class RequestShape:
    """Mean request: prompt and generated tokens, share of the prompt found in the prefix cache, longest context."""

    input_tokens: float
    output_tokens: float
    cached_input_fraction: float = 0.0
    max_context: int | None = None
    """Longest prompt plus output that must fit; None: input + output."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """One change that lets a replica fit: another replica, shorter requests, or a GPU with more memory."""

    kind: Literal["replica", "max_context", "shorter", "gpu", "flags"]
    replica: Deployment | None = None
    """As it would be; what differs from the one that does not fit is the change."""
    weights_gib: float = 0.0
    """On each GPU of that replica."""
    context_tokens: int = 0
    """What the model takes at most, or what the memory would hold."""
    yarn_tokens: int | None = None
    """What the model takes with YaRN, as its card documents."""
    gpu_gib: float = 0.0
    max_num_seqs: int = 0
    """With "flags": sequences at once with which the engine starts."""
    cuda_graphs: bool = True


@dataclass(frozen=True, slots=True)
class VramGib:
    """Memory of one GPU in GiB: total = what the runtime reports; usable = total x memory fraction."""

    total: float
    usable: float
    weights: float
    kv: float
    overhead: float
    free: float
    """Usable minus weights, overhead and the KV cache of the mean load at the operating point; >= 0 when it fits."""


@dataclass(frozen=True, slots=True)
class MemoryFit:
    """Whether one replica fits, with how much KV cache, and otherwise by how much it misses."""

    vram_gib: VramGib
    kv_tokens: int
    """KV-cache capacity of the replica in tokens, as the engine prints it."""
    max_concurrency: float
    """Mean sequences that fit the KV cache at once."""
    short_by_gib: float
    """Per GPU; 0 when it fits."""
    refusal: Refusal | None
    remedies: tuple[Remedy, ...]
    """What would make it fit, best first."""
    kv_pool_gib: float = 0.0
    """Of each GPU."""
    longest_concurrency: float = 0.0
    """Requests of the longest context that fit at once while their prompts are read, as vLLM prints it."""
    max_num_seqs: int = 0
    """Sequences that the engine runs at once at most."""
    max_num_batched_tokens: int = 0
    memory_fraction: float = 0.0
    """Both as asked, else the defaults of the engine's release on that card."""

    @property
    def fits(self) -> bool:
        return self.refusal is None

    @property
    def starts(self) -> bool:
        """False where the engine does not run there at all, whether the memory would hold it or not."""
        return self.refusal is None or self.refusal.ground not in START_GROUNDS


@dataclass(frozen=True, slots=True)
class StepTerms:
    """Terms of one decode step at the operating point, in ms, so that a reader can redo the sum."""

    weights_read_ms: float
    kv_read_ms: float
    compute_ms: float
    communication_ms: float
    overhead_ms: float
    prefill_share_ms: float
    """Mean interruption of a decode step by other requests' prefill (chunked)."""
    step_ms: float
    prefill_ms: float
    """Prefill of one request, queue-free."""


@dataclass(frozen=True, slots=True)
class StepInputs:
    """What one decode step reads and computes on each GPU, and the fitted share of the maker's peak it reaches."""

    weights_gb: float
    """10**9 bytes; of a mixture only the experts that the batch touches."""
    kv_gb: float
    tflop: float
    """10**12 operations, attention left out."""
    bandwidth_gb_s: float
    peak_tflops: float
    """Dense, in the arithmetic the kernels really use for these weights on this GPU."""
    weight_bandwidth_efficiency: float
    kv_bandwidth_efficiency: float
    compute_efficiency: float
    sharpness: float
    """p of (reads^p + compute^p)^(1/p), the rounded larger of the two."""


@dataclass(frozen=True, slots=True)
class Performance:
    """Speed of one replica at one concurrency, each as the nominal 80 % interval."""

    concurrency: float
    output_tok_s: Range
    total_tok_s: Range
    requests_s: Range
    ttft_ms: Range
    """Queue-free time to first token."""
    tpot_ms: Range
    single_stream_tok_s: Range
    prefill_s_per_token: float
    """Replica-seconds one uncached prompt token costs at the operating point (mid)."""
    decode_s_per_token: float
    """Replica-seconds one generated token costs at the operating point (mid)."""
    spread: Range
    """Throughput interval as factors of mid: (low / mid, 1, high / mid)."""
    terms: StepTerms
    bound_by: str
    """"memory bandwidth", "compute", "communication", "KV cache", "TPOT objective" or "TTFT objective"."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A public measurement near a prediction, with what we would have predicted for it."""

    measurement: Measurement
    predicted: float
    ratio: float
    """predicted / measured."""
    model: str = ""
    """The measured model by its name, where the catalogue has that very one; else as its publisher wrote it."""


@dataclass(frozen=True, slots=True)
class OwnLevel:
    """What measurements of the user's own made of the prediction."""

    as_of: str
    """Date of the newest, as the file states it."""
    rows: int
    """Of this set-up: model, GPUs, engine and precision."""
    other_rows: int
    """Of other models, or other numbers of GPUs, with the same engine and precision on such GPUs."""
    factor: Range
    """Output per second at this load over what the fit alone predicts, with its nominal 80 % interval."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """Answer of `planner size`: memory, speed and evidence of one deployment."""

    deployment: Deployment
    shape: RequestShape
    memory: MemoryFit
    performance: Performance | None
    """None when it does not fit."""
    evidence: tuple[Evidence, ...]
    caveats: tuple[Caveat, ...]
    step_inputs: StepInputs | None = None
    """What the terms of the step were computed from."""
    measured: OwnLevel | None = None
    """Where measurements of the user's own set the level."""
