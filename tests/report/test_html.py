"""The report as one HTML file."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from planner.report import html
from planner.report.html import to_html
from planner.report.sections import View
from planner.words.answer import verdict_parts
from tests.evaluations import MARKUP_NAME, OWN, named, without_room

VOID = {"meta", "br", "hr", "img", "link", "input"}


class _Balance(HTMLParser):
    """Checks that every element is closed in order, and collects attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(name="page", scope="module")
def _page() -> str:
    return to_html(named(OWN, MARKUP_NAME, MARKUP_NAME, "<img src=x onerror=y>"))


def test_it_is_well_formed_and_loads_nothing(page: str) -> None:
    parser = _Balance()
    parser.feed(page)
    assert parser.open == []
    assert parser.tags.isdisjoint({"script", "img", "link", "iframe", "object", "embed", "form"})
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', page))
    assert parser.attributes.isdisjoint({"src", "srcset", "xlink:href", "onerror", "onload", "style"})


def test_it_opens_with_the_answer_then_charts_then_folded_details_with_contents() -> None:
    page = to_html(named(OWN), View())
    places = [page.index(part) for part in ("OWN GPUS", "Do first", "<figure>", "<nav", "<details")]
    assert places == sorted(places)
    assert "<details open" not in page
    assert page.count('<a href="#s') == page.count("<details id=") == to_html(named(OWN)).count(" open><summary>")


def test_each_part_of_the_verdict_has_a_line() -> None:
    found = named(OWN)
    lines = "\n".join(part.texts[0] for part in verdict_parts(found))
    assert f'<p class="strip">{lines}</p>' in to_html(found, View())


def test_what_replicas_cost_leads_only_where_some_are_to_be_had() -> None:
    """Who is told to stay on an API does not first see what GPUs would cost."""
    own, api = to_html(named(OWN), View()), to_html(named("claude-8k-a-month"), View())
    assert own[: own.index("<nav")].count("<figure>") == 2
    assert api[: api.index("<nav")].count("<figure>") == 1
    assert api[api.index("<nav") :].count("<figure>") == 1


def test_the_style_requests_nothing(page: str) -> None:
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    assert "prefers-color-scheme: dark" in style[1]
    assert "@media print" in style[1]


def test_user_text_is_escaped(page: str) -> None:
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<img" not in page
    assert "日本" in page


def test_both_charts_are_drawn_and_are_xml() -> None:
    evaluation = named(OWN)
    for picture in (html.cumulative(evaluation), html.replicas(evaluation)):
        root = ElementTree.fromstring(picture)
        assert root.tag == "svg"
        assert root.attrib["aria-label"]
    assert html.cumulative(evaluation).count("<polyline") == 6
    assert html.replicas(evaluation).count('class="chosen"') == 1


def test_lines_of_the_chart_end_inside_the_picture() -> None:
    for points in re.findall(r'points="([^"]*)"', html.cumulative(named(OWN))):
        for point in points.split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= html.WIDTH
            assert 0 <= y <= html.HEIGHT


def test_without_a_curve_there_is_no_empty_figure() -> None:
    page = to_html(without_room(OWN))
    assert page.count("<figure>") == 1
    assert html.replicas(without_room(OWN)) == ""


@pytest.mark.parametrize("top", [0.7, 1.0, 9.99, 123_565.33, 2e6, 5e9])
def test_the_scale_has_a_few_round_steps(top: float) -> None:
    steps = html._round_steps(top)
    assert 3 <= len(steps) <= 7
    assert steps[0] == 0
    assert top * 0.6 <= steps[-1] <= top
    assert f"{steps[1]:.0e}"[0] in "125"


def test_a_year_that_credits_pay_for_has_a_scale() -> None:
    """All lines lie on the axis, whatever rounding leaves below it."""
    own, nothing = named(OWN), Decimal("-1E-9")
    paid = {
        name: replace(ledger, months=tuple(replace(month, total=nothing) for month in ledger.months))
        for name, ledger in own.ledgers.items()
    }
    assert "<polyline" in html.cumulative(replace(own, ledgers=paid))
    curve = tuple(replace(point, total=-1e-9, gpu=0.0, people_and_fixed=0.0, api=0.0) for point in own.curve)
    assert html.replicas(replace(own, curve=curve))


def test_it_prints_on_a4_with_the_answer_on_the_first_page(page: str) -> None:
    """A section that may not break moves to page two as a whole, and a box that scrolls is cut on paper."""
    printed = page[page.index("@media print") :]
    assert "size: A4" in printed
    assert re.search(r"section[^{]*\{[^}]*break-inside", page) is None
    assert ".wide { overflow: visible; }" in printed
    assert page.index(".wide { overflow-x") < page.index("@media print")  # the later of two equal rules holds


def test_lines_differ_in_grey_and_carry_their_marks() -> None:
    found = named(OWN)
    picture = html.cumulative(found)
    dashes = re.findall(r"<polyline[^>]*?/>", picture)
    assert len({re.sub(r'.*?(stroke-dasharray="[^"]*")?/>', r"\1", line) for line in dashes}) == len(dashes)
    assert ">month</text>" in picture
    ends = {points.split()[-1] for points in re.findall(r'points="([^"]*)"', picture)}
    on_lines = {point for points in re.findall(r'points="([^"]*)"', picture) for point in points.split()}
    signs = re.findall(r'class="sign [^"]*" x="([^"]*)" y="([^"]*)"', picture)
    assert len({f"{x},{y}" for x, y in signs} & on_lines) > len(ends)


def test_names_beside_the_lines_end_inside_the_picture() -> None:
    """At most 7 units a letter of 12 px."""
    for found in (named(OWN), named("hospital")):
        for x, text in re.findall(r'<text class="label" x="([^"]*)"[^>]*>([^<]*)<', html.cumulative(found)):
            assert float(x) + 7 * len(text) <= html.WIDTH, text
