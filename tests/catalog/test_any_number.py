"""Any one number of a card or a model set to an extreme: refused with its place, or sized without a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from planner.catalog.load import load_catalog, shipped_catalog
from planner.engine.measured.nearest import nearest
from planner.engine.replica.performance import Objectives
from planner.engine.replica.size import size
from planner.engine.specs import Deployment, Gpu, Model, RequestShape, ServingSettings
from planner.report.size import sizing_text
from planner.toml.errors import InputError

MODEL, GPU = "Qwen/Qwen3-8B", "l40s"


def numbers() -> Iterator[tuple[str, str, str]]:
    for room, id, record in (("gpus", GPU, Gpu), ("models", MODEL, Model)):
        for field in fields(record):
            if any(word in str(field.type) for word in ("int", "float", "Count", "Positive", "Factor")):
                yield room, id, field.name


@pytest.mark.parametrize(("room", "id", "field"), tuple(numbers()))
def test_any_number_of_a_record_may_be_extreme(tmp_path: Path, room: str, id: str, field: str) -> None:
    file = tmp_path / "own.toml"
    for value in ("0", "1_000_000_000_000"):
        file.write_text(f"[{room}.'{id}']\n{field} = {value}\n")
        try:
            catalog = load_catalog(file)
        except InputError:
            continue
        model, engine = catalog.models[MODEL], catalog.engines["vllm"]
        deployment = Deployment(model, model.native_format, "fp16", catalog.gpus[GPU], engine, 2, 1)
        sized = size(catalog, deployment, ServingSettings(), RequestShape(1000, 500), None, Objectives())
        assert sizing_text(replace(sized, evidence=nearest(catalog, deployment, sized.shape, 1.0)))


def test_a_card_whose_memory_is_not_known_is_sized() -> None:
    """No measurement divides by what is entered as 0."""
    catalog = shipped_catalog()
    assert catalog.gpus["m5-pro"].memory_gib_usable == 0
    deployment = Deployment(
        catalog.models[MODEL], "bf16", "fp16", catalog.gpus["m5-pro"], catalog.engines["vllm"], 1, 1
    )
    sized = size(catalog, deployment, ServingSettings(), RequestShape(1000, 500), None, Objectives())
    assert not sized.memory.fits
