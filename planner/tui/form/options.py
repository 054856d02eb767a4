"""What a pick list offers, from the catalogue and the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.quantities import price, significant
from planner.tui.dialogs.pick import Item
from planner.tui.form.fields import Field

if TYPE_CHECKING:
    from planner.engine.specs import Catalog
    from planner.plan.schema import Plan

PROFILE_NAMES = {
    "flat": "flat, around the clock",
    "office-hours": "office hours",
    "global": "global, follows the sun",
    "nightly-batch": "nightly batch",
}
NOT_KNOWN = ""


def items_for(field: Field, plan: Plan, catalog: Catalog | None) -> tuple[Item, ...]:
    """Every value that may be picked; the first says "I don't know" where the field allows it."""
    if field.options:
        return tuple(Item(value, label) for value, label in field.options)
    unknown = (Item(NOT_KNOWN, "I don't know", field.default_words),) if field.optional else ()
    if catalog is None:
        return unknown
    return unknown + _SOURCES[field.source](plan, catalog)


def label_of(field: Field, value: str | None, plan: Plan, catalog: Catalog | None) -> str:
    """How the picked value is shown."""
    if value is None:
        return field.default_words
    if field.source == "profiles":
        return _profile_name(value)
    if catalog is not None and field.source == "apis" and value in catalog.apis:
        api = catalog.apis[value]
        return f"{api.name}  {price(api.input_usd_per_mtok)} / {price(api.output_usd_per_mtok)}"
    if catalog is not None and field.source == "models" and value in catalog.models:
        return catalog.models[value].name
    return dict(field.options).get(value, value)


def _apis(plan: Plan, catalog: Catalog) -> tuple[Item, ...]:
    listed = [api for api in catalog.apis.values() if api.status in ("active", "legacy", "retiring")]
    own = [
        Item(entry.id, entry.name or entry.id, "in this plan")
        for entry in plan.prices.api
        if entry.id not in catalog.apis
    ]
    return (
        *own,
        *(
            Item(
                api.id,
                api.name,
                f"{price(api.input_usd_per_mtok)} / {price(api.output_usd_per_mtok)}  {api.provider}",
            )
            for api in sorted(listed, key=lambda api: (api.is_hosted_open, api.is_embedding, api.provider, api.name))
        ),
    )


def _models(plan: Plan, catalog: Catalog) -> tuple[Item, ...]:
    return tuple(
        Item(model.id, model.name, f"{significant(model.total_params_b)}B  {model.licence}")
        for model in sorted(catalog.models.values(), key=lambda model: (model.family, model.total_params_b))
    )


def _profiles(plan: Plan, catalog: Catalog) -> tuple[Item, ...]:
    return tuple(Item(name, _profile_name(name)) for name in catalog.profiles)


def _profile_name(profile: str) -> str:
    return PROFILE_NAMES.get(profile, profile.replace("-", " "))


_SOURCES = {"apis": _apis, "models": _models, "profiles": _profiles}
