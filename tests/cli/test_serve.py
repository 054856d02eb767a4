"""`planner serve`: what it refuses, who it lets in, and the page it serves on this machine only."""

from __future__ import annotations

import argparse
import http.client
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from planner.cli import serve
from planner.cli.grammar import port_number
from planner.cli.options import CommandError
from planner.cli.serve import listen, loopback_names, policy, refusal
from tests.cli.conftest import ROOT, Run

ADDRESS = "http://127.0.0.1:8000"
needs_extra = pytest.mark.skipif(find_spec("textual_serve") is None, reason="the extra 'web' is not installed")


def test_other_machines_are_not_let_in_by_mistake(run: Run) -> None:
    outcome = run("serve", "--host", "0.0.0.0")
    assert outcome.code == 2
    assert "--allow-remote" in outcome.complaint


def test_a_missing_extra_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    outcome = run("serve")
    assert outcome.code == 2
    assert "llm-capacity-planner[web]" in outcome.complaint


@pytest.mark.parametrize("port", ["-1", "65536", "http", "8_000", ""])
def test_a_port_is_a_number(port: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="0 to 65535"):
        port_number(port)


def test_a_taken_port_is_told() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"127.0.0.1:{port}: .*try --port 0"):
            listen("127.0.0.1", port)


def test_a_host_that_is_none_is_told() -> None:
    with pytest.raises(CommandError, match="cannot listen on"):
        listen("not a host", 0)


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("127.0.0.1", 80, "http://127.0.0.1:80"),
        ("::1", 8000, "http://[::1]:8000"),
        ("0.0.0.0", 9, f"http://{socket.gethostname()}:9"),
    ],
)
def test_the_address_is_what_a_browser_takes(host: str, port: int, address: str) -> None:
    assert serve.address_of(host, port) == address


def test_each_visitor_gets_the_same_command() -> None:
    args = argparse.Namespace(profiles=Path("my plans"), as_of="2026-11-23")
    words = shlex.split(serve.command_line(args, Path("a b.toml"))) if os.name != "nt" else []
    expected = ["-m", "planner", "app", "--profiles", "my plans", "--as-of", "2026-11-23", "a b.toml"]
    assert words[1:] == expected or os.name == "nt"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Host": "127.0.0.1:8000"}, ""),
        ({"Host": "localhost:8000"}, ""),
        ({"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:8000"}, ""),
        ({"Host": "127.0.0.1:8000", "Origin": "https://evil.example"}, "evil.example"),
        ({"Host": "127.0.0.1:8000", "Origin": "null"}, "null"),
        ({"Host": "rebound.example:8000"}, "rebound.example"),
        ({}, "not called"),
    ],
)
def test_only_this_servers_own_pages_pass(headers: dict[str, str], reason: str) -> None:
    problem = refusal(headers, ADDRESS, loopback_names(8000))
    assert bool(problem) == bool(reason)
    assert reason in problem


def test_a_server_for_all_takes_any_name_but_no_foreign_page() -> None:
    assert refusal({"Host": "box.lan:8000"}, "http://box:8000", None) == ""
    assert refusal({"Host": "box:8000", "Origin": "http://evil.example"}, "http://box:8000", None)


def test_the_page_may_ask_nobody_else() -> None:
    assert "connect-src 'self' ws://127.0.0.1:8000" in policy(ADDRESS)
    assert "default-src 'self'" in policy(ADDRESS)


@pytest.fixture(name="address")
def _address(tmp_path: Path) -> Iterator[str]:
    """A server of the test's own; it ends with 0 when it is told to stop."""
    server = subprocess.Popen(
        [sys.executable, "-m", "planner", "serve", "--port", "0", "--profiles", str(tmp_path / "plans")],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PLANNER_STATE": str(tmp_path / "state")},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert server.stderr is not None
    with server.stderr:
        try:
            yield server.stderr.readline().split()[3]
        finally:
            server.send_signal(signal.SIGTERM)
            code = server.wait(20)
    assert code == 0


def ask(address: str, path: str, **headers: str) -> tuple[int, str]:
    """Status and the first bytes of the answer."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, "" if answer.status == 101 else answer.read(100_000).decode()
    finally:
        connection.close()


SOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@needs_extra
@pytest.mark.terminal
def test_the_page_is_served_on_this_machine_only(address: str) -> None:
    port = int(address.rpartition(":")[2])
    status, page = ask(address, "/")
    assert status == 200
    assert f"ws://127.0.0.1:{port}/ws" in page
    assert ask(f"http://localhost:{port}", "/")[0] == 307
    assert ask(address, "/", Host="rebound.example")[0] == 403
    assert ask(address, "/ws", Origin="http://evil.example", **SOCKET)[0] == 403
    assert ask(address, "/ws", Origin=address, **SOCKET)[0] == 101
    if sys.platform == "linux":  # all of 127/8 is this machine there, so another address of it shows what is bound
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)
