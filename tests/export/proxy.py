"""The real LiteLLM proxy on loopback, with an exported document and mock servers behind it."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from planner.export import usage_log
from planner.export.gateway import NAME, variables_of
from planner.export.groups import Setting
from planner.export.images import gateway_environment
from planner.export.yaml import bare
from tests.export.exported import read, yaml
from tests.export.mock_server import Mock, serving

EXECUTABLE = "PLANNER_LITELLM"
"""Variable with the path of the proxy's command; `python -m tests.export.check` sets it."""
START_SECONDS = 240
USAGE = "usage"
"""Folder with what the gateway's log leaves."""


@dataclass(frozen=True)
class Reply:
    """What a caller got, and which row answered."""

    status: int
    row: str
    cost: float
    body: str


@dataclass
class Gateway:
    """A running proxy with the server that stands for the replicas and the one for all providers."""

    port: int
    key: str
    own: Mock
    outside: Mock
    pool: ThreadPoolExecutor
    usage: Path

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        line = HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            line.request(method, path, None if body is None else json.dumps(body), headers)
            answer = line.getresponse()
            cost = float(answer.headers.get("x-litellm-response-cost") or 0)
            row = answer.headers.get("x-litellm-model-id") or ""
            return Reply(answer.status, row, cost, answer.read().decode())
        finally:
            line.close()

    def stream(self, name: str) -> Reply:
        """As most applications call: the answer word by word, and nothing said of usage."""
        messages = [{"role": "user", "content": "hello"}]
        return self.ask("POST", "/v1/chat/completions", {"model": name, "messages": messages, "stream": True})

    def call(self, name: str, endpoint: str = "chat") -> Reply:
        if endpoint == "embedding":
            return self.ask("POST", "/v1/embeddings", {"model": name, "input": "hello"})
        messages = [{"role": "user", "content": "hello"}]
        return self.ask("POST", "/v1/chat/completions", {"model": name, "messages": messages, "max_tokens": 16})

    def later(self, name: str, calls: int) -> list[Future[Reply]]:
        """So many calls at once."""
        return [self.pool.submit(self.call, name) for _ in range(calls)]

    def metric(self, name: str) -> dict[str, float]:
        """Sum of a counter by the row that answered."""
        found: dict[str, float] = {}
        for line in self.ask("GET", "/metrics/").body.splitlines():
            seen = re.fullmatch(rf'{name}{{.*model_id="([^"]*)".*}} (\S+)', line)
            if seen:
                found[seen[1]] = found.get(seen[1], 0.0) + float(seen[2])
        return found


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


def _environment(setting: Setting, own: Mock, key: str, folder: Path) -> dict[str, str]:
    """Only what the exported files name, with made-up keys."""
    found = dict.fromkeys(variables_of(setting), "sk-made-up")
    found |= {name: f"{own.url}/v1" for name in found if name.endswith("_BASE_URL")}
    found |= {name: "openai/an-adapter" for name in found if name.endswith("_MODEL")}
    found |= bare(gateway_environment())
    found["USAGE_LOG"] = str(folder / USAGE)
    return found | {"LITELLM_MASTER_KEY": key, "PATH": os.environ["PATH"], "HOME": str(folder)}


def redirected(text: str, outside: Mock, changes: Mapping[str, Any]) -> str:
    """The document with the providers' rows sent to the mock, and with more settings of each section."""
    document = read(text)
    for row in document["model_list"]:
        params = row["litellm_params"]
        if not row["model_info"]["id"].startswith("own-"):
            path = "" if str(params["model"]).startswith("anthropic/") else "/v1"
            params["api_base"] = f"{outside.url}{path}"
    for section, more in changes.items():
        document[section] |= more
    told: str = yaml().safe_dump(document)
    return told


@contextmanager
def running(setting: Setting, text: str, folder: Path, changes: Mapping[str, Any] | None = None) -> Iterator[Gateway]:
    """A proxy of its own with that document, and its log in the folder."""
    key, port = f"sk-{secrets.token_hex(24)}", free_port()
    with serving(Mock()) as own, serving(Mock()) as outside, ThreadPoolExecutor(1100) as pool:
        (folder / NAME).write_text(redirected(text, outside, changes or {}))
        (folder / usage_log.NAME).write_text(usage_log.usage_log(setting))
        (folder / USAGE).mkdir(exist_ok=True)
        command = [os.environ[EXECUTABLE], "--config", str(folder / NAME), "--host", "127.0.0.1", "--port", str(port)]
        with (folder / "log").open("wb") as log:
            env = _environment(setting, own, key, folder)
            process = subprocess.Popen(command, env=env, cwd=folder, stdout=log, stderr=log)
        gateway = Gateway(port, key, own, outside, pool, folder / USAGE)
        try:
            _wait_until_ready(gateway, process, folder)
            yield gateway
        finally:
            own.hold.set()
            outside.hold.set()
            process.terminate()
            process.wait(60)


def _wait_until_ready(gateway: Gateway, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the proxy ended: {(folder / 'log').read_text()[-2000:]}")
        try:
            if gateway.ask("GET", "/health/liveliness").status == 200:
                return
        except OSError:
            time.sleep(0.2)  # a process starts: there is nothing to be told by
    raise RuntimeError("the proxy did not start")
