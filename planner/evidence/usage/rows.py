"""What a reader makes of one record: a row of volume, or the reason why it is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

from planner.records import dataclass

COUNTED: Final = (
    "requests", "failed", "input", "cached", "cache_write_5m", "cache_write_1h", "cache_write", "output", "reasoning",
    "latency_sum_ms",
)  # fmt: skip
"""What is added up, in the order of the rollup's columns; None is unknown, and never 0."""


class At:
    """Place of each in the counts of a row."""

    REQUESTS, FAILED, INPUT, CACHED, WRITE_5M, WRITE_1H, WRITE, OUTPUT, REASONING, LATENCY = range(10)


FAILED: Final = "failed"
MALFORMED: Final = "malformed"
BEFORE: Final = "before_since"

Counts = tuple[int | None, ...]
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """Volume of one request, or of a bucket of them."""

    seconds: float | None
    """Since 1970 in UTC, of the start; None: the source knows no calendar."""
    counts: Counts
    """By `COUNTED`. `input` is all input, what was read from a cache and written to it included."""
    bucket_s: int | None = None
    """Length of the bucket; None: a single request."""
    model: str = ""
    workload: str = ""
    batch: bool | None = None
    cost: float | None = None
    currency: str = ""
    basis: str | None = None
    """Whose input may or may not include the cache; all rows of this name decide."""
    cache_outside: bool = False
    """What is taken of the basis where no row proves it: True, that input leaves the cache out."""
    read: int = 1
    """Records of the source that it stands for: a record that gives two rows is counted once."""
    lasts: tuple[float, float] | None = None
    """Seconds at which it begins and ends, of a source without a calendar."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A record that carries no volume, and why. `row`: of a failed call, which is counted apart."""

    reason: str
    row: Row | None = None
    read: int = 1
    problem: str = ""
    """Of a malformed one: the field, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Aside:
    """What stands beside the records and is neither volume nor left out of it, such as runs that nobody has priced."""

    what: str
    count: int


Unit = Row | Skip | Aside


NOT_AS_FORMAT: Final = (ValueError, TypeError, OverflowError, AttributeError, LookupError, RecursionError)
"""What a reader raises over a record that is not what its keys say."""
OTHER_FORM: Final = "this record has another form than its format"


def tried(make: Callable[[], Unit]) -> Unit:
    """The unit, or that it is malformed: of several in one record the others stay."""
    try:
        return make()
    except BadValueError as error:
        return Skip(MALFORMED, problem=f"{error.field}: {error}")
    except NOT_AS_FORMAT:
        return Skip(MALFORMED, problem=OTHER_FORM)


class Reader(Protocol):
    """Turns the records of one source into units; it may keep back what only the end decides."""

    def units(self, record: Record) -> Iterable[Unit]:
        """What one record gives. Raises `BadValueError`."""
        ...

    def rest(self) -> Iterable[Unit]:
        """What was kept back, once every file was read."""
        ...


class Plain:
    """A reader that keeps nothing back."""

    def rest(self) -> Iterable[Unit]:
        """Nothing."""
        return ()


class BadValueError(ValueError):
    """A field that does not hold what it should. What it holds is described and never shown: it may be a prompt."""

    def __init__(self, field: str, found: object, expected: str) -> None:
        self.field, self.expected = field, expected
        self.found = kind_of(found)
        super().__init__(f"found {self.found}, expected {expected}")


def kind_of(value: object) -> str:
    """What a value is, without its content."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number out of range"
    if isinstance(value, str):
        return f"text of {len(value)} characters"
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, Mapping) else "something else"


def counts(
    requests: int | None = None,
    input_tokens: int | None = None,
    output: int | None = None,
    cached: int | None = None,
    write: int | None = None,
    write_5m: int | None = None,
    write_1h: int | None = None,
    reasoning: int | None = None,
    latency_ms: int | None = None,
    failed: int | None = None,
) -> Counts:
    """In the order of `COUNTED`; the writes are the sum of their two lives where only these are known."""
    if write is None and (write_5m is not None or write_1h is not None):
        write = (write_5m or 0) + (write_1h or 0)
    return (requests, failed, input_tokens, cached, write_5m, write_1h, write, output, reasoning, latency_ms)


FAILURE: Final = counts(requests=0, failed=1)
