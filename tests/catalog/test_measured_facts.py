"""The shapes and cards behind public measurements: each one read somewhere, and each shape adding up to its size."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from planner.catalog.measured import measured_gpus, measured_models
from planner.engine.specs import Gpu, Model

MODELS = {model.id: model for model in measured_models()}
_UNGATED = re.compile(r"gpt-j|gpt-neox|falcon-|bloom|opt-|mpt-|phi-[12]|starcoder|pythia|Nemotron-4|Minitron|Apertus")
"""Families whose feed-forward block has two matrices, not three."""
_SHARED_EXPERT_WIDTH: Mapping[str, int] = {
    "deepseek-ai/DeepSeek-V2": 2 * 1536,
    "deepseek-ai/DeepSeek-V2-Lite": 2 * 1408,
    "Qwen/Qwen2-57B-A14B": 20480,
    "Qwen/Qwen1.5-MoE-A2.7B-Chat": 5632,
    "deepseek-ai/deepseek-moe-16b-chat": 2 * 1408,
}
_FIRST_LAYER_IS_DENSE = ("deepseek-ai/DeepSeek-V2", "deepseek-ai/DeepSeek-V2-Lite", "deepseek-ai/deepseek-moe-16b-chat")
_QUERY_RANK: Mapping[str, int] = {"deepseek-ai/DeepSeek-V2": 1536}


def _attention(m: Model) -> int:
    if m.is_mla:
        queries = m.attention_heads * 192
        rank = _QUERY_RANK.get(m.id)
        into = m.hidden_size * queries if rank is None else rank * (m.hidden_size + queries)
        return into + m.hidden_size * 576 + m.attention_heads * (512 * 256 + 128 * m.hidden_size)
    assert m.kv_heads is not None
    assert m.head_dim is not None
    return m.hidden_size * m.head_dim * 2 * (m.attention_heads + m.kv_heads)


def _total_b(m: Model) -> float:
    matrices = 2 if _UNGATED.search(m.id) else 3
    assert m.intermediate_size is not None
    dense = matrices * m.hidden_size * m.intermediate_size
    if m.moe_experts is None:
        blocks = m.layers * dense
    else:
        assert m.moe_intermediate_size is not None
        width = m.moe_experts * m.moe_intermediate_size + _SHARED_EXPERT_WIDTH.get(m.id, 0)
        first_dense = int(m.id in _FIRST_LAYER_IS_DENSE)
        blocks = first_dense * dense + (m.layers - first_dense) * matrices * m.hidden_size * width
    embeddings = m.vocab_size * m.hidden_size * (1 if m.tied_embeddings else 2)
    return (m.layers * _attention(m) + blocks + embeddings) / 1e9


@pytest.mark.parametrize("model_id", MODELS)
def test_a_shape_adds_up_to_the_size_its_model_is_known_by(model_id: str) -> None:
    model = MODELS[model_id]
    assert _total_b(model) == pytest.approx(model.total_params_b, rel=0.01)


def test_every_record_says_where_and_when_it_was_read() -> None:
    place = re.compile(r"PyPI|https?://|github\.com/\S+@[0-9a-f]{40}:|public file ref|twice")
    records: list[Model | Gpu] = [*measured_models(), *measured_gpus()]
    for record in records:
        assert place.search(record.citation.source), record.id
        assert re.fullmatch(r"20\d\d-\d\d", record.citation.as_of), record.id
        assert "recalled" not in record.citation.source, record.id


def test_no_card_is_listed_twice_and_none_is_faster_in_eight_bits_than_twice_sixteen() -> None:
    cards = measured_gpus()
    assert len({card.id for card in cards}) == len(cards)
    for card in cards:
        if card.dense_fp8_tflops and card.dense_bf16_tflops:
            assert card.dense_bf16_tflops <= card.dense_fp8_tflops <= 2.01 * card.dense_bf16_tflops, card.id
