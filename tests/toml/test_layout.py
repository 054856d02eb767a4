from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from planner.plan.schema import Plan
from planner.plan.write import render
from planner.toml.layout import KeyPath, dotted, scan
from tests.plan.texts import plans

ODD = '''\
# head
top = 1
"quoted key" = "# no comment"   # but this is one
a.b.c = 'literal # text'
many = """
first
x = 2
[no.header]
"""
table = { x = 1, y = { z = [1, 2, { w = "}" }] } }

[a.d]
list = [
  1,  # inside
  [2, 3],
  { k = 4 },
]
when = 1979-05-27 07:32:00Z # date with a blank

[[things]]
name = """a "quoted" word"""
[[things.parts]]
id = 1
[[things.parts]]
id = 2
[[things]]
name = "two"
[things.inner]
deep = true
# tail'''


def _paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _paths(inner, (*path, key))


def test_every_key_of_an_odd_file_has_its_line() -> None:
    layout = scan(ODD)
    assert set(_paths(tomllib.loads(ODD))) <= set(layout.lines)
    expected = {
        ("top",): 2,
        ("quoted key",): 3,
        ("a", "b", "c"): 4,
        ("many",): 5,
        ("table", "y", "z", 2, "w"): 10,
        ("a", "d", "list", 1, 1): 15,
        ("a", "d", "list", 2, "k"): 16,
        ("a", "d", "when"): 18,
        ("things", 0, "parts", 1, "id"): 25,
        ("things", 1): 26,
        ("things", 1, "inner", "deep"): 29,
    }
    assert {path: layout.lines[path] for path in expected} == expected


def test_comments_belong_to_the_key_below_or_beside_them() -> None:
    layout = scan(ODD)
    assert layout.comments[("top",)].above == ("# head",)
    assert layout.comments[("quoted key",)].behind == "# but this is one"
    assert layout.comments[("a", "d", "when")].behind == "# date with a blank"
    assert layout.tail == ("# tail",)
    assert layout.unplaced == 1
    assert len(layout.comments) == 3


def test_line_ends_of_windows_do_not_shift_lines() -> None:
    assert scan(ODD.replace("\n", "\r\n")).lines == scan(ODD).lines


def test_the_line_of_a_missing_key_is_that_of_its_table() -> None:
    layout = scan(ODD)
    assert layout.line_of(("things", 1, "missing")) == 26
    assert layout.line_of(("nowhere",)) is None


@pytest.mark.parametrize(
    ("path", "text"), [(("workload", 1, "name"), "workload[2].name"), ((), ""), (("prices", "api", 0), "prices.api[1]")]
)
def test_paths_are_counted_from_one_for_people(path: KeyPath, text: str) -> None:
    assert dotted(path) == text


@settings(max_examples=100)
@given(plans)
def test_the_scanner_finds_every_key_of_any_plan(plan: Plan) -> None:
    text = render(plan)
    data = tomllib.loads(text)
    layout = scan(text)
    assert {path for path in _paths(data) if path[-1] != "prices"} <= set(layout.lines) | {("prices",), ("quality",)}
