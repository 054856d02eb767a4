"""What the columns of an unknown log are: read from a file, and kept beside the settings for the next of its kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from planner.evidence.usage.others import MAPPED
from planner.plan.settings import settings_path
from planner.toml.errors import InputError, did_you_mean
from planner.toml.files import decode, parse_json, read_bytes, write_whole
from planner.toml.paths import exists

FILE_NAME: Final = "usage-columns.json"
_LEAST: Final = frozenset({"input", "input_uncached", "output"})
_MOST_KEPT: Final = 200


def read_mapping(path: Path) -> dict[str, str]:
    """The mapping in a file: {"timestamp": "when", "input": "tokens in", ...}. Raises `InputError`."""
    try:
        data = parse_json(decode(read_bytes(path)))
        if not isinstance(data, dict):
            raise InputError('expected an object such as {"timestamp": "when", "input": "prompt"}')
        for key, column in data.items():
            if key not in MAPPED:
                raise InputError(f"there is no such key{did_you_mean(key, MAPPED, len(MAPPED))}", field=key)
            if not isinstance(column, str):
                raise InputError("expected the name of a column in quotes", field=key)
        if not is_enough(data):
            raise InputError("expected timestamp and input, input_uncached or output at least")
    except InputError as error:
        raise error.at(path) from None
    return data


def is_enough(mapping: Mapping[str, str]) -> bool:
    """Whether a log can be read with it: when, and some tokens."""
    return "timestamp" in mapping and bool(_LEAST & set(mapping))


def remembered(fingerprint: str) -> Mapping[str, str] | None:
    """The mapping that was given for columns of this fingerprint; None where none was."""
    found = _kept().get(fingerprint)
    return found if isinstance(found, dict) else None


def remember(fingerprint: str, mapping: Mapping[str, str]) -> None:
    """Keep a mapping that has worked. Where it cannot be kept it is asked for again."""
    kept = _kept()
    if kept.get(fingerprint) == mapping:
        return
    newest = [*((key, value) for key, value in kept.items() if key != fingerprint), (fingerprint, dict(mapping))]
    with suppress(InputError):
        write_whole(_path(), json.dumps(dict(newest[-_MOST_KEPT:]), indent=1).encode())


def _path() -> Path:
    return settings_path().with_name(FILE_NAME)


def _kept() -> dict[str, Any]:
    if not exists(_path()):
        return {}
    try:
        found = parse_json(decode(read_bytes(_path())))
    except InputError:
        return {}
    return found if isinstance(found, dict) else {}
