"""Configs in, catalogue records out: counts against published tensors, refusals by field, the user's file."""

from __future__ import annotations

import copy
import json
import random
import struct
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner.catalog.add_model import add_model, read_model
from planner.catalog.load import load_catalog
from planner.engine.replica.fit import fit
from planner.engine.specs import Deployment, Model, RequestShape, ServingSettings
from planner.toml.errors import InputError
from tests.catalog.published_configs import GEMMA_3_12B, MISTRAL_7B_V01, PHI_4, PUBLISHED, QWEN3_NEXT_80B

TODAY = date(2026, 11, 23)
CONFIGS = Path(__file__).parents[1] / "data" / "configs"

GENUINE = [
    ("meta-llama--Meta-Llama-3.1-8B", 8.030, "bf16", 131_072, 0),
    ("Qwen--Qwen3-8B", 8.191, "bf16", 147_456, 0),
    ("Qwen--Qwen3-30B-A3B-FP8", 30.532, "fp8", 98_304, 0),
    ("mistralai--Mixtral-8x7B-v0.1", 46.703, "bf16", 131_072, 0),
    ("deepseek-ai--DeepSeek-V3", 671.026, "fp8", 70_272, 0),
    ("deepseek-ai--DeepSeek-V3.2", 671.878, "fp8", 78_324, 0),
    ("moonshotai--Kimi-K2-Instruct", 1026.408, "fp8", 70_272, 0),
    ("openai--gpt-oss-20b", 20.915, "mxfp4", 49_152, 3_145_728),
    ("Qwen--Qwen3.5-27B", 27.36, "bf16", 65_536, 153_944_064),
    ("Qwen--Qwen3.5-35B-A3B", 35.11, "bf16", 20_480, 64_389_120),
    ("Qwen--Qwen3-VL-30B-A3B-Instruct", 31.071, "bf16", 98_304, 0),
    ("zai-org--GLM-5", 743.911, "bf16", 100_152, 0),
    ("MiniMaxAI--MiniMax-M2.5", 228.689, "fp8", 253_952, 0),
    ("MiniMaxAI--MiniMax-M3", 426.17, "bf16", 137_472, 0),
    ("deepseek-ai--DeepSeek-V4-Flash", 284.3, "mxfp4", 5_536, 5_636_096),
    ("zai-org--GLM-5.2", 743.38, "bf16", 92_628, 0),
    ("moonshotai--Kimi-K2.5", 1026.88, "int4", 70_272, 0),
    ("moonshotai--Kimi-K3", 2779.93, "mxfp4", 27_648, 449_372_160),
    ("meta-llama--Llama-4-Scout-17B-16E-Instruct", 107.77, "bf16", 196_608, 1_207_959_552),
    ("google--gemma-4-26B-A4B", 25.78, "bf16", 225_280, 209_715_200),
    ("XiaomiMiMo--MiMo-V2-Flash", 308.78, "fp8", 222_720, 25_559_040),
    ("stepfun-ai--Step-3.7-Flash", 195.84, "bf16", 184_320, 69_206_016),
    ("nvidia--Nemotron-H-56B-Base-8K", 56.32, "bf16", 40_960, 459_620_352),
    ("nvidia--NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", 31.58, "bf16", 6_144, 49_082_368),
    ("nvidia--NVIDIA-Nemotron-3.5-Lightning-30B-A3B-NVFP4", 31.58, "bf16", 6_144, 49_082_368),
    ("nvidia--Llama-3_3-Nemotron-Super-49B-v1", 49.87, "bf16", 200_704, 0),
]
"""file, parameters of the published tensors in 10**9, format, KV bytes a token, state bytes a sequence."""


def model_from(config: dict[str, Any], folder: Path) -> Model:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return read_model(str(folder), TODAY)[0]


def without(config: dict[str, Any], *path: str) -> dict[str, Any]:
    changed = copy.deepcopy(config)
    part = changed
    for name in path[:-1]:
        part = part[name]
    del part[path[-1]]
    return changed


@pytest.mark.parametrize(("name", "total_b", "weights", "kv_bytes", "state_bytes"), GENUINE)
def test_genuine_configs_count_what_is_published(
    name: str, total_b: float, weights: str, kv_bytes: float, state_bytes: float
) -> None:
    model, _ = read_model(str(CONFIGS / f"{name}.json"), TODAY)
    assert model.total_params_b == pytest.approx(total_b, rel=0.0005)
    assert model.native_format == weights
    assert model.kv_bytes_per_token_fp16 == kv_bytes
    assert model.fixed_state_bytes_per_sequence == state_bytes


@pytest.mark.parametrize("model_id", PUBLISHED)
def test_every_family_counts_what_is_published(model_id: str, tmp_path: Path) -> None:
    config, total_b, inside, beyond = PUBLISHED[model_id]
    model = model_from(config, tmp_path)
    assert model.total_params_b == pytest.approx(total_b, rel=0.0005)
    assert (model.kv_bytes_per_token_fp16, model.kv_bytes_per_token_beyond_window_fp16) == (inside, beyond)


@pytest.mark.parametrize("model_id", [i for i in PUBLISHED if i in load_catalog().models])
def test_what_is_read_is_what_the_catalogue_ships(model_id: str, tmp_path: Path) -> None:
    read, shipped = model_from(PUBLISHED[model_id][0], tmp_path), load_catalog().models[model_id]
    for field in (
        "layers", "hidden_size", "attention_heads", "kv_heads", "head_dim", "full_attention_layers",
        "sliding_window", "fixed_state_bytes_per_sequence", "vocab_size", "tied_embeddings", "moe_experts",
        "moe_active_experts", "moe_intermediate_size", "is_mla",
    ):  # fmt: skip
        if field == "kv_heads" and shipped.is_embedding:
            continue
        assert getattr(read, field) == getattr(shipped, field), field
    assert read.embedding_params_b == pytest.approx(shipped.embedding_params_b, rel=0.001)


def test_positions_that_no_token_takes_are_no_context(tmp_path: Path) -> None:
    assert model_from(PUBLISHED["BAAI/bge-m3"][0], tmp_path).max_context == 8192


def test_a_multimodal_wrapper_has_a_text_and_a_vision_part(tmp_path: Path) -> None:
    model = model_from(GEMMA_3_12B, tmp_path)
    assert model.modality == "text+image"
    assert model.vision_params_b == pytest.approx(0.42, rel=0.01)
    assert (model.vision_hidden_size, model.vision_patches_per_token) == (1152, 16)
    assert model.rotary_positions == 9 * 131_072
    assert (model.vocab_size, model.head_dim, model.max_context) == (262_208, 256, 131_072)


def test_active_parameters_leave_idle_experts_out(tmp_path: Path) -> None:
    assert model_from(QWEN3_NEXT_80B, tmp_path).active_params_b == pytest.approx(3.9, rel=0.05)


YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 4096}


@pytest.mark.parametrize(
    "said",
    [
        {"rope_scaling": YARN},
        {"rope_scaling": {**YARN, "type": "yarn", "rope_type": None}},
        {"rope_parameters": {**YARN, "rope_theta": 10_000}},
        {"rope_parameters": {"full_attention": YARN, "sliding_attention": {"rope_type": "default"}}},
        {"rope_scaling": {"rope_type": "yarn", "factor": 2, "original_max_position_embeddings": 8192}},
    ],
)
def test_yarn_stretches_the_context(said: dict[str, Any], tmp_path: Path) -> None:
    assert model_from({**PHI_4, **said}, tmp_path).max_context == 16_384
    assert model_from({**PHI_4, "max_position_embeddings": 4096, **said}, tmp_path).max_context == 16_384


@pytest.mark.parametrize("said", [{}, {"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}])
def test_other_scalings_leave_the_context_as_the_file_has_it(said: dict[str, Any], tmp_path: Path) -> None:
    assert model_from({**PHI_4, **said}, tmp_path).max_context == 16_384


@pytest.mark.parametrize("part", ["text_config", "llm_config", "language_config"])
def test_the_text_part_stands_under_several_names(part: str, tmp_path: Path) -> None:
    outer = {"model_type": "some_vl", part: PHI_4, "vision_config": {"model_type": "moonvit", "depth": 2, "width": 64}}
    model = model_from(outer, tmp_path)
    assert (model.layers, model.modality, model.family) == (40, "text+image", "Phi")
    thinker = model_from({"model_type": "some_omni", "thinker_config": {part: PHI_4}, "talker_config": {}}, tmp_path)
    assert thinker.total_params_b == pytest.approx(14.660, rel=0.0005)


def test_an_unknown_tower_costs_a_note_and_no_refusal(tmp_path: Path) -> None:
    def notes(tower: dict[str, Any]) -> tuple[str, ...]:
        (tmp_path / "config.json").write_text(json.dumps({**PHI_4, **tower}))
        return read_model(str(tmp_path), TODAY)[1]

    estimated = notes({"vision_config": {"model_type": "moonvit", "vt_hidden_size": 1152, "vt_num_hidden_layers": 27}})
    assert estimated == (
        'the vision encoder "moonvit" is not known: its weights are estimated from its width and depth',
    )
    (uncounted,) = notes({"audio_config": {"model_type": "ears"}})
    assert uncounted == 'the audio encoder "ears" is not known and not counted: its weights come on top'


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"model_type": "whisper", "d_model": 1280}, 'model_type: "whisper" is a speech model'),
        ({"model_type": "acme", "architectures": ["AcmeForSpeechSeq2Seq"]}, '"acme|AcmeForSpeechSeq2Seq" is a speech'),
        ({"model_type": "t5", "d_model": 512}, 'model_type: "t5" is an encoder-decoder model'),
        ({"model_type": "acme", "is_encoder_decoder": True}, 'model_type: "acme" is an encoder-decoder model'),
        ({"_class_name": "UNet2DConditionModel"}, '_class_name: "UNet2DConditionModel" is a diffusion model'),
        ({"model_type": "llada"}, 'model_type: "llada" is a diffusion model'),
        ({"model_type": "clip"}, 'model_type: "clip" is a vision model'),
        ({"model_type": "acme", "architectures": ["AcmeForMaskedLM"]}, "is an encoder of a family that is not known"),
        ({}, "model_type: missing; this key is needed"),
    ],
    ids=lambda value: str(next(iter(value.values()), "")) if isinstance(value, dict) else "",
)
def test_what_is_no_language_model_is_refused_with_the_reason(
    config: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        model_from(config, tmp_path)


def test_a_known_shape_stands_for_a_config_that_cannot_be_read(tmp_path: Path) -> None:
    phi = load_catalog().models["microsoft/phi-4"]
    stated = {"model_type": "phi_next", "num_hidden_layers": 40, "hidden_size": 5120, "extra_towers": 3}
    (tmp_path / "config.json").write_text(json.dumps({**stated, "torch_dtype": "bfloat16"}))
    model, notes = read_model(str(tmp_path), TODAY, "acme/phi", phi)
    assert (model.id, model.layers, model.total_params_b) == ("acme/phi", 40, phi.total_params_b)
    assert (model.licence, model.level, model.checkpoints[0].repo) == ("unknown", None, "acme/phi")
    assert notes[0].startswith("its shape is that of microsoft/phi-4: ")
    (tmp_path / "config.json").write_text(json.dumps({**stated, "num_hidden_layers": 41}))
    with pytest.raises(InputError, match="num_hidden_layers: found 41, microsoft/phi-4 has 40: its shape is another"):
        read_model(str(tmp_path), TODAY, "acme/phi", phi)


def test_a_window_on_every_layer_leaves_no_full_attention(tmp_path: Path) -> None:
    model = model_from(MISTRAL_7B_V01, tmp_path)
    assert (model.sliding_window, model.full_attention_layers) == (4096, 0)
    assert model.fixed_state_bytes_per_sequence == 4096 * 131_072


REQUIRED = [
    (PHI_4, ("num_hidden_layers",)),
    (PHI_4, ("hidden_size",)),
    (PHI_4, ("vocab_size",)),
    (PHI_4, ("max_position_embeddings",)),
    (PHI_4, ("intermediate_size",)),
    (PHI_4, ("model_type",)),
    (QWEN3_NEXT_80B, ("num_experts",)),
    (QWEN3_NEXT_80B, ("linear_num_value_heads",)),
    (PUBLISHED["deepseek-ai/DeepSeek-V2-Lite"][0], ("kv_lora_rank",)),
    (PUBLISHED["deepseek-ai/DeepSeek-V2-Lite"][0], ("v_head_dim",)),
    (GEMMA_3_12B, ("text_config", "num_hidden_layers")),
    (GEMMA_3_12B, ("vision_config", "patch_size")),
]


@pytest.mark.parametrize(
    ("config", "path"), REQUIRED, ids=lambda value: ".".join(value) if type(value) is tuple else ""
)
def test_a_missing_field_is_refused_by_its_name(config: dict[str, Any], path: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"{'.'.join(path)}: missing; this key"):
        model_from(without(config, *path), tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "brand_new", "n_gates": 4}, "n_gates: found 4, which is not understood: the family is not"),
        ({"model_type": "brand_new", "hidden_act": "relu2"}, 'hidden_act: found "relu2", which may mean two matrices'),
        ({"num_hidden_layers": "40"}, 'num_hidden_layers: found "40", expected a whole number above 0'),
        ({"num_hidden_layers": True}, "num_hidden_layers: found true, expected a whole number above 0"),
        ({"hidden_size": -5120}, "hidden_size: found -5_120"),
        ({"tie_word_embeddings": "no"}, 'tie_word_embeddings: found "no", expected true or false'),
        ({"torch_dtype": "int4"}, 'torch_dtype: found "int4"'),
        ({"quantization_config": {"quant_method": "spqr"}}, 'quant_method: found "spqr"'),
        ({"quantization_config": {"quant_method": "gptq", "bits": 30}}, "bits: found 30"),
        ({"quantization_config": []}, "quantization_config: found a list of 0, expected a table"),
        ({"layer_types": ["full_attention"]}, "layer_types: lists 1 layers, num_hidden_layers is 40"),
        ({"layer_types": ["hyena"] * 40}, 'layer_types: found "hyena"; known: attention'),
        (
            {"layer_types": ["mamba"] * 40},
            "layer_types: has layers without attention, and no field says what",
        ),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        model_from({**PHI_4, **change}, tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not valid JSON"),
        (b"[1]", "found a list of 1, expected a JSON object"),
        (b"\xff\xfe", "found the byte 0xff, expected text in UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"", "not valid JSON"),
    ],
)
def test_a_file_that_is_no_config_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_model(str(tmp_path), TODAY)


def test_what_is_neither_path_nor_id_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a file, nor a folder, nor a Hugging Face id"):
        read_model(str(tmp_path / "absent"), TODAY)
    with pytest.raises(InputError, match=r"holds no config\.json"):
        read_model(str(tmp_path), TODAY)


@pytest.mark.parametrize(
    ("quantisation", "expected"),
    [
        ({"quant_method": "awq", "bits": 4}, "awq"),
        ({"quant_method": "gptq", "bits": 4}, "gptq"),
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "fp8"),
        ({"quant_method": "compressed-tensors", "format": "pack-quantized"}, "int4"),
        ({"quant_method": "compressed-tensors", "format": "int-quantized"}, "int8"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
    ],
)
def test_the_checkpoint_says_its_format(quantisation: dict[str, Any], expected: str, tmp_path: Path) -> None:
    assert model_from({**PHI_4, "quantization_config": quantisation}, tmp_path).native_format == expected


def test_a_quantisation_file_beside_the_config_counts(tmp_path: Path) -> None:
    (tmp_path / "hf_quant_config.json").write_text('{"quantization": {"quant_algo": "FP8"}}')
    assert model_from(PHI_4, tmp_path).native_format == "fp8"


def write_safetensors(file: Path, tensors: dict[str, tuple[str, list[int], int]]) -> None:
    """A file with a genuine header; only as many bytes of data as a header needs are left out."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, (dtype, shape, size) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    raw = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(raw)) + raw)


def test_tensors_decide_over_arithmetic_and_drafts_are_left_out(tmp_path: Path) -> None:
    write_safetensors(
        tmp_path / "model.safetensors",
        {
            "model.layers.0.mlp.up_proj.weight": ("BF16", [15_000_000, 1000], 30_000_000_000),
            "model.layers.40.mlp.up_proj.weight": ("BF16", [1000, 1000], 2_000_000),
            "mtp.fc.weight": ("BF16", [1000, 1000], 2_000_000),
        },
    )
    (tmp_path / "config.json").write_text(json.dumps(PHI_4))
    model, notes = read_model(str(tmp_path), TODAY)
    assert model.total_params_b == 15.0
    assert "the tensors hold 15.000B parameters, the config's arithmetic gives 14.660B" in notes[0]


def test_packed_tensors_are_compared_by_size(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model.safetensors", {"model.layers.0.qweight": ("I32", [1000, 1000], 4_000_000)})
    config = {**PHI_4, "quantization_config": {"quant_method": "awq", "bits": 4}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    model, notes = read_model(str(tmp_path), TODAY)
    assert model.total_params_b == pytest.approx(14.66, rel=0.001)
    assert "the files hold 0.00 GiB" in notes[0]


def test_an_index_that_agrees_says_nothing(tmp_path: Path) -> None:
    index = {"metadata": {"total_size": 29_319_042_048}, "weight_map": {"lm_head.weight": "a.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    (tmp_path / "config.json").write_text(json.dumps(PHI_4))
    assert read_model(str(tmp_path), TODAY)[1] == ()


def shard(number: int, of: int) -> str:
    return f"model-{number:05}-of-{of:05}.safetensors"


ONE_TENSOR = {"model.layers.0.mlp.up_proj.weight": ("BF16", [1000, 1000], 2_000_000)}


@pytest.mark.parametrize(("there", "missing"), [((1,), 2), ((1, 2, 4), 3), ((2, 3, 4), 1), ((1, 2, 3), 4)])
def test_a_download_of_which_a_part_is_missing_is_refused(tmp_path: Path, there: tuple[int, ...], missing: int) -> None:
    (tmp_path / "config.json").write_text(json.dumps(PHI_4))
    for number in there:
        write_safetensors(tmp_path / shard(number, 4), ONE_TENSOR)
    with pytest.raises(InputError, match=rf"{shard(missing, 4)}: is missing beside {shard(there[0], 4)}"):
        read_model(str(tmp_path), TODAY)
    for number in range(1, 5):
        write_safetensors(tmp_path / shard(number, 4), ONE_TENSOR)
    assert read_model(str(tmp_path), TODAY)[0].total_params_b == 0.004


def test_what_the_index_names_is_there_too(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(PHI_4))
    write_safetensors(tmp_path / "first.safetensors", ONE_TENSOR)
    index = {"metadata": {"total_size": 1}, "weight_map": {"a": "first.safetensors", "b": "second/../x.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(InputError, match=r"x\.safetensors: is missing beside model\.safetensors\.index\.json"):
        read_model(str(tmp_path), TODAY)


def test_a_weight_file_holds_what_its_header_says(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(PHI_4))
    file = tmp_path / "model.safetensors"
    write_safetensors(file, ONE_TENSOR)
    head = file.read_bytes()
    for data, whole in ((0, True), (2_000_000, True), (1, False), (1_999_999, False)):
        file.write_bytes(head + b"\0" * data)
        if whole:
            assert read_model(str(tmp_path), TODAY)[0].total_params_b == 0.001
        else:
            with pytest.raises(InputError, match=r"model\.safetensors: model\.layers\.0.*data_offsets within the file"):
                read_model(str(tmp_path), TODAY)
    write_safetensors(file, {"model.norm.weight": ("BF16", [1000], 1_999)})
    with pytest.raises(InputError, match="expected a dtype, a shape of as many bytes"):
        read_model(str(tmp_path), TODAY)


@pytest.mark.parametrize("content", [b"", b"\x00" * 8, struct.pack("<Q", 5) + b"hello", struct.pack("<Q", 2) + b"[]"])
def test_a_broken_weight_file_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    (tmp_path / "config.json").write_text(json.dumps(PHI_4))
    with pytest.raises(InputError, match=r"model\.safetensors: is not a safetensors file"):
        read_model(str(tmp_path), TODAY)


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    return tmp_path / "own" / "catalog.toml"


def added(config: dict[str, Any], tmp_path: Path, own_file: Path, model_id: str = "acme/model") -> None:
    source = tmp_path / "source"
    source.mkdir(exist_ok=True)
    (source / "config.json").write_text(json.dumps(config))
    add_model(str(source), own_file, TODAY, model_id)


def test_an_added_model_can_be_sized(tmp_path: Path, own_file: Path) -> None:
    added(GEMMA_3_12B, tmp_path, own_file)
    catalog = load_catalog(own_file)
    model = catalog.models["acme/model"]
    assert model == model_from(GEMMA_3_12B, tmp_path / "again") or model.checkpoints[0].repo == "acme/model"
    replica = Deployment(model, "bf16", "fp16", catalog.gpus["h100-sxm"], catalog.engines["vllm"])
    assert fit(replica, ServingSettings(), RequestShape(1000, 500)).fits


def test_what_stood_in_the_file_stays(tmp_path: Path, own_file: Path) -> None:
    own_file.parent.mkdir()
    added(PHI_4, tmp_path, own_file, "acme/model")
    own = f"# our own\n{own_file.read_text()}\n[gpus.rtx-4090]\nnotes = 'two in the cellar' # really\n"
    own_file.write_text(own)
    added(PHI_4, tmp_path, own_file, "acme/other")
    assert own_file.read_text().startswith(own)
    added({**PHI_4, "num_hidden_layers": 41}, tmp_path, own_file, "acme/model")
    text = own_file.read_text()
    assert text.count('[models."acme/model"]') == 1
    assert text.startswith("# our own\n")
    assert "notes = 'two in the cellar' # really" in text
    models = load_catalog(own_file).models
    assert (models["acme/model"].layers, models["acme/other"].layers) == (41, 40)


def test_adding_twice_changes_nothing(tmp_path: Path, own_file: Path) -> None:
    added(PHI_4, tmp_path, own_file)
    first = own_file.read_text()
    added(PHI_4, tmp_path, own_file)
    assert own_file.read_text() == first


def test_a_shipped_model_keeps_its_licence_and_level(tmp_path: Path, own_file: Path) -> None:
    added({**PHI_4, "num_hidden_layers": 41}, tmp_path, own_file, "microsoft/phi-4")
    shipped, changed = load_catalog().models["microsoft/phi-4"], load_catalog(own_file).models["microsoft/phi-4"]
    assert changed.layers == 41
    assert (changed.licence, changed.level, changed.checkpoints) == (
        shipped.licence,
        shipped.level,
        shipped.checkpoints,
    )


def test_a_broken_user_file_is_left_as_it_was(tmp_path: Path, own_file: Path) -> None:
    own_file.parent.mkdir()
    for broken in ("[models", "[unknown.x]\na = 1\n", "[gpus.rtx-4090]\nmemory = 1\n"):
        own_file.write_text(broken)
        with pytest.raises(InputError, match=r"catalog\.toml"):
            added(PHI_4, tmp_path, own_file)
        assert own_file.read_text() == broken
        assert [file.name for file in own_file.parent.iterdir()] == ["catalog.toml"]


def run(*words: str) -> int:
    from planner.cli.main import main

    return main(list(words))


def test_the_command_says_what_it_read_and_where_it_wrote(
    tmp_path: Path, own_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(CONFIGS / "deepseek-ai--DeepSeek-V3.json")
    assert run("--catalog", str(own_file), "catalog", "add-model", config, "--id", "acme/v3") == 0
    told = capsys.readouterr().out
    assert "acme/v3 (DeepSeek)" in told
    assert "671.026B parameters, 37.552B active, weights fp8" in told
    assert f"added in {own_file}" in told
    assert run("--catalog", str(own_file), "catalog", "add-model", config, "--id", "acme/v3", "--format", "json") == 0
    told_json = json.loads(capsys.readouterr().out)
    assert told_json["replaced"] is True
    assert told_json["model"]["id"] == "acme/v3"


def test_the_command_refuses_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.json").write_text(json.dumps(without(PHI_4, "hidden_size")))
    assert run("--catalog", str(tmp_path / "own.toml"), "catalog", "add-model", str(tmp_path)) == 2
    told = capsys.readouterr()
    assert told.err == f"planner: {tmp_path / 'config.json'}: hidden_size: missing; this key is needed\n"
    assert told.out == ""
    assert not (tmp_path / "own.toml").exists()


JUNK: list[object] = [None, 0, -1, True, "x", "", [], [{}], {}, {"a": 1}, 1.5, 10**30, [1, 2], "128", 3]


def test_no_mangled_config_ends_in_a_traceback(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    configs = [json.loads(file.read_text()) for file in sorted(CONFIGS.glob("*.json"))]
    configs += [config for config, *_ in PUBLISHED.values()]
    refusals = []
    for _ in range(400):
        mangled = copy.deepcopy(chance.choice(configs))
        parts = [mangled, *(part for part in mangled.values() if isinstance(part, dict) and part)]
        part = chance.choice(parts)
        part[chance.choice(sorted(part))] = chance.choice(JUNK)
        try:
            model_from(mangled, tmp_path)
        except InputError as error:
            refusals.append(str(error))
    assert len(refusals) > 100
    assert not [line for line in refusals if "\n" in line]


def test_models_added_at_once_are_all_there(tmp_path: Path) -> None:
    """The first of them meet while there is neither file nor folder."""
    file = tmp_path / "settings" / "catalog.toml"
    source, ids = str(CONFIGS / "Qwen--Qwen3-8B.json"), [f"own/model-{number}" for number in range(6)]
    with ThreadPoolExecutor(len(ids)) as pool:
        added = list(pool.map(lambda id_: add_model(source, file, TODAY, id_), ids))
    assert [one.replaced for one in added] == [False] * len(ids)
    assert set(ids) <= set(load_catalog(file).models)
