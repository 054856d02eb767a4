"""Names in a plan that stand for records of the catalogue: models, GPUs, offers, APIs, engines, assumptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from planner.engine.specs import Catalog
from planner.plan.errors import PlanError, nearest
from planner.plan.explain import shortened
from planner.plan.layout import KeyPath, dotted, scan
from planner.plan.overlay import overlaid_catalog
from planner.plan.schema import Plan

_NEAREST_SHOWN: Final = 6
Reference = tuple[KeyPath, str, str, Mapping[str, str]]
"""Key path, name found there, what kind of record it should be, and ids by every name that stands for one."""


def check_references(plan: Plan, catalog: Catalog, *, path: Path | None = None, text: str | None = None) -> None:
    """Raise a `PlanError` for the first name that the catalogue, with the plan's own records, does not have.

    With `path` and `text` (of `store.Loaded`) the error names file and line too.
    """
    layout = scan(text) if text is not None else None
    unknown = [reference for reference in references(plan, catalog) if reference[1] not in reference[3].values()]
    for key, name, kind, known in unknown:
        raise PlanError(
            f'found "{shortened(name)}", expected the id of {kind}{_suggestion(name, known)}',
            path=path,
            line=layout.line_of(key) if layout else None,
            field=dotted(key),
            more=len(unknown) - 1,
        )


def _suggestion(name: str, known: Mapping[str, str]) -> str:
    if near := nearest(name, known):
        return f'; did you mean "{known[near]}"?'
    ids = sorted(set(known.values()))
    return f", one of {', '.join(ids)}" if 0 < len(ids) <= _NEAREST_SHOWN else ""


def references(plan: Plan, catalog: Catalog) -> Iterator[Reference]:
    """Every name in the plan that must be known."""
    _check_rates(plan, catalog)
    known = _names(overlaid_catalog(catalog, plan))
    for key, name, kind in _named(plan):
        if name is not None and known[kind]:
            yield key, name, kind, known[kind]
    workloads = {entry.name: entry.name for entry in plan.workload}
    for index, entry in enumerate(plan.quality.evaluation):
        if entry.workload is not None:
            yield ("quality", "evaluation", index, "workload"), entry.workload, "a workload of this plan", workloads


def _check_rates(plan: Plan, catalog: Catalog) -> None:
    own = {rate.currency for rate in plan.prices.fx}
    known = own | set(catalog.usd_per)
    for key, currency in _currencies(plan):
        if currency not in known:
            listed = ", ".join(sorted(known))
            problem = f'found "{currency}", for which there is no exchange rate; known: {listed}'
            raise PlanError(f"{problem}; another one needs an entry under [[prices.fx]]", field=dotted(key))


def _currencies(plan: Plan) -> Iterator[tuple[KeyPath, str]]:
    yield ("currency",), plan.currency
    for index, price in enumerate(plan.prices.api):
        yield ("prices", "api", index, "currency"), price.currency
    for index, own in enumerate(plan.prices.offer):
        yield ("prices", "offer", index, "currency"), own.currency
    if plan.offer is not None:
        yield ("offer", "currency"), plan.offer.currency


_API: Final = "an API model"
_MODEL: Final = "an open model"
_GPU: Final = "a GPU"
_OFFER: Final = "a rental offer"
_ENGINE: Final = "a serving engine"
_PROFILE: Final = "a load profile"
_ASSUMPTION: Final = "an assumption"
_FORMAT: Final = "a weight format"
_PROVIDER: Final = "a provider"


def _names(catalog: Catalog) -> dict[str, dict[str, str]]:
    formats = {name for engine in catalog.engines.values() for name in engine.formats}
    providers = {offer.provider for offer in catalog.offers.values()} | {api.provider for api in catalog.apis.values()}
    return {
        _API: _with_aliases(catalog.apis),
        _MODEL: _with_aliases(catalog.models),
        _GPU: _with_aliases(catalog.gpus),
        _OFFER: _itself(catalog.offers),
        _ENGINE: _itself(catalog.engines),
        _PROFILE: _itself(catalog.profiles),
        _ASSUMPTION: _itself(catalog.assumptions),
        _FORMAT: _itself(formats),
        _PROVIDER: _itself(providers),
    }


def _itself(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}


def _with_aliases(records: Mapping[str, Any]) -> dict[str, str]:
    """Ids by id, by name and by alias; an id always means itself."""
    others = {alias: record.id for record in records.values() for alias in (*record.aliases, record.name)}
    return others | _itself(records)


def _named(plan: Plan) -> Iterator[tuple[KeyPath, str | None, str]]:
    yield ("volume", "baseline_api"), plan.volume.baseline_api, _API
    yield ("volume", "profile"), plan.volume.profile, _PROFILE
    for index, work in enumerate(plan.workload):
        yield ("workload", index, "api_model"), work.api_model, _API
        yield ("workload", index, "profile"), work.profile, _PROFILE
    for index, entry in enumerate(plan.quality.evaluation):
        yield ("quality", "evaluation", index, "model"), entry.model, _MODEL
    yield ("fine_tuning", "base_model"), plan.fine_tuning.base_model, _MODEL
    yield from _chosen(plan)
    for index, measured in enumerate(plan.benchmark):
        yield ("benchmark", index, "model"), measured.model, _MODEL
        yield ("benchmark", index, "gpu"), measured.gpu, _GPU
        yield ("benchmark", index, "engine"), measured.engine, _ENGINE
    for name in plan.assumptions:
        yield ("assumptions", name), name, _ASSUMPTION
    for index, own in enumerate(plan.prices.offer):
        yield ("prices", "offer", index, "gpu"), own.gpu, _GPU
    for index, price in enumerate(plan.prices.api):
        yield ("prices", "api", index, "open_model"), price.open_model, _MODEL
    if plan.offer is not None:
        yield ("offer", "gpu"), plan.offer.gpu, _GPU


def _chosen(plan: Plan) -> Iterator[tuple[KeyPath, str | None, str]]:
    choice = plan.choice
    yield ("choice", "model"), choice.model, _MODEL
    yield ("choice", "weights"), choice.weights, _FORMAT
    yield ("choice", "gpu"), choice.gpu, _GPU
    yield ("choice", "offer"), choice.offer, _OFFER
    yield ("choice", "engine"), choice.engine, _ENGINE
    for index, gpu in enumerate(choice.prefer_gpus):
        yield ("choice", "prefer_gpus", index), gpu, _GPU
    for index, provider in enumerate(choice.exclude_providers):
        yield ("choice", "exclude_providers", index), provider, _PROVIDER
