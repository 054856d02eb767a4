from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from planner.report.document import Segment, plain_cell
from planner.tui.widgets.cut_apart import Cut, cut_apart


def shown(texts: list[str], width: int) -> list[str]:
    cuts = cut_apart(texts, width)
    return [cuts[text].of(text) if text in cuts else text for text in texts]


def test_what_fits_stays_and_what_is_alone_loses_its_end() -> None:
    assert shown(["chat", "search over guidelines"], 12) == ["chat", "search over…"]


def test_names_that_begin_alike_are_told_apart_by_the_word_that_differs() -> None:
    assert shown(["Mistral Small 3.1 24B", "Mistral Small 3.2 24B"], 15) == ["Mistral…3.1 24B", "Mistral…3.2 24B"]
    letters = ["Letters of discharge for general practitioners", "Letters of discharge for the insurance"]
    assert shown(letters, 18) == ["Letter…general pr…", "Letter…the insura…"]


def test_pairs_in_a_group_are_told_apart_from_the_others_too() -> None:
    keys = [f"workload.discharge letters.{end}" for end in ("input_tokens", "input_tokens_p95", "output_tokens")]
    assert len(set(shown([*keys, f"{keys[2]}_p95"], 26))) == 4


def test_a_long_word_is_told_apart_where_it_differs() -> None:
    assert len(set(shown([f"https://example.org/a/very/long/way/{n}/index" for n in range(5)], 20))) == 5


def test_parts_keep_their_roles() -> None:
    cell = (Segment("~ ", "warn"), Segment("residency: data must stay", "text"))
    cut = Cut(5, 12, 20)
    assert plain_cell(cut.of_cell(cell)) == cut.of(plain_cell(cell)) == "~ res… data mu…"
    shown_cell = cut.of_cell(cell)
    assert not isinstance(shown_cell, str)
    assert [part.role for part in shown_cell] == ["warn", "text", "text", "text", "text"]


@given(st.lists(st.text("ab 漢é", max_size=30), max_size=6), st.integers(1, 20))
def test_nothing_is_wider_than_its_column(texts: list[str], width: int) -> None:
    assert all(cell_len(text) <= width for text in shown(texts, width))


@given(st.lists(st.text("abc ", min_size=12, max_size=20), max_size=5, unique=True))
def test_what_begins_and_ends_alike_is_told_apart(middles: list[str]) -> None:
    texts = [f"the same beginning {middle.strip()} the same end" for middle in middles]
    assert len(set(shown(texts, 30))) == len(set(texts))
