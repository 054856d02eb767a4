"""Usage logs gone wrong, of every format there is, as the campaign reads them: summary, table, text and plan.

What is said of one may hold no prompt and no key, whatever the log has become.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from planner.catalog.load import shipped_catalog
from planner.evidence.usage.into_plan import taken_into
from planner.evidence.usage.read import Usage, read_usage
from planner.evidence.usage.summary import to_json
from planner.evidence.usage.told import taken_lines, to_text
from planner.plan.edit import new_plan
from planner.plan.write import render
from planner.toml.errors import InputError
from tests.evidence.load import MARK, calls, put
from tests.evidence.writers import MONEY, WRITERS

_FEW = calls()[:12]
_DAY = date(2026, 11, 23)
_STRANGE = (b"\0", b'"', b"{", b"]", b"-1", b"1e999", b"null", b"\xff\xfe", b",", b"\n", b"[" * 3_000, b"9" * 30)


def seeds() -> list[bytes]:
    """Every file of every format, a short load in it."""
    found: list[bytes] = []
    with tempfile.TemporaryDirectory() as name:
        for form, (writer, _) in WRITERS.items():
            (folder := Path(name, form)).mkdir()
            path = writer(folder, _FEW)
            files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
            found += [file.read_bytes() for file in files]
        found += [put(Path(name, "money", form), text).read_bytes() for form, text in MONEY.items()]
    return found


def hurt_logs(whole: Sequence[bytes], rng: random.Random) -> Iterator[bytes]:
    """Endless logs that were cut, doubled, overwritten, or had something strange put in. No key is renamed: under the
    name of a model a prompt is the name of a model."""
    while True:
        raw = rng.choice(whole)
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            raw = _hurt(raw, rng) if raw else raw
        yield raw


def _hurt(raw: bytes, rng: random.Random) -> bytes:
    at, other = sorted((rng.randrange(len(raw)), rng.randrange(len(raw))))
    strange = rng.choice(_STRANGE)
    return rng.choice((
        raw[:at], raw[at:], raw[:at] + raw[other:], raw[:other] + raw[at:],
        *(raw[:at] + strange + raw[at:], raw[:at] + strange + raw[at + 1 :], raw[:at] + raw[at + 1 :]) * 2,
    ))  # fmt: skip


def read_log(folder: Path, raw: bytes) -> object:
    """Everything that the planner says of a log. Raises `InputError`, and `AssertionError` for words of a prompt."""
    path = folder / "2026-09-07T10-00-00Z.log"  # a scrape tells its time by its name
    path.write_bytes(raw)
    try:
        said, refused = _said(read_usage(path)), None
    except InputError as error:
        said, refused = str(error), error.at(path) if error.path is None else error
    assert MARK not in said, "a prompt or a key in what is said"
    if refused is not None:
        raise refused
    return said


def _said(usage: Usage) -> str:
    assert usage.read == usage.used + sum(usage.skipped.values()), "records that are neither used nor skipped"
    catalog = shipped_catalog()
    said = [json.dumps(to_json(usage)), *usage.rollup.lines(), usage.problem, to_text(usage, catalog)]
    try:
        taken = taken_into(new_plan("Campaign", _DAY), usage, catalog, _DAY)
    except InputError as error:
        return "\n".join([*said, str(error)])
    return "\n".join([*said, render(taken.plan), *taken_lines(taken)])
