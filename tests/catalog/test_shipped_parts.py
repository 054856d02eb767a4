"""What a shipped model's layers keep and are made of agrees with the sums of its record."""

from __future__ import annotations

import pytest

from planner.catalog.load import load_catalog
from planner.engine.replica.kept_layers import is_packed
from planner.engine.specs import CacheLayers, Model

MODELS = load_catalog().models
BYTES_16_BIT = 2
INDEXER_SCALE_BYTES = 4
"""A sparse indexer keeps 128 bytes and one scale a token; the sum of the record leaves the scale out."""


def token_bytes(kinds: tuple[CacheLayers, ...]) -> float:
    return sum(
        kind.layers * (kind.kv_heads * kind.values_per_head * BYTES_16_BIT + kind.fixed_bytes_per_token)
        for kind in kinds
    )


@pytest.mark.parametrize("model", [m for m in MODELS.values() if m.cache and not is_packed(m)], ids=lambda m: m.id)
def test_kinds_of_cache_add_up_to_the_sums(model: Model) -> None:
    lasting = tuple(kind for kind in model.cache if kind.window is None)
    scales = sum(kind.layers * INDEXER_SCALE_BYTES for kind in model.cache if kind.kind == "indexer")
    assert token_bytes(model.cache) - scales == model.kv_bytes_per_token_fp16
    assert token_bytes(lasting) - scales == model.kv_bytes_per_token_beyond_window_fp16


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
