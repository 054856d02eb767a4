"""The catalogue a command works with, and finding records in it by any name people use."""

from __future__ import annotations

import argparse

from planner import quantities
from planner.catalog import load, lookup
from planner.catalog.cards import find_card
from planner.cli.options import say
from planner.engine.specs import Catalog, Gpu, Model


def load_catalog(args: argparse.Namespace) -> Catalog:
    """The shipped facts with the user's own file over them."""
    return load.load_catalog(getattr(args, "catalog", None))


def find_gpu(catalog: Catalog, text: str, option: str) -> Gpu:
    """A GPU by any name people and drivers use; says which size was taken where it is sold in several."""
    found = find_card(catalog, text, option)
    if found.others:
        taken = f"{quantities.plain(found.gpu.memory_gb or 0)} GB"
        say(f"planner: {text!r} is sold in several sizes: {taken} taken; for another name {' or '.join(found.others)}")
    return found.gpu


def find_model(catalog: Catalog, text: str, option: str) -> tuple[Model, str]:
    """A model with the weight format the text asks for; says so where the name is not the model's own."""
    found = lookup.find_model(catalog.models, text, option)
    if found.stands_in:
        say(f"planner: {text!r} is read as {found.model.id} with {found.weights} weights")
    return found.model, found.weights
