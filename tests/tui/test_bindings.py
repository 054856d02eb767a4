"""Every key leads to something."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from textual.dom import DOMNode
from textual.screen import Screen

from planner import tui
from planner.tui.app import PlannerApp


def _owners() -> list[type[DOMNode]]:
    """Every screen and widget of the app, whether or not a test shows it."""
    for module in pkgutil.walk_packages(tui.__path__, "planner.tui."):
        importlib.import_module(module.name)
    found: set[type[DOMNode]] = set()
    waiting: list[type[DOMNode]] = [DOMNode]
    while waiting:
        kinds = waiting.pop().__subclasses__()
        waiting += kinds
        found |= {kind for kind in kinds if kind.__module__.startswith("planner.")}
    return sorted(found, key=lambda kind: kind.__qualname__)


@pytest.mark.parametrize("owner", _owners(), ids=lambda owner: owner.__name__)
def test_every_action_of_a_binding_exists(owner: type[DOMNode]) -> None:
    """A binding to an action that is not there does nothing, in silence."""
    for binding in (one for bindings in owner._merge_bindings().key_to_bindings.values() for one in bindings):
        namespace, _, name = binding.action.partition("(")[0].rpartition(".")
        target = {"app": PlannerApp, "screen": Screen}.get(namespace, owner)
        assert hasattr(target, f"action_{name}") or hasattr(target, f"_action_{name}"), binding.action
