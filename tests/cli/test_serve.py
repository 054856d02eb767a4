"""`planner serve`: what it refuses, who it lets in, and the page it serves on this machine only."""

from __future__ import annotations

import argparse
import json
import re
import socket
from importlib.util import find_spec
from pathlib import Path

import pytest

from planner.cli import serve
from planner.cli.grammar import port_number
from planner.cli.serve import FILES, PAGE, holds_token, host_of, listen, loopback_names, policy, refusal
from planner.cli.visits import packet, packet_for
from planner.plan.places import ONLY_BELOW, example_path
from planner.toml.errors import InputError
from tests.cli.conftest import Run

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
        with pytest.raises(InputError, match=f"127.0.0.1:{port}: .*try --port 0"):
            listen("127.0.0.1", port)


def test_a_host_that_is_none_is_told() -> None:
    with pytest.raises(InputError, match="cannot listen on"):
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
    words = serve.command_line(args, Path("-a b.toml"))
    options = ["--profiles", "my plans", "--as-of", "2026-11-23"]
    assert words[1:] == ["-P", "-m", "planner", "app", *options, "--", "-a b.toml"]


def test_each_visitor_may_use_the_folder_of_plans_and_the_plan_that_is_served(tmp_path: Path) -> None:
    def roots(plan: Path | None) -> list[str]:
        found: list[str] = json.loads(serve.surroundings(tmp_path / "plans", plan)[ONLY_BELOW])
        return found

    assert roots(None) == [str(tmp_path / "plans")]
    assert roots(tmp_path / "a.toml") == [str(tmp_path / "plans"), str(tmp_path / "a.toml")]
    assert roots(example_path("hospital")) == [str(tmp_path / "plans")]  # to be read, never written


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Host": "127.0.0.1:8000"}, ""),
        ({"Host": "localhost:8000"}, ""),
        ({"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:8000"}, ""),
        ({"Host": "127.0.0.1:8000", "Origin": "https://evil.example"}, "evil.example"),
        ({"Host": "127.0.0.1:8000", "Origin": "null"}, "null"),
        ({"Host": "127.0.0.1:8000", "Origin": "https://127.0.0.1:8000"}, "https"),
        ({"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:9000"}, "9000"),
        ({"Host": "127.0.0.1:8000", "Origin": ""}, "pages of"),
        ({"Host": "127.1:8000", "Origin": "HTTP://127.0.0.1:8000"}, ""),
        ({"Host": "127.0.0.1"}, "127.0.0.1"),
        ({"Host": "rebound.example:8000"}, "rebound.example"),
        ({}, "not called"),
    ],
)
def test_only_this_servers_own_pages_pass(headers: dict[str, str], reason: str) -> None:
    problem = refusal(headers, ADDRESS, loopback_names(8000))
    assert bool(problem) == bool(reason)
    assert reason in problem


def test_at_port_80_a_name_without_a_port_is_the_same_host() -> None:
    for host in ("127.0.0.1", "127.0.0.1:80", "127.0.0.1:", "localhost", "[::1]"):
        for origin in (f"http://{host}", f"http://{host.rstrip(':').removesuffix(':80')}:80"):
            assert refusal({"Host": host, "Origin": origin}, "http://127.0.0.1:80", loopback_names(80)) == ""
    assert refusal({"Host": "127.0.0.1:8000"}, "http://127.0.0.1:80", loopback_names(80))


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("LocalHost.:80", ("localhost", 80)),
        ("127.1", ("127.0.0.1", 80)),
        ("2130706433:8000", ("127.0.0.1", 8000)),
        ("0x7f.0.0.1:1", ("127.0.0.1", 1)),
        ("[0:0::0:1]:8000", ("::1", 8000)),
        ("[::FFFF:127.0.0.1]:8000", ("127.0.0.1", 8000)),
        ("::1", None),
        ("[::1", None),
        ("[name]", None),
        ("a b", None),
        ('a"b', None),
        ("a;b", None),
        ("größe", None),
        ("a_b-c.d", ("a_b-c.d", 80)),
        ("127.0.0.1 :80", None),
        ("user@127.0.0.1", None),
        ("127.0.0.1:80:80", None),
        ("127.0.0.1:-1", None),
        ("127.0.0.1:123456", None),
        ("127.0.0.1/x", None),
        ("127.0.0.1\n", None),
        ("", None),
    ],
)
def test_a_host_is_compared_as_a_host(given: str, host: tuple[str, int] | None) -> None:
    assert host_of(given) == host


def test_a_server_for_all_takes_any_name_but_no_foreign_page() -> None:
    assert refusal({"Host": "box.lan:8000"}, "http://box:8000", None) == ""
    assert refusal({"Host": "box:8000", "Origin": "http://evil.example"}, "http://box:8000", None)


def test_the_page_may_ask_nobody_else() -> None:
    assert "connect-src 'self' ws://127.0.0.1:8000" in policy(ADDRESS)
    assert "default-src 'none'" in policy(ADDRESS)
    assert "unsafe-inline" not in policy(ADDRESS).partition("script-src")[2].partition(";")[0]
    page = PAGE.read_text("utf-8")
    assert "<title>planner</title>" in page
    assert "//" not in page
    assert set(re.findall(r"static/([a-z.]+)", page)) == set(FILES)


@pytest.mark.parametrize(
    ("path", "passes"),
    [
        ("/secret/", True),
        ("/secret/static/textual.js", True),
        ("/secret", True),
        ("/", False),
        ("", False),
        ("/secre/", False),
        ("/secrets/", False),
        ("/SECRET/", False),
        ("//secret/", False),
        ("/x/secret/", False),
        ("/secret%2f", False),
        ("/größe/", False),
        ("/\udce9/", False),
    ],
)
def test_a_path_begins_with_the_token(path: str, passes: bool) -> None:
    assert holds_token(path, "secret") == passes


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('["stdin", "é"]', b"D\x00\x00\x00\x02\xc3\xa9"),
        ('["stdin", "\\ud800"]', b"D\x00\x00\x00\x01?"),
        ('["focus"]', packet(b"M", b'{"type": "focus"}')),
        ('["resize", {"width": 3, "height": 2}]', packet(b"M", b'{"type": "resize", "width": 3, "height": 2}')),
        ('["resize", {"width": "3", "height": 2}]', b""),
        ('["resize", {"width": NaN, "height": 1e400}]', b""),
        ('["resize", {"width": 3}]', b""),
        ('["quit"]', b""),
        ('["stdin"]', b""),
        ('["stdin", 5]', b""),
        ('"stdin"', b""),
        ('{"type": "quit"}', b""),
        ("[" * 100_000, b""),
        (f'["resize", {{"width": {"9" * 5000}, "height": 1}}]', b""),
        ("", b""),
    ],
)
def test_the_app_is_told_only_what_is_understood(said: str, told: bytes) -> None:
    assert packet_for(said) == told
