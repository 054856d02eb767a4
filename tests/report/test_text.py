"""The report for terminals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from planner.engine.specs import Evaluation
from planner.report.document import Bullets, Document, Paragraph, Section, plain_table
from planner.report.sections import View, build
from planner.report.text import clean, pad, render, table_lines, to_text, width, wrap
from planner.words.answer import Audience
from tests.engine.plans import evaluated
from tests.evaluations import MARKUP_NAME, OWN, TUNED, named, without_room
from tests.report.golden import assert_golden


@pytest.mark.parametrize("example", ["bulk-classifier", "claude-8k-a-month"])
def test_whole_report(example: str) -> None:
    """One that rents GPUs, and one that stays on the API and has no layout of its own."""
    assert_golden(f"{example}.txt", to_text(evaluated(example)))


@pytest.mark.parametrize("evaluation_of", [named, without_room])
def test_no_line_is_wider_than_a_terminal(evaluation_of: Callable[..., Evaluation]) -> None:
    evaluation = evaluation_of(OWN, MARKUP_NAME * 4, MARKUP_NAME)
    assert [line for line in to_text(evaluation).splitlines() if width(line) > 80] == []


def test_without_draws_and_without_a_host_there_is_still_a_whole_report() -> None:
    text = to_text(replace(without_room(TUNED), risk=None))
    assert "Open models hosted by somebody else: not possible" in text
    assert [line for line in text.splitlines() if width(line) > 80] == []


def test_the_answer_comes_first() -> None:
    evaluation = named(OWN)
    lines = to_text(evaluation).splitlines()
    assert lines[0] == "Bulk classifier"
    today, then = evaluation.ledgers["api_today"].total, evaluation.ledgers["hybrid"].total
    assert lines[1].startswith(f"OWN GPUS FOR THE BASE LOAD  €{today:,.0f} → €{then:,.0f} a year")


@pytest.mark.parametrize("example", ["bulk-classifier", "claude-8k-a-month"])
@pytest.mark.parametrize("audience", ["", "cfo", "engineer"])
def test_the_page(example: str, audience: Audience) -> None:
    """What `planner report` prints, for each reader."""
    name = f"{example}-page{'-' if audience else ''}{audience}.txt"
    assert_golden(name, to_text(evaluated(example), View(audience=audience)))


def test_every_section_of_the_evaluation_is_told() -> None:
    titles = [section.title for section in build(named(OWN)).sections]
    assert titles[:3] == ["", "Two numbers decide", "Six questions"]
    wanted = {"Routes", "Twelve months by strategy", "Month by month", "Warnings", "Prices and sources", "Next steps"}
    assert wanted <= set(titles)


def test_it_says_how_its_month_differs_from_thirty_days() -> None:
    assert "1.39 % more" in to_text(named(OWN))


def test_stale_prices_are_marked() -> None:
    stale = [price for price in named(OWN).prices_used if price.stale]
    assert stale
    assert to_text(named(OWN)).count("STALE") == len(stale)


def test_markup_and_control_characters_stay_text() -> None:
    text = to_text(named(OWN, "a\x1b[31mred\nline\u202e", "[bold]x[/]"))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.splitlines()[0] == "a [31mred line"
    assert "[bold]x[/]" in text


def test_no_word_is_broken_where_that_would_not_make_the_table_fit() -> None:
    huge = f"${10**30:,}"
    table = plain_table(("Strategy", "Twelve months", "Band"), (("Self-host, observability", huge, huge),), "lrr")
    lines = table_lines(table, 80)
    words = {word for line in lines for word in line.split()}
    assert {"Strategy", "Self-host,", "observability"} <= words
    named = plain_table(("Name", "Sum"), (("x" * 200, huge),), "lr")
    assert max(map(width, table_lines(named, 80))) <= 80


def test_wide_characters_take_two_cells() -> None:
    assert width("日本") == 4
    assert width("e\u0301") == 1
    assert pad("日", 4) == "日  "
    assert wrap("日本日本", 4) == ["日本", "日本"]
    assert wrap("", 10) == [""]
    assert clean("a\tb") == "a b"


def test_a_table_gives_way_in_its_text_columns_only() -> None:
    table = plain_table(("Name", "Value"), (("word " * 30, "1,234,567"),), "lr")
    lines = table_lines(table, 40)
    assert max(width(line) for line in lines) <= 40
    assert any(line.endswith("1,234,567") for line in lines)


def test_a_table_refuses_rows_of_another_length() -> None:
    with pytest.raises(ValueError, match="2 columns expected"):
        plain_table(("a", "b"), (("1", "2", "3"),), "ll")


def test_numbered_lists_and_hanging_indent() -> None:
    document = Document("t", "s", (Section("x", (Bullets(("word " * 20,), numbered=True), Paragraph("p"))),), "f")
    lines = render(document).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("1. "))
    assert lines[start + 1].startswith("   word")
