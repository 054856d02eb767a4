"""`catalog add-model ORG/NAME` against a hub on loopback; skipped where the extra is not installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.catalog.published_configs import PHI_4

pytest.importorskip("huggingface_hub")

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {"/acme/phi/resolve/main/config.json": json.dumps(PHI_4).encode()}
GATED = "/acme/gated/resolve/main/config.json"
BROKEN = "/acme/broken/resolve/main/config.json"


class Hub(BaseHTTPRequestHandler):
    """Answers as the hub does: ETag and commit for a file, an error code in a header otherwise."""

    seen: list[str]

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        self.seen.append(f"{self.command} {self.path}")
        body = FILES.get(self.path)
        if body is not None:
            self.send_response(200)
            self.send_header("ETag", f'"{hash(body) & 0xFFFFFFFF:08x}"')
            self.send_header("X-Repo-Commit", COMMIT)
        else:
            body = b""
            self._refuse()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _refuse(self) -> None:
        if self.path == GATED:
            self.send_response(403)
            self.send_header("X-Error-Code", "GatedRepo")
        elif self.path == BROKEN:
            self.send_response(500)
        else:
            known = self.path.startswith("/acme/phi/") or self.path.startswith("/acme/empty/")
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound" if known else "RepoNotFound")
            self.send_header("X-Repo-Commit", COMMIT)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def hub() -> Iterator[str]:
    Hub.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def add(source: str, endpoint: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(folder / "hf"), "NO_PROXY": "127.0.0.1"}
    environment |= {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    command = [sys.executable, "-m", "planner", "--catalog", str(folder / "own.toml"), "catalog", "add-model", source]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_hub_id_is_read_from_the_endpoint_named(hub: str, tmp_path: Path) -> None:
    done = add("acme/phi", hub, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "acme/phi (Phi)" in done.stdout
    assert "14.660B parameters" in done.stdout
    assert '[models."acme/phi"]' in (tmp_path / "own.toml").read_text()
    assert any(line.endswith("/acme/phi/resolve/main/config.json") for line in Hub.seen)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("acme/unknown", "acme/unknown: is not on the hub, or it is private and HF_TOKEN is not set"),
        ("acme/gated", "acme/gated: is gated: accept its licence on the hub and set HF_TOKEN"),
        ("acme/empty", "acme/empty: has no config.json on the hub"),
    ],
)
def test_what_the_hub_refuses_is_one_clear_line(source: str, message: str, hub: str, tmp_path: Path) -> None:
    done = add(source, hub, tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"planner: {message}\n"
    assert not (tmp_path / "own.toml").exists()


def test_a_hub_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    done = add("acme/phi", "http://127.0.0.1:9", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("planner: acme/phi: the hub ")
    assert done.stderr.count("\n") == 1
