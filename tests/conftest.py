"""How the suite uses the machine: a worker for the time in which others wait, no idle threads, a collector at ease.

Nor do invented examples depend on the machine: hypothesis tries the same ones everywhere and takes the time it takes.

None of it changes what a test sees.
"""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

COLLECT_AFTER = 100_000
"""New objects until the collector looks. With its usual 700, a sixth of the time goes to looking over the thousands of
objects that every app on screen is made of; with this, a process takes about 40 MB more."""

FRAMES_PER_S = "20"
"""Screens painted a second, at most. Nobody watches: with Textual's 60, some of the time goes to pictures that
the next one replaces before the test looks."""

os.environ.setdefault("TEXTUAL_FPS", FRAMES_PER_S)  # read when Textual is loaded

# Before numpy is loaded: the other workers need the cores that its threads would turn idly on.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["PLANNER_CONFIG"] = os.path.join(os.path.dirname(__file__), "no-config.toml")  # that of whoever runs them


settings.register_profile(
    "still", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("still")


def pytest_configure() -> None:
    gc.set_threshold(COLLECT_AFTER, 10, 10)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector need not look at it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """With `-n auto`, three workers on two cores: a test of the app waits for a quiet screen half of its time."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return (3 * cores + 1) // 2
