"""Finds a record by id, name or alias, whatever the case and punctuation; lists the nearest when it cannot.

A model is found by the names of its checkpoints and of other people's builds too. Its record stands for another release
only where shape, native format and context are known to be the same (`same_as`), and whoever asked is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Protocol, TypeVar

from planner.engine.replica.formats import weight_format
from planner.engine.replica.weights import preferring
from planner.engine.specs import ApiModel, Model
from planner.records import dataclass
from planner.toml.errors import InputError

NEAREST = 6
"""Candidates a message names."""
LEAST_LIKENESS = 0.75
"""Of a candidate: `SequenceMatcher`'s share of letters in common. Below it, names share letters by chance."""
_NOT_A_WORD = re.compile(r"[^a-z0-9+]+")


class Named(Protocol):
    """What every catalogue record has."""

    @property
    def id(self) -> str:
        """Unique id."""


Record = TypeVar("Record", bound=Named)


class LookupFailed(InputError):  # noqa: N818 - reads as the fact it reports
    """No record, or more than one, answers to a text; `candidates` are the ids to choose from, best first."""

    def __init__(self, text: str, candidates: Sequence[str], *, ambiguous: bool, field: str, hint: str = "") -> None:
        self.candidates = tuple(candidates)
        self.ambiguous = ambiguous
        shown, more = ", ".join(self.candidates[:NEAREST]), len(self.candidates) - NEAREST
        if ambiguous:
            problem = f"'{text}' fits several: {shown}{f' and {more} more' if more > 0 else ''}"
        else:
            problem = f"nothing is called '{text}'{f'; nearest: {shown}' if shown else ''}{hint and f'; {hint}'}"
        super().__init__(problem, field=field)


def find(records: Mapping[str, Record], text: str, field: str = "") -> Record:
    """The record called `text`: its id, name, alias or the part of its id after the slash; else the only one that
    contains it. Raises `LookupFailed` with the nearest ids and the `field` or option that named it.
    """
    if text in records:
        return records[text]
    wanted = normalised(text)
    names = {key: frozenset(_names(record)) for key, record in records.items()}
    holding = [key for key, known in names.items() if wanted and any(wanted in name for name in known)]
    for matches in (_calls(names, wanted), holding):
        if len(matches) == 1:
            return records[matches[0]]
        if matches:
            raise LookupFailed(text, _by_likeness(wanted, matches, names), ambiguous=True, field=field)
    raise LookupFailed(text, _near(wanted, names), ambiguous=False, field=field)


def find_api(apis: Mapping[str, ApiModel], text: str, field: str = "") -> ApiModel:
    """The API model called `text`, by any part of its name that is not another's: "sonnet 4.6", "5.4 mini".

    Of one model's endpoints, in regions and at resellers, its maker's own. Raises `LookupFailed`.
    """
    try:
        return find(apis, text, field)
    except LookupFailed as failed:
        if not failed.ambiguous:
            raise
        shortest = min(failed.candidates, key=lambda id: len(normalised(id)))
        if all(normalised(shortest) in normalised(id) for id in failed.candidates):
            return apis[shortest]
        raise


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model, with the weight format that the name asks for."""

    model: Model
    weights: str
    stands_in: bool = False
    """The name is of another build, another release of the same shape, or a part of the model's own."""


def find_model(models: Mapping[str, Model], text: str, field: str = "") -> FoundModel:
    """The model called `text`: its id, name or alias, a checkpoint or anybody's build of it, another release that is
    the same in shape, format and context; else the only one whose name goes on from there.

    A name with an organisation or a variant is whole, so nothing is added to it: Kimi-K2-Instruct is not its release of
    September. Raises `LookupFailed` with the nearest ids and the `field` or option that named it.
    """
    published = _published(models, text)
    if published is not None:
        return published
    wanted = normalised(text)
    names = {key: frozenset(_names(model)) for key, model in models.items()}
    exact = _calls(names, wanted)
    if len(exact) == 1:
        return FoundModel(models[exact[0]], models[exact[0]].native_format)
    for matches in (exact, *_stand_ins(models, names, text)):
        if len(matches) == 1:
            model = models[matches[0]]
            return FoundModel(model, _stated_format(text) or model.native_format, stands_in=True)
        if matches:
            raise LookupFailed(text, _by_likeness(wanted, matches, names), ambiguous=True, field=field)
    raise LookupFailed(text, _near(wanted, names), ambiguous=False, field=field, hint=ADD_MODEL)


def _published(models: Mapping[str, Model], text: str) -> FoundModel | None:
    """The model whose checkpoint has that repository; of several formats in it the one behind a colon, or Q4_K_M."""
    repo, _, tag = text.strip().casefold().partition(":")
    for model in models.values():
        held = {each.format: each for each in model.checkpoints if each.repo.casefold() == repo != model.id.casefold()}
        if held and not tag and len(held) == 1:
            format, checkpoint = next(iter(held.items()))
            return FoundModel(preferring(model, checkpoint), format)
        if held and (asked := _stated_format(tag or repo)):
            holds = preferring(model, held[asked]) if asked in held else model
            return FoundModel(holds, asked, stands_in=True)
    return None


def _stand_ins(models: Mapping[str, Model], names: Mapping[str, frozenset[str]], text: str) -> Iterator[list[str]]:
    """Models whose build it is, models that are the same, and models whose name goes on from there."""
    wanted, build = normalised(text), normalised(re.sub(_BUILD, "", text.strip().rsplit("/", 1)[-1].lower()))
    yield _calls(names, build)
    yield _calls({key: frozenset(map(normalised, model.same_as)) for key, model in models.items()}, build)
    if wanted and "/" not in text and not re.search(_VARIANT, text.lower()):
        yield [key for key, own in names.items() if any(wanted in name for name in own)]


ADD_MODEL = "planner catalog add-model CONFIG_OR_ID adds a model from its config.json"
_FORMAT_WORDS = {
    "nvfp4": "nvfp4", "fp4": "nvfp4", "mxfp4": "mxfp4", "fp8": "fp8", "awq": "awq", "gptq": "gptq", "int4": "int4",
    "w4a16": "int4", "4bit": "int4", "int8": "int8", "w8a8": "int8", "w8a16": "int8", "8bit": "int8", "bf16": "bf16",
    "q8_0": "q8_0", "q4_k_m": "q4_k_m", "nf4": "nf4", "bnb-4bit": "nf4", "bnb-8bit": "bnb-int8", "mxfp8": "mxfp8",
}  # fmt: skip
_GGUF_TYPE = r"(?:ud-)?i?q\d(?:_\w+)?"
_BUILD = (
    rf"[-_.:](?:{'|'.join(_FORMAT_WORDS)}|w4a8|quantized|dynamic|block|kv|bnb|hqq|exl2|autoround|auto-round|round|mlx|gguf"
    r"|qat|unsloth|tensorwise|{_GGUF_TYPE}|static|per-tensor|per-channel|g32|g64|g128)(?=[-_.]|$)"
)
"""What a build's name adds to the model's: formats and tools. Compiled when first used: most names are exact."""
_VARIANT = r"(?:^|[-_ .])(?:instruct|chat|it|base|thinking|think|reasoning|preview|exp|hf|vl|omni)(?=[-_ .]|$)"


def _stated_format(text: str) -> str | None:
    """The weight format that a build's name mentions; of GGUF alone the type that llama.cpp takes unasked."""
    found = re.search(rf"(?<![a-z0-9])({'|'.join(_FORMAT_WORDS)}|{_GGUF_TYPE})(?![a-z0-9])", text.lower())
    if found is None:
        return "q4_k_m" if "gguf" in text.lower() else None
    try:
        return _FORMAT_WORDS.get(found[1]) or weight_format(found[1]).id
    except KeyError:
        return None


def normalised(text: str) -> str:
    """Lower case without punctuation and spaces: "RTX 4090" and "rtx-4090" are one name."""
    return _NOT_A_WORD.sub("", text.lower())


def _names(record: Named) -> Iterator[str]:
    yield normalised(record.id)
    yield normalised(record.id.rsplit("/", 1)[-1])
    for attribute in ("name", "label", "product"):
        yield normalised(getattr(record, attribute, ""))
    for alias in getattr(record, "aliases", ()):
        yield normalised(alias)


def _calls(names: Mapping[str, frozenset[str]], wanted: str) -> list[str]:
    exact = [key for key in names if normalised(key) == wanted]
    return exact or [key for key, known in names.items() if wanted and wanted in known]


def _near(wanted: str, names: Mapping[str, frozenset[str]]) -> list[str]:
    """Records with a name much like the wanted one, the most alike first."""
    alike = {key: _likeness(wanted, own) for key, own in names.items()}
    near = [key for key, likeness in alike.items() if likeness >= LEAST_LIKENESS]
    return sorted(near, key=lambda key: alike[key], reverse=True)[:NEAREST]


def _by_likeness(wanted: str, keys: list[str], names: Mapping[str, frozenset[str]]) -> list[str]:
    return sorted(keys, key=lambda key: _likeness(wanted, names[key]), reverse=True)


def _likeness(wanted: str, names: frozenset[str]) -> float:
    return max(SequenceMatcher(None, wanted, name).ratio() for name in names)
