"""How often a log is asked for bytes: each time lets go of the interpreter's lock, which may keep a screen from it."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.evidence.usage import streams
from planner.evidence.usage.streams import BLOCK_BYTES, Part, Watch

TEXT = b"2026-11-01,gpt-5.4,1000,200\n" * 100_000


@pytest.mark.parametrize("pack", [lambda text: text, gzip.compress], ids=["plain", "packed"])
def test_a_log_is_read_by_the_megabyte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    path, asked = tmp_path / "log.csv", 0
    path.write_bytes(pack(TEXT))

    class Counted(streams._Watched):
        def readinto(self, buffer: object) -> int:
            nonlocal asked
            asked += not self._held
            return super().readinto(buffer)

    monkeypatch.setattr(streams, "_Watched", Counted)
    with streams.opened(Part(path), Watch()) as stream:
        text = streams.text_of(stream, streams.start_of(stream))
        lines = sum(1 for _ in text)
    assert lines == 100_000
    assert asked < 20  # and not the 340 of 8 kB each; the end is asked for more than once


def test_every_read_asks_whether_to_go_on(tmp_path: Path) -> None:
    path, told = tmp_path / "log.csv", []
    path.write_bytes(TEXT)
    watch = Watch(progress=lambda done, total: told.append((done, total)))
    with streams.opened(Part(path, bytes_total=len(TEXT)), watch) as stream:
        assert io.BufferedReader.read(stream) == TEXT
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (len(TEXT), len(TEXT))
    assert len(told) > len(TEXT) / BLOCK_BYTES
