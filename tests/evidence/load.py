"""A load that never was, and what each source would tell of it: the same calls, written the way each source writes."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MARK = "MARK-of-a-prompt"
"""Stands where prompts, answers, keys and messages would be, and may appear nowhere else."""
START = dt.datetime(2026, 9, 7, tzinfo=dt.UTC)
DAYS, GAP = 10, 6
"""Days of the load, and the one on which nothing was logged."""


@dataclass(frozen=True)
class Call:
    """One call. `input` holds what was read from a cache and written to it."""

    id: str
    at: dt.datetime
    model: str
    workload: str
    input: int
    cached: int
    write_5m: int
    write_1h: int
    output: int
    reasoning: int
    batch: bool
    ok: bool
    latency_ms: int
    cost: float

    @property
    def write(self) -> int:
        return self.write_5m + self.write_1h

    @property
    def fresh(self) -> int:
        return self.input - self.cached - self.write

    @property
    def end(self) -> dt.datetime:
        return self.at + dt.timedelta(milliseconds=self.latency_ms)


def calls(seed: int = 7) -> list[Call]:
    """About 260 calls of three kinds of work over ten days, one of them missing, in order of time."""
    draw = random.Random(seed)
    made = []
    for day in range(DAYS):
        for _ in range(0 if day == GAP else draw.randrange(20, 40)):
            at = START + dt.timedelta(days=day, milliseconds=draw.randrange(86_400_000))
            model, workload = draw.choice((("claude-a", "chat"), ("gpt-b", "mail"), ("claude-c", "agent")))
            ok = draw.random() > 0.04
            vendor = not model.startswith("gpt")
            fresh, cached = draw.randrange(1, 900), draw.randrange(20) * 512
            made.append(
                Call(
                    id=f"{draw.getrandbits(48):012x}", at=at, model=model, workload=workload,
                    input=0, cached=cached * ok, write_5m=draw.randrange(300) * vendor * ok,
                    write_1h=draw.randrange(200) * vendor * ok, output=draw.randrange(260, 800) * ok,
                    reasoning=0 if vendor else draw.randrange(200) * ok, batch=workload == "mail" and day % 2 == 0,
                    ok=ok, latency_ms=draw.randrange(200, 9_000), cost=draw.randrange(1, 9_000) / 1e5 * ok,
                )
            )  # fmt: skip
            last = made[-1]
            made[-1] = Call(**{**vars(last), "input": (fresh + last.cached + last.write) * ok})
    return sorted(made, key=lambda call: call.at)


def iso(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def naive(moment: dt.datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(" ", timespec="milliseconds")


def grouped(made: Iterable[Call], seconds: int, *names: str) -> dict[tuple[Any, ...], list[Call]]:
    """Successful calls by bucket and by the fields named."""
    groups: dict[tuple[Any, ...], list[Call]] = {}
    for call in made:
        if call.ok:
            start = int(call.at.timestamp()) // seconds * seconds
            groups.setdefault((start, *(getattr(call, name) for name in names)), []).append(call)
    return groups


def total(group: Iterable[Call], field: str) -> int:
    return sum(getattr(call, field) for call in group)


def day_of(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date().isoformat()


def as_csv(rows: Sequence[dict[str, Any]], delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = text.encode()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path
