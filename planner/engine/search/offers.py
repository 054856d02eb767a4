"""Rental offers with the ways to cut a model over their GPUs."""

from __future__ import annotations

from planner.engine.fleet.ownership import OWNED
from planner.engine.fleet.self_hosted import offer_month
from planner.engine.specs import Catalog, Gpu, Inputs, Offer
from planner.records import dataclass

TENSOR_PARALLEL = (1, 2, 4, 8, 16)


@dataclass(frozen=True, slots=True)
class PlacedOffer:
    """A rental offer with one way to cut a model over its GPUs."""

    offer: Offer
    gpu: Gpu
    tensor_parallel: int
    month: float
    """Plan currency for the whole product."""

    @property
    def replicas_per_unit(self) -> int:
        return self.offer.gpu_count // self.tensor_parallel


def placed_offers(inputs: Inputs, catalog: Catalog, usd_per_unit: float) -> list[PlacedOffer]:
    """The offers worth costing: for each GPU and parallelism, none that another one beats in size and price.

    An offer is left out where one with no more GPUs costs no more for each of them: the same replica, dearer.
    """
    cheapest: dict[tuple[str, int], tuple[float, Offer]] = {}
    for offer in catalog.offers.values():
        if offer_allowed(inputs, catalog, offer):
            month = offer_month(offer, catalog, usd_per_unit)
            key = (offer.gpu_id, offer.gpu_count)
            if key not in cheapest or month < cheapest[key][0]:
                cheapest[key] = (month, offer)
    found = []
    for (gpu_id, count), (month, offer) in cheapest.items():
        smaller = [c for (g, c), (m, _) in cheapest.items() if g == gpu_id and c < count and m / c <= month / count]
        beaten_up_to = max(smaller, default=0)
        degrees = [
            t for t in TENSOR_PARALLEL if beaten_up_to < t <= count and inputs.choice.tensor_parallel in (None, t)
        ]
        found += [PlacedOffer(offer, catalog.gpus[gpu_id], t, month) for t in degrees]
    return found


def offer_allowed(inputs: Inputs, catalog: Catalog, offer: Offer) -> bool:
    """Whether the pins, the preferences and the residency answer allow this offer."""
    pins = inputs.choice
    if pins.offer is not None:
        return offer.id == pins.offer
    if pins.gpu is not None and offer.gpu_id != pins.gpu:
        return False
    if inputs.choice.prefer_gpus and offer.gpu_id not in inputs.choice.prefer_gpus:
        return False
    if offer.provider in inputs.choice.exclude_providers or offer.gpu_id not in catalog.gpus:
        return False
    if inputs.operations.hardware != "either" and (offer.commitment == OWNED) != (inputs.operations.hardware == "own"):
        return False
    bound = inputs.residency.answer == "yes" and inputs.residency.required != "none"
    if bound and not offer.in_eu:
        return False
    return offer.is_production or (inputs.choice.allow_non_production and offer.is_current)
