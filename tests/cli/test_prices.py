"""`planner catalog diff` and `planner catalog update` on small price lists, and the file that is written and read."""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from planner.catalog.load import load_catalog, shipped_catalog
from planner.catalog.sources import listed
from planner.toml.errors import InputError
from tests.cli.conftest import AS_OF, Run

SONNET = shipped_catalog().apis["claude-sonnet-4-6"]


def overlay(config: Path) -> Path:
    return config / "planner" / "prices-2026-11-23.toml"


@pytest.fixture(name="config")
def _config(tmp_path: Path) -> Path:
    """The folder of settings that the command line is run with."""
    return tmp_path / "config"


@pytest.fixture(name="lists")
def _lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Installed packages of both names that list one model each, as the catalogue has it; found before any other."""
    site = tmp_path / "site"
    for package, version in (("genai_prices", "0.9"), ("litellm", "1.5")):
        (site / f"{package}-{version}.dist-info").mkdir(parents=True)
        name = package.replace("_", "-")
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (site / f"{package}-{version}.dist-info" / "METADATA").write_text(metadata)
        (site / package).mkdir()
    say_genai(site, "input_mtok=Decimal('3'), output_mtok=Decimal('15')")
    say_litellm(site, {"claude-sonnet-4-6": {"input_cost_per_token": 3e-6}})
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    return site


def say_genai(site: Path, prices: str) -> None:
    model = f"ModelInfo(id='claude-sonnet-4-6', prices=ModelPrice({prices}))"
    text = f"providers: list = [Provider(id='anthropic', models=[{model}])]\n"
    (site / "genai_prices" / "data.py").write_text(text)


def say_litellm(site: Path, entries: object) -> None:
    (site / "litellm" / "model_prices_and_context_window_backup.json").write_text(json.dumps(entries))


@pytest.mark.parametrize("command", ["diff", "update"])
def test_without_the_packages_it_says_which_extra_brings_them(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(listed, "distribution", missing)
    outcome = run("catalog", command)
    assert outcome.code == 2
    assert outcome.complaint.endswith(
        "is not installed, which price lists are read from: pip install 'llm-capacity-planner[prices]'"
    )


@pytest.mark.usefixtures("lists")
def test_what_agrees_is_no_difference(run: Run, config: Path) -> None:
    assert run("catalog", "diff", *AS_OF).out == "0 differences; 0 more are meant (--all shows them)\n"
    assert run("catalog", "update", *AS_OF).out == "nothing has changed; no file is written\n"
    assert not overlay(config).exists()


def test_a_new_price_is_shown_written_and_read(run: Run, lists: Path, config: Path) -> None:
    say_genai(lists, "input_mtok=Decimal('2.5'), output_mtok=Decimal('15')")
    line = "claude-sonnet-4-6 input_usd_per_mtok: 3 -> 2.5 (genai-prices 0.9)"
    also = "claude-sonnet-4-6 output_usd_per_mtok"
    assert line in run("catalog", "diff", *AS_OF).out.splitlines()
    told = run("catalog", "update", *AS_OF).out.splitlines()
    assert told == [line, f"1 changes written to {overlay(config)}"]
    assert not any(also in each for each in told)
    assert f"# {line}" in overlay(config).read_text()
    changed = load_catalog().apis["claude-sonnet-4-6"]
    assert (changed.input_usd_per_mtok, changed.output_usd_per_mtok) == (2.5, 15)
    assert (changed.citation.source, changed.citation.as_of) == ("overlay 2026-11-23, genai-prices 0.9", "2026-11-23")
    assert "0 differences" not in run("catalog", "diff", *AS_OF).out.splitlines()[0]  # litellm still says 3
    assert "another list is followed" in run("catalog", "diff", *AS_OF).out


def test_a_second_list_fills_what_the_first_does_not_say(run: Run, lists: Path) -> None:
    say_litellm(lists, {"claude-sonnet-4-6": {"deprecation_date": "2027-02-01", "max_output_tokens": 1234}})
    run("catalog", "update", *AS_OF)
    changed = load_catalog().apis["claude-sonnet-4-6"]
    assert (changed.retires_on, changed.status, changed.max_output_tokens) == ("2027-02-01", "retiring", 1234)
    assert changed.citation.source == "overlay 2026-11-23, litellm 1.5"


def test_tiers_are_taken_over_whole(run: Run, lists: Path) -> None:
    say_genai(lists, "input_mtok=TieredPrices(base=Decimal('3'), tiers=[Tier(start=1000, price=Decimal('6'))])")
    run("catalog", "update", *AS_OF)
    (tier,) = load_catalog().apis["claude-sonnet-4-6"].tiers
    assert (tier.above_input_tokens, tier.input_usd_per_mtok, tier.output_usd_per_mtok) == (1000, 6, None)


def test_what_cannot_be_true_is_left_out_by_name(run: Run, lists: Path, config: Path) -> None:
    say_genai(lists, "cache_read_mtok=Decimal('99')")
    say_litellm(lists, {"gpt-4o": {"max_output_tokens": 77}})
    told = run("catalog", "update", *AS_OF).out
    assert (
        "claude-sonnet-4-6 left out: cache_read_usd_per_mtok: found 99.0, expected at most input_usd_per_mtok" in told
    )
    assert load_catalog().apis["claude-sonnet-4-6"] == SONNET
    assert load_catalog().apis["gpt-4o"].max_output_tokens == 77
    assert "claude" not in overlay(config).read_text()


def test_json_for_programs(run: Run, lists: Path, config: Path) -> None:
    say_genai(lists, "input_mtok=Decimal('2.5')")
    (change,) = json.loads(run("catalog", "diff", "--format", "json", *AS_OF).out)
    assert (change["api"], change["field"], change["ours"], change["listed"]) == (
        SONNET.id,
        "input_usd_per_mtok",
        3,
        2.5,
    )
    told = json.loads(run("catalog", "update", "--format", "json", *AS_OF).out)
    assert (told["file"], len(told["changes"]), told["left_out"]) == (str(overlay(config)), 1, [])


def test_an_update_that_finds_nothing_takes_back_an_older_one(run: Run, lists: Path, config: Path) -> None:
    say_genai(lists, "input_mtok=Decimal('2.5')")
    run("catalog", "update", "--as-of", "2026-11-20")
    assert load_catalog().apis["claude-sonnet-4-6"].input_usd_per_mtok == 2.5
    say_genai(lists, "input_mtok=Decimal('3')")
    assert run("catalog", "update", *AS_OF).out == f"0 changes written to {overlay(config)}\n"
    assert load_catalog().apis["claude-sonnet-4-6"] == SONNET


def test_a_user_s_own_file_lies_over_the_price_list(run: Run, lists: Path, tmp_path: Path) -> None:
    say_genai(lists, "input_mtok=Decimal('2.5'), output_mtok=Decimal('14')")
    run("catalog", "update", *AS_OF)
    own = tmp_path / "catalog.toml"
    own.write_text("[apis.claude-sonnet-4-6]\ninput_usd_per_mtok = 2\n")
    changed = load_catalog(own).apis["claude-sonnet-4-6"]
    assert (changed.input_usd_per_mtok, changed.output_usd_per_mtok, changed.citation.source) == (2, 14, str(own))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            "[apis.claude-sonnet-4-6]\ninput_usd_per_mtok = -1\nas_of = '2026-11-23'\n",
            ":2: apis.claude-sonnet-4-6.input_usd",
        ),
        (
            "[apis.claude-sonnet-4-6]\nprice = 1\nas_of = '2026-11-23'\n",
            ":2: apis.claude-sonnet-4-6.price: unknown key",
        ),
        ("[apis.gone]\ninput_usd_per_mtok = 1\n", ":1: apis.gone: not in the catalogue any more"),
        ("[apis\n", ":1: "),
    ],
)
def test_a_price_list_that_is_wrong_is_named_with_its_line(run: Run, config: Path, text: str, place: str) -> None:
    overlay(config).parent.mkdir(parents=True)
    overlay(config).write_text(text)
    outcome = run("catalog", "apis")
    assert outcome.code == 2
    assert outcome.complaint.startswith(f"planner: {overlay(config)}{place}")


def test_prices_that_ship_later_are_newer(config: Path) -> None:
    """An update of the planner brings prices that were read after an old list was written."""
    path = config / "planner" / "prices-2026-01-01.toml"
    path.parent.mkdir(parents=True)
    path.write_text("[apis.claude-sonnet-4-6]\ninput_usd_per_mtok = 9\nas_of = '2026-01-01'\n")
    assert load_catalog().apis["claude-sonnet-4-6"] == SONNET


@pytest.mark.parametrize(("package", "content"), [("genai_prices", "x = 1\n"), ("litellm", "[]")])
def test_a_package_that_is_laid_out_otherwise_is_one_line(run: Run, lists: Path, package: str, content: str) -> None:
    (file,) = (lists / package).iterdir()
    file.write_text(content)
    outcome = run("catalog", "diff", *AS_OF)
    assert outcome.code == 2
    assert file.name in outcome.complaint
    file.unlink()
    assert "no such file" in run("catalog", "diff", *AS_OF).complaint


def test_a_damaged_price_list_is_no_reason_not_to_write_a_new_one(run: Run, lists: Path, config: Path) -> None:
    overlay(config).parent.mkdir(parents=True)
    overlay(config).write_text("[apis\n")
    say_genai(lists, "input_mtok=Decimal('2.5')")
    assert run("catalog", "update", *AS_OF).code == 0
    with pytest.raises(InputError, match="no such file"):
        load_catalog(config / "none.toml")
    assert load_catalog().apis["claude-sonnet-4-6"].input_usd_per_mtok == 2.5


def test_a_price_that_has_begun_gives_way_to_a_newer_one(run: Run, lists: Path) -> None:
    """Gemini 4 Argon doubles on 2026-12-01 by the shipped catalogue: nothing of that may be laid over a later price."""
    say_litellm(lists, {"gemini/gemini-4-argon": {"input_cost_per_token": 5e-6}})
    assert (
        "gemini-4-argon input_usd_per_mtok: 4 -> 5 (litellm 1.5)"
        in run("catalog", "update", "--as-of", "2026-12-10").out
    )
    changed = load_catalog().apis["gemini-4-argon"]
    assert (changed.input_usd_per_mtok, changed.output_usd_per_mtok, changed.changes) == (5, 20, ())
