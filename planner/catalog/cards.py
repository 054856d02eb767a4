"""Finds a card by the name its driver prints or a person types, in the memory size that is meant.

Drivers say "NVIDIA GeForce RTX 5090", "NVIDIA H100 80GB HBM3", "Intel(R) Arc(TM) B580 Graphics", "Apple M5 Pro": the
maker's words, the sort of memory and the form factor carry no weight, while a "Laptop" or a "Ti" is another card. What
is no whole card (a MIG slice, a virtual GPU) is refused with that reason, and what nobody knows with what would make
it known: the nearest names only where they are near.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from planner.catalog.lookup import LookupFailed, find, normalised
from planner.catalog.measured import measured_gpus
from planner.engine.measured.names import CardNames, gpu_key, plain_words, stated_size
from planner.engine.specs import Catalog, Gpu
from planner.quantities import plain
from planner.records import dataclass
from planner.toml.errors import InputError, shortened

NEAR = 0.8
"""Likeness from which a name is worth suggesting; RTX 4090 and RTX 409o have 0.86, a Thor and an Orin 0.44."""
SUGGESTED = 3
_LONGEST_NAME = 200
"""Characters of a name that is likened to others."""
_SLICE = re.compile(r"\bmig\b|\b\d+(?:c\.\d+)?g\.\d+gb\b", re.IGNORECASE)
_VIRTUAL = re.compile(r"^\s*(?:NVIDIA\s+)?GRID\b|\b[vV]GPU\b|[A-Z0-9]-(?:\d\d?|141|180)[ABCQ]\s*$")
"""Names of NVIDIA's virtual GPUs: "GRID T4-16Q", "NVIDIA L40S-48Q"."""
_COUNTED = re.compile(r"\s*(\d{1,3})\s*[x×*]\s*[a-z0-9].*|.*[\w)]\s?[x×*]\s?(\d{1,2})\s*$", re.IGNORECASE)
"""Several cards: "8xH100", "2x 3090", "H100 x 8"."""
_ASIDES = re.compile(
    r"\((?:r|tm|c)\)|[®™©_]|^\s*gpu \d+:|^\s*1 ?[x×] |\(uuid:[^)]*\)|(?<=\dx)-o\b|"
    r"\b(?:macbook (?:pro|air)|mac (?:studio|mini|pro)|imac|unified memory|habana|vf|shared)\b",
    re.IGNORECASE,
)
"""What tools and people put beside a name: marks, `nvidia-smi -L`'s numbers, AMD's "-O" of a module and "VF" of a whole
card that is passed through, labels of Kubernetes, the machine that an Apple chip is in."""
_IN_MIB = re.compile(r"[,;(]?\s*(\d{4,6}) ?mi?b\b\)?", re.IGNORECASE)
_WEIGHTLESS = re.compile(r"\b(?:quadro|apple|arc|ryzen|sxm|pcie|\d+ ?gi?b)\b")
_SIZED = re.compile(r"^(.*?)[\s(_-]*(\d{1,4})\s*(?:g|gb|gib)?\)?\s*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class CardFound:
    """The card in the size that was asked for, and the names of its other sizes where none was asked for."""

    gpu: Gpu
    others: tuple[str, ...] = ()


def find_card(catalog: Catalog, text: str, field: str = "", memory_gb: float | None = None) -> CardFound:
    """The card called `text`, of the catalogue or of those that only public measurements name.

    `memory_gb` is what a driver says beside the name. Raises `LookupFailed` or another `InputError` for the option
    `field`.
    """
    sold, name = tuple(catalog.gpus.values()), text[:_LONGEST_NAME]
    if _by_name(sold, normalised(name)) is None:  # a slice or an aside may be in the name of a card of one's own
        name = _ASIDES.sub(" ", name)
        _refuse_parts(name, text, field)
    if memory_gb is None and (mib := _IN_MIB.search(name)):
        name, memory_gb = _IN_MIB.sub(" ", name), float(mib[1]) / 1024
    found = None if memory_gb else _called(sold, name, field)
    if found is not None:
        return found if found.others else CardFound(found.gpu, _siblings(sold, name, found.gpu))
    known = (*sold, *_runnable(catalog))
    found = None if memory_gb else _called(known, name, field)
    if found is None:
        named = CardNames(known).find(name, memory_gb, exactly=True) or _containing(catalog, known, text, name, field)
        found = _sized(named, memory_gb or stated_size(name))
    return found if found.others or memory_gb else CardFound(found.gpu, _siblings(known, name, found.gpu))


def _refuse_parts(name: str, text: str, field: str) -> None:
    """Raises `InputError` for what is no whole card."""
    if counted := _COUNTED.match(name):
        cards = counted[1] or counted[2]
        problem = f"'{shortened(text)}' counts {cards} cards: name one, and say how many apart (planner size: --count)"
        raise InputError(problem, field=field)
    kind = "a MIG slice" if _SLICE.search(name) else "a virtual GPU" if _VIRTUAL.search(name) else None
    if kind is not None:
        problem = f"'{shortened(text)}' is {kind}, a part of a card that cannot be sized by name; name the whole card"
        raise InputError(f"{problem}, or {_own_card(text, 'the part as a card of your own')}", field=field)


def _own_card(text: str, what: str) -> str:
    slug = "-".join(re.findall(r"[a-z0-9]+", _ASIDES.sub(" ", text[:_LONGEST_NAME]).lower()))[:40] or "my-card"
    return f"give {what} vendor, memory_gb and bandwidth_gb_s under [gpus.{slug}] in catalog.toml (see --catalog)"


def _runnable(catalog: Catalog) -> Iterable[Gpu]:
    """Measured cards that some engine of the catalogue runs on: a number for any other would stand for nothing."""
    vendors = {vendor.casefold() for engine in catalog.engines.values() for vendor in engine.vendors}
    return (gpu for gpu in measured_gpus() if gpu.vendor.casefold() in vendors)


def of_size(gpu: Gpu, memory_gb: float) -> Gpu:
    """The card with another of its memory sizes. Raises KeyError for one that it is not sold with."""
    name = f"{re.sub(r' [0-9]+ ?GB$', '', gpu.name)} {plain(memory_gb)}GB"
    if memory_gb == gpu.memory_gb:
        return replace(gpu, name=name)
    size = {size.memory_gb: size for size in gpu.sizes}[memory_gb]
    return replace(
        gpu,
        name=name,
        memory_gb=size.memory_gb,
        memory_gib_usable=size.memory_gib_usable,
        memory_usable_assumed=size.memory_usable_assumed,
        runtime_memory_gib=None if size.memory_usable_assumed else size.memory_gib_usable,
        bandwidth_gb_s=size.bandwidth_gb_s or gpu.bandwidth_gb_s,
    )


def sizes_of(gpu: Gpu) -> tuple[float, ...]:
    """All memory sizes it is sold with, the smallest first; one alone where no others are known."""
    return tuple(sorted(size for size in (gpu.memory_gb, *(s.memory_gb for s in gpu.sizes)) if size))


def _called(cards: Sequence[Gpu], text: str, field: str) -> CardFound | None:
    """The card whose id, name or alias this is, with or without one of its sizes behind."""
    wanted = normalised(text)
    gpu = _by_name(cards, wanted)
    if gpu is not None:
        return _sized(gpu, stated_size(text))
    cut = _SIZED.match(text)
    gpu = _by_name(cards, normalised(cut[1])) if cut else None
    if cut is None or gpu is None or not gpu.sizes:
        return None
    if float(cut[2]) not in sizes_of(gpu):
        sold = " or ".join(plain(size) for size in sizes_of(gpu))
        raise InputError(f"{gpu.name} is sold with {sold} GB, not with {cut[2]}", field=field)
    return _sized(gpu, float(cut[2]))


def _by_name(cards: Sequence[Gpu], wanted: str) -> Gpu | None:
    if not wanted:
        return None
    by_id = (gpu for gpu in cards if normalised(gpu.id) == wanted)
    by_name = (gpu for gpu in cards if wanted in {normalised(name) for name in (gpu.name, *gpu.aliases)})
    return next(by_id, None) or next(by_name, None)


def _sized(gpu: Gpu, memory_gb: float | None) -> CardFound:
    """In the nearest of its sizes to that one; the largest, with the others to ask for, where none is stated."""
    sizes = sizes_of(gpu)
    if not gpu.sizes:
        return CardFound(gpu)
    if memory_gb is None:
        largest = sizes[-1]
        return CardFound(of_size(gpu, largest), tuple(f"{_stem(gpu)}-{plain(size)}" for size in sizes[:-1]))
    return CardFound(of_size(gpu, min(sizes, key=lambda size: abs(size - memory_gb))))


def _stem(gpu: Gpu) -> str:
    return gpu.id.removesuffix(f"-{plain(gpu.memory_gb or 0)}")


def _siblings(cards: Iterable[Gpu], text: str, gpu: Gpu) -> tuple[str, ...]:
    """Ids of cards that differ in memory alone, where the text states neither id nor memory."""
    if gpu.sizes or normalised(text) == normalised(gpu.id) or stated_size(text):
        return ()
    words, others = plain_words(gpu.name), (card for card in cards if card.memory_gb != gpu.memory_gb)
    return tuple(card.id for card in others if card.link == gpu.link and plain_words(card.name) == words)


def _containing(catalog: Catalog, known: Sequence[Gpu], text: str, name: str, field: str) -> Gpu:
    """The only card of the catalogue whose name holds this one. Raises the error for a card that nobody knows."""
    try:
        return find(catalog.gpus, name.strip() if _essence(name) else "", field)
    except LookupFailed as error:
        if error.ambiguous:
            raise
    raise UnknownCard(text, _nearest(known, name), field)


class UnknownCard(LookupFailed):
    """No card is called that; says how one's own is added."""

    def __init__(self, text: str, near: Sequence[str], field: str) -> None:
        super().__init__(shortened(text), near, ambiguous=False, field=field)
        self.problem += f"; to size it, {_own_card(text, 'a card of your own')}"
        self.args = (self.problem,)


def _nearest(cards: Iterable[Gpu], name: str) -> list[str]:
    """Ids of the few cards whose name is likely meant, the likeliest first."""
    wanted = _essence(name)
    if not wanted:
        return []
    likeness = {
        card.id: max(SequenceMatcher(None, wanted, _essence(known)).ratio() for known in (card.name, *card.aliases))
        for card in cards
    }
    near = [card for card, value in likeness.items() if value >= NEAR]
    return sorted(near, key=lambda card: -likeness[card])[:SUGGESTED]


def _essence(name: str) -> str:
    """The name without what carries no weight: makers, brands, memory and form factor."""
    return normalised(gpu_key(_WEIGHTLESS.sub(" ", name.lower())))
