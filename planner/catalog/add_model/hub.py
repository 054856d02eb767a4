"""The Hugging Face hub, through the optional package huggingface_hub: config and index only, never weights."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from planner.catalog.add_model.config import ModelConfigError

FILES = ("config.json", "hf_quant_config.json", "model.safetensors.index.json")
"""The first must be there; the others are taken where they exist."""
TIMEOUT_S = 20.0


def download(repo_id: str) -> Path:
    """Folder of the cached files. HF_ENDPOINT, HF_TOKEN and HF_HOME are honoured by the package."""
    try:
        import huggingface_hub
    except ImportError:
        raise ModelConfigError(
            repo_id, "reading the hub needs huggingface_hub: install the extra 'hub', or give a downloaded config.json"
        ) from None
    found = [_fetch(huggingface_hub, repo_id, name, required=name == FILES[0]) for name in FILES]
    return next(path for path in found if path is not None).parent


def _fetch(package: Any, repo_id: str, name: str, *, required: bool) -> Path | None:
    errors = package.errors
    try:
        fetched = package.hf_hub_download(
            repo_id, name, endpoint=os.environ.get("HF_ENDPOINT") or None, etag_timeout=TIMEOUT_S
        )
    except errors.GatedRepoError:
        raise ModelConfigError(repo_id, "is gated: accept its licence on the hub and set HF_TOKEN") from None
    except errors.RepositoryNotFoundError:
        raise ModelConfigError(repo_id, "is not on the hub, or it is private and HF_TOKEN is not set") from None
    except errors.LocalEntryNotFoundError:
        raise ModelConfigError(repo_id, "the hub cannot be reached; give a downloaded config.json instead") from None
    except errors.EntryNotFoundError:
        if required:
            raise ModelConfigError(repo_id, f"has no {name} on the hub") from None
        return None
    except (errors.HfHubHTTPError, errors.HFValidationError, OSError) as error:
        raise ModelConfigError(repo_id, f"the hub answered: {' '.join(str(error).split())[:200]}") from None
    return Path(fetched)
