"""What runs an engine: its image by release, its digest as a variable, its command and its environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from planner.engine.specs import Choice
from planner.export.flags import required
from planner.export.gateway import IMAGE
from planner.export.groups import ENGINES, Setting
from planner.export.yaml import Noted
from planner.words.exported import said

MODELS: Final = "/models"
"""Where weights lie in a container."""
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "vllm": ("vllm", "serve"),
    "sglang": ("python3", "-m", "sglang.launch_server"),
    "llama-cpp": ("llama-server",),
}
_ENTRY_POINTS: Final[Mapping[str, list[str]]] = {
    "vllm": ["vllm", "serve"],
    "sglang": ["python3", "-m", "sglang.launch_server"],
    "llama-cpp": ["/app/llama-server"],
}
"""The same inside the images."""


def image_of(choice: Choice) -> str:
    """By release and digest; a release that the catalogue does not name is a variable, too."""
    engine, amd = choice.deployment.engine, choice.deployment.gpu.vendor == "AMD"
    name = ENGINES[engine.id]
    tags = {
        ("vllm", False): f"vllm/vllm-openai:v{engine.version}",
        ("vllm", True): f"vllm/vllm-openai-rocm:v{engine.version}",
        ("sglang", False): f"lmsysorg/sglang:v{engine.version}",
        ("sglang", True): f"lmsysorg/sglang-rocm:{required('SGLANG_TAG')}",
    }
    tag = tags.get((engine.id, amd), f"ghcr.io/ggml-org/llama.cpp:{required(f'{name}_TAG')}")
    return f"{tag}@{required(f'{name}_DIGEST')}"


def gateway_image() -> str:
    """The release that the gateway's file is tested with."""
    return f"{IMAGE}@{required('LITELLM_DIGEST')}"


def entry_point(setting: Setting) -> list[str]:
    """The command inside the image, before the options."""
    return _ENTRY_POINTS[setting.engine]


def environment_of(setting: Setting) -> dict[str, Any]:
    """What keeps a replica from the network; none of it a secret."""
    if setting.engine == "llama-cpp":
        return {"LLAMA_ARG_OFFLINE": Noted("1", said("environment", "offline"))}
    found: dict[str, Any] = {
        "HF_HOME": Noted(MODELS, said("environment", "home")),
        "HF_HUB_OFFLINE": Noted("1", said("environment", "offline")),
        "TRANSFORMERS_OFFLINE": "1",
    }
    if setting.engine == "vllm":
        found |= {"VLLM_NO_USAGE_STATS": Noted("1", said("environment", "usage")), "DO_NOT_TRACK": "1"}
    return found


def gateway_environment() -> dict[str, Any]:
    """What keeps the gateway from the network but for the endpoints it calls."""
    return {
        "HF_HUB_OFFLINE": Noted("1", said("environment", "gateway_offline")),
        "LITELLM_LOCAL_MODEL_COST_MAP": Noted("True", said("environment", "cost_map")),
        "NO_DOCS": Noted("True", said("environment", "docs")),
    }


def key_variable(setting: Setting) -> tuple[str, str]:
    """The variable in which an engine looks for its key, and the option that takes it; one of them is empty."""
    names = {"vllm": ("VLLM_API_KEY", ""), "llama-cpp": ("LLAMA_API_KEY", "")}
    return names.get(setting.engine, ("", "--api-key"))
