"""`size --all`: every GPU for a model, every model for a GPU."""

from __future__ import annotations

import pytest

from planner.catalog.load import shipped_catalog
from planner.engine.replica.formats import start_problem
from planner.engine.replica.performance import Objectives
from planner.engine.replica.rank import Ranked, Wanted, rank_gpus, rank_models
from planner.engine.specs import Refusal, RequestShape, ServingSettings
from planner.report.tables.candidates import ranking

CATALOG = shipped_catalog()
SHAPE = RequestShape(1000, 500)
LLAMA = CATALOG.models["meta-llama/Llama-3.3-70B-Instruct"]


def _wanted(weights: str | None = None, gpus: int | None = None) -> Wanted:
    engines = (CATALOG.engines["vllm"], CATALOG.engines["llama-cpp"])
    return Wanted(weights, "fp16", engines, gpus, ServingSettings(), SHAPE, Objectives())


@pytest.fixture(name="gpus", scope="module")
def _gpus() -> tuple[Ranked, ...]:
    return rank_gpus(CATALOG, LLAMA, _wanted())


def test_each_gpu_appears_once_and_what_fits_comes_first(gpus: tuple[Ranked, ...]) -> None:
    ids = [row.sizing.deployment.gpu.id for row in gpus]
    assert len(set(ids)) == len(ids)
    fits = [row.sizing.memory.fits for row in gpus]
    assert fits == sorted(fits, reverse=True)


def test_cheapest_tokens_first_then_what_nobody_rents(gpus: tuple[Ranked, ...]) -> None:
    prices = [row.usd_per_mtok for row in gpus if row.sizing.memory.fits]
    known = [price for price in prices if price is not None]
    assert known == sorted(known)
    assert prices == [*known, *[None] * (len(prices) - len(known))]


def test_an_offer_holds_the_replica_in_one_machine(gpus: tuple[Ranked, ...]) -> None:
    for row in gpus:
        if row.offer is not None:
            assert row.offer.gpu_count >= row.sizing.deployment.gpus_per_replica
            assert row.offer.gpu_id == row.sizing.deployment.gpu.id
            assert row.offer.is_production


def test_the_price_of_a_token_is_rent_over_tokens(gpus: tuple[Ranked, ...]) -> None:
    row = next(row for row in gpus if row.usd_per_mtok is not None)
    assert row.offer is not None
    assert row.usd_per_hour is not None
    assert row.sizing.performance is not None
    hourly = row.usd_per_hour * row.sizing.deployment.gpus_per_replica / row.offer.gpu_count
    per_hour = row.sizing.performance.total_tok_s.mid * 3600
    assert row.usd_per_mtok == pytest.approx(hourly / per_hour * 1e6)


def test_a_development_engine_only_where_no_other_fits(gpus: tuple[Ranked, ...]) -> None:
    vendors = {row.sizing.deployment.gpu.vendor for row in gpus if row.sizing.deployment.engine.id == "llama-cpp"}
    assert "NVIDIA" not in vendors


def test_what_is_asked_for_is_kept() -> None:
    for row in rank_gpus(CATALOG, LLAMA, _wanted("awq", 2)):
        assert row.sizing.deployment.weights == "awq"
        assert row.sizing.deployment.gpus_per_replica == 2


def test_models_for_a_20_gb_card() -> None:
    card = CATALOG.gpus["rtx-4000-sff-ada"]
    rows = rank_models(CATALOG, card, _wanted(gpus=1))
    fitting = {row.sizing.deployment.model.id for row in rows if row.sizing.memory.fits}
    assert LLAMA.id not in fitting
    assert "microsoft/phi-4" in fitting
    levels = [row.sizing.deployment.model.level for row in rows if row.sizing.memory.fits]
    assert levels == sorted(levels, key=["frontier", "expert", "solid", "routine", "basic", None].index)


def test_only_formats_that_the_card_has_kernels_for_are_ranked() -> None:
    """NVFP4 is NVIDIA's: an AMD card with FP4 arithmetic takes the next format."""
    qwen = CATALOG.models["Qwen/Qwen3-32B"]
    rows = rank_gpus(CATALOG, qwen, _wanted())
    found = {row.sizing.deployment.gpu.id: row.sizing.deployment.weights for row in rows}
    assert found["b200"] == "nvfp4"
    assert found["mi355x"] == "fp8"
    assert all(not start_problem(d.weights, d.kv, d.gpu, d.engine) for d in (row.sizing.deployment for row in rows))


def test_why_there_is_no_kernel() -> None:
    vllm, cards = CATALOG.engines["vllm"], CATALOG.gpus
    assert start_problem("nvfp4", "fp16", cards["mi355x"], vllm) == Refusal(
        "format_kernels", ("NVFP4", "Instinct MI355X")
    )
    assert start_problem("bf16", "fp8", cards["t4"], vllm) == Refusal("fp8_cache", (8.0, "Tesla T4", "7.5"))
    assert start_problem("mxfp4", "fp16", cards["t4"], vllm) == (
        Refusal("capability", ("MXFP4", 8.0, "Tesla T4", "7.5"))
    )
    assert start_problem("fp8", "fp8", cards["h100-sxm"], vllm) is None
    assert start_problem("bf16", "fp8", cards["rtx-3090"], vllm) is None
    assert start_problem("bf16", "fp8", cards["a100-80-sxm"], CATALOG.engines["tensorrt-llm"]) == (
        Refusal("fp8_cache", (8.9, cards["a100-80-sxm"].name, "8.0"))
    )
    nvidia_only = start_problem("bf16", "fp16", cards["mi300x"], CATALOG.engines["tensorrt-llm"])
    assert nvidia_only == Refusal("vendor", ("TensorRT-LLM", "AMD", ("NVIDIA",)))


def test_an_hour_and_a_token_are_of_the_same_gpus(gpus: tuple[Ranked, ...]) -> None:
    """An offer of eight is rented whole; what stands beside the price of a token is the part of one replica."""
    shared = 0
    for row in gpus:
        if row.usd_per_mtok is None:
            assert row.usd_per_replica_hour is None
            continue
        assert row.sizing.performance is not None
        assert row.offer is not None
        assert row.usd_per_replica_hour is not None
        assert row.usd_per_hour is not None
        per_hour = row.sizing.performance.total_tok_s.mid * 3600
        assert row.usd_per_mtok == pytest.approx(row.usd_per_replica_hour / per_hour * 1e6)
        part = row.sizing.deployment.gpus_per_replica / row.offer.gpu_count
        assert row.usd_per_replica_hour == pytest.approx(row.usd_per_hour * part)
        shared += part < 1
    assert shared


def test_a_card_that_is_rented_in_smaller_machines_is_not_called_absent() -> None:
    offered = {offer.gpu_id for offer in CATALOG.offers.values() if offer.is_production}
    for row in rank_gpus(CATALOG, LLAMA, _wanted("bf16", 8)):
        assert row.is_offered == (row.sizing.deployment.gpu.id in offered)
        text = ranking([row]).only("offer").rows[0][0]
        if row.offer is None:
            assert text == ("no offer of 8 GPUs in one machine" if row.is_offered else "not rented in the catalogue")
