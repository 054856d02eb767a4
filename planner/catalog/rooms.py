"""The rooms of the catalogue: which table of the TOML holds which record, and what an absent key stands for."""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.fields import Shape
from planner.engine.specs import ApiModel, Assumption, Citation, Gpu, Model, Offer, Purchase, ServingEngine


@dataclass(frozen=True, slots=True)
class Rate:
    """An exchange rate: USD for one unit of the currency `id`."""

    id: str
    usd_per_unit: float
    citation: Citation


@dataclass(frozen=True, slots=True)
class ProfileShape:
    """An hour-of-week preset as written: 24 weekday weights and a factor for Saturday and Sunday."""

    id: str
    label: str
    weekday: tuple[float, ...]
    weekend_factor: float
    day_noise_cv: float
    peak_to_mean: float
    why: str
    citation: Citation


_GPU = Shape(
    Gpu,
    {
        "memory_gb": None,
        "memory_usable_assumed": False,
        "dense_bf16_tflops": None,
        "dense_fp8_tflops": None,
        "dense_int8_tops": None,
        "dense_fp4_tflops": None,
        "link_gb_s": None,
        "tdp_w": None,
        "compute_capability": "",
        "form_factor": "",
        "aliases": (),
        "notes": "",
    },
    positive=frozenset({"bandwidth_gb_s", "memory_gb", "tdp_w"}),
)
_MODEL = Shape(
    Model,
    {
        "family": "",
        "release": "",
        "commercial_conditions": "",
        "eu_allowed": True,
        "vision_params_b": 0.0,
        "kv_heads": None,
        "head_dim": None,
        "is_mla": False,
        "sliding_window": None,
        "fixed_state_bytes_per_sequence": 0.0,
        "kv_known": True,
        "tied_embeddings": False,
        "moe_experts": None,
        "moe_active_experts": None,
        "intermediate_size": None,
        "moe_intermediate_size": None,
        "gated": False,
        "level": None,
        "level_basis": "",
        "tokenizer_factor": 1.0,
        "aliases": (),
        "notes": "",
        "rotary_positions": None,
        "vision_hidden_size": None,
        "vision_intermediate_size": None,
        "vision_patches_per_token": None,
    },
    positive=frozenset({"total_params_b", "active_params_b", "layers", "hidden_size", "vocab_size", "max_context"}),
)
_OFFER = Shape(
    Offer,
    {"in_eu": False, "setup_fee": 0.0, "monthly_extra": 0.0, "notes": ""},
    positive=frozenset({"gpu_count"}),
)
_API = Shape(
    ApiModel,
    {
        "hf_id": None,
        "cache_read_usd_per_mtok": None,
        "cache_write_usd_per_mtok": None,
        "cache_write_1h_usd_per_mtok": None,
        "batch_discount_fraction": None,
        "context_window": None,
        "status": "active",
        "retires_on": None,
        "in_eu": False,
        "is_embedding": False,
        "level": None,
        "level_basis": "",
        "tokenizer_factor": 1.0,
        "tiers": (),
        "changes": (),
        "tier_notes": "",
        "aliases": (),
        "peak_hours_per_week": 0.0,
        "peak_factor": 1.0,
    },
    positive=frozenset({"tokenizer_factor", "context_window", "peak_factor"}),
)
_ENGINE = Shape(
    ServingEngine,
    {"default_memory_fraction": None, "default_max_num_seqs": None, "formats": (), "vendors": (), "notes": ""},
)
_PURCHASE = Shape(Purchase, {"whole_server": False, "includes_vat": False, "notes": ""}, positive=frozenset({"price"}))

ROOMS: dict[str, Shape] = {
    "gpus": _GPU,
    "models": _MODEL,
    "offers": _OFFER,
    "apis": _API,
    "engines": _ENGINE,
    "assumptions": Shape(Assumption, {}, signed=True),
    "profiles": Shape(ProfileShape, {}, positive=frozenset({"weekend_factor", "peak_to_mean"})),
    "purchases": _PURCHASE,
    "fx": Shape(Rate, {}, positive=frozenset({"usd_per_unit"})),
}
"""Table name = file name: `[gpus.l40s]` lives in gpus.toml; a user's own file may hold several of them."""
