"""Hour-of-week presets: from 24 weekday weights and a weekend factor to 168 weights with mean 1."""

from __future__ import annotations

from planner.catalog.rooms import ProfileShape
from planner.engine.specs import Profile
from planner.engine.units import HOURS_PER_DAY, HOURS_PER_WEEK

WEEKDAYS = 5
WEEKEND_DAYS = 2


def expand(shape: ProfileShape) -> Profile:
    """The preset as 168 weights from Monday 00:00, scaled to mean 1. An empty shape stays empty (see `checks`)."""
    weekend = tuple(weight * shape.weekend_factor for weight in shape.weekday)
    week = shape.weekday * WEEKDAYS + weekend * WEEKEND_DAYS
    total = sum(week)
    weights = tuple(weight * HOURS_PER_WEEK / total for weight in week) if total > 0 else week
    return Profile(
        shape.id, shape.label, weights, max(weights, default=0.0), shape.day_noise_cv, shape.why, shape.citation
    )


def is_whole_week(profile: Profile) -> bool:
    """168 weights with mean 1."""
    expected = HOURS_PER_DAY * (WEEKDAYS + WEEKEND_DAYS)
    return len(profile.weights) == expected and abs(sum(profile.weights) / expected - 1) < 1e-9
