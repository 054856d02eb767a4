"""Texts that no output may hold: prompts, answers and keys in the files of tests carry them."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

PROMPT = "MARKprompt"
ANSWER = "MARKanswer"
KEY = "sk-MARKkey"
MARK = "MARK"


def mutated(raw: bytes, random: Random) -> bytes:
    """The file cut off, or with some bytes changed, doubled or gone."""
    changed = bytearray(raw)
    for _ in range(random.randint(1, 3)):
        if not changed:
            break
        at = random.randrange(len(changed))
        match random.randrange(6):
            case 0:
                del changed[at:]
            case 1:
                del changed[at : at + random.randint(1, 40)]
            case 2:
                changed[at] = random.randrange(256)
            case 3:
                changed[at:at] = random.choice(
                    (b"null", b"-1", b"1e999", b'"x"', b"[]", b"{}", b",", b"\n", b"NaN", b"9" * 30)
                )
            case 4:
                end = at + random.randint(1, 200)
                changed[at:at] = changed[at:end]
            case _:
                digits = [place for place, byte in enumerate(changed) if chr(byte).isdigit()]
                if digits:
                    changed[random.choice(digits)] = random.choice(b'-"{[ex0.')
    return bytes(changed)


VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, 1e308, float("inf"), float("nan"), 10**400, "", PROMPT, [], {}, [[]], [None], {"a": 1},
    {"value": ANSWER}, "3", "C", [{"x": 1}],
)  # fmt: skip


def reshaped(raw: bytes, random: Random) -> bytes:
    """The JSON, or one of its lines, with one value gone or another in its place: right to read, wrong to take."""
    try:
        lines = [json.loads(raw)]
    except ValueError:
        lines = [json.loads(line) for line in raw.split(b"\n") if line.strip()]
    at = random.randrange(len(lines))
    lines[at] = _hit(lines[at], random)
    return b"\n".join(json.dumps(line).encode() for line in lines)


def _hit(here: Any, random: Random) -> Any:
    if not isinstance(here, (dict, list)) or not here or random.random() < 0.1:
        return random.choice(VALUES)
    key = random.choice(list(here) if isinstance(here, dict) else range(len(here)))
    if random.random() < 0.1:
        del here[key]
    else:
        here[key] = _hit(here[key], random)
    return here


def complaint_of(read: Callable[[], object]) -> str:
    """The one line that a reader says of a file it refuses; empty where it takes the file."""
    from planner.toml.errors import InputError

    try:
        read()
    except InputError as error:
        said = str(error)
        assert "\n" not in said
        return said
    return ""
