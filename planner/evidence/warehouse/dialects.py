"""How seven engines write the few functions of a rollup: an hour in UTC as text, a key inside JSON, a whole number.

Every template takes SQL and gives SQL; a value that is not what it should be gives NULL where the engine can do so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

from planner.records import dataclass

Name = Literal["duckdb", "postgres", "clickhouse", "spark", "bigquery", "snowflake", "trino"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """Templates; `{0}`, `{1}` stand for their arguments."""

    name: Name
    quote: str
    """Around a name."""
    whole: str
    """A number, or text that is one, as a whole number; NULL where it is none."""
    real: str
    """As a number with a fraction."""
    text: str
    """Anything as text."""
    hour: str
    """Of a moment in UTC: 2026-11-23T10:00:00Z."""
    moment: str
    """What a column holds, as a moment in UTC."""
    from_zone: str
    """{0}: a local clock of the zone {1}, as a moment in UTC."""
    seconds: str
    """Since 1970 of a moment in UTC, with a fraction."""
    json: str
    """{0}: a column; {1}: the path inside it, as text."""
    json_path: Literal["$", "array", "arguments"]
    """How a path is written: $."a"."b", {"a","b"}, or 'a', 'b'."""
    map_key: str
    """{0}: a column of a map; {1}: the key, or the path to it where the map is JSON."""
    log2: str
    null: str = "cast(null as bigint)"
    """A whole number that is not known."""
    begin: str = ""
    """What the session must be told before: times are in UTC."""


DIALECTS: Final[Mapping[Name, Dialect]] = MappingProxyType(
    {
        found.name: found
        for found in (
            Dialect(
                name="duckdb",
                quote='"',
                whole="try_cast(round(try_cast({0} as double)) as bigint)",
                real="try_cast({0} as double)",
                text="cast({0} as varchar)",
                hour="strftime({0}, '%Y-%m-%dT%H:00:00Z')",
                moment="cast({0} as timestamp)",
                from_zone="timezone('UTC', timezone({1}, {0}))",
                seconds="(epoch_us({0}) / 1e6)",
                json="json_extract_string({0}, {1})",
                json_path="$",
                map_key="{0}[{1}]",
                log2="log2({0})",
                begin="set timezone = 'UTC'",
            ),
            Dialect(
                name="postgres",
                quote='"',
                whole="cast(round(cast({0} as numeric)) as bigint)",
                real="cast({0} as double precision)",
                text="cast({0} as text)",
                hour='to_char({0}, \'YYYY-MM-DD"T"HH24:00:00"Z"\')',
                moment="cast({0} as timestamp)",
                from_zone="(({0} at time zone {1}) at time zone 'UTC')",
                seconds="extract(epoch from {0})",
                json="(cast({0} as jsonb) #>> {1})",
                json_path="array",
                map_key="(cast({0} as jsonb) ->> {1})",
                log2="(ln({0}) / ln(2))",
                begin="set time zone 'UTC'",
            ),
            Dialect(
                name="clickhouse",
                quote='"',
                whole="accurateCastOrNull(round(toFloat64OrNull(toString({0}))), 'Int64')",
                real="toFloat64OrNull(toString({0}))",
                text="toString({0})",
                hour="formatDateTime({0}, '%Y-%m-%dT%H:00:00Z', 'UTC')",
                moment="toDateTime64({0}, 6, 'UTC')",
                from_zone="toTimeZone(toDateTime64(toString({0}), 6, {1}), 'UTC')",
                seconds="(toUnixTimestamp64Micro({0}) / 1e6)",
                json="JSONExtract({0}, {1}, 'Nullable(String)')",
                json_path="arguments",
                map_key="if(mapContains({0}, {1}), {0}[{1}], null)",
                log2="log2({0})",
                null="cast(null as Nullable(Int64))",
            ),
            Dialect(
                name="spark",
                quote="`",
                whole="try_cast(round(try_cast({0} as double)) as bigint)",
                real="try_cast({0} as double)",
                text="cast({0} as string)",
                hour="date_format({0}, \"yyyy-MM-dd'T'HH:'00:00Z'\")",
                moment="cast({0} as timestamp)",
                from_zone="to_utc_timestamp({0}, {1})",
                seconds="(unix_micros({0}) / 1e6)",
                json="get_json_object({0}, {1})",
                json_path="$",
                map_key="{0}[{1}]",
                log2="log2({0})",
                begin="set time zone 'UTC'",
            ),
            Dialect(
                name="bigquery",
                quote="`",
                whole="safe_cast(round(safe_cast({0} as float64)) as int64)",
                real="safe_cast({0} as float64)",
                text="cast({0} as string)",
                hour="format_timestamp('%Y-%m-%dT%H:00:00Z', {0}, 'UTC')",
                moment="cast({0} as timestamp)",
                from_zone="timestamp(cast({0} as datetime), {1})",
                seconds="(unix_micros({0}) / 1e6)",
                json="json_value({0}, {1})",
                json_path="$",
                map_key="json_value({0}, {1})",
                log2="log({0}, 2)",
                null="cast(null as int64)",
            ),
            Dialect(
                name="snowflake",
                quote='"',
                whole="cast(round(try_to_double(to_varchar({0}))) as bigint)",
                real="try_to_double(to_varchar({0}))",
                text="to_varchar({0})",
                hour=(
                    "(to_char(cast({0} as timestamp_ntz), 'YYYY-MM-DD') || 'T' "
                    "|| to_char(cast({0} as timestamp_ntz), 'HH24') || ':00:00Z')"
                ),
                moment="cast({0} as timestamp_ntz)",
                from_zone="convert_timezone({1}, 'UTC', {0})",
                seconds="(date_part(epoch_microsecond, {0}) / 1e6)",
                json="json_extract_path_text({0}, {1})",
                json_path="$",
                map_key="cast({0}[{1}] as varchar)",
                log2="log(2, {0})",
                begin="alter session set timezone = 'UTC'",
            ),
            Dialect(
                name="trino",
                quote='"',
                whole="try_cast(round(try_cast({0} as double)) as bigint)",
                real="try_cast({0} as double)",
                text="cast({0} as varchar)",
                hour="date_format({0}, '%Y-%m-%dT%H:00:00Z')",
                moment="cast({0} as timestamp)",
                from_zone="cast(with_timezone({0}, {1}) at time zone 'UTC' as timestamp)",
                seconds="(to_unixtime(with_timezone({0}, 'UTC')))",
                json="json_extract_scalar({0}, {1})",
                json_path="$",
                map_key="element_at({0}, {1})",
                log2="log2({0})",
            ),
        )
    }
)


def quoted(dialect: Dialect, name: str) -> str:
    """A name of a column or, part by part, of a table, whatever it holds."""
    mark = dialect.quote
    escaped = name.replace("\\", "\\\\") if dialect.name in ("clickhouse", "bigquery") else name
    doubled = "\\`" if dialect.name == "bigquery" else mark * 2
    return f"{mark}{escaped.replace(mark, doubled)}{mark}"


def literal(dialect: Dialect, text: str) -> str:
    """A text, whatever it holds."""
    if dialect.name in ("clickhouse", "spark", "bigquery", "snowflake"):
        text = text.replace("\\", "\\\\")
    return "'" + text.replace("'", "\\'" if dialect.name in ("bigquery", "spark") else "''") + "'"


def path_in_json(dialect: Dialect, keys: tuple[str, ...]) -> str:
    """The path to a key inside JSON, as that engine's function takes it."""
    if dialect.json_path == "array":
        inner = ",".join('"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"' for key in keys)
        return literal(dialect, "{" + inner + "}")
    if dialect.json_path == "arguments":
        return ", ".join(literal(dialect, key) for key in keys)
    if dialect.name == "snowflake":
        return literal(dialect, ".".join(f'"{key}"' for key in keys))
    if dialect.name == "spark":  # its function knows no quotes around a plain key
        return literal(dialect, "$" + "".join(f"['{key}']" if not key.isidentifier() else f".{key}" for key in keys))
    return literal(dialect, "$" + "".join(f'."{key}"' for key in keys))


def keyed(dialect: Dialect, column: str, keys: Sequence[str]) -> str:
    """The first key of a map that holds something, as text."""
    name, found = quoted(dialect, column), []
    for key in keys:
        # A path has to be a constant there, and no expression.
        place = path_in_json(dialect, (key,)) if dialect.name == "bigquery" else literal(dialect, key)
        found.append(f"nullif({dialect.text.format(dialect.map_key.format(name, place))}, '')")
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"
