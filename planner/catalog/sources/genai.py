"""The price list of genai-prices: a Python module of constructor calls, read as a syntax tree and never run.

Importing it takes pydantic and 0.3 s. What the tree holds beside literals, `Decimal`, dates and calls is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from planner.catalog.sources.listed import ListedPrice, PriceList, discount, money, read_package
from planner.engine.specs import PriceChange, PriceTier
from planner.toml.errors import InputError

PACKAGE: Final = "genai-prices"
FILE: Final = "genai_prices/data.py"
_KINDS: Final = {
    "input_usd_per_mtok": "input_mtok",
    "output_usd_per_mtok": "output_mtok",
    "cache_read_usd_per_mtok": "cache_read_mtok",
    "cache_write_usd_per_mtok": "cache_write_mtok",
    "cache_write_1h_usd_per_mtok": "cache_write_1h_mtok",
}
_CHANGED: Final = ("input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok")


def read_genai(today: date) -> PriceList:
    """Every endpoint of the installed package, "provider/model", at the prices of that day. Raises `InputError`."""
    return genai_prices(*read_package(PACKAGE, FILE), today)


def genai_prices(source: str, text: str, today: date) -> PriceList:
    """The endpoints of the module's text. Raises `InputError`."""
    try:
        return _endpoints(source, ast.parse(text).body, today)
    except (SyntaxError, ValueError, TypeError, LookupError, AttributeError, RecursionError, MemoryError):
        raise InputError("not the price list that genai-prices is known to hold", path=FILE) from None


def _endpoints(source: str, statements: Iterable[ast.stmt], today: date) -> PriceList:
    stated = next(
        (node.value for node in statements if isinstance(node, ast.AnnAssign) and _is_list(node.target)), None
    )
    if stated is None:
        raise ValueError("no providers")
    found: dict[str, ListedPrice] = {}
    for provider in _tables(_value(stated)):
        for model in _tables(provider.get("models")):
            key = f"{provider['id']}/{model['id']}"
            found[key] = _listed(source, key, model, today)
    return found


def _is_list(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "providers"


def _value(node: ast.expr) -> Any:
    """A literal as it is, a call as a table of its keywords with its name under ""; anything else is None."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.Call(func=ast.Name(id="Decimal"), args=[ast.Constant(value=str() as number)]):
            return money(float(number))
        case ast.Call(func=ast.Attribute(attr="date"), args=parts):
            return date(*(_value(part) for part in parts))
        case ast.Call(func=ast.Name(id=name), keywords=stated):
            return {"": name} | {part.arg or "": _value(part.value) for part in stated}
        case ast.Dict(keys=keys, values=values):
            return {_value(key): _value(value) for key, value in zip(keys, values, strict=True) if key is not None}
    return None


def _tables(held: object) -> Iterator[Mapping[str, Any]]:
    yield from (item for item in held if isinstance(item, dict)) if isinstance(held, list) else ()


def _listed(source: str, key: str, model: Mapping[str, Any], today: date) -> ListedPrice:
    stated = model.get("prices")
    dated = [(_start(part), part["prices"]) for part in _tables(stated) if not _by_the_hour(part)]
    now = _latest(dated, today) if isinstance(stated, list) else stated
    prices = _prices(now)
    batch = _prices(_latest(_batch(model), today))
    ends = ("input_usd_per_mtok", "output_usd_per_mtok")
    context = model.get("context_window")
    return ListedPrice(
        source=source,
        model_id=key,
        **prices,
        batch_discount_fraction=discount((prices[ends[0]], prices[ends[1]]), (batch[ends[0]], batch[ends[1]])),
        context_window=context if isinstance(context, int) and context > 0 else None,
        tiers=tuple(_tiers(now)),
        changes=tuple(
            PriceChange(start.isoformat(), **{name: _prices(then)[name] for name in _CHANGED})
            for start, then in sorted(dated, key=lambda part: part[0])
            if start > today
        ),
    )


def _by_the_hour(part: Mapping[str, Any]) -> bool:
    """A price of some hours of the day: the list cannot say of which days, so its hours are left to other lists."""
    return (part.get("constraint") or {}).get("") == "TimeOfDateConstraint"


def _start(part: Mapping[str, Any]) -> date:
    start = (part.get("constraint") or {}).get("start_date")
    return start if isinstance(start, date) else date.min


def _batch(model: Mapping[str, Any]) -> list[tuple[date, Any]]:
    variants = _tables(model.get("price_variants"))
    return [
        (_start(part), part["prices"]) for part in variants if (part.get("when") or {}).get("processing") == "batch"
    ]


def _latest(dated: Iterable[tuple[date, Any]], today: date) -> Any:
    """The last to have begun; the later in the list of two that begin on one day."""
    begun = [(start, at, prices) for at, (start, prices) in enumerate(dated) if start <= today]
    return max(begun, key=lambda part: part[:2])[2] if begun else None


def _prices(stated: Any) -> dict[str, Any]:
    """Base prices by our names; None for each that is not stated."""
    table = stated if isinstance(stated, dict) else {}
    return {field: _base(table.get(name)) for field, name in _KINDS.items()}


def _base(value: Any) -> float | None:
    return money(value.get("base") if isinstance(value, dict) else value)


def _tiers(stated: Any) -> Iterator[PriceTier]:
    """One for each prompt length at which any price changes."""
    table = stated if isinstance(stated, dict) else {}
    above: dict[int, dict[str, float | None]] = {}
    for field, name in _KINDS.items():
        value = table.get(name)
        for tier in _tables(value.get("tiers")) if isinstance(value, dict) else ():
            if isinstance(start := tier.get("start"), int) and field != "cache_write_1h_usd_per_mtok":
                above.setdefault(start, {})[field] = money(tier.get("price"))
    for start in sorted(above):
        yield PriceTier(above_input_tokens=start, **above[start])
