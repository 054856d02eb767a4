"""`usage_log.py`: what the gateway loads beside its file, to leave a line a request that `planner track` reads.

LiteLLM keeps a table of its own only where it has a database. Lines are in the plan's names: the gateway's own say
`own-model` for whatever the replicas run. No prompt, answer, key or address is in them.
"""

from __future__ import annotations

from typing import Final

from planner.export.gateway import row_id
from planner.export.groups import Setting
from planner.export.yaml import comment
from planner.words.exported import said

NAME: Final = "usage_log.py"
FOLDER: Final = "/usage"
"""Where lines lie in the gateway's container."""
_CODE: Final = """


class UsageLog(CustomLogger):
    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        told = kwargs.get("standard_logging_object")
        if not told:
            return
        usage = told["metadata"].get("usage_object") or {}
        details = usage.get("prompt_tokens_details") or {}
        work, model = ROWS.get(told["model_id"], (told["model_group"], told["model"]))
        at = datetime.datetime.fromtimestamp(told["startTime"], datetime.timezone.utc)
        line = {
            "timestamp": at.isoformat(timespec="milliseconds"),
            "model": model,
            "workload": work,
            "input_tokens": told["prompt_tokens"],
            "output_tokens": told["completion_tokens"],
            "cached_input_tokens": details.get("cached_tokens"),
            "cache_write_tokens": usage.get("cache_creation_input_tokens"),
            "latency_ms": round((told["endTime"] - told["startTime"]) * 1000),
            "cost_usd": told["response_cost"],
        }
        name = f"usage-{at:%Y-%m-%d}-{socket.gethostname()}.jsonl"
        with open(os.path.join(FOLDER, name), "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\\n")


log = UsageLog()
"""


def usage_log(setting: Setting) -> str:
    """The module as text."""
    lines = [*comment(said("usage_log", "head")), "import datetime", "import json", "import os", "import socket", ""]
    lines += ["from litellm.integrations.custom_logger import CustomLogger", ""]
    lines += [f'FOLDER = os.environ.get("USAGE_LOG", "{FOLDER}")', *comment(said("usage_log", "rows")), "ROWS = {"]
    lines += [f"    {row!a}: ({work!a}, {model!a})," for row, work, model in _rows(setting)]
    return "\n".join([*lines, "}"]) + _CODE


def _rows(setting: Setting) -> list[tuple[str, str, str]]:
    """Each row of the gateway with the work and the model that it is of in the plan."""
    found = []
    for group in setting.groups:
        if group.on_replicas:
            found.append((row_id(group, None), group.workload.name, group.route.model))
        apis = [api for api in (group.overflow, group.outside) if api is not None]
        found += [(row_id(group, api), group.workload.name, api.id) for api in apis]
    return found
