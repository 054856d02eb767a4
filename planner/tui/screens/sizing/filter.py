"""The filter line of Sizing: `gpu:h100 fits cost<2000 licence:apache model:qwen -awq`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches

from planner.records import dataclass

TEXT_KEYS = ("model", "gpu", "weights", "kv", "engine", "offer", "licence", "why")
NUMBER_KEYS = ("cost", "mtok", "tok", "ttft", "tpot", "n", "gpus", "util", "vram")
WORDS = ("fits", "pinned", "provisional")
ALIASES = {"license": "licence", "wts": "weights", "provider": "offer", "price": "cost", "replicas": "n"}
SYNTAX = f"{':… '.join(TEXT_KEYS)}:…  {'< '.join(NUMBER_KEYS)}< or >  {' '.join(WORDS)}  -word leaves out"

_NUMBER_TERM = re.compile(r"(\w+)(<=|>=|<|>|=)(.*)")
_NUMBER = re.compile(r"(\d+(?:[.,_]\d+)*|\.\d+)\s*([kKmM%]?)")
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda found, limit: found < limit,
    "<=": lambda found, limit: found <= limit,
    ">": lambda found, limit: found > limit,
    ">=": lambda found, limit: found >= limit,
    "=": lambda found, limit: abs(found - limit) <= 0.005 * abs(limit),
}


@dataclass(frozen=True, slots=True)
class FilterFacts:
    """What a filter can ask of one candidate. A figure that is missing never matches."""

    texts: Mapping[str, str]
    figures: Mapping[str, float]
    words: frozenset[str]

    def holds(self, needle: str) -> bool:
        """True if any text contains the needle."""
        return any(needle in text.casefold() for text in self.texts.values())


@dataclass(frozen=True, slots=True)
class Filter:
    """All terms must hold. `problem` is one line about the first term that could not be read; it is left out."""

    terms: tuple[Callable[[FilterFacts], bool], ...]
    problem: str = ""

    def matches(self, facts: FilterFacts) -> bool:
        return all(term(facts) for term in self.terms)


def parse_filter(text: str) -> Filter:
    """Read a filter line; a half-typed term is no error that hides the table, only a note."""
    terms: list[Callable[[FilterFacts], bool]] = []
    problem = ""
    for word in text.split():
        try:
            terms.append(_term(word))
        except ValueError as error:
            problem = problem or str(error)
    return Filter(tuple(terms), problem)


def _term(word: str) -> Callable[[FilterFacts], bool]:
    if word.startswith("-") and len(word) > 1:
        inner = _term(word[1:])
        return lambda facts: not inner(facts)
    number = _NUMBER_TERM.fullmatch(word)
    if number is not None:
        return _number_term(*number.groups())
    key, colon, needle = word.partition(":")
    if colon:
        return _text_term(_known(key, TEXT_KEYS), needle.casefold())
    needle = word.casefold()
    if needle in WORDS:
        return lambda facts: needle in facts.words
    return lambda facts: facts.holds(needle)


def _known(key: str, keys: tuple[str, ...]) -> str:
    """The key that is meant, or a ValueError that says what would be right."""
    name = ALIASES.get(key.casefold(), key.casefold())
    if name in keys:
        return name
    if name in NUMBER_KEYS:
        raise ValueError(f"{key} takes a number: {key}<2000")
    if name in TEXT_KEYS:
        raise ValueError(f"{key} takes a text: {key}:…")
    near = get_close_matches(name, (*TEXT_KEYS, *NUMBER_KEYS, *ALIASES), n=1)
    raise ValueError(f"“{key}” is no column here: " + (f"do you mean {near[0]}?" if near else f"try {' '.join(keys)}"))


def _text_term(key: str, needle: str) -> Callable[[FilterFacts], bool]:
    return lambda facts: needle in facts.texts.get(key, "").casefold()


def _number_term(key: str, sign: str, value: str) -> Callable[[FilterFacts], bool]:
    name = _known(key, NUMBER_KEYS)
    found = _NUMBER.fullmatch(value)
    if found is None:
        raise ValueError(f"{key}{sign} needs a number such as 2000, 2k or 70%")
    digits, scale = found.groups()
    plain = digits.replace("_", "").replace(",", "")
    limit = float(plain) * {"k": 1e3, "m": 1e6}.get(scale.casefold(), 1.0)
    compare = _COMPARE[sign]
    return lambda facts: name in facts.figures and compare(facts.figures[name], limit)
