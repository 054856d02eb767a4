"""A card is found by the name its driver prints; what is no whole card or is not known says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.catalog.cards import find_card, of_size, sizes_of
from planner.catalog.load import shipped_catalog
from planner.catalog.lookup import LookupFailed
from planner.toml.errors import InputError

CATALOG = shipped_catalog()

DRIVER_NAMES = {
    "Tesla T4": "t4",
    "NVIDIA L4": "l4",
    "NVIDIA A10": "a10",
    "NVIDIA A10G": "a10g",
    "NVIDIA A16": "a16",
    "NVIDIA A30": "a30",
    "NVIDIA A40": "a40",
    "NVIDIA RTX A4000": "rtx-a4000",
    "NVIDIA RTX A5000": "rtx-a5000",
    "NVIDIA RTX A6000": "rtx-a6000",
    "NVIDIA GeForce RTX 3090": "rtx-3090",
    "NVIDIA RTX 4000 Ada Generation": "rtx-4000-ada",
    "NVIDIA RTX 4000 SFF Ada Generation": "rtx-4000-sff-ada",
    "NVIDIA RTX 5000 Ada Generation": "rtx-5000-ada",
    "NVIDIA RTX 6000 Ada Generation": "rtx-6000-ada",
    "NVIDIA GeForce RTX 4090": "rtx-4090",
    "NVIDIA GeForce RTX 4090 48GB": "rtx-4090-48gb",
    "NVIDIA L40": "l40",
    "NVIDIA L40S": "l40s",
    "NVIDIA GeForce RTX 5090": "rtx-5090",
    "NVIDIA RTX PRO 4000 Blackwell": "rtx-pro-4000-blackwell",
    "NVIDIA RTX PRO 4000 Blackwell SFF Edition": "rtx-pro-4000-blackwell-sff",
    "NVIDIA RTX PRO 4500 Blackwell": "rtx-pro-4500-blackwell",
    "NVIDIA RTX PRO 5000 Blackwell": "rtx-pro-5000-blackwell",
    "NVIDIA RTX PRO 6000 Blackwell Workstation Edition": "rtx-pro-6000-blackwell",
    "NVIDIA RTX PRO 6000 Blackwell Server Edition": "rtx-pro-6000-blackwell",
    "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition": "rtx-pro-6000-blackwell-maxq",
    "NVIDIA A100-PCIE-40GB": "a100-40-pcie",
    "NVIDIA A100-SXM4-40GB": "a100-40-sxm",
    "NVIDIA A100 80GB PCIe": "a100-80-pcie",
    "NVIDIA A100-SXM4-80GB": "a100-80-sxm",
    "NVIDIA H100 PCIe": "h100-pcie",
    "NVIDIA H100 80GB HBM3": "h100-sxm",
    "NVIDIA H100 NVL": "h100-nvl",
    "NVIDIA H200": "h200-sxm",
    "NVIDIA H200 NVL": "h200-nvl",
    "NVIDIA GH200 480GB": "gh200-96",
    "NVIDIA B200": "b200",
    "NVIDIA B300 SXM6 AC": "b300",
    "NVIDIA GB200": "gb200",
    "NVIDIA GB300": "gb300",
    "NVIDIA GB10": "dgx-spark",
    "AMD Instinct MI210": "mi210",
    "AMD Instinct MI300X": "mi300x",
    "AMD Instinct MI300X OAM": "mi300x",
    "AMD Instinct MI325X": "mi325x",
    "AMD Instinct MI350X": "mi350x",
    "AMD Instinct MI355X": "mi355x",
    "AMD Radeon AI PRO R9700": "radeon-ai-pro-r9700",
    "AMD Radeon RX 7900 XTX": "rx-7900-xtx",
    "AMD RYZEN AI MAX+ 395 w/ Radeon 8060S": "strix-halo-128",
    "Radeon 8060S Graphics": "strix-halo-128",
    "HL-325L": "gaudi-3",
    "Intel(R) Arc(TM) Pro B60 Graphics": "arc-pro-b60",
    "TPU v5 lite": "tpu-v5e",
    "TPU v6 lite": "tpu-v6e",
    "Apple M2 Max": "m2-max",
    "Apple M2 Ultra": "m2-ultra",
    "Apple M3 Max": "m3-max",
    "Apple M3 Ultra": "m3-ultra",
    "Apple M4 Pro": "m4-pro",
    "Apple M4 Max": "m4-max",
    "Apple M5 Pro": "m5-pro",
    "Apple M5 Max": "m5-max",
}
"""As nvidia-smi, PyTorch, rocm-smi, xpu-smi, hl-smi, JAX and macOS print the cards that are on offer."""
OTHERS = {
    "Tesla V100-PCIE-16GB": "v100-pcie-16",
    "Tesla V100-SXM2-16GB": "v100-sxm-16",
    "Tesla V100-SXM2-32GB": "v100-sxm",
    "Tesla V100S-PCIE-32GB": "v100s",
    "Tesla P100-PCIE-16GB": "tesla-p100",
    "Quadro RTX 8000": "quadro-rtx-8000",
    "NVIDIA TITAN RTX": "titan-rtx",
    "NVIDIA GeForce GTX 1080 Ti": "gtx-1080-ti",
    "NVIDIA GeForce RTX 3090 Ti": "rtx-3090-ti",
    "NVIDIA GeForce RTX 4090 D": "rtx-4090-d",
    "NVIDIA GeForce RTX 4080 SUPER": "rtx-4080-super",
    "NVIDIA GeForce RTX 4060 Laptop GPU": "rtx-4060-laptop",
    "NVIDIA GeForce RTX 5070 Ti": "rtx-5070-ti",
    "NVIDIA A800-SXM4-80GB": "a800-80-sxm",
    "NVIDIA H800": "h800-sxm",
    "NVIDIA H20": "h20",
    "NVIDIA H20-3e": "h20-3e",
    "NVIDIA GH200 144G HBM3e": "gh200-144",
    "AMD Instinct MI250X/MI250": "mi250",
    "AMD Radeon RX 7900 XT": "rx-7900-xt",
    "AMD Radeon PRO W7900": "radeon-pro-w7900",
    "Intel(R) Arc(TM) B580 Graphics": "arc-b580",
    "Intel(R) Data Center GPU Max 1550": "intel-max-1550",
    "Apple M1": "m1",
    "Apple M4": "m4",
}
"""Cards that only public measurements name."""
TYPED = {
    "rtx5090": "rtx-5090",
    "geforce rtx 5090 32 gb": "rtx-5090",
    "H100-80GB-HBM3": "h100-sxm",
    "MI300X 192GB": "mi300x",
    "a100 40gb": "a100-40-sxm",
    "nvidia l40s 48GB": "l40s",
    "NVIDIA_A100_80GB_PCIE": "a100-80-pcie",
    "NVIDIA-L40S-SHARED": "l40s",
    "NVIDIA GeForce RTX 5090, 32607 MiB": "rtx-5090",
    "GPU 0: NVIDIA GeForce RTX 4090 (UUID: GPU-0a1b2c3d)": "rtx-4090",
    "AMD Radeon(TM) 8060S Graphics": "strix-halo-128",
    "AMD Instinct MI300X VF": "mi300x",
    "MI300X-O": "mi300x",
    "Intel Gaudi 3": "gaudi-3",
    "MacBook Pro M4 Max": "m4-max",
    "Apple M5 Max 128 GB unified memory": "m5-max",
}


def test_every_card_on_offer_is_among_the_names() -> None:
    assert set(DRIVER_NAMES.values()) == set(CATALOG.gpus)


@pytest.mark.parametrize(("name", "card"), (DRIVER_NAMES | OTHERS | TYPED).items())
def test_a_card_is_found_by_the_name_its_driver_prints(name: str, card: str) -> None:
    assert find_card(CATALOG, name).gpu.id == card
    assert find_card(CATALOG, f" {name.upper()} ").gpu.id == card


@pytest.mark.parametrize(
    ("name", "memory_gb", "card"),
    [
        ("NVIDIA GeForce RTX 4090", 23.99, "rtx-4090"),
        ("NVIDIA GeForce RTX 4090", 47.99, "rtx-4090-48gb"),
        ("NVIDIA GeForce RTX 5060 Ti", 7.96, "rtx-5060-ti-8gb"),
        ("NVIDIA GeForce RTX 5060 Ti", 15.93, "rtx-5060-ti-16"),
        ("NVIDIA H100 80GB HBM3", 79.65, "h100-sxm"),
        ("NVIDIA GH200 480GB", 95.6, "gh200-96"),
        ("AMD Instinct MI300X", 191.98, "mi300x"),
    ],
)
def test_what_the_driver_says_of_the_memory_decides(name: str, memory_gb: float, card: str) -> None:
    assert find_card(CATALOG, name, memory_gb=memory_gb).gpu.id == card


@pytest.mark.parametrize(
    "name", ["2x 3090", "8xH100", "8x NVIDIA H100 80GB HBM3", "h100x8", "RTX PRO 6000 x 2", "4*A100"]
)
def test_several_cards_are_no_name_of_one(name: str) -> None:
    with pytest.raises(InputError, match=r"counts [248] cards: name one"):
        find_card(CATALOG, name)


@pytest.mark.parametrize(
    ("name", "card"), [("1x 3090", "rtx-3090"), ("MI300X", "mi300x"), ("RX 7900 XTX", "rx-7900-xtx")]
)
def test_one_card_counts_nothing(name: str, card: str) -> None:
    assert find_card(CATALOG, name).gpu.id == card


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("NVIDIA A100-SXM4-80GB MIG 1g.10gb", "a MIG slice"),
        ("MIG 3g.40gb", "a MIG slice"),
        ("H100 1c.2g.20gb", "a MIG slice"),
        ("GRID A100D-80C", "a virtual GPU"),
        ("NVIDIA L40S-48Q", "a virtual GPU"),
    ],
)
def test_a_part_of_a_card_is_refused_with_the_reason(name: str, kind: str) -> None:
    with pytest.raises(InputError, match=rf"is {kind}, .*; name the whole card, or give .* under \[gpus\."):
        find_card(CATALOG, name)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Ascend 910B", "ascend-910b"),
        ("NVIDIA Thor", "nvidia-thor"),
        ("AMD Radeon Graphics", "amd-radeon-graphics"),
        ("Intel(R) UHD Graphics 770", "intel-uhd-graphics-770"),
        ("NVIDIA Graphics Device", "nvidia-graphics-device"),
        ("Trainium 2", "trainium-2"),
        ("NVIDIA", "nvidia"),
        ("加速卡", "my-card"),
        ("x" * 5000, "x" * 40),
    ],
)
def test_an_unknown_card_gets_no_unrelated_names_but_the_way_to_add_it(name: str, key: str) -> None:
    with pytest.raises(LookupFailed, match="nothing is called") as caught:
        find_card(CATALOG, name, "--gpu")
    assert "nearest" not in str(caught.value)
    assert caught.value.candidates == ()
    assert f"vendor, memory_gb and bandwidth_gb_s under [gpus.{key}] in catalog.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("rtx 409o", "rtx-4090"),
        ("h1000", "h100-sxm"),
        ("AMD Instinct MI308X", "mi300x"),
        ("NVIDIA rtx5080x", "rtx-5080"),
    ],
)
def test_a_name_that_is_nearly_right_is_suggested(name: str, meant: str) -> None:
    with pytest.raises(LookupFailed, match="nearest: ") as caught:
        find_card(CATALOG, name)
    assert meant in caught.value.candidates


def test_a_laptop_part_is_never_the_desktop_card() -> None:
    with pytest.raises(LookupFailed):
        find_card(CATALOG, "NVIDIA GeForce RTX 2070 Laptop GPU")


def test_a_word_that_nobody_knows_makes_it_another_card() -> None:
    with pytest.raises(LookupFailed):
        find_card(CATALOG, "NVIDIA H100 CNX")


@pytest.mark.parametrize("text", ["m5-pro-48", "M5 Pro 48GB", "Apple M5 Pro (48 GB)", "apple m5 pro 48"])
def test_a_size_is_asked_for_behind_the_name(text: str) -> None:
    found = find_card(CATALOG, text)
    assert (found.gpu.name, found.gpu.memory_gb, found.others) == ("Apple M5 Pro 48GB", 48, ())
    assert 0.75 * 48 <= found.gpu.memory_gib_usable <= 0.84 * 48


def test_without_a_size_the_largest_is_taken_and_the_others_are_named() -> None:
    found = find_card(CATALOG, "Apple M5 Pro")
    assert (found.gpu.name, found.others) == ("Apple M5 Pro 64GB", ("m5-pro-24", "m5-pro-48"))
    for other in found.others:
        assert find_card(CATALOG, other).gpu.memory_gb in sizes_of(CATALOG.gpus["m5-pro"])


def test_a_size_that_is_not_sold_is_refused() -> None:
    with pytest.raises(InputError, match="Apple M5 Pro is sold with 24 or 48 or 64 GB, not with 37"):
        find_card(CATALOG, "m5-pro-37")


def test_a_size_changes_what_depends_on_it_alone() -> None:
    card = CATALOG.gpus["m4-max"]
    small, large = of_size(card, 36), of_size(card, 128)
    assert (small.bandwidth_gb_s, large.bandwidth_gb_s) == (410, 546)
    assert small.memory_gib_usable < 36 < large.memory_gib_usable
    assert small.id == large.id == card.id


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("A100", ("a100-40-sxm",)),
        ("V100", ("v100-sxm-16",)),
        ("NVIDIA RTX PRO 5000 Blackwell", ("rtx-pro-5000-72gb-blackwell",)),
        ("NVIDIA GeForce RTX 5060 Ti", ("rtx-5060-ti-8gb",)),
        ("a100-80-sxm", ()),
        ("NVIDIA A100-SXM4-80GB", ()),
        ("NVIDIA GeForce RTX 4090", ()),
        ("H100", ()),
    ],
)
def test_a_name_that_several_cards_share_names_the_others(text: str, others: tuple[str, ...]) -> None:
    assert find_card(CATALOG, text).others == others


def test_no_card_has_unknown_memory() -> None:
    for gpu in CATALOG.gpus.values():
        for memory_gb in sizes_of(gpu):
            assert 0 < of_size(gpu, memory_gb).memory_gib_usable <= memory_gb
        assert gpu.runtime_memory_gib is None or gpu.runtime_memory_gib <= (gpu.memory_gb or gpu.runtime_memory_gib)
        assert all(size.memory_gb < (gpu.memory_gb or 0) for size in gpu.sizes)


def test_a_part_or_an_aside_in_the_name_of_ones_own_card_is_no_obstacle() -> None:
    slice_, passed = (replace(CATALOG.gpus["l4"], id=card, name=card) for card in ("h100-mig-3g.40gb", "mi308x-vf"))
    catalog = replace(CATALOG, gpus={**CATALOG.gpus, slice_.id: slice_, passed.id: passed})
    assert find_card(catalog, "H100 MIG 3g.40gb").gpu is slice_
    assert find_card(catalog, "MI308X VF").gpu is passed


@given(st.text(max_size=300) | st.from_regex(r"(NVIDIA|AMD|Apple) ?[A-Z0-9]{1,4}[ -]\d{1,4}( ?GB|g)?", fullmatch=True))
@settings(max_examples=30, deadline=None)
def test_any_text_finds_a_card_or_is_refused_in_one_line(text: str) -> None:
    said = ""
    try:
        assert find_card(CATALOG, text, "--gpu").gpu.memory_gib_usable > 0
    except InputError as error:
        said = str(error)
    assert "\n" not in said
