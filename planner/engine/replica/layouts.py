"""Which ways to cut a model over GPUs are possible, and what to know about a cut."""

from __future__ import annotations

from collections.abc import Iterator

from planner.engine.specs import Caveat, Deployment, Model, Refusal

GPUS_PER_NODE = 8
"""Largest common server; a replica beyond it spans several, over the network."""
LARGEST_TENSOR_PARALLEL = 16
MOST_COPIES = 4_096
"""No cut shares more copies than that: a command may ask for any number of GPUs, and all are tried."""
GROUP_SIZE = 128
GROUPED_FORMATS = frozenset({"fp8", "awq", "gptq", "int4"})
"""Formats whose common checkpoints share one scale among 128 weights (FP8: blocks of 128 x 128)."""


def divides_heads(model: Model, tensor_parallel: int) -> bool:
    """Attention heads divide evenly, and KV heads either divide or are copied the same number of times."""
    if tensor_parallel < 1 or model.attention_heads % tensor_parallel:
        return False
    heads = model.kv_heads
    return heads is None or heads % tensor_parallel == 0 or tensor_parallel % heads == 0


def valid_tensor_parallel(model: Model, gpu_count: int) -> tuple[int, ...]:
    """Tensor-parallel degrees that use at most `gpu_count` GPUs, smallest first."""
    return tuple(t for t in range(1, gpu_count + 1) if divides_heads(model, t))


def valid_decode_context_parallel(model: Model, tensor_parallel: int) -> tuple[int, ...]:
    """Degrees that cut the copies of the KV cache: up to t for MLA, up to t / KV heads for GQA."""
    heads = 1 if model.is_mla or model.kv_heads is None else model.kv_heads
    copies = max(tensor_parallel // heads, 1)
    return tuple(d for d in range(1, min(copies, MOST_COPIES) + 1) if copies % d == 0)


def kv_copies(model: Model, tensor_parallel: int) -> int:
    """How many ranks of one stage store the same KV cache, before any decode context parallelism."""
    if model.is_mla:
        return tensor_parallel
    return max(tensor_parallel // (model.kv_heads or tensor_parallel), 1)


def is_multi_node(deployment: Deployment) -> bool:
    """The replica needs more GPUs than one common server holds."""
    return deployment.gpus_per_replica > GPUS_PER_NODE


def layout_problem(deployment: Deployment) -> Refusal | None:
    """Why this cut is impossible, or None."""
    d, model = deployment, deployment.model
    if not divides_heads(model, d.tensor_parallel):
        possible = valid_tensor_parallel(model, LARGEST_TENSOR_PARALLEL)
        return Refusal("tensor_parallel", (d.tensor_parallel, model.attention_heads, model.kv_heads, possible))
    if d.pipeline_parallel > model.layers:
        return Refusal("pipeline_parallel", (d.pipeline_parallel, model.layers))
    possible = valid_decode_context_parallel(model, d.tensor_parallel)
    if d.decode_context_parallel not in possible:
        return Refusal("context_parallel", (d.decode_context_parallel, possible))
    return None


def layout_caveats(deployment: Deployment) -> Iterator[Caveat]:
    """What a reader should know about a cut that is possible."""
    model, t = deployment.model, deployment.tensor_parallel
    if is_multi_node(deployment):
        yield Caveat("several_servers", (deployment.gpus_per_replica,))
    copies = kv_copies(model, t)
    if copies > deployment.decode_context_parallel and not model.is_embedding:
        yield Caveat("copies", (model.is_mla, copies // deployment.decode_context_parallel))
    width = model.moe_intermediate_size or model.intermediate_size
    cut = width is not None and t > 1 and width % (t * GROUP_SIZE) > 0
    if cut and deployment.weights in GROUPED_FORMATS:  # through a group of scales: some checkpoints do not load
        yield Caveat("uneven", (width, t, GROUP_SIZE))
