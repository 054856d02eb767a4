"""How the gateway reaches each provider of the catalogue: its own name for it, and the variables that hold the key.

Names are those of LiteLLM 1.108 (`litellm.provider_list`); `tests.export.check` compares them with the package.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Final

from planner.engine.specs import ApiModel
from planner.records import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as the gateway knows it; `more` are further parameters and the variables they come from."""

    prefix: str
    key: str
    more: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    path: str = ""
    """Stands before the model's name."""


PROVIDERS: Final[Mapping[str, Provider]] = {
    "Anthropic": Provider("anthropic", "ANTHROPIC_API_KEY"),
    "DeepSeek": Provider("deepseek", "DEEPSEEK_API_KEY"),
    "Google": Provider("gemini", "GEMINI_API_KEY"),
    "Mistral": Provider("mistral", "MISTRAL_API_KEY"),
    "OpenAI": Provider("openai", "OPENAI_API_KEY"),
    "aws-bedrock": Provider("bedrock", "AWS_BEARER_TOKEN_BEDROCK", {"aws_region_name": "AWS_REGION_NAME"}),
    "azure": Provider("azure", "AZURE_API_KEY", {"api_base": "AZURE_API_BASE", "api_version": "AZURE_API_VERSION"}),
    "baseten": Provider("baseten", "BASETEN_API_KEY"),
    "cerebras": Provider("cerebras", "CEREBRAS_API_KEY"),
    "cloudflare": Provider("cloudflare", "CLOUDFLARE_API_KEY", {"api_base": "CLOUDFLARE_API_BASE"}),
    "cohere": Provider("cohere", "COHERE_API_KEY"),
    "deepinfra": Provider("deepinfra", "DEEPINFRA_API_KEY"),
    "fireworks": Provider("fireworks_ai", "FIREWORKS_AI_API_KEY", path="accounts/fireworks/models/"),
    "groq": Provider("groq", "GROQ_API_KEY"),
    "minimax": Provider("minimax", "MINIMAX_API_KEY"),
    "moonshot": Provider("moonshot", "MOONSHOT_API_KEY"),
    "nebius": Provider("nebius", "NEBIUS_API_KEY"),
    "novita": Provider("novita", "NOVITA_API_KEY"),
    "nscale": Provider("nscale", "NSCALE_API_KEY"),
    "openrouter": Provider("openrouter", "OPENROUTER_API_KEY"),
    "ovhcloud": Provider("ovhcloud", "OVHCLOUD_API_KEY"),
    "scaleway": Provider("scaleway", "SCW_SECRET_KEY"),
    "together": Provider("together_ai", "TOGETHERAI_API_KEY"),
    "voyageai": Provider("voyage", "VOYAGE_API_KEY"),
    "wandb": Provider("wandb", "WANDB_API_KEY"),
    "xAI": Provider("xai", "XAI_API_KEY"),
    "z.ai": Provider("zai", "ZAI_API_KEY"),
}


def provider_of(api: ApiModel) -> Provider:
    """One that the gateway does not know speaks OpenAI's protocol at an address that a variable holds."""
    known = PROVIDERS.get(api.provider)
    if known is not None:
        return known
    name = variable(api.provider)
    return Provider("openai", f"{name}_API_KEY", {"api_base": f"{name}_BASE_URL"})


def model_name(api: ApiModel) -> str:
    """The model as the gateway calls it: `anthropic/claude-haiku-5-5`."""
    provider = provider_of(api)
    name = api.model_id.removeprefix(f"{api.region}/") if api.region else api.model_id
    return f"{provider.prefix}/{provider.path}{name}"


def variable(text: str) -> str:
    """What a variable's name may begin with: `z.ai` is `Z_AI`, `4all` is `_4ALL`."""
    plain = re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_") or "PROVIDER"
    return f"_{plain}" if plain[0].isdigit() else plain
