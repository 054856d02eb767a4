"""The Hugging Face hub, through the optional package huggingface_hub: config and index only, never weights.

Exact sizes from safetensors files: each file's header lists every tensor with its dtype and shape.

Where a model's config comes from: a file, a folder, or the Hugging Face hub.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any

from planner.catalog.add_model.config import Config, read_config
from planner.records import dataclass
from planner.toml.errors import InputError, described, shortened
from planner.toml.files import decode, parse_json, read_start
from planner.toml.paths import exists, expanded, is_file, is_folder, real

CONFIG = "config.json"
QUANTISATION = "hf_quant_config.json"
INDEX = "model.safetensors.index.json"
FILES = (CONFIG, QUANTISATION, INDEX)
"""The first must be there; the others are taken where they exist."""
TIMEOUT_S = 20.0
UNREACHABLE = "the hub cannot be reached; give a downloaded config.json instead"


def download(repo_id: str) -> Path:
    """Folder of the cached files. HF_ENDPOINT, HF_TOKEN, HF_HOME and HF_HUB_OFFLINE are honoured by the package."""
    try:
        package: Any = import_module("huggingface_hub")
    except ImportError:
        raise InputError(
            "reading the hub needs huggingface_hub: install the extra 'hub', or give a downloaded config.json",
            path=repo_id,
        ) from None
    import_module("huggingface_hub.utils.logging").set_verbosity_error()
    _check_reachable(package, repo_id)
    errors = import_module("huggingface_hub.errors")
    found = [_fetch(package.hf_hub_download, errors, repo_id, name) for name in FILES]
    return next(path for path in found if path is not None).parent


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None


def _check_reachable(package: Any, repo_id: str) -> None:
    """One try before the package's own five, which take 24 seconds to give up; not where the file is cached."""
    constants: Any = import_module("huggingface_hub.constants")
    if constants.HF_HUB_OFFLINE or isinstance(package.try_to_load_from_cache(repo_id, FILES[0]), str):
        return
    try:
        package.get_session().head(_endpoint() or constants.ENDPOINT, timeout=TIMEOUT_S)
    except Exception:  # requests' or httpx's own, by the package's version
        raise InputError(UNREACHABLE, path=repo_id) from None


def _fetch(fetch: Callable[..., str], errors: Any, repo_id: str, name: str) -> Path | None:
    try:
        return Path(fetch(repo_id, name, endpoint=_endpoint(), etag_timeout=TIMEOUT_S))
    except errors.GatedRepoError:
        raise InputError("is gated: accept its licence on the hub and set HF_TOKEN", path=repo_id) from None
    except errors.RepositoryNotFoundError:
        raise InputError("is not on the hub, or it is private and HF_TOKEN is not set", path=repo_id) from None
    except errors.LocalEntryNotFoundError:
        raise InputError(UNREACHABLE, path=repo_id) from None
    except errors.EntryNotFoundError:
        if name == FILES[0]:
            raise InputError(f"has no {name} on the hub", path=repo_id) from None
        return None
    except (errors.HfHubHTTPError, errors.HFValidationError, OSError) as error:
        raise InputError(f"the hub answered: {' '.join(str(error).split())[:200]}", path=repo_id) from None


LARGEST_HEADER_BYTES = 2**24
"""Room for 100,000 tensors in one file; the format itself allows 100 MB, which take a gigabyte to hold."""
LARGEST_TENSOR = 2**48
"""Bytes and elements: 281 TB."""
_FLOATS = {"BF16", "F16", "F32", "F64", "F8_E4M3", "F8_E5M2"}
_BYTES = {"F64": 8, "F32": 4, "I64": 8, "I32": 4, "I8": 1, "U8": 1} | dict.fromkeys(("BF16", "F16", "I16"), 2)
_BYTES |= {name: 1 for name in _FLOATS if name.startswith("F8")}
_SHARD = re.compile(r"(.*)\d{5}-of-(\d{5})\.safetensors")
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
    index = folder / INDEX if is_file(folder / INDEX) else None
    if files:
        _refuse_a_part(files, index)
        return _from_headers(files, layers)
    return None if index is None else _from_index(index, layers)


def _refuse_a_part(files: list[Path], index: Path | None) -> None:
    """A download that was broken off: by the files' own names, or by the index, there are more of them."""
    numbered = {found.groups() for file in files if (found := _SHARD.fullmatch(file.name))}
    for start, last in numbered:
        wanted = (f"{start}{number:05}-of-{last}.safetensors" for number in range(1, int(last) + 1))
        _refuse_missing(files[0], wanted)
    if index is not None:
        names = read_config(index, str(index)).values.get("weight_map")
        _refuse_missing(index, map(str, names.values()) if isinstance(names, dict) else ())


def _refuse_missing(beside: Path, wanted: Iterable[str]) -> None:
    for name in dict.fromkeys(wanted):
        if not is_file(beside.parent / name):
            raise InputError(f"is missing beside {beside.name}", path=beside.parent / name)


def _from_headers(files: list[Path], layers: int) -> Stored:
    tensors = [tensor for file in files for tensor in _header(file) if not _is_draft(tensor[0], layers)]
    stored = sum(size for _, _, _, size in tensors)
    weights = [(dtype, count) for name, dtype, count, _ in tensors if "scale" not in name and "zero" not in name]
    packed = any(dtype not in _FLOATS for dtype, _ in weights)
    return Stored(stored, None if packed else sum(count for _, count in weights))


def _header(file: Path) -> Iterator[tuple[str, str, int, int]]:
    """(name, dtype, elements, bytes) of each tensor of one file."""
    try:
        length = int.from_bytes(read_start(file, 8), "little")
        if not 0 < length <= LARGEST_HEADER_BYTES:
            raise InputError("is not a safetensors file: its header has no valid length", path=file)
        header = parse_json(decode(read_start(file, 8 + length)[8:]))
        data = file.stat().st_size - 8 - length
    except InputError as error:
        told = error.problem if error.path else f"is not a safetensors file: its header: {error.problem}"
        raise InputError(told, path=file) from None
    if not isinstance(header, dict):
        raise InputError(f"is not a safetensors file: its header is {described(header)}", path=file)
    for name, entry in header.items():
        if name != "__metadata__":
            yield name, *_tensor(file, name, entry, data or LARGEST_TENSOR)


def _tensor(file: Path, name: str, entry: object, data: int) -> tuple[str, int, int]:
    """(dtype, elements, bytes) that an entry states, or the error that names the tensor; the file has `data` bytes."""
    match entry:
        case {"dtype": str(dtype), "shape": [*shape], "data_offsets": [int(start), int(end)]} if (
            all(isinstance(side, int) and 0 <= side <= LARGEST_TENSOR for side in shape)
            and 0 <= start <= end <= data
            and prod(shape) <= LARGEST_TENSOR
            and prod(shape) * _BYTES.get(dtype, 0) in (0, end - start)
        ):
            return dtype, prod(shape), end - start
    problem = (
        f"found {shortened(str(entry))}, expected a dtype, a shape of as many bytes and data_offsets within the file"
    )
    raise InputError(problem, path=file, field=shortened(name))


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


_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True)
class Source:
    """A config with the folder it lies in and the id its model will have."""

    config: Config
    quantisation: Config | None
    folder: Path
    model_id: str
    citation: str


def open_source(source: str, model_id: str | None = None) -> Source:
    """A path that exists, or a hub id such as Qwen/Qwen3-8B. Raises `InputError` for anything else."""
    path = expanded(source)
    if exists(path):
        return _local(path, model_id)
    if _HUB_ID.fullmatch(source):
        folder = download(source)
        return _opened(folder / CONFIG, source, model_id or source, f"https://huggingface.co/{source} {CONFIG}")
    raise InputError("is neither a file, nor a folder, nor a Hugging Face id such as Qwen/Qwen3-8B", path=source)


def _local(path: Path, model_id: str | None) -> Source:
    file = path / CONFIG if is_folder(path) else path
    if not is_file(file):
        raise InputError(f"holds no {CONFIG}" if is_folder(path) else "is not a regular file", path=path)
    opened = _opened(file, str(file), model_id or "", str(file))
    return opened if opened.model_id else replace(opened, model_id=_own_id(opened.config, file))


def _own_id(config: Config, file: Path) -> str:
    """The id the config names, else "local/" and the folder's name."""
    named = config.get("_name_or_path")
    if isinstance(named, str) and _HUB_ID.fullmatch(named):
        return named
    return f"local/{real(file).parent.name if file.name == CONFIG else file.stem}"


def _opened(file: Path, shown_as: str, model_id: str, citation: str) -> Source:
    beside = file.parent / QUANTISATION
    quantisation = read_config(beside, str(beside)) if is_file(beside) else None
    return Source(
        config=read_config(file, shown_as),
        quantisation=quantisation,
        folder=file.parent,
        model_id=model_id,
        citation=citation,
    )
