"""A report reads as people speak: names and no ids, three digits, and a mark on every amount that waits for a test."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from itertools import pairwise

import pytest

from planner.report.compare import Compared, document
from planner.report.document import Document
from planner.report.html import to_html
from planner.report.sections import FULL, View, build
from planner.words.answer import explained_text
from planner.words.sentences import table
from tests.plain import counts, ids_in, long_numbers, texts, unmarked
from tests.test_answer import AUDIENCES, EVERY, evaluated

PAIRS = list(pairwise(EVERY))[::3]


@cache
def full(name: str) -> Document:
    return build(evaluated(name), FULL)


def names_of(name: str) -> tuple[str, ...]:
    """What the user called things."""
    inputs = evaluated(name).inputs
    sources = (test.source for test in inputs.quality.evaluation)
    return (inputs.name, *(work.name for work in inputs.workload), *sources)


@pytest.mark.parametrize("name", EVERY)
def test_no_id_and_no_key_of_the_file(name: str) -> None:
    for audience in AUDIENCES:
        view = View(full=audience == "", audience=audience)
        for text in texts(build(evaluated(name), view)):
            assert ids_in(text) == [], text


@pytest.mark.parametrize("name", EVERY)
def test_no_number_of_more_than_three_digits(name: str) -> None:
    """But money, counts that an engine prints or a file holds, what was typed, and dates."""
    found = evaluated(name)
    known = counts(found)
    for audience in AUDIENCES:
        for text in texts(build(found, View(audience=audience))):
            assert _not_money(text, known, name) == []
    for text in texts(full(name)):
        assert _not_money(text, known, name) == [], text


def _not_money(text: str, known: frozenset[str], name: str) -> list[str]:
    """A cell that is an amount alone stands below a currency."""
    if re.fullmatch(r"~?-?[\d,]+(?:\.\d\d)?", text.strip()):
        return []
    return long_numbers(text, known, *names_of(name))


@pytest.mark.parametrize("name", EVERY)
def test_every_amount_that_waits_for_a_test_is_marked(name: str) -> None:
    for audience in AUDIENCES:
        assert unmarked(build(evaluated(name), View(audience=audience)), evaluated(name)) == []
    assert unmarked(full(name), evaluated(name)) == []


@pytest.mark.parametrize("name", ["claude-8k-a-month", "article-1b", "many-adapters", "german-contracts"])
def test_the_web_page_names_marks_and_rounds_its_pictures_too(name: str) -> None:
    page = to_html(evaluated(name), FULL)
    drawn = [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", page)]
    assert [found for text in drawn for found in ids_in(text)] == []
    assert [found for text in drawn for found in long_numbers(text, frozenset())] == []
    untested = {led.strategy for led in evaluated(name).ledgers.values() if led.untested and led.distinct}
    assert untested
    assert sum(text.endswith(" ~") for text in drawn) == len(untested)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_comparison_too(first: str, second: str) -> None:
    told = document([Compared(name, evaluated(name), ()) for name in (first, second)])
    for text in texts(told):
        assert ids_in(text) == [], text
        known = counts(evaluated(first)) | counts(evaluated(second))
        assert long_numbers(text, known, *names_of(first), *names_of(second)) == [], text
    assert unmarked(told, evaluated(first)) == []


@pytest.mark.parametrize("name", EVERY)
def test_for_a_cfo_no_term_is_left_unexplained_in_its_line(name: str) -> None:
    """In the verdict, in the headings and in every line, of the page and of what HTML folds behind it."""
    told = build(evaluated(name), View(full=True, audience="cfo"))
    for text in texts(told):
        if text in names_of(name):
            continue
        for term, meaning in table("terms").items():
            used = re.search(rf"\b({term})(?![\w-])", explained_text("") + text.replace(f"({meaning})", ""), re.I)
            assert not used or f"({meaning})" in text, text
