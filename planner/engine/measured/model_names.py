"""Models by the spellings benchmarks use: checkpoints, variants, GGUF files, Ollama tags, MLPerf's tasks."""

from __future__ import annotations

import re

_NOISE = re.compile(
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


def model_key(name: str) -> str:
    """A model's name without organisation, variant, precision and date."""
    text = re.sub(r"[_: ]+", "-", name.split("/")[-1].strip().lower()).removesuffix(".gguf").removeprefix("meta-")
    text = _GGUF_MIX.sub("", _GLUED_VERSION.sub(_spelt_out, text))
    previous = ""
    while previous != text:
        previous, text = text, _NOISE.sub("", text)
    return text


def _spelt_out(found: re.Match[str]) -> str:
    family, major, minor = found.groups()
    return f"{family}-{major}.{minor}" if minor else f"{family}-{major}"


def base_key(key: str) -> str | None:
    """The key of the model whose shape this one has; None where no relative is known."""
    for pattern, base in _RELATIVES:
        match = re.fullmatch(pattern, key)
        if match:
            return match.expand(base)
    return None
