"""What quantisers write, read: every method, mixed widths, skip lists, and the cache a checkpoint asks for."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner.catalog.add_model import read_model
from planner.engine.replica.weights import dense_bytes, file_bytes
from planner.engine.specs import Checkpoint, GroupBytes, Model, ParameterGroups
from planner.engine.units import GIB
from planner.toml.errors import InputError
from tests.catalog.quantised_configs import (
    FP8_TENSOR,
    INT8_CHANNEL,
    LLAMA_8B,
    MIXED,
    QWEN3_5_27B,
    QWEN3_8B,
    QWEN3_MOE,
    Config,
    compressed,
)


def read(folder: Path, config: Config, beside: Config | None = None) -> tuple[Model, Checkpoint]:
    (folder / "config.json").write_text(json.dumps(config))
    if beside is not None:
        (folder / "hf_quant_config.json").write_text(json.dumps({"quantization": beside}))
    model, _ = read_model(str(folder), date(2026, 11, 29))
    return model, model.checkpoints[0]


def layout(folder: Path, config: Config, beside: Config | None = None) -> GroupBytes:
    found = read(folder, config, beside)[1].layout
    assert found is not None
    return found


AWQ = {"quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": True}
GPTQ = {"quant_method": "gptq", "bits": 4, "group_size": 32, "desc_act": False, "sym": True}
AUTO_ROUND = {"bits": 4, "group_size": 128, "sym": True, "data_type": "int", "packing_format": "auto_round:auto_gptq"}
NF4 = {"quant_method": "bitsandbytes", "load_in_4bit": True, "load_in_8bit": False, "bnb_4bit_quant_type": "nf4"}
BLOCKS = {"quant_method": "fp8", "weight_block_size": [128, 128], "modules_to_not_convert": ["lm_head"]}
HQQ = {"quant_method": "hqq", "quant_config": {"weight_quant_params": {"nbits": 4, "group_size": 64}}}
TORCHAO = {
    "quant_method": "torchao",
    "quant_type": {"default": {"_type": "Int4WeightOnlyConfig", "_data": {"group_size": 64}}},
}
QUARK = {
    "quant_method": "quark", "exclude": ["lm_head"],
    "global_quant_config": {"weight": {"dtype": "fp4", "qscheme": "per_group", "group_size": 32}},
    "kv_cache_quant_config": {},
}  # fmt: skip


@pytest.mark.parametrize(
    ("quantisation", "weights", "mlp"),
    [
        (compressed(FP8_TENSOR, "float-quantized"), "fp8", 1.0),
        (compressed(INT8_CHANNEL, "naive-quantized"), "int8", 1.0),
        (compressed(INT8_CHANNEL, "int-quantized"), "int8", 1.0),
        (compressed(INT8_CHANNEL, "pack-quantized"), "w8a16", 1.0),
        (compressed({"num_bits": 4, "type": "int", "group_size": 32}, "pack-quantized"), "int4", 0.5625),
        (compressed({"num_bits": 4, "type": "int", "group_size": 128}, "pack-quantized"), "int4", 0.515625),
        (compressed({"num_bits": 8, "type": "float", "group_size": 32}, "mxfp8-quantized"), "mxfp8", 1.03125),
        (compressed({"num_bits": 4, "type": "float", "group_size": 16}, "nvfp4-pack-quantized"), "nvfp4", 0.5625),
        (compressed({"num_bits": 4, "type": "float", "group_size": 32}, "mxfp4-pack-quantized"), "mxfp4", 0.53125),
        (compressed({"num_bits": 3, "type": "int", "group_size": 128}, "pack-quantized"), "3bpw", 0.390625),
        (AWQ, "awq", 0.51953125),
        (GPTQ, "gptq", 0.578125),
        ({"quant_method": "auto-round", **AUTO_ROUND}, "int4", 0.51953125),
        ({"quant_method": "autoround", **AUTO_ROUND}, "int4", 0.51953125),
        ({"quant_method": "auto_round", **AUTO_ROUND}, "int4", 0.51953125),
        ({**NF4, "bnb_4bit_use_double_quant": True}, "nf4", 0.515869),
        (NF4, "nf4", 0.5625),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "bnb-int8", 1.001),
        (BLOCKS, "fp8", 1.000244),
        ({"quant_method": "fbgemm_fp8"}, "fp8", 1.001),
        ({"quant_method": "mxfp8"}, "mxfp8", 1.03125),
        (HQQ, "int4", 0.5625),
        (TORCHAO, "int4", 0.5625),
        ({"quant_method": "torchao", "quant_type": "float8_dynamic_activation_float8_weight"}, "fp8", 1.001),
        (QUARK, "mxfp4", 0.53125),
        ({"quant_method": "exl3", "bits": 4.0, "head_bits": 6}, "4.0bpw", 0.5),
        ({"quant_algo": "FP8", "producer": {"name": "modelopt"}}, "fp8", 1.001),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4", 0.5625),
        ({"quant_method": "modelopt", "quant_algo": "W4A16_AWQ", "group_size": 64}, "int4", 0.53125),
        ({"quant_method": "of-next-year", "settings": {"w_bit": 4, "group_size": 64}}, "int4", 0.5390625),
    ],
)
def test_every_method_comes_down_to_a_format_and_bytes_a_parameter(
    quantisation: Config, weights: str, mlp: float, tmp_path: Path
) -> None:
    model, found = read(tmp_path, {**QWEN3_8B, "quantization_config": quantisation})
    assert (model.native_format, found.format) == (weights, weights)
    assert found.layout is not None
    assert found.layout.mlp == pytest.approx(mlp, rel=0.001)
    assert found.layout.embedding == 2.0
    assert found.layout.head == (0.75 if "head_bits" in quantisation else 2.0)


@pytest.mark.parametrize(
    ("config", "gib"),
    [
        ({**LLAMA_8B, "compression_config": compressed(FP8_TENSOR, "float-quantized")}, 8.5),
        ({**LLAMA_8B, "quantization_config": compressed(INT8_CHANNEL, "pack-quantized")}, 8.5),
        ({**LLAMA_8B, "quantization_config": compressed(INT8_CHANNEL, "naive-quantized")}, 8.5),
        ({**QWEN3_5_27B, "quantization_config": MIXED}, 21.2),
    ],
)
def test_whole_checkpoints_weigh_what_is_published(config: Config, gib: float, tmp_path: Path) -> None:
    model, found = read(tmp_path, config)
    assert file_bytes(model, found.format) / GIB == pytest.approx(gib, rel=0.01)


def test_the_first_group_that_names_a_matrix_holds(tmp_path: Path) -> None:
    """FP8 attention, mixers and head, and eight of 64 feed-forward blocks; the small projections keep 16 bit."""
    found = layout(tmp_path, {**QWEN3_5_27B, "quantization_config": MIXED})
    assert found.mlp == pytest.approx((8 * 1.001 + 56 * 0.5625) / 64, rel=0.001)
    assert found.attention == found.head == pytest.approx(1.001, rel=0.001)
    assert found.attention < found.linear_attention < 1.01
    assert (found.vision, found.embedding) == (2.0, 2.0)


MODELOPT = {"quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8", "group_size": 16}


@pytest.mark.parametrize(
    ("excluded", "expected"),
    [
        (["lm_head", "model.layers.*.self_attn*"], {"attention": 2.0, "experts": 0.5625}),
        ([f"model.layers.{i}.self_attn.q_proj" for i in range(48)], {"experts": 0.5625}),
        (["*.mlp.experts.*"], {"attention": 0.5625, "experts": 2.0}),
        (["model.layers.0*"], {"attention": (2.0 + 47 * 0.5625) / 48, "experts": (2.0 + 47 * 0.5625) / 48}),
        (["gate"], {"attention": 0.5625, "experts": 0.5625}),
        (["re:.*self_attn.*"], {"attention": 2.0, "experts": 0.5625}),
    ],
)
def test_what_is_left_alone_keeps_16_bit(excluded: list[str], expected: dict[str, float], tmp_path: Path) -> None:
    found = layout(tmp_path, QWEN3_MOE, {**MODELOPT, "exclude_modules": excluded})
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected)
    assert 0.5625 <= found.attention <= 2.0


def test_modelopt_lists_the_width_of_each_layer(tmp_path: Path) -> None:
    layers = {
        **{f"model.layers.{i}.mlp.experts": {"quant_algo": "NVFP4", "group_size": 16} for i in range(48)},
        **{f"model.layers.{i}.self_attn.{p}_proj": {"quant_algo": "MXFP8"} for i in range(48) for p in "qkvo"},
        "lm_head": {"quant_algo": "W4A16_NVFP4", "group_size": 16},
    }
    found = layout(tmp_path, QWEN3_MOE, {"quant_algo": "MIXED_PRECISION", "quantized_layers": layers})
    assert (found.experts, found.attention, found.head) == (0.5625, 1.03125, 0.5625)


def test_experts_of_an_fp8_checkpoint_may_be_narrower(tmp_path: Path) -> None:
    found = layout(tmp_path, {**QWEN3_MOE, "quantization_config": BLOCKS, "expert_dtype": "fp4"})
    assert found.experts == 0.53125
    assert found.attention == pytest.approx(1.000244, rel=1e-5)


def test_gptq_may_leave_layers_out_and_widen_others(tmp_path: Path) -> None:
    rules = {"-:.*self_attn.*": {}, "+:.*down_proj": {"bits": 8}}
    found = layout(tmp_path, {**QWEN3_8B, "quantization_config": {**GPTQ, "dynamic": rules}})
    assert found.attention == 2.0
    assert 0.578 < found.mlp < 1.1


@pytest.mark.parametrize(
    ("config", "beside", "kv"),
    [
        (
            {"quantization_config": compressed(FP8_TENSOR, kv_cache_scheme={"num_bits": 8, "type": "float"})},
            None,
            "fp8",
        ),
        ({"quantization_config": compressed(FP8_TENSOR, kv_cache_scheme=None)}, None, ""),
        ({"quantization_config": {"quant_algo": "FP8", "kv_cache_scheme": "FP8"}}, None, "fp8"),
        ({}, {**MODELOPT, "exclude_modules": ["lm_head"]}, "fp8"),
        ({}, {"quant_algo": "NVFP4", "kv_cache_quant_algo": None}, ""),
    ],
)
def test_a_checkpoint_asks_for_its_cache(config: Config, beside: Config | None, kv: str, tmp_path: Path) -> None:
    assert read(tmp_path, {**QWEN3_8B, **config}, beside)[1].kv == kv


def test_what_had_to_be_guessed_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, {**QWEN3_8B, "quantization_config": {"quant_method": "nova", "bits": 4, "group_size": 64}})[
        1
    ]
    assert 'quant_method "nova" is not known: 4 bits and groups of 64' in found.described_by


@pytest.mark.parametrize(
    ("quantisation", "said"),
    [
        ({"quant_method": "nova"}, "quantization_config.quant_method"),
        ({"quant_method": "modelopt", "quant_algo": "W3A3"}, "quantization_config.quant_algo"),
        (
            {"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": {"num_bits": 99}}}},
            "num_bits",
        ),
        ({"quant_method": "quark"}, "global_quant_config"),
        ({"quant_method": "torchao", "quant_type": "uintx"}, "quant_type"),
        ({"quant_method": "exl2"}, "bits"),
    ],
)
def test_what_cannot_be_read_names_its_field(quantisation: Config, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said):
        read(tmp_path, {**QWEN3_8B, "quantization_config": quantisation})


def test_a_mean_over_groups_counts_parameters() -> None:
    groups = ParameterGroups(attention_b=1.0, mlp_b=3.0)
    assert dense_bytes(groups, GroupBytes(attention=2.0, mlp=0.5)) == 0.875
    assert dense_bytes(ParameterGroups(), GroupBytes(mlp=0.5)) == 0.5


@pytest.mark.parametrize(
    ("total_size", "file_gb"),
    [(5_700_000_000, 5.7), (16_060_000_000, None), (1, None)],
    ids=["as served", "at 32 bit", "no sum at all"],
)
def test_the_files_own_bytes_beat_the_rule(tmp_path: Path, total_size: int, file_gb: float | None) -> None:
    index = {"metadata": {"total_size": total_size}, "weight_map": {"lm_head.weight": "a.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    model, checkpoint = read(tmp_path, LLAMA_8B | {"quantization_config": AWQ})
    assert checkpoint.file_gb == file_gb
    assert checkpoint.layout is not None
    if file_gb is not None:
        assert file_bytes(model, "awq") == pytest.approx(file_gb * 1e9)
        assert (checkpoint.stated_by, checkpoint.stated_on) == ("its own safetensors files", "2026-11-29")


def test_what_mla_keeps_twice_is_counted() -> None:
    """kv_b of DeepSeek V3: 61 layers of 512 x 128 heads x (128 + 128)."""
    model, _ = read_model(
        str(Path(__file__).parents[1] / "data/configs/deepseek-ai--DeepSeek-V3.json"), date(2026, 11, 29)
    )
    assert model.parameters is not None
    assert model.parameters.absorbed_b == pytest.approx(61 * 512 * 128 * 256 / 1e9)


MLX = {"group_size": 64, "bits": 4}


@pytest.mark.parametrize("also", [{}, {"quantization_config": MLX}])
def test_mlx_packs_the_embedding_and_the_head_too(tmp_path: Path, also: Config) -> None:
    """mlx-community/Meta-Llama-3.1-8B-Instruct-4bit is a file of 4.5 GB."""
    model, checkpoint = read(tmp_path, {**LLAMA_8B, "quantization": MLX, **also})
    assert checkpoint.format == "int4"
    found = checkpoint.layout
    assert found is not None
    assert {found.attention, found.mlp, found.experts, found.embedding, found.head, found.draft} == {0.5625}
    assert model.total_params_b * 0.5625 == pytest.approx(4.52, abs=0.01)


def test_modules_of_mlx_have_widths_of_their_own(tmp_path: Path) -> None:
    own = {"model.embed_tokens": {"group_size": 64, "bits": 8}, "lm_head": False}
    found = layout(tmp_path, {**LLAMA_8B, "quantization": {**MLX, **own}})
    assert (found.mlp, found.embedding, found.head) == (0.5625, 1.0625, 2.0)
    assert layout(tmp_path, {**LLAMA_8B, "quantization": {**MLX, "group_size": 32, "mode": "mxfp4"}}).mlp == 0.53125


def test_a_width_that_mlx_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"quantization\.bits"):
        read(tmp_path, {**LLAMA_8B, "quantization": {"bits": 99, "group_size": 64}})


JUNK = [None, True, 0, -1, 10**400, 1e308, "", "4", "re:(", [], [None], [[1], 2], {}, {"num_bits": "4"}]


@pytest.mark.parametrize("quantised", [AWQ, GPTQ, AUTO_ROUND, NF4, BLOCKS, HQQ, TORCHAO, QUARK, FP8_TENSOR, MIXED])
def test_whatever_a_file_says_is_read_or_refused_in_one_line(tmp_path: Path, quantised: Config) -> None:
    """Values of the file replaced by what no quantiser writes: each of a short file, a dozen or two of a long one."""
    found = list(places(quantised))
    for path in found[:: 1 + len(found) // 12]:
        for junk in JUNK:
            config = LLAMA_8B | {"quantization_config": changed(quantised, path, junk)}
            try:
                model, checkpoint = read(tmp_path, config)
            except InputError as error:
                said = str(error)
            else:
                said = ""
                assert 0 < file_bytes(model, checkpoint.format) < 1e12
            assert "\n" not in said


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, held in inner:
        yield (*path, key)
        yield from places(held, (*path, key))


def changed(config: Config, path: tuple[str | int, ...], value: object) -> Config:
    copied = copy.deepcopy(config)
    part: Any = copied
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return copied
