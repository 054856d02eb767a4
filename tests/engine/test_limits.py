"""What an endpoint takes of one customer: prompts in its own tokens, tokens and requests a minute, answers in time."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.carry import Carry
from planner.engine.demand import load_of
from planner.engine.limits import Limits, tokens_per_minute
from planner.engine.specs import ApiModel, Evaluation, Inputs, Objectives, Volume, Workload
from planner.evaluate import evaluate
from planner.words.refusals import because
from planner.words.warnings import notice_lines
from tests.engine import plans

CATALOG = shipped_catalog()
HOME = CATALOG.apis["gpt-4o-mini"]
HOST = replace(HOME, id="host", provider="somebody", context_window=100_000, tokenizer="")
WORK = plans.workload()


def limits(work: Workload = WORK, most: float = 4e6, **asked: float) -> Limits:
    inputs = replace(plans.plan(work, volume=Volume(baseline_api=HOME.id)), objectives=Objectives(**asked))
    return Limits(inputs, CATALOG, Carry(home={None: HOME}), most, {})


def ground(found: Limits, api: ApiModel, per_minute: float = 1e3, work: Workload = WORK) -> str:
    why = found.obstacle(work, api, per_minute)
    return "" if why is None else why.ground


def test_a_prompt_is_measured_in_the_tokens_of_the_model_that_reads_it() -> None:
    """90,000 tokens of JSON today are 107,000 on Qwen 3, more than its window; prose fits."""
    longest = replace(WORK, max_context=90_000)
    qwen = replace(HOST, tokenizer="qwen-3")
    assert ground(limits(), qwen, work=replace(longest, text="json")) == "context"
    assert ground(limits(), qwen, work=longest) == ""
    assert ground(limits(), HOST, work=replace(longest, text="json")) == ""


@pytest.mark.parametrize(
    ("api", "per_minute", "expected"),
    [
        (HOST, 3.9e6, ""),
        (HOST, 4.1e6, "shared"),
        (HOME, 4.1e6, ""),
        (replace(HOST, provider=HOME.provider), 4.1e6, ""),
        (replace(HOST, tokens_per_minute=5e6), 4.1e6, ""),
        (replace(HOST, tokens_per_minute=5e6), 5.1e6, "shared"),
        (replace(HOST, provider=HOME.provider, tokens_per_minute=1e6), 1.1e6, "shared"),
        (replace(HOST, requests_per_minute=1_000), 970_000, "requests"),
        (replace(HOST, requests_per_minute=1_000), 950_000, ""),
    ],
)  # fmt: skip
def test_a_shared_endpoint_takes_so_much_and_today_is_served_already(
    api: ApiModel, per_minute: float, expected: str
) -> None:
    assert ground(limits(), api, per_minute) == expected


def test_a_route_set_by_hand_is_bound_by_a_stated_limit_only() -> None:
    sent = replace(WORK, route="hosted_open")
    assert ground(limits(), HOST, 4.1e6, sent) == ""
    assert ground(limits(), replace(HOST, tokens_per_minute=4e6), 4.1e6, sent) == "shared"


def test_speed_is_held_to_the_objectives_where_it_is_known() -> None:
    voice = limits(ttft_ms_p95=300.0, tpot_ms=20.0)
    assert ground(voice, HOST) == ""
    assert ground(voice, replace(HOST, ttft_ms_p95=700.0)) == "slow"
    assert ground(voice, replace(HOST, tpot_ms=25.0)) == "slow"
    assert ground(voice, replace(HOST, ttft_ms_p95=250.0, tpot_ms=15.0)) == ""
    assert ground(voice, replace(HOST, ttft_ms_p95=700.0), work=replace(WORK, latency="background")) == ""


def test_the_busiest_hour_counts_and_the_mean_day_of_work_that_can_wait() -> None:
    work = replace(WORK, tokens_per_day=1_440e6)
    load = load_of(plans.plan(work, volume=Volume(profile="office-hours")), CATALOG, 0.2)
    assert tokens_per_minute(work, load, 0) == pytest.approx(1e6 * load.hours[0].max())
    assert tokens_per_minute(replace(work, latency="background"), load, 0) == pytest.approx(1e6)


def evaluated(*work: Workload, **sections: object) -> Evaluation:
    inputs: Inputs = plans.plan(*work, volume=Volume(baseline_api="gpt-4.1"), **sections)
    return evaluate(inputs, CATALOG, plans.AS_OF)


@pytest.mark.parametrize("parts", [1, 8])
def test_ten_billion_a_day_do_not_go_to_one_shared_endpoint(parts: int) -> None:
    """Whole or in parts: what one workload takes of an endpoint is not there for the next."""
    found = evaluated(*(replace(WORK, name=f"part {i}", tokens_per_day=1e10 / parts) for i in range(parts)))
    most = CATALOG.assumptions["shared_endpoint_tokens_per_minute"].mid
    sent: dict[str, float] = {}
    for route, work in zip(found.routes, found.inputs.workload, strict=True):
        if route.destination in ("api", "hosted_open") and CATALOG.apis[route.model or ""].provider != "OpenAI":
            sent[route.model or ""] = sent.get(route.model or "", 0.0) + work.tokens_per_day / 1440
    assert all(volume <= most for volume in sent.values())
    if parts == 1:
        assert any("without a contract" in line for line in notice_lines(found))


def test_a_stated_limit_lets_a_contract_take_it() -> None:
    big = replace(WORK, tokens_per_day=1e10)
    cheap = replace(CATALOG.apis["openrouter/qwen/qwen3-8b"], level="solid")
    for limit, goes in ((None, False), (1e9, True)):
        apis = MappingProxyType({"gpt-5.2": CATALOG.apis["gpt-5.2"], cheap.id: replace(cheap, tokens_per_minute=limit)})
        inputs = plans.plan(big, volume=Volume(baseline_api="gpt-5.2"))
        found = evaluate(inputs, replace(CATALOG, apis=apis), plans.AS_OF)
        used = {p.id for p in found.prices_used}
        assert (cheap.id in used) == goes


def test_what_nobody_states_is_said_where_the_plan_asks_for_more_than_usual() -> None:
    def unknown(found: Evaluation) -> list[str]:
        return [n.api for n in found.notices if n.kind == "speed_unknown"]

    usual, strict = evaluated(WORK), evaluated(WORK, objectives=Objectives(ttft_ms_p95=300.0, tpot_ms=20.0))
    assert unknown(usual) == []
    assert len(unknown(strict)) == 1


def test_each_limit_is_said_with_its_figures() -> None:
    assert "6.9M tokens a minute" in because(limits().obstacle(WORK, HOST, 6.9e6))  # type: ignore[arg-type]
    slow = replace(HOST, ttft_ms_p95=700.0)
    assert "700" in because(limits(ttft_ms_p95=300.0).obstacle(WORK, slow, 1.0))  # type: ignore[arg-type]
