"""What a colleague may send on purpose: values that are numbers and mean nothing are refused with their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.catalog.load import load_catalog, shipped_catalog
from planner.engine.assumptions import BOUNDS
from planner.engine.ledger.months import cents
from planner.plan.store import load
from planner.report.csv import safe_cell
from planner.toml.errors import InputError
from tests.plan.texts import SMALL


def refused(folder: Path, text: str) -> str:
    path = folder / "plan.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        load(path)
    return str(caught.value).removeprefix(str(path))


def test_every_assumption_has_bounds_and_keeps_them() -> None:
    shipped = shipped_catalog().assumptions
    assert set(BOUNDS) == set(shipped)
    for key, (least, most) in BOUNDS.items():
        assert least <= shipped[key].low <= shipped[key].high <= most


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("engineer_eur_year = -90000", "found -90_000.0, expected 0 to 1e+09"),
        ("arrival_variability = 0", "found 0.0, expected 0.05 to 100"),
        ("residual_fraction = 50", "found 50.0, expected 0 to 1"),
        ("capex_years = { low = 0, mid = 1, high = 2 }", "found 0.0, expected 0.5 to 30"),
    ],
)
def test_an_assumption_beyond_its_bounds_is_refused(tmp_path: Path, line: str, expected: str) -> None:
    told = refused(tmp_path, f"{SMALL}\n[assumptions]\n{line}\n")
    assert f": assumptions.{line.split(' ')[0]}: {expected}" in told
    assert told.startswith(f":{(SMALL + chr(10)).count(chr(10)) + 2}:")


@pytest.mark.parametrize("name", ["\u200b", "\u2060 \u200e"])
def test_a_name_that_nobody_can_see_is_none(tmp_path: Path, name: str) -> None:
    assert "expected a name that is not empty" in refused(tmp_path, SMALL.replace("Support assistant", name))


def test_names_that_look_alike_are_one(tmp_path: Path) -> None:
    again = SMALL[SMALL.index("[[workload]]") :].replace("ticket classification", "ticket\u200b classification")
    assert "a second time" in refused(tmp_path, SMALL + again)


@pytest.mark.parametrize("day", ["0000", "2026-02-31", "0000-01-01", "٢٠٢٦", "9999"])
def test_a_day_that_is_none_is_refused(tmp_path: Path, day: str) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(f'[apis.claude-sonnet-4-6]\nas_of = "{day}"\n', "utf-8")
    with pytest.raises(InputError, match="expected a date such as"):
        load_catalog(path)


def test_the_dollar_is_the_dollar(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text('[fx.USD]\nusd_per_unit = 2\nsource = "x"\nas_of = "2026"\n', "utf-8")
    with pytest.raises(InputError, match="expected 1"):
        load_catalog(path)


def test_no_bill_is_too_large_for_cents() -> None:
    assert cents(1e33) == 10**33


@pytest.mark.parametrize("hidden", ["\u200b", "\ufeff", "\u200e"])
def test_a_formula_does_not_hide_behind_what_cannot_be_seen(hidden: str) -> None:
    assert safe_cell(f"{hidden}=1+1") == "'=1+1"


def test_more_prices_than_can_be_tried_are_refused(tmp_path: Path) -> None:
    work = SMALL[SMALL.index("[[workload]]") :]
    many = "".join(work.replace("ticket classification", f"work {n}") for n in range(400))
    prices = "".join(
        f'[[prices.api]]\nid = "a{n}"\ninput_per_mtok = 1\noutput_per_mtok = 1\nsource = "s"\nas_of = "2026"\n'
        for n in range(100)
    )
    assert "at most 74 [[prices.api]] beside 401 workloads, found 100" in refused(tmp_path, SMALL + many + prices)


def test_a_schema_of_many_digits_is_not_repeated(tmp_path: Path) -> None:
    told = refused(tmp_path, SMALL.replace("schema = 1", f"schema = {'9' * 400}"))
    assert told.startswith(":1: schema: found a huge number, expected at most 1")
