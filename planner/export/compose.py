"""`compose.yaml`: the gateway, and one replica where the plan runs its own; no port beyond loopback."""

from __future__ import annotations

import re
from typing import Any, Final

from planner.export import images, usage_log
from planner.export.flags import SERVE_PORT, Flag, flags_of, repository_of, required
from planner.export.gateway import NAME as GATEWAY
from planner.export.gateway import PORT, variables_of
from planner.export.groups import Setting
from planner.export.yaml import Noted, comment, emit, quoted
from planner.words.exported import said

NAME: Final = "compose.yaml"
ENVIRONMENT: Final = "env.example"
PROBE_SECONDS: Final = 15
HEALTHY: Final = "import urllib.request as u; u.urlopen('http://127.0.0.1:{}{}', timeout=5)"
SECONDS_PER_MINUTE: Final = 60
_REQUIRED: Final = re.compile(r"(?<!\$)\$\{([A-Z_][A-Z0-9_]*):\?\}")


def compose(setting: Setting) -> str:
    """The document as text."""
    services: dict[str, Any] = {"gateway": _gateway(setting)}
    volumes: dict[str, Any] = {"usage": {}}
    document = {"name": "planner-export", "services": services, "volumes": volumes}
    if setting.runs_engine:
        services["replica"] = Noted(_replica(setting), said("compose", "replica"))
        if setting.engine != "llama-cpp":
            services["download"] = Noted(_download(setting), said("compose", "download"))
        volumes["models"] = {}
    head = said("compose", "head", quoted(setting.evaluation.inputs.name), setting.plan_id)
    return "\n".join([*comment(head), *comment(said("compose", "digests"))]) + "\n" + emit(document)


def _gateway(setting: Setting) -> dict[str, Any]:
    found: dict[str, Any] = {
        "image": Noted(images.gateway_image(), said("compose", "image")),
        "command": ["--config", "/app/config.yaml", "--port", str(PORT)],
        "volumes": [
            f"./{GATEWAY}:/app/config.yaml:ro",
            f"./{usage_log.NAME}:/app/{usage_log.NAME}:ro",
            Noted(f"usage:{usage_log.FOLDER}", said("compose", "usage")),
        ],
        "environment": images.gateway_environment() | _asked(setting),
        "ports": Noted([f"127.0.0.1:{PORT}:{PORT}"], said("compose", "port")),
        "healthcheck": _health(PORT, "/health/liveliness", 2),
        "restart": "unless-stopped",
    }
    if setting.runs_engine:
        found["depends_on"] = {"replica": {"condition": "service_healthy"}}
    return found


def _asked(setting: Setting) -> dict[str, Any]:
    """What the gateway's file reads; the replica beside it is found by its name."""
    own = f"{setting.prefix(0)}_BASE_URL" if setting.runs_engine else ""
    found: dict[str, Any] = {name: required(name) for name in variables_of(setting)}
    if own in found:
        found[own] = Noted(f"${{{own}:-http://replica:{SERVE_PORT}/v1}}", said("compose", "address"))
    return found


def _replica(setting: Setting) -> dict[str, Any]:
    choice, replica = setting.fleet
    variable, option = images.key_variable(setting)
    key = required(f"{setting.prefix(0)}_API_KEY")
    command: list[Any] = [entry for flag in flags_of(setting) for entry in arguments(flag)]
    command += ["--host", "0.0.0.0", *((option, key) if option else ())]  # noqa: S104 - the container's own network
    found: dict[str, Any] = {
        "image": Noted(images.image_of(choice), said("compose", "image")),
        "entrypoint": images.entry_point(setting),
        "command": command,
        "environment": images.environment_of(setting) | ({variable: key} if variable else {}),
        "volumes": [f"models:{images.MODELS}:ro"],
        "healthcheck": _health(SERVE_PORT, "/health", replica.start_minutes.high),
        "restart": "unless-stopped",
    }
    return found | _devices(setting)


def _devices(setting: Setting) -> dict[str, Any]:
    choice, _ = setting.fleet
    gpus = choice.gpus_per_replica
    shared = {"ipc": Noted("host", said("compose", "ipc"))} if gpus > 1 else {}
    if choice.deployment.gpu.vendor == "AMD":
        return shared | {"devices": ["/dev/kfd", "/dev/dri"], "group_add": ["video"]}
    device = {"driver": "nvidia", "device_ids": [str(place) for place in range(gpus)], "capabilities": ["gpu"]}
    return shared | {"deploy": {"resources": {"reservations": {"devices": [device]}}}}


def _download(setting: Setting) -> dict[str, Any]:
    choice, _ = setting.fleet
    repository = repository_of(setting)
    source = required("MODEL_REPOSITORY") if repository is None else literal(repository)
    return {
        "image": images.image_of(choice),
        "profiles": ["download"],
        "entrypoint": ["hf", "download"],
        "command": [source, "--revision", required("MODEL_REVISION")],
        "environment": {"HF_HOME": images.MODELS, "HF_TOKEN": Noted("${HF_TOKEN:-}", said("compose", "token"))},
        "volumes": [f"models:{images.MODELS}"],
    }


def arguments(flag: Flag) -> list[Any]:
    """The words of an option, the reason above the first."""
    first, *others = flag.words
    rest = others if flag.variable else [literal(word) for word in others]
    return [Noted(first, flag.reason), *rest]


def literal(text: str) -> str:
    """So that nothing in it is taken for a variable."""
    return text.replace("$", "$$")


def _health(port: int, path: str, minutes: float) -> dict[str, Any]:
    return {
        "test": ["CMD", "python3", "-c", HEALTHY.format(port, path)],
        "interval": f"{PROBE_SECONDS}s",
        "timeout": f"{PROBE_SECONDS}s",
        "retries": 4,
        "start_period": f"{int(minutes * SECONDS_PER_MINUTE)}s",
    }


def environment(setting: Setting) -> str:
    """`env.example`: every variable that must be set, without a value."""
    needed = dict.fromkeys(variables_of(setting)) | {"LITELLM_DIGEST": None}
    if setting.runs_engine:
        choice, _ = setting.fleet
        needed.pop(f"{setting.prefix(0)}_BASE_URL", None)
        texts = [images.image_of(choice), *(word for flag in flags_of(setting) for word in flag.words)]
        needed |= dict.fromkeys(name for text in texts for name in named(text))
    lines = comment(said("compose", "environment"))
    return "\n".join([*lines, *(f"{name}=" for name in needed), ""])


def named(text: str) -> list[str]:
    """The variables in a text that must be set; what a comment holds, or a doubled dollar, is none."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [name for line in lines for name in _REQUIRED.findall(line)]
