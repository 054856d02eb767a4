"""Bands hold their totals, nothing near is certain, a named price never falls, and what fails stays where it is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.arrays import Floats
from planner.engine.chance import chance_to_pass
from planner.engine.decision import CostedPlan, costed_plan
from planner.engine.ledger import risk
from planner.engine.ledger.economy import months_of
from planner.engine.ledger.particular import Chances, Failure, Particular, Rises, fail, moved_by
from planner.engine.ledger.spreads import Uncertainty, rent_spread, uncertainty_of
from planner.engine.ledger.strategies import economy_of
from planner.engine.names import API_STRATEGIES
from planner.engine.specs import Evaluation, Range, Strategy, StrategyLedger
from planner.engine.units import MONTHS
from planner.evaluate import evaluate
from planner.plan.places import EXAMPLES
from planner.report.json import to_json
from planner.words.verdict import reasons, untested
from planner.words.warnings import notices
from tests.audit.test_recomputation import random_plan, special
from tests.engine import plans

CENT = 0.01
NEAR = 0.1
"""Share of its cost by which a strategy may be dearer than another and still be the cheaper one in the end."""


@cache
def at_random() -> tuple[Evaluation, ...]:
    rng, catalog = random.Random(29), shipped_catalog()
    baselines = special(catalog)
    return tuple(evaluate(random_plan(rng, baselines), catalog, plans.AS_OF, draws=2_000) for _ in range(70))


def everything() -> Iterator[Evaluation]:
    yield from map(plans.evaluated, EXAMPLES)
    yield from at_random()


def possible(found: Evaluation) -> dict[Strategy, StrategyLedger]:
    return {name: ledger for name, ledger in found.ledgers.items() if ledger.possible}


def test_every_total_lies_inside_its_own_band() -> None:
    checked = 0
    for found in everything():
        for name, ledger in possible(found).items():
            assert ledger.p10 - CENT <= float(ledger.total) <= ledger.p90 + CENT, (found.inputs.name, name)
            checked += 1
    assert checked > 250


def test_nothing_is_surely_the_cheapest_beside_one_that_costs_a_tenth_more() -> None:
    near = 0
    for found in everything():
        assert found.risk is not None
        chances, ledgers = found.risk.probability_cheapest, possible(found)
        for name, chance in chances.items():
            total = float(ledgers[name].total)
            rivals = [s for s in chances if s != name and abs(float(ledgers[s].total) - total) <= NEAR * total]
            near += bool(rivals)
            assert not rivals or chance < 1, (found.inputs.name, name, rivals)
    assert near > 20


@cache
def stage_of(name: str) -> CostedPlan:
    inputs, catalog = plans.example(name)
    return costed_plan(inputs, catalog, plans.AS_OF)


def only(uncertainty: Uncertainty, **drawn: Range) -> Uncertainty:
    """The same with nothing uncertain but these."""
    return replace(
        uncertainty,
        **{f.name: drawn.get(f.name, Range.exactly(getattr(uncertainty, f.name).mid)) for f in fields(Uncertainty)},
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_price_of_todays_model_falls_in_no_draw_and_that_of_others_does(name: str) -> None:
    contest = stage_of(name).contest
    economy, uncertainty = economy_of(contest), uncertainty_of(contest, None, plans.AS_OF)
    falling = only(uncertainty, api_change_per_year=Range(-0.8, 0.0, 0.0), volume=Range(1.0, 1.0, 1.0 + 1e-12))
    likely = months_of(economy, risk.neutral(uncertainty))[0]
    for strategy, months in months_of(economy, risk.scenario_of(falling, 400))[0].items():
        if strategy == "api_today":
            assert months.sum(axis=0) == pytest.approx(likely[strategy].sum())
        elif strategy in economy.api and economy.api[strategy].follows > 0:
            moved = economy.api[strategy].follows
            assert months.sum(axis=0).min() < (1 - 0.3 * moved) * likely[strategy].sum()


def chances(**changed: float) -> Chances:
    values = {"spread": 0.0, "rise": 1.0, "size": 0.0, "when": 0.0, "passes": 0.0} | changed
    return Chances(**{key: np.full(1, value) for key, value in values.items()})


def test_a_price_may_rise_from_a_day_on_and_only_what_is_paid_to_endpoints() -> None:
    own, rises = Particular(Range.exactly(1.0), endpoint_fraction=0.5, chance=1.0), Rises(0.03, Range(0.3, 0.5, 1.0))
    assert chances(rise=0.02, when=0.5).factor(own, rises).tolist() == [1 + 0.5 * 0.5 * 0.5]
    assert chances(rise=0.02, when=0.0, size=1.0).factor(own, rises).tolist() == [1.5]
    assert chances(rise=0.04).factor(own, rises).tolist() == [1.0]


def test_the_least_likely_work_fails_first_and_is_paid_for_where_it_runs_today() -> None:
    share = np.ones((MONTHS, 1))
    steps = (Failure(0.4, share * 0.7, share * 0.2), Failure(0.8, share * 0.0, share))
    own, today = Particular(Range.exactly(1.0), 1.0, 0.4, failures=steps), np.full((MONTHS, 3), 1_000.0)
    months = np.full((MONTHS, 3), 100.0)
    none = fail(months, own, replace(chances(), passes=np.array([0.1, 0.5, 0.9])), today)
    assert months[0].tolist() == [100.0, 0.7 * 100 + 0.2 * 1_000, 1_000.0]
    assert none.tolist() == [False, True, True]


def test_as_often_below_the_likely_value_as_above_however_long_an_end_is() -> None:
    drawn = moved_by(risk._deviations(10_000, 1, "test")[0], Range(0.9, 1.0, 3.0))
    assert np.median(drawn) == pytest.approx(1.0, abs=0.01)
    assert drawn.min() > 0.9
    assert 2.5 < drawn.max() < 3.0


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_strategy_passes_as_its_least_likely_work_does(name: str) -> None:
    found, contest = plans.evaluated(name), stage_of(name).contest
    for strategy in API_STRATEGIES:
        pick, ledger = contest.pick_of(strategy), found.ledgers[strategy]
        legs = [(o, leg) for o in contest.outsides if (leg := pick(o)) is not None and leg.api.id != o.today.api.id]
        chances = [chance_to_pass(found.inputs, found.catalog, o.workload, leg.api).mid for o, leg in legs]
        assert not ledger.possible or ledger.chance_to_pass == min(chances, default=1.0)
    assert found.ledgers["api_today"].chance_to_pass == 1.0


def test_an_untested_model_counts_as_often_as_it_passes() -> None:
    inputs, catalog = plans.example("article-100m")
    shares = []
    for chance in (0.99, 0.6):
        found = evaluate(plans.with_assumptions(inputs, chance_level=chance), catalog, plans.AS_OF)
        assert found.risk is not None
        assert found.verdict.chance_to_pass == chance
        assert found.verdict.strategy == "hosted_open"
        assert to_json(found, "", None)["verdict"]["chance_to_pass"] == chance
        assert any("All of them pass in" in line for line in reasons(found))
        assert untested(found)
        shares.append(found.risk.probability_cheapest["hosted_open"])
        mean = chance * float(found.ledgers["hosted_open"].total) + (1 - chance) * float(
            found.ledgers["api_today"].total
        )
        assert found.ledgers["hosted_open"].mean == pytest.approx(mean, rel=0.1)
    assert shares == pytest.approx([0.99, 0.6], abs=0.02)


def test_where_all_is_proven_nothing_is_said_of_chances() -> None:
    found = plans.evaluated("bulk-classifier")
    assert found.verdict.chance_to_pass == 1.0
    assert not any("tested" in line for line in reasons(found))
    assert not any("Hybrid" in line for line in untested(found))


def test_an_old_rent_is_less_sure_and_the_fleet_without_it_is_named() -> None:
    inputs, catalog = plans.example("bulk-classifier")
    contest = stage_of("bulk-classifier").contest
    assert contest.hybrid is not None
    wide = [rent_spread(contest.context, contest.hybrid.own, day) for day in (plans.AS_OF, date(2027, 5, 23))]
    assert wide[0].high < wide[1].high == pytest.approx(1 / wide[1].low)
    found = plans.evaluated("bulk-classifier").without_stalest
    assert found is not None
    assert (found.offer, found.total) == (contest.hybrid.own.offer_id, contest.hybrid.own.total)
    assert found.age_days > 30
    others = replace(catalog, offers={id: o for id, o in catalog.offers.items() if id != found.offer})
    without = evaluate(inputs, others, plans.AS_OF, draws=0)
    assert without.choice is not None
    assert (found.instead, found.model, found.gpu) == (without.choice.offer, without.choice.model, without.choice.gpu)
    assert found.total_instead == pytest.approx(float(without.ledgers["hybrid"].total), abs=1)
    assert any("ithout that offer" in line for line in notices(plans.evaluated("bulk-classifier")))
    assert to_json(plans.evaluated("bulk-classifier"), "", None)["without_stalest_offer"]["offer"] == found.offer


def test_a_fleet_that_nothing_runs_on_and_a_fresh_rent_have_no_other() -> None:
    assert plans.evaluated("claude-8k-a-month").without_stalest is None
    inputs, catalog = plans.example("bulk-classifier")
    fresh = {
        id: replace(o, citation=replace(o.citation, as_of=plans.AS_OF.isoformat())) for id, o in catalog.offers.items()
    }
    assert evaluate(inputs, replace(catalog, offers=fresh), plans.AS_OF, draws=0).without_stalest is None


def test_a_rent_of_a_bare_year_is_not_called_seen_today() -> None:
    inputs, catalog = plans.example("bulk-classifier")
    bare = {id: replace(o, citation=replace(o.citation, as_of="2026")) for id, o in catalog.offers.items()}
    found = notices(evaluate(inputs, replace(catalog, offers=bare), plans.AS_OF, draws=0))
    assert any("is of 2026, the day not on record" in line for line in found)
    assert not any("0 days" in line for line in found)


def test_a_hybrid_without_own_gpus_is_ranked_as_what_it_is() -> None:
    """By everything outside, not by the fleet that it does without."""
    cheap, dear = np.full((12, 10), 1.0), np.full((12, 10), 3.0)
    months: dict[Strategy, Floats] = {"api_today": cheap * 2, "hybrid": dear}
    totals = {name: each.sum(axis=0) for name, each in months.items()}
    drawn = risk.Draws(totals, months, cheap.sum(axis=0), cheap, frozenset(months))
    bands = risk.bands_of(drawn, frozenset(months), {"api_today": "api_today", "hybrid": "outside"})
    assert dict(bands.probability_cheapest) == {"api_today": 0, "hybrid": 1}
    assert bands.cumulative["hybrid"][-1] == (12, 12, 12)


def test_a_cheaper_fleet_on_an_untested_model_is_not_sure_and_says_so() -> None:
    """An even chance that its model passes leaves less than the seven in ten that are asked for."""
    inputs, catalog = plans.example("bulk-classifier")
    untested_model = plans.changed(inputs, quality={"evaluation": ()})
    found = evaluate(plans.with_assumptions(untested_model, chance_level=0.5), catalog, plans.AS_OF)
    own = found.ledgers["hybrid"]
    assert own.chance_to_pass == 0.5
    assert own.total < found.ledgers["hosted_open"].total
    assert 0.3 < found.verdict.probability_cheaper < 0.55
    assert found.verdict.fact.kind == "not_sure"
    assert any("the model of the own GPUs" in line for line in reasons(found))


@pytest.mark.parametrize("name", EXAMPLES)
def test_without_risk_the_verdict_is_as_sure_as_with_it(name: str) -> None:
    found, plain = plans.evaluated(name), evaluate(*plans.example(name), plans.AS_OF, draws=0)
    assert plain.risk is None
    assert (plain.verdict.recommendation, plain.verdict.fact.kind) == (
        found.verdict.recommendation,
        found.verdict.fact.kind,
    )
    assert plain.verdict.probability_cheaper == pytest.approx(found.verdict.probability_cheaper, abs=0.06)
