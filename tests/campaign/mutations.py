"""Inputs gone wrong as a disk, an editor or a colleague leaves them; from a seed, so that each can be had again.

What is written into a text is harmless by itself: long, deep, large, empty or not to be seen. Nothing here runs.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence

NUMBERS = (
    "0", "-0.0", "-1", "1e-320", "5e-324", "1e15", "1e16", "1e300", "1.7e308", "1e400", "-1e300", "nan", "inf", "-inf",
    "NaN", "Infinity", "9" * 30, "9" * 400, "9" * 5_000, "0x7fffffffffffffff", "1_000", "007", "1.5", "true", "1e3",
)  # fmt: skip
TEXTS = (
    '""', '"x"', '"' + "x" * 3_000 + '"', '"\\u001b[31m"', '"\\u202ename"', '"a\\nb"', '"\\u2028"', '"\\ud800"',
    "'~nobody/x'", '"2026-13-01"', '"../../x"', '"=1+1"', "2026-11-23", "2026-11-23T10:00:00", "12:00:00",
    '"EUR"', '"\\u0000"',
)  # fmt: skip
SHAPES = ("[]", "{}", "[[[]]]", "[1, 2]", "{ a = 1 }", '{"a": 1}', "null", "[" * 40 + "]" * 40, '["a", 1]', "[nan]")
SCALAR = re.compile(rb'(?<=[=:\[,] )?("(?:[^"\\\n]|\\.)*"|-?\d[\d_.eE+-]*|true|false)')
LINES = (
    b"=",
    b"[",
    b"]]",
    b'"',
    b"a = 1",
    b"[workload]",
    b"[[workload]]",
    b"[x.y.z]",
    b"a.b.c = {}",
    b"\xff\xfe",
    b"\x00",
    b"#" * 300,
)

Mutation = Callable[[random.Random, bytes], bytes]


def _number(rng: random.Random) -> str:
    return rng.choice(NUMBERS) if rng.random() < 0.6 else repr(rng.uniform(-1, 1) * 10 ** rng.uniform(-20, 20))


def _value(rng: random.Random) -> bytes:
    kind = rng.random()
    return (_number(rng) if kind < 0.6 else rng.choice(TEXTS if kind < 0.85 else SHAPES)).encode()


def other_value(rng: random.Random, raw: bytes) -> bytes:
    """One value becomes another."""
    found = [match.span(1) for match in SCALAR.finditer(raw)]
    if not found:
        return raw + _value(rng)
    start, end = rng.choice(found)
    return raw[:start] + _value(rng) + raw[end:]


def other_bytes(rng: random.Random, raw: bytes) -> bytes:
    """A few bytes flipped, dropped or put in."""
    changed = bytearray(raw)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(3):
            case 0 if at < len(changed):
                changed[at] ^= 1 << rng.randrange(8)
            case 1:
                del changed[at : at + rng.randint(1, 20)]
            case _:
                changed[at:at] = rng.randbytes(rng.randint(1, 6))
    return bytes(changed)


def other_lines(rng: random.Random, raw: bytes) -> bytes:
    """A line left out, doubled, moved, or a strange one put in."""
    lines = raw.split(b"\n")
    at = rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(rng.randrange(len(lines) + 1), lines[at])
        case 2:
            lines.insert(rng.randrange(len(lines)), lines.pop(at))
        case _:
            lines.insert(at, rng.choice(LINES))
    return b"\n".join(lines)


def cut(rng: random.Random, raw: bytes) -> bytes:
    """The end is missing, as after a full disk."""
    return raw[: rng.randrange(len(raw) + 1)]


def other_key(rng: random.Random, raw: bytes) -> bytes:
    """One name becomes another, or stands twice."""
    words = [match.span() for match in re.finditer(rb"[A-Za-z_]{3,}", raw)]
    if not words:
        return raw
    (start, end), (first, last) = rng.choice(words), rng.choice(words)
    return raw[:start] + raw[first:last] + raw[end:]


EVERY: Sequence[Mutation] = (other_value, other_value, other_value, other_bytes, other_lines, other_key, cut)
"""Values most often: they get furthest."""


def mutated(seeds: Sequence[bytes], rng: random.Random, header: bool = False) -> Iterator[bytes]:
    """Endless changed inputs. With `header` the first eight bytes are a length, set right again most of the time."""
    while True:
        raw = rng.choice(seeds)
        body = raw[8:] if header else raw
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            body = rng.choice(EVERY)(rng, body)
        if header:
            length = len(body) if rng.random() < 0.9 else rng.choice((0, 1, 2**40, 2**63, len(body) * 2))
            body = length.to_bytes(8, "little") + body
        yield body


def header_of(tensors: dict[str, object]) -> bytes:
    """The head of a safetensors file."""
    text = json.dumps(tensors).encode()
    return len(text).to_bytes(8, "little") + text


def floods() -> Iterator[bytes]:
    """Texts within the limit of bytes that hold more of something than anybody writes: 1 MiB each."""
    size = 2**20
    for start, piece, end in (
        ("", "#\n", ""),
        ("", "# a comment\n\n", ""),
        ("", "\n", ""),
        ("a = [", "1,", "]"),
        ("a = [", "[],", "]"),
        ("a = [", "{},", "]"),
        ("a = ", "[", ""),
        ("a = ", "{a=", ""),
        ("", "a.", "a = 1"),
        ("[", "a.", "a]"),
        ("a = {", "b.", "b = 1}"),
        ("", '"a".', "a = 1"),
        ("a = 1", "0", ""),
        ("a = 0.", "0", "1"),
        ('a = "', "x", '"'),
        ('a = "', "\\u0041", '"'),
        ('a = """', '" ', '"""'),
        ("", "[[workload]]\n", ""),
        ("[", "x", "]"),
        ("", "x", " = 1"),
        ("[", "1,", "1]"),
        ("", "[", ""),
        ("", '{"a":', ""),
        ('{"a": "', "x", '"}'),
        ('{"a": ', "9", "}"),
        ("id,", "x,", ""),
        ("", "a,b\n", ""),
        ('"', '""', ""),
    ):
        yield (start + piece * (size // len(piece)) + end).encode()
    yield "".join(f"k{number} = 1\n" for number in range(size // 12)).encode()
    yield ("a = {" + ", ".join(f"k{number} = 1" for number in range(size // 12)) + "}").encode()
    yield "".join(f"[t{number}]\n" for number in range(size // 10)).encode()
    yield ("{" + ", ".join(f'"k{number}": []' for number in range(size // 14)) + "}").encode()
