"""From a parsed config to the catalogue's record of a model."""

from __future__ import annotations

from typing import Any

from planner.catalog.add_model.attention import AttentionShape, read_attention
from planner.catalog.add_model.config import Config
from planner.catalog.add_model.families import FAMILIES, WRAPPERS, Family
from planner.catalog.add_model.parameters import Feedforward, Parameters, count_parameters, read_feedforward
from planner.catalog.add_model.precision import weight_format_of
from planner.catalog.add_model.vision import Vision, read_vision
from planner.engine.specs import Checkpoint, Citation, Model

BILLION = 1e9
LICENCE_UNKNOWN = "the licence was not read: check the model card before commercial use"


def model_of(config: Config, model_id: str, citation: Citation, quantisation: Config | None = None) -> Model:
    """All that VRAM and throughput need, derived from the config. Raises `ModelConfigError` naming the field.

    `quantisation` is the content of a hf_quant_config.json that lies beside it.
    """
    text, family = text_part(config)
    attention = read_attention(text, family)
    feedforward = read_feedforward(text, family)
    tied = _tied(config, text, family)
    counts = count_parameters(text, family, attention, feedforward, tied)
    vision = read_vision(config, text)
    weights = weight_format_of(config, text, quantisation)
    return Model(
        **_identity(model_id, family, citation),
        **_sizes(text, counts, feedforward, vision),
        **_attention_fields(attention),
        **_vision_fields(vision),
        modality=_modality(family, vision),
        native_format=weights,
        checkpoints=(Checkpoint(weights, model_id),),
    )


def text_part(config: Config) -> tuple[Config, Family]:
    """The language model's part of the config, and the family it belongs to."""
    kind = config.text("model_type")
    nested = config.part("text_config")
    text = nested or config
    inner = text.get("model_type") if nested is not None else None
    text_kind = inner if isinstance(inner, str) and inner in FAMILIES else WRAPPERS.get(kind, str(inner or kind))
    family = FAMILIES.get(text_kind)
    if family is None:
        known = ", ".join(dict.fromkeys(known_family.label for known_family in FAMILIES.values()))
        raise text.error("model_type", f"found {inner or kind!r}, which is not known; known families: {known}")
    return text.with_defaults(family.defaults), family


def _tied(config: Config, text: Config, family: Family) -> bool:
    outer = config.get("tie_word_embeddings")
    return text.flag("tie_word_embeddings", outer if isinstance(outer, bool) else family.tied)


def _identity(model_id: str, family: Family, citation: Citation) -> dict[str, Any]:
    """What a config does not say about licence and level is marked as unknown."""
    return {
        "id": model_id,
        "name": model_id.split("/")[-1],
        "family": family.label,
        "release": "",
        "licence": "unknown",
        "commercial_use": "conditions",
        "commercial_conditions": LICENCE_UNKNOWN,
        "eu_allowed": True,
        "gated": False,
        "level": None,
        "level_basis": "added from its config: only your own evaluation can tell",
        "tokenizer_factor": 1.0,
        "aliases": (),
        "notes": "",
        "citation": citation,
    }


def _sizes(text: Config, counts: Parameters, feedforward: Feedforward, vision: Vision | None) -> dict[str, Any]:
    vision_parameters = vision.parameters if vision else 0
    longest = text.whole("max_position_embeddings")
    return {
        "total_params_b": (counts.total + vision_parameters) / BILLION,
        "active_params_b": counts.active / BILLION,
        "embedding_params_b": counts.embedding / BILLION,
        "vision_params_b": vision_parameters / BILLION,
        "layers": text.layer_count(),
        "hidden_size": text.whole("hidden_size"),
        "vocab_size": text.whole("vocab_size"),
        "max_context": longest,
        "tied_embeddings": counts.tied,
        "moe_experts": feedforward.experts,
        "moe_active_experts": feedforward.active_experts,
        "intermediate_size": feedforward.dense_width,
        "moe_intermediate_size": feedforward.expert_width,
        "rotary_positions": _rotary_positions(text, longest),
    }


def _attention_fields(attention: AttentionShape) -> dict[str, Any]:
    return {
        "attention_heads": attention.heads,
        "kv_heads": attention.kv_heads,
        "head_dim": attention.head_dim,
        "attention_kind": attention.kind,
        "is_mla": attention.is_mla,
        "full_attention_layers": attention.full_layers,
        "sliding_window": attention.window,
        "kv_bytes_per_token_fp16": attention.kv_bytes,
        "kv_bytes_per_token_beyond_window_fp16": attention.kv_bytes_beyond_window,
        "fixed_state_bytes_per_sequence": attention.state_bytes,
        "kv_known": True,
    }


def _vision_fields(vision: Vision | None) -> dict[str, Any]:
    return {
        "vision_hidden_size": vision.hidden_size if vision else None,
        "vision_intermediate_size": vision.intermediate_size if vision else None,
        "vision_patches_per_token": vision.patches_per_token if vision else None,
    }


def _modality(family: Family, vision: Vision | None) -> str:
    if family.attention == "encoder":
        return "embedding"
    return vision.modality if vision else "text"


def _rotary_positions(text: Config, longest: int) -> int | None:
    """Rows of the rotary tables where linear scaling stretches the global one; None where they are `max_context`."""
    scaling = text.part("rope_scaling")
    if scaling is None or scaling.get("rope_type", "type") != "linear":
        return None
    factor = scaling.get("factor")
    if isinstance(factor, bool) or not isinstance(factor, int | float):
        raise scaling.error("factor", "is missing" if factor is None else f"found {factor!r}, should be a number")
    return round(longest * (factor + 1))
