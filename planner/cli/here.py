"""`--gpu here`: the cards of this machine, as their driver's own tool names them.

A tool runs only when that is asked for, without a shell, for a bounded time and with a bounded answer. What it prints
is text from outside: it is parsed, looked up and cleaned like any name that a person types.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from math import isfinite
from threading import Timer
from typing import Any

from planner.catalog.cards import find_card
from planner.cli.options import say
from planner.engine.specs import Catalog, Gpu
from planner.engine.units import GIB
from planner.records import dataclass
from planner.toml.errors import InputError, shortened
from planner.toml.text import printable

SAME_MEMORY = 0.02
"""Readings of one card differ by less."""
SECONDS = 10.0
"""A tool answers within two; one that waits for a hung driver never does."""
MOST_BYTES = 1 << 20
"""Of its answer: a hundred cards take 60 kB."""
MIB_PER_GIB = 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """One card as its tool names it."""

    name: str
    memory_gib: float | None = None
    """None where the tool has no figure, as for memory that is shared with the system."""
    in_slices: bool = False
    """MIG is on: what runs sees a part of the card."""


def cards_here(catalog: Catalog, field: str) -> tuple[Gpu, int]:
    """The card that adds up to the most memory and how many there are, by the first tool that lists any; says so.

    Raises `InputError` where no tool finds a card, and where a card cannot be sized.
    """
    tried: list[str] = []
    for (tool, *options), read in _TOOLS.items():
        path = shutil.which(tool)
        seen = list(read(_answer((path, *options)) or "")) if path else []
        if seen:
            return _chosen(catalog, tool, seen, field)
        tried.append(f"{tool} ({'lists none' if path else 'not installed'})")
    raise InputError(f"no card was found on this machine; looked for {', '.join(tried)}; name the card", field=field)


def _chosen(catalog: Catalog, tool: str, seen: list[Seen], field: str) -> tuple[Gpu, int]:
    found: dict[tuple[str, str], list[Gpu]] = {}
    for card in seen:
        if card.in_slices:
            problem = f"{tool} says that '{shortened(card.name)}' is cut into MIG slices, which cannot be sized"
            raise InputError(f"{problem}; name a card", field=field)
        gpu = _as_seen(catalog, card, field)
        found.setdefault((gpu.id, gpu.name), []).append(gpu)
    most = max(found.values(), key=lambda gpus: len(gpus) * gpus[0].memory_gib_usable)
    listed = ", ".join(f"{len(gpus)} x {gpus[0].name}" for gpus in found.values())
    taken = f"; {most[0].name} taken" if len(found) > 1 else ""
    say(f"planner: here, by {tool}: {listed}{taken}")
    return min(most, key=lambda gpu: gpu.memory_gib_usable), len(most)


def _as_seen(catalog: Catalog, card: Seen, field: str) -> Gpu:
    """The card with the driver's reading instead of the catalogue's.

    Memory that is shared with the system is lent in part: of a Mac the size is known, of others only what the firmware
    sets apart, which says nothing.
    """
    gpu = find_card(catalog, card.name, field, card.memory_gib).gpu
    if gpu.link == "unified":
        return gpu if gpu.vendor == "Apple" else find_card(catalog, card.name, field).gpu
    if card.memory_gib is None:
        return gpu
    is_known = abs(card.memory_gib / gpu.memory_gib_usable - 1) < SAME_MEMORY
    runtime = gpu.runtime_memory_gib if is_known else None
    return replace(gpu, memory_gib_usable=card.memory_gib, memory_usable_assumed=False, runtime_memory_gib=runtime)


def _answer(command: tuple[str, ...], seconds: float = SECONDS, most: int = MOST_BYTES) -> str | None:
    """What a command prints, without a shell; None where it fails, hangs or cannot be started."""
    try:
        process = subprocess.Popen(  # noqa: S603 - a path that was looked up, and our own options
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that what it starts can be ended with it
        )
    except OSError:
        return None
    timer = Timer(seconds, _end, (process,))
    timer.start()
    try:
        printed = process.stdout.read(most) if process.stdout else b""
        timer.cancel()
        timer.join()  # it must not end a process that has been waited for: its number may be another's by then
        if process.stdout:
            process.stdout.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(1.0)
    finally:
        timer.cancel()
        _end(process)
        code = process.wait()
    return printable(printed.decode("utf-8", "replace")) if code == 0 else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the command and what it started, unless it has been waited for."""
    if process.returncode is None:
        with suppress(OSError):
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)


def _of_nvidia(text: str) -> Iterator[Seen]:
    for line in text.splitlines():
        name, memory, mig = (part.strip() for part in (*line.rsplit(",", 2), "", "")[:3])
        if name and memory:
            mib = _number(memory)
            yield Seen(name, mib and mib / MIB_PER_GIB, mig == "Enabled")


def _of_rocm(text: str) -> Iterator[Seen]:
    for card in _table(text).values():
        if isinstance(card, dict):
            known = {str(key).casefold(): value for key, value in card.items()}
            names = (known.get(key) for key in ("card series", "market name", "card model"))
            name = next((str(name) for name in names if name and str(name).upper() != "N/A"), "")
            memory = _number(known.get("vram total memory (b)"))
            if name:
                yield Seen(name, memory and memory / GIB)


def _of_amd(text: str) -> Iterator[Seen]:
    listed = _parsed(text)
    for card in listed if isinstance(listed, list) else _list(_table(text), "gpu_data"):
        name = _table_in(card, "asic").get("market_name")
        size = _table_in(card, "vram").get("size")
        mib = _number(size.get("value") if isinstance(size, dict) else str(size).split(" ")[0])
        if isinstance(name, str) and name.upper() not in ("", "N/A"):
            yield Seen(name.replace("_", " "), mib and mib / MIB_PER_GIB)


def _of_intel(text: str) -> Iterator[Seen]:
    for card in _list(_table(text), "device_list"):
        if isinstance(card, dict) and card.get("device_name"):
            yield Seen(str(card["device_name"]))


def _of_apple(text: str) -> Iterator[Seen]:
    for machine in _list(_table(text), "SPHardwareDataType"):
        if isinstance(machine, dict) and machine.get("chip_type"):
            yield Seen(str(machine["chip_type"]), _number(str(machine.get("physical_memory", "")).split(" ")[0]))


_TOOLS: Mapping[tuple[str, ...], Callable[[str], Iterator[Seen]]] = {
    ("nvidia-smi", "--query-gpu=name,memory.total,mig.mode.current", "--format=csv,noheader,nounits"): _of_nvidia,
    ("rocm-smi", "--showproductname", "--showmeminfo", "vram", "--json"): _of_rocm,
    ("amd-smi", "static", "--asic", "--vram", "--json"): _of_amd,
    ("xpu-smi", "discovery", "-j"): _of_intel,
    ("system_profiler", "SPHardwareDataType", "-json"): _of_apple,
}
"""Each command and who reads its answer; the first that lists a card has the say."""


def _parsed(text: str) -> object:
    """The JSON in an answer, warnings before it skipped; None where there is none."""
    starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    with suppress(ValueError, RecursionError):
        return json.loads(text[min(starts) :]) if starts else None
    return None


def _table(text: str) -> dict[str, Any]:
    found = _parsed(text)
    return found if isinstance(found, dict) else {}


def _table_in(card: object, key: str) -> dict[str, Any]:
    found = card.get(key) if isinstance(card, dict) else None
    return found if isinstance(found, dict) else {}


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    found = table.get(key)
    return found if isinstance(found, list) else []


def _number(found: object) -> float | None:
    """A positive number, or None: "[N/A]" stands for memory that is shared with the system."""
    try:
        value = float(str(found))
    except ValueError:
        return None
    return value if isfinite(value) and value > 0 else None
