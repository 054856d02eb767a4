"""The catalogue a command works with, and finding records in it by any name people use."""

from __future__ import annotations

import argparse

from planner.catalog import load
from planner.catalog.lookup import LookupFailed, find
from planner.catalog.measured import directory_of, measured_gpus
from planner.cli.options import say
from planner.engine.measured.directory import named_format
from planner.engine.replica.weights import preferring
from planner.engine.specs import Catalog, Gpu, Model


def load_catalog(args: argparse.Namespace) -> Catalog:
    """The shipped facts with the user's own file over them."""
    return load.load_catalog(getattr(args, "catalog", None))


def find_gpu(catalog: Catalog, text: str, option: str) -> Gpu:
    """A GPU of the catalogue, or one that only public measurements name (never offered, but known well enough)."""
    try:
        return find(catalog.gpus, text, option)
    except LookupFailed as error:
        try:
            return find({gpu.id: gpu for gpu in measured_gpus()}, text, option)
        except LookupFailed:
            raise error from None


def find_model(catalog: Catalog, text: str, option: str) -> tuple[Model, str]:
    """A model with the weight format the text asks for: a quantised checkpoint's own id names both."""
    wanted = text.strip().casefold()
    for model in catalog.models.values():
        for checkpoint in model.checkpoints:
            if checkpoint.repo.casefold() == wanted != model.id.casefold():
                return preferring(model, checkpoint), checkpoint.format
    try:
        found = find(catalog.models, text, option)
    except LookupFailed as error:
        known = None if error.ambiguous else _of_that_shape(catalog, text)
        if known is None:
            raise
        return known
    return found, found.native_format


def _of_that_shape(catalog: Catalog, text: str) -> tuple[Model, str] | None:
    """The model behind somebody's own checkpoint or fine-tune, and the format its name mentions; says so."""
    model = directory_of(catalog).named(text.strip())
    if model is None:
        return None
    weights = named_format(text) or model.native_format
    say(f"planner: {text!r} is read as {model.id} with {weights} weights")
    return model, weights
