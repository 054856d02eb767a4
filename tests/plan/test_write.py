from __future__ import annotations

import tomllib
from datetime import date

import pytest
from hypothesis import given, settings

from planner.plan.edit import new_plan, set_value, set_values
from planner.plan.read import plan_from_data, plan_from_text, read_plan
from planner.plan.schema import Plan
from planner.plan.write import layout_for, number, plan_data, render
from tests.plan.texts import COMMENTED, SMALL, plans, small_plan


def test_the_written_text_is_the_one_of_the_specification() -> None:
    assert render(small_plan()) == SMALL


def test_a_new_plan_reads_like_the_six_questions() -> None:
    text = render(new_plan("First try", date(2026, 11, 23)))
    headers = [line.split("]")[0].strip("[") for line in text.splitlines() if line.startswith("[")]
    assert headers == ["volume", "workload", "quality", "fine_tuning", "operations", "residency", "rebenchmark"]
    assert "[rebenchmark]                   # 6  will we measure again every six months?" in text
    assert 'name = "First try"\ncreated = 2026-11-23\ncurrency = "EUR"\n' in text
    assert not [word for word in ("per_day", "bill", "level") if word in text], "nobody told a volume or a level"


@settings(max_examples=150)
@given(plans)
def test_what_is_written_reads_back_as_the_same_plan(plan: Plan) -> None:
    text = render(plan)
    again = plan_from_text(text)
    assert again == plan
    assert plan_data(again) == plan_data(plan)
    assert render(again, layout_for(again, text)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (6_000_000.0, "6_000_000"),
        (6_000_000, "6_000_000"),
        (0.06, "0.06"),
        (0.0, "0.0"),
        (1.0, "1.0"),
        (15.0, "15"),
        (1, "1"),
        (1234567.89, "1_234_567.89"),
        (1e-07, "1e-07"),
        (-2500.0, "-2_500"),
        (3e15, "3_000_000_000_000_000"),
    ],
)
def test_numbers_are_written_for_people_and_read_back_exactly(value: float, text: str) -> None:
    assert number(value) == text
    assert tomllib.loads(f"v = {text}")["v"] == value


def test_long_texts_are_folded_and_read_back_as_one_line() -> None:
    words = 'A "quoted" word, a back\\slash and an Ümlaut in a long text. ' * 6
    plan = set_value(small_plan(), ("description",), words.strip())
    text = render(plan)
    assert max(len(line) for line in text.splitlines()) <= 105
    assert plan_from_text(text).description == words.strip()


@pytest.mark.parametrize(
    "text",
    ["two\nlines", "two\r\nlines", 'ends in """', "trailing \\", "a  b " * 60, "a \tb \u2028c" * 60, "\u2028x\x7f\t"],
)
def test_awkward_texts_survive(text: str) -> None:
    plan = set_value(small_plan(), ("description",), text)
    assert plan_from_text(render(plan)).description == text


def test_every_comment_of_a_hand_written_file_is_kept() -> None:
    plan = plan_from_text(COMMENTED)
    text = render(plan, layout_for(plan, COMMENTED))
    comments = [line[line.index("#") :] for line in COMMENTED.splitlines() if "#" in line]
    assert [line[line.index("#") :] for line in text.splitlines() if "#" in line] == comments
    assert "tokens_per_day = 6_000_000\n" in text
    assert render(plan, layout_for(plan, text)) == text


def test_comments_move_with_their_workload() -> None:
    plan = plan_from_text(COMMENTED)
    data = plan_data(plan)
    swapped = plan_from_data(data | {"workload": [data["workload"][1], data["workload"][0]]})
    text = render(swapped, layout_for(swapped, COMMENTED))
    assert text.index("# second thoughts") < text.index('name = "chat"') < text.index("# the big one")
    assert "# measured, not guessed\ntokens_per_day = 6_000_000" in text


def test_comments_stay_when_a_workload_gets_another_name() -> None:
    plan = set_value(plan_from_text(COMMENTED), ("workload", 0, "name"), "renamed")
    text = render(plan, layout_for(plan, COMMENTED))
    assert '[[workload]]                    # the big one\nname = "renamed"' in text


def test_comments_of_a_removed_workload_go_with_it() -> None:
    data = plan_data(plan_from_text(COMMENTED))
    plan = plan_from_data(data | {"workload": data["workload"][1:]})
    text = render(plan, layout_for(plan, COMMENTED))
    assert "the big one" not in text
    assert "# second thoughts\n[[workload]]" in text


def test_a_section_that_was_there_keeps_its_own_comment_and_a_new_one_gets_the_question() -> None:
    plan = set_values(plan_from_text(COMMENTED), {("residency", "answer"): "yes"})
    text = render(plan, layout_for(plan, COMMENTED))
    assert "# our own words\n[volume]\n" in text
    assert "[residency]                     # 5  must the data stay inside?\n" in text


def test_a_new_plan_says_that_a_yes_has_a_scope() -> None:
    """The file itself tells whoever edits it; a comment of one's own, or none, stays as it is."""
    written = render(new_plan("One", date(2026, 11, 23)))
    line = next(line for line in written.splitlines() if line.startswith('answer = "unknown"  # '))
    assert "scope" in line
    assert '"inside"' in line
    assert '"region"' in line
    assert len(line) <= 140
    plan, layout = read_plan(written)
    assert render(plan, layout) == written
    bare = written.replace(line, 'answer = "unknown"')
    assert render(*read_plan(bare)) == bare
