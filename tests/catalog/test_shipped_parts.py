"""What a shipped model's layers keep and are made of agrees with the sums of its record."""

from __future__ import annotations

from dataclasses import fields

import pytest

from planner.catalog.load import load_catalog
from planner.engine.specs import CacheLayers, Model, ParameterGroups

MODELS = load_catalog().models
BYTES_16_BIT = 2


def token_bytes(kinds: tuple[CacheLayers, ...]) -> float:
    return sum(
        kind.layers * (kind.kv_heads * kind.values_per_head * BYTES_16_BIT + kind.fixed_bytes_per_token)
        for kind in kinds
    )


@pytest.mark.parametrize("model", [m for m in MODELS.values() if m.cache], ids=lambda m: m.id)
def test_kinds_of_cache_add_up_to_the_sums(model: Model) -> None:
    lasting = tuple(kind for kind in model.cache if kind.window is None)
    windows = sum(token_bytes((kind,)) * (kind.window or 0) for kind in model.cache)
    states = sum(kind.layers * kind.state_bytes for kind in model.cache)
    assert token_bytes(model.cache) == model.kv_bytes_per_token_fp16
    assert token_bytes(lasting) == model.kv_bytes_per_token_beyond_window_fp16
    assert windows + states == model.fixed_state_bytes_per_sequence


@pytest.mark.parametrize("model", [m for m in MODELS.values() if m.parameters], ids=lambda m: m.id)
def test_groups_of_parameters_add_up_to_the_total(model: Model) -> None:
    """With embedding and vision tower; draft layers come on top, and what ranks hold whole is part of attention."""
    apart = ("whole_b", "draft_b")
    groups = sum(getattr(model.parameters, f.name) for f in fields(ParameterGroups) if f.name not in apart)
    assert groups + model.embedding_params_b + model.vision_params_b == pytest.approx(model.total_params_b, rel=0.003)


def test_models_that_a_sum_cannot_tell_say_their_kinds() -> None:
    """Windows, states, latents and experts are all described, but where a config or an engine's paging is not known."""
    unknown = {"deepseek-ai/DeepSeek-V4.1-Flash"}
    compressed = {model.id for model in MODELS.values() if "compressed" in model.attention_kind}
    mixed = {m.id for m in MODELS.values() if m.is_mla or m.sliding_window or m.fixed_state_bytes_per_sequence}
    assert {i for i in mixed - compressed if not MODELS[i].cache} <= unknown
    assert {m.id for m in MODELS.values() if m.moe_experts and m.parameters is None} <= unknown


@pytest.mark.parametrize(
    ("model_id", "layers"),
    [
        ("google/gemma-4-31B-it", {"full": 10, "sliding": 50}),
        ("ibm-granite/granite-4.0-h-small", {"full": 4, "state": 36}),
        ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", {"full": 6, "state": 23}),
        ("deepseek-ai/DeepSeek-V3.2", {"latent": 61, "indexer": 61}),
    ],
)
def test_layers_of_each_kind_are_those_the_engine_groups(model_id: str, layers: dict[str, int]) -> None:
    """Counts as vLLM 0.33's planner lists them."""
    assert {kind.kind: kind.layers for kind in MODELS[model_id].cache} == layers


def test_a_state_is_kept_at_the_dtype_of_the_config() -> None:
    """32 value heads of 128 x 128 and 3 columns of a convolution over 8,192 channels: 16 bit, and 32 where stated."""
    states = {
        model_id: next(kind.state_bytes for kind in MODELS[model_id].cache if kind.kind == "state")
        for model_id in ("Qwen/Qwen3-Next-80B-A3B-Instruct", "Qwen/Qwen3.5-35B-A3B")
    }
    values, convolution = 32 * 128 * 128, (2 * 2048 + 4096) * 3 * BYTES_16_BIT
    assert states["Qwen/Qwen3-Next-80B-A3B-Instruct"] == values * 2 + convolution
    assert states["Qwen/Qwen3.5-35B-A3B"] == values * 4 + convolution
