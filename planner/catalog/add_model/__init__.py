"""`catalog add-model`: from a Hugging Face config.json to a record in the user's own catalogue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from planner.catalog.add_model.record import model_like, model_of, write_record
from planner.catalog.add_model.sources import Stored, open_source, read_tensors
from planner.engine.replica.weights import file_bytes
from planner.engine.specs import Citation, Model
from planner.engine.units import BILLION, GB, GIB
from planner.quantities import fixed
from planner.records import dataclass
from planner.toml.errors import InputError

WORTH_NOTING_FRACTION = 0.005
SIZE_TOLERANCE_FRACTION = 0.03
BELIEVED_FRACTIONS = 0.6, 1.5
"""Of what the format weighs by rule: more is stored at 32 bit, less is the sum of an index gone wrong."""


@dataclass(frozen=True, slots=True)
class AddedModel:
    """A model that is now in the user's catalogue."""

    model: Model
    file: Path
    replaced: bool
    """A record of the same id stood there before."""
    notes: tuple[str, ...]
    """Where files and arithmetic disagree, and what was taken."""


def add_model(
    source: str, user_file: Path, as_of: date, model_id: str | None = None, like: Model | None = None
) -> AddedModel:
    """Read `source` (config.json, its folder, or a hub id) and write its record to `user_file`.

    `like` is the model whose shape it has where its config cannot be read. Raises `InputError`, which names the field
    of a config that stands in the way, with one clear line.
    """
    model, notes = read_model(source, as_of, model_id, like)
    return AddedModel(model, user_file, write_record(model, user_file), notes)


def read_model(
    source: str, as_of: date, model_id: str | None = None, like: Model | None = None
) -> tuple[Model, tuple[str, ...]]:
    """The model of `source` and notes about it, without writing anything."""
    opened = open_source(source, model_id)
    citation = Citation(opened.citation, as_of.isoformat())
    try:
        model, told = model_of(opened.config, opened.model_id, citation, opened.quantisation)
    except InputError as error:
        if like is None:
            raise
        model = model_like(like, opened.config, opened.model_id, citation, opened.quantisation)
        told = (f"its shape is that of {like.id}: {error.field}: {error.problem}",)
    stored = read_tensors(opened.folder, model.layers)
    checked, notes = (model, ()) if stored is None else _checked(model, stored)
    return checked, (*told, *notes)


def _checked(model: Model, stored: Stored) -> tuple[Model, tuple[str, ...]]:
    """With the bytes of the tensors, and their own count where they give one; else the bytes against the rule."""
    if stored.parameters is not None:
        counted, notes = _counted(model, stored.parameters / BILLION)
        return _weighed(counted, stored.stored_bytes), notes
    expected = file_bytes(model, model.native_format)
    weighed = _weighed(model, stored.stored_bytes)
    if abs(stored.stored_bytes / expected - 1) <= SIZE_TOLERANCE_FRACTION:
        return weighed, ()
    return weighed, (
        f"the files hold {fixed(stored.stored_bytes / GIB, 2)} GiB, the config's parameters as"
        f" {model.native_format} are {fixed(expected / GIB, 2)} GiB",
    )


def _weighed(model: Model, stored_bytes: int) -> Model:
    """With the bytes of its files, which beat the rule; not where they cannot be what is served."""
    own, *others = model.checkpoints
    least, most = BELIEVED_FRACTIONS
    if not least <= stored_bytes / file_bytes(model, model.native_format) <= most:
        return model
    date_read = model.citation.as_of
    stated = replace(own, file_gb=stored_bytes / GB, stated_by="its own safetensors files", stated_on=date_read)
    return replace(model, checkpoints=(stated, *others))


def _counted(model: Model, counted_b: float) -> tuple[Model, tuple[str, ...]]:
    difference = counted_b - model.total_params_b
    exact = replace(
        model, total_params_b=counted_b, active_params_b=min(model.active_params_b + max(difference, 0.0), counted_b)
    )
    if abs(difference) <= WORTH_NOTING_FRACTION * counted_b:
        return exact, ()
    return exact, (
        f"the tensors hold {fixed(counted_b, 3)}B parameters, the config's arithmetic gives"
        f" {fixed(model.total_params_b, 3)}B: the tensors were taken",
    )
