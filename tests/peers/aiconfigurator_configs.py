"""The model configs that aiconfigurator-core ships, read as a user's: `python -m tests.peers.aiconfigurator_configs`.

Install aiconfigurator-core 0.12.0 beside the planner, or name the folder `model_configs` of the unpacked wheel. Each of
its 89 config files is read with the hf_quant_config.json of that name, and its parameters are compared with those of
the record that ships for the same model. Wanted: 83 read, each within 1 % where a record states the total.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from planner.catalog.add_model.config import read_config
from planner.catalog.add_model.record import model_of
from planner.catalog.load import shipped_catalog
from planner.catalog.lookup import find_model, normalised
from planner.engine.specs import Citation, Model
from planner.quantities import fixed
from planner.toml.errors import InputError

PACKAGE, FOLDER = "aiconfigurator_core", "model_configs"
CONFIG, QUANTISATION = "_config.json", "_hf_quant_config.json"
WANTED, TOLERANCE_FRACTION = 83, 0.01
BUILT_AS = {
    "nvidia/Llama-3_3-Nemotron-Super-49B-v1": "nvidia/Llama-3_3-Nemotron-Super-49B-v1_5",
    "google/gemma-4-26B-A4B": "google/gemma-4-26B-A4B-it",
    "nvidia/Gemma-4-26B-A4B-NVFP4": "google/gemma-4-26B-A4B-it",
    "nvidia/Gemma-4-31B-IT-NVFP4": "google/gemma-4-31B-it",
}
"""Ids whose model ships under another name."""


@dataclass(frozen=True, slots=True)
class Row:
    """One config: the model that was read, or why none was; what ships of the same parameters, and what was noted."""

    name: str
    model: Model | None
    refusal: str = ""
    stated_b: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def error(self) -> float | None:
        """Relative difference to the record that ships."""
        return None if self.model is None or not self.stated_b else self.model.total_params_b / self.stated_b - 1


def rows(folder: Path) -> Iterator[Row]:
    """Every config of the folder, in the order of the names."""
    models = shipped_catalog().models
    for file in sorted(folder.glob(f"*{CONFIG}")):
        if file.name.endswith(QUANTISATION):
            continue
        name = file.name.removesuffix(CONFIG)
        beside = file.with_name(f"{name}{QUANTISATION}")
        quantisation = read_config(beside, beside.name) if beside.is_file() else None
        model_id = name.replace("--", "/")
        try:
            model, notes = model_of(read_config(file, file.name), model_id, Citation(PACKAGE, "2026"), quantisation)
        except InputError as error:
            yield Row(name, None, str(error))
            continue
        yield Row(name, model, stated_b=_stated(models, model_id), notes=notes)


def _stated(models: Mapping[str, Model], model_id: str) -> float | None:
    """Parameters of the record of that model, of a build of it, or of the only one whose name goes on from there."""
    try:
        return find_model(models, BUILT_AS.get(model_id, model_id)).model.total_params_b
    except InputError:
        tail = normalised(model_id.rsplit("/", 1)[-1])
        longer = {m.total_params_b for m in models.values() if normalised(m.id.rsplit("/", 1)[-1]).startswith(tail)}
        return longer.pop() if len(longer) == 1 else None


def _line(row: Row) -> str:
    if row.model is None:
        return f"{row.name:56} refused: {row.refusal}"
    error = "" if row.error is None else f"{row.error * 100:+.2f} %"
    total, active = fixed(row.model.total_params_b, 3), fixed(row.model.active_params_b, 3)
    weights, kv = row.model.native_format, row.model.kv_bytes_per_token_fp16
    return f"{row.name:56} {total:>9} {active:>8} {error:>8} {weights:>6} {kv:>8.0f}  {'; '.join(row.notes)}"


def main() -> int:
    """Print the table; 1 where too few are read or a total is off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help=f"{FOLDER} of the unpacked wheel")
    folder = parser.parse_args().folder or _installed()
    if folder is None or not folder.is_dir():
        print(f"{PACKAGE} is not installed; name its folder {FOLDER}", file=sys.stderr)
        return 2
    found = list(rows(folder))
    for row in found:
        print(_line(row))
    read = [row for row in found if row.model is not None]
    off = [row for row in read if row.error is not None and abs(row.error) > TOLERANCE_FRACTION]
    compared = sum(row.error is not None for row in read)
    print(f"{len(read)} of {len(found)} read; {compared} compared with a record, {len(off)} of them beyond 1 %")
    return 0 if len(read) >= WANTED and not off else 1


def _installed() -> Path | None:
    spec = find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(places))) / FOLDER if places else None


if __name__ == "__main__":
    sys.exit(main())
