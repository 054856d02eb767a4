"""Cards by the spellings benchmarks use: makers' prefixes, MLPerf's hyphens, memory sizes and form factors.

Models by the spellings benchmarks use: checkpoints, variants, GGUF files, Ollama tags, MLPerf's tasks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from planner.engine.specs import Gpu

_CARD_NOISE = re.compile(
    r"\b(nvidia|amd|intel|google|geforce|instinct|tesla|radeon|generation|graphics|card|gpu|the|hbm\d?e?|gddr\d\w?|"
    r"sxm\d|oam|per chip|per gpu|pcie gen\d|workstation|server|edition|dgx|hgx)\b|[()\[\],]"
)
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?gi?b(?:\b|(?=x\d))")
_ASIDES = re.compile(
    r"\b\d+ ?x\b|\bx ?\d+\b|\b\d+w\b|\b\d+ ?(?:gpu |cpu )?cores?\b|(?<=\bv[56][ep]) \d+\b|\bradeon 8060s\b|"
    r"\b(?:nps\d|spx|cts|superchip|grace ?hopper|grace blackwell ultra|grace ?blackwell|grace|blackwell ultra|nvl\d+|"
    r"integrated|unified|w|with|hl|325l|apple|silicon|core|per|d3d12|vulkan|cuda)\b"
)
"""What a name may add without meaning another part: counts, watts, partition modes, product numbers."""
_ANOTHER_PART = frozenset({
    "ti", "super", "xt", "xtx", "gre", "max", "pro", "ultra", "sff", "laptop", "mobile", "q", "d", "m", "s", "dual",
    "duo", "nvl", "ada", "ai", "embedded", "lite", "mini", "plus",
})  # fmt: skip
"""Words that make it another part."""
_LINKS_OF_FORM = {"pcie": ("pcie", "nvlink-bridge"), "sxm": ("nvlink",)}
_MEMORY_TOLERANCE = 0.13
"""Benchmarks state the label, what the driver shows, or the next round number (B200: 180 and 192)."""


@lru_cache(maxsize=1024)
def gpu_key(name: str) -> str:
    """A card's name without maker, form-factor noise and punctuation."""
    text = re.sub(r"(\d+) ?gb\b", r"\1gb", _CARD_NOISE.sub(" ", name.lower()))
    return " ".join(text.split())


@lru_cache(maxsize=1024)
def _words(name: str) -> frozenset[str]:
    """The words that tell one part from another: no maker, no memory size, no asides."""
    text = re.sub(r"[^a-z0-9]+", " ", re.sub(r"\((?:r|tm)\)", " ", _SIZE.sub(" ", name.lower())))
    text = re.sub(r"\b(rtx|gtx|rx|arc)(?=\d|[ab]\d)", r"\1 ", re.sub(r"\bsxm\d\b", "sxm", text))
    text = re.sub(r"(\d{4})(ti|super|xt|xtx|d)\b", r"\1 \2", text)
    return frozenset(_CARD_NOISE.sub(" ", _ASIDES.sub(" ", text)).split())


def plain_words(name: str) -> frozenset[str]:
    """The same without the form factor."""
    return _words(name).difference(_LINKS_OF_FORM)


def _is_harmless(extra: frozenset[str], card: Gpu, exactly: bool) -> bool:
    """Whether these words leave it the same part; `exactly`: a word that nobody knows does not."""
    return all(
        card.link in _LINKS_OF_FORM[word]
        if word in _LINKS_OF_FORM
        else not exactly and word not in _ANOTHER_PART and not any(map(str.isdigit, word))
        for word in extra
    )


class CardNames:
    """Finds a card by name; with its memory size where several share the name.

    How benchmark pages name a part whose catalogue name says more stands in the catalogue, as an alias; a missing form
    factor is read as the common one.
    """

    def __init__(self, gpus: Iterable[Gpu]) -> None:
        self._by_name: dict[str, Gpu] = {}
        self._by_words: list[tuple[frozenset[str], Gpu]] = []
        self._by_title: list[tuple[frozenset[str], Gpu]] = []
        for gpu in gpus:
            self._by_title.append((_words(gpu.name), gpu))
            for name in (gpu.name, gpu.id.replace("-", " "), gpu.id, *gpu.aliases):
                self._by_name.setdefault(gpu_key(name), gpu)
                self._by_name.setdefault(name.strip().lower(), gpu)
            self._by_words += [(w, gpu) for w in {_words(n) for n in (gpu.name, *gpu.aliases)} if w]

    def find(self, name: str, memory_gb: float | None, exactly: bool = False) -> Gpu | None:
        """The card; None where the name is unknown or could mean several.

        `exactly`: a name as a driver prints it or a person types it; a word too many or another memory size is another
        card, where a benchmark's own words may be skipped.
        """
        key = gpu_key(name)
        sized = f"{key} {str(memory_gb).removesuffix('.0')}gb" if memory_gb else key
        names = (name.strip().lower(), key, sized)
        exact = next((self._by_name[n] for n in names if n in self._by_name), None)
        if exact is not None and _fits(exact, memory_gb):
            return exact
        found = self._by_meaning(_words(name), stated_size(name) or memory_gb, exactly)
        return found if exactly else found or exact

    def _by_meaning(self, words: frozenset[str], memory_gb: float | None, exactly: bool) -> Gpu | None:
        if not words:
            return None
        own = [g for w, g in self._by_title if w == words] if exactly else []
        same = [g for w, g in self._by_words if w == words]
        less = [(len(w), g) for w, g in self._by_words if w < words and _is_harmless(words - w, g, exactly)]
        longest = max((n for n, _ in less), default=0)
        more = [g for w, g in self._by_words if words < w and _is_harmless(w - words, g, exactly)]
        for close in (own, same, [g for n, g in less if n == longest], more):
            fitting = {g.id: g for g in close if _fits(g, memory_gb)}
            if fitting:
                return _the_one(list(fitting.values()))
        return None


def _the_one(cards: list[Gpu]) -> Gpu | None:
    """The only card, or the only one whose name needs no memory size: the common one."""
    plain = [g for g in cards if stated_size(g.name) is None]
    return cards[0] if len(cards) == 1 else plain[0] if len(plain) == 1 else None


def stated_size(name: str) -> float | None:
    """The memory size in a name, as it is written there; None where it has none."""
    size = _SIZE.search(name.lower())
    return float(size.group(1)) if size else None


def _fits(gpu: Gpu, memory_gb: float | None) -> bool:
    """Unified memory comes in many sizes; a card's own does not."""
    if not memory_gb or not gpu.memory_gb or gpu.link == "unified":
        return True
    return abs(gpu.memory_gb / memory_gb - 1) < _MEMORY_TOLERANCE


REMEMBERED = 1024
"""A few dozen models stand behind hundreds of measurements."""
_MODEL_NOISE = re.compile(
    r"(?<!deepseek)(?<!deepseek-coder)[-.](instruct|chat|hf|it|base|preview|thinking|reasoning|fp8|fp4|nvfp4|mxfp4|int4|"
    r"int8|awq|gptq|gguf|bf16|fp16|w4a16|w8a8|w8a16|w4a8|quantized|dynamic|block|kv|4bit|8bit|bnb|qat|hqq|exl2|autoround|"
    r"terminus|exp|interactive|99(?:\.9)?|v\d+(?:\.\d+)?|\d{4})(?=[-.]|$)"
)
_GGUF_MIX = re.compile(r"[-.](?:ud-)?i?q\d(?:-[a-z0-9]+)*$")
_GLUED_VERSION = re.compile(r"^(llama|gemma|phi)-?(\d)(?:[.-](\d))?(?=-|$)")
_RELATIVES = (
    (r"deepseek-r1-(distill-llama-)?8b|llama-3-8b|hermes-3-llama-3\.1-8b|llama-guard-3-8b", "llama-3.1-8b"),
    (r"(llama-3\.1-)?nemotron-nano-8b", "llama-3.1-8b"),
    (r"deepseek-r1-(distill-llama-)?70b|llama-3-70b|llama-3\.1-nemotron-70b|hermes-4-70b", "llama-3.1-70b"),
    (r"deepseek-r1-(distill-qwen-)?1\.5b|qwen2\.5-((math|coder)-)?1\.5b", "qwen2-1.5b"),
    (r"deepseek-r1-(distill-qwen-)?7b|qwen2-7b|acemath-7b|qwen2\.5-(math|coder)-7b", "qwen2.5-7b"),
    (r"deepseek-r1-(distill-qwen-)?14b|qwen2\.5-coder-14b", "qwen2.5-14b"),
    (r"deepseek-r1-(distill-qwen-)?32b|qwq-32b|qwen2\.5-(coder|vl)-32b", "qwen2.5-32b"),
    (r"deepseek-r1-qwen3-8b", "qwen3-8b"),
    (r"deepseek-r1-(?!distill).+|r1|mai-ds-r1", "deepseek-r1"),
    (r"deepseek-(v3(?:\.[12])?)-.+", r"deepseek-\1"),
    (r"deepseek-(coder-)?v2-lite(-.+)?", "deepseek-v2-lite"),
    (r"deepseek-(coder-)?v2(\.5)?(-.+)?", "deepseek-v2"),
    (r"qwen2\.5-(coder-)?0\.5b", "qwen2-0.5b"),
    (r"qwen2\.5-coder-3b", "qwen2.5-3b"),
    (r"qwen-72b", "qwen1.5-72b"),
    (r"llama-2-7b-.+|llama-7b|vicuna-7b|codellama-7b|llava-(1\.5-)?7b", "llama-2-7b"),
    (r"llama-2-13b-.+|llama-13b|vicuna-13b|codellama-13b|llava-(1\.5-)?13b", "llama-2-13b"),
    (r"llama-2-70b-.+|codellama-70b", "llama-2-70b"),
    (r"vicuna-33b", "llama-30b"),
    (r"mistral|zephyr-7b-beta|openhermes-2\.5-mistral-7b|mathstral-7b|openchat-3\.5", "mistral-7b"),
    (r"mixtral", "mixtral-8x7b"),
    (r"mistral-nemo-12b", "mistral-nemo"),
    (r"mistral-small(-22b)?", "codestral-22b"),
    (r"devstral-small|magistral-small", "mistral-small-24b"),
    (r"gpt-?j", "gpt-j-6b"),
    (r"phi-4-14b", "phi-4"),
    (r"phi-3(\.5)?-mini(-128k)?", "phi-3-mini-4k"),
    (r"phi-3-medium(-128k)?", "phi-3-medium-4k"),
    (r"gemma-1\.1-(2b|7b)|codegemma-(2b|7b)", r"gemma-\1\2"),
    (r"internlm2[.-]5-(7b|20b)", r"internlm2-\1"),
    (r"yi-1\.5-(6b|34b)", r"yi-\1"),
    (r"chatglm2-6b", "chatglm3-6b"),
    (r"starcoderbase|wizardcoder-15b", "starcoder"),
    (r"tinyllama", "tinyllama-1.1b"),
    (r"granite-3\.[0-3]-8b", "granite-3.3-8b"),
    (r"granite-3\.[0-3]-2b", "granite-3.1-2b"),
    (r"c4ai-command-r-plus", "c4ai-command-r-plus-08"),
)
"""Fine-tunes and siblings that share a base model's shape."""


@lru_cache(maxsize=4096)  # a file of measurements names the same few models over and over
def model_key(name: str) -> str:
    """A model's name without organisation, variant, precision and date."""
    text = re.sub(r"[_: ]+", "-", name.split("/")[-1].strip().lower()).removesuffix(".gguf").removeprefix("meta-")
    text = _GGUF_MIX.sub("", _GLUED_VERSION.sub(_spelt_out, text))
    previous = ""
    while previous != text:
        previous, text = text, _MODEL_NOISE.sub("", text)
    return text


def _spelt_out(found: re.Match[str]) -> str:
    family, major, minor = found.groups()
    return f"{family}-{major}.{minor}" if minor else f"{family}-{major}"


@lru_cache(maxsize=4096)
def base_key(key: str) -> str | None:
    """The key of the model whose shape this one has; None where no relative is known."""
    for pattern, base in _RELATIVES:
        match = re.fullmatch(pattern, key)
        if match:
            return match.expand(base)
    return None
