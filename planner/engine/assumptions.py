"""Defaults of the economics, each a catalogue record that a plan may change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields

from planner.engine.specs import Catalog, Inputs, Range
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Mid values in force: the plan's own where it has one, the catalogue's otherwise. Units are in the names."""

    engineer_eur_year: float
    setup_weeks: float
    ongoing_engineer_fraction: float
    dedicated_setup_weeks: float
    dedicated_engineer_fraction: float
    hired_engineer_fraction: float
    hiring_cost_eur: float
    hiring_delay_months: float
    model_swaps_per_year: float
    model_swap_weeks: float
    observability_usd_month: float
    security_usd_month: float
    storage_egress_usd_month: float
    safe_utilisation_interactive: float
    safe_utilisation_background: float
    burst_factor: float
    arrival_variability: float
    """(ca^2 + cs^2) / 2 of the queue, lengths exponential: 1 = Poisson arrivals, v = gaps with ca^2 = 2v - 1."""
    api_price_change_per_year: float
    gpu_price_change_per_year: float
    saving_to_recommend_fraction: float
    """Own GPUs are recommended only when they save at least this share of the best API bill."""
    probability_to_recommend: float
    cold_start_minutes: float
    spot_interruptions_per_month: float
    spot_outage_hours: float
    capex_years: float
    pue: float
    power_eur_kwh: float
    colocation_usd_kw_month: float
    spares_fraction: float
    """Of the purchase price, a year."""
    residual_fraction: float
    cost_of_capital: float
    """A year."""
    server_power_factor: float
    """Power of a server over that of its cards."""
    idle_power_fraction: float
    server_capex_factor: float
    """Price of a server over that of its cards."""


_SHARE = (0.0, 1.0)
_LONGEST = (0.0, 520.0)
_RATIO = (1.0, 10.0)
_MONEY = (0.0, 1e9)
BOUNDS: Mapping[str, tuple[float, float]] = {
    "engineer_eur_year": _MONEY,
    "hiring_cost_eur": _MONEY,
    "observability_usd_month": _MONEY,
    "security_usd_month": _MONEY,
    "storage_egress_usd_month": _MONEY,
    "colocation_usd_kw_month": _MONEY,
    "setup_weeks": _LONGEST,
    "ongoing_engineer_fraction": (0.0, 100.0),
    "dedicated_setup_weeks": _LONGEST,
    "dedicated_engineer_fraction": (0.0, 100.0),
    "hired_engineer_fraction": (0.0, 100.0),
    "hiring_delay_months": _LONGEST,
    "model_swaps_per_year": (0.0, 365.0),
    "model_swap_weeks": _LONGEST,
    "cold_start_minutes": (0.0, 1440.0),
    "spot_interruptions_per_month": (0.0, 5000.0),
    "spot_outage_hours": (0.0, 730.0),
    "safe_utilisation_interactive": (0.05, 0.99),
    "safe_utilisation_background": (0.05, 0.99),
    "burst_factor": (1.0, 100.0),
    "arrival_variability": (0.05, 100.0),
    "day_noise_cv": (0.0, 10.0),
    "api_price_change_per_year": (-0.99, 10.0),
    "gpu_price_change_per_year": (-0.99, 10.0),
    "cached_input_shift_fraction": (-1.0, 1.0),
    "thinking_output_factor": (1.0, 100.0),
    "shared_endpoint_tokens_per_minute": (1.0, 1e12),
    "cache_hits_other_host_fraction": _SHARE,
    "cache_hits_router_fraction": _SHARE,
    "throughput_gain_per_year": (-0.99, 10.0),
    "saving_to_recommend_fraction": _SHARE,
    "probability_to_recommend": _SHARE,
    "api_rise_probability": _SHARE,
    "api_rise_fraction": (0.0, 100.0),
    "moved_output_fraction": (-0.95, 100.0),
    "own_fleet_fraction": (-0.9, 10.0),
    "exchange_change_fraction": (-0.9, 10.0),
    "rent_drift_per_month": (0.0, 1.0),
    "capex_years": (0.5, 30.0),
    "pue": _RATIO,
    "power_eur_kwh": (0.0, 10.0),
    "spares_fraction": _SHARE,
    "residual_fraction": _SHARE,
    "cost_of_capital": _SHARE,
    "server_power_factor": _RATIO,
    "idle_power_fraction": _SHARE,
    "server_capex_factor": _RATIO,
    "composite_margin_points": (0.0, 100.0),
    "chance_above": _SHARE,
    "chance_level": _SHARE,
    "chance_below": _SHARE,
    "chance_unknown": _SHARE,
}
"""What each may be at all, in its own unit: beyond it the arithmetic means nothing."""


def bounds_of(key: str) -> tuple[float, float]:
    """Smallest and largest value of an assumption, in its unit; of a name that is none, nothing is known."""
    return BOUNDS.get(key, (-math.inf, math.inf))


def beyond_bounds(key: str, wanted: Range) -> dict[str, float]:
    """What of low, mid and high no assumption of that name may be."""
    least, most = bounds_of(key)
    stated = {"low": wanted.low, "mid": wanted.mid, "high": wanted.high}
    return {name: value for name, value in stated.items() if not least <= value <= most}


def range_of(inputs: Inputs, catalog: Catalog, key: str) -> Range:
    """Low / mid / high of one assumption, the plan's own first. Raises KeyError for an unknown id."""
    if key in inputs.assumptions:
        return inputs.assumptions[key]
    record = catalog.assumptions[key]
    return Range(record.low, record.mid, record.high)


def resolve(inputs: Inputs, catalog: Catalog) -> Assumptions:
    """Mid values of every assumption the engine uses."""
    return Assumptions(**{f.name: range_of(inputs, catalog, f.name).mid for f in fields(Assumptions)})
