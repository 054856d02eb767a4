"""The door: a file, a folder or standard input in, a table of hours and what is to be said of the source out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from planner.evidence.usage import others
from planner.evidence.usage.detect import FORMATS, Detected, Renamed, detect
from planner.evidence.usage.documents import Found, JsonText, json_lines, samples, table
from planner.evidence.usage.fields import Format, Options, held_back
from planner.evidence.usage.names import sure
from planner.evidence.usage.rollup import CostKey, Rollup, SizeKey, Table, Tally
from planner.evidence.usage.rows import (
    FAILED,
    MALFORMED,
    NOT_AS_FORMAT,
    OTHER_FORM,
    Aside,
    BadValueError,
    Reader,
    Row,
    Skip,
    Unit,
)
from planner.evidence.usage.streams import (
    PEEK_BYTES,
    STANDARD_INPUT,
    Part,
    Watch,
    decoded,
    is_installed,
    is_large,
    opened,
    parts_of,
    start_of,
    text_of,
)
from planner.evidence.usage.sums import Sums, Window, step_s, sums_in, without_sizes
from planner.evidence.usage.times import Clock, zone_named
from planner.records import dataclass
from planner.toml.errors import InputError
from planner.toml.paths import is_folder

if TYPE_CHECKING:
    from planner.evidence.usage.embedded import Large

_POLL_ROWS: Final = 1_000
_MOST_NAMED: Final = 16
_WITHOUT: Final = "CSV, JSON and JSONL"
_SUCH: Final = (
    '{"timestamp": COLUMN, "model": COLUMN, "input": COLUMN, "cached": COLUMN, "output": COLUMN, "zone": "UTC"}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody says about a source."""

    workload_by: str = ""
    timezone: str | None = None
    since: dt.date | None = None
    mapping: Mapping[str, str] | None = None
    remembered: Callable[[str], Mapping[str, str] | None] = lambda fingerprint: None
    """A mapping for columns of this fingerprint, where one was given before."""
    window: Window = lambda model: None
    """Context window of a model."""


class UnknownLogError(InputError):
    """A file whose keys are those of no known format. `columns` are named, so that somebody can say what they are."""

    def __init__(self, path: str, found: Detected) -> None:
        self.columns, self.fingerprint = found.names, found.fingerprint
        names = ", ".join(found.names[:_MOST_NAMED]) or "none that can be named"
        more = f" and {len(found.names) - _MOST_NAMED} more" if len(found.names) > _MOST_NAMED else ""
        problem = (
            f"found no known format in the columns {names}{more}; say what they are with --mapping FILE.json: {_SUCH}"
        )
        super().__init__(problem, path=path)


@dataclass(frozen=True, slots=True, eq=False)
class Usage:
    """A source as it was read: the table, and what the table cannot say."""

    path: Path
    format: Format
    rollup: Rollup
    unit: str
    read: int
    used: int
    skipped: Mapping[str, int]
    grain_s: int | None
    """Of the shortest bucket; None: single requests."""
    first_s: float | None
    last_s: float | None
    lasted_s: float | None
    """Of a source without a calendar."""
    zone: str | None
    """Whose days are counted: as asked, else as the source counts."""
    cost_at: Mapping[CostKey, float]
    """As logged; empty: no cost in it."""
    problem: str = ""
    """Where the first malformed record stands and what is wrong with it."""
    pages_missing: bool = False
    """A page says that others follow, and they are not here."""
    asides: Mapping[str, int] = field(default_factory=dict)
    """What stands beside the records, by what it is."""
    passed_over: tuple[str, ...] = ()
    """Files of a folder that are no logs of this format."""
    fingerprint: str = ""
    """Of the columns, where a mapping named them."""
    sample: int = 1
    """The sizes are those of one request in so many."""
    named: Mapping[str, str] = field(default_factory=dict)
    """What its columns were taken for, where their own names said it."""
    spare: tuple[str, ...] = ()
    """Columns of a log that no tool is known to write, without those that were looked at."""
    sums: Sums | None = None
    """Why its rows are no single requests."""

    @property
    def cost_of(self) -> dict[tuple[str, str], float]:
        """By currency and model, as logged."""
        sums: dict[tuple[str, str], float] = {}
        for (money, model, _, _), amount in self.cost_at.items():
            sums[money, model] = sums.get((money, model), 0.0) + amount
        return sums

    @property
    def cost(self) -> dict[str, float]:
        """By currency, as logged."""
        return {money: sum(v for (of, _), v in self.cost_of.items() if of == money) for money, _ in self.cost_of}


def read_usage(path: Path, asked: Asked | None = None, watch: Watch | None = None) -> Usage:
    """Read a source. Raises `InputError`, `UnknownLogError` among them, and `CancelledError`."""
    asked, watch = asked or Asked(), watch or Watch()
    work = _Work(path, asked, watch, Clock())
    work.take_all()
    if work.clock.told_late and str(path) != STANDARD_INPUT:
        work = _Work(path, asked, watch, Clock(day_first=work.clock.day_first))
        work.take_all()
    usage = work.done()
    sums = sums_in(usage.rollup, asked.window)
    if sums is None:
        return usage
    grain_s = step_s(usage.rollup) if usage.grain_s is None else usage.grain_s
    return replace(usage, rollup=without_sizes(usage.rollup), grain_s=grain_s, sums=sums)


def rolled_up(name: str, records: Iterable[Mapping[str, Any]], sizes: Mapping[SizeKey, int]) -> Usage:
    """A table of hours that was made elsewhere, and requests by size; `name` stands for the file."""
    path = Path(name)
    work = _Work(path, Asked(), Watch(), Clock())
    form = next(form for form in FORMATS if form.name == "rollup_csv")
    work.take_records(Part(path), form, (Found(record, number) for number, record in enumerate(records, 1)))
    usage = work.done()
    usage.rollup.sizes.update(sizes)
    return usage


class _Work:
    """One source while it is read."""

    def __init__(self, path: Path, asked: Asked, watch: Watch, clock: Clock) -> None:
        self.clock = clock
        self._path, self._asked, self._watch = path, asked, watch
        self._format: Format | None = None
        self._reader: Reader | None = None
        self._table, self._skipped, self._tally = Table(), Counter[str](), Tally()
        self._passed_over: list[str] = []
        self._unknown: UnknownLogError | None = None
        self._asides = Counter[str]()
        self._pending: list[Part] = []
        self._pages = self._open_pages = self._most_pages = 0
        self._shape = self._fingerprint = self._workload_by = ""
        self._sample = 1
        self._named, self._spare = dict[str, str](), tuple[str, ...]()

    def take_all(self) -> None:
        """Every file."""
        for part in parts_of(self._path):
            self.take(part)

    def take(self, part: Part) -> None:
        """One file more; of a folder, one that is no log of the format is passed over."""
        try:
            with opened(part, self._watch) as stream:
                head = start_of(stream)
                found = detect(decoded(head), head, cut=len(head) >= PEEK_BYTES)
                large = self._large(part, found)
                if large is not None:
                    found = large.found
                form = self._chosen(part, found)
                if form is None or (large is not None and self._taken(large, form)):
                    return
                if large is not None and found.shape == "parquet":
                    self._shape = large.unit
                    self._records(part, form, large.records(form))
                else:
                    self._records(part, form, self._found(part, found, text_of(stream, head)))
        except InputError as error:
            raise error if error.path is not None else error.at(part.shown) from None

    def take_records(self, part: Part, form: Format, records: Iterator[Found]) -> None:
        """Records of a format that is known."""
        self._format, self._reader, self._shape = form, form.make(self._options(form)), "row"
        self._records(part, form, records)

    def _large(self, part: Part, found: Detected) -> Large | None:
        """A file for DuckDB: one of Parquet, or a large one of lines where DuckDB is installed."""
        if found.shape != "parquet" and not (is_large(part, found.shape) and is_installed()):
            return None
        if not is_installed():
            raise InputError(f"Parquet needs the extra logs (DuckDB), which is not here; {_WITHOUT} are read without")
        from planner.evidence.usage.embedded import Large

        return Large(part, found, self._watch)

    def _taken(self, large: Large, form: Format) -> bool:
        """Whether DuckDB has added the file up; False where only a reader can make sense of it."""
        grouped = large.grouped(form, self._reader, self._workload_by, self._tally.since_s)
        if grouped is None:
            return False
        for unit in grouped.units:
            self._tally.shapes[large.unit] += unit.read
            if isinstance(unit, Row):
                self._tally.add(replace(unit, cost=None))
            else:
                self._skip(unit, None, 0)
        for at, hour, amount in grouped.paid:
            if isinstance(unit := grouped.units[at], Row):
                self._tally.pay(unit, hour, amount)
        self._tally.until(grouped.last_s)
        self._table.add_block(grouped.block)
        self._sample = max(self._sample, grouped.sample)
        return True

    def _chosen(self, part: Part, found: Detected) -> Format | None:
        """The format of a file, which is that of all before it."""
        if found.shape == "empty":
            return None
        form = found.format
        mapping: Mapping[str, str] | None = None
        if form is None and (mapping := self._asked.mapping or self._asked.remembered(found.fingerprint)):
            form, self._fingerprint = _mapped(mapping, found), found.fingerprint
        elif form is None and not is_folder(self._path) and (mapping := sure(found.names)):
            form, self._named = _mapped(mapping, found), mapping
        if mapping:
            self._spare = tuple(name for name in found.names if name and name not in mapping.values())
        same = self._format is None or form is None or form.name == self._format.name
        if not same:
            known = self._format.name if self._format else ""
            raise InputError(f"found {form.name if form else ''} beside {known}; import them one after the other")
        if form is None and found.shape == "lines":
            if self._format is not None and self._format.folder:
                return self._format
            self._pending.append(part)
        if form is None:
            self._unknown = self._unknown or UnknownLogError(part.shown, found)
            self._passed_over.append(part.shown)
            return None
        if self._format is None:
            self._format, self._reader = form, form.make(self._options(form))
        return self._format

    def _options(self, form: Format) -> Options:
        by = self._asked.workload_by
        if by and by not in form.by:
            said = ", ".join(form.by) or "nothing"
            raise InputError(f"{form.name} tells workloads apart by {said}, not by {by}", field="--workload-by")
        zone = zone_named(form.zone or self._asked.timezone) if form.name == "unknown_csv" else dt.UTC
        since = self._asked.since
        if since is not None:
            self._tally.since_s = dt.datetime.combine(since, dt.time(), zone_named(self._asked.timezone)).timestamp()
        self._workload_by = by
        self.clock = Clock(zone, self.clock.day_first)
        return Options(self.clock, by)

    def _found(self, part: Part, found: Detected, text: Any) -> Iterator[Found]:
        """The records of a file."""
        self._shape = "csv row" if found.shape == "table" else "line" if found.shape == "lines" else "item"
        if found.shape == "table":
            return table(text, found.delimiter, found.header, found.skip)
        if found.shape == "scrape":
            name = part.member or str(part.path)
            return (Found({**one.record, "part": name}, one.line, one.problem) for one in samples(text))
        return json_lines(text) if found.shape == "lines" else JsonText(text).records()

    def _records(self, part: Part, form: Format, records: Iterator[Found]) -> None:
        assert self._reader is not None
        names = Renamed(form.names)
        for number, found in enumerate(records):
            if number % _POLL_ROWS == 0:
                self._watch.poll()
            if found.head:
                self._page(found.record)
            elif found.problem:
                self._bad(part, found.line, found.problem)
            else:
                self._tally.shapes["item" if found.inside else self._shape] += 1
                self._units(part, found.line, names.record(found.record))

    def _units(self, part: Part, line: int, record: dict[str, Any]) -> None:
        assert self._reader is not None
        try:
            for unit in self._reader.units(record):
                self._add(unit, part, line)
        except BadValueError as error:
            self._bad(part, line, f"{error.field}: {error}")
        except NOT_AS_FORMAT:
            self._bad(part, line, OTHER_FORM)

    def _bad(self, part: Part, line: int, problem: str) -> None:
        self._add(Skip(MALFORMED, problem=problem), part, line)

    def _add(self, unit: Unit, part: Part | None = None, line: int = 0) -> None:
        unit = held_back(unit, self._tally.since_s)
        if isinstance(unit, Aside):
            self._asides[unit.what] += unit.count
        elif isinstance(unit, Row):
            self._tally.add(unit)
            if unit.seconds is not None or any(count is not None for count in unit.counts):
                self._table.add(unit)
        else:
            self._skip(unit, part, line)
            if unit.row is not None and unit.reason == FAILED:
                self._table.add(unit.row)

    def _skip(self, unit: Skip, part: Part | None, line: int) -> None:
        self._skipped[unit.reason] += unit.read
        self._tally.read += unit.read
        if unit.problem and part is not None and not self._tally.problem:
            self._tally.problem = f"{part.shown}:{line}: {unit.problem}"
        if unit.row is not None:
            self._tally.length(unit.row)

    def _page(self, head: Mapping[str, Any]) -> None:
        """Whether a page says that others follow."""
        self._pages += 1
        self._open_pages += bool(head.get("has_more"))
        of = head.get("total_pages")
        self._most_pages = max(self._most_pages, of if isinstance(of, int) else 0)

    def _rest(self, reader: Reader) -> None:
        try:
            for number, unit in enumerate(reader.rest()):
                if number % _POLL_ROWS == 0:
                    self._watch.poll()
                self._add(unit)
        except InputError as error:
            raise error if error.path is not None else error.at(self._path) from None

    def done(self) -> Usage:
        """All that the source holds. Raises `InputError` where that is nothing."""
        if self._format is not None and self._format.folder:
            for part in self._pending:  # those before the first that told the format
                self._passed_over.remove(part.shown)
                self.take(part)
        if self._format is None or self._reader is None:
            raise self._unknown or InputError("there is nothing in it, expected a log", path=self._path)
        self._rest(self._reader)
        tally, form = self._tally, self._format
        if tally.problem and tally.read == self._skipped[MALFORMED]:
            raise InputError(f"no record can be read; the first: {tally.problem}")
        return Usage(
            path=self._path,
            format=form,
            rollup=self._table.done(),
            unit=form.unit or tally.unit,
            read=tally.read,
            used=tally.used,
            skipped=dict.fromkeys(form.counted, 0) | dict(self._skipped),
            grain_s=tally.grain_s,
            first_s=tally.first_s,
            last_s=tally.last_s,
            lasted_s=tally.lasted_s if not form.calendar else None,
            zone=self._asked.timezone or form.zone or None,
            cost_at=dict(tally.cost),
            problem=tally.problem,
            pages_missing=(0 < self._open_pages == self._pages) or self._pages < self._most_pages,
            asides=dict(self._asides),
            passed_over=tuple(self._passed_over),
            fingerprint=self._fingerprint,
            sample=self._sample,
            named=self._named,
            spare=self._spare,
        )


def _mapped(mapping: Mapping[str, str], found: Detected) -> Format:
    """The format that a mapping makes of these columns. Raises `InputError` where it names one that is not there."""
    known = set(found.header) or set(found.keys)
    for key, column in mapping.items():
        if key != "zone" and column not in known and found.header:
            raise InputError("the log has no such column", field=f"--mapping {key}")
    return others.mapped(mapping)
