"""Names as people type them find one record; others list the nearest."""

from __future__ import annotations

import pytest

from planner.catalog.load import shipped_catalog
from planner.catalog.lookup import LookupFailed, find, find_model, normalised


@pytest.mark.parametrize(
    ("text", "gpu"),
    [
        ("rtx-4090", "rtx-4090"),
        ("RTX 4090", "rtx-4090"),
        ("4090", "rtx-4090"),
        ("4090 48GB", "rtx-4090-48gb"),
        ("h100", "h100-sxm"),
        ("H100 NVL", "h100-nvl"),
        ("a100", "a100-80-sxm"),
        ("A4000", "rtx-a4000"),
        ("rtx 4000 sff ada", "rtx-4000-sff-ada"),
        ("GeForce RTX 5090", "rtx-5090"),
        ("MI300X", "mi300x"),
    ],
)
def test_gpus_by_id_name_or_alias(text: str, gpu: str) -> None:
    assert find(shipped_catalog().gpus, text).id == gpu


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("llama-3.3-70b", "meta-llama/Llama-3.3-70B-Instruct"),
        ("Llama 3.3 70B", "meta-llama/Llama-3.3-70B-Instruct"),
        ("META-LLAMA/llama-3.3-70b-instruct", "meta-llama/Llama-3.3-70B-Instruct"),
        ("qwen 2.5 72b", "Qwen/Qwen2.5-72B-Instruct"),
        ("qwen3.8-27b", "Qwen/Qwen3.8-27B"),
        ("deepseek v3", "deepseek-ai/DeepSeek-V3"),
        ("mixtral", "mistralai/Mixtral-8x7B-Instruct-v0.1"),
        ("Mistral Large 2", "mistralai/Mistral-Large-Instruct-2407"),
        ("phi-4", "microsoft/phi-4"),
        ("gpt-oss-20b", "openai/gpt-oss-20b"),
        ("bge-m3", "BAAI/bge-m3"),
    ],
)
def test_models_by_id_name_or_alias(text: str, model: str) -> None:
    assert find(shipped_catalog().models, text).id == model


@pytest.mark.parametrize(
    ("text", "api"),
    [
        ("sonnet 4.6", "claude-sonnet-4-6"),
        ("Claude Sonnet 4.6", "claude-sonnet-4-6"),
        ("haiku 4.5", "claude-haiku-4-5"),
        ("claude-opus-4-7", "claude-opus-4-7"),
        ("GPT-6 Luna", "gpt-6-luna"),
        ("groq/openai/gpt-oss-120b", "groq/openai/gpt-oss-120b"),
    ],
)
def test_apis_by_id_name_or_alias(text: str, api: str) -> None:
    assert find(shipped_catalog().apis, text).id == api


@pytest.mark.parametrize("room", ["gpus", "models", "engines"])
def test_every_alias_leads_to_its_own_record(room: str) -> None:
    records = getattr(shipped_catalog(), room)
    for record in records.values():
        for text in (record.id, record.name, *getattr(record, "aliases", ())):
            assert find(records, text) is record, text


def test_a_name_that_fits_several_lists_them() -> None:
    with pytest.raises(LookupFailed, match="'RTX 4000' fits several") as caught:
        find(shipped_catalog().gpus, "RTX 4000")
    assert caught.value.ambiguous
    assert {"rtx-4000-ada", "rtx-4000-sff-ada"} <= set(caught.value.candidates)


def test_many_candidates_are_counted_rather_than_listed() -> None:
    with pytest.raises(LookupFailed, match=r"fits several: .* and \d+ more$"):
        find(shipped_catalog().models, "qwen")


def test_an_unknown_name_lists_the_nearest() -> None:
    with pytest.raises(LookupFailed, match="nothing is called 'rtx 409o'; nearest: rtx-4090, ") as caught:
        find(shipped_catalog().gpus, "rtx 409o")
    assert not caught.value.ambiguous
    assert "rtx-4090" in caught.value.candidates


@pytest.mark.parametrize(
    ("text", "model", "weights", "is_said"),
    [
        ("kimi-k2-thinking", "moonshotai/Kimi-K2-Thinking", "int4", False),
        ("Qwen/Qwen3-30B-A3B", "Qwen/Qwen3-30B-A3B", "bf16", False),
        ("Qwen/Qwen3-30B-A3B-FP8", "Qwen/Qwen3-30B-A3B", "fp8", False),
        ("qwen3-30b-a3b-thinking-2507", "Qwen/Qwen3-30B-A3B-Instruct-2507", "bf16", True),
        ("deepseek-ai/DeepSeek-R1-0528", "deepseek-ai/DeepSeek-R1", "fp8", True),
        ("nvidia/DeepSeek-R1-0528-NVFP4", "deepseek-ai/DeepSeek-R1", "nvfp4", True),
        ("RedHatAI/gemma-3-12b-it-quantized.w4a16", "google/gemma-3-12b-it", "int4", False),
        ("unsloth/Llama-3.3-70B-Instruct-bnb-4bit", "meta-llama/Llama-3.3-70B-Instruct", "nf4", True),
        ("qwen3-coder-30b", "Qwen/Qwen3-Coder-30B-A3B-Instruct", "bf16", True),
        ("bartowski/Qwen2.5-32B-Instruct-GGUF", "Qwen/Qwen2.5-32B-Instruct", "q4_k_m", True),
        ("bartowski/Qwen2.5-32B-Instruct-GGUF:IQ4_XS", "Qwen/Qwen2.5-32B-Instruct", "iq4_xs", True),
        ("unsloth/Qwen3.6-35B-A3B-GGUF", "Qwen/Qwen3.6-35B-A3B", "q4_k_m", True),
        ("unsloth/Qwen3.6-35B-A3B-GGUF:UD-Q4_K_XL", "Qwen/Qwen3.6-35B-A3B", "ud-q4_k_xl", True),
        ("qwen3.5:27b-q4_K_M", "Qwen/Qwen3.5-27B", "q4_k_m", True),
    ],
)
def test_a_name_asks_for_a_model_and_a_format(text: str, model: str, weights: str, is_said: bool) -> None:
    found = find_model(shipped_catalog().models, text)
    assert (found.model.id, found.weights, found.stands_in) == (model, weights, is_said)


@pytest.mark.parametrize(
    "text",
    ["moonshotai/Kimi-K2-Instruct", "Qwen/Qwen3-8B-Base", "Qwen/QwQ-32B", "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B",
     "Qwen3-30B-A3B-Instruct", "zai-org/GLM-4.5V", "mistralai/Mistral-7B-Instruct-v0.2"],
)  # fmt: skip
def test_another_release_is_no_stand_in(text: str) -> None:
    """Its context, format or shape is another, or nobody has said that it is the same."""
    with pytest.raises(LookupFailed, match="nothing is called"):
        find_model(shipped_catalog().models, text)


@pytest.mark.parametrize("text", ["Mellum2", "Hy3", "Muse-Glimmer-30B", "Inkling", "Laguna"])
def test_what_nothing_is_like_gets_no_suggestion_but_the_way_to_add_it(text: str) -> None:
    hint = "planner catalog add-model CONFIG_OR_ID adds a model from its config.json"
    with pytest.raises(LookupFailed) as caught:
        find_model(shipped_catalog().models, text)
    assert caught.value.problem == f"nothing is called '{text}'; {hint}"


def test_releases_that_are_the_same_have_no_record_of_their_own() -> None:
    models = shipped_catalog().models
    tails = {normalised(model.id.rsplit("/", 1)[-1]) for model in models.values()}
    named = [name for model in models.values() for name in model.same_as]
    assert len(named) == len(set(named))
    assert not tails & set(map(normalised, named))


@pytest.mark.parametrize("text", ["", "   ", "--", "[bold]"])
def test_a_text_without_a_name_finds_nothing(text: str) -> None:
    with pytest.raises(LookupFailed):
        find(shipped_catalog().gpus, text)


def test_an_empty_room_says_so_without_candidates() -> None:
    with pytest.raises(LookupFailed, match=r"^nothing is called 'x'$"):
        find({}, "x")


def test_punctuation_and_case_do_not_matter_but_plus_does() -> None:
    assert normalised("RTX-4090") == normalised("rtx 4090") == "rtx4090"
    assert normalised("Command R+") != normalised("Command R")
