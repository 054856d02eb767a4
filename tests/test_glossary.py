"""One name, one value: volume, break-even, cost of 12 months and saving, in all that is written of every plan."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest

from planner.engine.questions import volume_point
from planner.engine.specs import Evaluation, Strategy
from planner.quantities import money, scaled, volume
from planner.report.csv import to_csv
from planner.report.document import Table, plain_cell
from planner.report.html import to_html
from planner.report.json import to_json
from planner.report.markdown import to_markdown
from planner.report.sections import FULL, View, build
from planner.report.tables import strategies
from planner.report.tables.routes import SUM
from planner.report.text import to_text
from planner.words.sentences import table
from tests.plain import tables
from tests.test_answer import AUDIENCES, EVERY, evaluated

AMOUNT = r"([\d.,]+ ?[kMBT]?)"
VOLUME = (
    rf"[Yy]ou (?:use|run) {AMOUNT} tokens a day",
    rf"Volume, mean of 12 months\W+{AMOUNT} tok/day",
    rf"Next 12 months, mean\W+{AMOUNT} tok/day",
    rf"a mean of {AMOUNT} a day",
    rf"mean {AMOUNT} tokens a day in the next 12 months",
    rf"{AMOUNT} tokens a day on average",
    rf"a day, 12 months\W+mean {AMOUNT},",
)
BREAK_EVEN = (
    rf"Own GPUs would pay off from {AMOUNT} tokens a day",
    rf"your break-even of {AMOUNT}(?: |;|$)",
    rf"Break-even\W+{AMOUNT} tok/day against",
    rf"volume under {AMOUNT} tokens a day, where own GPUs",
    rf"volume: from {AMOUNT} tokens a day own GPUs pay",
    rf"own GPUs pay from {AMOUNT}(?:,|;| \||$)",
    rf"break-even, yours\W+{AMOUNT} a day",
)
AGAINST_TODAY = (rf"what you use today, [^;]*?, it is {AMOUNT}(?: |;|$)", rf"Against today's\W+{AMOUNT} tok/day")


def told(text: str, patterns: tuple[str, ...]) -> set[str]:
    """The values that stand behind a name."""
    flat = " ".join(text.split())
    return {found.replace(" ", "").rstrip(".,") for pattern in patterns for found in re.findall(pattern, flat)}


def check(text: str, evaluation: Evaluation) -> None:
    """No second value of a volume or of a break-even."""
    point, today = volume_point(evaluation.break_even), next(iter(evaluation.break_even), None)
    assert told(text, VOLUME) <= {volume(evaluation.demand.mean_tokens_per_day)}
    known = {0.0 if found is None else found.with_people or 0.0 for found in (point,)}
    assert told(text, BREAK_EVEN) <= {volume(each) for each in known}
    beside = None if today is None else today.with_people
    assert told(text, AGAINST_TODAY) <= ({volume(beside)} if beside else set())


def every_text(name: str) -> Iterator[str]:
    """Text, Markdown, HTML for all readers, short and in full, and the sentences of the JSON."""
    found = evaluated(name)
    for view in (FULL, *(View(audience=audience) for audience in AUDIENCES)):
        yield to_text(found, view)
        yield to_markdown(found, view).replace("\\", "").replace("|", " ")
        yield re.sub(r"<[^>]*>", " ", to_html(found, view))
    yield json.dumps(to_json(found, name, None), ensure_ascii=False)


@pytest.mark.parametrize("name", EVERY)
def test_volume_and_break_even_have_one_value(name: str) -> None:
    found = evaluated(name)
    texts = list(every_text(name))
    for text in texts:
        check(text, found)
    assert told(texts[0], VOLUME)
    if found.against_best is not None and found.against_best.with_people is not None:
        assert told(texts[0], BREAK_EVEN)
    data = to_json(found, name, None)
    assert data["demand"]["tokens_per_day"]["mean"] == pytest.approx(found.demand.mean_tokens_per_day, rel=1e-3)
    for row in found.break_even:
        line = next(line for line in strategies_of(found) if line[0] == row.api_model)
        assert line[1] == ("never" if row.with_people is None else scaled(row.with_people))


def strategies_of(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    """Rows of the table of break-evens: whose, and with people."""
    for each in tables(build(evaluation, FULL)):
        if [column.key for column in each.columns][:3] == ["api", "hardware", "people"]:
            yield from ((line.key, plain_cell(line.cells[2])) for line in each.lines)


@pytest.mark.parametrize("name", EVERY)
def test_the_cost_of_twelve_months_has_one_value(name: str) -> None:
    found = evaluated(name)
    totals = {s: led.total for s, led in found.ledgers.items() if led.months}
    data = to_json(found, name, None)
    assert {s: Decimal(each["total"]) for s, each in data["totals"].items() if each} == totals
    for row in csv.DictReader(io.StringIO(to_csv(found))):
        if (row["month"], row["bucket"]) == ("total", "total"):
            assert Decimal(row["amount"]) == totals[row["strategy"]]  # type: ignore[index]
    for each in tables(build(found, FULL)):
        _check_table(each, found, totals)
    said = " ".join(" ".join(text.split()) for text in every_text(name))
    for strategy, label in table("strategies").items():
        for amount in re.findall(rf"{re.escape(label)}: ~?((?:[$€£]|EUR )[\d,.]+\d) over 12 months", said):
            assert amount == money(totals[strategy], found.inputs.currency)  # type: ignore[index]


def _check_table(each: Table, found: Evaluation, totals: dict[Strategy, Decimal]) -> None:
    """The table of totals, months and buckets, and routes."""
    currency, keys = found.inputs.currency, [column.key for column in each.columns]
    if keys[0] == "strategy" and "total" in keys:
        for line in each.lines:
            cell = plain_cell(line.cells[keys.index("total")]).lstrip("~")
            assert cell == (money(totals[line.key], currency) if line.key in totals else strategies.NONE)
    if keys[0] in ("month", "bucket") and keys[1] in totals:
        sums = dict(zip(keys, map(plain_cell, each.lines[-1].cells), strict=True))
        for key in totals.keys() & sums.keys():
            assert sums[key].lstrip("~") == (money(totals[key], currency) if totals[key] else strategies.NONE)
    if keys[:2] == ["work", "tokens"] and found.planned is not None:
        whole = plain_cell(next(line for line in each.lines if line.key == SUM).cells[keys.index("cost")])
        assert whole.lstrip("~") == money(totals[found.planned] / 12, currency).replace("€", "").lstrip("$£")


@pytest.mark.parametrize("name", EVERY)
def test_prices_that_do_not_move_cost_what_the_ledger_says(name: str) -> None:
    found = evaluated(name)
    still = [s for s in found.scenarios if (s.api_change_per_year, s.gpu_change_per_year) == (0.0, 0.0)]
    for scenario in still:
        for strategy, total in scenario.totals.items():
            if strategy != "hybrid" or found.is_hybrid:
                assert total == pytest.approx(float(found.ledgers[strategy].total), abs=0.01)
    if still and "hybrid" in still[0].totals and not found.is_hybrid:
        assert "▲ hybrid, own GPUs" in [column.title for column in strategies.scenarios(found).columns]


@pytest.mark.parametrize("name", EVERY)
def test_a_saving_is_against_today(name: str) -> None:
    found = evaluated(name)
    answer, data = found.answer, to_json(found, name, None)["answer"]
    gaps = any(found.ledgers[s].gap for s in ("api_today", found.verdict.strategy) if s is not None)
    if answer.proposed is not None and not gaps:
        assert answer.saving == answer.today - answer.proposed
        assert Decimal(data["saving"]) == answer.saving
    switch = found.verdict.switch_saving
    if switch is not None:
        assert float(switch) == pytest.approx(float(answer.saving), abs=0.01)
        shown = {money(switch, found.inputs.currency)}
        said = " ".join(" ".join(text.split()) for text in every_text(name))
        assert set(re.findall(r"API model for each job saves ~?(\S+) in 12 months", said)) <= shown
