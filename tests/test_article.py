"""The source article's own arithmetic, reproduced through the ledger and the break-even search."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import get_args

import pytest

from planner.engine import article
from planner.engine.specs import Evaluation, PairedEvaluation, Pins
from planner.engine.specs.verdict import Claim, ClaimId
from planner.engine.units import DAYS_PER_MONTH
from planner.evaluate import evaluate
from planner.plan.places import EXAMPLES
from planner.report.json import to_json
from planner.report.markdown import inline, to_markdown
from planner.words import article as words
from planner.words import verdict
from planner.words.sentences import table
from tests.engine import plans

TO_30_DAYS = 30 / DAYS_PER_MONTH


@pytest.mark.parametrize(
    ("name", "usd_30_days"),
    [("article-1m", 270), ("article-10m", 2_700), ("article-100m", 27_000), ("article-1b", 270_000)],
)
def test_sonnet_bill_of_30_days(name: str, usd_30_days: float) -> None:
    month = float(plans.evaluated(name).ledgers["api_today"].months[0].total)
    assert month * TO_30_DAYS == pytest.approx(usd_30_days, rel=1e-4)
    assert month / usd_30_days == pytest.approx(1.0139, abs=1e-4)  # 730 h against 720 h


@pytest.mark.parametrize(("name", "usd_30_days"), [("article-10m", 720), ("article-100m", 7_200)])
def test_haiku_bill_of_30_days(name: str, usd_30_days: float) -> None:
    inputs, catalog = plans.example(name)
    haiku = plans.changed(inputs, volume={"baseline_api": "claude-haiku-4-5"})
    month = float(evaluate(haiku, catalog, plans.AS_OF, draws=0).ledgers["api_today"].months[0].total)
    assert month * TO_30_DAYS == pytest.approx(usd_30_days, rel=1e-4)


@pytest.mark.parametrize(
    ("cached", "split", "blended"),
    [(0.0, 0.5, 9.00), (0.0, 1 / 3, 11.00), (0.0, 0.9, 4.20), (0.5, 0.9, 2.985)],
)
def test_blended_price_of_sonnet(cached: float, split: float, blended: float) -> None:
    """USD per 1M tokens at 3/15, cache reads at a tenth (COST_THEORY section 1)."""
    inputs, catalog = plans.example("article-10m")
    work = replace(
        inputs.workload[0], input_tokens=1000 * split, output_tokens=1000 * (1 - split), cached_input_fraction=cached
    )
    found = evaluate(plans.changed(inputs, workload=(work,)), catalog, plans.AS_OF, draws=0)
    month = float(found.ledgers["api_today"].months[0].total)
    assert month / (10 * DAYS_PER_MONTH) == pytest.approx(blended, abs=0.0006)


@pytest.mark.parametrize(
    ("api", "million_a_day"), [("claude-sonnet-4-6", 0.784), ("claude-haiku-4-5", 2.939), ("claude-opus-4-7", 0.157)]
)
def test_hardware_only_break_even_of_one_server_that_never_fills(api: str, million_a_day: float) -> None:
    """USD 211.60 a month against 9.00, 2.40 and 45.00 per 1M tokens, in the article's months of 30 days.

    The work is made light enough for one server, and a model that fits it good enough for the work: the article takes
    both for granted.
    """
    inputs, catalog = plans.example("article-1m")
    light = replace(inputs.workload[0], level="routine", latency="background", tokens_per_day=1e6)
    enough = PairedEvaluation(None, "Qwen/Qwen3-14B", api, 2000, -0.01, 0.0, 0.01, "taken for granted", "2026-11-01")
    pinned = plans.changed(
        inputs,
        workload=(light,),
        volume={"baseline_api": api},
        quality={"evaluation": (enough,)},
        choice=Pins(offer="hetzner-gex44"),
    )
    point = evaluate(pinned, catalog, plans.AS_OF, draws=0).break_even[0]
    assert point.api_model == api
    assert point.hardware_only is not None
    assert point.hardware_only / TO_30_DAYS / 1e6 == pytest.approx(million_a_day, abs=0.0006)
    assert point.hardware_only < point.capacity_tokens_per_day


def test_the_articles_70b_does_not_fit_its_server() -> None:
    inputs, catalog = plans.example("article-10m")
    pinned = plans.changed(inputs, choice=Pins(offer="hetzner-gex44", model="meta-llama/Llama-3.3-70B-Instruct"))
    found = evaluate(pinned, catalog, plans.AS_OF, draws=0)
    assert found.choice is None
    missing = [x for x in found.excluded if x.model == "meta-llama/Llama-3.3-70B-Instruct"]
    assert missing
    assert min(x.short_by_gib for x in missing) > 15


ARTICLE = tuple(name for name in EXAMPLES if name.startswith("article-"))
REPRODUCED = {"bill", "cache", "batch", "packed", "people"}
CONTRADICTED = {"split", "rule", "one_server", "fits", "speed", "prompts"}


def claims(found: Evaluation, id: ClaimId) -> list[Claim]:
    return [claim for claim in found.claims if claim.id == id]


@pytest.mark.parametrize("name", ARTICLE)
def test_each_claim_is_reproduced_or_contradicted(name: str) -> None:
    found = plans.evaluated(name)
    assert {c.id for c in found.claims if c.holds} >= REPRODUCED
    assert {c.id for c in found.claims if not c.holds} >= CONTRADICTED
    assert all(c.holds for c in found.claims if c.id in REPRODUCED)
    assert not any(c.holds for c in found.claims if c.id in CONTRADICTED)
    assert [c.id for c in found.claims if c.id.endswith("pays")] == ["api_pays" if name == "article-1m" else "own_pays"]


def test_its_verdicts_on_ten_million_tokens_a_day_and_more_are_contradicted() -> None:
    assert [plans.evaluated(name).claims[-1].holds for name in ARTICLE] == [True, False, False, False]


def test_what_the_claims_are_held_against_is_computed() -> None:
    found = plans.evaluated("article-10m")
    server_alone = [rule.found[0] for rule in claims(found, "rule")]
    assert server_alone == pytest.approx([0.784e6, 2.939e6, 0.157e6], rel=4e-3)
    assert claims(found, "one_server")[0].found == pytest.approx((540, 1_350, 1_080, 1_800, 675, 675))
    assert [bill.found[0] for bill in claims(found, "bill")] == pytest.approx([2_700, 720])
    assert claims(found, "speed")[0].found[0] == pytest.approx(11, abs=0.5)
    assert (claims(found, "fits")[0].found[1] or 0) > 15
    assert claims(found, "prompts")[0].found == (0.055,)  # 11 of 200: 2.8 to 9.6 %; 12 reach 10.2 %
    assert claims(found, "split")[0].found[0] == pytest.approx(9.0)


def test_other_prices_and_other_cards_come_out_otherwise() -> None:
    """No result is typed in: a card that is large enough makes its claim hold, another price moves the bill."""
    inputs, catalog = plans.example("article-10m")
    card = replace(catalog.gpus["rtx-4000-sff-ada"], memory_gib_usable=80.0)
    sonnet = replace(catalog.apis["claude-sonnet-4-6"], output_usd_per_mtok=30.0)
    other = replace(
        catalog,
        gpus=MappingProxyType({**catalog.gpus, card.id: card}),
        apis=MappingProxyType({**catalog.apis, sonnet.id: sonnet}),
    )
    found = evaluate(inputs, other, plans.AS_OF, draws=0)
    assert claims(found, "fits")[0].holds
    assert not claims(found, "bill")[0].holds
    assert claims(found, "bill")[0].found == pytest.approx((4_950,))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_claims_stand_in_the_report_of_their_example(name: str) -> None:
    found = plans.evaluated(name)
    report, json = to_markdown(found), to_json(found, name, None)
    assert bool(found.claims) is (name in ARTICLE)
    assert ("## The article's claims" in report) is (name in ARTICLE)
    assert len(json["article"]) == len(found.claims)
    for claim, row in zip(found.claims, json["article"], strict=True):
        told = inline(words.finds(claim))
        assert f"| {words.says(claim)} | {told} | {words.holds(claim)} |" in report
        assert (row["holds"], row["because"] is None) == (claim.holds, claim.holds)
        assert words.holds(claim) == "reproduced" or words.holds(claim).startswith("contradicted, because ")


@pytest.mark.parametrize("room", ["article_says", "article_found", "article_because"])
def test_every_claim_has_its_sentences(room: str) -> None:
    assert set(table(room)) == set(get_args(ClaimId))


def test_what_is_given_up_and_gained_is_what_the_article_names() -> None:
    found = plans.evaluated("bulk-classifier")
    named = [line.partition(":")[0] for line in verdict.gives_up(found)]
    assert named == ["quality", "tools", "long context", "vision", "caching", "ecosystem"]
    assert len(verdict.gains(found)) == 6


def test_a_break_even_beyond_the_fleet_is_said() -> None:
    found = plans.evaluated("article-1m")
    assert found.break_even[0].exceeds_capacity
    assert "beyond_fleet" in [notice.kind for notice in found.notices]


def test_a_plan_with_prices_of_its_own_is_not_the_articles() -> None:
    inputs, catalog = plans.example("article-10m")
    sonnet = catalog.apis["claude-sonnet-4-6"]
    mine = replace(sonnet, citation=replace(sonnet.citation, source="our contract"))
    own = replace(catalog, apis=MappingProxyType({**catalog.apis, mine.id: mine}))
    assert sonnet.citation.source.startswith(article.SOURCE)
    assert evaluate(inputs, own, plans.AS_OF, draws=0).claims == ()
    bound = plans.changed(inputs, residency={"answer": "yes", "scope": "region"})
    assert evaluate(bound, catalog, plans.AS_OF, draws=0).claims == ()
