"""An import of a large log against the same rollup in bare DuckDB, each a process of its own, in turn.

And how often the app paints while it reads one.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROWS = int(os.environ.get("PLANNER_BENCHMARK_ROWS", "10_000_000"))
RUNS = 3
_MADE = """
import duckdb, sys
duckdb.sql(f'''copy (
  select timestamp '2026-08-01' + to_milliseconds(cast(i * (90 * 86400000.0 / {sys.argv[1]}) as bigint)) as timestamp,
    ['gpt-5.4', 'claude-sonnet-4-6', 'gpt-4.1-mini', 'gpt-6-luna'][1 + cast(hash(i) % 4 as int)] as model,
    ['chat', 'invoices', 'agent', 'search', 'mail'][1 + cast(hash(i + 7) % 5 as int)] as workload,
    cast(200 + pow(random(), 4) * 20000 as bigint) as input_tokens,
    cast(pow(random(), 2) * 150 as bigint) as cached_input_tokens,
    cast(20 + pow(random(), 3) * 1500 as bigint) as output_tokens,
    cast(300 + random() * 9000 as bigint) as latency_ms,
    hash(i + 3) % 10 = 0 as batch
  from range({sys.argv[1]}) t(i)) to '{sys.argv[2]}' ''')
"""
_BARE = """
import duckdb, sys
made = duckdb.connect()
made.execute("set preserve_insertion_order = false; set enable_progress_bar = false; set TimeZone = 'UTC'")
made.execute(f'''select date_trunc('hour', timestamp) as hour, model, workload, batch, count(*), sum(input_tokens),
  sum(cached_input_tokens), sum(output_tokens), sum(latency_ms)
  from '{sys.argv[1]}' group by all order by all''').fetchall()
"""


def imports() -> None:
    """Wall time and peak memory of both; needs the extra `logs`, and Linux for the memory."""
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("parquet", "csv"):
            path = Path(folder, f"log.{ending}")
            subprocess.run([sys.executable, "-c", _MADE, str(ROWS), str(path)], check=True)
            sides = {
                "ours": [sys.executable, "-m", "planner", "import", "usage", str(path), "--format", "json"],
                "bare": [sys.executable, "-c", _BARE, str(path)],
            }
            took: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
            for _ in range(RUNS):
                for name, command in sides.items():
                    took[name].append(_measured(command))
            (a, mib), (b, bare_mib) = (tuple(map(statistics.median, zip(*took[name], strict=True))) for name in sides)
            print(
                f"import {ending:<8} {ROWS:,} rows {a:6.2f} s   {a / b:4.2f} x bare DuckDB ({b:.2f} s); memory "
                f"{mib / bare_mib:4.2f} x ({bare_mib:.0f} MiB); load {os.getloadavg()[0]:.1f}"
            )
            for engine in ("duckdb", "standard")[: 1 + (ending == "csv")]:
                _painted(path, engine)


def _painted(path: Path, engine: str) -> None:
    """Gaps between paints while the app reads, and how soon it stops; asked: 60 ms and 0.3 s."""
    command = [sys.executable, "-m", "tests.benchmarks.painting", str(path), engine]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    longest, most, idle_longest, idle_most, cancel_s = map(float, done.stdout.split())
    print(
        f"app, {path.suffix[1:]} by {engine:<9} paints every {most:3.0f} ms at most in 99 of 100 ({idle_most:.0f} "
        f"where nothing is read), longest {longest:.0f} ({idle_longest:.0f}); stops in {cancel_s:.2f} s; "
        f"load {os.getloadavg()[0]:.1f}"
    )


def _measured(command: Sequence[str]) -> tuple[float, float]:
    """Seconds, and MiB at the peak."""
    started = time.perf_counter()
    peak = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.peak", os.getcwd(), *command],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return time.perf_counter() - started, float(peak.stdout.split()[-1])
