"""`planner serve` at work: who gets in, what it does with garbage, and that nothing is left of it when it ends.

The whole attack is `python -m tests.campaign.serve`; here is what it knocks on doors with, and a share of the rest.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import pytest

from planner.cli import serve, visits
from planner.cli.serve import Door, Site, listen, loopback_names
from planner.cli.visits import App
from planner.plan.drafts import recover_drafts
from planner.plan.edit import new_plan, set_value
from planner.plan.store import save

if find_spec("textual_serve") is None:
    pytest.skip("the extra 'web' is not installed", allow_module_level=True)
if os.name == "nt" or which("ps") is None:
    pytest.skip("looks at processes as a POSIX system lists them", allow_module_level=True)

import aiohttp

from tests.campaign.serve import Visit, knocked, mangled, misused
from tests.campaign.served import Served, ask, gone, request, running, served

TOKEN = "a-token-of-the-test"
GREETING = "import os; os.write(1, b'__GANGLION__\\nD\\0\\0\\0\\5hello')"


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served")) as site:
        yield site


@pytest.fixture(name="session")
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.terminal
async def test_the_page_is_served_on_this_machine_only(site: Served) -> None:
    page = (await ask(site.port, request(f"/{site.token}/", site.host))).text
    assert "200 OK" in page
    assert "<title>planner</title>" in page
    assert site.token not in re.sub(r"data-session-websocket-url=\S+", "", page)
    assert f"ws://{site.host}/{site.token}/ws" in page
    elsewhere = (await ask(site.port, request(f"/{site.token}/", f"localhost:{site.port}"))).text
    assert f"ws://localhost:{site.port}/{site.token}/ws" in elsewhere
    assert f"connect-src 'self' ws://localhost:{site.port}" in elsewhere
    for name in re.findall(r'(?:src|href)="(static/[a-z.]+)"', page):
        assert (await ask(site.port, request(f"/{site.token}/{name}", site.host))).status == 200
    if sys.platform == "linux":  # all of 127/8 is this machine there, so another address of it shows what is bound
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", site.port), timeout=5)


@pytest.mark.terminal
async def test_every_way_to_knock_is_refused_or_harmless(site: Served) -> None:
    outcomes = [outcome async for outcome in knocked(site)]
    assert len(outcomes) >= 60
    assert [outcome for outcome in outcomes if not outcome.well] == []
    assert site.apps() == []


@pytest.mark.terminal
async def test_what_a_visitor_may_send_harms_nobody(site: Served, session: aiohttp.ClientSession) -> None:
    outcomes = [outcome async for outcome in misused(site, session, share=9)]
    outcomes += [outcome async for outcome in mangled(site)]
    assert [outcome for outcome in outcomes if not outcome.well] == []


@pytest.mark.terminal
@pytest.mark.parametrize("closes", [True, False])
async def test_an_app_ends_with_its_visit(site: Served, session: aiohttp.ClientSession, closes: bool) -> None:
    async with Visit(session, site.socket) as visit:
        assert await visit.drawn(1000)
        (app,) = site.apps()
        if not closes:
            visit.vanish()
    await gone([app])


@pytest.mark.terminal
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
async def test_no_app_outlives_the_server(
    tmp_path: Path, session: aiohttp.ClientSession, number: signal.Signals
) -> None:
    with served(tmp_path) as site:
        async with Visit(session, site.socket) as visit:
            assert await visit.drawn(1000)
            (app,) = site.apps()
            _, printed = await asyncio.to_thread(site.end, number)
            if number == signal.SIGKILL:  # then only the app itself can notice
                await gone([app])
            assert running([app]) == []
            assert printed == ""
            assert site.process.returncode == (-number if number == signal.SIGKILL else 0)


@pytest.mark.terminal
@pytest.mark.parametrize("how", ["close", "vanish", "SIGINT", "SIGTERM", "SIGKILL"])
async def test_what_was_typed_just_before_the_end_is_in_the_draft(
    tmp_path: Path, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("PLANNER_STATE", str(tmp_path / "state"))
    plan = set_value(new_plan("Ended in the middle", date(2026, 11, 23)), ("workload", 0, "tokens_per_day"), 1e6)
    path = save(plan, tmp_path / "plans" / "mine.toml").path
    with served(tmp_path, str(path)) as site:
        async with Visit(session, f"{site.socket}?width=80&height=24") as visit:
            await visit.shows("STAY")
            await visit.send('["stdin", "\\t"]')
            await visit.shows("Compounds")
            await visit.send('["stdin", "1.23%"]')
            await visit.shows("1.23%")
            apps = site.apps()
            if how == "close":
                await visit.close()
            elif how == "vanish":
                visit.vanish()
            else:
                await asyncio.to_thread(site.end, signal.Signals[how])
            await gone(apps)
    (draft,) = recover_drafts(tmp_path / "plans")
    assert draft.plan.volume.growth_per_month == pytest.approx(0.0123)
    assert not draft.open_elsewhere


@pytest.mark.terminal
async def test_an_app_that_cannot_start_is_told(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    (tmp_path / "plan.toml").write_bytes((Path(serve.__file__).parents[2] / "profiles/hospital.toml").read_bytes())
    with served(tmp_path, "plan.toml") as site:
        (tmp_path / "plan.toml").unlink()
        async with Visit(session, site.socket) as visit:
            assert not await visit.drawn()
            assert visit.closed_with == 1011
        assert "plan.toml" in site.end()[1]


@asynccontextmanager
async def site_of(program: str) -> AsyncIterator[tuple[str, asyncio.Task[None]]]:
    """A server in this process, whose visitors get a Python program; with its address, and the task to cancel."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        door = Door(f"http://127.0.0.1:{port}", TOKEN, loopback_names(port))
        app = App([sys.executable, "-c", program], dict(os.environ))
        task = asyncio.ensure_future(serve.serve(Site(door, app), listener))
        try:
            yield f"{door.address}/{TOKEN}/", task
        finally:
            task.cancel()
            await asyncio.wait({task})


async def test_there_is_room_for_so_many(session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "MOST_VISITS", 2)
    monkeypatch.setattr(serve, "FREE_WAIT_S", 0.0)
    async with site_of(f"{GREETING}; input()") as (address, _):
        async with Visit(session, f"{address}ws") as first, Visit(session, f"{address}ws") as second:
            assert await first.drawn()
            assert await second.drawn()
            async with Visit(session, f"{address}ws") as third:
                assert await third.drawn()
                assert third.said.startswith(b"2 browsers are connected")
                assert not await third.drawn()
                assert third.closed_with == 1013
        monkeypatch.setattr(serve, "FREE_WAIT_S", 20.0)
        async with Visit(session, f"{address}ws") as later:
            assert await later.drawn()
            assert later.said == b"hello"


STUBBORN = f"""
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
deaf = "import signal, sys; signal.signal(15, signal.SIG_IGN); print(1, flush=True); signal.pause()"
child = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
child.stdout.readline()
{GREETING}
numbers = f"{{os.getpid()}} {{child.pid}}".encode()
os.write(1, b"D" + len(numbers).to_bytes(4, "big") + numbers)
while True:
    signal.pause()
"""


@pytest.mark.parametrize("server_ends", [True, False])
async def test_a_stubborn_app_and_what_it_started_are_ended(
    session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, server_ends: bool
) -> None:
    monkeypatch.setattr(visits, "PATIENCE_S", 0.05)
    monkeypatch.setattr(visits, "HURRY_S", 0.05)
    async with site_of(STUBBORN) as (address, task):
        async with Visit(session, f"{address}ws") as visit:
            while visit.said.count(b" ") < 1:
                assert await visit.drawn()
            left = [int(number) for number in visit.said.removeprefix(b"hello").split()]
            assert running(left) == left
            if server_ends:
                task.cancel()
                await asyncio.wait({task})
        await gone(left)


@pytest.mark.parametrize(
    ("program", "code"),
    [
        (f"{GREETING}", 1000),
        ("print('x' * 1_000_000)", 1011),
        ("", 1011),
        ("raise SystemExit(2)", 1011),
    ],
)
async def test_a_visit_ends_when_its_app_does(session: aiohttp.ClientSession, program: str, code: int) -> None:
    async with site_of(program) as (address, _), Visit(session, f"{address}ws") as visit:
        while await visit.drawn():
            pass
        assert visit.closed_with == code
