"""`planner catalog [KIND] [WORD ...]`: the facts that every result rests on, with source and date.

`planner catalog add-model SOURCE`: a model from its config.json into the user's own catalogue file.
`planner catalog diff` and `update`: see `cli/prices.py`.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from planner.catalog import load
from planner.cli.grammar import KINDS
from planner.cli.loading import find_model, load_catalog
from planner.cli.options import as_of, deliver, format_of
from planner.engine.specs import Catalog
from planner.quantities import count, fixed
from planner.report.catalog import found, listing, overview
from planner.report.values import as_json
from planner.toml.paths import exists

if TYPE_CHECKING:
    from planner.catalog.add_model import AddedModel


def run(args: argparse.Namespace) -> int:
    """List one kind, or how many there are of each; or add a model and say what was derived."""
    if args.kind == "add-model":
        from planner.catalog.add_model import add_model  # listing does without, and starts 20 ms sooner

        own = _user_file(args)
        like = find_model(_known(own), args.like, "--like")[0] if args.like else None
        added = add_model(args.source, own, as_of(args), args.model_id, like)
        written = as_json(asdict(added) | {"file": str(added.file)}) if format_of(args) == "json" else _as_text(added)
        deliver(written, None, args)
        return 0
    if args.kind in ("diff", "update"):
        from planner.cli import prices

        return prices.run_diff(args) if args.kind == "diff" else prices.run_update(args)
    target = Path(args.output) if args.output else None
    deliver(_listing(args, load_catalog(args)), target, args)
    return 0


def _known(user_file: Path) -> Catalog:
    """The catalogue with the user's file over it, which this command may be about to make."""
    return load.load_catalog(user_file) if exists(user_file) else load.shipped_catalog()


def _listing(args: argparse.Namespace, catalog: Catalog) -> str:
    if args.kind is None:
        counts = {kind: len(getattr(catalog, kind)) for kind in KINDS}
        return as_json(counts) if format_of(args) == "json" else overview(KINDS, counts)
    records = found(getattr(catalog, args.kind), args.words)
    if format_of(args) == "json":
        return as_json([asdict(record) for record in records])
    return listing(args.kind, records, as_of(args))


def _user_file(args: argparse.Namespace) -> Path:
    """--catalog, else PLANNER_CATALOG, else catalog.toml in the config folder."""
    named: Path | None = getattr(args, "catalog", None)
    return named or load.default_user_file() or load.user_file_path()


def _as_text(added: AddedModel) -> str:
    model = added.model
    inside, beyond = model.kv_bytes_per_token_fp16, model.kv_bytes_per_token_beyond_window_fp16
    facts = [
        f"{model.id} ({model.family})",
        f"  {fixed(model.total_params_b, 3)}B parameters, {fixed(model.active_params_b, 3)}B active,"
        f" weights {model.native_format}",
        f"  {model.layers} layers, {model.attention_kind}, context {count(model.max_context)} tokens",
        f"  KV cache {count(beyond)} bytes a token at 16 bit"
        + (f" ({count(inside)} within the window of {count(model.sliding_window or 0)})" if inside > beyond else "")
        + (f", {count(state)} bytes a sequence" if (state := model.fixed_state_bytes_per_sequence) else ""),
        f"  licence {model.licence}: {model.commercial_conditions}",
        *(f"  note: {note}" for note in added.notes),
        f"{'replaced' if added.replaced else 'added'} in {added.file}",
    ]
    return "\n".join(facts) + "\n"
