"""From a parsed config to the catalogue's record of a model, and on to the user's catalogue file.

There the record is appended, or put in place of the one with the same id. Its weight format is that of the checkpoint,
which the `quantization_config` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any

import tomli_w

from planner.catalog.add_model.config import FAMILIES, WRAPPERS, Config, Family
from planner.catalog.add_model.layers import (
    AttentionShape,
    Feedforward,
    Parameters,
    count_parameters,
    read_attention,
    read_feedforward,
)
from planner.catalog.add_model.quantisation import checkpoint_tables, read_checkpoint
from planner.catalog.add_model.vision import Vision, read_vision
from planner.catalog.load import catalog_over, shipped_catalog
from planner.catalog.records import read_source, source_of
from planner.engine.specs import Citation, Model
from planner.engine.units import BILLION
from planner.toml.errors import InputError, described
from planner.toml.files import locked, make_folder, resolved, write_whole
from planner.toml.layout import scan
from planner.toml.paths import exists

LOCK_WAIT_S = 30.0
"""Each of those that wait reads the whole catalogue, a tenth of a second or more."""
LICENCE_UNKNOWN = "the licence was not read: check the model card before commercial use"


def model_of(config: Config, model_id: str, citation: Citation, quantisation: Config | None = None) -> Model:
    """All that VRAM and throughput need, derived from the config. Raises `InputError` naming the field.

    `quantisation` is the content of a hf_quant_config.json that lies beside it.
    """
    text, family = text_part(config)
    attention = read_attention(text, family)
    feedforward = read_feedforward(text, family)
    tied = _tied(config, text, family)
    counts = count_parameters(text, family, attention, feedforward, tied)
    vision = read_vision(config, text)
    checkpoint = read_checkpoint(model_id, config, text, quantisation, f"{citation.source}, {citation.as_of}")
    return Model(
        **_identity(model_id, family, citation),
        **_sizes(text, counts, vision),
        **_shapes(attention, feedforward, vision),
        modality="embedding" if family.attention == "encoder" else vision.modality if vision else "text",
        native_format=checkpoint.format,
        checkpoints=(checkpoint,),
    )


def text_part(config: Config) -> tuple[Config, Family]:
    """The language model's part of the config, and the family it belongs to."""
    kind = config.text("model_type")
    nested = config.part("text_config")
    text = nested or config
    inner = text.get("model_type") if nested is not None else None
    text_kind = inner if isinstance(inner, str) and inner in FAMILIES else WRAPPERS.get(kind, str(inner or kind))
    family = FAMILIES.get(text_kind)
    if family is None:
        known = ", ".join(dict.fromkeys(known_family.label for known_family in FAMILIES.values()))
        raise text.error("model_type", f"found {described(inner or kind)}, expected a known family: {known}")
    return text.with_defaults(family.defaults), family


def _tied(config: Config, text: Config, family: Family) -> bool:
    outer = config.get("tie_word_embeddings")
    return text.flag("tie_word_embeddings", outer if isinstance(outer, bool) else family.tied)


def _identity(model_id: str, family: Family, citation: Citation) -> dict[str, Any]:
    """What a config does not say about licence and level is marked as unknown."""
    return {
        "id": model_id,
        "name": model_id.split("/")[-1],
        "family": family.label,
        "licence": "unknown",
        "commercial_use": "conditions",
        "commercial_conditions": LICENCE_UNKNOWN,
        "level_basis": "added from its config: only your own evaluation can tell",
        "citation": citation,
    }


def _sizes(text: Config, counts: Parameters, vision: Vision | None) -> dict[str, Any]:
    vision_parameters = vision.parameters if vision else 0
    longest = text.whole("max_position_embeddings")
    return {
        "total_params_b": (counts.total + vision_parameters) / BILLION,
        "active_params_b": counts.active / BILLION,
        "embedding_params_b": counts.embedding / BILLION,
        "vision_params_b": vision_parameters / BILLION,
        "layers": text.layer_count(),
        "hidden_size": text.whole("hidden_size"),
        "vocab_size": text.whole("vocab_size"),
        "max_context": longest,
        "tied_embeddings": counts.tied,
        "rotary_positions": _rotary_positions(text, longest),
    }


def _shapes(*parts: AttentionShape | Feedforward | Vision | None) -> dict[str, Any]:
    """What the parts of a model say under the record's own names."""
    said = {name: value for part in parts if part is not None for name, value in asdict(part).items()}
    return {name: value for name, value in said.items() if name not in ("parameters", "routed", "modality")}


def _rotary_positions(text: Config, longest: int) -> int | None:
    """Rows of the rotary tables where linear scaling stretches the global one; None where they are `max_context`."""
    scaling = text.part("rope_scaling")
    if scaling is None or scaling.get("rope_type", "type") != "linear":
        return None
    factor = scaling.get("factor")
    if isinstance(factor, bool) or not isinstance(factor, int | float):
        raise scaling.wrong("factor", factor, "a number")
    return round(longest * (factor + 1))


_KEPT_FROM_SHIPPED = frozenset(
    {
        "name", "family", "release", "licence", "commercial_use", "commercial_conditions", "eu_allowed", "gated",
        "level", "level_basis", "tokenizer_factor", "aliases", "checkpoints", "native_format", "active_params_b",
    }
)  # fmt: skip
"""What a config does not know better than a record that ships."""


def write_record(model: Model, file: Path) -> bool:
    """Put the model into `file`, everything else in it untouched. True where a record of that id was replaced.

    The new text is read as a catalogue before it takes the file's place; what would not load leaves it as it was.
    Records added at the same time wait for one another, so that none is lost.
    """
    target = resolved(file)
    make_folder(target.parent)
    with locked(target, LOCK_WAIT_S):
        own = read_source(file) if exists(file) else source_of(file, "")
        kept = _without(own.text, model.id).rstrip()
        block = tomli_w.dumps({"models": {model.id: _raw(model)}})
        text = f"{kept}\n\n{block}" if kept else block
        try:
            catalog_over(source_of(file, text), date.today())
        except InputError as error:
            raise InputError(error.problem, path=file, field=error.field) from None
        write_whole(target, text.encode())
    return model.id in own.rooms.get("models", {})


def _raw(model: Model) -> Mapping[str, object]:
    """The record's keys that differ from what an absent key stands for."""
    skipped = _KEPT_FROM_SHIPPED if model.id in shipped_catalog().models else frozenset[str]()
    raw: dict[str, object] = {}
    for field in fields(model):
        value = getattr(model, field.name)
        if field.name in {"id", "citation", *skipped} or value is None or value == field.default:
            continue
        raw[field.name] = checkpoint_tables(value) if field.name == "checkpoints" else _plain(value)
    return {**raw, "source": model.citation.source, "as_of": model.citation.as_of}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _without(text: str, model_id: str) -> str:
    """The text less the lines of that model; a line that it shares with something else stays."""
    is_own: dict[int, bool] = {}
    for path, line in scan(text).lines.items():
        is_own[line] = is_own.get(line, True) and path[:2] == ("models", model_id)
    kept: list[str] = []
    inside = False
    for number, words in enumerate(text.split("\n"), 1):
        inside = is_own.get(number, inside)
        if not inside:
            kept.append(words)
    return "\n".join(kept)
