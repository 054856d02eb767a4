"""The parsed form of the catalogue says what the TOML says, or is as if it were not there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog import load, parsed
from planner.catalog.__main__ import write_parsed
from planner.catalog.facts import DATA, put_together
from planner.catalog.from_toml import shipped_facts
from planner.catalog.parsed import NAME, read_parsed
from planner.engine.specs import Offer


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of what ships, with its parsed form."""
    copy = Path(shutil.copytree(DATA, tmp_path / "data"))
    write_parsed(copy)
    return copy


@pytest.fixture
def without_catalog() -> Iterator[None]:
    """No catalogue is remembered, before and after."""
    load.shipped_catalog.cache_clear()
    yield
    load.shipped_catalog.cache_clear()


def rewritten(data: Path, change: Any) -> None:
    """The file with its body changed and a digest that fits."""
    _, _, body = (data / NAME).read_bytes().partition(b"\n")
    held = json.loads(body)
    body = json.dumps(change(held)).encode()
    (data / NAME).write_bytes(parsed._digest(data, body) + b"\n" + body)


def test_its_catalogue_is_that_of_the_toml(data: Path) -> None:
    facts = read_parsed(data)
    assert facts is not None
    assert repr(put_together(facts)) == repr(put_together(shipped_facts()))


def test_a_missing_one_changes_nothing(data: Path) -> None:
    (data / NAME).unlink()
    assert read_parsed(data) is None


@pytest.mark.parametrize("name", ["offers.toml", "calibration.toml", "measurements.csv"])
def test_one_that_is_older_than_its_source_is_not_read(data: Path, name: str) -> None:
    assert read_parsed(data) is not None
    with (data / name).open("a", encoding="utf-8") as file:
        file.write("\n# a price was looked up again\n")
    assert read_parsed(data) is None


def test_one_for_other_fields_is_not_read(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Offer, "__slots__", ("id", "price"))
    assert read_parsed(data) is None


def test_a_missing_source_is_for_the_reader_of_toml_to_say(data: Path) -> None:
    (data / "fx.toml").unlink()
    assert read_parsed(data) is None


@cache
def whole_form(folder: Path) -> bytes:
    write_parsed(folder)
    return (folder / NAME).read_bytes()


@given(st.data())
def test_a_damaged_one_is_not_read(tmp_path_factory: pytest.TempPathFactory, chance: Any) -> None:
    raw = whole_form(tmp_path_factory.getbasetemp())
    at = chance.draw(st.integers(0, len(raw) - 1))
    damaged = chance.draw(st.sampled_from([raw[:at], raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :], raw[at + 1 :]]))
    folder = tmp_path_factory.mktemp("data")
    for source in DATA.iterdir():
        if source.name != NAME:
            (folder / source.name).symlink_to(source)
    (folder / NAME).write_bytes(damaged)
    assert read_parsed(folder) is None


@pytest.mark.parametrize("raw", [b"", b"\n", b"\n{}", b"\x00\xff\n[]", b"0" * 64 + b"\nnull"])
def test_another_file_of_its_name_is_not_read(data: Path, raw: bytes) -> None:
    (data / NAME).write_bytes(raw)
    assert read_parsed(data) is None


def test_a_folder_of_its_name_is_not_read(data: Path) -> None:
    (data / NAME).unlink()
    (data / NAME).mkdir()
    assert read_parsed(data) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda held: None,
        lambda held: [],
        lambda held: {},
        lambda held: {**held, "offers": None},
        lambda held: {**held, "offers": "offers"},
        lambda held: {**held, "offers": [1]},
        lambda held: {**held, "offers": [[]]},
        lambda held: {**held, "offers": [[*held["offers"][0], "more"]]},
        lambda held: {**held, "offers": [{"__class__": "os.system"}]},
        lambda held: {**held, "offers": [[["an id that is a list"], *held["offers"][0][1:]]]},
        lambda held: {**held, "calibration": []},
        lambda held: {**held, "calibration": {"terms": 1}},
    ],
)
def test_one_that_was_made_to_fit_but_holds_no_records_is_not_read(data: Path, change: Any) -> None:
    rewritten(data, change)
    assert read_parsed(data) is None


def test_one_that_is_nested_without_end_is_not_read(data: Path) -> None:
    body = b"[" * 200_000
    (data / NAME).write_bytes(parsed._digest(data, body) + b"\n" + body)
    assert read_parsed(data) is None


def test_one_that_was_made_to_fit_can_state_wrong_facts_and_no_more(data: Path) -> None:
    def cheaper(held: dict[str, Any]) -> dict[str, Any]:
        held["offers"][0][5] = "__import__('os').abort()"
        return {**held, "rooms": {"x": 1}}

    rewritten(data, cheaper)
    facts = read_parsed(data)
    assert facts is not None
    assert next(iter(facts.rooms["offers"].values())).price == "__import__('os').abort()"
    assert facts.rooms.keys() == shipped_facts().rooms.keys()


def test_reading_writes_nothing(data: Path) -> None:
    before = {path.name: path.read_bytes() for path in data.iterdir()}
    data.chmod(0o500)
    try:
        assert read_parsed(data) is not None
    finally:
        data.chmod(0o700)
    assert {path.name: path.read_bytes() for path in data.iterdir()} == before


@pytest.mark.usefixtures("without_catalog")
def test_without_it_the_catalogue_is_the_same(monkeypatch: pytest.MonkeyPatch, data: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("[fx.EUR]\nusd_per_unit = 1.25\n", encoding="utf-8")
    monkeypatch.setattr(load, "read_parsed", lambda: read_parsed(data))
    usual, usual_own = repr(load.shipped_catalog()), repr(load.load_catalog(own))
    load.shipped_catalog.cache_clear()
    monkeypatch.setattr(load, "read_parsed", lambda: None)
    assert repr(load.shipped_catalog()) == usual
    assert repr(load.load_catalog(own)) == usual_own
