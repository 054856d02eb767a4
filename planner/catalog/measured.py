"""Cards and models that public measurements name but the catalogue does not offer: enough to predict their speed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from planner.engine.measured.directory import Directory
from planner.engine.specs import Catalog, Citation, Gpu, Model

_USABLE_SHARE = {"Apple silicon": 0.75}
"""Share of unified memory a GPU may use by default; other cards show 94 % (GDDR with ECC) or more."""


def measured_gpus() -> tuple[Gpu, ...]:
    """Cards of measured_gpus.toml; usable memory follows the catalogue's rule and is marked as assumed."""
    return tuple(_gpu(record) for record in _read("measured_gpus.toml")["gpu"])


def measured_models() -> tuple[Model, ...]:
    """Models of measured_models.toml; licence and quality are not stated, so the search never offers them."""
    return tuple(_model(record) for record in _read("measured_models.toml")["model"])


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("planner.catalog") / "data" / name).read_text("utf-8"))


def _gpu(r: Mapping[str, Any]) -> Gpu:
    share = _USABLE_SHARE.get(r["architecture"], 0.94)
    return Gpu(
        id=r["id"],
        name=r["name"],
        vendor=r["vendor"],
        architecture=r["architecture"],
        memory_gb=r["memory_gb"],
        memory_gib_usable=r.get("memory_gib_usable", r["memory_gb"] * share),
        memory_usable_assumed=True,
        bandwidth_gb_s=r["bandwidth_gb_s"],
        dense_bf16_tflops=r.get("dense_bf16_tflops"),
        dense_fp8_tflops=r.get("dense_fp8_tflops"),
        dense_int8_tops=r.get("dense_int8_tops"),
        dense_fp4_tflops=r.get("dense_fp4_tflops"),
        interconnect="",
        link=r["link"],
        link_gb_s=r.get("link_gb_s"),
        tdp_w=r.get("tdp_w"),
        form_factor="",
        compute_capability=r["compute_capability"],
        aliases=tuple(r["aliases"]),
        notes="",
        citation=Citation(r["source"], r["as_of"]),
    )


def _model(r: Mapping[str, Any]) -> Model:
    is_mla = r.get("is_mla", False)
    per_layer = 2 * (576 if is_mla else 2 * r["kv_heads"] * r["head_dim"])
    tied = r.get("tied_embeddings", False)
    full_layers = r.get("full_attention_layers", r["layers"])
    return Model(
        id=r["id"],
        name=r["id"].split("/")[-1],
        family="measured",
        release="",
        licence="",
        commercial_use="no",
        commercial_conditions="",
        eu_allowed=False,
        total_params_b=r["total_params_b"],
        active_params_b=r["active_params_b"],
        embedding_params_b=r["vocab_size"] * r["hidden_size"] * (1 if tied else 2) / 1e9,
        vision_params_b=0.0,
        layers=r["layers"],
        hidden_size=r["hidden_size"],
        attention_heads=r["attention_heads"],
        kv_heads=r.get("kv_heads"),
        head_dim=r.get("head_dim"),
        attention_kind="mla" if is_mla else "gqa",
        is_mla=is_mla,
        full_attention_layers=full_layers,
        sliding_window=r.get("sliding_window"),
        kv_bytes_per_token_fp16=per_layer * r["layers"],
        kv_bytes_per_token_beyond_window_fp16=per_layer * full_layers,
        fixed_state_bytes_per_sequence=0.0,
        kv_known=True,
        vocab_size=r["vocab_size"],
        max_context=r.get("max_context", 32768),
        tied_embeddings=tied,
        moe_experts=r.get("moe_experts"),
        moe_active_experts=r.get("moe_active_experts"),
        intermediate_size=r["intermediate_size"],
        moe_intermediate_size=r.get("moe_intermediate_size"),
        modality="text",
        native_format="bf16",
        checkpoints=(),
        gated=False,
        level=None,
        level_basis="",
        tokenizer_factor=1.0,
        aliases=(),
        notes="",
        citation=Citation(r["source"], r["as_of"]),
    )


def directory_of(catalog: Catalog) -> Directory:
    """Every card and model that a measurement may name: the catalogue's own first."""
    return Directory(
        (*catalog.gpus.values(), *measured_gpus()),
        (*catalog.models.values(), *measured_models()),
    )
