"""What the columns of a log that no tool is known to write hold, by their names alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from planner.evidence.usage.values import plain_key

_NAMES: Final[Mapping[str, str]] = MappingProxyType({
    "timestamp": "timestamp datetime time created createdat starttime startedat start date day hour when ts at",
    "model": "model modelname modelid llm engine deployment",
    "workload": "workload app application service usecase feature project product team tag job",
    "input_uncached": "uncachedinputtokens inputuncached uncachedtokens freshinputtokens inputtokensnocache",
    "input": "inputtokens prompttokens tokensin tokensprompt totalinputtokens intokens input prompt",
    "cached": "cachedtokens cachedinputtokens cachereadinputtokens cachereadtokens tokenscached cacheread cached",
    "cache_write": "cachewritetokens cachecreationinputtokens cachecreationtokens cachewrite cachecreation",
    "output": "outputtokens completiontokens generatedtokens tokensout tokenscompletion outtokens output completion",
    "requests": "requests requestcount numrequests nrequests nummodelrequests totalrequests calls callcount",
    "batch": "batch isbatch tier servicetier",
    "status": "status statuscode httpstatus outcome result",
})  # fmt: skip
"""What a column of each kind is often called, without case and marks, the surest first."""
_BESIDE: Final = frozenset({"totaltokens", "tokenstotal", "tokens", "reasoningtokens", "thinkingtokens"})
"""Tokens that are inside others."""
_TOKENS: Final = frozenset({"input", "input_uncached", "cached", "cache_write", "output"})


def guessed(columns: Iterable[str]) -> dict[str, str]:
    """What columns are by their names, each at most one thing; of the two kinds of input one."""
    left = {plain_key(column): column for column in reversed(list(columns))}
    found: dict[str, str] = {}
    for key, names in _NAMES.items():
        name = next((name for name in names.split() if name in left), None)
        if name is not None and not (key == "input" and "input_uncached" in found):
            found[key] = left.pop(name)
    return found


def sure(columns: Iterable[str]) -> dict[str, str]:
    """That, where nothing is left open: a time, input and output, one column for each, and every column of tokens told.

    Else empty. A name without "tokens" may be that of a text.
    """
    names = list(columns)
    found, plain = guessed(names), [plain_key(name) for name in names]
    known = {name for key in _TOKENS for name in _NAMES[key].split()} | _BESIDE
    is_whole = {"timestamp", "output"} <= found.keys() and {"input", "input_uncached"} & found.keys()
    is_said = all("token" in plain_key(found[key]) for key in _TOKENS & found.keys())
    is_alone = all(sum(name in plain for name in known.split()) <= 1 for known in _NAMES.values())
    is_told = all(name in known for name in plain if "token" in name)
    return found if is_whole and is_said and is_alone and is_told and len(set(plain)) == len(plain) else {}
