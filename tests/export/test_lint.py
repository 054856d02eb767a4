"""Every way out of a bound group that somebody could write is found."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from planner.export.gateway import document_of, kept_of
from planner.export.lint import faults
from planner.export.yaml import bare
from tests.export.exported import EXAMPLES, OTHER, RANDOM, setting

Change = Callable[[dict[str, Any]], Any]
GROUP = "ward-notes"


def _document() -> dict[str, Any]:
    return copy.deepcopy(bare(document_of(setting("hospital"))))


@pytest.mark.parametrize("name", [*EXAMPLES, *RANDOM, *OTHER, "hostile"])
def test_what_is_exported_lets_nothing_out(name: str) -> None:
    document = bare(document_of(setting(name)))
    assert faults(document, kept_of(setting(name))) == []


def _row(name: str, id: str) -> dict[str, Any]:
    return {"model_name": name, "litellm_params": {"model": "openai/gpt-6-luna"}, "model_info": {"id": id}}


WAYS: dict[str, Change] = {
    "a fallback": lambda d: d["router_settings"]["fallbacks"].append({GROUP: ["staff-handbook"]}),
    "a fallback elsewhere": lambda d: d["litellm_settings"].update(fallbacks=[{GROUP: ["staff-handbook"]}]),
    "a fallback of everything": lambda d: d["router_settings"]["fallbacks"].append({"*": ["staff-handbook"]}),
    "a fallback for long prompts": lambda d: d["router_settings"]["context_window_fallbacks"].append({GROUP: ["x"]}),
    "a fallback for refused content": lambda d: d["router_settings"]["content_policy_fallbacks"].append({GROUP: ["x"]}),
    "a default": lambda d: d["router_settings"].update(default_fallbacks=["staff-handbook"]),
    "a default elsewhere": lambda d: d["litellm_settings"].update(default_fallbacks=["staff-handbook"]),
    "a default deployment": lambda d: d["router_settings"].update(default_deployment={"model": "x"}),
    "its own list gone": lambda d: d["router_settings"].update(fallbacks=[]),
    "the table gone": lambda d: d["router_settings"].pop("fallbacks"),
    "another row of its name": lambda d: d["model_list"].append(_row(GROUP, "outside")),
    "a row without an id": lambda d: d["model_list"].append({"model_name": GROUP, "litellm_params": {}}),
    "a pattern": lambda d: d["model_list"].append(_row("*", "outside")),
    "a narrower pattern": lambda d: d["model_list"].append(_row("ward-*", "outside")),
    "an alias to it": lambda d: d["router_settings"].update(model_group_alias={"wards": GROUP}),
    "a hidden alias to it": lambda d: d["router_settings"].update(model_group_alias={"w": {"model": GROUP}}),
    "an alias of its name": lambda d: d["router_settings"].update(model_group_alias={GROUP: "staff-handbook"}),
    "fallbacks of its row": lambda d: _own(d)["litellm_params"].update(fallbacks=["staff-handbook"]),
    "its row gone": lambda d: d["model_list"].remove(_own(d)),
}  # fmt: skip


def _own(document: dict[str, Any]) -> Any:
    return next(row for row in document["model_list"] if row["model_name"] == GROUP)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_out_is_found(way: str) -> None:
    document = _document()
    WAYS[way](document)
    assert faults(document, kept_of(setting("hospital")))


def test_free_groups_may_do_as_they_like() -> None:
    document = _document()
    document["router_settings"]["fallbacks"].append({"staff-handbook": ["x"]})
    document["router_settings"]["model_group_alias"] = {"handbook": "staff-handbook"}
    assert faults(document, kept_of(setting("hospital"))) == []


def test_work_bound_to_a_region_is_answered_there_alone() -> None:
    there = setting("bound-to-region")
    apis = there.evaluation.catalog.apis
    bound = [group for group in there.groups if group.locked]
    assert bound
    for group in bound:
        named = [api for api in (group.overflow, group.outside) if api is not None]
        assert all(apis[api.id].in_eu for api in named)
    elsewhere = next(group for group in bound if group.overflow is not None or group.outside is not None)
    document = bare(document_of(there))
    kept = {name: ids - {id for id in ids if "-on-" in id} for name, ids in kept_of(there).items()}
    assert [fault for fault in faults(document, kept) if elsewhere.name in fault]
