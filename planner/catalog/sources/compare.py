"""Where the catalogue and the installed price lists differ, field by field, and which differences are meant.

The first list that states a field is the one followed. data/kept_prices.toml says, with the reason, what the catalogue
does not follow: such a reason holds for the value that was found when it was written, so a later one is shown again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, Final

from planner.catalog.facts import DATA
from planner.catalog.sources.genai import read_genai
from planner.catalog.sources.listed import COMPARED, ListedPrice, PriceList
from planner.catalog.sources.litellm import read_litellm
from planner.engine.specs import ApiModel, PeakHours
from planner.quantities import plain
from planner.records import dataclass

HOSTS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "Anthropic": ("anthropic", ("",)),
    "OpenAI": ("openai", ("",)),
    "Google": ("google", ("gemini/",)),
    "Mistral": ("mistral", ("mistral/",)),
    "DeepSeek": ("deepseek", ("deepseek/",)),
    "xAI": ("x-ai", ("xai/",)),
    "z.ai": ("zai", ("zai/",)),
    "voyageai": ("voyageai", ("voyage/",)),
    "together": ("together", ("together_ai/",)),
    "fireworks": ("fireworks", ("fireworks_ai/accounts/fireworks/models/", "fireworks_ai/")),
    "aws-bedrock": ("aws", ("",)),
    "azure": ("", ("azure/",)),
    "moonshot": ("moonshotai", ("moonshot/",)),
    "cohere": ("cohere", ("", "cohere/")),
    "nscale": ("huggingface_nscale", ("nscale/",)),
}
"""What genai-prices and litellm call our providers, where it is not our name for both."""
NESTED: Final = {"tiers": "above_input_tokens", "changes": "from_date"}
"""Prices within a price, and what tells one from another."""
_REGIONAL: Final = "eu."
_EXACT: Final = 12
"""Digits of a value that is shown; prices have fewer."""
KEPT: Final = DATA / "kept_prices.toml"
FieldPath = str
"""A field of an endpoint: "input_usd_per_mtok", "tiers[100000].output_usd_per_mtok"."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one endpoint that a list states otherwise. None: the one or the other has nothing there."""

    api: str
    field: FieldPath
    ours: object
    listed: object
    source: str
    """Package and version."""
    followed: bool
    """It is the first list that states the field; the other ones only disagree."""
    why_kept: str = ""
    """Why the catalogue does not follow; empty: nobody has said."""


def installed_lists(today: date) -> tuple[PriceList, PriceList]:
    """genai-prices and litellm as installed, the one that is followed first. Raises `InputError`."""
    return read_genai(today), read_litellm()


def listed_for(api: ApiModel, lists: tuple[PriceList, PriceList], folded: Mapping[str, str]) -> tuple[ListedPrice, ...]:
    """What each list says of this endpoint, where it lists it; `folded`: of the second list."""
    genai, prefixes = HOSTS.get(api.provider, (api.provider, (f"{api.provider}/",)))
    names = [f"{genai}/{api.model_id}"]
    if api.model_id.startswith(_REGIONAL):
        regional = f"{genai}/regional.{api.model_id.removeprefix(_REGIONAL)}"
        names = [regional, f"{regional}-v1:0", f"{regional}:0"]
    keys = [prefix + api.model_id for prefix in prefixes]
    if not any(key in lists[1] for key in keys):
        keys = [folded.get(key.casefold(), key) for key in keys]
    found = [_first(held, tried) for held, tried in zip(lists, (names, keys), strict=True)]
    return tuple(price for price in found if price is not None)


def _first(held: PriceList, keys: Iterable[str]) -> ListedPrice | None:
    return next((held[key] for key in keys if key in held), None)


def folded_keys(held: PriceList) -> Mapping[str, str]:
    """Keys by themselves in lower case: hosts write one model's name in several ways."""
    return {key.casefold(): key for key in held}


def differences(apis: Iterable[ApiModel], lists: tuple[PriceList, PriceList], day: date) -> list[Difference]:
    """All of them on the day that the lists were read for, with the reason where one is on record."""
    kept, folded = kept_reasons(), folded_keys(lists[1])
    found = (each for api in apis for each in _of(on_day(api, day), listed_for(api, lists, folded)))
    return [replace(each, why_kept=kept.get(_key(each), "")) for each in found]


def on_day(api: ApiModel, day: date) -> ApiModel:
    """With the announced prices that hold by then as its prices."""
    for change in sorted(api.changes, key=lambda change: change.from_date):
        if change.from_date <= day.isoformat():
            stated = {name: getattr(change, name) for name in change.__slots__ if name != NESTED["changes"]}
            begun = {name: value for name, value in stated.items() if value is not None}
            api = replace(api, **begun, changes=tuple(later for later in api.changes if later != change))
    return api


def _key(found: Difference) -> tuple[str, FieldPath, str, str]:
    return found.api, found.field, found.source.rpartition(" ")[0], told(found.listed)


def _of(api: ApiModel, prices: tuple[ListedPrice, ...]) -> Iterator[Difference]:
    ours, stated = flat(api), [(price, flat(price)) for price in prices]
    for at, (price, values) in enumerate(stated):
        for field, listed in values.items():
            before = any(field in earlier for _, earlier in stated[:at])
            if before and field == "context_window":
                continue  # litellm states the longest prompt, genai-prices prompt and answer together
            if not same(ours.get(field), listed):
                yield Difference(api.id, field, ours.get(field), listed, price.source, followed=not before)
    for field, value in ours.items():
        gone = field.partition("[")[0] in NESTED and not any(field in values for _, values in stated)
        if gone and stated:
            yield Difference(api.id, field, value, None, prices[0].source, followed=True)


def flat(price: ApiModel | ListedPrice) -> dict[FieldPath, Any]:
    """All that is stated, prices within prices by their own path."""
    found: dict[FieldPath, Any] = {}
    for name in COMPARED:
        value = getattr(price, name)
        if name in NESTED:
            for entry in value or ():
                key = getattr(entry, NESTED[name])
                stated = {part: getattr(entry, part) for part in entry.__slots__ if part != NESTED[name]}
                found |= {f"{name}[{key}].{part}": each for part, each in stated.items() if each is not None}
        elif value is not None and value != ():
            found[name] = value
    if found.get("peak_hours_per_week") == 0:
        found = {name: value for name, value in found.items() if not name.startswith("peak_")}
    return found


def same(ours: object, listed: object) -> bool:
    """Equal, numbers to seven digits: a list may hold more of them than a price has."""
    if isinstance(ours, int | float) and isinstance(listed, int | float):
        return abs(ours - listed) <= 1e-7 * max(abs(ours), abs(listed))
    return ours == listed


def told(value: object) -> str:
    """A value as it stands in a line of text."""
    if value is None:
        return "none"
    if isinstance(value, int | float):
        return plain(value, _EXACT)
    if isinstance(value, tuple):
        return ", ".join(_hours(part) for part in value)
    return str(value)


def _hours(span: PeakHours) -> str:
    return f"{span.weekdays} {plain(span.from_hour)}-{plain(span.to_hour)} {span.time_zone}"


@cache
def kept_reasons() -> Mapping[tuple[str, FieldPath, str, str], str]:
    """(endpoint, field, package, value found) -> why the catalogue does not follow it."""
    groups = tomllib.loads(KEPT.read_text("utf-8"))["kept"]
    return {(*found[:2], group["package"], found[2]): group["why"] for group in groups for found in group["found"]}
