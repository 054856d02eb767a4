"""The shipped token prices against the pinned price lists, field by field: each difference has its reason on record."""

from __future__ import annotations

from datetime import date
from importlib.metadata import PackageNotFoundError, version

import pytest

from planner.catalog.load import shipped_catalog
from planner.catalog.sources.compare import differences, folded_keys, installed_lists, kept_reasons, listed_for, told
from planner.catalog.sources.listed import PriceList

READ_ON = date(2026, 11, 29)
PINNED = {"genai-prices": "0.2.3", "litellm": "1.110.2"}


@pytest.fixture(scope="module")
def lists() -> tuple[PriceList, PriceList]:
    try:
        found = {name: version(name) for name in PINNED}
    except PackageNotFoundError as error:
        pytest.skip(f"{error.name} is not installed: it comes with the extra dev")
    assert found == PINNED, "the catalogue is compared with the releases that the extra dev pins"
    return installed_lists(READ_ON)


def test_no_difference_is_unexplained(lists: tuple[PriceList, PriceList]) -> None:
    found = differences(shipped_catalog().apis.values(), lists, READ_ON)
    assert [
        f"{d.api} {d.field}: {told(d.ours)} -> {told(d.listed)} ({d.source})" for d in found if not d.why_kept
    ] == []


@pytest.mark.usefixtures("lists")
@pytest.mark.parametrize("day", [date(2026, 11, 20), date(2026, 12, 1), date(2027, 1, 1)])
def test_an_announced_price_that_has_begun_is_no_difference(day: date) -> None:
    found = differences(shipped_catalog().apis.values(), installed_lists(day), day)
    assert [(d.api, d.field) for d in found if d.followed and not d.why_kept] == []  # litellm dates no price


def test_no_reason_is_left_over(lists: tuple[PriceList, PriceList]) -> None:
    found = differences(shipped_catalog().apis.values(), lists, READ_ON)
    used = {(d.api, d.field, d.source.rpartition(" ")[0], told(d.listed)) for d in found if d.why_kept}
    assert set(kept_reasons()) == used
    assert all(len(why.split()) > 5 for why in kept_reasons().values())


def test_every_endpoint_is_on_a_list(lists: tuple[PriceList, PriceList]) -> None:
    folded = folded_keys(lists[1])
    assert [api.id for api in shipped_catalog().apis.values() if not listed_for(api, lists, folded)] == []


@pytest.mark.parametrize(
    ("api", "prices"),
    [
        ("aws-bedrock/eu.anthropic.claude-haiku-5-5", (0.11, 0.55)),
        ("aws-bedrock/eu.anthropic.claude-sonnet-4-6", (3.3, 16.5)),
        ("aws-bedrock/eu.anthropic.claude-sonnet-5-5", (2.2, 11)),
        ("aws-bedrock/eu.anthropic.claude-opus-5-5", (4.4, 22)),
        ("azure/eu/gpt-6-luna", (0.12, 0.60)),
        ("azure/eu/gpt-6.1-sol", (2.4, 12)),
        ("azure/eu/gpt-6.1-terra", (1.2, 6)),
    ],
)
def test_closed_models_have_endpoints_in_the_eu(api: str, prices: tuple[float, float]) -> None:
    """litellm 1.110.2."""
    record = shipped_catalog().apis[api]
    assert (record.input_usd_per_mtok, record.output_usd_per_mtok, record.in_eu) == (*prices, True)


@pytest.mark.parametrize(
    ("day", "names"),
    [
        ("2026-12-01", ("gemini-2.5-flash", "gemini-2.5-pro")),
        ("2027-01-14", ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini")),
        ("2027-04-30", ("mistral/mistral-large-2512", "mistral/mistral-medium-3-5")),
    ],
)
def test_retirements_are_on_record(day: str, names: tuple[str, ...]) -> None:
    """litellm 1.110.2."""
    found = {name: (shipped_catalog().apis[name].retires_on, shipped_catalog().apis[name].status) for name in names}
    assert found == dict.fromkeys(names, (day, "retiring"))


def test_batch_tiers_and_peak_hours_are_on_record() -> None:
    apis = shipped_catalog().apis
    assert [apis[name].batch_discount_fraction for name in ("gemini-3.8-flash", "gemini-4-argon")] == [0.5, 0.5]
    peak = apis["deepseek/deepseek-flash"].peak_hours
    assert [(span.weekdays, span.from_hour, span.to_hour, span.time_zone) for span in peak] == [
        ("mon-fri", 1, 4, "UTC"),
        ("mon-fri", 6, 10, "UTC"),
    ]
    assert sum(span.hours_per_week for span in peak) == apis["deepseek/deepseek-flash"].peak_hours_per_week


@pytest.mark.parametrize(
    "name",
    [
        *("gpt-6-astra", "gpt-6-sol", "gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna", "gpt-5.5", "gpt-5.2", "gpt-5.1"),
        *("o3", "gemini-3-flash-preview", "gemini-3.5-flash", "gemini-3.6-flash", "gemini-3.7-flash"),
        *("gemini-4-hydrogen", "claude-fable-5", "claude-opus-4-5", "grok-4.3", "grok-4.5", "grok-4.6", "grok-4.20"),
        *("cerebras/gpt-oss-120b", "fireworks/glm-5p3", "together/zai-org/GLM-5.3", "aws-bedrock/global.zai.glm-5.3"),
    ],
)
def test_baselines_and_hosts_that_people_have_are_there(name: str) -> None:
    assert name in shipped_catalog().apis


def test_published_weights_are_no_closed_model() -> None:
    apis = shipped_catalog().apis
    for name in ("kimi-k3.1-pro", "together/moonshotai/Kimi-K3.1-Pro", "fireworks/kimi-k3p1-pro"):
        assert apis[name].is_hosted_open
