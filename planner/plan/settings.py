"""What a person sets once for every plan: `config.toml` in the platform's folder for settings. It need not exist."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from planner.records import dataclass
from planner.toml.paths import config_dir, exists

ENVIRONMENT_VARIABLE: Final = "PLANNER_CONFIG"
FILE_NAME: Final = "config.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """Empty where nothing was set."""

    theme: str = ""
    """Of the app, by name; it wins over the one that was chosen last."""
    currency: str = ""
    """Of new plans."""
    plans: str = ""
    """The folder of plans."""
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Keys of the app, several with commas between, by the name of what they do."""


def settings_path(environ: Mapping[str, str] = os.environ) -> Path:
    """The file as `PLANNER_CONFIG` names it, else `config.toml` in the platform's folder."""
    return Path(environ.get(ENVIRONMENT_VARIABLE) or config_dir(environ) / FILE_NAME)


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """What the file says. Raises `InputError` with file, line and field for what it cannot mean."""
    path = settings_path(environ)
    return _read(path) if exists(path) else Settings()


def new_plans_currency() -> str:
    """Of a plan that says nothing of it."""
    return read_settings().currency or "EUR"


def _read(path: Path) -> Settings:
    """The reader of files is imported for those who have one."""
    from planner.toml.errors import InputError
    from planner.toml.files import decode, parse, read_bytes
    from planner.toml.layout import scan

    try:
        text = decode(read_bytes(path))
        data = parse(text)
        for key, value in data.items():
            problem = _problem(key, value)
            if problem:
                raise InputError(problem, line=scan(text).line_of((key,)), field=key)
    except InputError as error:
        raise error.at(path) from None
    return Settings(**data)


def _problem(key: str, value: Any) -> str:
    from planner.toml.errors import described, did_you_mean

    known = [setting.name for setting in fields(Settings)]
    if key not in known:
        return f"there is no such setting{did_you_mean(key, known, len(known))}"
    if key == "keys":
        told = isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
        return "" if told else f'found {described(value)}, expected a table such as [keys] with reprice = "ctrl+e"'
    if not isinstance(value, str):
        return f"found {described(value)}, expected text in quotes"
    if key == "currency" and not (len(value) == 3 and value.isascii() and value.isupper()):
        return f'found {described(value)}, expected a three-letter currency code such as "EUR" or "USD"'
    return ""
