"""The Hugging Face hub, through the optional package huggingface_hub: config and index only, never weights."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from planner.catalog.add_model.config import ModelConfigError

FILES = ("config.json", "hf_quant_config.json", "model.safetensors.index.json")
"""The first must be there; the others are taken where they exist."""
TIMEOUT_S = 20.0
UNREACHABLE = "the hub cannot be reached; give a downloaded config.json instead"


def download(repo_id: str) -> Path:
    """Folder of the cached files. HF_ENDPOINT, HF_TOKEN, HF_HOME and HF_HUB_OFFLINE are honoured by the package."""
    try:
        package: Any = import_module("huggingface_hub")
    except ImportError:
        raise ModelConfigError(
            repo_id, "reading the hub needs huggingface_hub: install the extra 'hub', or give a downloaded config.json"
        ) from None
    import_module("huggingface_hub.utils.logging").set_verbosity_error()
    _check_reachable(package, repo_id)
    errors = import_module("huggingface_hub.errors")
    found = [_fetch(package.hf_hub_download, errors, repo_id, name) for name in FILES]
    return next(path for path in found if path is not None).parent


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None


def _check_reachable(package: Any, repo_id: str) -> None:
    """One try before the package's own five, which take 24 seconds to give up; not where the file is cached."""
    constants: Any = import_module("huggingface_hub.constants")
    if constants.HF_HUB_OFFLINE or isinstance(package.try_to_load_from_cache(repo_id, FILES[0]), str):
        return
    try:
        package.get_session().head(_endpoint() or constants.ENDPOINT, timeout=TIMEOUT_S)
    except Exception:  # requests' or httpx's own, by the package's version
        raise ModelConfigError(repo_id, UNREACHABLE) from None


def _fetch(fetch: Callable[..., str], errors: Any, repo_id: str, name: str) -> Path | None:
    try:
        return Path(fetch(repo_id, name, endpoint=_endpoint(), etag_timeout=TIMEOUT_S))
    except errors.GatedRepoError:
        raise ModelConfigError(repo_id, "is gated: accept its licence on the hub and set HF_TOKEN") from None
    except errors.RepositoryNotFoundError:
        raise ModelConfigError(repo_id, "is not on the hub, or it is private and HF_TOKEN is not set") from None
    except errors.LocalEntryNotFoundError:
        raise ModelConfigError(repo_id, UNREACHABLE) from None
    except errors.EntryNotFoundError:
        if name == FILES[0]:
            raise ModelConfigError(repo_id, f"has no {name} on the hub") from None
        return None
    except (errors.HfHubHTTPError, errors.HFValidationError, OSError) as error:
        raise ModelConfigError(repo_id, f"the hub answered: {' '.join(str(error).split())[:200]}") from None
