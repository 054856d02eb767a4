"""A GGUF file that a user has: its bytes are what a server loads, so they beat what the catalogue says.

Only names and sizes are read. Parts of one model ("-00001-of-00003") count together, wherever the first one lies.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from planner.engine.replica.formats import WEIGHT_FORMATS, weight_format
from planner.engine.replica.weights import weight_parameters
from planner.engine.specs import Checkpoint, Model
from planner.engine.units import GB
from planner.quantities import fixed
from planner.toml.errors import InputError
from planner.toml.paths import expanded, is_file

GGUF_SUFFIX = ".gguf"
FEWEST_BITS, MOST_BITS = 1.0, 16.5
"""Of a text model in one file: what lies outside holds another model, or only a part of one."""


def is_gguf_file(text: str) -> bool:
    """Whether somebody named a file instead of a format."""
    return text.lower().endswith(GGUF_SUFFIX)


def file_checkpoint(text: str, model: Model) -> Checkpoint:
    """The file as a checkpoint of the model. Raises `InputError`."""
    path = expanded(text)
    parts = _parts(path)
    absent = next((part for part in parts if not is_file(part)), None)
    if absent is not None:
        raise InputError("there is no such GGUF file", path=absent, field="--weights")
    stored = sum(part.stat().st_size for part in parts)
    parameters = weight_parameters(model)
    bits = 8 * stored / (parameters.dense + parameters.experts + parameters.embedding + parameters.head)
    if not FEWEST_BITS <= bits <= MOST_BITS:
        held = f"holds {fixed(stored / GB, 2)} GB, {fixed(bits, 2)} bits for each parameter of {model.name}"
        raise InputError(f"{held}; expected {FEWEST_BITS} to {MOST_BITS}", path=path, field="--weights")
    changed = datetime.fromtimestamp(max(part.stat().st_mtime for part in parts), UTC).date()
    return Checkpoint(
        format=_type_of(path.name) or weight_format(f"{fixed(min(bits, 16.0), 2)}bpw").id,
        repo=path.name,
        file_gb=stored / GB,
        stated_by="the file itself",
        stated_on=changed.isoformat(),
    )


def _parts(path: Path) -> list[Path]:
    found = re.search(r"-(\d{5})-of-(\d{5})(?=\.gguf$)", path.name, re.IGNORECASE)
    if found is None or not int(found[2]):
        return [path]
    before, after = path.name[: found.start()], f"-of-{found[2]}{path.name[found.end() :]}"
    return [path.with_name(f"{before}-{str(part).zfill(5)}{after}") for part in range(1, int(found[2]) + 1)]


def _type_of(name: str) -> str | None:
    """The llama.cpp type that the name mentions, the longest first."""
    words = name.lower()
    named = [kind for kind, fmt in WEIGHT_FORMATS.items() if fmt.is_gguf and kind.removeprefix("gguf-") in words]
    return max(named, key=len, default=None)
