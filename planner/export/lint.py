"""Whether any way through a gateway's document leads from a group that residency binds to a place it may not go.

It reads the finished document and nothing else, so that it also judges one that was edited by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from fnmatch import fnmatchcase
from typing import Any, Final

FALLBACKS: Final = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
"""Tables of fallbacks, each looked up by the name that the caller used."""
EVERYWHERE: Final = ("default_fallbacks", "default_deployment", "default_model")
"""Settings that send on whatever found no place of its own."""
SECTIONS: Final = ("router_settings", "litellm_settings", "general_settings")

Document = Mapping[str, Any]


def faults(document: Document, kept: Mapping[str, Set[str]]) -> list[str]:
    """One line for each way out; empty where all that residency binds stays.

    `kept`: for each bound group, the ids (`model_info.id`) that may answer it.
    """
    found = [fault for group, allowed in kept.items() for fault in _of_group(document, group, allowed)]
    if kept:
        found += [f"{where}.{name}: sends on what belongs to no group" for where, name in _everywhere(document)]
    return found


def _of_group(document: Document, group: str, allowed: Set[str]) -> Iterator[str]:
    rows = [row for row in document.get("model_list") or () if _answers(row, group)]
    if not any(row.get("model_name") == group for row in rows):
        yield f"{group}: no row of its own, so that another may answer"
    for row in rows:
        id = str((row.get("model_info") or {}).get("id"))
        if id not in allowed:
            yield f"{group}: {id} answers it and may not"
        if (row.get("litellm_params") or {}).get("fallbacks"):
            yield f"{group}: {id} has fallbacks of its own"
    for where, alias in _aliases(document):
        if _target(alias[1]) == group or alias[0] == group:
            yield f"{where}.model_group_alias: {alias[0]} and {group} are one, and each needs fallbacks of its own"
    for table in FALLBACKS:
        yield from _fallbacks(document, table, group)


def _answers(row: Document, group: str) -> bool:
    """By its name, or by a pattern: `*` or `anthropic/*`."""
    name = str(row.get("model_name"))
    return name == group or ("*" in name and fnmatchcase(group, name))


def _fallbacks(document: Document, table: str, group: str) -> Iterator[str]:
    """Only an empty list of its own holds where others have a default."""
    stated = [
        (where, targets)
        for where in SECTIONS
        for entry in (document.get(where) or {}).get(table) or ()
        for name, targets in entry.items()
        if name in (group, "*")
    ]
    for where, targets in stated:
        if targets:
            yield f"{where}.{table}: {group} may go to {', '.join(map(str, targets))}"
    if not any(not targets for _, targets in stated):
        yield f"router_settings.{table}: {group} needs an empty list of its own"


def _aliases(document: Document) -> Iterator[tuple[str, tuple[str, Any]]]:
    for where in SECTIONS:
        for alias in ((document.get(where) or {}).get("model_group_alias") or {}).items():
            yield where, alias


def _target(alias: Any) -> Any:
    return alias.get("model") if isinstance(alias, Mapping) else alias


def _everywhere(document: Document) -> Iterator[tuple[str, str]]:
    for where in SECTIONS:
        section = document.get(where) or {}
        yield from ((where, name) for name in EVERYWHERE if section.get(name))
