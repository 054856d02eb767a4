"""The report as Markdown."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from planner.report.document import plain_table
from planner.report.markdown import escape, inline, table_text, to_markdown
from planner.words.answer import verdict_parts
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
        ("~€5 now, ~€6 then", "~€5 now, ~€6 then"),
        ("~€5 (~)", "~€5 (\\~)"),
        ("~~gone~~", "\\~\\~gone\\~\\~"),
        ("~~~", "\\~\\~\\~"),
        ("[your plan]", "[your plan]"),
        ("[x](http://a)", "[x\\](http://a)"),
        ("![x](y)", "![x\\](y)"),
        ("[x][y]", "[x\\][y]"),
        ("[x]: y", "[x\\]: y"),
        ("[^1]", "\\[^1]"),
        ("[ ] to do", "\\[ ] to do"),
        ("tokens_per_day", "tokens_per_day"),
        ("_x_", "\\_x\\_"),
        ("# x", "\\# x"),
        ("x #", "x \\#"),
        ("C#", "C#"),
        ("issue #7", "issue #7"),
        ("{a}", "{a}"),
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


def test_each_part_of_the_verdict_has_a_line() -> None:
    found = named(OWN)
    parts = [f"**{part.texts[0]}**" for part in verdict_parts(found)]
    assert "\\\n".join(parts) in to_markdown(found)


def test_what_markdown_would_not_read_is_not_escaped() -> None:
    text = to_markdown(evaluated("claude-8k-a-month"))
    assert "~$" in text
    assert "\\~$" not in text
    assert "\\[" not in text.replace("\\[ ]", "")


_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_MARKS = st.text("ab1 .)-+*_~`[](){}<>|#!&\\:=/x^", max_size=24)


@settings(max_examples=600)
@given(_MARKS)
def test_any_text_reads_back_as_it_was_typed(text: str) -> None:
    """As a paragraph, an item of a list, a heading and a cell: a reader of Markdown shows it and nothing else."""
    shown = " ".join(text.split())
    if not shown:
        return
    for source, opened, closed in (
        (escape(shown), "<p>", "</p>"),
        (f"- {escape(shown)}", "<ul>\n<li>", "</li>\n</ul>"),
        (f"## {inline(shown)}", "<h2>", "</h2>"),
        (f"**x**\\\n**{inline(f'a {shown} a')}**", "<p><strong>x</strong><br />\n<strong>a ", " a</strong></p>"),
    ):
        assert unescape(_READER.render(source).strip()) == f"{opened}{shown}{closed}"
    table = _READER.render(table_text(plain_table(("h",), ((shown,),), "l")))
    assert f">{shown}</td>" in unescape(table)
