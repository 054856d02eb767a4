"""What is meant is what a reader of YAML gets, whatever a name holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.export.yaml import Noted, bare, comment, emit, quoted
from tests.export.exported import read

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SCALARS = st.one_of(
    TEXT,
    st.booleans(),
    st.none(),
    st.integers(-(10**12), 10**12),
    st.floats(1e-12, 1e12),
    st.sampled_from(
        ("yes", "NO", "on", "null", "~", "1e5", "0x1f", "2026-11-29", "12:30", "", " a", "a ", "- a", "#", "=")
    ),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(TEXT, VALUES, min_size=1, max_size=5))
def test_a_document_reads_back_as_it_was_meant(document: dict[str, Any]) -> None:
    assert read(emit(document)) == document


@given(st.lists(VALUES, min_size=1, max_size=4), TEXT)
def test_comments_change_nothing(values: list[Any], note: str) -> None:
    noted = {"a": Noted(values, note), "b": [Noted(value, note) for value in values], "c": Noted({"d": 1}, note)}
    assert read(emit(noted)) == bare(noted)


@given(TEXT)
def test_a_comment_never_ends_early(note: str) -> None:
    for line in comment(note):
        assert line.startswith("# ")
        assert len(line.splitlines()) == 1


@given(TEXT)
def test_a_quoted_text_is_one_line(text: str) -> None:
    assert len(quoted(text).splitlines()) == 1


@pytest.mark.parametrize(("value", "text"), [(4e-07, "0.0000004"), (1e22, "10000000000000000000000"), (0.92, "0.92")])
def test_numbers_have_no_exponent(value: float, text: str) -> None:
    assert emit({"a": value}) == f"a: {text}\n"


def test_a_comment_that_repeats_stands_once() -> None:
    assert emit({"a": Noted(1, "why"), "b": Noted(2, "why")}) == "# why\na: 1\nb: 2\n"
