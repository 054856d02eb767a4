"""Weight and KV-cache formats: real bytes for each parameter, group scales included, and what stays at 16 bit.

Bytes are those of the tensors as a server holds them. Embeddings, lm_head and the vision tower keep 16 bit in most
quantised checkpoints, so they are counted apart. A format's own layout is the rule for a checkpoint of which nothing
else is known. Sources: the formats' own definitions (compressed-tensors, AWQ and GPTQ with group size 128, OCP MXFP4
and MXFP8 with blocks of 32, NVFP4 with blocks of 16, bitsandbytes with blocks of 64); `gguf` for llama.cpp.

Whether a serving engine has kernels for a weight format and a KV dtype on a GPU; weight-only kernels count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from math import inf
from typing import Any, Literal

from planner.engine.replica.gguf import DYNAMIC, MIXES, NARROW
from planner.engine.specs import Gpu, GroupBytes, Refusal, ServingEngine
from planner.engine.specs.calibration import engine_family
from planner.records import dataclass

ComputeClass = Literal["bf16", "fp8", "int8", "fp4"]
COMPUTE_CLASSES: tuple[ComputeClass, ...] = ("bf16", "fp8", "int8", "fp4")
BYTES_16_BIT = 2.0
ANY_CAPABILITY = 6.0
"""NVIDIA compute capability from which vLLM runs a format that asks for no more."""
BITSANDBYTES = "nf4"
"""An engine that serves this format of bitsandbytes serves its 8 bit too; vLLM 0.33 does with a plugin."""
GGUF = "q8_0"
"""An engine that serves this type of llama.cpp serves all of them."""


@dataclass(frozen=True, slots=True)
class WeightFormat:
    """One way to store weights."""

    id: str
    label: str
    bits: float
    """Nominal bits a weight, without scales."""
    layout: GroupBytes
    """Bytes a parameter where nothing is known of the checkpoint but its format."""
    compute: ComputeClass = "bf16"
    """Arithmetic the matrices are multiplied in, where the GPU has it; "bf16" for weight-only formats."""
    min_compute_capability: float = 0.0
    """Below this CUDA compute capability the format saves memory but not compute (weight-only kernels)."""
    least_capability: float = ANY_CAPABILITY
    """NVIDIA compute capability from which vLLM runs the format at all (0.33.0 model_executor/layers/quantization)."""
    expert_multiples: tuple[int, int] = (1, 1)
    """Kernels pad expert matrices to multiples of this hidden and this intermediate size when they load them."""
    like: str = ""
    """An engine that serves this other format serves this one too."""
    narrow: GroupBytes | None = None
    """`layout` of models whose feed-forward width llama.cpp's blocks of 256 do not divide."""

    @property
    def is_gguf(self) -> bool:
        """A file of llama.cpp, with the vision tower in another one."""
        return GGUF in (self.id, self.like)

    @property
    def linear_bytes(self) -> float:
        """Attention and feed-forward matrices of dense layers."""
        return self.layout.mlp

    @property
    def expert_bytes(self) -> float:
        """Routed experts."""
        return self.layout.experts

    @property
    def embedding_bytes(self) -> float:
        """Input embedding."""
        return self.layout.embedding


def every_linear(linear: float, experts: float | None = None) -> GroupBytes:
    """Every matrix of the layers at that many bytes a parameter (routed experts at their own), the rest at 16 bit."""
    routed = linear if experts is None else experts
    return GroupBytes(attention=linear, linear_attention=linear, mlp=linear, experts=routed, shared_experts=linear)


def every_group(width: float) -> GroupBytes:
    """The same bytes for every parameter of the text model, the vision tower left out."""
    return GroupBytes(*(width,) * 9, vision=0.0, draft=width)


def _served(id: str, label: str, bits: float, linear: float, experts: float | None = None, **more: Any) -> WeightFormat:
    return WeightFormat(id, label, bits, every_linear(linear, experts), **more)


def _gguf(id: str, mix: str) -> WeightFormat:
    layout = MIXES[mix]
    bits = 16.0 if layout.mlp == BYTES_16_BIT else float(next(filter(str.isdigit, mix)))
    return WeightFormat(id, f"GGUF {id.removeprefix('gguf-').upper()}", bits, layout, like=GGUF, narrow=NARROW.get(mix))


GROUP_128 = 0.5 + 2 / 128
"""Four bits, and a 16-bit scale for each 128 of them."""
_FORMATS = (
    WeightFormat("fp32", "FP32", 32, every_group(4.0)),
    _served("bf16", "BF16", 16, 2.0),
    _served("fp8", "FP8", 8, 1.0 + 4 / 128**2, compute="fp8", min_compute_capability=8.9, least_capability=7.5),
    _served(
        "mxfp8", "MXFP8", 8, 1 + 1 / 32, compute="fp8", min_compute_capability=10.0, least_capability=8.0, like="fp8"
    ),
    _served("int8", "INT8", 8, 1.0 + 2 / 4096, compute="int8", min_compute_capability=7.5, least_capability=7.5),
    _served("w8a16", "INT8 weight-only", 8, 1.0 + 2 / 4096, least_capability=7.5, like="int8"),
    _served("bnb-int8", "bitsandbytes INT8", 8, 1.0 + 4 / 4096, least_capability=7.0, like=BITSANDBYTES),
    _served("awq", "AWQ 4-bit", 4, GROUP_128 + 0.5 / 128, least_capability=7.5),
    _served("gptq", "GPTQ 4-bit", 4, GROUP_128 + 0.5 / 128),
    _served("int4", "INT4", 4, GROUP_128),
    _served("nf4", "bitsandbytes NF4", 4, 0.5 + 1 / 64 + 4 / (64 * 256), least_capability=7.0),
    _served("nvfp4", "NVFP4", 4, 0.5 + 1 / 16, compute="fp4", min_compute_capability=10.0, least_capability=7.5),
    _served("mxfp4", "MXFP4", 4, 2.0, 0.5 + 1 / 32, expert_multiples=(256, 128), least_capability=8.0),
    *(_gguf(id, id) for id in MIXES),
    *(_gguf(id, mix) for id, mix in DYNAMIC.items()),
)
WEIGHT_FORMATS: Mapping[str, WeightFormat] = {f.id: f for f in _FORMATS}
"""Every format `Deployment.weights` may name; `weight_format` also knows "4.85bpw".

MXFP4 quantises the routed experts only; hidden size is padded to 256 and the experts' intermediate size to 128 by the
Marlin kernel, which the start-up logs of gpt-oss-20b confirm (13.72 GiB). NF4 is counted with double quantisation.
"""

FORMAT_ALIASES: Mapping[str, str] = {
    "fp16": "bf16",
    "float16": "bf16",
    "bfloat16": "bf16",
    "fp4": "nvfp4",
    "w4a16": "int4",
    "w8a8": "int8",
    "bnb-4bit": "nf4",
    "bnb-8bit": "bnb-int8",
    "q3_k": "q3_k_m",
    "q4_k": "q4_k_m",
    "q5_k": "q5_k_m",
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
    **dict.fromkeys(("fp8_e4m3", "fp8_e5m2", "fp8_inc", "fp8_ds_mla"), "fp8"),
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


FEWEST_BITS, MOST_BITS = 1.0, 16.0


@cache
def weight_format(name: str) -> WeightFormat:
    """The format called `name`, known under that alias, or of so many bits a weight ("4.85bpw"); KeyError otherwise."""
    key = name.strip().lower()
    found = WEIGHT_FORMATS.get(FORMAT_ALIASES.get(key, key)) or _of_bits(key)
    if found is None:
        raise KeyError(f"unknown weight format {name!r}; known: {', '.join(WEIGHT_FORMATS)}")
    return found


_EVERY_FORMAT = ("llama", "ollama")
"""Engines that unpack every format of theirs on any card: `least_capability` is vLLM's."""


def is_weight_format(name: str) -> bool:
    """Whether `name` is the id of a format, aliases left out."""
    return name in WEIGHT_FORMATS or _of_bits(name) is not None


def _of_bits(key: str) -> WeightFormat | None:
    """A file of so many bits a weight over all it holds, which is what people know of GGUF and EXL files."""
    stated = re.fullmatch(r"([0-9]{1,2}(?:\.[0-9]{1,4})?) ?bpw", key)
    bits = float(stated[1]) if stated else 0.0
    if not FEWEST_BITS <= bits <= MOST_BITS:
        return None
    return WeightFormat(key.replace(" ", ""), key, bits, every_group(bits / 8), like=GGUF)


def serves(engine: ServingEngine, weights: str) -> bool:
    """Whether the engine takes such weights; one without a list of its own takes all."""
    return not engine.formats or weights in engine.formats or weight_format(weights).like in engine.formats


FP8_ARITHMETIC = 8.9
"""First compute capability of NVIDIA that multiplies in FP8."""
FP8_CACHE = 8.0
"""First one whose attention reads an FP8 cache, which it widens.

FlashInfer's floor in vLLM 0.27 (v1/attention/backends/flashinfer.py), and starts on an A100 (vllm-project/vllm#24577),
on 3090s and on an A6000 (noonghunna/club-3090#294 and #1047)."""
FP8_CACHE_OF_ENGINES: Mapping[str, float] = {"tensorrt-llm": FP8_ARITHMETIC}
"""Families whose kernels ask for more: TensorRT-LLM's support matrix has it from Ada on."""
AMD_WITH_FP8 = ("CDNA3", "CDNA4", "RDNA4")
"""gfx94, gfx95 and gfx12: where vLLM's platforms/rocm.py says that FP8 is supported."""


def start_problem(format_id: str, kv: str, gpu: Gpu, engine: ServingEngine) -> Refusal | None:
    """Why the engine does not start with these weights and this cache on this GPU, however much memory there is.

    None where it starts, and where a card's compute capability is not known. The one predicate of `size`, of its
    rankings and of the search.
    """
    if not serves(engine, format_id):
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
    return weights_problem(format_id, gpu, engine) or (fp8_cache_problem(gpu, engine) if kv == "fp8" else None)


def weights_problem(format_id: str, gpu: Gpu, engine: ServingEngine) -> Refusal | None:
    """Why weights of this format cannot be multiplied on it; None where they can."""
    label = weight_format(format_id).label
    if gpu.vendor.casefold() != "nvidia":
        missing = format_id == "nvfp4" or (format_id == "fp8" and gpu.vendor == "AMD" and not _multiplies_fp8(gpu))
        return Refusal("format_kernels", (label, gpu.name)) if missing else None
    if engine.id.startswith(_EVERY_FORMAT):
        return None
    least = weight_format(format_id).least_capability
    if capability_of(gpu, inf) >= least:
        return None
    return Refusal("capability", (label, least, gpu.name, gpu.compute_capability))


def fp8_cache_problem(gpu: Gpu, engine: ServingEngine) -> Refusal | None:
    """Why the engine's attention cannot read an FP8 KV cache on it; None where it can."""
    if gpu.vendor.casefold() != "nvidia":
        return None if _multiplies_fp8(gpu) else Refusal("vendor_fp8_cache", (gpu.name,))
    least = FP8_CACHE_OF_ENGINES.get(engine_family(engine.id), FP8_CACHE)
    if capability_of(gpu, inf) >= least:
        return None
    return Refusal("fp8_cache", (least, gpu.name, gpu.compute_capability))


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
