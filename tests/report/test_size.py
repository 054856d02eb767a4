"""The answer of `planner size` in words."""

from __future__ import annotations

from itertools import product

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine import specs
from planner.engine.replica.fit import published_formats
from planner.engine.replica.size import size
from planner.quantities import count, fixed
from planner.report.size import sizing_document, sizing_text
from planner.report.text import width
from tests.factories import sample_sizing
from tests.plain import long_numbers, texts

SIZED = list(product(sorted(shipped_catalog().models)[::9], ("l4", "rtx-4090", "h100-sxm", "b200")))


def test_a_no_says_by_how_much_and_what_would_fit() -> None:
    text = sizing_text(sample_sizing(fits=False))
    lines = text.splitlines()
    assert "✗ DOES NOT FIT by 3.6 GiB per GPU" in lines[:3]
    assert "- 2 of these GPUs (tensor parallel 2): weights 9.2 GiB per GPU" in lines
    assert "Speed of the replica" not in text


def test_a_yes_shows_the_step_and_the_evidence() -> None:
    text = sizing_text(sample_sizing())
    assert text.splitlines()[1].startswith("✓ FITS  640 [499–800] output tok/s at concurrency 32")
    for term in ("weights read", "KV cache read", "communication", "= decode step", "+ prefill of others"):
        assert term in text
    assert "716 predicted (+3.8 %)" in " ".join(text.split())
    assert "example.org" in text


def test_it_stays_within_a_terminal() -> None:
    for fits in (True, False):
        assert [line for line in sizing_text(sample_sizing(fits=fits)).splitlines() if width(line) > 80] == []


@pytest.mark.parametrize(("model", "gpu"), SIZED)
def test_no_number_of_more_than_three_digits(model: str, gpu: str) -> None:
    """But counts that the engine prints or is told, and what a source says of a file."""
    catalog, shape = shipped_catalog(), specs.RequestShape(1000, 500, 0.0, None)
    found = catalog.models[model]
    for weights in list(published_formats(found))[:2]:
        deployment = specs.Deployment(
            model=found, weights=weights, kv="fp16", gpu=catalog.gpus[gpu], engine=catalog.engines["vllm"]
        )
        sizing = size(catalog, deployment, specs.ServingSettings(), shape)
        memory = sizing.memory
        told = (1000, 500, 1500, 1024, memory.kv_tokens, memory.max_num_seqs, memory.max_num_batched_tokens)
        known = frozenset((*map(count, told), fixed(memory.longest_concurrency, 2)))
        repositories = [build.repo for build in found.checkpoints]
        names = (found.name, found.id, catalog.gpus[gpu].name, deployment.engine.version, *filter(None, repositories))
        for text in texts(sizing_document(sizing)):
            if not text.startswith("Weights of "):
                assert long_numbers(text, known, *names) == [], text
