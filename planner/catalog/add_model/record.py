"""A model as a record of the user's catalogue file: appended, or put in place of the one with the same id."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import tomli_w

from planner.catalog.errors import CatalogError
from planner.catalog.loader import load_catalog, shipped_catalog
from planner.catalog.rooms import ROOMS
from planner.catalog.source_file import read_source
from planner.engine.specs import Model

_HEADER = re.compile(r"^\s*\[")
_KEPT_FROM_SHIPPED = frozenset(
    {
        "name", "family", "release", "licence", "commercial_use", "commercial_conditions", "eu_allowed", "gated",
        "level", "level_basis", "tokenizer_factor", "aliases", "checkpoints", "native_format", "active_params_b",
    }
)  # fmt: skip
"""What a config does not know better than a record that ships."""


def write_record(model: Model, file: Path) -> bool:
    """Put the model into `file`, everything else in it untouched. True where a record of that id was replaced.

    The new text is loaded before it takes the file's place; a file that would not load is left as it was.
    """
    replaced = False
    text = ""
    if file.exists():
        replaced = model.id in read_source(file).rooms.get("models", {})
        text = _without(file.read_text(encoding="utf-8"), model.id)
    block = tomli_w.dumps({"models": {model.id: _raw(model)}})
    _replace_file(file, f"{text.rstrip()}\n\n{block}" if text.strip() else block)
    return replaced


def _raw(model: Model) -> Mapping[str, object]:
    """The record's keys that differ from what an absent key stands for."""
    defaults = ROOMS["models"].defaults
    skipped = _KEPT_FROM_SHIPPED if model.id in shipped_catalog().models else frozenset[str]()
    raw: dict[str, object] = {}
    for field in fields(model):
        value = getattr(model, field.name)
        is_default = field.name in defaults and value == defaults[field.name]
        if field.name in {"id", "citation", *skipped} or value is None or is_default:
            continue
        raw[field.name] = {c.format: c.repo for c in value} if field.name == "checkpoints" else _plain(value)
    return {**raw, "source": model.citation.source, "as_of": model.citation.as_of}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _without(text: str, model_id: str) -> str:
    """The text less the tables of that model."""
    name = re.escape(model_id)
    own = re.compile(rf"^\s*\[\s*models\s*\.\s*(?:\"{name}\"|'{name}'|{name})\s*[.\]]")
    kept: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        if _HEADER.match(line):
            inside = own.match(line) is not None
        if not inside:
            kept.append(line)
    return "".join(kept)


def _replace_file(file: Path, text: str) -> None:
    target = file.resolve() if file.is_symlink() else file
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".toml")
    except OSError as error:
        raise CatalogError(file, f"cannot be written: {error.strerror or error}") from None
    scratch = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        load_catalog(scratch)
        scratch.replace(target)
    except CatalogError as error:
        raise CatalogError(file, error.problem, where=error.where) from None
    except OSError as error:
        raise CatalogError(file, f"cannot be written: {error.strerror or error}") from None
    finally:
        scratch.unlink(missing_ok=True)
