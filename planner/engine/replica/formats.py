"""Weight and KV-cache formats: real bytes for each parameter, group scales included, and what stays at 16 bit.

Bytes are those of the tensors as a server holds them. Embeddings, lm_head and the vision tower keep 16 bit in most
quantised checkpoints, so they are counted apart. Sources: the formats' own definitions (compressed-tensors, AWQ and
GPTQ with group size 128, OCP MXFP4 with blocks of 32, NVFP4 with blocks of 16); GGUF mixes from published file sizes.

Whether a serving engine has kernels for a weight format and a KV dtype on a GPU; weight-only kernels count.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Literal

from planner.engine.specs import Gpu, Refusal, ServingEngine
from planner.engine.specs.calibration import engine_family
from planner.records import dataclass

ComputeClass = Literal["bf16", "fp8", "int8", "fp4"]
COMPUTE_CLASSES: tuple[ComputeClass, ...] = ("bf16", "fp8", "int8", "fp4")
BYTES_16_BIT = 2.0


@dataclass(frozen=True, slots=True)
class WeightFormat:
    """One way to store weights. `*_bytes` are bytes a parameter, scales and zero points included."""

    id: str
    label: str
    bits: float
    """Nominal bits a weight, without scales."""
    linear_bytes: float
    """Attention and feed-forward matrices. A vision tower keeps its 16 bit in every format."""
    compute: ComputeClass = "bf16"
    """Arithmetic the matrices are multiplied in, where the GPU has it; "bf16" for weight-only formats."""
    min_compute_capability: float = 0.0
    """Below this CUDA compute capability the format saves memory but not compute (weight-only kernels)."""
    embedding_bytes: float = BYTES_16_BIT
    """Input embedding and lm_head."""
    only_experts_bytes: float | None = None
    """Routed experts, where nothing but them is quantised (MXFP4)."""
    expert_multiples: tuple[int, int] = (1, 1)
    """Kernels pad expert matrices to multiples of this hidden and this intermediate size when they load them."""

    @property
    def expert_bytes(self) -> float:
        """Routed experts: as the other matrices, or their own."""
        return self.linear_bytes if self.only_experts_bytes is None else self.only_experts_bytes


_FORMATS = (
    WeightFormat("fp32", "FP32", 32, 4.0, embedding_bytes=4.0),
    WeightFormat("bf16", "BF16", 16, 2.0),
    WeightFormat("fp8", "FP8", 8, 1.0 + 4 / 128**2, compute="fp8", min_compute_capability=8.9),
    WeightFormat("int8", "INT8", 8, 1.0 + 2 / 4096, compute="int8", min_compute_capability=7.5),
    WeightFormat("awq", "AWQ 4-bit", 4, 0.5 + 2 / 128 + 0.5 / 128),
    WeightFormat("gptq", "GPTQ 4-bit", 4, 0.5 + 2 / 128 + 0.5 / 128),
    WeightFormat("int4", "INT4", 4, 0.5 + 2 / 128),
    WeightFormat("nvfp4", "NVFP4", 4, 0.5 + 1 / 16, compute="fp4", min_compute_capability=10.0),
    WeightFormat("mxfp4", "MXFP4", 4, 2.0, only_experts_bytes=0.5 + 1 / 32, expert_multiples=(256, 128)),
    WeightFormat("q4_k_m", "GGUF Q4_K_M", 4, 0.601, embedding_bytes=0.691),
    WeightFormat("q8_0", "GGUF Q8_0", 8, 34 / 32, embedding_bytes=34 / 32),
)
WEIGHT_FORMATS: Mapping[str, WeightFormat] = {f.id: f for f in _FORMATS}
"""Every format `Deployment.weights` may name.

Q4_K_M: matrices mix Q4_K (4.5 bit) and Q6_K (6.5625 bit): 4.81 bit on average over the published 8B and 70B files; the
embedding is Q4_K and the head Q6_K. MXFP4 quantises the routed experts only; hidden size is padded to 256 and the
experts' intermediate size to 128 by the Marlin kernel, which the start-up logs of gpt-oss-20b confirm (13.72 GiB).
"""

FORMAT_ALIASES: Mapping[str, str] = {
    "fp16": "bf16",
    "float16": "bf16",
    "bfloat16": "bf16",
    "fp4": "nvfp4",
    "w4a16": "int4",
    "w8a8": "int8",
    "q4_k": "q4_k_m",
    "q8": "q8_0",
}

KV_VALUE_BYTES: Mapping[str, float] = {
    "fp32": 4.0,
    "fp16": 2.0,
    "fp8": 1.0,
    "int8": 1.0 + 2 / 128,
    "nvfp4": 0.5 + 1 / 16,
    "q8_0": 34 / 32,
    "q5_1": 24 / 32,
    "q5_0": 22 / 32,
    "q4_1": 20 / 32,
    "q4_0": 18 / 32,
    "iq4_nl": 18 / 32,
}
"""Bytes of one cached value, scales included: FP8 keeps one a tensor, which weighs nothing, INT8 one of 16 bit for each
token and head of 128, NVFP4 one of 8 bit for each 16, llama.cpp's types theirs for each block of 32 (ggml-common.h)."""
KV_ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("auto", "bf16", "bfloat16", "float16", "f16", "16bit"), "fp16"),
    **dict.fromkeys(("f32", "float32"), "fp32"),
    **dict.fromkeys(("fp8_e4m3", "fp8_e5m2", "fp8_inc"), "fp8"),
    **dict.fromkeys(("int8_per_token_head", "w8"), "int8"),
    "nvfp4_4over6": "nvfp4",
}
_ON_GPU = ("fp16", "fp32", "fp8", "int8", "nvfp4")
_LLAMA_CPP = ("fp16", "fp32", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl")
KV_OF_ENGINES: Mapping[str, tuple[str, ...]] = {
    "vllm": _ON_GPU,
    "sglang": ("fp16", "fp8", "nvfp4"),
    "tensorrt-llm": ("fp16", "fp8", "int8", "nvfp4"),
    "tgi": ("fp16", "fp8"),
    "llama.cpp": _LLAMA_CPP,
    "mlx": ("fp16", "q8_0", "q4_0"),
}
"""Caches that each family of engines keeps; a family that is not listed may keep any."""


def weight_format(name: str) -> WeightFormat:
    """The format called `name` or known under that alias; KeyError names the valid ones."""
    key = name.lower()
    found = WEIGHT_FORMATS.get(FORMAT_ALIASES.get(key, key))
    if found is None:
        raise KeyError(f"unknown weight format {name!r}; known: {', '.join(WEIGHT_FORMATS)}")
    return found


LEAST_CAPABILITY: Mapping[str, float] = {"fp8": 7.5, "awq": 7.5, "nvfp4": 7.5, "mxfp4": 8.0, "int8": 7.5}
"""NVIDIA compute capability from which vLLM runs a format at all (vLLM 0.33.0
model_executor/layers/quantization); other formats from `ANY_CAPABILITY` on."""
ANY_CAPABILITY = 6.0
_EVERY_FORMAT = ("llama", "ollama")
"""Engines that unpack every format of theirs on any card: what the table above says is vLLM's."""
FP8_ARITHMETIC = 8.9
"""First compute capability of NVIDIA that multiplies in FP8 and keeps an FP8 cache."""
AMD_WITH_FP8 = ("CDNA3", "CDNA4", "RDNA4")
"""gfx94, gfx95 and gfx12: where vLLM's platforms/rocm.py says that FP8 is supported."""


def start_problem(format_id: str, kv: str, gpu: Gpu, engine: ServingEngine) -> Refusal | None:
    """Why the engine does not start with these weights and this cache on this GPU, however much memory there is.

    None where it starts, and where a card's compute capability is not known. The one predicate of `size`, of its
    rankings and of the search.
    """
    if engine.formats and format_id not in engine.formats:
        return Refusal("format", (engine.name, format_id, engine.formats))
    if engine.vendors and gpu.vendor.casefold() not in {vendor.casefold() for vendor in engine.vendors}:
        return Refusal("vendor", (engine.name, gpu.vendor, engine.vendors))
    kept = KV_OF_ENGINES.get(engine_family(engine.id), tuple(KV_VALUE_BYTES))
    if kv not in kept:
        return Refusal("kv_dtype", (engine.name, kv, kept))
    if capability_of(gpu, inf) < engine.min_compute_capability:
        release, least = f"{engine.name} {engine.version}", engine.min_compute_capability
        return Refusal("engine_capability", (release, least, gpu.name, gpu.compute_capability))
    listed = engine.amd_architectures
    if listed and gpu.vendor == "AMD" and gpu.architecture and gpu.architecture not in listed:
        return Refusal("architecture", (f"{engine.name} {engine.version}", gpu.name, gpu.architecture))
    return weights_problem(format_id, gpu, engine) or (fp8_cache_problem(gpu) if kv == "fp8" else None)


def weights_problem(format_id: str, gpu: Gpu, engine: ServingEngine) -> Refusal | None:
    """Why weights of this format cannot be multiplied on it; None where they can."""
    label = weight_format(format_id).label
    if gpu.vendor.casefold() != "nvidia":
        missing = format_id == "nvfp4" or (format_id == "fp8" and gpu.vendor == "AMD" and not _multiplies_fp8(gpu))
        return Refusal("format_kernels", (label, gpu.name)) if missing else None
    if engine.id.startswith(_EVERY_FORMAT):
        return None
    least = LEAST_CAPABILITY.get(format_id, ANY_CAPABILITY)
    if capability_of(gpu, inf) >= least:
        return None
    return Refusal("capability", (label, least, gpu.name, gpu.compute_capability))


def fp8_cache_problem(gpu: Gpu) -> Refusal | None:
    """Why attention cannot read an FP8 KV cache on it; None where it can."""
    if _multiplies_fp8(gpu):
        return None
    if gpu.vendor.casefold() != "nvidia":
        return Refusal("vendor_fp8_cache", (gpu.name,))
    return Refusal("fp8_cache", (FP8_ARITHMETIC, gpu.name, gpu.compute_capability))


def _multiplies_fp8(gpu: Gpu) -> bool:
    """By NVIDIA's compute capability and AMD's architecture, where these are known; else by its stated FP8 rate."""
    if gpu.vendor.casefold() == "nvidia":
        return capability_of(gpu, inf) >= FP8_ARITHMETIC
    if gpu.vendor == "AMD" and gpu.architecture:
        return gpu.architecture in AMD_WITH_FP8
    return gpu.dense_fp8_tflops is not None


def capability_of(gpu: Gpu, unknown: float = 0.0) -> float:
    """NVIDIA's compute capability as a number; `unknown` where the maker has none."""
    try:
        return float(gpu.compute_capability)
    except ValueError:
        return unknown
