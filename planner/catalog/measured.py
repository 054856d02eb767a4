"""Cards and models that public measurements name but the catalogue does not offer: enough to predict their speed."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

from planner.catalog.records import read_record
from planner.engine.measured.directory import Directory
from planner.engine.specs import Catalog, Gpu, Model
from planner.engine.units import BILLION

SHOWN_AT_LEAST = 0.94
"""What a card shows of its memory at least (GDDR with ECC); machines that share it state their own."""


def measured_gpus() -> tuple[Gpu, ...]:
    """Cards of measured_gpus.toml; usable memory follows the catalogue's rule and is marked as assumed."""
    return tuple(_gpu(record) for record in _read("measured_gpus.toml")["gpu"])


def measured_models() -> tuple[Model, ...]:
    """Models of measured_models.toml; licence and quality are not stated, so the search never offers them."""
    return tuple(_model(record) for record in _read("measured_models.toml")["model"])


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("planner.catalog") / "data" / name).read_text("utf-8"))


def _gpu(stated: dict[str, Any]) -> Gpu:
    usable = stated["memory_gb"] * SHOWN_AT_LEAST
    unstated = {"memory_gib_usable": usable, "memory_usable_assumed": True, "interconnect": ""}
    gpu: Gpu = read_record(Gpu, stated.pop("id"), unstated | stated)
    return gpu


def _model(stated: dict[str, Any]) -> Model:
    id, is_mla = stated.pop("id"), stated.get("is_mla", False)
    per_layer = 2 * (576 if is_mla else 2 * stated["kv_heads"] * stated["head_dim"])
    full_layers = stated.get("full_attention_layers", stated["layers"])
    matrices = 1 if stated.get("tied_embeddings") else 2
    unstated = {
        "name": id.split("/")[-1],
        "family": "measured",
        "licence": "",
        "commercial_use": "no",
        "eu_allowed": False,
        "embedding_params_b": stated["vocab_size"] * stated["hidden_size"] * matrices / BILLION,
        "attention_kind": "mla" if is_mla else "gqa",
        "full_attention_layers": full_layers,
        "kv_bytes_per_token_fp16": per_layer * stated["layers"],
        "kv_bytes_per_token_beyond_window_fp16": per_layer * full_layers,
        "max_context": 32768,
        "modality": "text",
        "native_format": "bf16",
        "checkpoints": {},
    }
    model: Model = read_record(Model, id, unstated | stated)
    return model


def directory_of(catalog: Catalog) -> Directory:
    """Every card and model that a measurement may name: the catalogue's own first."""
    return Directory((*catalog.gpus.values(), *measured_gpus()), (*catalog.models.values(), *measured_models()))
