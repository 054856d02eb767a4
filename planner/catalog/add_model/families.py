"""The model families that can be read: how each one's layers are built, by the `model_type` of its config.

Facts of the classes in transformers 5.23.0 (PyPI, 2026-11). Defaults are listed only where published configs leave
fields out, which nested configs do whenever the value is the class's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import Literal

from planner.records import dataclass

Attention = Literal["gqa", "mla", "encoder"]
QkNorm = Literal["none", "head", "all", "flag"]
Experts = Literal["none", "routed"]


@dataclass(frozen=True, slots=True)
class Family:
    """How the layers of one `model_type` are built."""

    label: str
    attention: Attention = "gqa"
    experts: Experts = "none"
    tied: bool = False
    """Embedding and lm_head are one matrix where the config does not say."""
    qkv_bias: bool | None = None
    """None: the config's `attention_bias` decides."""
    output_bias: bool | None = None
    qk_norm: QkNorm = "none"
    norms: int = 2
    """Normalisations of hidden width in each layer."""
    expert_width: str = "moe_intermediate_size"
    expert_bias: bool = False
    router_bias: bool = False
    router_correction: bool = False
    """The router adds one learned number for each expert."""
    shared_width: str | None = None
    """Field with the width of the shared expert; None: `n_shared_experts` of the routed width."""
    shared_gate: bool = False
    attention_sinks: bool = False
    gated_query: bool = False
    """The query projection also makes a gate of the same size."""
    every_nth_layer_full: int | None = None
    """Sliding window in all but each n-th layer, where the config lists no layer types."""
    full_interval: bool = False
    """Linear attention in all but each `full_attention_interval`-th layer."""
    defaults: Mapping[str, object] = field(default_factory=dict)


_LLAMA = Family("Llama")
_QWEN2 = Family("Qwen 2", qkv_bias=True, output_bias=False)
_QWEN3 = Family("Qwen 3", qk_norm="head")
_GEMMA3_DEFAULTS: Mapping[str, object] = MappingProxyType(
    {
        "vocab_size": 262_208,
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "max_position_embeddings": 131_072,
        "sliding_window_pattern": 6,
    }
)
_GEMMA3 = Family("Gemma 3", tied=True, qk_norm="head", norms=4, every_nth_layer_full=6, defaults=_GEMMA3_DEFAULTS)
_QWEN_NEXT = Family(
    "Qwen 3 Next",
    experts="routed",
    qk_norm="head",
    shared_width="shared_expert_intermediate_size",
    shared_gate=True,
    gated_query=True,
    full_interval=True,
)
_DEEPSEEK = Family("DeepSeek", attention="mla", experts="routed")
_DEEPSEEK_V3 = replace(_DEEPSEEK, router_correction=True)
_GLM = Family("GLM", experts="routed", output_bias=False, qk_norm="flag", router_correction=True)
_MIXTRAL = Family("Mixtral", experts="routed", expert_width="intermediate_size")

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "llama": _LLAMA,
        "mistral": replace(_LLAMA, label="Mistral"),
        "ministral": replace(_LLAMA, label="Mistral"),
        "granite": replace(_LLAMA, label="Granite"),
        "phi3": Family("Phi", qkv_bias=False, output_bias=False),
        "olmo2": Family("OLMo 2", qk_norm="all"),
        "qwen2": _QWEN2,
        "qwen2_vl_text": _QWEN2,
        "qwen2_5_vl_text": _QWEN2,
        "qwen2_moe": replace(
            _QWEN2, experts="routed", shared_width="shared_expert_intermediate_size", shared_gate=True
        ),
        "qwen3": _QWEN3,
        "qwen3_vl_text": _QWEN3,
        "qwen3_moe": replace(_QWEN3, experts="routed"),
        "qwen3_vl_moe_text": replace(_QWEN3, experts="routed"),
        "qwen3_next": _QWEN_NEXT,
        "qwen3_5_text": replace(_QWEN_NEXT, label="Qwen 3.5", experts="none"),
        "qwen3_5_moe_text": replace(_QWEN_NEXT, label="Qwen 3.5"),
        "mixtral": _MIXTRAL,
        "minimax_m2": replace(_MIXTRAL, label="MiniMax", qk_norm="all", router_correction=True),
        "gemma": Family("Gemma", tied=True, qkv_bias=False, output_bias=False),
        "gemma2": Family("Gemma 2", tied=True, norms=4, every_nth_layer_full=2),
        "gemma3_text": _GEMMA3,
        "deepseek_v2": _DEEPSEEK,
        "deepseek_v3": _DEEPSEEK_V3,
        "deepseek_v32": _DEEPSEEK_V3,
        "kimi_k2": replace(_DEEPSEEK_V3, label="Kimi"),
        "glm4_moe": _GLM,
        "glm4_moe_lite": replace(_DEEPSEEK_V3, label="GLM"),
        "glm_moe_dsa": replace(_DEEPSEEK_V3, label="GLM"),
        "gpt_oss": Family(
            "gpt-oss",
            experts="routed",
            qkv_bias=True,
            output_bias=True,
            expert_width="intermediate_size",
            expert_bias=True,
            router_bias=True,
            attention_sinks=True,
        ),
        "bert": Family("BERT", attention="encoder", tied=True),
        "xlm-roberta": Family("XLM-RoBERTa", attention="encoder", tied=True),
    }
)

WRAPPERS: Mapping[str, str] = MappingProxyType(
    {
        "gemma3": "gemma3_text",
        "mistral3": "mistral",
        "qwen2_vl": "qwen2_vl_text",
        "qwen2_5_vl": "qwen2_5_vl_text",
        "qwen3_vl": "qwen3_vl_text",
        "qwen3_vl_moe": "qwen3_vl_moe_text",
        "qwen3_5": "qwen3_5_text",
        "qwen3_5_moe": "qwen3_5_moe_text",
    }
)
"""Multimodal types -> type of their text part, where that part does not name its own."""
