"""The filter line: every kind of term, and what is said about one that cannot be read."""

from __future__ import annotations

import pytest

from planner.tui.screens.sizing.filter import FilterFacts, parse_filter

FACTS = FilterFacts(
    {
        "model": "Qwen/Qwen3-32B Qwen3 32B",
        "gpu": "l40s L40S",
        "offer": "aws-g6e-xlarge 1x L40S AWS",
        "licence": "apache-2.0",
    },
    {"cost": 1730.0, "tok": 1210.0, "ttft": 640.0, "n": 2.0, "util": 41.0},
    frozenset({"fits", "provisional"}),
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "qwen",
        "L40S",
        "model:qwen",
        "gpu:l40s fits",
        "cost<2000",
        "cost<2k cost>1.5k",
        "cost<=1730 cost>=1730 cost=1730",
        "ttft<700 util>40%",
        "licence:apache license:apache",
        "provider:aws",
        "replicas=2",
        "provisional",
        "-pinned",
        "-model:llama -cost>2000",
    ],
)
def test_terms_that_hold(text: str) -> None:
    found = parse_filter(text)
    assert found.problem == ""
    assert found.matches(FACTS)


@pytest.mark.parametrize("text", ["h100", "model:llama", "cost<1000", "n>2", "pinned", "-qwen", "qwen h100", "mtok<5"])
def test_terms_that_do_not(text: str) -> None:
    found = parse_filter(text)
    assert found.problem == ""
    assert not found.matches(FACTS)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cost<", "needs a number"),
        ("cost<abc", "needs a number"),
        ("colour:red", "try model gpu weights"),
        ("gpus:3", "gpus takes a number: gpus<2000"),
        ("licence<3", "licence takes a text: licence:…"),
        ("gpx:h100", "do you mean gpu?"),
        ("weight<3", "do you mean weights?"),
    ],
)
def test_a_term_that_cannot_be_read_is_left_out_and_named(text: str, says: str) -> None:
    found = parse_filter(f"qwen {text}")
    assert says in found.problem
    assert found.matches(FACTS)


def test_a_lone_minus_matches_nothing_special() -> None:
    assert parse_filter("-").problem == ""
