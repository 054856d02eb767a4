"""Fleets of several regions: one in each, of offers there and with a spare of its own; their costs add up.

Where a region is only named for some of the work, the rest goes to the region that has the most of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from planner.engine.fleet.curve import FleetPlan
from planner.engine.fleet.self_hosted import RegionFleet, SelfHostedFleet
from planner.engine.specs import Inputs, Offer, Region

ANYWHERE = frozenset[Region](("eu", "us", "apac"))
_EVERYWHERE = frozenset({"", "global", "all"})
"""What a source says of an offer that stands wherever it is wanted, or nothing."""
_AREAS: tuple[tuple[Region, re.Pattern[str]], ...] = (
    ("eu", re.compile(r"eu|de|fi|fr|nl|.*europe.*|germany.*|france.*|sweden.*|eu-.*|fr-.*|nl-.*")),
    ("us", re.compile(r"us|na|us-.*|(east|west|central|northcentral|southcentral)us\d?")),
    ("apac", re.compile(r"apac|ap-.*|asia.*|japan.*|southeastasia|australia.*")),
)


def areas_of(offer: Offer) -> frozenset[Region]:
    """Where an offer can be had, as far as its source says; none where what it says is of no known region."""
    said = offer.region.casefold().strip()
    if said in _EVERYWHERE and not offer.already_paid:
        return ANYWHERE
    parts = [part.strip() for part in re.split(r"[/,]", said)]
    found = {area for area, shape in _AREAS for part in parts if shape.fullmatch(part)}
    return frozenset(found | ({"eu"} if offer.in_eu else set()))


def regions_of(inputs: Inputs, rows: Sequence[int]) -> dict[Region, tuple[int, ...]]:
    """Some of the plan's workloads by the region whose fleet takes them; none where no region is named."""
    found: dict[Region, list[int]] = {}
    for i in rows:
        if (region := inputs.workload[i].region) is not None:
            found.setdefault(region, []).append(i)
    rest = [i for i in rows if inputs.workload[i].region is None]
    if found and rest:
        most = max(found, key=lambda region: sum(inputs.workload[i].tokens_per_day for i in found[region]))
        found[most] += rest
    return {region: tuple(sorted(each)) for region, each in found.items()}


def united(pooled: SelfHostedFleet, parts: Sequence[tuple[Region, SelfHostedFleet]]) -> SelfHostedFleet:
    """The fleets of several regions as one of all their work. `pooled`: as if all of it were in one place."""
    fleets = [fleet for _, fleet in parts]
    served = np.zeros_like(pooled.plan.served)
    for fleet in fleets:
        served[[pooled.rows.index(row) for row in fleet.rows]] = fleet.plan.served
    people = (len(fleets) - 1) * pooled.offer.fixed_total
    plan = FleetPlan(
        replicas_by_month=tuple(map(sum, zip(*(f.plan.replicas_by_month for f in fleets), strict=True))),
        rent=np.sum([f.plan.rent for f in fleets], axis=0),
        served=served,
        paid_replicas=np.sum([f.plan.paid_replicas for f in fleets], axis=0),
        fees=np.sum([f.plan.fees for f in fleets], axis=0),
        utilisation_limit=min(f.plan.utilisation_limit for f in fleets),
        total=sum(f.plan.total for f in fleets) - people,
        curve_total=pooled.plan.curve_total,
        curve_columns=pooled.plan.curve_columns,
    )
    units = [max(f.plan.replicas_by_month) / f.offer.replicas_per_unit for f in fleets]
    month = float(np.average([f.offer.unit_month for f in fleets], weights=units)) if any(units) else 0.0
    offer = replace(
        pooled.offer,
        spare=sum(f.offer.spare for f in fleets),
        unit_month=month,
        constant=any(f.offer.constant for f in fleets),
    )
    return replace(pooled, offer=offer, plan=plan, regions=tuple(in_region(region, fleet) for region, fleet in parts))


def in_region(region: Region, fleet: SelfHostedFleet) -> RegionFleet:
    """A fleet of one region, for those who ask what stands where."""
    return RegionFleet(
        region=region,
        offer_id=fleet.offer_id,
        rows=fleet.rows,
        replicas_by_month=fleet.plan.replicas_by_month,
        spare=fleet.offer.spare,
    )
