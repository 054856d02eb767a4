"""Work that nobody serves until own GPUs are live: a cost or a gap, never free."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import pytest

from planner.engine.recommendation import payback_of
from planner.engine.specs import Evaluation, Inputs, more_than
from planner.evaluate import evaluate
from planner.report.csv import to_csv
from planner.report.html import to_html
from planner.report.json import to_json
from planner.report.markdown import to_markdown
from planner.words.answer import verdict_line
from planner.words.verdict import headline, reasons
from tests.engine import plans


def evaluated(name: str, **operations: str) -> Evaluation:
    """Where no host serves adapters by the token: weights of one's own then run on own GPUs, or at a dedicated one."""
    inputs, catalog = plans.example(name)
    without = {id: api for id, api in catalog.apis.items() if api.provider != "wandb" and not id.startswith("wandb/")}
    catalog = replace(catalog, apis=MappingProxyType(without))
    return evaluate(plans.changed(inputs, operations=operations), catalog, plans.AS_OF, draws=0)


def tokens_before(inputs: Inputs, live: tuple[float, ...], names: tuple[str, ...]) -> float:
    volume = sum(w.tokens_per_day for w in inputs.workload if w.name in names)
    growth = 1 + inputs.volume.growth_per_month.mid
    return sum(volume * growth ** (m + 1) * 730 / 24 * (1 - part) for m, part in enumerate(live))


def test_data_that_must_stay_waits_for_its_gpus() -> None:
    """4.5 months of hiring and three weeks of set-up: 5.19 months."""
    found = evaluated("hospital")
    gap = found.ledgers["self_host"].gap
    assert gap is not None
    assert gap.months == pytest.approx(4.5 + 3 * 7 * 24 / 730)
    assert gap.full_from == 7
    assert not gap.all_work
    live = (0.0,) * 5 + (6 - gap.months,) + (1.0,) * 6
    assert gap.tokens == pytest.approx(tokens_before(found.inputs, live, gap.work))
    months = found.ledgers["self_host"].months[6:]
    assert gap.full_year == (sum((m.total for m in months), Decimal(0)) * 2).quantize(Decimal("0.01"))


def test_it_is_said_wherever_the_total_is() -> None:
    found = evaluated("hospital")
    gap = found.ledgers["hybrid"].gap
    assert gap is not None
    for text in (headline(found), verdict_line(found)):
        assert "6.8" in text
    report, told = to_markdown(found), to_json(found, "hospital", None)["totals"]["hybrid"]["not_served"]
    assert report.count("6.8 of 12 mo") >= 4
    assert told["full_year"] == str(gap.full_year)
    assert told["work"] == list(gap.work)
    assert f"\nyear_of_full_service,hybrid,total,{gap.full_year},EUR," in to_csv(found)
    assert "Hybrid 6.8/12" in to_html(found)


def test_today_pays_where_the_plan_says_so() -> None:
    """The same work on today's API until the fleet is live costs what that API costs."""
    nobody, today = evaluated("hospital"), evaluated("hospital", until_live="as_today")
    ours, theirs = today.ledgers["self_host"], nobody.ledgers["self_host"]
    assert ours.gap is None
    assert theirs.gap is not None
    assert float(ours.total - theirs.total) == pytest.approx(sum(theirs.gap.elsewhere["api_today"]), abs=0.5)


def test_own_weights_run_as_today_until_they_are_served() -> None:
    """No law stands against it; nobody serves them where the plan says so."""
    today, nobody = evaluated("fine-tuned-8b"), evaluated("fine-tuned-8b", until_live="nobody")
    assert today.ledgers["self_host"].gap is None
    assert today.ledgers["self_host"].months[0].buckets["api_input"] > 0
    assert today.ledgers["self_host"].meanwhile == tuple(work.name for work in today.inputs.workload)
    assert any("is paid where it runs today" in reason for reason in reasons(today))
    assert nobody.ledgers["self_host"].meanwhile == ()
    assert nobody.ledgers["self_host"].gap is not None
    assert nobody.ledgers["self_host"].months[0].buckets["api_input"] == 0


def test_a_gap_saves_nothing_and_pays_nothing_back() -> None:
    """What the rival does meanwhile is left out of what it is compared with."""
    today, nobody = evaluated("fine-tuned-8b"), evaluated("fine-tuned-8b", until_live="nobody")
    paid = payback_of(nobody.ledgers, "api_today")
    assert paid is not None
    assert paid == payback_of(today.ledgers, "api_today")
    gap, rival = nobody.ledgers["self_host"].gap, nobody.ledgers["api_today"]
    assert gap is not None
    assert gap.full_year is not None
    mean = sum((m.total for m in rival.months[gap.full_from - 1 :]), Decimal(0)) / (13 - gap.full_from) * 12
    assert more_than(nobody.ledgers["self_host"], rival) == pytest.approx(gap.full_year - mean, abs=Decimal("0.01"))


def test_a_plan_whose_work_has_a_place_says_nothing() -> None:
    found = plans.evaluated("bulk-classifier")
    assert all(ledger.gap is None for ledger in found.ledgers.values())
    assert not re.search(r"of 12 mo\b", to_markdown(found))
