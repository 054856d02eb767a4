"""Counters of serving engines: two scrapes or more, and ranges out of Prometheus.

A counter's level is no volume: what it grew by is, and where it fell, the engine had started anew.
Names: vLLM's and SGLang's metrics.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, Final

from planner.evidence.usage.fields import Format, Options, told_by
from planner.evidence.usage.rows import BadValueError, Plain, Record, Row, Skip, Unit, counts
from planner.evidence.usage.times import Clock
from planner.evidence.usage.values import name
from planner.toml.errors import InputError

_COUNTERS: Final = {
    "vllm:prompt_tokens": "input_tokens",
    "vllm:generation_tokens": "output",
    "vllm:prefix_cache_hits": "cached",
    "vllm:gpu_prefix_cache_hits": "cached",
    "vllm:request_success": "requests",
    "sglang:prompt_tokens": "input_tokens",
    "sglang:generation_tokens": "output",
    "sglang:cached_tokens": "cached",
    "sglang:num_requests": "requests",
}
_EPOCH: Final = re.compile(r"(?<!\d)1\d{9}(?:\d{3})?(?!\d)")
_STAMP: Final = re.compile(r"(20\d\d)-?(\d\d)-?(\d\d)[T_ -]?(\d\d)[-:_]?(\d\d)[-:_]?(\d\d)?")


def _counter(metric: object) -> str | None:
    """What a metric counts, if it does."""
    return _COUNTERS.get(str(metric).removesuffix("_total"))


def _value(found: object) -> float:
    try:
        value = float(str(found))
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e15:
        raise BadValueError("value", found, "a counter of at least 0")
    return value


def growth(before: float, now: float) -> float:
    """What a counter grew by; one that fell began at 0 again."""
    return now - before if now >= before else now


class Ranges(Plain):
    """Series of a range query: the growth from one sample to the next lies in the step before the later one."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def units(self, record: Record) -> Iterator[Unit]:
        """One series."""
        metric, samples = record.get("metric"), record.get("values")
        if not isinstance(metric, dict) or not isinstance(samples, list):
            yield Skip("malformed")
            return
        if not str(metric.get("__name__")).startswith(("vllm:", "sglang:")):
            yield Skip("other_metric")
            return
        column = _counter(metric.get("__name__"))
        points = [self._point(sample) for sample in samples]
        step = int(min((b[0] - a[0] for a, b in pairwise(points)), default=0))
        model = name(metric.get("model_name"))
        yield Row(None, counts(), step, read=1)
        for (_, level), (later, now) in pairwise(points):
            grown = round(growth(level, now))
            if column is not None and grown:
                yield Row(later - step, counts(**{column: grown}), step, model, model if self._by_model else "", read=0)

    @property
    def _by_model(self) -> bool:
        return self._options.workload_by == "model"

    def _point(self, sample: Any) -> tuple[float, float]:
        if not isinstance(sample, list) or len(sample) != 2:
            raise BadValueError("values", sample, "a time and a value")
        return self._options.clock.seconds(sample[0], "values"), _value(sample[1])


class Scrapes:
    """Texts of /metrics, a file each; when each was taken stands in its name."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._levels: dict[str, dict[tuple[str, str, str], float]] = {}

    def units(self, record: Record) -> Iterable[Unit]:
        """A sample is kept until the next scrape is there."""
        part, column = record["part"], _counter(record["name"])
        levels = self._levels.setdefault(part, {})
        if column is not None:
            labels = dict(record["labels"])
            model = name(labels.pop("model_name", None))
            levels[column, model, str(sorted(labels.items()))] = _value(record["value"])
        return ()

    def rest(self) -> Iterator[Unit]:
        """The growth from each scrape to the next."""
        times = {part: self._taken(part) for part in self._levels}
        if len(times) < 2:
            part = next(iter(times), None)
            raise InputError(
                "found one scrape, expected two or more in a folder, for a counter is no volume", path=part
            )
        order = sorted(times, key=lambda part: times[part])
        for _ in order:
            yield Row(None, counts(), 0, read=1)
        for before, after in pairwise(order):
            for key, now in self._levels[after].items():
                column, model, _ = key
                grown = round(growth(self._levels[before].get(key, 0.0), now))
                yield Row(
                    seconds=None, counts=counts(**{column: grown}), bucket_s=0, model=model, read=0,
                    lasts=(times[order[0]], times[order[-1]]),
                )  # fmt: skip

    def _taken(self, part: str) -> float:
        found = time_named(part, self._options.clock)
        if found is None:
            problem = "the name says no time, expected one such as 2026-11-23T10-00-00Z.prom"
            raise InputError(problem, path=part)
        return found


def time_named(part: str, clock: Clock) -> float | None:
    """When a scrape was taken, by the name of its file."""
    named = part.replace("\\", "/").rpartition("/")[2]
    match = _STAMP.search(named)
    if match is None:
        digits = _EPOCH.search(named)
        return None if digits is None else clock.seconds(digits[0], "file name")
    year, month, day, hour, minute, second = match.groups()
    return clock.seconds(f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}", "file name")


FORMATS: Final = (
    Format(
        name="prometheus_range_json",
        keys=told_by("metric values"),
        names=("metric", "values"),
        make=Ranges,
        unit="series",
        by=("model",),
    ),
    Format(name="vllm_scrapes", keys=(frozenset({"vllm"}),), names=(), make=Scrapes, unit="scrape", calendar=False),
    Format(name="sglang_scrapes", keys=(frozenset({"sglang"}),), names=(), make=Scrapes, unit="scrape", calendar=False),
)
