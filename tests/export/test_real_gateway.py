"""The exported document in the real LiteLLM proxy, with one mock server for the replicas and one for every provider.

Expected, before it was run: a name is answered by its first row; a full or failing first row hands over to the second
at once; a 429 of the server rests nothing; a spent budget is an error; nothing of a bound group ever leaves.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from planner.evidence.track.held import held
from planner.evidence.usage.read import Asked, read_usage
from planner.export.gateway import row_id
from planner.export.groups import Group, Setting, endpoint_of
from planner.export.signals import GATEWAY
from planner.export.smoke import smoke_test
from planner.plan.places import example_path
from planner.plan.store import load
from tests.export.exported import EXAMPLES, RANDOM, files, read, setting
from tests.export.proxy import EXECUTABLE, USAGE, Gateway, Reply, running

pytestmark = [
    pytest.mark.gateway,
    pytest.mark.skipif(EXECUTABLE not in os.environ, reason="python -m tests.export.check installs the proxy"),
]
BEYOND = 3
MOST_AT_ONCE = 200
"""Calls that two cores hold open side by side."""


@pytest.fixture(name="world", scope="module", params=[*EXAMPLES, *RANDOM, "fine-tuned-8b", "embeddings"])
def _world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Setting, Gateway]]:
    name: str = request.param
    with running(setting(name), files(name)["litellm.yaml"], tmp_path_factory.mktemp(name)) as gateway:
        yield setting(name), gateway


World = tuple[Setting, Gateway]


@pytest.fixture(autouse=True)
def _as_at_first(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "world" in request.fixturenames:
        _, gateway = request.getfixturevalue("world")
        for mock in (gateway.own, gateway.outside):
            mock.status, mock.usage, mock.cached = 200, (1000, 100), 0
            mock.hold.set()
            mock.forget()


def _first(group: Group) -> str:
    return row_id(group, None if group.on_replicas else group.outside)


def _overflowing(there: Setting) -> list[Group]:
    """The smallest cap first."""
    found = [group for group in there.groups if group.overflow is not None]
    return sorted(found, key=lambda group: group.setup.in_flight or 0)


def _say(reply: Reply) -> str:
    return f"{reply.status} by {reply.row}: {reply.body[:300]}"


def test_every_name_is_answered_by_its_first_row(world: World) -> None:
    there, gateway = world
    for group in there.groups:
        reply = gateway.call(group.name, endpoint_of(group))
        assert (reply.status, reply.row) == (200, _first(group)), _say(reply)
    own = [group for group in there.groups if group.on_replicas]
    assert len(gateway.own.calls) == len(own)
    assert {model for _, model in gateway.own.calls} <= {"own-model"}
    assert len(gateway.outside.calls) == len(there.groups) - len(own)


@pytest.mark.parametrize("cached", [0, 1000])
def test_own_tokens_cost_what_the_plan_says(world: World, cached: int) -> None:
    """Also where the engine says how much of a prompt was in its cache."""
    there, gateway = world
    own = [group for group in there.groups if group.on_replicas]
    if not own:
        return
    _, replica = there.fleet
    each = 1e6 / (replica.input_tokens_per_month + replica.output_tokens_per_month)
    gateway.own.usage = round(replica.input_tokens_per_month * each), round(replica.output_tokens_per_month * each)
    gateway.own.cached = cached
    before = gateway.metric("litellm_spend_metric_total").get(row_id(own[0], None), 0.0)
    reply = gateway.call(own[0].name)
    planned = replica.monthly_cost * there.evaluation.usd_per_unit * each
    assert reply.cost == pytest.approx(planned, rel=0.01)
    for _ in range(100):  # the log is written after the answer
        spent = gateway.metric("litellm_spend_metric_total").get(row_id(own[0], None), 0.0) - before
        if spent > 0:
            break
    assert spent == pytest.approx(planned, rel=0.01)


def test_beyond_the_cap_it_overflows_and_no_more_are_ever_in_flight(world: World) -> None:
    there, gateway = world
    for group in _overflowing(there)[:1]:
        cap = group.setup.in_flight or 0
        gateway.own.forget()
        gateway.own.hold.clear()
        asked = gateway.later(group.name, cap + BEYOND)
        assert gateway.own.wait_for(cap, 100)
        assert gateway.outside.wait_for(BEYOND, 100)
        gateway.own.hold.set()
        rows = [reply.result(120) for reply in asked]
        assert {reply.status for reply in rows} == {200}
        assert gateway.own.most <= cap
        assert sorted({reply.row for reply in rows}) == sorted({row_id(group, None), row_id(group, group.overflow)})
        assert sum(reply.row == row_id(group, None) for reply in rows) == cap
        reply = gateway.call(group.name)
        assert reply.row == row_id(group, None), _say(reply)


def test_all_names_at_once_never_pass_what_the_replicas_sustain(world: World) -> None:
    """Each cap is counted apart; only their sum is what the plan promises."""
    there, gateway = world
    groups = _overflowing(there)
    caps = sum(group.setup.in_flight or 0 for group in groups)
    if not groups or caps > MOST_AT_ONCE:
        return
    gateway.own.forget()
    gateway.own.hold.clear()
    asked = [call for group in groups for call in gateway.later(group.name, (group.setup.in_flight or 0) + BEYOND)]
    assert gateway.own.wait_for(caps, 100)
    assert gateway.outside.wait_for(BEYOND * len(groups), 100)
    gateway.own.hold.set()
    assert {reply.result(120).status for reply in asked} == {200}
    assert gateway.own.most <= caps <= sum(pool.in_flight for pool in there.rollout.pools)


def test_a_full_server_hands_over_and_is_asked_again_at_once(world: World) -> None:
    there, gateway = world
    for group in _overflowing(there):
        gateway.own.status = 429
        reply = gateway.call(group.name)
        assert (reply.status, reply.row) == (200, row_id(group, group.overflow)), _say(reply)
        gateway.own.status = 200
        reply = gateway.call(group.name)
        assert (reply.status, reply.row) == (200, row_id(group, None)), _say(reply)


def test_what_is_watched_is_there(world: World) -> None:
    there, gateway = world
    gateway.ask("POST", "/v1/chat/completions", {"model": "nobody", "messages": []})
    gateway.call(there.groups[0].name, endpoint_of(there.groups[0]))
    missing = list(GATEWAY.values())
    for _ in range(100):  # some are counted after the answer
        told = gateway.ask("GET", "/metrics/").body
        missing = [name for name in missing if f"\n{name}{{" not in told]
        if not missing:
            break
    assert missing == []


def _smoke(there: Setting, gateway: Gateway, folder: Path, step: str) -> subprocess.CompletedProcess[str]:
    (folder / "smoke-test.sh").write_text(smoke_test(there))
    env = {"PATH": os.environ["PATH"], "LITELLM_MASTER_KEY": gateway.key, "GATEWAY": f"http://127.0.0.1:{gateway.port}"}
    return subprocess.run(["bash", "smoke-test.sh", step], cwd=folder, env=env, capture_output=True, text=True)


def test_the_smoke_test_sees_what_is_right_and_what_is_not(world: World, tmp_path: Path) -> None:
    there, gateway = world
    done = _smoke(there, gateway, tmp_path, "plain")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.count("ok ") == len(there.groups)
    own = [group for group in there.groups if group.on_replicas]
    if own:
        assert _smoke(there, gateway, tmp_path, "down").returncode == 1
    gateway.own.status = 503
    if own:
        done = _smoke(there, gateway, tmp_path, "down")
        assert done.returncode == 0, done.stdout
        assert _smoke(there, gateway, tmp_path, "plain").returncode == 1
    if _overflowing(there) and (_overflowing(there)[-1].setup.in_flight or 0) < 20:
        gateway.own.status = 200
        done = _smoke(there, gateway, tmp_path, "burst")
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("status", [500, 503, 0])
def test_a_server_that_fails_hands_over_and_keeps_what_is_bound(world: World, status: int) -> None:
    there, gateway = world
    gateway.own.status = status
    for group in (group for group in there.groups if group.on_replicas):
        gateway.outside.forget()
        reply = gateway.call(group.name)
        if group.overflow is None:
            assert reply.status >= 400, _say(reply)
            assert gateway.outside.calls == []
        else:
            assert (reply.status, reply.row) == (200, row_id(group, group.overflow)), _say(reply)


def test_a_spent_budget_is_an_error_and_goes_nowhere(world: World) -> None:
    """The last of a plan: what is spent stays spent."""
    there, gateway = world
    gateway.own.status = 429
    for group in _overflowing(there)[:1]:
        assert group.overflow is not None
        budget = group.setup.outside_day_usd or 0.0
        gateway.outside.usage = round(budget / group.overflow.input_usd_per_mtok * 1e6 * 1.1) + 1, 0
        first = gateway.call(group.name)
        assert (first.status, first.row) == (200, row_id(group, group.overflow)), _say(first)
        replies = [gateway.call(group.name) for _ in range(20)]
        assert replies[-1].status >= 400, _say(replies[-1])


LOOSE: dict[str, dict[str, Any]] = {
    "defaults": {"router_settings": {"default_fallbacks": ["staff-handbook"]}},
    "defaults elsewhere": {"litellm_settings": {"default_fallbacks": ["staff-handbook"]}},
}


@pytest.mark.parametrize("way", LOOSE)
def test_bound_work_stays_even_where_somebody_adds_a_default(way: str, tmp_path: Path) -> None:
    there = setting("hospital")
    with running(there, files("hospital")["litellm.yaml"], tmp_path, LOOSE[way]) as gateway:
        for status in (500, 429):
            gateway.own.status = status
            for group in (group for group in there.groups if group.locked):
                reply = gateway.call(group.name)
                assert reply.status >= 400, _say(reply)
        assert gateway.outside.calls == []


SPEND_ROWS = """
import json, os
from litellm.integrations.custom_logger import CustomLogger
from litellm.proxy.spend_tracking.spend_tracking_utils import get_logging_payload


class Rows(CustomLogger):
    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        row = get_logging_payload(kwargs, response_obj, start_time, end_time)
        with open(os.path.join(os.environ["USAGE_LOG"], "..", "spend.jsonl"), "a") as file:
            file.write(json.dumps(row, default=str) + "\\n")


rows = Rows()
"""
"""What the gateway would put into its table of spend, by its own function: it needs a database for the table itself."""


@pytest.mark.parametrize("name", ["bulk-classifier", "hospital"])
def test_track_reads_what_the_gateway_leaves(name: str, tmp_path: Path) -> None:
    there = setting(name)
    document = read(files(name)["litellm.yaml"])
    callbacks = [*document["litellm_settings"]["callbacks"], "spend_rows.rows"]
    (tmp_path / "spend_rows.py").write_text(SPEND_ROWS)
    with running(
        there, files(name)["litellm.yaml"], tmp_path, {"litellm_settings": {"callbacks": callbacks}}
    ) as gateway:
        gateway.own.cached = 400
        for place, group in enumerate(there.groups):
            for _ in range(place + 1):
                assert (gateway.stream if place % 2 else gateway.call)(group.name).status == 200
        gateway.own.status = 429
        over = [group for group in there.groups if group.overflow is not None]
        for group in over:
            assert gateway.call(group.name).row == row_id(group, group.overflow)
        wanted = sum(range(1, len(there.groups) + 1)) + len(over)
        logs = (tmp_path / USAGE, tmp_path / "spend.jsonl")
        for _ in range(1000):  # both are written after the answer
            gateway.ask("GET", "/health/liveliness")
            if all(_lines(path) == wanted for path in logs):
                break
    plan = load(example_path(name)).plan
    for path, by in zip(logs, ("", "group"), strict=True):
        found = held(plan, read_usage(path, Asked(workload_by=by)), there.evaluation.catalog, there.evaluation.as_of)
        assert (found.together, found.not_in_log) == ((), ())
        works = {work.name: work.seen[0] for work in found.works}
        assert set(works) == {group.workload.name for group in there.groups}
        for place, group in enumerate(there.groups):
            seen, calls = works[group.workload.name], place + 1 + (group in over)
            assert seen.volume is not None
            assert seen.tokens_per_day == pytest.approx(1100 * calls)
            assert seen.volume.cached_share == pytest.approx(0.4 * (place + 1) / calls)
            assert seen.unpriced_share == 0
            assert seen.logged is not None
            assert seen.priced == pytest.approx(seen.logged, rel=1e-3)


def _lines(path: Path) -> int:
    held = sorted(path.iterdir()) if path.is_dir() else [path] if path.exists() else []
    return sum(file.read_text().count("\n") for file in held)
