"""Rows that only their whole group decides about: copies of one message, spans of one trace.

They lie in a database without a name, which SQLite keeps in memory while it is small and on disk beyond that; numbers
and digests are in it, never a text.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

_CACHE_KIB: Final = 16_384


def digest(*parts: object) -> bytes:
    """Eight bytes that stand for an id."""
    return blake2b("\0".join(map(str, parts)).encode(errors="replace"), digest_size=8).digest()


class Groups:
    """Values under a key, in the order of the keys and of their coming."""

    def __init__(self) -> None:
        self._base: sqlite3.Connection | None = None
        self._count = 0

    def add(self, key: bytes, value: list[Any]) -> None:
        """One more value of a group."""
        if self._base is None:
            self._base = sqlite3.connect("", isolation_level=None)
            self._base.execute("pragma journal_mode = off")
            self._base.execute("pragma synchronous = off")
            self._base.execute(f"pragma cache_size = -{_CACHE_KIB}")
            # Kept in the order of the keys, so that the first group comes at once: a sort at the end cannot be stopped.
            self._base.execute("create table held (key, at, value, primary key (key, at)) without rowid")
            self._base.execute("begin")
        self._count += 1
        self._base.execute("insert into held values (?, ?, ?)", (key, self._count, json.dumps(value)))

    def groups(self) -> Iterator[list[list[Any]]]:
        """Every group, once; nothing is held any more after the last."""
        if self._base is None:
            return
        group: list[list[Any]] = []
        before = None
        for key, value in self._base.execute("select key, value from held order by key, at"):
            if key != before and group:
                yield group
                group = []
            before = key
            group.append(json.loads(value))
        if group:
            yield group
        self._base.close()
        self._base = None
