"""A user's own file over the shipped facts, and one clear line for each way it can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.catalog import load
from planner.catalog.load import load_catalog, shipped_catalog
from planner.engine.specs import Catalog
from planner.toml.errors import InputError

DAY = 'a date such as 2026-11-23, or "2026-11" or "2026" where the day is not known'
MARKET = '"production", "marketplace", "community", "spot", "serverless", "dedicated" or "historical"'
HOUSE_GPU = """
[gpus.house-card]
name = "House card"
vendor = "NVIDIA"
architecture = "Ada"
memory_gib_usable = 44.9
bandwidth_gb_s = 864
interconnect = "PCIe 4.0 x16"
link = "pcie"
source = "our rack"
as_of = 2026-11-01
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "catalog.toml"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str) -> Catalog:
    return load_catalog(written(folder, text))


def message(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        loaded(folder, text)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(str(folder / "catalog.toml"))
    return line.removeprefix(str(folder / "catalog.toml"))


def test_without_a_file_the_shipped_facts_are_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(load.ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setattr(load, "user_file_path", lambda: tmp_path / "catalog.toml")
    assert load_catalog() is shipped_catalog()


def test_the_environment_variable_names_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = written(tmp_path, "[fx.EUR]\nusd_per_unit = 1.2\n")
    monkeypatch.setenv(load.ENVIRONMENT_VARIABLE, str(path))
    assert load_catalog().usd_per["EUR"] == 1.2


def test_the_file_in_the_config_folder_is_used_where_it_exists(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = written(tmp_path, "[fx.EUR]\nusd_per_unit = 1.3\n")
    monkeypatch.delenv(load.ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setattr(load, "user_file_path", lambda: path)
    assert load_catalog().usd_per["EUR"] == 1.3


def test_a_named_file_that_is_missing_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(load.ENVIRONMENT_VARIABLE, str(tmp_path / "none.toml"))
    with pytest.raises(InputError, match=r"none\.toml: no such file"):
        load_catalog()


def test_a_few_keys_change_a_shipped_record_and_the_rest_stays(tmp_path: Path) -> None:
    own = loaded(tmp_path, "[apis.claude-sonnet-4-6]\ninput_usd_per_mtok = 2.4\nas_of = 2026-11-20\n")
    shipped = shipped_catalog().apis["claude-sonnet-4-6"]
    changed = own.apis["claude-sonnet-4-6"]
    assert (changed.input_usd_per_mtok, changed.output_usd_per_mtok) == (2.4, shipped.output_usd_per_mtok)
    assert changed.citation.as_of == "2026-11-20"
    assert changed.citation.source == str(tmp_path / "catalog.toml"), "a changed price must not cite the old source"
    assert own.apis["claude-haiku-4-5"] == shipped_catalog().apis["claude-haiku-4-5"]


def test_new_records_may_refer_to_each_other(tmp_path: Path) -> None:
    offer = """
[offers.house-rack]
provider = "our rack"
product = "2x House card"
gpu_id = "house-card"
gpu_count = 2
price = 900
currency = "EUR"
per = "month"
commitment = "monthly"
market = "production"
region = "Berlin, DE"
in_eu = true
"""
    own = loaded(tmp_path, HOUSE_GPU + offer)
    assert own.gpus["house-card"].citation.as_of == "2026-11-01"
    assert own.gpus["house-card"].dense_fp8_tflops is None
    assert own.offers["house-rack"].gpu_id == "house-card"
    assert "house-card" not in shipped_catalog().gpus


def test_a_new_hosted_model_takes_the_level_of_the_open_model(tmp_path: Path) -> None:
    text = """
[apis."inhouse/qwen"]
provider = "inhouse"
hf_id = "Qwen/Qwen3.8-27B"
name = "Qwen3.8 27B in house"
input_usd_per_mtok = 0.1
output_usd_per_mtok = 0.5
"""
    api = loaded(tmp_path, text).apis["inhouse/qwen"]
    assert (api.level, api.model_id) == ("solid", "inhouse/qwen")


def test_a_preset_of_ones_own(tmp_path: Path) -> None:
    week = ", ".join(["1"] * 12 + ["3"] * 12)
    text = f"""
[profiles.shop]
label = "Shop"
weekday = [{week}]
weekend_factor = 2.0
day_noise_cv = 0.3
peak_to_mean = 1.0
why = "our log"
"""
    preset = loaded(tmp_path, text).profiles["shop"]
    assert sum(preset.weights) == pytest.approx(168)
    assert preset.peak_to_mean == pytest.approx(2 * 3 / 2 / (9 / 7))


@pytest.mark.parametrize(
    ("record", "body", "field", "problem"),
    [
        ("gpus.l40s", "bandwith_gb_s = 900", "bandwith_gb_s", 'unknown key; did you mean "bandwidth_gb_s"?'),
        ("gpus.l40s", "bandwidth_gb_s = 'fast'", "bandwidth_gb_s", 'found "fast", expected a number'),
        ("gpus.l40s", "bandwidth_gb_s = 0", "bandwidth_gb_s", "found 0, expected a number above 0"),
        ("gpus.l40s", "tdp_w = nan", "tdp_w", "found nan, expected a finite number"),
        ("gpus.l40s", "memory_gb = true", "memory_gb", "found true, expected a number"),
        ("gpus.l40s", "aliases = ['a', 3]", "aliases[2]", "found 3, expected text in quotes"),
        ("offers.hetzner-gex45", "price = -1", "price", "found -1, expected a number of 0 or more"),
        ("offers.hetzner-gex45", "gpu_count = 1.5", "gpu_count", "found 1.5, expected a whole number"),
        ("offers.hetzner-gex45", "in_eu = 'yes'", "in_eu", 'found "yes", expected true or false'),
        (
            "offers.hetzner-gex45",
            "market = 'spott'",
            "market",
            f'found "spott", expected {MARKET}; did you mean "spot"?',
        ),
        ("offers.hetzner-gex45", "per = 3", "per", 'found 3, expected "hour", "month" or "year"'),
        (
            "offers.hetzner-gex45",
            "gpu_id = 'l40z'",
            "gpu_id",
            'found "l40z", expected a GPU of the catalogue; did you mean "l40"?',
        ),
        ("offers.hetzner-gex45", "currency = 'XYZ'", "currency", 'found "XYZ", expected a currency of [fx]'),
        (
            "offers.hetzner-gex45",
            "as_of = 'May'",
            "as_of",
            'found "May", expected a date such as 2026-11-23, or "2026-11" or "2026" where the day is not known',
        ),
        ("offers.hetzner-gex45", "source = ' '", "source", 'found "", expected a text that is not empty'),
        (
            "apis.gpt-6-luna",
            "retires_on = 20270101",
            "retires_on",
            'found 20_270_101, expected a date such as 2026-11-23, or "2026-11" or "2026" where the day is not known',
        ),
        (
            "apis.gpt-6-luna",
            "batch_discount_fraction = 50",
            "batch_discount_fraction",
            "found 50, expected a share between 0 and 1",
        ),
        (
            "apis.gpt-6-luna",
            "tiers = [{ above_input_tokens = 'x' }]",
            "tiers[1].above_input_tokens",
            'found "x", expected a whole number',
        ),
        ("apis.gpt-6-luna", "tiers = [{}]", "tiers[1].above_input_tokens", "missing; this key is needed"),
        ("apis.gpt-6-luna", "tiers = 5", "tiers", "found 5, expected a list"),
        (
            "apis.gpt-6-luna",
            "hf_id = 'Qwen/Qwen3.8-27'",
            "hf_id",
            'found "Qwen/Qwen3.8-27", expected an open model of the catalogue; did you mean "Qwen/Qwen3.8-27B"?',
        ),
        (
            "models.'microsoft/phi-4'",
            "checkpoints = { fp9 = 'a/b' }",
            "checkpoints",
            'found "fp9", expected a weight format; did you mean "fp8"?',
        ),
        (
            "models.'microsoft/phi-4'",
            "checkpoints = { fp8 = 'a/b' }",
            "checkpoints",
            'expected one for the native format "bf16"',
        ),
        ("models.'microsoft/phi-4'", "checkpoints = 'a/b'", "checkpoints", 'found "a/b", expected a table'),
        (
            "models.'microsoft/phi-4'",
            "active_params_b = 99",
            "active_params_b",
            "found 99.0, expected at most total_params_b, which is 14.66",
        ),
        ("assumptions.setup_weeks", "mid = 9", "mid", "found low 2.0, mid 9.0, high 4.0, expected low <= mid <= high"),
        ("profiles.flat", "weekday = [1, 2]", "weekday", "expected 24 weights, at least one above 0"),
        ("engines.vllm", "formats = ['fp9']", "formats", 'found "fp9", expected a weight format; did you mean "fp8"?'),
    ],
)
def test_a_wrong_field_is_named_with_its_line(tmp_path: Path, record: str, body: str, field: str, problem: str) -> None:
    shown = record.replace("'", "")
    assert message(tmp_path, f"# mine\n[{record}]\n\n{body}\n") == f":4: {shown}.{field}: {problem}"


@pytest.mark.parametrize(
    ("record", "body", "field", "problem"),
    [
        (
            "gpus.l40s",
            "memory_gib_usable = 49",
            "memory_gib_usable",
            "found 49.0, expected at most memory_gb, which is 48.0",
        ),
        ("gpus.l40s", "dense_bf16_tflops = 734", "dense_bf16_tflops", "found 734.0, expected at most dense_fp8_tflops"),
        ("models.'Qwen/Qwen3-8B'", "embedding_params_b = 9", "embedding_params_b", "expected at most total_params_b"),
        ("models.'Qwen/Qwen3-8B'", "vision_params_b = 9", "vision_params_b", "expected at most total_params_b"),
        (
            "models.'Qwen/Qwen3-8B'",
            "vision_params_b = 7.5",
            "embedding_params_b",
            "with vision_params_b, expected at most",
        ),
        (
            "models.'Qwen/Qwen3-8B'",
            "full_attention_layers = 37",
            "full_attention_layers",
            "at most layers, which is 36",
        ),
        (
            "models.'Qwen/Qwen3-8B'",
            "kv_heads = 33",
            "kv_heads",
            "found 33, expected at most attention_heads, which is 32",
        ),
        (
            "models.'Qwen/Qwen3-8B'",
            "moe_experts = 8",
            "moe_experts",
            "expected both moe_experts and moe_active_experts",
        ),
        (
            "models.'Qwen/Qwen3-8B'",
            "moe_experts = 8\nmoe_active_experts = 9",
            "moe_active_experts",
            "found 9, expected at most moe_experts, which is 8",
        ),
        (
            "models.'Qwen/Qwen3-8B'",
            "kv_bytes_per_token_fp16 = 1\nkv_bytes_per_token_beyond_window_fp16 = 1",
            "kv_bytes_per_token_fp16",
            "found 1, expected 73728 to 147456, as layers and heads make it",
        ),
        (
            "models.'Qwen/Qwen3-8B'",
            "kv_bytes_per_token_beyond_window_fp16 = 147_457",
            "kv_bytes_per_token_beyond_window_fp16",
            "expected at most kv_bytes_per_token_fp16, which is 147456.0",
        ),
        (
            "models.'Qwen/Qwen3-8B'",
            "tokenizer_factor = 1e-9",
            "tokenizer_factor",
            "expected a number between 0.2 and 5",
        ),
        ("apis.gpt-6-luna", "tokenizer_factor = 1e-9", "tokenizer_factor", "expected a number between 0.2 and 5"),
        ("apis.gpt-6-luna", "peak_hours_per_week = 169", "peak_hours_per_week", "expected a number between 0 and 168"),
        (
            "apis.gpt-6-luna",
            "cache_read_usd_per_mtok = 9",
            "cache_read_usd_per_mtok",
            "expected at most input_usd_per_mtok",
        ),
        (
            "apis.gpt-6-luna",
            "changes = [{ from_date = 2027-01-01, input_usd_per_mtok = 1e-6 }]",
            "changes",
            "expected at most its input price, which is 1e-06",
        ),
        (
            "apis.gpt-6-luna",
            "tiers = [{ above_input_tokens = 1000, cache_read_usd_per_mtok = 99 }]",
            "tiers",
            "found a cache read of 99.0, expected at most its input price",
        ),
    ],
)
def test_fields_of_one_record_that_cannot_all_be_true_are_refused(
    tmp_path: Path, record: str, body: str, field: str, problem: str
) -> None:
    told = message(tmp_path, f"# mine\n[{record}]\n\n{body}\n")
    shown = record.replace("'", "")
    assert f": {shown}.{field}: " in told
    assert problem in told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[apis.x]\nname = 'x'\n", ":1: apis.x.provider: missing; this key is needed"),
        ("[gpu.l40s]\n", ':1: gpu: unknown table; did you mean "gpus"?'),
        ("gpus = 3\n", ":1: gpus: found 3, expected tables such as [gpus.some-id]"),
        ("[gpus]\nl40s = 3\n", ":2: gpus.l40s: found 3, expected a table"),
        ("[gpus.l40s\n", ":1: not valid TOML in column 11: Expected ']' at the end of a table declaration"),
        ("[gpus.l40s]\n[gpus.l40s]\n", ":2: not valid TOML in column 11: Cannot declare ('gpus', 'l40s') twice"),
        ("[gpus.l40s]\nname = '''", ":2: not valid TOML: Expected \"'''\"; the file ends too early, it may be cut off"),
    ],
)
def test_a_wrong_layout_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    assert message(tmp_path, text) == expected


def test_inline_tables_still_name_record_and_field(tmp_path: Path) -> None:
    assert (
        message(tmp_path, "gpus = { l40s = { tdp_w = -3 } }\n")
        == ":1: gpus.l40s.tdp_w: found -3, expected a number above 0"
    )


def test_a_folder_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this is a folder, expected a file"):
        load_catalog(tmp_path)
    (tmp_path / "catalog.toml").write_bytes(b"name = '\xff\xfe'")
    with pytest.raises(InputError, match="found the byte 0xff, expected text in UTF-8"):
        load_catalog(tmp_path / "catalog.toml")


@pytest.mark.parametrize(
    ("platform", "environ", "end"),
    [
        ("linux", {"XDG_CONFIG_HOME": "/home/a/settings"}, "/home/a/settings/planner/catalog.toml"),
        ("linux", {}, "/.config/planner/catalog.toml"),
        ("darwin", {}, "/Library/Application Support/planner/catalog.toml"),
        ("win32", {"LOCALAPPDATA": "C:/Users/a/AppData/Local"}, "C:/Users/a/AppData/Local/planner/catalog.toml"),
    ],
)
def test_the_config_folder_is_the_platforms(platform: str, environ: dict[str, str], end: str) -> None:
    assert load.user_file_path(environ, platform).as_posix().endswith(end)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("1e300", "found 1e+300, expected a number of at most 1e+12"),
        ("9" * 400, "found a huge number, expected a number of at most 1e+12"),
        ("5e-324", "found 5e-324, expected 0 or a number of at least 1e-09"),
        ("inf", "found inf, expected a finite number"),
    ],
)
def test_numbers_that_nothing_has_are_refused(tmp_path: Path, value: str, problem: str) -> None:
    told = message(tmp_path, HOUSE_GPU.replace("864", value))
    assert told == f":7: gpus.house-card.bandwidth_gb_s: {problem}"


@pytest.mark.parametrize("rate", ["1e15", "1e-15", "0", "-1.1"])
def test_an_exchange_rate_is_one_that_could_be(tmp_path: Path, rate: str) -> None:
    assert ":2: fx.EUR.usd_per_unit: found" in message(tmp_path, f"[fx.EUR]\nusd_per_unit = {rate}\n")


def test_a_long_name_is_not_repeated_whole(tmp_path: Path) -> None:
    told = message(tmp_path, f'[gpus."{"x" * 100_000}"]\nname = 1\n')
    assert len(told) < 600
    assert told.startswith(":")


def test_a_mark_at_the_start_of_the_file_is_no_error(tmp_path: Path) -> None:
    assert loaded(tmp_path, "\ufeff[fx.EUR]\nusd_per_unit = 1.2\n").usd_per["EUR"] == 1.2


def test_a_card_of_ones_own_needs_three_keys(tmp_path: Path) -> None:
    text = '[gpus.thor]\nvendor = "NVIDIA"\nmemory_gb = 128\nbandwidth_gb_s = 273\n'
    card = loaded(tmp_path, text).gpus["thor"]
    assert (card.name, card.link, card.memory_usable_assumed) == ("thor", "pcie", True)
    assert card.memory_gib_usable == pytest.approx(0.94 * 128)
    read = loaded(tmp_path, text + "memory_gib_usable = 120.5\n").gpus["thor"]
    assert (read.memory_gib_usable, read.memory_usable_assumed) == (120.5, False)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("memory_gb = 0\n", "gpus.thor.memory_gb: found 0, expected a number above 0"),
        ("memory_gib_usable = 0.0\n", "gpus.thor.memory_gib_usable: found 0.0, expected a number above 0"),
        ("", "gpus.thor.memory_gib_usable: missing"),
        ('memory_gb = "big"\n', 'gpus.thor.memory_gb: found "big", expected a number'),
    ],
)
def test_a_card_without_memory_is_refused(tmp_path: Path, keys: str, said: str) -> None:
    text = f'[gpus.thor]\nvendor = "NVIDIA"\nbandwidth_gb_s = 273\n{keys}'
    assert said in message(tmp_path, text)
