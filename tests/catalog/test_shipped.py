"""The shipped facts: what must be there, figures that others publish, and that every record says where it is from."""

from __future__ import annotations

import re

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.replica.formats import WEIGHT_FORMATS
from planner.engine.specs import Catalog

ROOMS = ("gpus", "models", "offers", "apis", "engines", "assumptions", "profiles", "purchases")
LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
DEEPSEEK = "deepseek-ai/DeepSeek-V3"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return shipped_catalog()


def test_every_room_is_as_full_as_promised(catalog: Catalog) -> None:
    assert len(catalog.gpus) >= 60
    assert len(catalog.models) >= 80
    assert len(catalog.apis) >= 45
    assert sum(api.is_hosted_open for api in catalog.apis.values()) >= 45
    assert sum(offer.is_production for offer in catalog.offers.values()) >= 100


@pytest.mark.parametrize("room", ROOMS)
def test_every_record_has_a_source_and_a_date(catalog: Catalog, room: str) -> None:
    for record_id, record in getattr(catalog, room).items():
        assert record.id == record_id
        assert record.citation.source.strip(), record_id
        assert re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", record.citation.as_of), record_id


def test_no_source_names_a_machine(catalog: Catalog) -> None:
    for room in ROOMS:
        for record in getattr(catalog, room).values():
            assert not re.search(r"/(work|tmp|root|home)/", record.citation.source), record.id


def test_ids_that_records_name_exist(catalog: Catalog) -> None:
    assert {offer.gpu_id for offer in catalog.offers.values()} <= set(catalog.gpus)
    assert {purchase.gpu_id for purchase in catalog.purchases.values()} <= set(catalog.gpus)
    assert {api.hf_id for api in catalog.apis.values() if api.hf_id} <= set(catalog.models)
    assert {offer.currency for offer in catalog.offers.values()} <= set(catalog.usd_per)


@pytest.mark.parametrize(
    "gpu",
    [
        "rtx-a4000",
        "rtx-4000-ada",
        "rtx-4000-sff-ada",
        "rtx-4090",
        "rtx-4090-48gb",
        "a100-40-sxm",
        "a100-80-sxm",
        "h100-sxm",
    ],
)
def test_the_cards_of_the_source_article_are_there(catalog: Catalog, gpu: str) -> None:
    assert gpu in catalog.gpus


@pytest.mark.parametrize(
    "model",
    [
        LLAMA,
        DEEPSEEK,
        "Qwen/Qwen2.5-72B-Instruct",
        "mistralai/Mixtral-8x7B-Instruct-v0.1",
        "mistralai/Mistral-Large-Instruct-2407",
        "microsoft/phi-4",
        "meta-llama/Llama-3.1-8B-Instruct",
        "meta-llama/Llama-2-13b-chat-hf",
        "BAAI/bge-m3",
    ],
)
def test_the_models_of_the_source_article_are_there_with_a_level(catalog: Catalog, model: str) -> None:
    assert catalog.models[model].level == "routine"
    assert catalog.models[model].level_basis


def test_usable_memory_is_a_reading_or_marked_as_a_rule(catalog: Catalog) -> None:
    l40s, sff, h100, ada = (catalog.gpus[key] for key in ("l40s", "rtx-4000-sff-ada", "h100-sxm", "rtx-5000-ada"))
    assert (l40s.memory_gib_usable, l40s.memory_usable_assumed) == (44.99, False)
    assert (sff.memory_gib_usable, sff.memory_usable_assumed) == (19.995, False)
    assert (ada.memory_gib_usable, ada.memory_usable_assumed) == (30.08, True)
    assert (h100.memory_gib_usable, h100.memory_usable_assumed) == (80.0, False)
    for gpu in catalog.gpus.values():
        assert gpu.memory_gb is None or 0 < gpu.memory_gib_usable <= gpu.memory_gb


@pytest.mark.parametrize(
    ("gpu", "link", "gb_s"),
    [
        ("h100-sxm", "nvlink", 900),
        ("h100-pcie", "nvlink-bridge", 600),
        ("l40s", "pcie", 64),
        ("rtx-5090", "pcie", 128),
        ("rtx-3090", "nvlink-bridge", 112.5),
        ("mi300x", "infinity-fabric", 896),
        ("t4", "pcie", 32),
        ("a30", "nvlink-bridge", None),
        ("m3-ultra", "unified", None),
    ],
)
def test_links_are_read_from_the_makers_figure(catalog: Catalog, gpu: str, link: str, gb_s: float | None) -> None:
    assert (catalog.gpus[gpu].link, catalog.gpus[gpu].link_gb_s) == (link, gb_s)


def test_llama_70b_has_the_published_kv_size(catalog: Catalog) -> None:
    model = catalog.models[LLAMA]
    assert model.kv_bytes_per_token_fp16 == 327_680
    assert model.embedding_params_b == pytest.approx(2 * 128_256 * 8192 / 1e9, abs=1e-4)
    assert {c.format for c in model.checkpoints} >= {"bf16", "fp8", "awq", "q4_k_m"}


def test_mla_is_counted_as_latent_and_has_no_kv_heads(catalog: Catalog) -> None:
    latent = [model for model in catalog.models.values() if model.is_mla]
    assert len(latent) >= 12
    assert all(model.kv_heads is None for model in latent)
    assert catalog.models[DEEPSEEK].kv_bytes_per_token_fp16 == 61 * 576 * 2


def test_kv_size_is_known_or_the_model_is_marked(catalog: Catalog) -> None:
    unknown = {key for key, model in catalog.models.items() if not model.kv_known}
    assert unknown == {"deepseek-ai/DeepSeek-V4.1-Flash"}
    encoders = {key for key, model in catalog.models.items() if model.attention_kind.startswith("encoder")}
    zero = {key for key, model in catalog.models.items() if model.kv_bytes_per_token_fp16 == 0}
    assert zero == unknown | encoders


@pytest.mark.parametrize(
    ("model", "native"),
    [
        (DEEPSEEK, "fp8"),
        ("deepseek-ai/DeepSeek-V3.2", "fp8"),
        ("openai/gpt-oss-120b", "mxfp4"),
        ("moonshotai/Kimi-K2.6", "int4"),
        (LLAMA, "bf16"),
    ],
)
def test_the_makers_own_format_is_listed_and_is_its_own_repository(catalog: Catalog, model: str, native: str) -> None:
    record = catalog.models[model]
    assert record.native_format == native
    assert next(c.repo for c in record.checkpoints if c.format == native) == model


def test_every_format_can_be_sized(catalog: Catalog) -> None:
    for model in catalog.models.values():
        assert {c.format for c in model.checkpoints} <= set(WEIGHT_FORMATS)
    for engine in catalog.engines.values():
        assert set(engine.formats) <= set(WEIGHT_FORMATS)


def test_checkpoints_are_of_the_model_and_not_of_a_sibling(catalog: Catalog) -> None:
    for model in catalog.models.values():
        for checkpoint in model.checkpoints:
            assert "mlx" not in checkpoint.repo.lower()
            assert ("flash" in checkpoint.repo.lower()) == ("flash" in model.id.lower()), checkpoint.repo


@pytest.mark.parametrize(
    ("model", "use", "eu_allowed"),
    [
        ("mistralai/Mistral-Large-Instruct-2407", "no", True),
        ("CohereLabs/c4ai-command-r-08-2024", "no", True),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", "conditions", False),
        ("moonshotai/Kimi-K3", "conditions", True),
        ("MiniMaxAI/MiniMax-M3", "conditions", True),
        ("Qwen/Qwen3.8-Flash-Next", "conditions", True),
        (LLAMA, "conditions", True),
        ("Qwen/Qwen3.8-27B", "yes", True),
    ],
)
def test_licences_say_what_they_allow(catalog: Catalog, model: str, use: str, eu_allowed: bool) -> None:
    record = catalog.models[model]
    assert (record.commercial_use, record.eu_allowed) == (use, eu_allowed)
    assert bool(record.commercial_conditions) == (use != "yes")


@pytest.mark.parametrize(
    ("api", "prices", "status"),
    [
        ("claude-opus-4-7", (5, 25, 0.5, 6.25, 10), "legacy"),
        ("claude-sonnet-4-6", (3, 15, 0.3, 3.75, 6), "legacy"),
        ("claude-haiku-4-5", (1, 5, 0.1, 1.25, 2), "legacy"),
        ("claude-opus-5-5", (4, 20, 0.2, 5, 8), "active"),
        ("claude-sonnet-5-5", (2, 10, 0.1, 2.5, 4), "active"),
    ],
)
def test_claude_prices_are_the_list_prices(catalog: Catalog, api: str, prices: tuple[float, ...], status: str) -> None:
    record = catalog.apis[api]
    found = (
        record.input_usd_per_mtok,
        record.output_usd_per_mtok,
        record.cache_read_usd_per_mtok,
        record.cache_write_usd_per_mtok,
        record.cache_write_1h_usd_per_mtok,
    )
    assert found == prices
    assert (record.batch_discount_fraction, record.status) == (0.5, status)


def test_newer_claude_models_make_more_tokens_of_the_same_text(catalog: Catalog) -> None:
    factors = {key: api.tokenizer_factor for key, api in catalog.apis.items() if key.startswith("claude-")}
    assert {key for key, factor in factors.items() if factor == 1.35} == {
        *("claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-opus-5-5"),
    }
    newer = {"claude-haiku-5-5", "claude-sonnet-5", "claude-sonnet-5-5"}
    assert {key for key, factor in factors.items() if factor == 1.30} == newer
    assert set(factors.values()) == {1.0, 1.30, 1.35}
    for key in newer:
        assert (catalog.apis[key].tokenizer_factor_low, catalog.apis[key].tokenizer_factor_high) == (1.0, 1.42)


def test_a_cloud_s_endpoint_is_the_model_of_its_maker(catalog: Catalog) -> None:
    regional = [api for api in catalog.apis.values() if api.serves is not None]
    assert len(regional) > 25
    for api in regional:
        maker = catalog.apis[api.serves or ""]
        assert (api.region, api.in_eu, api.hf_id) == ("eu", True, None), api.id
        assert (api.level, api.tokenizer_factor) == (maker.level, maker.tokenizer_factor), api.id
        dearer = api.input_usd_per_mtok / maker.input_usd_per_mtok
        assert 1.0 <= dearer <= 1.21, (api.id, dearer)


def test_tiers_changes_and_retirements_are_structured(catalog: Catalog) -> None:
    (tier,) = catalog.apis["claude-haiku-5-5"].tiers
    assert (tier.above_input_tokens, tier.input_usd_per_mtok, tier.output_usd_per_mtok) == (100_000, 0.5, 2.5)
    (argon,) = catalog.apis["gemini-4-argon"].changes
    assert (argon.from_date, argon.input_usd_per_mtok, argon.output_usd_per_mtok) == ("2026-12-01", 4, 20)
    (flash,) = catalog.apis["gemini-3.8-flash"].changes
    assert flash.from_date == "2027-01-01"
    bedrock = catalog.apis["aws-bedrock/meta.llama3-3-70b-instruct-v1:0"]
    assert (bedrock.status, bedrock.retires_on, bedrock.batch_discount_fraction) == ("retiring", "2027-03-30", 0.5)
    assert "peak" in catalog.apis["deepseek/deepseek-flash"].tier_notes


def test_cache_reads_cost_less_than_input(catalog: Catalog) -> None:
    for api in catalog.apis.values():
        if api.cache_read_usd_per_mtok is not None:
            assert api.cache_read_usd_per_mtok <= api.input_usd_per_mtok, api.id


def test_hosted_open_models_have_the_level_of_the_model(catalog: Catalog) -> None:
    for api in catalog.apis.values():
        if api.hf_id and not api.is_embedding:
            assert api.level == catalog.models[api.hf_id].level, api.id


def test_only_named_hosts_count_as_in_the_eu(catalog: Catalog) -> None:
    hosts = {api.provider for api in catalog.apis.values() if api.in_eu and api.region != "eu"}
    assert hosts == {"ovhcloud", "scaleway", "Mistral"}
    regional = {api.id for api in catalog.apis.values() if api.region == "eu"}
    assert all(name.startswith(("aws-bedrock/eu.", "azure/eu/")) for name in regional)


def test_retired_and_doubtful_prices_are_left_out(catalog: Catalog) -> None:
    assert {api.status for api in catalog.apis.values()} <= {"active", "legacy", "retiring"}


def test_only_the_gex44_is_historical_and_nothing_superseded_is_current(catalog: Catalog) -> None:
    historical = {key for key, offer in catalog.offers.items() if not offer.is_current}
    assert historical == {"hetzner-gex44", "hetzner-gex44-1"}
    gex44 = catalog.offers["hetzner-gex44"]
    assert (gex44.price, gex44.currency, gex44.per, gex44.gpu_id) == (184, "EUR", "month", "rtx-4000-sff-ada")
    assert gex44.setup_fee == 79
    for offer in catalog.offers.values():
        assert not (offer.is_current and re.search("historical|superseded", offer.notes, re.IGNORECASE)), offer.id


def test_setup_fees_extras_and_vat_are_told_apart(catalog: Catalog) -> None:
    gex45 = catalog.offers["hetzner-gex45"]
    assert (gex45.price, gex45.monthly_extra, gex45.setup_fee, gex45.in_eu) == (212.3, 1.7, 209, True)
    ionos = catalog.offers["ionos-ap2-10"]
    assert ionos.price == pytest.approx(750 / 1.19, abs=0.01), "source price includes 19 % VAT"


@pytest.mark.parametrize(
    ("offer", "price", "market"),
    [
        ("runpod-h100-sxm-secure", 3.99, "production"),
        ("runpod-h100-sxm-community", 2.69, "community"),
        ("runpod-h100-sxm-serverless", 4.79, "serverless"),
        ("lambda-1x-h100-pcie", 3.29, "production"),
        ("vast-h100-sxm", 4.0002, "marketplace"),
        ("coreweave-hgx-h100-node-spot", 19.71, "spot"),
        ("aws-p5-48xlarge", 55.04, "production"),
    ],
)
def test_markets_are_told_apart(catalog: Catalog, offer: str, price: float, market: str) -> None:
    assert (catalog.offers[offer].price, catalog.offers[offer].market) == (price, market)


def test_an_average_over_listings_is_no_offer(catalog: Catalog) -> None:
    assert not [offer.id for offer in catalog.offers.values() if "average" in offer.product]


def test_prices_per_gpu_hour_are_plausible(catalog: Catalog) -> None:
    hours = {"hour": 1, "month": 730, "year": 8760}
    for offer in catalog.offers.values():
        usd = offer.price * catalog.usd_per[offer.currency] / hours[offer.per] / offer.gpu_count
        assert 0.1 < usd < 20, offer.id


def test_only_maintained_servers_are_production_ready(catalog: Catalog) -> None:
    ready = {key for key, engine in catalog.engines.items() if engine.production_ready}
    assert ready == {"vllm", "sglang", "tensorrt-llm"}
    assert catalog.engines["tgi"].status == "archived"


def test_assumptions_are_ordered_ranges_with_a_reason(catalog: Catalog) -> None:
    for item in catalog.assumptions.values():
        assert item.low <= item.mid <= item.high, item.id
        assert all((item.why, item.unit, item.group)), item.id


def test_exchange_rates_are_the_dated_reference_rates(catalog: Catalog) -> None:
    assert catalog.usd_per["EUR"] == 1.1172
    assert catalog.usd_per["USD"] == 1.0
    assert catalog.fx_citation.as_of == "2026-10-30"


def test_presets_are_whole_weeks_with_mean_one(catalog: Catalog) -> None:
    assert set(catalog.profiles) == {"flat", "office-hours", "global", "consumer-evening", "nightly-batch"}
    for profile in catalog.profiles.values():
        assert len(profile.weights) == 168
        assert sum(profile.weights) / 168 == pytest.approx(1)
        assert profile.peak_to_mean == pytest.approx(max(profile.weights))


@pytest.mark.parametrize(("preset", "peak"), [("flat", 1.0), ("office-hours", 1 / 0.32), ("global", 1 / 0.63)])
def test_peaks_follow_the_traces_they_cite(catalog: Catalog, preset: str, peak: float) -> None:
    assert catalog.profiles[preset].peak_to_mean == pytest.approx(peak, rel=0.05)
