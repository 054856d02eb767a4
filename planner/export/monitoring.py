"""`monitoring/`: alerts and a dashboard on the numbers of the plan, for the 30 days that prove it."""

from __future__ import annotations

import json
from typing import Any, Final

from planner.export.flags import SERVE_PORT
from planner.export.gateway import PORT
from planner.export.groups import Setting, suffix_of
from planner.export.kubernetes import KEYS
from planner.export.signals import Signal, signals_of
from planner.export.yaml import Noted, comment, emit, quoted
from planner.words.exported import said

KEY_FILE: Final = "/etc/prometheus/gateway-key"
REPLICA_KEY_FILE: Final = "/etc/prometheus/replica-key"
GUARDED: Final = frozenset({"llama-cpp"})
"""Engines that show their metrics to nobody without their key; the others ask for it under /v1 alone."""
WIDE, HIGH, ACROSS = 12, 8, 2


def monitoring(setting: Setting) -> dict[str, str]:
    """The files by their paths."""
    signals = signals_of(setting)
    found = {
        "monitoring/rules.yaml": _headed(setting, {"groups": [_rules(signals)]}),
        "monitoring/prometheus.yaml": _headed(setting, _scrapes(setting)),
        "monitoring/dashboard.json": json.dumps(_dashboard(setting, signals), indent=2, ensure_ascii=True) + "\n",
    }
    if setting.runs_engine:
        texts = "".join(f"---\n{emit(monitor)}" for monitor in _pod_monitor(setting))
        found["monitoring/pod-monitor.yaml"] = (
            _head(setting) + "\n".join(comment(said("monitoring", "pods"))) + "\n" + texts
        )
    return found


def _headed(setting: Setting, document: dict[str, Any]) -> str:
    return _head(setting) + emit(document)


def _head(setting: Setting) -> str:
    head = said("monitoring", "head", quoted(setting.evaluation.inputs.name), setting.plan_id)
    return "\n".join([*comment(head), ""])


def _rules(signals: tuple[Signal, ...]) -> dict[str, Any]:
    return {"name": "planner", "rules": [_rule(signal) for signal in signals if signal.limit is not None]}


def _rule(signal: Signal) -> dict[str, Any]:
    return {
        "alert": "Planner" + "".join(part.capitalize() for part in signal.id.replace("-", "_").split("_")),
        "expr": signal.alert,
        "for": f"{signal.minutes}m",
        "labels": {"severity": "warning"},
        "annotations": {"summary": signal.title, "description": signal.meaning},
    }


def _scrapes(setting: Setting) -> dict[str, Any]:
    """How Prometheus finds the two, by the names of compose.yaml."""
    gateway = {
        "job_name": "gateway",
        "metrics_path": Noted("/metrics/", said("monitoring", "slash")),
        "authorization": {"credentials_file": Noted(KEY_FILE, said("monitoring", "key"))},
        "static_configs": [{"targets": [f"gateway:{PORT}"]}],
    }
    replicas: dict[str, Any] = {"job_name": "replicas", "static_configs": [{"targets": [f"replica:{SERVE_PORT}"]}]}
    if setting.engine in GUARDED:
        asked = Noted(REPLICA_KEY_FILE, said("monitoring", "replica_key"))
        replicas["authorization"] = {"credentials_file": asked}
    jobs = [gateway, *([replicas] if setting.runs_engine else [])]
    return {"rule_files": ["rules.yaml"], "scrape_configs": Noted(jobs, said("monitoring", "targets"))}


def _pod_monitor(setting: Setting) -> list[dict[str, Any]]:
    """How the operator of Prometheus finds each pod, under the same names of jobs."""
    key = {"name": KEYS, "key": "LITELLM_MASTER_KEY"}
    found = [_monitor("gateway", ["planner-gateway"], "/metrics/", key)]
    if setting.runs_engine:
        names = [f"planner-replica{suffix_of(setting, pool)}" for pool in setting.rollout.pools]
        secret = {"name": KEYS, "key": f"{setting.prefix(0)}_API_KEY"}
        found.append(_monitor("replicas", names, "/metrics", secret if setting.engine in GUARDED else None))
    return found


def _monitor(job: str, names: list[str], path: str, key: dict[str, str] | None) -> dict[str, Any]:
    asked = {"authorization": {"credentials": key}} if key else {}
    endpoint = {"port": "http", "path": path, **asked, "relabelings": [{"targetLabel": "job", "replacement": job}]}
    wanted = {"key": "app.kubernetes.io/name", "operator": "In", "values": names}
    spec = {"selector": {"matchExpressions": [wanted]}, "podMetricsEndpoints": [endpoint]}
    meta = {"name": f"planner-{job}", "labels": {"app.kubernetes.io/part-of": "planner-export"}}
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor", "metadata": meta, "spec": spec}


def _dashboard(setting: Setting, signals: tuple[Signal, ...]) -> dict[str, Any]:
    source = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
    return {
        "title": said("monitoring", "title", setting.evaluation.inputs.name),
        "uid": f"planner-{setting.plan_id}",
        "schemaVersion": 39,
        "editable": True,
        "time": {"from": "now-30d", "to": "now"},
        "templating": {"list": [source]},
        "panels": [_panel(signal, place) for place, signal in enumerate(signals)],
    }


def _panel(signal: Signal, place: int) -> dict[str, Any]:
    """A line over time; the plan's own number is a line across."""
    source = {"type": "prometheus", "uid": "${source}"}
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if signal.limit is not None:
        steps.append({"color": "red", "value": signal.limit})
    defaults = {
        "unit": signal.unit,
        "custom": {"thresholdsStyle": {"mode": "line"}},
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    return {
        "id": place + 1,
        "type": "timeseries",
        "title": signal.title,
        "description": signal.meaning,
        "datasource": source,
        "gridPos": {"x": place % ACROSS * WIDE, "y": place // ACROSS * HIGH, "w": WIDE, "h": HIGH},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [{"refId": "A", "expr": signal.query, "datasource": source}],
    }
