"""`litellm.yaml`: one group for each workload, its replicas first, then what takes the rest; residency locked, linted.

What the gateway does with each line was seen by running LiteLLM 1.106 to 1.110; below 1.104 a full pool queues instead
of overflowing, so the file says so and the smoke test refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from planner.engine.names import OWN_MODEL
from planner.engine.specs import ApiModel
from planner.engine.units import MTOK
from planner.export import lint
from planner.export.groups import Group, Setting, endpoint_of
from planner.export.providers import model_name, provider_of, variable
from planner.export.yaml import Noted, bare, comment, emit, quoted
from planner.quantities import to_digits
from planner.words.exported import said

NAME: Final = "litellm.yaml"
IMAGE: Final = "ghcr.io/berriai/litellm:v1.108.7"
"""The release that the tests run."""
LEAST: Final = (1, 104)
SERVED: Final = OWN_MODEL
"""No name of a model family: for those the gateway looks up a tokenizer."""
PORT: Final = 4000
PRICE_DIGITS: Final = 6


def gateway(setting: Setting) -> str:
    """The document as text. Raises `ValueError` if it let anything out that residency keeps, which is our fault."""
    document = document_of(setting)
    if found := lint.faults(bare(document), kept_of(setting)):
        raise ValueError(f"the gateway would let bound work out: {found[0]}")
    head = [said("gateway", "head", quoted(setting.evaluation.inputs.name), setting.plan_id)]
    head.append(said("gateway", "version", LEAST[0], LEAST[1]))
    return "\n".join(line for text in head for line in comment(text)) + "\n" + emit(document)


def kept_of(setting: Setting) -> dict[str, frozenset[str]]:
    """For each group that residency binds, the rows that may answer it: its own replicas, and within a region the
    endpoints whose record says that they stay in the EU."""
    found = {}
    for group in setting.groups:
        if group.locked and group.served:
            apis = {row_id(group, api): api for api in (group.overflow, group.outside) if api is not None}
            eu = {id for id, api in apis.items() if group.setup.kept == "region" and api.in_eu}
            found[group.name] = frozenset(eu | {row_id(group, None)})
    return found


def row_id(group: Group, api: ApiModel | None) -> str:
    """`own-tickets`, or `tickets-on-gpt-6-luna`."""
    return f"own-{group.name}" if api is None else f"{group.name}-on-{variable(api.id).lower().replace('_', '-')}"


def document_of(setting: Setting) -> dict[str, Any]:
    """The whole document, with its comments."""
    locked = [group.name for group in setting.groups if group.locked and group.served]
    router: dict[str, Any] = {
        "routing_strategy": "simple-shuffle",
        "num_retries": Noted(0, said("gateway", "retries")),
        "enable_pre_call_checks": Noted(True, said("gateway", "checks")),
        "cooldown_time": 15,
        "allowed_fails_policy": Noted(
            {"RateLimitErrorAllowedFails": 1000, "TimeoutErrorAllowedFails": 3, "InternalServerErrorAllowedFails": 3},
            said("gateway", "fails"),
        ),
        "retry_policy": {"RateLimitErrorRetries": 0, "InternalServerErrorRetries": 0, "TimeoutErrorRetries": 0},
    }
    if locked:
        shut: list[dict[str, list[str]]] = [{name: []} for name in locked]
        router |= {"fallbacks": Noted(shut, said("gateway", "locked"))}
        router |= {name: shut for name in lint.FALLBACKS if name != "fallbacks"}
    return {
        "model_list": [row for group in setting.groups for row in _rows(setting, group)],
        "router_settings": router,
        "litellm_settings": {
            "drop_params": True,
            "callbacks": [
                Noted("prometheus", said("gateway", "metrics")),
                Noted("usage_log.log", said("gateway", "usage")),
            ],
            "telemetry": False,
        },
        "general_settings": {"master_key": Noted(_secret("LITELLM_MASTER_KEY"), said("gateway", "key"))},
    }


def _rows(setting: Setting, group: Group) -> Iterator[Any]:
    if group.on_replicas:
        yield Noted(_own(setting, group), _own_note(group))
        if group.overflow is not None:
            yield Noted(_api(group, group.overflow, 2), said("gateway", "overflow", budget_hint(group)))
    elif group.outside is not None:
        key = "adapter" if group.route.destination == "dedicated" else "batch" if group.route.batch_tier else "outside"
        key = "crowded_out" if group.crowded_out else key
        yield Noted(_api(group, group.outside, None), said("gateway", key, quoted(group.workload.name)))


def budget_hint(group: Group) -> str:
    """Where the budget comes from, if there is one."""
    return said("gateway", "budget") if group.setup.outside_day_usd else ""


def _own_note(group: Group) -> str:
    kept = said("gateway", f"kept_{group.setup.kept}") if group.locked else ""
    return " ".join(filter(None, (said("gateway", "own", quoted(group.workload.name)), kept)))


def _own(setting: Setting, group: Group) -> dict[str, Any]:
    """The row of the replicas. A cap only where something takes what is beyond it: the rest waits at the engine."""
    _, replica = setting.fleet
    prefix = setting.prefix(group.setup.pool)
    engine = "hosted_vllm" if setting.engine == "vllm" else "openai"
    params: dict[str, Any] = {
        "model": f"{engine}/{SERVED}" if (asked := _own_model(setting, group)) is None else _secret(asked),
        "api_base": _secret(f"{prefix}_BASE_URL"),
        "api_key": _secret(f"{prefix}_API_KEY"),
        "order": 1,
    }
    if group.overflow is not None:
        params["max_parallel_requests"] = Noted(group.setup.in_flight, said("gateway", "cap"))
    price = to_digits(replica.usd_per_input_token, PRICE_DIGITS)
    params |= {
        "timeout": Noted(group.setup.longest_answer_s, said("gateway", "timeout")),
        "max_retries": 0,
        "input_cost_per_token": Noted(price, said("gateway", "price")),
        "cache_read_input_token_cost": price,
        "output_cost_per_token": to_digits(replica.usd_per_output_token, PRICE_DIGITS),
    }
    info = {"id": row_id(group, None), "mode": endpoint_of(group), "max_input_tokens": replica.max_context}
    return {"model_name": group.name, "litellm_params": params, "model_info": info}


def _own_model(setting: Setting, group: Group) -> str | None:
    """The variable that names what the replicas serve, where it is not for the export to say: an adapter of each work,
    or whatever a host calls it."""
    if setting.tuned == "adapters":
        return f"{variable(group.name)}_MODEL"
    return f"{setting.prefix(group.setup.pool)}_MODEL" if setting.at_host else None


def _api(group: Group, api: ApiModel, order: int | None) -> dict[str, Any]:
    """The row of an endpoint; its price is the plan's, as the gateway's own list may not know the model."""
    provider = provider_of(api)
    adapter = group.route.destination == "dedicated" and order is None
    name = _secret(f"{variable(group.name)}_MODEL") if adapter else model_name(api)
    params: dict[str, Any] = {"model": name, "api_key": _secret(provider.key)}
    params |= {key: _secret(held) for key, held in provider.more.items()}
    if order is not None:
        params["order"] = order
    params["timeout"] = group.setup.longest_answer_s
    if order is not None and group.setup.outside_day_usd:
        params |= {"max_budget": to_digits(group.setup.outside_day_usd, 3), "budget_duration": "1d"}
    params |= prices_of(api)
    info: dict[str, Any] = {"id": row_id(group, api), "mode": endpoint_of(group)}
    if api.context_window is not None:
        info["max_input_tokens"] = api.context_window
    return {"model_name": group.name, "litellm_params": params, "model_info": info}


def prices_of(api: ApiModel) -> dict[str, float]:
    """USD a token, of the base tier."""
    stated: Mapping[str, float | None] = {
        "input_cost_per_token": api.input_usd_per_mtok,
        "cache_read_input_token_cost": api.cache_read_usd_per_mtok,
        "cache_creation_input_token_cost": api.cache_write_usd_per_mtok,
        "output_cost_per_token": api.output_usd_per_mtok,
    }
    return {name: to_digits(price / MTOK, PRICE_DIGITS) for name, price in stated.items() if price is not None}


def _secret(name: str) -> str:
    return f"os.environ/{name}"


def variables_of(setting: Setting) -> tuple[str, ...]:
    """Every variable that the gateway reads, the address and key of the replicas first."""
    found: dict[str, None] = {}
    for group in setting.groups:
        if group.on_replicas:
            prefix = setting.prefix(group.setup.pool)
            asked = _own_model(setting, group)
            found |= dict.fromkeys((f"{prefix}_BASE_URL", f"{prefix}_API_KEY", *([asked] if asked else ())))
        for api in filter(None, (group.overflow, group.outside)):
            provider = provider_of(api)
            found |= dict.fromkeys((provider.key, *provider.more.values()))
            if group.outside is api and group.route.destination == "dedicated":
                found |= {f"{variable(group.name)}_MODEL": None}
    return (*found, "LITELLM_MASTER_KEY")
