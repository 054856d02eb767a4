"""One and the same model under every spelling that makers have for which layer is what."""

from __future__ import annotations

from typing import Any

import pytest

from planner.catalog.add_model.config import Config
from planner.catalog.add_model.record import model_of
from planner.engine.specs import CacheLayers, Citation, Model
from planner.toml.errors import InputError

PLAIN: dict[str, Any] = {
    "model_type": "llama", "hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 2, "intermediate_size": 512, "vocab_size": 1000, "max_position_embeddings": 8192,
}  # fmt: skip
MAMBA: dict[str, Any] = {
    **PLAIN, "model_type": "bamba", "mamba_n_heads": 8, "mamba_d_head": 64, "mamba_d_state": 16, "mamba_n_groups": 1,
    "mamba_d_conv": 4,
}  # fmt: skip
ROUTED: dict[str, Any] = {
    **PLAIN, "model_type": "qwen3_moe", "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 128,
}  # fmt: skip
FULL = CacheLayers("full", layers=4, kv_heads=2, values_per_head=128)


def read(config: dict[str, Any]) -> Model:
    return model_of(Config(config, "config.json"), "acme/model", Citation("a test", "2026-11"))[0]


def layers(model: Model) -> dict[str, int]:
    return {kind.kind: kind.layers for kind in model.cache}


@pytest.mark.parametrize(
    "said",
    [
        {"layer_types": ["mamba", "attention", "mamba", "mamba"]},
        {"layers_block_type": ["mamba", "attention", "mamba", "mamba"]},
        {"layer_types": ["linear_attention", "full_attention", "linear_attention", "linear_attention"]},
        {"attn_layer_indices": [1]},
        {"full_attn_idxs": [1]},
        {"attn_type_list": [0, 1, 0, 0]},
        {"attn_layer_period": 4, "attn_layer_offset": 1},
        {"linear_attn_config": {"full_attn_layers": [2], "kda_layers": [1, 3, 4]}},
    ],
    ids=lambda said: next(iter(said)),
)
def test_one_layer_of_four_attends(said: dict[str, Any]) -> None:
    assert layers(read({**MAMBA, **said})) == {"full": 1, "state": 3}


@pytest.mark.parametrize(
    "said",
    [
        {"layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention"]},
        {"layer_types": ["local_attention", "global_attention", "local_attention", "global_attention"]},
        {"hybrid_layer_pattern": [1, 0, 1, 0]},
        {"sliding_window_pattern": 2},
        {"sliding_window_pattern": "LG"},
        {"sliding_window": None, "attention_chunk_size": 1024, "no_rope_layers": [1, 0, 1, 0]},
    ],
    ids=lambda said: next(iter(said)),
)
def test_every_other_layer_has_a_window(said: dict[str, Any]) -> None:
    model = read({**PLAIN, "sliding_window": 1024, **said})
    assert model.cache[0] == CacheLayers("full", layers=2, kv_heads=2, values_per_head=128)
    assert (model.cache[1].layers, model.cache[1].window, model.sliding_window) == (2, 1024, 1024)


@pytest.mark.parametrize(
    "said",
    [
        {"hybrid_override_pattern": "M*-E"},
        {"layers_block_type": ["mamba", "attention", "mlp", "moe"]},
        {"layer_types": ["linear_attention", "full_attention", "mlp", "moe"], "num_hidden_layers": None},
    ],
    ids=lambda said: next(iter(said)),
)
def test_a_layer_may_be_a_mixer_or_a_block(said: dict[str, Any]) -> None:
    config = {**MAMBA, **ROUTED, "model_type": "nemotron_h", **said}
    model = read(config)
    assert model.parameters is not None
    assert (model.layers, layers(model)) == (4, {"full": 1, "state": 1})
    assert model.parameters.mlp_b == pytest.approx(2 * 256 * 512 / 1e9)
    assert model.parameters.experts_b == pytest.approx(4 * 2 * 256 * 128 / 1e9)


@pytest.mark.parametrize(
    ("said", "routed"),
    [
        ({}, 4),
        ({"mlp_layer_types": ["dense", "sparse", "dense", "sparse"]}, 2),
        ({"moe_layer_freq": [0, 1, 1, 1]}, 3),
        ({"moe_layer_freq": 2}, 2),
        ({"first_k_dense_replace": 1}, 3),
        ({"num_dense_layers": 3}, 1),
        ({"mlp_only_layers": [0, 3]}, 2),
        ({"decoder_sparse_step": 2}, 2),
        ({"interleave_moe_layer_step": 4}, 1),
        ({"moe_layers_enum": "1,2,3"}, 3),
        ({"moe_layers": [2]}, 1),
        ({"expert_layer_period": 2, "expert_layer_offset": 1}, 2),
        ({"moe_layer_start_index": 1, "moe_layer_end_index": 2}, 2),
        ({"is_moe_layer": [False, True, True, True]}, 3),
        ({"num_experts": [1, 4, 4, 4]}, 3),
    ],
    ids=lambda value: next(iter(value), "all") if isinstance(value, dict) else "",
)
def test_layers_with_experts(said: dict[str, Any], routed: int) -> None:
    parameters = read({**ROUTED, **said}).parameters
    assert parameters is not None
    assert parameters.experts_b == pytest.approx(routed * 4 * 3 * 256 * 128 / 1e9)
    assert parameters.mlp_b == pytest.approx((4 - routed) * 3 * 256 * 512 / 1e9)


def test_heads_may_differ_from_layer_to_layer() -> None:
    listed = read({**PLAIN, "num_key_value_heads": [2, 2, 1, 1], "head_dim": 64})
    assert [(kind.layers, kind.kv_heads) for kind in listed.cache] == [(2, 2), (2, 1)]
    assert listed.kv_heads == 2
    exceptions = read(
        {**PLAIN, "per_layer_config": {"02": {"num_key_value_heads": 1}, "3": {"num_key_value_heads": 1}}}
    )
    assert exceptions.cache == listed.cache


def test_a_window_may_have_heads_and_widths_of_its_own() -> None:
    model = read({
        **PLAIN, "sliding_window": 128, "hybrid_layer_pattern": [0, 1, 1, 1], "head_dim": 192, "v_head_dim": 128,
        "swa_num_key_value_heads": 4, "swa_head_dim": 64, "swa_v_head_dim": 32,
    })  # fmt: skip
    assert model.cache == (
        CacheLayers("full", layers=1, kv_heads=2, values_per_head=320),
        CacheLayers("sliding", layers=3, kv_heads=4, values_per_head=96, window=128),
    )


def test_pruned_layers_attend_or_not_and_have_widths_of_their_own() -> None:
    attends = {"attention": {"no_op": False, "n_heads_in_group": 2}, "ffn": {"ffn_mult": 1.5}}
    idle = {"attention": {"no_op": True}, "ffn": {"no_op": True}}
    linear = {"attention": {"no_op": True, "replace_with_linear": True}, "ffn": {"no_op": True}}
    config = {**PLAIN, "model_type": "nemotron-nas", "num_key_value_heads": None, "intermediate_size": None}
    model = read({**config, "block_configs": [attends, idle, attends, idle]})
    assert model.cache == (CacheLayers("full", layers=2, kv_heads=2, values_per_head=128),)
    assert model.parameters is not None
    assert model.parameters.mlp_b == pytest.approx(2 * 3 * 256 * 256 / 1e9)
    with pytest.raises(InputError, match=r"block_configs\.3\.attention\.replace_with_linear: found true"):
        read({**config, "block_configs": [attends, idle, attends, linear]})


def test_heads_of_keys_are_those_of_queries_where_nothing_says_otherwise() -> None:
    assert read({**PLAIN, "num_key_value_heads": None}).kv_heads == 4
    assert read({**PLAIN, "multi_query": True}).kv_heads == 1


def test_layers_that_share_a_cache_keep_none() -> None:
    assert layers(read({**PLAIN, "num_kv_shared_layers": 3})) == {"full": 1}
    assert layers(read({**PLAIN, "use_cla": True, "cla_share_factor": 2})) == {"full": 2}


def test_layers_may_share_an_indexer() -> None:
    latent = {
        **PLAIN, "model_type": "glm_moe_dsa", "q_lora_rank": 64, "kv_lora_rank": 32, "qk_nope_head_dim": 16,
        "qk_rope_head_dim": 8, "v_head_dim": 16, "index_head_dim": 128, "index_n_heads": 2, "num_hidden_layers": 8,
        "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 64,
    }  # fmt: skip
    counted = read({**latent, "index_topk_freq": 4, "index_skip_topk_offset": 3})
    listed = read({**latent, "indexer_types": ["full"] * 3 + ["shared"] * 3 + ["full", "shared"]})
    assert layers(read(latent)) == {"latent": 8, "indexer": 8}
    assert layers(counted) == {"latent": 8, "indexer": 4}
    assert counted.cache == listed.cache


def test_a_list_may_go_on_with_draft_layers() -> None:
    listed = ["full_attention"] * 5
    model = read({**PLAIN, "num_nextn_predict_layers": 1, "layer_types": listed})
    assert model.cache == (FULL,)
    assert model.parameters is not None
    assert model.parameters.draft_b > 0
    with pytest.raises(InputError, match="layer_types: lists 5 layers, num_hidden_layers is 4"):
        read({**PLAIN, "layer_types": listed})


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"hybrid_override_pattern": "M*X-"}, "hybrid_override_pattern: found .*expected a text of the letters"),
        ({"compress_ratios": [0, 4, 64, 128]}, "compress_ratios: found 64; known: 0, 4, 128"),
        ({"linear_attn_config": {"full_attn_layers": [1], "kda_layers": [1, 2]}}, "does not share 4 layers"),
        ({"num_key_value_heads": [1, 2]}, "num_key_value_heads: lists 2 numbers, expected one"),
        ({"model_type": "qwen3_moe", **{k: ROUTED[k] for k in ("num_experts", "num_experts_per_tok")},
          "moe_intermediate_size": 64, "moe_layers_enum": "1;2"}, "moe_layers_enum: found .*commas"),
    ],
)  # fmt: skip
def test_a_list_that_is_not_understood_is_refused(said: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read({**PLAIN, **said})
