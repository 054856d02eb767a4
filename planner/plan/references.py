"""Names in a plan that stand for records of the catalogue: models, GPUs, offers, APIs, engines, assumptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from planner.engine.fleet.ownership import owned_ids
from planner.engine.replica.formats import FORMAT_ALIASES, WEIGHT_FORMATS
from planner.engine.specs import Catalog
from planner.plan.schema import OfferPrice, Plan
from planner.toml.errors import InputError, described, did_you_mean, nearest
from planner.toml.layout import KeyPath, Layout, dotted

_LISTED: Final = 8
"""No more ids than this are listed where none is near."""


Problem = tuple[KeyPath, str]
"""Where something stands that cannot be planned with, such as a name that means nothing, and what is wrong with it."""


def check_references(plan: Plan, catalog: Catalog, layout: Layout | None = None) -> None:
    """Raise an `InputError` for the first unknown name, with its line where `layout` knows it.

    `catalog` is the one with the plan's own prices laid over it.
    """
    refuse(unknown_references(plan, catalog), layout)


def check_currencies(plan: Plan, catalog: Catalog, layout: Layout | None = None) -> None:
    """Raise an `InputError` for the first amount in a currency without a rate, in the catalogue or the plan's own."""
    known = sorted({*catalog.usd_per, *(rate.currency for rate in plan.prices.fx)})
    refuse([(path, no_rate(found, known)) for path, found in _currencies(plan) if found not in known], layout)


def refuse(problems: Sequence[Problem], layout: Layout | None) -> None:
    """Raise an `InputError` for the first of them, with its line where `layout` knows it, and how many more."""
    if problems:
        path, problem = problems[0]
        line = layout.line_of(path) if layout else None
        raise InputError(problem, line=line, field=dotted(path), more=len(problems) - 1)


def no_rate(currency: str, known: Iterable[str]) -> str:
    """What is wrong with an amount in a currency that nobody has a rate for."""
    found = f'found "{currency}", for which there is no exchange rate; known: {", ".join(known)}'
    return f"{found}; another one needs an entry under [[prices.fx]]"


def _currencies(plan: Plan) -> Iterator[tuple[KeyPath, str]]:
    yield ("currency",), plan.currency
    for index, work in enumerate(plan.workload):
        if work.bill is not None:
            yield ("workload", index, "bill", "currency"), work.bill.currency
    for index, price in enumerate(plan.prices.api):
        yield ("prices", "api", index, "currency"), price.currency
    for index, own in enumerate(plan.prices.offer):
        yield ("prices", "offer", index, "currency"), own.currency
    if plan.offer is not None:
        yield ("offer", "currency"), plan.offer.currency


def unknown_references(plan: Plan, catalog: Catalog) -> tuple[Problem, ...]:
    """Every name that stands for nothing, in the order of the file."""
    known = _names(catalog) | {_WORKLOAD: _itself(entry.name for entry in plan.workload)}
    unknown = tuple(
        (path, _problem(name, kind, known[kind]))
        for path, name, kind in _named(plan)
        if name is not None and name not in known[kind].values()
    )
    return unknown or (*_without_vendor(plan, catalog), *_without_power(plan, catalog))


def _without_vendor(plan: Plan, catalog: Catalog) -> Iterator[Problem]:
    """A contract with a vendor of nothing would be owed whatever is used."""
    vendors = sorted({api.provider for api in catalog.apis.values()})
    known = {vendor.casefold() for vendor in vendors}
    for index, entry in enumerate(plan.commitment):
        if entry.provider.casefold() not in known:
            yield ("commitment", index, "provider"), _problem(entry.provider, _VENDOR, _itself(vendors))


def _without_power(plan: Plan, catalog: Catalog) -> Iterator[Problem]:
    """Machines that are paid cost power: that of their cards must be known."""
    own: list[tuple[KeyPath, OfferPrice]] = [(("prices", "offer", i), o) for i, o in enumerate(plan.prices.offer)]
    own += [] if plan.offer is None else [(("offer",), plan.offer)]
    for path, offer in own:
        if offer.already_paid and catalog.gpus[offer.gpu].tdp_w is None:
            problem = f"found true, expected false: the catalogue has no power rating of {described(offer.gpu)}"
            yield (*path, "already_paid"), problem


def _problem(name: str, kind: str, known: Mapping[str, str]) -> str:
    near = nearest(name, known)
    hint = (
        did_you_mean(known[near], [known[near]]) if near else did_you_mean(name, sorted(set(known.values())), _LISTED)
    )
    return f"found {described(name)}, expected {kind}{hint}"


_API: Final = "an API model of the catalogue"
_MODEL: Final = "an open model of the catalogue"
_CANDIDATE: Final = "an open or an API model of the catalogue"
_GPU: Final = "a GPU of the catalogue"
_OFFER: Final = "an offer of the catalogue"
_ENGINE: Final = "a serving engine of the catalogue"
_PROFILE: Final = "a load profile"
_ASSUMPTION: Final = "an assumption of the catalogue"
_FORMAT: Final = "a weight format"
_PROVIDER: Final = "a provider of the catalogue"
_VENDOR: Final = "a vendor of API models"
_WORKLOAD: Final = "a workload of this plan"


def _names(catalog: Catalog) -> dict[str, dict[str, str]]:
    """By kind: ids by every name that may stand for one."""
    providers = {offer.provider for offer in catalog.offers.values()} | {api.provider for api in catalog.apis.values()}
    return {
        _API: _with_aliases(catalog.apis),
        _MODEL: _with_aliases(catalog.models),
        _CANDIDATE: _with_aliases(catalog.apis) | _with_aliases(catalog.models),
        _GPU: _with_aliases(catalog.gpus),
        _OFFER: _itself((*catalog.offers, *owned_ids(catalog))),
        _ENGINE: _itself(catalog.engines),
        _PROFILE: _itself(catalog.profiles),
        _ASSUMPTION: _itself(catalog.assumptions),
        _FORMAT: _itself((*WEIGHT_FORMATS, *FORMAT_ALIASES)),
        _PROVIDER: _itself(providers),
    }


def _itself(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}


def _with_aliases(records: Mapping[str, Any]) -> dict[str, str]:
    """Ids by id, by name and by alias; an id always means itself."""
    others = {alias: record.id for record in records.values() for alias in (*record.aliases, record.name)}
    return others | _itself(records)


def _named(plan: Plan) -> Iterator[tuple[KeyPath, str | None, str]]:
    """(key path, name, what it names) for every key that may name something."""
    yield ("volume", "profile"), None if plan.volume.profile_weights else plan.volume.profile, _PROFILE
    yield ("volume", "baseline_api"), plan.volume.baseline_api, _API
    for index, work in enumerate(plan.workload):
        yield ("workload", index, "api_model"), work.api_model, _API
        yield ("workload", index, "profile"), work.profile, _PROFILE
    for index, entry in enumerate(plan.quality.evaluation):
        yield ("quality", "evaluation", index, "workload"), entry.workload, _WORKLOAD
        yield ("quality", "evaluation", index, "model"), entry.model, _CANDIDATE
    yield ("fine_tuning", "base_model"), plan.fine_tuning.base_model, _MODEL
    yield from _chosen(plan)
    for index, measured in enumerate(plan.benchmark):
        yield ("benchmark", index, "model"), measured.model, _MODEL
        yield ("benchmark", index, "gpu"), measured.gpu, _GPU
        yield ("benchmark", index, "engine"), measured.engine, _ENGINE
        yield ("benchmark", index, "weights"), measured.weights, _FORMAT
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
