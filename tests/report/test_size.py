"""The answer of `planner size` in words."""

from __future__ import annotations

from planner.report.size import sizing_text
from planner.report.text import width
from tests.factories import sample_sizing


def test_a_no_says_by_how_much_and_what_would_fit() -> None:
    text = sizing_text(sample_sizing(fits=False))
    lines = text.splitlines()
    assert "✗ DOES NOT FIT by 3.6 GiB per GPU" in lines[:3]
    assert "- 2 of these GPUs (tensor parallel 2): weights 9.2 GiB per GPU" in lines
    assert "Speed of the replica" not in text


def test_a_yes_shows_the_step_and_the_evidence() -> None:
    text = sizing_text(sample_sizing())
    assert text.splitlines()[1].startswith("✓ FITS  640 [499–800] output tok/s at concurrency 32")
    for term in ("weights read", "KV cache read", "communication", "= decode step", "+ prefill of others"):
        assert term in text
    assert "716 predicted (+3.8 %)" in " ".join(text.split())
    assert "example.org" in text


def test_it_stays_within_a_terminal() -> None:
    for fits in (True, False):
        assert [line for line in sizing_text(sample_sizing(fits=fits)).splitlines() if width(line) > 80] == []
