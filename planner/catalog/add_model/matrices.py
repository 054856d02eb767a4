"""The matrices of a config under the names that quantisers use, and whether a pattern of theirs means one of them.

Names are counted from "layers." on, because what stands before it differs by library and not by meaning. Sizes are in
parameters and serve as weights of an average over a group, so what a config does not say is left at one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import product

from planner.catalog.add_model.config import Config
from planner.records import dataclass

GROUPS = ("attention", "linear_attention", "mlp", "experts", "shared_experts")
"""Of the layers, as `GroupBytes` names them."""
_PREFIXES = ("model.", "model.language_model.", "language_model.model.", "")
_SPELLINGS = {
    "attention": (("self_attn", "attn", "mixer", "attention", "self_attention"),),
    "linear_attention": (("linear_attn", "mixer", "mamba", "self_attn", "attn"),),
    "mlp": (("mlp", "ffn", "feed_forward", "mixer"), ("gate_proj up_proj down_proj", "w1 w3 w2")),
    "experts": (
        ("mlp", "ffn", "block_sparse_moe", "feed_forward", "mixer", "moe"),
        ("gate_proj up_proj down_proj", "w1 w3 w2", "gate_up_proj gate_up_proj down_proj"),
    ),
    "shared_experts": (
        ("mlp", "ffn", "block_sparse_moe", "feed_forward", "mixer", "moe"),
        ("gate_proj up_proj down_proj", "w1 w3 w2"),
    ),
}
"""How libraries call the block of a group, and the three matrices of a feed-forward block."""
_FEEDFORWARD = ("gate_proj", "up_proj", "down_proj")
_SHARED = ("shared_experts", "shared_expert", "shared_mlp")
HEAD = ("lm_head", "head", "output")
EMBEDDING = ("embed_tokens", "embeddings", "embed", "word_embeddings")
VISION = tuple(
    f"{tower}.{inner}"
    for tower in ("visual", "vision_tower", "vision_model", "vision_encoder")
    for inner in ("blocks.0.attn.qkv", "encoder.layers.0.self_attn.q_proj", "encoder.blocks.0.wqkv")
)


@dataclass(frozen=True, slots=True)
class Matrix:
    """One matrix of one layer, or the same one of all its experts."""

    group: str
    layer: int
    names: tuple[str, ...]
    """All spellings, from "layers." on."""
    parameters: float


def matrices(text: Config) -> list[Matrix]:
    """Those of the layers; the head, the embedding and the vision tower have no sizes of their own here."""
    beside = bool(text.get("enable_moe_block"))
    return [
        Matrix(group, layer, _names(group, layer, tail, beside), parameters)
        for layer, parts in enumerate(_parts_of_layers(text))
        for part in parts
        for group, tail, parameters in _OF_PART[part](text, _size(text, "hidden_size"))
    ]


def _names(group: str, layer: int, tail: str, beside: bool) -> tuple[str, ...]:
    """`beside`: experts stand beside a dense block of the same layer and not inside it (Gemma 4)."""
    blocks, *maps = _SPELLINGS[group]
    if beside and group == "experts":
        return tuple(f"layers.{layer}.{block}experts.{at}{tail}" for block in ("", "moe.") for at in ("0.", ""))
    tails = {tail, *(words.split()[_FEEDFORWARD.index(tail)] for words in (maps[0] if maps else ()))}
    middles = {"experts": ("experts.0.", "experts."), "shared_experts": tuple(f"{name}." for name in _SHARED)}
    found = product(blocks, middles.get(group, ("",)), sorted(tails))
    return tuple(f"layers.{layer}.{block}.{middle}{end}" for block, middle, end in found)


def _dense(text: Config, hidden: float) -> Iterator[tuple[str, str, float]]:
    """(group, last part of the name, parameters) of each matrix; the same in the functions below."""
    width = _size(text, "intermediate_size", "ffn_hidden_size")
    yield from (("mlp", tail, hidden * width) for tail in _feedforward(text))


def _routed(text: Config, hidden: float) -> Iterator[tuple[str, str, float]]:
    """Experts may work in a narrower space than the rest of the layer (`latent`)."""
    experts, width = _experts(text), _size(text, "moe_intermediate_size", "intermediate_size")
    latent = _number(text.get("moe_latent_size", "routed_expert_hidden_size")) or hidden
    shared = text.get("shared_expert_intermediate_size", "moe_shared_expert_intermediate_size")
    count = text.get("n_shared_experts", "num_shared_experts")
    beside = _number(shared) or width * _number(count)
    for tail in _feedforward(text):
        yield "experts", tail, experts * latent * width
        if beside:
            yield "shared_experts", tail, hidden * beside


def _feedforward(text: Config) -> tuple[str, ...]:
    """Squared ReLU works without a gate."""
    return _FEEDFORWARD[1:] if text.get("mlp_hidden_act") == "relu2" else _FEEDFORWARD


def _attention(text: Config, hidden: float) -> Iterator[tuple[str, str, float]]:
    heads, latent = _size(text, "num_attention_heads"), text.get("kv_lora_rank")
    if latent:
        rank, rope = _size(text, "q_lora_rank"), _size(text, "qk_rope_head_dim")
        nope, value, kv = _size(text, "qk_nope_head_dim"), _size(text, "v_head_dim"), _size(text, "kv_lora_rank")
        queries = heads * (nope + rope)
        sizes = {
            "q_a_proj": hidden * rank, "q_b_proj": rank * queries, "kv_a_proj_with_mqa": hidden * (kv + rope),
            "kv_b_proj": kv * heads * (nope + value), "o_proj": heads * value * hidden,
        }  # fmt: skip
        if text.get("q_lora_rank") is None:
            sizes = {"q_proj": hidden * queries, **dict(list(sizes.items())[2:])}
        if text.get("index_head_dim"):
            sizes["indexer.wq_b"] = rank * _size(text, "index_n_heads") * _size(text, "index_head_dim")
    else:
        width = _size(text, "head_dim") if text.get("head_dim") else hidden / heads
        keys = _size(text, "num_key_value_heads") * width if text.get("num_key_value_heads") else heads * width
        gate = 2 if text.get("attn_output_gate") else 1
        q = hidden * heads * width
        sizes = {"q_proj": gate * q, "k_proj": hidden * keys, "v_proj": hidden * keys, "o_proj": q}
    yield from (("attention", tail, parameters) for tail, parameters in sizes.items())


def _linear(text: Config, hidden: float) -> Iterator[tuple[str, str, float]]:
    """Gated delta net, or the two matrices that a Mamba mixer has."""
    if not text.get("linear_num_value_heads"):
        inner = _size(text, "mamba_num_heads", "mamba_n_heads") * _size(text, "mamba_head_dim", "mamba_d_head")
        yield "linear_attention", "in_proj", 2 * hidden * inner
        yield "linear_attention", "out_proj", hidden * inner
        return
    keys = _size(text, "linear_num_key_heads") * _size(text, "linear_key_head_dim")
    values = _size(text, "linear_num_value_heads") * _size(text, "linear_value_head_dim")
    yield "linear_attention", "in_proj_qkv", hidden * (2 * keys + values)
    yield "linear_attention", "in_proj_z", hidden * values
    yield "linear_attention", "out_proj", hidden * values
    yield "linear_attention", "in_proj_a", hidden * _size(text, "linear_num_value_heads")
    yield "linear_attention", "in_proj_b", hidden * _size(text, "linear_num_value_heads")


def _size(text: Config, *names: str) -> float:
    return _number(text.get(*names)) or 1.0


def _number(found: object) -> float:
    """A number, or the first one of a list that has one for each layer; 0 for anything else."""
    if isinstance(found, list):
        found = next((value for value in found if isinstance(value, int | float) and value), None)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) and found > 0 else 0.0


def _experts(text: Config) -> float:
    found = text.get("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts", "num_routed_experts")
    return _size(text, "num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts") if found else 0.0


_OF_PART: Mapping[str, Callable[[Config, float], Iterator[tuple[str, str, float]]]] = {
    "attention": _attention,
    "linear": _linear,
    "dense": _dense,
    "routed": _routed,
}
_KINDS = {"M": "linear", "*": "attention", "E": "routed", "-": "dense"}
"""A Nemotron layer is a mixer, an attention or a feed-forward block."""


def _parts_of_layers(text: Config) -> list[tuple[str, ...]]:
    """What each layer is made of."""
    pattern, blocks = text.get("hybrid_override_pattern"), text.get("layers_block_type")
    if isinstance(pattern, str):
        return [(_KINDS.get(kind, "attention"),) for kind in pattern]
    if isinstance(blocks, list) and "moe" in blocks:
        return [({"mamba": "linear", "moe": "routed", "mlp": "dense"}.get(str(kind), "attention"),) for kind in blocks]
    layers = text.layer_count()
    linear, dense = _linear_layers(text, layers), _dense_layers(text, layers)
    fed = ("dense", "routed") if text.get("enable_moe_block") else ("routed",)
    return [
        (
            "linear" if layer in linear else "attention",
            *(("dense",) if layer in dense or not _experts(text) else fed),
        )
        for layer in range(layers)
    ]


def _linear_layers(text: Config, layers: int) -> frozenset[int]:
    """Layers whose mixer keeps a state."""
    inner, kinds = text.part("linear_attn_config"), text.get("layer_types", "layers_block_type")
    listed = inner.get("kda_layers") if inner is not None else None
    if isinstance(listed, list):  # counted from 1
        return frozenset(layer - 1 for layer in listed if isinstance(layer, int))
    if isinstance(kinds, list):
        return frozenset(i for i, kind in enumerate(kinds) if "linear" in str(kind) or "mamba" in str(kind))
    interval = text.get("full_attention_interval")
    if isinstance(interval, int) and interval > 1:
        return frozenset(i for i in range(layers) if (i + 1) % interval)
    return frozenset()


def _dense_layers(text: Config, layers: int) -> frozenset[int]:
    """Layers without experts of a model that has them elsewhere."""
    first, step = text.get("first_k_dense_replace"), text.get("decoder_sparse_step", "interleave_moe_layer_step")
    frequency, listed = text.get("moe_layer_freq"), text.get("mlp_only_layers")
    dense = set(listed) if isinstance(listed, list) else set()
    dense |= set(range(first)) if isinstance(first, int) else set()
    if isinstance(step, int) and step > 1:
        dense |= {i for i in range(layers) if (i + 1) % step}
    if isinstance(frequency, list):
        dense |= {i for i, has_experts in enumerate(frequency) if not has_experts}
    return frozenset(dense)


class Patterns:
    """Names of modules as quantisers list them: whole, ending in, above a module, with * or as "re:..."."""

    __slots__ = ("_anywhere", "_by_layer", "_exact", "_regular")

    def __init__(self, listed: Iterable[str]) -> None:
        self._exact: set[str] = set()
        self._by_layer: dict[int, list[str]] = {}
        self._anywhere: list[str] = []
        self._regular: list[re.Pattern[str]] = []
        for pattern in listed:
            self._add(pattern)

    def _add(self, pattern: str) -> None:
        if pattern.startswith("re:"):
            try:
                self._regular.append(re.compile(pattern[3:]))
            except re.error:
                self._exact.add(pattern)
            return
        bare = pattern.removesuffix(".weight")
        at = bare.find("layers.")
        is_tower = any(word in bare[: max(at, 0)] for word in ("vis", "audio", "mtp"))
        bare = bare[at:] if at > 0 and not is_tower else bare
        if not any(mark in bare for mark in "*?["):
            self._exact.add(bare)
            return
        layer = re.match(r"layers\.(\d+)[.*]", bare)
        if layer:
            self._by_layer.setdefault(int(layer[1]), []).append(bare)
        else:
            self._anywhere.append(bare)

    def __bool__(self) -> bool:
        return bool(self._exact or self._by_layer or self._anywhere or self._regular)

    def means(self, names: Iterable[str], layer: int | None = None) -> bool:
        """Whether one of the patterns means a module that has one of these names."""
        return any(self._means(name, layer) for name in names)

    def _means(self, name: str, layer: int | None) -> bool:
        parts = name.split(".")
        above = {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
        below = {".".join(parts[n:]) for n in range(1, len(parts))}
        if not self._exact.isdisjoint(above | below):
            return True
        globs = [*self._anywhere, *(self._by_layer.get(layer, ()) if layer is not None else ())]
        prefixes = _PREFIXES if self._regular or self._anywhere else ("",)
        full = [prefix + name for prefix in prefixes]
        if any(fnmatchcase(one, glob) or fnmatchcase(one, f"{glob}.*") for glob in globs for one in full):
            return True
        return any(pattern.match(one) for pattern in self._regular for one in full)
