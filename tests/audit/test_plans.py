"""Plans of thirty kinds get the verdict that an expert gives, and that a second implementation comes to by itself.

`deciding` works out what each plan should do from its answers and the catalogue; here it is held against the planner:
the recommendation, the endpoints in their order, every total. What an expert says of a plan stands in `SAID`, with why.
Totals are of 12 months in the plan's currency; they move with the catalogue, so an expert gives an order of magnitude.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.decision import costed_plan
from planner.engine.specs import Catalog, Evaluation, Inputs
from planner.evaluate import evaluate
from planner.plan.inputs import to_inputs
from planner.plan.prices import overlaid_catalog
from planner.plan.store import load
from planner.words import next_steps, reasons, warnings
from tests.audit import deciding
from tests.audit.fleets import fleets_of

FOLDER = Path(__file__).parents[1] / "data" / "plans"
TODAY = date(2026, 11, 28)
API, HOSTED, OWN = ("api",), ("hosted_open",), ("self_host", "hybrid")
CHEAP = ("*haiku-5-5", "*gpt-6-luna")
"""The small closed models of late 2026."""
OPEN = ("*deepseek*flash*", "*glm*flash*", "*qwen3.8*", "*gpt-oss*")


@dataclass(frozen=True)
class Said:
    """What an expert says of a plan."""

    because: str
    what: tuple[str, ...]
    """Recommendations that are right."""
    models: tuple[str, ...]
    """Shapes of the model's id that the work may go to."""
    least: float
    most: float
    named: tuple[str, ...] = ()
    """Notices that must be there."""


SAID = {
    "tiny-chat": Said("any API; the model ends", API, (*CHEAP, "gemini-*-flash-lite"), 1, 20, ("retires",)),
    "batch-enrichment": Said(
        "a small model of 2026 in batch, closed or open, no model of 2024; today's ends",
        API + HOSTED, (*CHEAP, *OPEN, "gemini-*-flash-lite"), 5_000, 11_500, ("retires",),
    ),
    "long-reasoning": Said(
        "a frontier model for less; the effort sets the answer's length",
        API, ("*sonnet-5-5", "*gpt-6.1-*", "*gpt-6-sol"), 15_000, 90_000,
    ),
    "eu-region": Said(
        "a cloud's EU endpoint, in the tokens of its own tokenizer",
        API, ("aws-bedrock/eu.*haiku-5-5", "azure/eu/gpt-6-luna"), 3_700, 5_500, ("today_misses",),
    ),
    "idle-gpus": Said("the cards are paid, the people are not", API, CHEAP, 3_000, 8_000),
    "negotiated-discount": Said(
        "a small model at list price beats a large one at 40 % off, unless that hangs on a promised spend",
        API + HOSTED, (*CHEAP, *OPEN), 20_000, 35_000,
    ),
    "ten-billion": Said(
        "own GPUs: no shared endpoint takes 10M tokens a minute, and the model is proven",
        OWN, ("Qwen/Qwen3-8B",), 90_000, 250_000, ("beyond_shared",),
    ),
    "legacy-gpt-4o": Said("a small model of 2026; today's ends in seven weeks",
        API + HOSTED, (*CHEAP, *OPEN), 1_000, 3_000, ("retires",)),
    "voice": Said("a small model that does not think; how fast it begins nobody states",
        API, CHEAP, 500, 1_600, ("speed_unknown",)),
    "air-gapped": Said("bought servers of workstation cards", ("self_host",), ("Qwen/*", "zai-org/*", "openai/*"),
        60_000, 130_000, ("no_api_may", "served_from")),
    "falling-volume": Said("an API: a fleet would idle", API, CHEAP, 4_000, 10_000),
    "hosted-llama": Said("a small closed model or a better open one: nearly the same; today's ends",
        API + HOSTED, (*CHEAP, *OPEN), 6_000, 11_500, ("retires",)),
    "embeddings-ten-billion": Said(
        "a small embedding model fills a few of a host's smallest cards around the clock for half of what the vendor's "
        "costs in batch; the people who would run one card cost more than either",
        (*API, "dedicated"), ("text-embedding-3-small", "nomic-ai/*"), 12_000, 50_000, ("beyond_shared", "embed_anew"),
    ),
    "cached-agents": Said(
        "agents stay on a frontier API: the price of a cache read decides, and a part of the hits is lost on the way",
        API, ("*gpt-6.1-*", "*sonnet-5-5"), 60_000, 130_000, ("cache_moved",),
    ),
    "retail-season": Said("an API that is paid by the token, billed month by month",
        API, CHEAP, 2_000, 6_000, ("months_jump",)),
    "german-contracts": Said("an EU endpoint, in German tokens",
        API, ("aws-bedrock/eu.*haiku-5-5", "azure/eu/gpt-6-luna"), 8_000, 14_000, ("today_misses",)),
    "idle-gpus-and-people": Said("nothing is left to pay, and the model is proven",
        OWN, ("Qwen/Qwen3.8-27B",), 0, 1_000),
    "long-contexts": Said("only windows that hold the longest prompt in their own tokens",
        API, CHEAP, 8_000, 18_000),
    "code-completion": Said("only what fills in the middle, today's or a hosted coder",
        API + HOSTED, ("codestral*", "*qwen3-coder*"), 8_000, 31_000),
    "spend-with-shortfall": Said("a small model of the same vendor: its use is paid by the promised spend",
        API, ("claude-haiku-5-5",), 295_000, 305_000, ("commitment_owed",)),
    "credits-that-end": Said("a small model; most of the credit ends unused",
        API, CHEAP, 1_500, 5_000, ("commitment_unused",)),
    "night-batch": Said("the batch tier of a small model; own GPUs would idle by day", API, CHEAP, 25_000, 60_000),
    "small-weights-inside": Said("own weights on data that stay inside run at home, however small",
        OWN, ("Qwen/Qwen3-4B",), 40_000, 70_000, ("no_api_may",)),
    "scanned-invoices": Said("an API that reads images; today's ends in days", API, CHEAP, 5_000, 10_000, ("retires",)),
    "thinking-analysts": Said("a frontier model that thinks as today's does",
        API, ("*gpt-6.1-*", "*sonnet-5-5", "*gpt-6-sol"), 25_000, 75_000),
    "ends-in-two-weeks": Said("whatever replaces it costs about the same",
        API + HOSTED, (*CHEAP, *OPEN), 6_000, 10_000, ("retires",)),
    "two-regions": Said("each region at its own endpoint",
        API, CHEAP, 6_000, 12_000, ("today_misses",)),
    "hobby": Said("pocket money: not worth testing another model", API, ("claude-haiku-4-5",), 0, 5),
    "judged-too-hard": Said("the judgement keeps it on closed frontier models, in batch",
        API, ("*gpt-6.1-*", "*sonnet-5-5", "*gpt-6-sol"), 150_000, 520_000),
    "many-adapters": Said("3.6 % of a fleet would be busy: adapters by the token, or one endpoint by the hour",
        ("dedicated",), ("wandb/meta-llama/llama-3.1-8b-instruct",), 1_000, 10_000),
}  # fmt: skip


@cache
def read(name: str) -> tuple[Inputs, Catalog]:
    plan = load(FOLDER / f"{name}.toml").plan
    return to_inputs(plan), overlaid_catalog(shipped_catalog(), plan)


@cache
def evaluated(name: str) -> Evaluation:
    return evaluate(*read(name), TODAY)


@cache
def decided(name: str) -> tuple[deciding.Case, deciding.Decision, list[deciding.Fleet]]:
    stage = costed_plan(*read(name), TODAY)
    case, fleets = deciding.Case(stage.inputs, stage.catalog, TODAY), fleets_of(stage)
    return case, deciding.decide(case, fleets, evaluated(name).verdict.probability_cheaper), fleets


def total(found: Evaluation) -> float:
    assert found.recommended is not None
    return float(found.recommended.total)


def test_every_plan_has_an_expert() -> None:
    assert {p.stem for p in FOLDER.glob("*.toml")} == {*SAID}
    assert len(SAID) >= 26


@pytest.mark.parametrize("name", SAID)
def test_the_verdict_is_an_experts(name: str) -> None:
    said, found = SAID[name], evaluated(name)
    assert found.verdict.recommendation in said.what, said.because
    for route in found.routes:
        assert any(fnmatch(route.model.lower(), shape.lower()) for shape in said.models), (route.model, said.because)
    assert said.least <= total(found) <= said.most
    assert {*said.named} <= {notice.kind for notice in found.notices}


@pytest.mark.parametrize("name", SAID)
def test_a_second_implementation_decides_the_same(name: str) -> None:
    found, (_, mine, _) = evaluated(name), decided(name)
    assert mine.recommendation == found.verdict.recommendation
    for own in mine.strategies.values():
        ledger = found.ledgers[own.name]  # type: ignore[index]
        assert (ledger.possible, ledger.allowed) == (True, own.allowed), own.name
        assert abs(ledger.total - own.total) < 1, own.name
    assert mine.best is not None
    assert abs(total(found) - float(mine.best.total)) < 1
    for choices, route in zip(mine.choices, found.routes, strict=True):
        shown = [id for id, _ in route.alternatives[:5]]
        assert [each.api.id for each in choices.permitted[:5]] == shown
        for each, (_, month) in zip(choices.permitted[:5], route.alternatives, strict=False):
            assert each.total == pytest.approx(12 * month, rel=1e-9)


@pytest.mark.parametrize("name", SAID)
def test_own_gpus_were_weighed_or_cannot_pay(name: str) -> None:
    """Without a fleet in the comparison: people alone cost more than the endpoints, or no open model may take it."""
    case, mine, fleets = decided(name)
    if not any(fleet.name == "hybrid" for fleet in fleets):
        outside = sum(choices.permitted[0].total for choices in mine.choices)
        takers = [deciding.may_run_here(case, work) for work in case.inputs.workload]
        assert outside < deciding.people_total(case) or not any(takers)


def test_the_second_implementation_can_disagree() -> None:
    """It does not follow the planner: with another price it comes to another endpoint, with another rule to another
    verdict."""
    case, mine, fleets = decided("ten-billion")
    luna = case.catalog.apis["gpt-6-luna"]
    cheap = replace(luna, input_usd_per_mtok=0.001, cache_read_usd_per_mtok=0.001, output_usd_per_mtok=0.001)
    apis = {**case.catalog.apis, cheap.id: cheap}
    cheaper = replace(case, catalog=replace(case.catalog, apis=apis))
    assert (mine.recommendation, deciding.decide(cheaper, fleets, 1.0).recommendation) == ("hybrid", "api")
    assert deciding.decide(case, fleets, 0.1).recommendation == "dedicated"
    assert deciding.decide(case, [f for f in fleets if f.name != "dedicated"], 0.1).recommendation == "api"


def test_a_discount_that_would_be_left_is_said_to_hang_on_something() -> None:
    said = warnings.notices(evaluated("negotiated-discount"))
    assert any(
        re.search(r"(?i)(discount|negotiated).*(spend|commit)|(spend|commit).*(discount|negotiated)", s) for s in said
    )


def test_a_frontier_model_is_not_replaced_by_a_lesser_class() -> None:
    for name in ("long-reasoning", "cached-agents", "thinking-analysts", "judged-too-hard"):
        found = evaluated(name)
        assert {found.catalog.apis[route.model].level for route in found.routes} == {"frontier"}


def test_idle_cards_leave_the_people_to_pay() -> None:
    found = evaluated("idle-gpus")
    assert float(found.ledgers["self_host"].total) > 5 * total(found)


def test_an_agency_without_a_network_buys_server_cards_and_tests_with_made_up_prompts() -> None:
    found = evaluated("air-gapped")
    assert found.choice is not None
    card = found.catalog.gpus[found.choice.gpu]
    assert not card.is_desktop
    assert not card.is_geforce
    assert found.catalog.offers[found.choice.offer].commitment == "owned"
    assert any("synthetic or de-identified" in step for step in next_steps.next_steps(found))


def test_an_open_model_hosted_elsewhere_and_a_small_closed_one_are_nearly_the_same_for_the_llama() -> None:
    found = evaluated("hosted-llama")
    hosted, closed = (float(found.ledgers[name].total) for name in ("hosted_open", "api_tuned"))
    assert abs(hosted - closed) < 0.25 * closed


def test_work_within_a_contract_does_not_call_itself_the_cheapest() -> None:
    found = evaluated("spend-with-shortfall")
    [route] = found.routes
    assert route.rule.kind == "promised"
    assert any(month < dict(route.alternatives)[route.model] for _, month in route.alternatives)
    assert "promised to Anthropic" in reasons.route_reason(found, route)


def test_windows_hold_the_longest_prompt() -> None:
    found = evaluated("long-contexts")
    for id, _ in found.routes[0].alternatives:
        assert (found.catalog.apis[id].context_window or 0) > 262_144


def test_two_regions_keep_to_their_own_endpoints() -> None:
    europe, america = evaluated("two-regions").routes
    apis = evaluated("two-regions").catalog.apis
    assert apis[europe.model].in_eu
    assert not apis[america.model].in_eu


def test_a_promised_spend_is_owed_by_whoever_leaves() -> None:
    """300,000 in all whatever is used of it; as today more than that is used."""
    tied, free = evaluated("spend-with-shortfall"), evaluated("negotiated-discount")
    assert total(tied) == pytest.approx(12 * 25_000, rel=1e-6)
    assert tied.ledgers["api_today"].total == free.ledgers["api_today"].total
