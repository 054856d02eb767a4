"""A plan's own records over the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from planner.catalog.lookup import Named
from planner.engine.specs import ApiModel, Assumption, Catalog, Gpu, Model, Offer

Record = TypeVar("Record", bound=Named)


def overlaid(
    catalog: Catalog,
    *,
    apis: Iterable[ApiModel] = (),
    offers: Iterable[Offer] = (),
    models: Iterable[Model] = (),
    gpus: Iterable[Gpu] = (),
    assumptions: Iterable[Assumption] = (),
    usd_per: Mapping[str, float] | None = None,
) -> Catalog:
    """The catalogue with these records in place of those with the same id, or beside them. It is not checked again."""
    return replace(
        catalog,
        apis=_over(catalog.apis, apis),
        offers=_over(catalog.offers, offers),
        models=_over(catalog.models, models),
        gpus=_over(catalog.gpus, gpus),
        assumptions=_over(catalog.assumptions, assumptions),
        usd_per=MappingProxyType({**catalog.usd_per, **(usd_per or {})}),
    )


def _over(records: Mapping[str, Record], own: Iterable[Record]) -> Mapping[str, Record]:
    return MappingProxyType({**records, **{record.id: record for record in own}})
