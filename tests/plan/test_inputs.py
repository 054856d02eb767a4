from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import Any

import pytest

from planner.engine.specs import PriceTier, Range, Workload
from planner.plan.inputs import to_inputs
from planner.plan.prices import overlaid_catalog
from planner.plan.read import plan_from_data, plan_from_text
from planner.plan.schema import Plan
from planner.plan.write import plan_data
from planner.toml.errors import InputError
from tests.plan.texts import small_plan
from tests.sample_catalog import sample_catalog

FULL = """\
schema = 1
name = "Everything"
created = 2026-11-23
currency = "USD"
vat_not_reclaimed_fraction = 0.19
[volume]
known = "unknown"
growth_per_month = { low = 0.01, mid = 0.02, high = 0.03 }
tokens_per_day_by_month = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
profile = "flat"
day_noise_cv = 0.4
history_days = 90
p95_tokens_per_day = 8_000_000
baseline_api = "claude-haiku-4-5"
[[workload]]
name = "w"
kind = "vision"
requests_per_day = 100
input_tokens = 900
output_tokens = 100
input_tokens_p95 = 2_000
output_tokens_p95 = 300
cached_input_fraction = 0.5
cache_write_fraction = 0.1
cache_life = "hour"
thinking = "off"
batch_fraction = 0.2
latency = "background"
deadline_hours = 6
level = "frontier"
text = "json"
resident = false
region = "us"
needs_vision = true
max_context = 8_192
profile = "nightly-batch"
api_model = "claude-opus-4-7"
route = "api"
[quality]
answer = "no"
margin_fraction = 0.05
[[quality.evaluation]]
workload = "w"
model = "m"
api_model = "a"
prompts = 200
gap_low_fraction = -0.01
gap_mid_fraction = 0.02
gap_high_fraction = 0.05
source = "s"
as_of = 2026-10-01
[fine_tuning]
answer = "yes"
base_model = "base"
adapters = 200
[operations]
gpu_experience = "yes"
hiring_budget = "no"
redundancy = "n_plus_1"
hardware = "own"
until_live = "as_today"
people_already_paid = true
[residency]
answer = "yes"
scope = "region"
zero_retention_checked = "yes"
company_in_eu = true
[rebenchmark]
answer = "yes"
[choice]
model = "m"
weights = "fp8"
kv = "fp8"
gpu = "g"
offer = "o"
engine = "vllm"
tensor_parallel = 2
replicas = 3
allow_non_production = true
prefer_gpus = ["g", "h"]
exclude_providers = ["p"]
[objectives]
ttft_ms_p95 = 900
tpot_ms = 40
[assumptions]
pue = 1.4
setup_weeks = { low = 1, mid = 2, high = 3 }
[[commitment]]
name = "deal"
provider = "Anthropic"
kind = "spend"
amount = 1000.0
settled = "end"
from_date = 2026-12-01
until = 2027-12-01
source = "contract"
as_of = 2026-11-01

[[benchmark]]
model = "m"
gpu = "g"
engine = "vllm"
output_tok_s = 1_000
concurrency = 32
input_tokens = 1_000
output_tokens = 200
source = "b"
as_of = "2026-11"
"""


def _with(extra: dict[str, Any]) -> Plan:
    return plan_from_data(plan_data(small_plan()) | extra)


def _api_price(**values: Any) -> dict[str, Any]:
    given = {
        "id": "claude-sonnet-4-6",
        "input_per_mtok": 2.7,
        "output_per_mtok": 13.5,
        "source": "own",
        "as_of": "2026",
    }
    return given | values


def _same(given: Any, usual: Any, path: str = "") -> set[str]:
    """Paths of the fields that are equal, section by section."""
    found: set[str] = set()
    for field in dataclasses.fields(given):
        ours, theirs = getattr(given, field.name), getattr(usual, field.name)
        if dataclasses.is_dataclass(ours) and not isinstance(ours, Range):
            found |= _same(ours, theirs, f"{path}{field.name}.")
        elif ours == theirs:
            found.add(path + field.name)
    return found


def test_every_answer_reaches_the_engine() -> None:
    inputs = to_inputs(plan_from_text(FULL))
    defaults = to_inputs(small_plan())
    same = _same(inputs, defaults)
    assert same == {"volume.profile_weights"}, "these fields of the engine's inputs cannot be set from a plan"
    work, usual = inputs.workload[0], Workload("w", "other", 1e5, 1.0, 1.0)
    unset = {
        field.name for field in dataclasses.fields(Workload) if getattr(work, field.name) == getattr(usual, field.name)
    }
    assert unset == {"name", "tokens_per_day", "bill"}, "a volume is told in one way"


def test_values_arrive_as_they_were_given() -> None:
    inputs = to_inputs(plan_from_text(FULL))
    assert inputs.volume.growth_per_month == Range(0.01, 0.02, 0.03)
    assert inputs.volume.tokens_per_day_by_month == tuple(float(n) for n in range(1, 13))
    assert inputs.assumptions == {"pue": Range(1.4, 1.4, 1.4), "setup_weeks": Range(1, 2, 3)}
    assert inputs.workload[0].tokens_per_day == 100_000
    assert inputs.quality.evaluation[0].as_of == "2026-10-01"
    assert inputs.benchmark[0].input_tokens == 1_000
    assert inputs.residency.required == "region"
    assert hash(inputs.workload)


def test_a_scope_without_a_yes_binds_nothing() -> None:
    plan = _with({"residency": {"answer": "unknown", "scope": "inside"}})
    assert to_inputs(plan).residency.required == "none"


def test_a_plan_without_prices_sees_the_catalogue_as_it_is() -> None:
    catalog = sample_catalog()
    assert overlaid_catalog(catalog, small_plan()) == catalog


def test_a_frozen_price_says_all_there_is() -> None:
    plan = _with({"prices": {"api": [_api_price(tiers=[{"above_input_tokens": 1000, "input_per_mtok": 6}])]}})
    api = overlaid_catalog(sample_catalog(), plan).apis["claude-sonnet-4-6"]
    assert (api.input_usd_per_mtok, api.output_usd_per_mtok) == (2.7, 13.5)
    assert api.cache_read_usd_per_mtok is None
    assert api.batch_discount_fraction is None
    assert api.tiers == (PriceTier(1000, 6.0),)
    assert api.name == sample_catalog().apis["claude-sonnet-4-6"].name
    assert (api.citation.source, api.citation.as_of) == ("own", "2026")


def test_a_negotiated_price_keeps_the_ratios_of_the_list() -> None:
    listed = sample_catalog().apis["claude-sonnet-4-6"]
    plan = _with({"prices": {"api": [_api_price(negotiated=True)]}})
    api = overlaid_catalog(sample_catalog(), plan).apis["claude-sonnet-4-6"]
    assert listed.cache_read_usd_per_mtok is not None
    assert api.cache_read_usd_per_mtok == pytest.approx(
        listed.cache_read_usd_per_mtok * 2.7 / listed.input_usd_per_mtok
    )
    assert api.batch_discount_fraction == listed.batch_discount_fraction


def test_prices_in_another_currency_are_converted_at_the_plans_own_rate() -> None:
    rate = {"currency": "EUR", "usd": 1.5, "source": "s", "as_of": "2026"}
    plan = _with({"prices": {"api": [_api_price(currency="EUR")], "fx": [rate]}})
    catalog = overlaid_catalog(sample_catalog(), plan)
    assert catalog.apis["claude-sonnet-4-6"].input_usd_per_mtok == pytest.approx(2.7 * 1.5)
    assert catalog.usd_per["EUR"] == 1.5
    assert catalog.fx_citation.source == "s"


def test_a_price_without_a_rate_is_refused() -> None:
    plan = _with({"prices": {"api": [_api_price(currency="CHF")]}})
    with pytest.raises(InputError, match='found "CHF", for which there is no exchange rate'):
        overlaid_catalog(sample_catalog(), plan)


def test_an_endpoint_of_ones_own_becomes_an_api_model() -> None:
    own = _api_price(id="in-house", open_model="Qwen/Qwen3-32B", level="solid", in_eu=True, name="House model")
    api = overlaid_catalog(sample_catalog(), _with({"prices": {"api": [own]}})).apis["in-house"]
    assert (api.hf_id, api.level, api.in_eu, api.name) == ("Qwen/Qwen3-32B", "solid", True, "House model")
    assert api.is_hosted_open


def test_offers_of_ones_own_are_added_and_the_frozen_one_wins() -> None:
    offer = {
        "id": "mine",
        "provider": "Us",
        "gpu": "l40s",
        "gpu_count": 2,
        "price": 900.0,
        "currency": "EUR",
        "per": "month",
        "source": "quote",
        "as_of": "2026-11",
    }
    plan = _with({"prices": {"offer": [offer]}, "offer": offer | {"price": 800.0}})
    catalog = overlaid_catalog(sample_catalog(), plan)
    assert catalog.offers["mine"].price == 800.0
    assert catalog.offers["mine"].is_production
    assert set(sample_catalog().offers) < set(catalog.offers)
    assert isinstance(catalog.offers, MappingProxyType)
