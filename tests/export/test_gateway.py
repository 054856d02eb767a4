"""The gateway's document: a group for each workload, its share of what the replicas sustain, the plan's own prices."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Set
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.engine.rollout import shares_of
from planner.export.gateway import gateway, kept_of, row_id, variables_of
from planner.export.groups import unique
from tests.export.exported import EXAMPLES, HOSTILE, OTHER, RANDOM, evaluated, files, read, setting

ALL = (*EXAMPLES, *RANDOM, *OTHER, "fine-tuned-8b", "article-100m", "embeddings", "coding-agent")


def _rows(name: str) -> list[Any]:
    found: list[Any] = read(files(name)["litellm.yaml"])["model_list"]
    return found


@pytest.mark.parametrize("name", ALL)
def test_every_workload_has_a_group_that_its_route_answers(name: str) -> None:
    groups = setting(name).groups
    assert [group.workload.name for group in groups] == [work.name for work in evaluated(name).inputs.workload]
    for group in groups:
        rows = [row for row in _rows(name) if row["model_name"] == group.name]
        assert bool(rows) == (group.route.destination != "none")
        own = [row for row in rows if row["model_info"]["id"].startswith("own-")]
        assert len(own) == (group.route.destination == "self_host" and not group.crowded_out)


@pytest.mark.parametrize("name", ALL)
def test_ids_are_unique(name: str) -> None:
    ids = [row["model_info"]["id"] for row in _rows(name)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", [*ALL, *(f"random-{seed}" for seed in range(4, 12))])
def test_caps_stay_within_what_the_replicas_sustain(name: str) -> None:
    caps = {row["model_info"]["id"]: row["litellm_params"].get("max_parallel_requests", 0) for row in _rows(name)}
    for place, pool in enumerate(setting(name).rollout.pools):
        groups = [group for group in setting(name).groups if group.setup.pool == place]
        own = [caps[row_id(group, None)] for group in groups if group.overflow is not None]
        assert sum(own) <= pool.in_flight
        assert all(cap >= 1 for cap in own)


@given(
    st.integers(0, 40),
    st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=9),
    st.sets(st.integers(0, 8)),
    st.randoms(),
)
def test_no_sum_of_shares_passes_the_pool(in_flight: int, work: list[float], leave: set[int], chance: Random) -> None:
    rows = dict(enumerate(work))
    shares = shares_of(in_flight, rows, leave)
    assert set(shares) == set(rows)
    capped, bound = [shares[row] for row in rows if row in leave], [shares[row] for row in rows if row not in leave]
    assert sum(capped) <= in_flight
    assert sum(shares.values()) == max(in_flight, len(bound))
    assert all(share >= 1 for share in bound)
    left = [rows[row] for row in rows if row in leave and not shares[row]]
    assert not left or len(rows) > in_flight
    assert not left or max(left) <= min([rows[row] for row in rows if row in leave and shares[row]], default=math.inf)
    assert _most_in_flight(shares, leave, chance) <= in_flight


def _most_in_flight(shares: Mapping[int, int], leave: Set[int], chance: Random) -> int:
    """What a gateway that counts each capped group apart ever lets through, of calls that come and end at random."""
    inside, most = Counter[int](), 0
    for _ in range(200):
        row = chance.choice(sorted(shares))
        if chance.random() < 0.3:
            inside[row] = max(inside[row] - 1, 0)
        elif row in leave and inside[row] < shares[row]:
            inside[row] += 1
        most = max(most, inside.total())
    return most


def test_work_that_is_crowded_out_leaves_at_once_and_is_told() -> None:
    there = setting("random-2")
    (group,) = [group for group in there.groups if group.crowded_out]
    (row,) = [row for row in _rows("random-2") if row["model_name"] == group.name]
    assert row["model_info"]["id"] == row_id(group, group.outside)
    assert "order" not in row["litellm_params"]
    assert group.name in files("random-2")["README.md"].partition("## What is not proven")[2]
    assert there.rollout.p95_day_outside_usd == group.setup.outside_day_usd


@pytest.mark.parametrize("name", ["bulk-classifier", "hospital", *RANDOM])
def test_own_prices_add_up_to_the_plan(name: str) -> None:
    replica, choice = setting(name).rollout.replica, setting(name).rollout.choice
    assert replica is not None
    assert choice is not None
    row = next(row for row in _rows(name) if row["model_info"]["id"].startswith("own-"))["litellm_params"]
    spent = row["input_cost_per_token"] * replica.input_tokens_per_month
    spent += row["output_cost_per_token"] * replica.output_tokens_per_month
    assert spent == pytest.approx(replica.monthly_cost * evaluated(name).usd_per_unit, rel=1e-4)
    assert row["cache_read_input_token_cost"] == row["input_cost_per_token"]


def test_bound_work_has_one_row_and_empty_fallbacks() -> None:
    document = read(files("hospital")["litellm.yaml"])
    for name in ("discharge-letters", "diagnosis-codes", "ward-notes"):
        rows = [row for row in document["model_list"] if row["model_name"] == name]
        assert [row["model_info"]["id"] for row in rows] == [f"own-{name}"]
        assert "max_parallel_requests" not in rows[0]["litellm_params"]
        for table in ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks"):
            assert {name: []} in document["router_settings"][table]
    assert set(kept_of(setting("hospital"))) == {"discharge-letters", "diagnosis-codes", "ward-notes"}
    assert "default_fallbacks" not in files("hospital")["litellm.yaml"]


def test_what_may_overflow_has_a_cap_and_a_budget() -> None:
    rows = {row["model_info"]["id"]: row["litellm_params"] for row in _rows("bulk-classifier")}
    own, over = rows["own-listing-labels"], rows["listing-labels-on-claude-haiku-5-5"]
    assert (own["order"], over["order"]) == (1, 2)
    assert own["max_parallel_requests"] == setting("bulk-classifier").groups[0].setup.in_flight
    assert over["max_budget"] > 0
    assert over["budget_duration"] == "1d"


def test_a_plan_on_apis_has_no_word_of_gpus() -> None:
    found = files("claude-8k-a-month")
    assert not [path for path in found if path.startswith(("serve/", "kubernetes/"))]
    told = "".join(text for path, text in found.items() if path not in ("README.md", "report.html", "plan.toml"))
    assert not re.search(r"gpu|vllm|replica", told, re.I)


@pytest.mark.parametrize("name", [*ALL, "hostile"])
def test_keys_are_named_and_never_written(name: str) -> None:
    text = files(name)["litellm.yaml"]
    for row in _rows(name):
        assert re.fullmatch(r"os\.environ/[A-Z0-9_]+", row["litellm_params"]["api_key"])
    named = set(re.findall(r"os\.environ/([A-Z0-9_]+)$", text, re.M))
    assert named == set(variables_of(setting(name)))


def test_names_that_want_to_be_structure_are_only_names() -> None:
    document = read(files("hostile")["litellm.yaml"])
    names = {row["model_name"] for row in document["model_list"]}
    assert names == set(unique(HOSTILE))
    assert set(document) == {"model_list", "router_settings", "litellm_settings", "general_settings"}


def test_no_two_works_share_a_name() -> None:
    assert unique(["A b", "a-B", "a b!", "", "日本", "x" * 99]) == ["a-b", "a-b-2", "a-b-3", "work", "work-2", "x" * 48]


def test_a_document_that_lets_bound_work_out_is_never_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.export.lint.faults", lambda document, kept: ["ward-notes: x answers it"])
    with pytest.raises(ValueError, match="would let bound work out"):
        gateway(setting("hospital"))
