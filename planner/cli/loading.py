"""The catalogue a command works with, and finding records in it by any name people use."""

from __future__ import annotations

import argparse

from planner.catalog import load, lookup
from planner.catalog.lookup import LookupFailed, find
from planner.catalog.measured import measured_gpus
from planner.cli.options import say
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
    """A model with the weight format the text asks for; says so where the name is not the model's own."""
    found = lookup.find_model(catalog.models, text, option)
    if found.stands_in:
        say(f"planner: {text!r} is read as {found.model.id} with {found.weights} weights")
    return found.model, found.weights
