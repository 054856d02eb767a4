"""A model's config.json, read field by field under every name that makers give one, and the families that are known.

What is missing or malformed is refused by name. A config remembers which fields were asked for, so that what nobody
understood can be told from what was read. `families.toml` says how each family's layers are built, by the `model_type`
of its config: what its class in transformers does and the config does not say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from planner.records import dataclass
from planner.toml.errors import MISSING_KEY, InputError, described
from planner.toml.files import decode, parse_json, read_bytes

LARGEST_CONFIG_BYTES = 20_000_000
LARGEST_LAYER_COUNT = 10_000
LARGEST_COUNT = 100_000_000
"""Above any layer count, width, vocabulary or context of a real model."""


Item = TypeVar("Item")

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "num_hidden_layers": ("num_layers", "n_layers", "n_layer"),
    "hidden_size": ("n_embd", "d_model", "dim"),
    "num_attention_heads": ("n_heads", "n_head", "num_heads"),
    "num_key_value_heads": ("num_kv_heads", "n_kv_heads", "num_attention_groups", "multi_query_group_num"),
    "head_dim": ("attention_head_dim", "kv_channels"),
    "intermediate_size": ("ffn_hidden_size", "n_inner", "ffn_dim", "hidden_dim", "block_ff_dim"),
    "vocab_size": ("padded_vocab_size",),
    "max_position_embeddings": (
        "n_positions", "model_max_length", "max_sequence_length", "max_seq_len", "seq_length", "n_ctx",
    ),
    "sliding_window": ("sliding_window_size", "window_size"),
    "num_experts": ("n_routed_experts", "num_local_experts", "moe_num_experts", "num_routed_experts"),
    "num_experts_per_tok": (
        "experts_per_token", "num_experts_per_token", "moe_topk", "moe_k", "moe_top_k", "top_k_experts",
        "num_activated_experts",
    ),
    "moe_intermediate_size": ("expert_intermediate_size", "expert_ffn_hidden_size", "moe_ffn_hidden_size"),
    "n_shared_experts": ("num_shared_experts", "num_shared_expert", "moe_num_shared_experts"),
    "shared_expert_intermediate_size": (
        "moe_shared_expert_intermediate_size", "shared_intermediate_size", "share_expert_dim",
        "moe_shared_intermediate_size",
    ),
    "first_k_dense_replace": ("num_dense_layers", "n_dense_layers"),
    "num_nextn_predict_layers": ("mtp_num_hidden_layers", "num_mtp_layers", "num_mtp_modules"),
    "attention_bias": ("use_qkv_bias", "qkv_bias", "use_bias"),
    "mlp_bias": ("use_mlp_bias", "use_bias"),
    "mamba_num_heads": ("mamba_n_heads", "n_mamba_heads"),
    "mamba_head_dim": ("mamba_d_head", "mamba_headdim"),
    "ssm_state_size": ("mamba_d_state", "mamba_state_size"),
    "n_groups": ("mamba_n_groups", "mamba_ngroups"),
    "conv_kernel": ("mamba_d_conv", "mamba_conv_kernel"),
    "expand": ("mamba_expand",),
    "routed_expert_hidden_size": ("moe_latent_size",),
    "layer_types": ("layers_block_type", "layer_type_list", "block_types"),
}  # fmt: skip
"""A field's name -> the others it goes by. Families of transformers 5.24, published configs of 2023 to 2026."""


@dataclass(frozen=True, slots=True)
class Config:
    """One JSON object of a config. `prefix` is its place in the file, such as "text_config."."""

    values: Mapping[str, object]
    file: str
    prefix: str = ""
    defaults: Mapping[str, object] = field(default_factory=dict)
    """What the model's class in transformers takes where the file leaves a field out."""
    asked: set[str] = field(default_factory=set)
    """Fields that were asked for so far, under all their names."""

    def get(self, *names: str) -> object:
        """The first of these fields that is present and not null, then the class's default; None without any."""
        spelled = [other for name in names for other in (name, *SPELLINGS.get(name, ()))]
        self.asked.update(spelled)
        for source in (self.values, self.defaults):
            for name in spelled:
                if source.get(name) is not None:
                    return source[name]
        return None

    def unasked(self) -> Iterator[tuple[str, object]]:
        """Fields of the file that nobody asked for, with their values; null says nothing and is left out."""
        return ((name, held) for name, held in self.values.items() if held is not None and name not in self.asked)

    def whole(self, *names: str) -> int:
        """A positive whole number that must be there under one of these names."""
        found = self.get(*names)
        if isinstance(found, bool) or not isinstance(found, int) or found <= 0:
            raise self.wrong(names[0], found, "a whole number above 0")
        if found > LARGEST_COUNT:
            raise self.wrong(names[0], found, "no more than any model has")
        return found

    def layer_count(self) -> int:
        """Transformer layers; a list of them says it too (Nemotron 3 has only that)."""
        listed = self.get("layer_types")
        layers = len(listed) if self.get("num_hidden_layers") is None and isinstance(listed, list) else 0
        layers = layers or self.whole("num_hidden_layers")
        if layers > LARGEST_LAYER_COUNT:
            raise self.wrong("num_hidden_layers", layers, "no more than any model has")
        return layers

    def optional_whole(self, *names: str) -> int | None:
        """The same where the field may be absent; zero counts as absent."""
        return None if self.get(*names) in (None, 0, False) else self.whole(*names)

    def count(self, *names: str) -> int:
        """A whole number that is 0 where the field is absent."""
        return self.optional_whole(*names) or 0

    def flag(self, name: str, default: bool) -> bool:
        """True or false, with the class's default."""
        found = self.get(name)
        if found is not None and not isinstance(found, bool):
            raise self.wrong(name, found, "true or false")
        return default if found is None else found

    def text(self, *names: str) -> str:
        """A text that must be there."""
        found = self.get(*names)
        if not isinstance(found, str) or not found:
            raise self.wrong(names[0], found, "text in quotes")
        return found

    def wholes(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers; empty where it is absent."""
        return self._all(name, int, "a list of whole numbers") or ()

    def each(self, name: str, layers: int) -> tuple[int, ...] | None:
        """A whole number for every layer, where the field is a list of them; None where it is not a list."""
        if not isinstance(self.get(name), list):
            return None
        listed = self.wholes(name)
        if len(listed) < layers or any(not 0 <= item <= LARGEST_COUNT for item in listed):
            raise self.error(
                name, f"lists {len(listed)} numbers, expected one of 0 or more for each of {layers} layers"
            )
        return listed[:layers]

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts, or None where it is absent."""
        return self._all(name, str, "a list of texts")

    def _all(self, name: str, kind: type[Item], expected: str) -> tuple[Item, ...] | None:
        found = self.get(name)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(item, kind) for item in found):
            raise self.wrong(name, found, expected)
        return tuple(found)

    def part(self, name: str, defaults: Mapping[str, object] | None = None) -> Config | None:
        """A nested object, or None where it is absent."""
        found = self.values.get(name)
        self.asked.add(name)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise self.wrong(name, found, "a table")
        return Config(found, self.file, f"{self.prefix}{name}.", defaults or {})

    def with_defaults(self, defaults: Mapping[str, object]) -> Config:
        """The same object with a model class's defaults behind it."""
        return Config(self.values, self.file, self.prefix, defaults, self.asked)

    def error(self, name: str, problem: str) -> InputError:
        """The refusal that names one field."""
        return InputError(problem, path=self.file, field=f"{self.prefix}{name}")

    def wrong(self, name: str, found: object, expected: str) -> InputError:
        """The refusal of a value that is not there or not what it should be."""
        return self.error(name, MISSING_KEY if found is None else f"found {described(found)}, expected {expected}")


def read_config(path: Path, shown_as: str) -> Config:
    """Parse a config.json. `shown_as` is what errors call it."""
    try:
        values = parse_json(decode(read_bytes(path, LARGEST_CONFIG_BYTES)))
    except InputError as error:
        raise error.at(shown_as) from None
    if not isinstance(values, dict):
        raise InputError(f"found {described(values)}, expected a JSON object", path=shown_as)
    return Config(values, shown_as)


Attention = Literal["gqa", "mla", "compressed", "encoder"]
QkNorm = Literal["none", "head", "all", "flag", "flag_all"]
Experts = Literal["none", "routed", "any"]
Gate = Literal["none", "query", "head"]
State = Literal["delta", "kda", "mamba2", "mamba1", "lightning", "conv"]


@dataclass(frozen=True, slots=True)
class Family:
    """How the layers of one `model_type` are built."""

    label: str
    attention: Attention = "gqa"
    experts: Experts = "any"
    """"any": routed experts where the config has some."""
    state: State | None = None
    """What its layers without attention keep. None: as the config's fields tell."""
    side_by_side: bool = False
    """Attention and a state in every layer."""
    tied: bool = False
    """Embedding and lm_head are one matrix where the config does not say."""
    qkv_bias: bool | None = None
    """None: the config's `attention_bias` decides."""
    output_bias: bool | None = None
    mlp_bias: bool | None = None
    """None: the config's `mlp_bias` decides."""
    head_bias: bool = False
    gated: bool | None = True
    """Feed-forward blocks of three matrices, not two. None: as the activation tells."""
    qk_norm: QkNorm = "none"
    """Norms of queries and keys: of one head, of all heads together; "flag": where `use_qk_norm` says so."""
    norms: int = 2
    """Normalisations of hidden width in each layer."""
    norm_bias: bool = False
    dense_width: str = "intermediate_size"
    expert_width: str = "moe_intermediate_size"
    expert_bias: bool = False
    router_bias: bool = False
    router_correction: bool = False
    """The router adds one learned number for each expert."""
    shared_width: str | None = None
    """Field with the width of the shared expert; None: as many as `n_shared_experts` of the routed width."""
    shared_gate: bool = False
    dense_beside_experts: bool = False
    """A dense block in the layers with experts too."""
    attention_sinks: bool = False
    gate: Gate = "none"
    """The output of attention is gated: by as many values as queries have, or by one for each head."""
    every_nth_layer_full: int | None = None
    """A window, a chunk or a state in all but each n-th layer, where the config lists no layers."""
    learned_positions: bool = False
    reserved_positions: int = 0
    """Learned positions that no token takes: RoBERTa counts from the one after its padding."""
    pooler: bool = False
    note: str = ""
    """What of it is not counted."""
    defaults: Mapping[str, object] = field(default_factory=dict)


def unknown_family(kind: str, config: Config) -> Family:
    """A decoder of a type that nobody described: attention as the fields tell, the rest as most decoders have it."""
    latent = config.get("kv_lora_rank") is not None
    if latent:
        config.get("head_dim", "qk_head_dim")  # sums of the widths that latent attention states apart
    has_width = config.get("moe_intermediate_size") is not None
    return Family(
        kind,
        attention="mla" if latent else "gqa",
        qk_norm="flag",
        gated=None,
        expert_width="moe_intermediate_size" if has_width else "intermediate_size",
    )


def _families(stated: Mapping[str, dict[str, Any]]) -> Mapping[str, Family]:
    """The families by `model_type`: one that is `like` another has what it does not state from that."""
    found: dict[str, Family] = {}
    for kind, row in stated.items():
        found[kind] = replace(found[row.pop("like")], **row) if "like" in row else Family(**row)
    return found


_STATED = tomllib.loads(Path(__file__).with_name("families.toml").read_text("utf-8"))
FAMILIES = _families(_STATED["families"])
WRAPPERS: Mapping[str, str] = _STATED["wrappers"]
"""Multimodal types -> type of their text part, where that part does not name its own."""
