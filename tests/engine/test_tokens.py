"""The same text is more tokens on one model than on another, for the bill and for the GPU alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.api_prices import price_book, unit_costs
from planner.engine.specs import ApiModel, Model, PriceTier, Text
from planner.engine.tokens import TEXTS, tokens_by_text, tokens_of
from planner.evaluate import evaluate
from tests.engine import plans

CATALOG = shipped_catalog()


@pytest.mark.parametrize(
    ("id", "text", "ratio"),
    [
        ("Qwen/Qwen3-8B", "json", 1.19), ("Qwen/Qwen3-8B", "prose", 1.01), ("Qwen/Qwen3-8B", "tables", 1.33),
        ("mistralai/Mistral-Small-3.2-24B-Instruct-2506", "json", 1.235), ("openai/gpt-oss-120b", "json", 1.0),
        ("google/gemma-3-27b-it", "japanese", 0.72), ("deepseek-ai/DeepSeek-V3", "chinese", 0.90),
    ],
)  # fmt: skip
def test_open_models_are_counted_as_measured(id: str, text: Text, ratio: float) -> None:
    """Counts of twelve texts with eleven tokenizers; prose, json and tables are means of two."""
    assert tokens_by_text(CATALOG.tokenizers, CATALOG.models[id])[TEXTS.index(text)] == pytest.approx(ratio, abs=0.006)


def test_every_family_is_used_and_every_record_names_one_that_exists() -> None:
    records: list[Model | ApiModel] = [*CATALOG.models.values(), *CATALOG.apis.values()]
    assert {r.tokenizer for r in records} - {""} == set(CATALOG.tokenizers)
    for family in CATALOG.tokenizers.values():
        assert family.low <= 1.0 <= family.high


def test_a_bill_elsewhere_counts_the_tokens_made_there() -> None:
    """One price, two tokenizers: JSON costs a fifth more on Qwen 3, prose a hundredth."""
    base = CATALOG.apis["gpt-4.1-mini"]
    there = replace(base, id="elsewhere", tokenizer="qwen-3")
    book = price_book([base, there], plans.AS_OF, 1.0, CATALOG.tokenizers)
    texts: tuple[tuple[Text, float], ...] = (("json", 1.19), ("prose", 1.01))
    for text, ratio in texts:
        work = replace(plans.workload(), text=text)
        here, away = unit_costs(work, book, tokens_of(CATALOG, base, work), 0.0)[:, 0].sum(axis=1)
        assert away / here == pytest.approx(ratio, abs=0.006)


def test_a_tier_is_reached_by_the_tokens_of_its_own_model() -> None:
    """A prompt of 100,000 tokens of JSON today is 119,000 there, and dearer above 110,000."""
    base = replace(CATALOG.apis["gpt-4.1-mini"], tiers=(PriceTier(110_000, 100.0),))
    there = replace(base, id="elsewhere", tokenizer="qwen-3")
    work = replace(plans.workload(), text="json", input_tokens=100_000.0, input_tokens_p95=100_000.0)
    book = price_book([base, there], plans.AS_OF, 1.0, CATALOG.tokenizers)
    here, away = unit_costs(work, book, tokens_of(CATALOG, base, work), 0.0)[:, 0, 0]
    assert away > 50 * here


def test_own_gpus_are_sized_for_the_tokens_they_will_see() -> None:
    plan = plans.plan(plans.workload(tokens_per_day=5e9))
    plan = plans.with_assumptions(plan, shared_endpoint_tokens_per_minute=1e9)  # bursts go to the same host in both
    as_json = plans.changed(plan, workload=tuple(replace(w, text="json") for w in plan.workload))
    replicas = []
    for inputs in (plan, as_json):
        options = evaluate(inputs, CATALOG, plans.AS_OF, draws=0).options
        replicas.append(
            {(o.model, o.weights, o.kv, o.offer): o.replicas for o in options if o.model.startswith("Qwen/")}
        )
    prose, json = replicas
    both = prose.keys() & json.keys()
    assert both
    assert all(json[key] >= prose[key] for key in both)
    assert any(json[key] > prose[key] for key in both)
