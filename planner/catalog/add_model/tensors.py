"""Exact sizes from safetensors files: each file's header lists every tensor with its dtype and shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path

from planner.catalog.add_model.config import ModelConfigError, read_config

INDEX = "model.safetensors.index.json"
LARGEST_HEADER_BYTES = 100_000_000
_FLOATS = {"BF16", "F16", "F32", "F64", "F8_E4M3", "F8_E5M2"}
_LAYER = re.compile(r"\.layers\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class Stored:
    """What the weight files hold, draft modules for multi-token prediction left out."""

    stored_bytes: int
    parameters: int | None
    """None where tensors are packed below 8 bit, or only an index with the total size is there."""


def read_tensors(folder: Path, layers: int) -> Stored | None:
    """Sizes from the safetensors headers in `folder`, else from its index; None without either."""
    files = sorted(folder.glob("*.safetensors"))
    if files:
        return _from_headers(files, layers)
    index = folder / INDEX
    return _from_index(index, layers) if index.is_file() else None


def _from_headers(files: list[Path], layers: int) -> Stored:
    tensors = [tensor for file in files for tensor in _header(file) if not _is_draft(tensor[0], layers)]
    stored = sum(size for _, _, _, size in tensors)
    weights = [(dtype, count) for name, dtype, count, _ in tensors if "scale" not in name and "zero" not in name]
    packed = any(dtype not in _FLOATS for dtype, _ in weights)
    return Stored(stored, None if packed else sum(count for _, count in weights))


def _header(file: Path) -> Iterator[tuple[str, str, int, int]]:
    """(name, dtype, elements, bytes) of each tensor of one file."""
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 0 < length <= LARGEST_HEADER_BYTES:
                raise ModelConfigError(file, "is not a safetensors file: its header has no valid length")
            header = json.loads(stream.read(length))
        for name, entry in header.items():
            if name != "__metadata__":
                start, end = entry["data_offsets"]
                yield name, str(entry["dtype"]), prod(entry["shape"]), end - start
    except OSError as error:
        raise ModelConfigError(file, f"cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ModelConfigError(file, "is not a safetensors file: its header cannot be read") from None


def _is_draft(name: str, layers: int) -> bool:
    found = _LAYER.search(name)
    is_text = "vision" not in name and "visual" not in name
    return name.startswith(("mtp.", "model.mtp.")) or (found is not None and is_text and int(found[1]) >= layers)


def _from_index(index: Path, layers: int) -> Stored | None:
    """The total size, unless the files also hold draft modules, which the index cannot tell apart."""
    config = read_config(index, str(index))
    metadata = config.part("metadata")
    size = metadata.get("total_size") if metadata else None
    names = config.values.get("weight_map")
    if not isinstance(size, int) or (isinstance(names, dict) and any(_is_draft(str(name), layers) for name in names)):
        return None
    return Stored(size, None)
