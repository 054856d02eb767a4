"""What a log says its requests cost, beside what they cost at the catalogue's prices."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from planner.engine.specs import ApiModel, Catalog
from planner.evidence.usage.read import Usage
from planner.evidence.usage.rollup import Key
from planner.evidence.usage.rows import At, Counts
from planner.evidence.usage.statistics import tokens_of
from planner.records import dataclass

APART: Final = 0.05
"""From here on two sums are said to be apart."""
NEAR: Final = 0.02
"""A rule that comes so close to the log is taken to be the log's."""
_MTOK: Final = 1e6
_DATE: Final = re.compile(r"(?:20\d{6}|20\d\d-\d\d-\d\d)$")
_NO_MODEL: Final = frozenset({"us", "eu", "apac", "global", "anthropic", "openai", "latest"})
_VERSION: Final = re.compile(r"-v\d+(?::\d+)?$")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The same requests as logged and at the catalogue's prices, USD; models without a price in neither."""

    logged_usd: float
    catalogue_usd: float
    rule: str
    """Why the two are apart: another way of counting that comes to the logged sum, or what the log does not know."""

    @property
    def apart(self) -> float:
        """How far the catalogue is from the log, as a share of the log."""
        return self.catalogue_usd / self.logged_usd - 1 if self.logged_usd else 0.0


def words_of(model: str) -> frozenset[str]:
    """The parts of a model's name without vendor, region, date and version, in any order."""
    bare = _VERSION.sub("", model.casefold().rpartition("/")[2])
    bare = _DATE.sub("", bare.split("@")[0]).strip("-.")
    return frozenset(re.findall(r"[a-z]+|\d+", bare)) - _NO_MODEL


def finder(apis: Iterable[ApiModel]) -> Callable[[str], ApiModel | None]:
    """Finds the endpoint that a log's name of a model means, its maker's own before a reseller's; None: no such one."""
    by_id: dict[str, ApiModel] = {}
    by_words: dict[frozenset[str], ApiModel] = {}
    for api in sorted(apis, key=lambda api: ("/" in api.id, api.status != "active", len(api.id))):
        for text in (api.id, api.model_id, *api.aliases):
            by_id.setdefault(text.casefold(), api)
            by_words.setdefault(words_of(text), api)

    @cache
    def found(model: str) -> ApiModel | None:
        return by_id.get(model.casefold()) or by_words.get(words_of(model))

    return found


def windows(catalog: Catalog) -> Callable[[str], float | None]:
    """Context windows by a log's names of models."""
    find = cache(lambda: finder(catalog.apis.values()))

    def window(model: str) -> float | None:
        found = find()(model)
        return None if found is None else found.context_window

    return window


def unpriced(usage: Usage, catalog: Catalog) -> tuple[str, ...]:
    """Models of the log that the price table does not hold."""
    find = finder(catalog.apis.values())
    return tuple(sorted({model for _, model, _, _ in usage.rollup.cells if model and find(model) is None}))


def reconciled(usage: Usage, catalog: Catalog) -> Reconciled | None:
    """The log's money against the catalogue's; None where the log holds no money, or tokens of no priced model."""
    find = finder(catalog.apis.values())
    logged = 0.0
    for (currency, model), amount in usage.cost_of.items():
        if find(model) is not None:
            logged += amount * (1.0 if currency == "USD" else catalog.usd_per.get(currency, 0.0))
    cells = [(key, counts) for key, counts in usage.rollup.cells.items() if find(key[1]) and tokens_of(counts)]
    if not logged or not cells:
        return None
    sums = {rule: sum(line_usd(key, counts, find, rule) for key, counts in cells) for rule in ("", *RULES)}
    near = [rule for rule in RULES if abs(sums[rule] / logged - 1) < NEAR]
    reasons = [*near, *_unknown([counts for _, counts in cells]), "other_prices"]
    return Reconciled(logged, sums[""], reasons[0] if abs(sums[""] / logged - 1) > APART else "")


def _unknown(lines: Sequence[Counts]) -> list[str]:
    """What keeps the catalogue's sum from being right."""
    found = {"cache_unknown": At.CACHED, "writes_unknown": At.WRITE}
    return [reason for reason, at in found.items() if any(counts[at] is None for counts in lines)]


RULES: Final = ("no_batch_discount", "all_batch", "cache_at_full_price", "cache_for_nothing", "writes_as_input")
"""Other ways of counting that are met in practice."""


def line_usd(key: Key, counts: Counts, find: Callable[[str], ApiModel | None], rule: str = "") -> float:
    """US dollars of one line of the table at list prices, by a rule; tiers by length of a prompt are left out, for a
    line does not know how long its prompts were."""
    api = find(key[1])
    assert api is not None
    told, cached, write = (counts[at] or 0 for at in (At.INPUT, At.CACHED, At.WRITE))
    hour = min(counts[At.WRITE_1H] or 0, write)
    price = api.input_usd_per_mtok
    read_price = _or(api.cache_read_usd_per_mtok, price)
    write_price = _or(api.cache_write_usd_per_mtok, price)
    hour_price = _or(api.cache_write_1h_usd_per_mtok, write_price)
    if rule == "cache_at_full_price":
        read_price = price
    elif rule == "cache_for_nothing":
        read_price = 0.0
    elif rule == "writes_as_input":
        write_price = hour_price = price
    plain = max(0, told - cached - write)
    usd = plain * price + cached * read_price + (write - hour) * write_price + hour * hour_price
    usd += (counts[At.OUTPUT] or 0) * api.output_usd_per_mtok
    batch = rule == "all_batch" or (key[3] == 1 and rule != "no_batch_discount")
    return usd / _MTOK * (1 - (api.batch_discount_fraction or 0.0) if batch else 1.0)


def _or(price: float | None, other: float) -> float:
    return other if price is None else price


def main_model(models: Mapping[str, int], catalog: Catalog) -> str | None:
    """The endpoint of the catalogue that most of the tokens went to; None where it is not known."""
    find = finder(catalog.apis.values())
    most = max(models, key=lambda model: models[model], default="")
    api = find(most) if most else None
    return None if api is None else api.id
