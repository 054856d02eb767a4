"""The answer page, over the examples and plans of thirty kinds: short, one value a name, no saving without its step."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given

from planner.engine.specs import Evaluation, Flip, Inputs
from planner.evaluate import evaluate
from planner.plan.places import EXAMPLES
from planner.quantities import money, volume
from planner.report.json import to_json
from planner.report.sections import View
from planner.report.tables.answer import SUM, moves
from planner.report.text import PAGE_LINES, to_text, width
from planner.words import answer as words
from planner.words.answer import Audience
from planner.words.labels import model_name
from planner.words.sentences import table
from planner.words.verdict import headline
from tests.audit.test_plans import SAID
from tests.audit.test_plans import evaluated as plan_evaluated
from tests.engine import plans

EVERY = [*EXAMPLES, *SAID]
AUDIENCES: tuple[Audience, ...] = ("", "cfo", "engineer")
RUN = re.compile(r"(?:run|use) ([\d.]+[kMBT]?) tokens a day")
PAYS = re.compile(r"[Oo]wn GPUs (?:pay|would pay off) from ([\d.]+[kMBT]?) tokens a day")
NUMBER = re.compile(r"(?<![\w.,$€£-])\d[\d,]*(?:\.\d+)?(?![\w,])")


@cache
def evaluated(name: str) -> Evaluation:
    return plans.evaluated(name) if name in EXAMPLES else plan_evaluated(name)


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_page_fits_a_page(name: str, audience: Audience) -> None:
    lines = to_text(evaluated(name), View(audience=audience)).splitlines()
    assert len(lines) <= PAGE_LINES
    assert [line for line in lines if width(line) > 80] == []


@pytest.mark.parametrize("name", EVERY)
def test_up_to_three_workloads_stand_on_the_page_one_by_one(name: str) -> None:
    """The words of a step give way before a workload does."""
    found = evaluated(name)
    if len(found.answer.moves) <= 3:
        page = to_text(found, View())
        assert re.search(r"^\d others", page, re.MULTILINE) is None
        assert all(move.workload.split()[0] in page for move in found.answer.moves)


@pytest.mark.parametrize("name", EVERY)
def test_a_next_best_that_costs_less_says_why_it_is_not_the_best(name: str) -> None:
    found = evaluated(name)
    other, proposed = found.answer.runner_up, found.answer.proposed
    told = [part.texts[0] for part in words.verdict_parts(found) if part.key == "other"]
    assert [", cheaper, but " in text for text in told] == [
        proposed is not None and other is not None and other.total < proposed for _ in told
    ]


@pytest.mark.parametrize("name", EVERY)
def test_a_name_has_one_value(name: str) -> None:
    """On the page, in the full report and in JSON: cost of 12 months today and then, volume, break-even."""
    found = evaluated(name)
    answer, json, report = found.answer, to_json(found, name, None), flat(to_text(found))
    assert json["answer"]["today"] == json["totals"]["api_today"]["total"]
    if found.verdict.strategy is not None:
        assert json["answer"]["proposed"] == json["totals"][found.verdict.strategy]["total"]
    assert flat(words.verdict_line(found)) in report
    before = sum(move.before for move in answer.moves) + answer.beside_before
    assert before * 12 == pytest.approx(float(answer.today), abs=0.01)
    if answer.proposed is not None:
        after = sum(move.after for move in answer.moves) + answer.beside_after
        assert after * 12 == pytest.approx(float(answer.proposed), abs=0.01)
        total = next(line for line in moves(found, 4).lines if line.key == SUM).cells[-2]
        assert str(total).lstrip("~") == money(answer.proposed / 12, found.inputs.currency).lstrip("$€£")
    said = f"{report} {headline(found)}"
    assert {*RUN.findall(said)} <= {volume(found.demand.mean_tokens_per_day)}
    point = found.against_best
    assert {*PAYS.findall(said)} <= ({volume(point.with_people)} if point and point.with_people else set())


@given(plans.inputs())
def test_any_plan_has_a_page_whose_sums_are_those_of_the_ledger(inputs: Inputs) -> None:
    """Also where routes and pins were set by hand."""
    catalog = plans.example("bulk-classifier")[1]
    found = evaluate(inputs, catalog, plans.AS_OF, draws=0)
    answer = found.answer
    assert to_text(found, View()).count("\n") <= PAGE_LINES
    assert sum(m.before for m in answer.moves) + answer.beside_before == pytest.approx(float(answer.today) / 12)
    if answer.proposed is not None:
        assert sum(m.after for m in answer.moves) + answer.beside_after == pytest.approx(float(answer.proposed) / 12)
        assert answer.proposed == found.ledgers[found.verdict.strategy or "api_today"].total
    if answer.saving >= 1:
        assert any(step.saving > 0 for step in answer.steps)
    if answer.by_hand is not None:
        assert answer.by_hand.price == answer.by_hand.total - answer.by_hand.free_total


@pytest.mark.parametrize("name", EVERY)
def test_a_saving_comes_with_a_step_that_earns_it(name: str) -> None:
    answer = evaluated(name).answer
    if answer.saving >= 1:
        assert any(step.saving > 0 for step in answer.steps)
    for move in answer.moves:
        if move.proof == "untested":
            assert move.moves_to in answer.untested
    worth = [step.saving / step.hours for step in answer.steps]
    assert worth == sorted(worth, reverse=True)


@pytest.mark.parametrize("name", EVERY)
def test_what_is_not_proven_carries_its_mark_wherever_it_stands(name: str) -> None:
    found = evaluated(name)
    answer = found.answer
    if answer.proposed is None or answer.is_proven or answer.kind == "stay":
        assert answer.kind in ("stay", "none") or answer.is_proven
        return
    shown = money(answer.proposed, found.inputs.currency)
    page = to_text(found, View())
    assert f"~{shown}" in page
    assert not re.search(
        rf"(?<![~\d,]){re.escape(shown)}(?![\d,])", page.replace(money(answer.today, found.inputs.currency), "")
    )


@pytest.mark.parametrize("name", EVERY)
def test_a_number_has_three_digits_at_most(name: str) -> None:
    """But for money, counts of prompts, dates, and what a person typed or a catalogue names."""
    found = evaluated(name)
    ids = {id for move in found.answer.moves for id in (move.moves_to, move.runs_on)}
    known = [*(w.name for w in found.inputs.workload), *(model_name(found, id) for id in ids)]
    for fact in words.facts(found):
        text = fact.text
        for name_ in sorted(filter(None, known), key=len, reverse=True):
            text = text.replace(name_, "")
        text = re.sub(r"[\d,]+ (?:ms|prompts)|\(p95[^)]*\)|\d{4}-\d\d-\d\d", "", text)
        for number in NUMBER.findall(text):
            digits = number.replace(",", "").replace(".", "").strip("0")
            assert len(digits) <= 3, (number, fact)


@pytest.mark.parametrize("name", EVERY)
def test_for_a_cfo_every_term_is_explained_in_its_line(name: str) -> None:
    for fact in words.facts(evaluated(name), "cfo"):
        for term, meaning in table("terms").items():
            used = re.search(rf"\b({term})(?![\w-])", fact.text.replace(f"({meaning})", ""), re.IGNORECASE)
            assert not used or f"({meaning})" in fact.text, fact


def test_for_an_engineer_model_gpu_settings_and_speed_are_named() -> None:
    page = flat(to_text(evaluated("bulk-classifier"), View(audience="engineer")))
    for part in ("Qwen3 8B", "9 x 1 GeForce RTX 4090", "--max-num-seqs", "TTFT p95", "TPOT"):
        assert part in page
        assert part == "Qwen3 8B" or part not in flat(to_text(evaluated("bulk-classifier"), View()))


@pytest.mark.parametrize("name", EVERY)
def test_the_page_tells_the_worst_as_well(name: str) -> None:
    """The band of the total, who is served by nobody until when, and what a failed test does."""
    found = evaluated(name)
    best, page = found.recommended, {fact.label: fact.text for fact in words.facts(found)}
    assert ("May come to" in page) is (best is not None and best.p90 > best.p10)
    assert ("Until then" in page) is (best is not None and best.gap is not None)
    if best is not None and best.gap is not None:
        assert all(work in page["Until then"] for work in best.gap.work)
    assert ("fails your test" in page["It flips if"]) is (not found.answer.is_proven)
    shortest = {fact.label for fact in words.facts(found, brief=4)}
    assert shortest >= {"May come to", "Until then", "It flips if", "Not proven", "Ends"} & page.keys()


@pytest.mark.parametrize("name", EVERY)
def test_work_whose_model_ends_has_a_step_with_its_day(name: str) -> None:
    """A test of what comes next, or the move itself, before anything that has no day."""
    found = evaluated(name)
    ends = {m.workload: found.catalog.apis[m.runs_on].retires_on for m in found.answer.moves if m.moves_to}
    moved = {m.workload for m in found.answer.moves if m.moves_to not in ("", m.runs_on)}
    near = {n.api for n in found.notices if n.kind == "retires"}
    due = [m.workload for m in found.answer.moves if m.workload in moved and m.runs_on in near]
    for work in due:
        step = next(s.step for s in found.answer.steps if work in s.step.works and s.step.before)
        assert step.before <= str(ends[work])
        assert step.before in words.step_line(found, found.answer.steps[0])


def test_one_test_stands_for_all_work_that_its_saving_is_of() -> None:
    found = evaluated("claude-8k-a-month")
    tests = [s for s in found.answer.steps if s.step.kind == "evaluate"]
    for step in tests:
        rests = sum(m.saving for m in found.answer.moves if m.workload in step.step.works)
        assert step.saving == pytest.approx(rests)
    assert [s.step for s in tests] == [s for s in found.verdict.next_steps if s.kind == "evaluate"]


def test_a_test_of_work_on_several_models_compares_each_with_its_own() -> None:
    """And a day by which it has to be done stands behind what is done."""
    inputs, catalog = plans.example("claude-8k-a-month")
    first, second, *_ = inputs.workload
    other = replace(second, api_model="gpt-4.1-mini", bill=None)
    found = evaluate(replace(inputs, workload=(first, other)), catalog, plans.AS_OF, draws=0)
    for step in found.answer.steps:
        runs_on = {move.runs_on for move in found.answer.moves if move.workload in step.step.works}
        if step.step.kind == "evaluate" and len(runs_on) > 1:
            assert "and what each runs on today, graded blind, before 2027-01-14" in words.step_line(found, step)
            break
    else:
        pytest.fail("no test of work on several models")


def test_a_model_that_ends_is_followed_by_one_that_is_asked_as_today() -> None:
    """Going on as today does not mean to begin with the batch tier."""
    inputs, catalog = plans.example("claude-8k-a-month")
    work = replace(inputs.workload[0], api_model="gpt-4.1-mini", latency="background", batch_fraction=0.0, bill=None)
    one = replace(inputs, workload=(work,))
    ledger = evaluate(one, catalog, plans.AS_OF, draws=0).ledgers["api_today"]
    assert [month.buckets["api_batch"] for month in ledger.months] == [0] * 12
    assert ledger.months[0].total != ledger.months[11].total


def test_a_change_of_prices_has_its_direction_and_no_cost_is_called_nothing() -> None:
    def flip(input: str, to: float, unit: str = "fraction") -> str:
        return words.flip_words(Flip(input, 0.0, to, "hybrid", unit, None))

    assert flip("api_prices", 0.5).startswith("API prices rise by 50 % a year")
    assert flip("gpu_rent", -0.3).startswith("GPU rents fall by 30 % a year")
    assert flip("people", 0.0, "x").startswith("People and set-up cost nothing")
    assert flip("people", 0.4, "x").startswith("People and set-up cost 40 %")


def test_no_default_makes_a_verdict_out_of_a_cheaper_model() -> None:
    """Nothing is answered but a small volume: what is cheaper is no certainty and not worth a test."""
    found = plan_evaluated("hobby")
    assert found.answer.kind == "stay"
    assert found.answer.proposed == found.answer.today
    assert "nothing proven is cheaper" in words.verdict_line(found)


def test_the_page_says_when_what_is_used_today_ends_and_what_prices_it_then() -> None:
    """The bill of today is not that of every month: without it nobody finds the mean again."""
    page = flat(to_text(evaluated("legacy-gpt-4o"), View()))
    assert "Ends GPT-4o ends on 2027-01-14. From then on its work is priced as GPT-6 Luna." in page


def test_what_a_hand_costs_stands_beside_what_would_be_proposed_without_it() -> None:
    inputs, catalog = plans.example("bulk-classifier")
    sent = plans.changed(inputs, workload=tuple(replace(w, route="api") for w in inputs.workload))
    found = evaluate(sent, catalog, plans.AS_OF, draws=0)
    hand, free = found.answer.by_hand, evaluated("bulk-classifier").answer
    assert hand is not None
    assert (hand.free_kind, hand.free_total) == (free.kind, free.proposed)
    assert hand.price == hand.total - hand.free_total > 0
    page = flat(to_text(found, View()))
    assert f"{money(hand.price, 'EUR')} more than own GPUs for the base load" in page
    assert evaluated("bulk-classifier").answer.by_hand is None
