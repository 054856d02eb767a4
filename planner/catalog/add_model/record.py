"""From a parsed config to the catalogue's record of a model, and on to the user's catalogue file.

There the record is appended, or put in place of the one with the same id. Its weight format is that of the checkpoint,
which the `quantization_config` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import tomli_w

from planner.catalog.add_model.config import FAMILIES, Config, Family
from planner.catalog.add_model.layers import TextPart, read_text
from planner.catalog.add_model.quantisation import format_only, read_checkpoint
from planner.catalog.add_model.shapes import Experts, Heads, Kinds, Sums, longest_context, rotary_positions
from planner.catalog.add_model.text_part import check_understood, nested_text, text_part
from planner.catalog.add_model.vision import Vision, read_vision
from planner.catalog.load import catalog_over, shipped_catalog
from planner.catalog.records import read_source, source_of
from planner.engine.specs import Checkpoint, Citation, Model, ParameterGroups
from planner.engine.units import BILLION
from planner.toml.errors import InputError, described
from planner.toml.files import locked, make_folder, resolved, write_whole
from planner.toml.layout import scan
from planner.toml.paths import exists

LOCK_WAIT_S = 30.0
"""Each of those that wait reads the whole catalogue, a tenth of a second or more."""
LICENCE_UNKNOWN = "the licence was not read: check the model card before commercial use"


def model_of(
    config: Config, model_id: str, citation: Citation, quantisation: Config | None = None
) -> tuple[Model, tuple[str, ...]]:
    """All that VRAM and throughput need, derived from the config, and what a user should know about the reading.

    `quantisation` is the content of a hf_quant_config.json that lies beside it. Raises `InputError` naming the field.
    """
    text, family, notes = text_part(config)
    found = read_text(text, family, _tied(config, text, family))
    vision, seen = read_vision(config, text)
    checkpoint = read_checkpoint(model_id, config, text, quantisation, f"{citation.source}, {citation.as_of}")
    model = Model(
        **_identity(model_id, family, citation),
        **_sizes(text, family, found, vision),
        **_shapes(found.heads, found.kinds, found.sums, found.experts, *([vision] if vision else [])),
        modality="embedding" if family.attention == "encoder" else vision.modality if vision else "text",
        native_format=checkpoint.format,
        checkpoints=(checkpoint,),
        cache=found.cache,
        parameters=_groups(found),
    )
    if family not in FAMILIES.values():
        check_understood(text)
    return model, (*notes, *seen)


def model_like(
    like: Model, config: Config, model_id: str, citation: Citation, quantisation: Config | None = None
) -> Model:
    """A model of another one's shape, for a config that cannot be read: what it does state must agree.

    Format and checkpoint are its own. Raises `InputError` for a layer count, width or vocabulary of another shape.
    """
    text = nested_text(config)
    for name, shape in (
        ("num_hidden_layers", like.layers),
        ("hidden_size", like.hidden_size),
        ("vocab_size", like.vocab_size),
        ("num_experts", like.moe_experts),
    ):
        found = text.get(name)
        if found is not None and found != shape:
            raise text.error(name, f"found {described(found)}, {like.id} has {described(shape)}: its shape is another")
    checkpoint = format_only(model_id, config, text, quantisation)
    return replace(
        like,
        **{**_identity(model_id, Family(like.family), citation), "release": "", "level": None, "aliases": ()},
        native_format=checkpoint.format,
        checkpoints=(checkpoint,),
        same_as=(),
        yarn_context=None,
        notes=f"shape of {like.id}",
    )


def _tied(config: Config, text: Config, family: Family) -> bool:
    """Whether lm_head is the embedding: the whole model's word goes before that of its text part."""
    inner = text.flag("tie_word_embeddings", family.tied)
    return config.flag("tie_word_embeddings", inner)


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


def _sizes(text: Config, family: Family, found: TextPart, vision: Vision | None) -> dict[str, Any]:
    vision_parameters = vision.parameters if vision else 0
    longest = longest_context(text, family)
    return {
        "total_params_b": (found.total + vision_parameters) / BILLION,
        "active_params_b": found.active / BILLION,
        "embedding_params_b": found.embedding / BILLION,
        "vision_params_b": vision_parameters / BILLION,
        "layers": text.layer_count(),
        "hidden_size": text.whole("hidden_size"),
        "vocab_size": text.whole("vocab_size"),
        "max_context": longest,
        "tied_embeddings": found.tied,
        "rotary_positions": rotary_positions(text, longest),
    }


def _groups(found: TextPart) -> ParameterGroups:
    counted = {field.name: getattr(found.groups, field.name) / BILLION for field in fields(found.groups)}
    return ParameterGroups(**{f"{name}_b": held for name, held in counted.items()})


def _shapes(*parts: Heads | Kinds | Sums | Experts | Vision) -> dict[str, Any]:
    """What the parts of a model say under the record's own names."""
    said = {field.name: getattr(part, field.name) for part in parts for field in fields(part)}
    return {name: value for name, value in said.items() if name not in ("parameters", "modality")}


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
        raw[field.name] = {c.format: _build(c) for c in value} if field.name == "checkpoints" else _plain(value)
    return {**raw, "source": model.citation.source, "as_of": model.citation.as_of}


def _build(checkpoint: Checkpoint) -> object:
    """Its repository, or a table where more is known than that."""
    said = {field.name: getattr(checkpoint, field.name) for field in fields(checkpoint)}
    known = {name: _plain(value) for name, value in said.items() if name != "format" and value not in (None, "", 0.0)}
    return checkpoint.repo if len(known) == 1 else known


def _plain(value: object) -> object:
    """A value as TOML has it: a nested record is a table of what differs from an absent key."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if not is_dataclass(value):
        return value
    held = ((field, getattr(value, field.name)) for field in fields(value))
    return {field.name: _plain(found) for field, found in held if found is not None and found != field.default}


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
