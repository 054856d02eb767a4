"""Names as people type them find one record; others list the nearest."""

from __future__ import annotations

import pytest

from planner.catalog.load import shipped_catalog
from planner.catalog.lookup import LookupFailed, find, normalised


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
