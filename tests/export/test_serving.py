"""What an engine starts with is what was sized, in every file the same."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import Any

import pytest

from planner.engine.specs import Choice, FineTuning, ServingSettings
from planner.engine.specs.inputs import ADAPTER_SLOTS
from planner.evaluate import evaluate
from planner.export.compose import compose
from planner.export.flags import flags_of, repository_of
from planner.export.gateway import gateway, variables_of
from planner.export.groups import ENGINES, Setting
from planner.export.images import image_of
from planner.export.serving import serving
from tests.engine import plans
from tests.export.exported import RANDOM, files, read, read_all, setting

OWN = ("bulk-classifier", "hospital", *RANDOM)


def options(words: list[str]) -> dict[str, str]:
    """By name; a switch has an empty value."""
    found: dict[str, str] = {}
    for place, word in enumerate(words):
        if word.startswith("--"):
            after = words[place + 1] if place + 1 < len(words) else "--"
            found[word] = "" if after.startswith("--") else after
    return found


def script_words(text: str) -> list[str]:
    """What stands between the brackets of the options, comments left out."""
    inside = text.partition("options=(\n")[2].partition("\n)\n")[0]
    return shlex.split(inside, comments=True)


def container(path: str, name: str) -> Any:
    manifests = read_all(files(name)[path])
    deployment = next(m for m in manifests if m["kind"] == "Deployment")
    return deployment["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize("name", OWN)
def test_what_the_sizing_counted_with_is_what_starts(name: str) -> None:
    choice, replica = setting(name).fleet
    found = options(script_words(files(name)["serve/vllm.sh"]))
    assert found["--model"] == repository_of(setting(name))
    assert int(found["--max-num-seqs"]) == choice.memory.max_num_seqs
    assert int(found["--max-num-batched-tokens"]) == choice.memory.max_num_batched_tokens
    assert float(found["--gpu-memory-utilization"]) == pytest.approx(choice.memory.memory_fraction)
    assert int(found["--max-model-len"]) == replica.max_context
    assert int(found["--tensor-parallel-size"]) == choice.deployment.tensor_parallel
    assert found["--kv-cache-dtype"] == ("auto" if choice.kv == "fp16" else choice.kv)


@pytest.mark.parametrize("name", OWN)
def test_script_compose_and_manifest_say_the_same(name: str) -> None:
    script = options(script_words(files(name)["serve/vllm.sh"]))
    composed = options(read(files(name)["compose.yaml"])["services"]["replica"]["command"])
    manifest = options(container("kubernetes/replicas.yaml", name)["args"])
    assert composed == manifest
    assert {k: v for k, v in script.items() if k != "--host"} == {k: v for k, v in composed.items() if k != "--host"}


def test_every_option_has_a_line_and_a_reason() -> None:
    inside = files("hospital")["serve/vllm.sh"].partition("options=(\n")[2].partition("\n)\n")[0].splitlines()
    for place, line in enumerate(inside):
        if line.startswith("  --"):
            assert inside[place - 1].startswith("  # ")


@pytest.mark.parametrize("name", [*OWN, "hostile"])
def test_images_are_pinned_and_revisions_asked_for(name: str) -> None:
    for path, text in files(name).items():
        if path.endswith((".yaml", ".sh")):
            assert ":latest" not in text
            for image in re.findall(r"^\s*(?:- )?image: \"?(\S+?)\"?$", text, re.M):
                assert re.fullmatch(r"[a-z0-9./-]+:v[0-9.]+@\$\{[A-Z]+_DIGEST:\?\}", image)
    assert "${MODEL_REVISION:?}" in files(name)["serve/vllm.sh"]


def _with_engine(name: str, engine: str, **choice: Any) -> Setting:
    """The same fleet as another engine would run it."""
    there = setting(name)
    chosen, _ = there.fleet
    deployed = replace(chosen.deployment, engine=there.evaluation.catalog.engines[engine])
    changed = replace(chosen, engine=engine, deployment=deployed, **choice)
    return replace(there, rollout=replace(there.rollout, choice=changed))


def _tuned(adapters: int | None) -> Setting:
    there = setting("bulk-classifier")
    inputs = replace(there.evaluation.inputs, fine_tuning=FineTuning("yes", None, adapters))
    return replace(there, evaluation=replace(there.evaluation, inputs=inputs))


def test_weights_of_one_s_own_are_never_replaced_by_the_model_they_began_as() -> None:
    there = _tuned(0)
    assert options(script_words(serving(there)))["--model"] == "${MODEL_REPOSITORY:?}"
    assert read(compose(there))["services"]["download"]["command"][0] == "${MODEL_REPOSITORY:?}"


@pytest.mark.parametrize(("adapters", "slots"), [(None, 1), (3, 3), (40, ADAPTER_SLOTS)])
def test_adapters_have_the_room_that_was_sized_and_are_named_by_the_user(adapters: int | None, slots: int) -> None:
    there = _tuned(adapters)
    found = options(script_words(serving(there)))
    assert "--enable-lora" in found
    assert (found["--max-loras"], found["--max-lora-rank"]) == (str(slots), str(ServingSettings().lora_rank))
    assert found.get("--max-cpu-loras") == ("40" if adapters == 40 else None)
    rows = read(gateway(there))["model_list"]
    own = [row["litellm_params"]["model"] for row in rows if row["model_info"]["id"].startswith("own-")]
    assert own == ["os.environ/LISTING_LABELS_MODEL", "os.environ/LISTING_ATTRIBUTES_MODEL"]
    assert {"LISTING_LABELS_MODEL", "LISTING_ATTRIBUTES_MODEL"} <= set(variables_of(there))


def test_adapters_take_memory_in_the_fleet_as_in_a_sizing() -> None:
    inputs, catalog = plans.example("fine-tuned-8b")
    few, many = (
        evaluate(replace(inputs, fine_tuning=replace(inputs.fine_tuning, adapters=count)), catalog, plans.AS_OF, 0)
        for count in (1, ADAPTER_SLOTS)
    )
    free, left = ({_set_up(o): o.memory.kv_pool_gib for o in e.options} for e in (few, many))
    assert free.keys() & left.keys()
    assert all(left[set_up] < free[set_up] for set_up in free.keys() & left.keys())


def _set_up(choice: Choice) -> tuple[str, ...]:
    return choice.model, choice.weights, choice.kv, choice.gpu, choice.engine, str(choice.gpus_per_replica)


def test_an_engine_that_calls_no_adapter_by_name_gets_no_command() -> None:
    there = _tuned(3)
    chosen, _ = there.fleet
    deployed = replace(chosen.deployment, engine=there.evaluation.catalog.engines["llama-cpp"])
    changed = replace(chosen, engine="llama-cpp", deployment=deployed)
    assert not replace(there, rollout=replace(there.rollout, choice=changed)).runs_engine


def test_sglang_has_its_own_names() -> None:
    there = _with_engine("bulk-classifier", "sglang")
    found = options(script_words(serving(there)))
    choice, replica = there.fleet
    assert int(found["--max-running-requests"]) == choice.memory.max_num_seqs
    assert int(found["--context-length"]) == replica.max_context
    assert "--enable-metrics" in found
    assert found["--api-key"] == "${SGLANG_API_KEY:?}"
    assert image_of(choice) == "lmsysorg/sglang:v0.5.23@${SGLANG_DIGEST:?}"


def test_llama_cpp_shares_its_context_among_slots() -> None:
    there = _with_engine("bulk-classifier", "llama-cpp", weights="q8_0")
    found = options(script_words(serving(there)))
    choice, replica = there.fleet
    assert int(found["--ctx-size"]) == replica.max_context * choice.memory.max_num_seqs
    assert found["--model"] == "${MODEL_FILE:?}"
    assert image_of(choice) == "ghcr.io/ggml-org/llama.cpp:${LLAMACPP_TAG:?}@${LLAMACPP_DIGEST:?}"


def test_another_engine_gets_no_command() -> None:
    there = _with_engine("bulk-classifier", "tensorrt-llm")
    assert not there.runs_engine
    assert "tensorrt-llm" not in ENGINES


def test_a_cache_in_fp8_is_asked_for_where_it_was_sized() -> None:
    there = _with_engine("bulk-classifier", "vllm", kv="fp8")
    assert options([w for f in flags_of(there) for w in f.words])["--kv-cache-dtype"] == "fp8"
