"""The catalogue stays light: a command that only looks something up loads neither numpy nor pydantic nor Textual."""

from __future__ import annotations

import subprocess
import sys

HEAVY = "{'numpy', 'pydantic', 'textual', 'rich', 'platformdirs'}"


def test_loading_the_shipped_facts_needs_the_standard_library_only() -> None:
    code = f"""
import sys
from planner.catalog.load import shipped_catalog
from planner.catalog.lookup import find
assert find(shipped_catalog().gpus, "h100").id == "h100-sxm"
print(sorted({HEAVY} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
