"""Families against the classes in transformers 5.24.0: parameters of a model built from each class's default config."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.catalog.add_model.config import Config
from planner.catalog.add_model.record import model_of
from planner.engine.specs import Citation, Model, ParameterGroups

CLASSES: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "model_classes.json").read_text("utf-8")
)
SOURCE = Citation("a test", "2026-11")


def read(config: dict[str, Any]) -> tuple[Model, tuple[str, ...]]:
    return model_of(Config(config, "config.json"), "acme/model", SOURCE)


@pytest.mark.parametrize("kind", CLASSES)
def test_a_class_counts_what_transformers_builds(kind: str) -> None:
    model, notes = read(CLASSES[kind]["config"])
    assert model.total_params_b == pytest.approx(CLASSES[kind]["parameters"] / 1e9, rel=0.0006)
    assert not notes


@pytest.mark.parametrize("kind", CLASSES)
def test_groups_of_a_class_add_up_to_its_total(kind: str) -> None:
    model, _ = read(CLASSES[kind]["config"])
    groups = model.parameters
    assert isinstance(groups, ParameterGroups)
    body = sum((groups.attention_b, groups.linear_attention_b, groups.mlp_b, groups.experts_b, groups.shared_experts_b))
    whole = body + groups.router_b + groups.other_b + model.embedding_params_b + model.vision_params_b
    assert whole == pytest.approx(model.total_params_b)


@pytest.mark.parametrize(
    "kind", ["llama", "mistral", "qwen3_moe", "granite", "mixtral", "deepseek_v3", "qwen3", "olmo3"]
)
def test_a_family_nobody_described_is_read_by_its_fields(kind: str) -> None:
    """The same config under a name that is not known: all but its norms of queries and keys, and never silently."""
    config = CLASSES[kind]["config"]
    model, notes = read({**config, "model_type": "brand_new"})
    known, _ = read(config)
    assert model.total_params_b == pytest.approx(known.total_params_b, rel=0.001)
    assert model.cache == known.cache
    assert 'read without knowing the family "brand_new"' in notes[0]


def test_the_published_total_tells_the_heads_that_no_file_at_hand_states() -> None:
    """Gemma 4 12B: one KV head of 512, K=V, in the global layers; two would be 15.7 million parameters more.

    Published: 11,959,730,224, with 48 scalars of the layers and an embedder of sound, 640 values to 3,840.
    """
    text = {
        "model_type": "gemma4_unified_text", "hidden_size": 3840, "num_hidden_layers": 48, "num_attention_heads": 16,
        "num_key_value_heads": 8, "head_dim": 256, "num_global_key_value_heads": 1, "attention_k_eq_v": True,
        "intermediate_size": 15_360, "vocab_size": 262_144, "max_position_embeddings": 262_144,
        "sliding_window": 1024, "tie_word_embeddings": True,
    }  # fmt: skip
    vision = {"model_type": "gemma4_unified_vision"}
    model, notes = read({"model_type": "gemma4_unified", "text_config": text, "vision_config": vision})
    assert round(model.total_params_b * 1e9) + 48 + 640 * 3840 == 11_959_730_224
    assert not notes
