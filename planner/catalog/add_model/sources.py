"""Where a model's config comes from: a file, a folder, or the Hugging Face hub."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from planner.catalog.add_model.config import Config, ModelConfigError, read_config
from planner.catalog.add_model.hub import download

CONFIG = "config.json"
QUANTISATION = "hf_quant_config.json"
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
    """A path that exists, or a hub id such as Qwen/Qwen3-8B. Raises `ModelConfigError` for anything else."""
    path = Path(source).expanduser()
    if path.exists():
        return _local(path, model_id)
    if _HUB_ID.fullmatch(source):
        folder = download(source)
        return _opened(folder / CONFIG, source, model_id or source, f"https://huggingface.co/{source} {CONFIG}")
    raise ModelConfigError(source, "is neither a file, nor a folder, nor a Hugging Face id such as Qwen/Qwen3-8B")


def _local(path: Path, model_id: str | None) -> Source:
    file = path / CONFIG if path.is_dir() else path
    if not file.is_file():
        raise ModelConfigError(path, f"holds no {CONFIG}" if path.is_dir() else "is not a regular file")
    opened = _opened(file, str(file), model_id or "", str(file))
    if opened.model_id:
        return opened
    return Source(opened.config, opened.quantisation, opened.folder, _own_id(opened.config, file), opened.citation)


def _own_id(config: Config, file: Path) -> str:
    """The id the config names, else "local/" and the folder's name."""
    named = config.get("_name_or_path")
    if isinstance(named, str) and _HUB_ID.fullmatch(named):
        return named
    return f"local/{file.resolve().parent.name if file.name == CONFIG else file.stem}"


def _opened(file: Path, shown_as: str, model_id: str, citation: str) -> Source:
    beside = file.parent / QUANTISATION
    quantisation = read_config(beside, str(beside)) if beside.is_file() else None
    return Source(read_config(file, shown_as), quantisation, file.parent, model_id, citation)
