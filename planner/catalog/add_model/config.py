"""A model's config.json, read field by field: what is missing or malformed is refused by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from planner.toml.errors import CatalogError

LARGEST_CONFIG_BYTES = 20_000_000
LARGEST_LAYER_COUNT = 10_000
LARGEST_COUNT = 100_000_000
"""Above any layer count, width, vocabulary or context of a real model."""


class ModelConfigError(CatalogError):
    """A config that cannot be turned into a model; `where` is the field that stands in the way."""


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
        if found is None:
            raise self.error(names[0], "is missing")
        if isinstance(found, bool) or not isinstance(found, int) or found <= 0:
            raise self.error(names[0], f"found {found!r}, should be a whole number above 0")
        if found > LARGEST_COUNT:
            raise self.error(names[0], f"found {found}, which no model has")
        return found

    def layer_count(self) -> int:
        """Transformer layers."""
        layers = self.whole("num_hidden_layers")
        if layers > LARGEST_LAYER_COUNT:
            raise self.error("num_hidden_layers", f"found {layers}, which no model has")
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
        if found is None:
            return default
        if not isinstance(found, bool):
            raise self.error(name, f"found {found!r}, should be true or false")
        return found

    def text(self, *names: str) -> str:
        """A text that must be there."""
        found = self.get(*names)
        if not isinstance(found, str) or not found:
            raise self.error(names[0], "is missing" if found is None else f"found {found!r}, should be a text")
        return found

    def wholes(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers; empty where it is absent."""
        found = self.get(name)
        if found is None:
            return ()
        if not isinstance(found, list) or not all(isinstance(item, int) for item in found):
            raise self.error(name, f"found {found!r}, should be a list of whole numbers")
        return tuple(found)

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts, or None where it is absent."""
        found = self.get(name)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self.error(name, f"found {found!r}, should be a list of texts")
        return tuple(found)

    def part(self, name: str, defaults: Mapping[str, object] | None = None) -> Config | None:
        """A nested object, or None where it is absent."""
        found = self.values.get(name)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise self.error(name, f"found {found!r}, should be an object")
        return Config(found, self.file, f"{self.prefix}{name}.", defaults or {})

    def with_defaults(self, defaults: Mapping[str, object]) -> Config:
        """The same object with a model class's defaults behind it."""
        return Config(self.values, self.file, self.prefix, defaults)

    def error(self, name: str, problem: str) -> ModelConfigError:
        """The refusal that names one field."""
        return ModelConfigError(self.file, problem, where=f"{self.prefix}{name}")


def read_config(path: Path, shown_as: str) -> Config:
    """Parse a config.json. `shown_as` is what errors call it."""
    try:
        if path.stat().st_size > LARGEST_CONFIG_BYTES:
            raise ModelConfigError(shown_as, f"is larger than {LARGEST_CONFIG_BYTES // 10**6} MB: not a config.json")
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelConfigError(shown_as, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ModelConfigError(shown_as, f"is not UTF-8 text (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise ModelConfigError(shown_as, f"is not valid JSON: {error.msg}", line=error.lineno) from None
    except RecursionError:
        raise ModelConfigError(shown_as, "is nested too deeply to be a config.json") from None
    if not isinstance(values, dict):
        raise ModelConfigError(shown_as, "should be a JSON object")
    return Config(values, shown_as)
