"""The rollup as one query: an hour, a model, a workload and a tier a line, summed where the rows are.

Requests by size are a second query. Both say the same in every dialect; only how a function is written differs.
"""

from __future__ import annotations

from typing import Final

from planner.evidence.warehouse.dialects import Dialect, quoted
from planner.records import dataclass

OCTAVE: Final = 8
"""Size buckets in one doubling, as in the rollup that the standard library makes."""
SUMS: Final = (
    "requests", "failed", "input", "cached", "cache_write_5m", "cache_write_1h", "cache_write", "output", "reasoning",
    "latency_sum_ms",
)  # fmt: skip
KEYS: Final = ("hour_utc", "model", "workload", "batch")


@dataclass(frozen=True, slots=True)
class Columns:
    """What each column of the rollup is in the rows of a source, as SQL; empty: the source does not know it."""

    time: str
    """A moment in UTC."""
    model: str = ""
    workload: str = ""
    batch: str = ""
    """Text: 'true', 'false', or '' where it is not known."""
    requests: str = "1"
    input: str = ""
    cached: str = ""
    cache_write_5m: str = ""
    cache_write_1h: str = ""
    cache_write: str = ""
    output: str = ""
    reasoning: str = ""
    latency_sum_ms: str = ""
    failed: str = ""
    """A condition: the call failed, and is counted apart."""
    left_out: str = ""
    """A condition: the row is no request to a vendor."""
    source: str = ""
    """SQL that stands after `from` in place of the table, where its rows say only together what they hold."""


def rollup_query(dialect: Dialect, table: str, columns: Columns) -> str:
    """One line an hour, model, workload and tier; `table`: SQL that stands after `from`."""
    keys = ", ".join(quoted(dialect, key) for key in KEYS)
    sums = ",\n       ".join(f"sum({_name(dialect, name)}) as {_name(dialect, name)}" for name in SUMS)
    return (
        f"select {keys},\n       {sums}\nfrom (\n{_rows(dialect, table, columns)}\n) as each_row\n"
        "group by 1, 2, 3, 4\norder by 1, 2, 3, 4"
    )


def sizes_query(dialect: Dialect, table: str, columns: Columns) -> str:
    """Requests by model, workload and the size buckets of what goes in and what comes out."""
    model, workload, requests = (_name(dialect, name) for name in ("model", "workload", "requests"))
    given, came = (_bucket(dialect, _name(dialect, name)) for name in ("input", "output"))
    known = f"{_name(dialect, 'input')} is not null and {_name(dialect, 'output')} is not null and {requests} = 1"
    return (
        f"select {model}, {workload}, {given} as size_in, {came} as size_out, count(*) as counted\n"
        f"from (\n{_rows(dialect, table, columns)}\n) as each_row\nwhere {known}\n"
        "group by 1, 2, 3, 4\norder by 1, 2, 3, 4"
    )


def _bucket(dialect: Dialect, tokens: str) -> str:
    octaves = dialect.whole.format(f"{OCTAVE} * {dialect.log2.format(f'greatest({tokens}, 1)')}")
    return f"case when {tokens} > 0 then {octaves} else -1 end"


def _name(dialect: Dialect, name: str) -> str:
    return quoted(dialect, name)


def _rows(dialect: Dialect, table: str, columns: Columns) -> str:
    """Each row with the columns of the rollup."""
    hour = dialect.hour.format(columns.time)
    keys = {"hour_utc": hour, "model": _text(dialect, columns.model), "workload": _text(dialect, columns.workload)}
    keys["batch"] = columns.batch or "''"
    shown = [*keys.items(), *((name, _sum(dialect, columns, name)) for name in SUMS)]
    lines = ",\n         ".join(f"{sql} as {_name(dialect, name)}" for name, sql in shown)
    where = f"\n  where not coalesce({columns.left_out}, false)" if columns.left_out else ""
    return f"  select {lines}\n  from {columns.source or table}{where}"


def _text(dialect: Dialect, sql: str) -> str:
    return f"coalesce({dialect.text.format(sql)}, '')" if sql else "''"


def _sum(dialect: Dialect, columns: Columns, name: str) -> str:
    """What a row adds to a column: a failed call one failure and no tokens."""
    failed = f"coalesce({columns.failed}, false)" if columns.failed else ""
    if name == "failed":
        return f"case when {failed} then 1 else 0 end" if failed else dialect.null
    found = getattr(columns, name)
    if not found:
        return dialect.null
    whole = found if name == "requests" and found == "1" else dialect.whole.format(found)
    return f"case when {failed} then {0 if name == 'requests' else dialect.null} else {whole} end" if failed else whole
