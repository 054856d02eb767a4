"""`kubernetes/`: weights on a volume, replicas that start offline, and what keeps them up; the gateway beside them.

Manifests hold `${NAME:?}` where only the user can state a value; `render.sh` fills them in and refuses to without.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from planner.engine.rollout import at_once
from planner.engine.specs import Choice
from planner.engine.specs.rollout import Pool, ReplicaSetup
from planner.export import images, usage_log
from planner.export.compose import SECONDS_PER_MINUTE, arguments, named
from planner.export.flags import SERVE_PORT, flags_of, repository_of, required
from planner.export.gateway import PORT, variables_of
from planner.export.groups import Setting, suffix_of
from planner.export.signals import ENGINES
from planner.export.yaml import Noted, comment, emit, quoted
from planner.words.exported import said

RENDER: Final = "kubernetes/render.sh"
KEYS: Final = "planner-keys"
CONFIG: Final = "planner-gateway"
PROMETHEUS: Final = "http://prometheus-operated.monitoring:9090"
"""The service that the operator of Prometheus makes in its usual namespace."""
USAGE_CLAIM: Final = "planner-usage"
USAGE_GIB: Final = 10
PROBE_SECONDS: Final = 10
SCALE_DOWN_SECONDS: Final = 1800
PLAIN_VALUE: Final = "^[A-Za-z0-9._:/@-]+$"
Manifest = dict[str, Any]


def kubernetes(setting: Setting) -> dict[str, str]:
    """The files by their paths."""
    found = {}
    for pool in setting.rollout.pools:
        suffix = suffix_of(setting, pool)
        found[f"kubernetes/replicas{suffix}.yaml"] = _file(setting, _replicas(setting, pool))
        if pool.scales:
            found[f"kubernetes/scaling{suffix}.yaml"] = _file(setting, [_scaler(setting, pool, _name(setting, pool))])
    found["kubernetes/gateway.yaml"] = _file(setting, _gateway(setting))
    found[RENDER] = _render(list(found.values()))
    return found


def _file(setting: Setting, manifests: Sequence[Manifest]) -> str:
    head = comment(said("kubernetes", "head", quoted(setting.evaluation.inputs.name), setting.plan_id))
    return "\n".join(head) + "\n" + "".join(f"---\n{emit(manifest)}" for manifest in manifests)


def _named(kind: str, version: str, name: str, spec: Any) -> Manifest:
    meta = {"name": name, "labels": _labels(name)}
    return {"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec}


def _name(setting: Setting, pool: Pool) -> str:
    return f"planner-replica{suffix_of(setting, pool)}"


def _labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "planner-export"}


def _replicas(setting: Setting, pool: Pool) -> list[Manifest]:
    _, replica = setting.fleet
    name = _name(setting, pool)
    found = [
        _volume(name, pool, replica),
        _deployment(setting, pool, name),
        _service(name, SERVE_PORT),
        _budget(name, pool),
        _network(name),
    ]
    return found if setting.engine == "llama-cpp" else [found[0], _download(setting, name), *found[1:]]


def _volume(name: str, pool: Pool, replica: ReplicaSetup) -> Manifest:
    shared = pool.replicas > 1
    access = Noted(
        ["ReadWriteMany" if shared else "ReadWriteOnce"], said("kubernetes", "shared" if shared else "single")
    )
    size = Noted(f"{replica.disk_gib}Gi", said("kubernetes", "disk"))
    return _named(
        "PersistentVolumeClaim", "v1", name, {"accessModes": access, "resources": {"requests": {"storage": size}}}
    )


def _download(setting: Setting, name: str) -> Manifest:
    """Run once, with the only access to a hub that anything here has."""
    choice, _ = setting.fleet
    repository = repository_of(setting)
    source = required("MODEL_REPOSITORY") if repository is None else _literal(repository)
    container = {
        "name": "download",
        "image": images.image_of(choice),
        "command": ["hf", "download"],
        "args": [source, "--revision", required("MODEL_REVISION")],
        "env": [{"name": "HF_HOME", "value": images.MODELS}, _from_secret("HF_TOKEN", optional=True)],
        "volumeMounts": [{"name": "models", "mountPath": images.MODELS}],
    }
    pod = {"restartPolicy": "OnFailure", "containers": [container], "volumes": [_claim(name)]}
    return _named("Job", "batch/v1", f"{name}-download", {"template": {"spec": _quiet(pod)}})


def _claim(name: str, *, read_only: bool = False) -> Manifest:
    claim: Manifest = {"claimName": name} | ({"readOnly": True} if read_only else {})
    return {"name": "models", "persistentVolumeClaim": claim}


def _quiet(pod: Manifest) -> Manifest:
    """No token of the cluster in it."""
    return {"automountServiceAccountToken": False, **pod}


def _from_secret(variable: str, key: str = "", *, optional: bool = False) -> Manifest:
    chosen: Manifest = {"name": KEYS, "key": key or variable} | ({"optional": True} if optional else {})
    return {"name": variable, "valueFrom": {"secretKeyRef": chosen}}


def _deployment(setting: Setting, pool: Pool, name: str) -> Manifest:
    choice, _ = setting.fleet
    pod: Manifest = {"containers": [_container(setting, pool)], "volumes": _volumes(name, choice)}
    if pool.replicas > 1:
        pod["topologySpreadConstraints"] = Noted(_spread(name), said("kubernetes", "spread"))
    fixed = {} if pool.scales else {"replicas": Noted(pool.replicas, said("kubernetes", "replicas"))}
    spec = fixed | {
        "strategy": Noted(
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
            said("kubernetes", "surge"),
        ),
        "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
        "template": {"metadata": {"labels": _labels(name)}, "spec": _quiet(pod)},
    }
    return _named("Deployment", "apps/v1", name, spec)


def _spread(name: str) -> list[Manifest]:
    return [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app.kubernetes.io/name": name}},
        }
    ]


def _container(setting: Setting, pool: Pool) -> Manifest:
    choice, replica = setting.fleet
    variable, option = images.key_variable(setting)
    secret = f"{setting.prefix(setting.rollout.pools.index(pool))}_API_KEY"
    env = [_environment(name, value) for name, value in images.environment_of(setting).items()]
    env.append(_from_secret(variable or "REPLICA_API_KEY", secret))
    args: list[Any] = [entry for flag in flags_of(setting) for entry in arguments(flag)]
    args += ["--host", "0.0.0.0", *((option, "$(REPLICA_API_KEY)") if option else ())]  # noqa: S104 - the pod's own network
    gpu = "amd.com/gpu" if choice.deployment.gpu.vendor == "AMD" else "nvidia.com/gpu"
    mounts = [{"name": "models", "mountPath": images.MODELS, "readOnly": True}]
    mounts += [{"name": "shm", "mountPath": "/dev/shm"}] if choice.gpus_per_replica > 1 else []  # noqa: S108 - not a file
    return {
        "name": "engine",
        "image": Noted(images.image_of(choice), said("compose", "image")),
        "command": images.entry_point(setting),
        "args": args,
        "env": env,
        "ports": [{"name": "http", "containerPort": SERVE_PORT}],
        "resources": {"limits": {gpu: str(choice.gpus_per_replica)}},
        "startupProbe": Noted(_probe(replica), said("kubernetes", "startup", replica.start_minutes.high)),
        "readinessProbe": {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": PROBE_SECONDS},
        "securityContext": {"allowPrivilegeEscalation": False},
        "volumeMounts": mounts,
    }


def _environment(name: str, value: Any) -> Any:
    if isinstance(value, Noted):
        return Noted({"name": name, "value": value.value}, value.note)
    return {"name": name, "value": value}


def _probe(replica: ReplicaSetup) -> Manifest:
    tries = math.ceil(replica.start_minutes.high * SECONDS_PER_MINUTE / PROBE_SECONDS)
    return {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": PROBE_SECONDS, "failureThreshold": tries}


def _volumes(name: str, choice: Choice) -> list[Any]:
    found: list[Any] = [_claim(name, read_only=True)]
    if choice.gpus_per_replica > 1:
        found.append(Noted({"name": "shm", "emptyDir": {"medium": "Memory"}}, said("compose", "ipc")))
    return found


def _service(name: str, port: int) -> Manifest:
    spec = {
        "selector": {"app.kubernetes.io/name": name},
        "ports": [{"name": "http", "port": port, "targetPort": "http"}],
    }
    return _named("Service", "v1", name, spec)


def _budget(name: str, pool: Pool) -> Manifest:
    """How many may be taken down on purpose, of however many there are: the spare where there is one."""
    rule = {"maxUnavailable": max(pool.spare_replicas, 1)}
    selector = {"selector": {"matchLabels": {"app.kubernetes.io/name": name}}}
    return _named("PodDisruptionBudget", "policy/v1", name, rule | selector)


def _scaler(setting: Setting, pool: Pool, name: str) -> Manifest:
    """On requests running and waiting: waiting alone is nothing while replicas are busy, and would stop them.

    An autoscaler of Kubernetes itself reads no engine's metrics; KEDA asks Prometheus for them.
    """
    choice, _ = setting.fleet
    each = max(math.floor(at_once(choice)), 1)
    running, waiting = (ENGINES[setting.engine][key] for key in ("running", "waiting"))
    where = f'{{pod=~"{name}-.*"}}'
    query = f"sum({running}{where}) + sum({waiting}{where})"
    query += f" + {pool.spare_replicas * each}" if pool.spare_replicas else ""
    metadata = {
        "serverAddress": Noted(PROMETHEUS, said("kubernetes", "prometheus")),
        "query": Noted(query, said("kubernetes", "in_flight_spare" if pool.spare_replicas else "in_flight")),
        "threshold": Noted(str(each), said("kubernetes", "threshold")),
        "ignoreNullValues": Noted("false", said("kubernetes", "unknown")),
    }
    behaviour = {"scaleDown": {"stabilizationWindowSeconds": SCALE_DOWN_SECONDS}}
    spec = {
        "scaleTargetRef": {"name": name},
        "minReplicaCount": Noted(pool.fewest_replicas, said("kubernetes", "fewest")),
        "maxReplicaCount": Noted(pool.replicas, said("kubernetes", "most")),
        "fallback": Noted({"failureThreshold": 3, "replicas": pool.replicas}, said("kubernetes", "fallback")),
        "advanced": Noted({"horizontalPodAutoscalerConfig": {"behavior": behaviour}}, said("kubernetes", "down")),
        "triggers": [{"type": "prometheus", "metadata": metadata}],
    }
    return _named("ScaledObject", "keda.sh/v1alpha1", name, spec)


def _network(name: str) -> Manifest:
    """Replicas reach nothing, and nothing but the gateway and the monitoring reaches them."""
    peers: list[Any] = [
        {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "planner-gateway"}}},
        Noted(
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}},
            said("kubernetes", "namespace"),
        ),
    ]
    spec = {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": name}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": Noted([{"from": peers}], said("kubernetes", "network")),
        "egress": [],
    }
    return _named("NetworkPolicy", "networking.k8s.io/v1", name, spec)


def _gateway(setting: Setting) -> list[Manifest]:
    name = "planner-gateway"
    addresses = {
        f"{setting.prefix(place)}_BASE_URL": f"http://planner-replica{suffix_of(setting, pool)}:{SERVE_PORT}/v1"
        for place, pool in enumerate(setting.rollout.pools)
    }
    env: list[Any] = [{"name": key, "value": value} for key, value in addresses.items()]
    env += [_from_secret(key) for key in variables_of(setting) if key not in addresses]
    env += [_environment(key, value) for key, value in images.gateway_environment().items()]
    container = {
        "name": "gateway",
        "image": images.gateway_image(),
        "args": ["--config", "/app/config/litellm.yaml", "--port", str(PORT)],
        "env": env,
        "ports": [{"name": "http", "containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/health/readiness", "port": "http"}, "periodSeconds": PROBE_SECONDS},
        "securityContext": {"allowPrivilegeEscalation": False},
        "volumeMounts": [
            {"name": "config", "mountPath": "/app/config", "readOnly": True},
            {"name": "usage", "mountPath": usage_log.FOLDER},
        ],
    }
    usage = {"name": "usage", "persistentVolumeClaim": {"claimName": USAGE_CLAIM}}
    pod = {"containers": [container], "volumes": [{"name": "config", "configMap": {"name": CONFIG}}, usage]}
    spec = {
        "replicas": Noted(1, said("kubernetes", "one_gateway")),
        "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
        "template": {"metadata": {"labels": _labels(name)}, "spec": _quiet(pod)},
    }
    size = Noted(f"{USAGE_GIB}Gi", said("kubernetes", "usage_size"))
    claim = _named(
        "PersistentVolumeClaim",
        "v1",
        USAGE_CLAIM,
        {
            "accessModes": Noted(["ReadWriteMany"], said("kubernetes", "usage")),
            "resources": {"requests": {"storage": size}},
        },
    )
    return [claim, _named("Deployment", "apps/v1", name, spec), _service(name, PORT)]


def _literal(text: str) -> str:
    """So that nothing in it is taken for a variable of the pod."""
    return text.replace("$", "$$")


def _render(texts: Sequence[str]) -> str:
    names = sorted({name for text in texts for name in named(text)})
    values = " ".join(f'"${name}"' for name in names)
    rules = [f'  -e "s|[$]{{{name}:?}}|${name}|g" \\' for name in names]
    return "\n".join(
        [
            "#!/usr/bin/env bash",
            *comment(said("kubernetes", "render")),
            "set -euo pipefail",
            'cd "$(dirname "$0")"',
            *(f': "${{{name}:?}}"' for name in names),
            f"for value in {values}; do",
            f"  [[ $value =~ {PLAIN_VALUE} ]] || {{ echo 'a variable holds more than a name' >&2; exit 2; }}",
            "done",
            "sed \\",
            *rules,
            "  ./*.yaml",
            "",
        ]
    )
