"""A model's config.json, read field by field, and the families that can be read.

What is missing or malformed is refused by name. `families.toml` says how each family's layers are built, by the
`model_type` of its config.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from planner.records import dataclass
from planner.toml.errors import MISSING_KEY, InputError, described
from planner.toml.files import decode, parse_json, read_bytes

LARGEST_CONFIG_BYTES = 20_000_000
LARGEST_LAYER_COUNT = 10_000
LARGEST_COUNT = 100_000_000
"""Above any layer count, width, vocabulary or context of a real model."""


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Config:
    """One JSON object of a config. `prefix` is its place in the file, such as "text_config."."""

    values: Mapping[str, object]
    file: str
    prefix: str = ""
    defaults: Mapping[str, object] = field(default_factory=dict)
    """What the model's class in transformers takes where the file leaves a field out."""

    def get(self, *names: str) -> object:
        """The first of these fields that is present and not null, then the class's default; None without any."""
        for source in (self.values, self.defaults):
            for name in names:
                if source.get(name) is not None:
                    return source[name]
        return None

    def whole(self, *names: str) -> int:
        """A positive whole number that must be there under one of these names."""
        found = self.get(*names)
        if isinstance(found, bool) or not isinstance(found, int) or found <= 0:
            raise self.wrong(names[0], found, "a whole number above 0")
        if found > LARGEST_COUNT:
            raise self.wrong(names[0], found, "no more than any model has")
        return found

    def layer_count(self) -> int:
        """Transformer layers."""
        layers = self.whole("num_hidden_layers")
        if layers > LARGEST_LAYER_COUNT:
            raise self.wrong("num_hidden_layers", layers, "no more than any model has")
        return layers

    def optional_whole(self, *names: str) -> int | None:
        """The same where the field may be absent; zero counts as absent."""
        return None if self.get(*names) in (None, 0, False) else self.whole(*names)

    def count(self, *names: str) -> int:
        """A whole number that is 0 where the field is absent."""
        return self.optional_whole(*names) or 0

    def flag(self, name: str, default: bool) -> bool:
        """True or false, with the class's default."""
        found = self.get(name)
        if found is not None and not isinstance(found, bool):
            raise self.wrong(name, found, "true or false")
        return default if found is None else found

    def text(self, *names: str) -> str:
        """A text that must be there."""
        found = self.get(*names)
        if not isinstance(found, str) or not found:
            raise self.wrong(names[0], found, "text in quotes")
        return found

    def wholes(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers; empty where it is absent."""
        return self._all(name, int, "a list of whole numbers") or ()

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts, or None where it is absent."""
        return self._all(name, str, "a list of texts")

    def _all(self, name: str, kind: type[Item], expected: str) -> tuple[Item, ...] | None:
        found = self.get(name)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(item, kind) for item in found):
            raise self.wrong(name, found, expected)
        return tuple(found)

    def part(self, name: str, defaults: Mapping[str, object] | None = None) -> Config | None:
        """A nested object, or None where it is absent."""
        found = self.values.get(name)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise self.wrong(name, found, "a table")
        return Config(found, self.file, f"{self.prefix}{name}.", defaults or {})

    def with_defaults(self, defaults: Mapping[str, object]) -> Config:
        """The same object with a model class's defaults behind it."""
        return Config(self.values, self.file, self.prefix, defaults)

    def error(self, name: str, problem: str) -> InputError:
        """The refusal that names one field."""
        return InputError(problem, path=self.file, field=f"{self.prefix}{name}")

    def wrong(self, name: str, found: object, expected: str) -> InputError:
        """The refusal of a value that is not there or not what it should be."""
        return self.error(name, MISSING_KEY if found is None else f"found {described(found)}, expected {expected}")


def read_config(path: Path, shown_as: str) -> Config:
    """Parse a config.json. `shown_as` is what errors call it."""
    try:
        values = parse_json(decode(read_bytes(path, LARGEST_CONFIG_BYTES)))
    except InputError as error:
        raise error.at(shown_as) from None
    if not isinstance(values, dict):
        raise InputError(f"found {described(values)}, expected a JSON object", path=shown_as)
    return Config(values, shown_as)


Attention = Literal["gqa", "mla", "encoder"]
QkNorm = Literal["none", "head", "all", "flag"]
Experts = Literal["none", "routed"]


@dataclass(frozen=True, slots=True)
class Family:
    """How the layers of one `model_type` are built."""

    label: str
    attention: Attention = "gqa"
    experts: Experts = "none"
    tied: bool = False
    """Embedding and lm_head are one matrix where the config does not say."""
    qkv_bias: bool | None = None
    """None: the config's `attention_bias` decides."""
    output_bias: bool | None = None
    qk_norm: QkNorm = "none"
    norms: int = 2
    """Normalisations of hidden width in each layer."""
    expert_width: str = "moe_intermediate_size"
    expert_bias: bool = False
    router_bias: bool = False
    router_correction: bool = False
    """The router adds one learned number for each expert."""
    shared_width: str | None = None
    """Field with the width of the shared expert; None: `n_shared_experts` of the routed width."""
    shared_gate: bool = False
    attention_sinks: bool = False
    gated_query: bool = False
    """The query projection also makes a gate of the same size."""
    every_nth_layer_full: int | None = None
    """Sliding window in all but each n-th layer, where the config lists no layer types."""
    full_interval: bool = False
    """Linear attention in all but each `full_attention_interval`-th layer."""
    defaults: Mapping[str, object] = field(default_factory=dict)


def _families(stated: Mapping[str, dict[str, Any]]) -> Mapping[str, Family]:
    """The families by `model_type`: one that is `like` another has what it does not state from that."""
    found: dict[str, Family] = {}
    for kind, row in stated.items():
        found[kind] = replace(found[row.pop("like")], **row) if "like" in row else Family(**row)
    return found


_STATED = tomllib.loads(Path(__file__).with_name("families.toml").read_text("utf-8"))
FAMILIES = _families(_STATED["families"])
WRAPPERS: Mapping[str, str] = _STATED["wrappers"]
"""Multimodal types -> type of their text part, where that part does not name its own."""
