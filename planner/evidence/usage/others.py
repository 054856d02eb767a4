"""Bills in the FOCUS form, public traces, and logs whose columns somebody names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from planner.evidence.usage.fields import DAY_S, Fields, Format, Options, flat, told_by
from planner.evidence.usage.rows import FAILED, At, BadValueError, Plain, Record, Row, Skip, Unit, counts
from planner.evidence.usage.values import Paths, failed_status, number, paths

_AZURE: Final = Fields(time=paths("TIMESTAMP"), input=paths("ContextTokens"), output=paths("GeneratedTokens"))
_FOCUS: Final = Fields(
    time=paths("ChargePeriodStart"), bucket_s=DAY_S, cost=paths("BilledCost", "EffectiveCost"),
    currency=paths("BillingCurrency"), workload={"project": paths("SubAccountId"), "tag": paths("Tags")},
)  # fmt: skip
_UNITS: Final = (("1m", 1e6), ("million", 1e6), ("1k", 1e3), ("thousand", 1e3))


class Bill(Plain):
    """A bill of many services; tokens stand in the unit, and which they are only in the text of the meter."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def units(self, record: Record) -> Iterator[Unit]:
        """A line of the bill."""
        unit, meter = str(record.get("ConsumedUnit", "")).lower(), str(record.get("SkuMeter", "")).lower()
        quantity = number(record, paths("ConsumedQuantity"))
        if "token" not in unit or quantity is None:
            yield Skip("other_service")
            return
        row = _FOCUS.row(record, self._options, None)
        scale = next((scale for mark, scale in _UNITS if mark in unit), 1.0)
        tokens = _metered(meter, round(quantity * scale))
        yield Row(row.seconds, tokens, DAY_S, "", row.workload, cost=row.cost, currency=row.currency)


def _metered(meter: str, tokens: int) -> tuple[int | None, ...]:
    """Which tokens a meter counts."""
    if "output" in meter or "completion" in meter:
        return counts(output=tokens)
    if "write" in meter or "creation" in meter:
        life = "write_1h" if "1h" in meter else "write_5m" if "5m" in meter else "write"
        return counts(input_tokens=tokens, **{life: tokens})
    if "cache" in meter:
        return counts(input_tokens=tokens, cached=tokens)
    return counts(input_tokens=tokens) if "input" in meter or "prompt" in meter else counts()


class Trace(Plain):
    """Requests at so many seconds from a start that nobody states: sums and sizes, and no calendar."""

    def __init__(self, fields: Fields, time: str, scale: float, options: Options) -> None:
        self._fields, self._time, self._scale, self._options = fields, time, scale, options

    def units(self, record: Record) -> Iterator[Unit]:
        """One request."""
        told = number(record, ((self._time,),))
        if told is None or told < 0:
            raise BadValueError(self._time, record.get(self._time), "seconds from the start, at least 0")
        row, at = self._fields.row(record, self._options), told / self._scale
        if self._fields.sees_failures and row.counts[At.OUTPUT] == 0:
            yield Skip(FAILED, Row(None, counts(requests=0, failed=1)))
        else:
            yield Row(None, row.counts, lasts=(at, at))


_BURST: Final = Fields(input=paths("Request tokens"), output=paths("Response tokens"), sees_failures=True)
_MOONCAKE: Final = Fields(input=paths("input_length"), output=paths("output_length"))

FORMATS: Final = (
    flat("azure_llm_trace_csv", told_by("TIMESTAMP ContextTokens GeneratedTokens"), _AZURE, added_up=True),
    Format(
        name="burstgpt_csv",
        keys=(frozenset({"timestamp", "requesttokens", "responsetokens"}),),
        names=("Timestamp", *_BURST.names()),
        make=partial(Trace, _BURST, "Timestamp", 1.0),
        calendar=False,
    ),
    Format(
        name="mooncake_trace_jsonl",
        keys=told_by("timestamp input_length output_length"),
        names=("timestamp", *_MOONCAKE.names()),
        make=partial(Trace, _MOONCAKE, "timestamp", 1000.0),
        calendar=False,
    ),
    Format(
        name="focus_bill",
        keys=told_by("ChargePeriodStart ConsumedQuantity ConsumedUnit ServiceName"),
        names=(*_FOCUS.names(), "ConsumedQuantity", "ConsumedUnit", "SkuMeter"),
        make=Bill,
        by=("project",),
    ),
)

MAPPED: Final = ("timestamp", "zone", "model", "workload", "input", "input_uncached", "cached", "cache_write", "output",
                 "batch", "status", "requests", "cost", "currency")  # fmt: skip
"""What a mapping may name."""


def mapped_fields(mapping: Mapping[str, str]) -> Fields:
    """What the columns that somebody has named hold. Where `input` is named, the rows decide whether the cache stands
    inside."""

    def column(key: str) -> Paths:
        return ((mapping[key],), tuple(mapping[key].split("."))) if key in mapping else ()

    return Fields(
        time=column("timestamp"), model=column("model"), workload={"": column("workload")}, batch=column("batch"),
        requests=column("requests"), input=column("input_uncached") or column("input"), grouped=True,
        outside="input_uncached" in mapping, basis=None if "input_uncached" in mapping else (),
        cached=column("cached"), write=column("cache_write"), output=column("output"), cost=column("cost"),
        currency=column("currency"), sees_failures="status" in mapping,
    )  # fmt: skip


def mapped(mapping: Mapping[str, str]) -> Format:
    """The format of a log whose columns somebody has named."""

    def check(record: Record) -> str:
        return failed_status(record.get(mapping["status"])) if "status" in mapping else ""

    looks_at = tuple(mapping[key] for key in ("status",) if key in mapping)
    return flat("unknown_csv", (), mapped_fields(mapping), check=check, looks_at=looks_at, zone=mapping.get("zone", ""),
                added_up=True)  # fmt: skip
