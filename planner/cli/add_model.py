"""`planner catalog add-model SOURCE`: a model from its config.json into the user's own catalogue file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.options import Subparsers, add_command, as_of

if TYPE_CHECKING:
    from planner.catalog.add_model import AddedModel


def add_parser(subparsers: Subparsers) -> None:
    """`catalog add-model`."""
    parser = add_command(
        subparsers,
        "add-model",
        "add a model from its config.json, its folder, or the Hugging Face hub",
        description=(
            "Read a model's config.json (and its safetensors headers or index where they lie beside it) and write what"
            " sizing needs to your own catalogue file. A Hugging Face id is looked up online; a path is not."
        ),
    )
    parser.add_argument("source", metavar="SOURCE", help="config.json, a folder with one, or an id: Qwen/Qwen3-8B")
    parser.add_argument("--id", metavar="ORG/NAME", dest="model_id", help="id of the record (default: from the source)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Read, write the record, and say what was derived."""
    from planner.catalog.add_model import add_model
    from planner.cli.options import deliver

    added = add_model(args.source, _user_file(args), as_of(args), args.model_id)
    deliver(_as_json(added) if args.format == "json" else _as_text(added), None)
    return 0


def _user_file(args: argparse.Namespace) -> Path:
    """--catalog, else PLANNER_CATALOG, else catalog.toml in the config folder."""
    from planner.catalog import load

    named: Path | None = getattr(args, "catalog", None)
    return named or load.default_user_file() or load.user_file_path()


def _as_json(added: AddedModel) -> str:
    from planner.cli.report import as_json
    from planner.report.catalog import record_json

    return as_json(
        {
            "model": record_json(added.model),
            "file": str(added.file),
            "replaced": added.replaced,
            "notes": list(added.notes),
        }
    )


def _as_text(added: AddedModel) -> str:
    model = added.model
    cache = model.kv_bytes_per_token_beyond_window_fp16
    facts = [
        f"{model.id} ({model.family})",
        f"  {model.total_params_b:.3f}B parameters, {model.active_params_b:.3f}B active, weights {model.native_format}",
        f"  {model.layers} layers, {model.attention_kind}, context {model.max_context:,} tokens",
        f"  KV cache {cache:,.0f} bytes a token at 16 bit"
        + (f", {model.fixed_state_bytes_per_sequence:,.0f} bytes a sequence" if model.sliding_window else ""),
        f"  licence {model.licence}: {model.commercial_conditions}",
        *(f"  note: {note}" for note in added.notes),
        f"{'replaced' if added.replaced else 'added'} in {added.file}",
    ]
    return "\n".join(facts) + "\n"
