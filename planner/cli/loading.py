"""The catalogue a command works with, and finding records in it by any name people use."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from planner.catalog import load
from planner.catalog.lookup import LookupFailed, Record, find
from planner.catalog.measured import directory_of, measured_gpus
from planner.cli.options import CommandError
from planner.engine.measured.directory import named_format
from planner.engine.specs import Catalog, Gpu, Model


def load_catalog(args: argparse.Namespace) -> Catalog:
    """The shipped facts with the user's own file over them."""
    return load.load_catalog(getattr(args, "catalog", None))


def find_record(records: Mapping[str, Record], text: str, option: str) -> Record:
    """The record an option names; otherwise the nearest ones in one line."""
    try:
        return find(records, text)
    except LookupFailed as error:
        raise CommandError(f"{option}: {error}") from None


def find_gpu(catalog: Catalog, text: str, option: str) -> Gpu:
    """A GPU of the catalogue, or one that only public measurements name (never offered, but known well enough)."""
    try:
        return find(catalog.gpus, text)
    except LookupFailed as error:
        try:
            return find({gpu.id: gpu for gpu in measured_gpus()}, text)
        except LookupFailed:
            raise CommandError(f"{option}: {error}") from None


def find_model(catalog: Catalog, text: str, option: str) -> tuple[Model, str]:
    """A model with the weight format the text asks for: a quantised checkpoint's own id names both."""
    wanted = text.strip().casefold()
    for model in catalog.models.values():
        for checkpoint in model.checkpoints:
            if checkpoint.repo.casefold() == wanted != model.id.casefold():
                return model, checkpoint.format
    try:
        found = find(catalog.models, text)
    except LookupFailed as error:
        known = None if error.ambiguous else _of_that_shape(catalog, text)
        if known is None:
            raise CommandError(f"{option}: {error}") from None
        return known
    return found, found.native_format


def _of_that_shape(catalog: Catalog, text: str) -> tuple[Model, str] | None:
    """The model behind somebody's own checkpoint or fine-tune, and the format its name mentions; says so."""
    model = directory_of(catalog).named(text.strip())
    if model is None:
        return None
    weights = named_format(text) or model.native_format
    sys.stderr.write(f"planner: {text!r} is read as {model.id} with {weights} weights\n")
    return model, weights


def room_of(catalog: Catalog, kind: str) -> Mapping[str, Any]:
    """The records of one kind: models, gpus, offers, apis or engines."""
    rooms: dict[str, Mapping[str, Any]] = {
        "models": catalog.models,
        "gpus": catalog.gpus,
        "offers": catalog.offers,
        "apis": catalog.apis,
        "engines": catalog.engines,
    }
    return rooms[kind]
