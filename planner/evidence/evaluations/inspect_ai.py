"""inspect_ai: a log as JSON, or as `.eval`, a zip of JSON members.

Its members are compressed with Zstandard, which the standard library reads from Python 3.14 on; before that a package
does. Samples with an error carry no score and are none of its accuracy: here they are failures.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from planner.evidence.evaluations.scores import Score, Scores, VerdictRemark, is_judged, value_of
from planner.evidence.files import LARGEST_FILE_BYTES, Fields
from planner.toml.errors import InputError

TOOL: Final = "inspect_ai"
_ZSTANDARD: Final = 93
_PACKAGES: Final = ("compression.zstd", "backports.zstd", "zstandard")
_LOCAL_HEADER: Final = 30
"""Bytes before the name of a member; the lengths of its name and extra field are the last four."""


def read(top: Fields) -> Scores:
    """A log as JSON."""
    return _scores(top, top.list_of("samples"))


def read_zip(raw: bytes, path: Path) -> Scores:
    """A log as a zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = {info.filename: info for info in archive.infolist()}
            if sum(info.file_size for info in members.values()) > LARGEST_FILE_BYTES:
                raise InputError("its members are larger than 128 MiB", path=path)
            head = next((members[name] for name in ("header.json", "_journal/start.json") if name in members), None)
            if head is None:
                raise InputError("a zip without header.json: no log of inspect_ai", path=path)
            top = Fields(_json(archive, head, raw, path), path)
            names = sorted(name for name in members if name.startswith("samples/") and name.endswith(".json"))
            return _scores(top, [Fields(_json(archive, members[name], raw, path), path) for name in names])
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, NotImplementedError, RuntimeError):
        raise InputError("this zip is damaged or cut off", path=path) from None


def _json(archive: zipfile.ZipFile, member: zipfile.ZipInfo, raw: bytes, path: Path) -> Any:
    try:
        data = json.loads(_bytes(archive, member, raw, path))
    except (ValueError, RecursionError):
        raise InputError("a member of this zip is not valid JSON", path=path) from None
    if not isinstance(data, Mapping):
        raise InputError("a member of this zip is no object", path=path)
    return data


def _bytes(archive: zipfile.ZipFile, member: zipfile.ZipInfo, raw: bytes, path: Path) -> bytes:
    if member.compress_type != _ZSTANDARD:
        return archive.read(member)
    unpack = _unpacker(path)
    most = min(member.file_size + 1, LARGEST_FILE_BYTES)
    begin = member.header_offset
    name, extra = struct.unpack("<HH", raw[begin + _LOCAL_HEADER - 4 : begin + _LOCAL_HEADER])
    begin += _LOCAL_HEADER + name + extra
    try:
        return unpack(raw[begin : begin + member.compress_size], most)
    except Exception as error:  # each package has an error of its own
        raise zipfile.BadZipFile(str(error)) from None


def _unpacker(path: Path) -> Callable[[bytes, int], bytes]:
    """Whatever reads Zstandard here, up to so many bytes. Raises `InputError` with what would."""
    for name in _PACKAGES:
        try:
            package = import_module(name)
        except ImportError:
            continue
        if name == "zstandard":
            return lambda packed, most: bytes(package.ZstdDecompressor().stream_reader(packed).read(most))
        return lambda packed, most: bytes(package.ZstdDecompressor().decompress(packed, most))
    problem = (
        "its members are Zstandard: install backports.zstd (Python 3.14 has it), or evaluate with --log-format json"
    )
    raise InputError(problem, path=path)


def _scores(top: Fields, samples: list[Fields]) -> Scores:
    model = top.text("eval.model")
    if model is None:
        raise top.wrong("eval.model", top.get("eval.model"), "the name of a model")
    status = top.text("status")
    remarks = [] if status in ("success", None) else [VerdictRemark("not_finished", (status,))]
    metrics = _metrics(top, samples)
    if any(is_judged(metric) for metric in metrics):
        remarks.append(VerdictRemark("judged"))
    found = tuple(score for sample in samples for score in _sample(sample, model, metrics))
    return Scores(
        tool=TOOL,
        version=top.version("eval.packages.inspect_ai"),
        date=top.day("eval.created"),
        scores=found,
        remarks=tuple(remarks),
    )


def _metrics(top: Fields, samples: list[Fields]) -> tuple[str, ...]:
    """Scorers in their order, so that a sample that failed fails for each of them; keys of a graded object apart."""
    names: dict[str, None] = {}
    for sample in samples:
        held = sample.inside("scores")
        for scorer in held.data:
            value = held.inside(str(scorer)).get("value")
            inner = [f"{scorer}.{key}" for key in value] if isinstance(value, Mapping) else [str(scorer)]
            names |= dict.fromkeys(inner)
    return tuple(names) or tuple(one.text("name") or "" for one in top.list_of("eval.scorers"))


def _sample(sample: Fields, model: str, metrics: tuple[str, ...]) -> Iterator[Score]:
    prompt = sample.text("id")
    if prompt is None:
        raise sample.wrong("id", sample.get("id"), "the name of a sample")
    failed = sample.get("error") is not None
    for metric in metrics:
        scorer, _, key = metric.partition(".") if metric not in (sample.get("scores") or {}) else (metric, "", "")
        held = Fields(sample.inside("scores").get(scorer) or {}, sample.path, sample.line)
        value = None if failed else value_of(held, f"value.{key}" if key else "value")
        yield Score(prompt=prompt, model=model, metric=metric, value=value)
