"""What a model is made of, where one number for the whole model would be wrong: its matrices and its caches by kind."""

from __future__ import annotations

from typing import Annotated, Literal

from planner.records import dataclass

CacheKind = Literal["full", "sliding", "chunked", "latent", "indexer", "state"]
"""What a layer keeps: keys and values of every token, of a window, of a chunk; one latent vector a token (MLA); the key
of a sparse indexer; a state of fixed size (Mamba, gated delta, linear attention, short convolution)."""


@dataclass(frozen=True, slots=True)
class CacheLayers:
    """All layers that keep the same thing of a sequence. A model lists one for each kind it has."""

    kind: CacheKind
    layers: Annotated[int, "above 0"]
    kv_heads: int = 1
    """Split over tensor-parallel ranks, copied where ranks outnumber them. "latent" and "indexer": 1, whole on each."""
    values_per_head: float = 0.0
    """Cached values of a token and head: widths of K and V together, kv_lora_rank plus rope width of a latent."""
    window: int | None = None
    """Tokens of a "sliding" window or of a "chunked" one."""
    state_bytes: float = 0.0
    """"state": of one sequence in one layer over all heads, at the dtype an engine keeps it; split over the ranks."""
    fixed_bytes_per_token: float = 0.0
    """"indexer": bytes a token and layer, whatever the dtype of the cache."""
    block_tokens: int = 0
    """Of a cache whose blocks the engine lays out itself (DeepSeek V4); 0 elsewhere."""
    block_bytes: float = 0.0
    """Bytes of such a block in one layer, aligned, whole on every rank and whatever the dtype of the cache."""


@dataclass(frozen=True, slots=True)
class ParameterGroups:
    """Parameters, in 10**9, by the matrices whose width a quantiser chooses apart.

    With the embedding (and lm_head) and the vision tower they add up to the model's total; `draft_b` comes on top.
    """

    attention_b: float = 0.0
    linear_attention_b: float = 0.0
    """Mixers that keep a state: Mamba, gated delta, linear attention, short convolution."""
    mlp_b: float = 0.0
    """Feed-forward blocks of dense layers."""
    experts_b: float = 0.0
    """Routed experts."""
    shared_experts_b: float = 0.0
    router_b: float = 0.0
    other_b: float = 0.0
    """Norms, biases and what else no quantiser touches."""
    whole_b: float = 0.0
    """Of `attention_b`, what every tensor-parallel rank holds whole (q_a and kv_a of MLA)."""
    absorbed_b: float = 0.0
    """Of `attention_b`, what an engine keeps a second time at 16 bit: kv_b of MLA, absorbed into queries and output."""
    draft_b: float = 0.0
    """Layers that predict further tokens (MTP): not loaded without speculation, and not in the model's total."""


@dataclass(frozen=True, slots=True)
class GroupBytes:
    """Bytes a parameter of one checkpoint, scales and zero points included, by the groups of `ParameterGroups`."""

    attention: float = 2.0
    linear_attention: float = 2.0
    mlp: float = 2.0
    experts: float = 2.0
    shared_experts: float = 2.0
    router: float = 2.0
    other: float = 2.0
    embedding: float = 2.0
    """Input embedding; a tied one is the head."""
    head: float = 2.0
    vision: float = 2.0
    """0 where the tower is a file of its own (GGUF)."""
    draft: float = 2.0
