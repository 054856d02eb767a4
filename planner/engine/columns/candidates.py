"""The cross product of models, formats and placements, built with one fancy index a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.engine.columns.frame import Columns, Indices
from planner.engine.columns.placement import Placement
from planner.engine.columns.readers import (
    ENGINE_READERS,
    FORMAT_READERS,
    GPU_READERS,
    KV_READERS,
    LAYOUT_READERS,
    MODEL_READERS,
    Floats,
    table,
)
from planner.engine.formats import weight_format
from planner.engine.specs import Deployment, Model, ServingEngine


@dataclass(frozen=True, slots=True)
class Candidates:
    """Columns together with the records each row was made of."""

    columns: Columns
    models: Sequence[Model]
    formats: Sequence[str]
    kvs: Sequence[str]
    placements: Sequence[Placement]
    engine: ServingEngine
    model_index: Indices
    format_index: Indices
    kv_index: Indices
    placement_index: Indices

    def deployment(self, row: int) -> Deployment:
        """The deployment that row describes."""
        placement = self.placements[self.placement_index[row]]
        return Deployment(
            model=self.models[self.model_index[row]],
            weights=self.formats[self.format_index[row]],
            kv=self.kvs[self.kv_index[row]],
            gpu=placement.gpu,
            engine=self.engine,
            tensor_parallel=placement.tensor_parallel,
            pipeline_parallel=placement.pipeline_parallel,
            decode_context_parallel=placement.decode_context_parallel,
        )

    def take(self, indices: Indices | NDArray[np.bool_]) -> Candidates:
        """The rows at `indices`, with their records."""
        return Candidates(
            self.columns.take(indices), self.models, self.formats, self.kvs, self.placements, self.engine,
            self.model_index[indices], self.format_index[indices], self.kv_index[indices],
            self.placement_index[indices],
        )  # fmt: skip


def cross(
    models: Sequence[Model],
    formats: Sequence[str],
    kvs: Sequence[str],
    placements: Sequence[Placement],
    engine: ServingEngine,
) -> Candidates:
    """Every model x format x KV dtype x placement; the last index moves fastest."""
    shape = (len(models), len(formats), len(kvs), len(placements))
    model, weights, kv, place = (i.ravel().astype(np.intp) for i in np.indices(shape))
    return gather(models, formats, kvs, placements, engine, model, weights, kv, place)


def gather(
    models: Sequence[Model],
    formats: Sequence[str],
    kvs: Sequence[str],
    placements: Sequence[Placement],
    engine: ServingEngine,
    model_index: Indices,
    format_index: Indices,
    kv_index: Indices,
    placement_index: Indices,
) -> Candidates:
    """Candidates whose row r combines the records at position r of the four index arrays."""
    gpus = [p.gpu for p in placements]
    parts = (
        _pick(table(MODEL_READERS, models), model_index),
        _pick(table(FORMAT_READERS, [weight_format(f) for f in formats]), format_index),
        _pick(table(KV_READERS, kvs), kv_index),
        _pick(table(GPU_READERS, gpus), placement_index),
        _pick(table(LAYOUT_READERS, placements), placement_index),
        _pick(table(ENGINE_READERS, [engine]), np.zeros_like(model_index)),
    )
    columns = Columns(**{name: array for part in parts for name, array in part.items()})
    return Candidates(
        columns, models, formats, kvs, placements, engine, model_index, format_index, kv_index, placement_index
    )


def _pick(table: dict[str, Floats], index: Indices) -> dict[str, Floats]:
    return {name: array[index] for name, array in table.items()}
