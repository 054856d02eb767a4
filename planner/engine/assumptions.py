"""Defaults of the economics, each a catalogue record that a plan may change."""

from __future__ import annotations

from dataclasses import fields

from planner.engine.specs import Catalog, Inputs, Range
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Mid values in force: the plan's own where it has one, the catalogue's otherwise. Units are in the names."""

    engineer_eur_year: float
    setup_weeks: float
    ongoing_engineer_fraction: float
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


def range_of(inputs: Inputs, catalog: Catalog, key: str) -> Range:
    """Low / mid / high of one assumption, the plan's own first. Raises KeyError for an unknown id."""
    if key in inputs.assumptions:
        return inputs.assumptions[key]
    record = catalog.assumptions[key]
    return Range(record.low, record.mid, record.high)


def resolve(inputs: Inputs, catalog: Catalog) -> Assumptions:
    """Mid values of every assumption the engine uses."""
    return Assumptions(**{f.name: range_of(inputs, catalog, f.name).mid for f in fields(Assumptions)})
