"""Compose, manifests, monitoring, smoke test and README: what must hold of each, by readers that are not ours."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from planner.export.signals import ENGINES, signals_of
from tests.export.exported import EXAMPLES, HOSTILE, OTHER, RANDOM, evaluated, files, read, read_all, setting

ALL = (*EXAMPLES, *RANDOM, *OTHER, "hostile", "fine-tuned-8b")
OWN = ("bulk-classifier", "hospital", *RANDOM)


@pytest.mark.parametrize("name", ALL)
def test_no_port_goes_beyond_loopback(name: str) -> None:
    services = read(files(name)["compose.yaml"])["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:4000:4000"]
    assert not [service for service in services.values() if "network_mode" in service]
    for path in files(name):
        if path.startswith("serve/"):
            assert '--host "${SERVE_HOST:-127.0.0.1}"' in files(name)[path]


@pytest.mark.parametrize("name", ALL)
def test_every_variable_of_compose_is_asked_for(name: str) -> None:
    settings = [line for line in files(name)["compose.yaml"].splitlines() if not line.lstrip().startswith("#")]
    needed = set(re.findall(r"\$\{(\w+):\?\}", "\n".join(settings)))
    listed = re.findall(r"^(\w+)=(.*)$", files(name)["env.example"], re.M)
    assert {variable for variable, _ in listed} == needed
    assert all(value == "" for _, value in listed)


@pytest.mark.parametrize("name", OWN)
def test_gpus_are_reserved_by_number(name: str) -> None:
    choice, _ = setting(name).fleet
    replica = read(files(name)["compose.yaml"])["services"]["replica"]
    (device,) = replica["deploy"]["resources"]["reservations"]["devices"]
    assert len(device["device_ids"]) == choice.gpus_per_replica
    assert device["capabilities"] == ["gpu"]
    assert "count" not in device
    assert replica["environment"]["HF_HUB_OFFLINE"] == "1"


def _kinds(name: str) -> dict[str, Any]:
    return {manifest["kind"]: manifest for manifest in read_all(files(name)["kubernetes/replicas.yaml"])}


@pytest.mark.parametrize("name", OWN)
def test_manifests_follow_the_fleet(name: str) -> None:
    kinds, (pool,), (choice, replica) = _kinds(name), setting(name).rollout.pools, setting(name).fleet
    spec = kinds["Deployment"]["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    engine = spec["template"]["spec"]["containers"][0]
    assert engine["resources"]["limits"] == {"nvidia.com/gpu": str(choice.gpus_per_replica)}
    probe = engine["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= replica.start_minutes.high * 60
    assert kinds["PodDisruptionBudget"]["spec"]["maxUnavailable"] == max(pool.spare_replicas, 1)
    assert kinds["PersistentVolumeClaim"]["spec"]["resources"]["requests"]["storage"] == f"{replica.disk_gib}Gi"
    assert kinds["NetworkPolicy"]["spec"]["egress"] == []


@pytest.mark.parametrize("name", [*OWN, *OTHER])
def test_only_a_fleet_that_changes_is_scaled_and_by_what_its_replicas_sustain(name: str) -> None:
    there = setting(name)
    for pool in there.rollout.pools:
        suffix = f"-{pool.region}" if len(there.rollout.pools) > 1 else ""
        path = f"kubernetes/scaling{suffix}.yaml"
        assert (path in files(name)) == (pool.fewest_replicas < pool.replicas)
        (fixed,) = [m for m in read_all(files(name)[f"kubernetes/replicas{suffix}.yaml"]) if m["kind"] == "Deployment"]
        if path not in files(name):
            assert fixed["spec"]["replicas"] == pool.replicas
            continue
        assert "replicas" not in fixed["spec"]
        (scaler,) = read_all(files(name)[path])
        assert scaler["spec"]["scaleTargetRef"] == {"name": fixed["metadata"]["name"]}
        ends = (scaler["spec"]["minReplicaCount"], scaler["spec"]["maxReplicaCount"])
        assert ends == (pool.fewest_replicas, pool.replicas)
        (trigger,) = scaler["spec"]["triggers"]
        each = int(trigger["metadata"]["threshold"])
        assert pool.in_flight == pytest.approx(each * (pool.replicas - pool.spare_replicas), rel=0.5, abs=1)
        for signal in ("running", "waiting"):
            assert f"{ENGINES[there.engine][signal]}{{" in trigger["metadata"]["query"]


@pytest.mark.parametrize("name", [*OWN, "hostile"])
def test_pods_are_found_by_their_labels_under_the_names_that_rules_use(name: str) -> None:
    jobs = {m["spec"]["podMetricsEndpoints"][0]["relabelings"][0]["replacement"]: m for m in _monitors(name)}
    assert set(jobs) == {job["job_name"] for job in read(files(name)["monitoring/prometheus.yaml"])["scrape_configs"]}
    labels = {m["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"] for m in _deployments(name)}
    wanted = {value for m in jobs.values() for value in m["spec"]["selector"]["matchExpressions"][0]["values"]}
    assert wanted == labels


def _monitors(name: str) -> list[Any]:
    return read_all(files(name)["monitoring/pod-monitor.yaml"])


def _deployments(name: str) -> list[Any]:
    texts = [text for path, text in files(name).items() if path.startswith("kubernetes/") and path.endswith(".yaml")]
    return [m for text in texts for m in read_all(text) if m["kind"] == "Deployment"]


@pytest.mark.parametrize("name", OWN)
def test_render_fills_in_every_variable_or_nothing(name: str, tmp_path: Any) -> None:
    folder = tmp_path / "kubernetes"
    folder.mkdir()
    for path, text in files(name).items():
        if path.startswith("kubernetes/"):
            (tmp_path / path).write_text(text)
    env = {"PATH": "/usr/bin:/bin", "LITELLM_DIGEST": "sha256:" + "a" * 64, "MODEL_REVISION": "b" * 40}
    run = ["bash", str(folder / "render.sh")]
    assert subprocess.run(run, env=env, capture_output=True, check=False).returncode != 0
    env["VLLM_DIGEST"] = "sha256:" + "c" * 64
    done = subprocess.run(run, env=env, capture_output=True, check=True, text=True)
    manifests = read_all(done.stdout)
    assert ":?}" not in done.stdout
    assert {manifest["kind"] for manifest in manifests} >= {"Deployment", "Service", "Job"}
    hostile = env | {"VLLM_DIGEST": "x\n  evil: true"}
    assert subprocess.run(run, env=hostile, capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("name", ALL)
def test_alerts_are_the_plan_s_numbers_and_the_dashboard_shows_them(name: str) -> None:
    (group,) = read(files(name)["monitoring/rules.yaml"])["groups"]
    signals = signals_of(setting(name))
    assert [rule["expr"] for rule in group["rules"]] == [s.alert for s in signals if s.limit is not None]
    assert len({rule["alert"] for rule in group["rules"]}) == len(group["rules"])
    panels = json.loads(files(name)["monitoring/dashboard.json"])["panels"]
    assert [panel["targets"][0]["expr"] for panel in panels] == [signal.query for signal in signals]


def test_objectives_of_the_plan_are_alerts() -> None:
    signals = {signal.id: signal for signal in signals_of(setting("hospital"))}
    objectives = evaluated("hospital").inputs.objectives
    assert signals["first_token"].limit == objectives.ttft_ms_p95 / 1000
    assert signals["between_tokens"].limit == objectives.tpot_ms / 1000
    assert signals["tokens_a_day"].limit == evaluated("hospital").demand.p95_tokens_per_day


@pytest.mark.parametrize("name", ALL)
def test_scripts_are_bash(name: str) -> None:
    for path, text in files(name).items():
        if path.endswith(".sh"):
            done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), path


@pytest.mark.parametrize("name", ALL)
def test_the_readme_tells_only_of_what_is_there(name: str) -> None:
    text = files(name)["README.md"]
    for path in re.findall(r"`((?:serve|kubernetes|monitoring)/[\w.-]+|[\w.-]+\.(?:sh|yaml|example|toml|html))`", text):
        assert path in files(name), path
    for heading in ("What applications call", "In this order", "What is not proven", "What to watch for 30 days"):
        assert f"## {heading}\n" in text


def test_names_do_not_break_the_readme_s_table() -> None:
    text = files("hostile")["README.md"]
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(HOSTILE)
    assert all(row.count("|") == 5 and row.count("`") % 2 == 0 for row in rows)
    assert "<b>" not in re.sub(r"`[^`]*`", "", text).replace("\\<b\\>", "")


@pytest.mark.parametrize("name", ALL)
def test_nothing_that_commands_a_terminal_is_written(name: str) -> None:
    for path, text in files(name).items():
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", text), path
