"""Which ways to cut a model over GPUs are possible, and what to know about a cut."""

from __future__ import annotations

from planner.engine.specs import Deployment, Model

GPUS_PER_NODE = 8
"""Largest common server; a replica beyond it spans several, over the network."""
LARGEST_TENSOR_PARALLEL = 16
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
    return tuple(d for d in range(1, copies + 1) if copies % d == 0)


def kv_copies(model: Model, tensor_parallel: int) -> int:
    """How many ranks of one stage store the same KV cache, before any decode context parallelism."""
    if model.is_mla:
        return tensor_parallel
    return max(tensor_parallel // (model.kv_heads or tensor_parallel), 1)


def is_multi_node(deployment: Deployment) -> bool:
    """The replica needs more GPUs than one common server holds."""
    return deployment.gpus_per_replica > GPUS_PER_NODE


def layout_problem(deployment: Deployment) -> str | None:
    """Why this cut is impossible, or None."""
    d, model = deployment, deployment.model
    if not divides_heads(model, d.tensor_parallel):
        degrees = ", ".join(str(t) for t in valid_tensor_parallel(model, LARGEST_TENSOR_PARALLEL))
        return f"tensor parallel {d.tensor_parallel} does not divide {_heads(model)}; possible: {degrees}"
    if d.pipeline_parallel > model.layers:
        return f"pipeline parallel {d.pipeline_parallel} exceeds the model's {model.layers} layers"
    degrees_dcp = valid_decode_context_parallel(model, d.tensor_parallel)
    if d.decode_context_parallel not in degrees_dcp:
        listed = ", ".join(str(x) for x in degrees_dcp)
        return f"decode context parallel {d.decode_context_parallel} does not divide the KV copies; possible: {listed}"
    return None


def layout_warnings(deployment: Deployment) -> tuple[str, ...]:
    """What a reader should know about a cut that is possible."""
    found = []
    if is_multi_node(deployment):
        found.append(
            f"{deployment.gpus_per_replica} GPUs span several servers: the network between them is not modelled"
        )
    copies = kv_copies(deployment.model, deployment.tensor_parallel)
    if copies > deployment.decode_context_parallel and not deployment.model.is_embedding:
        kind = "MLA latent" if deployment.model.is_mla else "KV heads"
        found.append(
            f"{kind} stored {copies // deployment.decode_context_parallel} times over the tensor-parallel ranks"
        )
    uneven = _uneven_groups(deployment)
    if uneven is not None:
        found.append(uneven)
    return tuple(found)


def _uneven_groups(deployment: Deployment) -> str | None:
    """Feed-forward slices that cut through a group of scales: some checkpoints then refuse to load."""
    width = deployment.model.moe_intermediate_size or deployment.model.intermediate_size
    t = deployment.tensor_parallel
    if width is None or t == 1 or deployment.weights not in GROUPED_FORMATS or width % (t * GROUP_SIZE) == 0:
        return None
    return (
        f"feed-forward width {width:,} over tensor parallel {t} is not a multiple of {GROUP_SIZE}: checkpoints with"
        f" scales for each {GROUP_SIZE} weights may refuse to load"
    )


def _heads(model: Model) -> str:
    if model.kv_heads is None:
        return f"{model.attention_heads} attention heads"
    return f"{model.attention_heads} attention heads and {model.kv_heads} KV heads"
