"""The report as Markdown."""

from __future__ import annotations

import re

import pytest

from planner.report.markdown import escape, to_markdown
from tests.engine.plans import evaluated
from tests.evaluations import MARKUP_NAME, OWN, named
from tests.report.golden import assert_golden


def test_whole_report() -> None:
    assert_golden("bulk-classifier.md", to_markdown(evaluated("bulk-classifier")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b", "a\\|b"),
        ("*x*", "\\*x\\*"),
        ("<script>", "\\<script\\>"),
        ("1. first", "1\\. first"),
        ("51.3 M", "51.3 M"),
        ("- item", "\\- item"),
        ("-€310", "-€310"),
        ("a & b", "a &amp; b"),
        ("a\nb", "a b"),
    ],
)
def test_text_stays_text(text: str, expected: str) -> None:
    assert escape(text) == expected


def test_every_table_row_has_as_many_cells_as_its_header() -> None:
    text = to_markdown(named(OWN, MARKUP_NAME, "a|b"))
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) > 8
    for table in tables:
        rows = [len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()]
        assert len(set(rows)) == 1


def test_no_raw_html_survives() -> None:
    text = to_markdown(named(OWN, MARKUP_NAME, MARKUP_NAME))
    assert re.search(r"(?<!\\)<", text) is None
