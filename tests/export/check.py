"""Everything that is exported, against the real tools: `python -m tests.export.check [STEP ...]`.

Each tool is installed by name into a temporary folder, or into the folder that --keep names, so that a second run is
quick. Expected of each tool: it finds nothing. Steps: scripts (shellcheck), compose, kubernetes, prometheus, providers,
operators (the schemas of KEDA and of Prometheus's operator), gateway (the real LiteLLM proxy), llama_cpp (a packaged
llama-server), engines (options, variables and metrics in the packages of vLLM and SGLang), parsers (their own).
`--brief` takes two minutes: one plan in the proxy, and no engines.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from planner.engine.specs import FineTuning
from planner.export.flags import flags_of
from planner.export.groups import Setting
from planner.export.images import environment_of, gateway_environment, key_variable
from planner.export.providers import PROVIDERS
from planner.export.signals import ENGINES, GATEWAY
from planner.export.yaml import emit
from tests.export import packages
from tests.export.exported import EXAMPLES, OTHER, RANDOM, files, read_all, setting
from tests.export.proxy import EXECUTABLE
from tests.export.workplace import Workplace

PLANS = (*EXAMPLES, *RANDOM, *OTHER, "hostile", "fine-tuned-8b", "embeddings")
KUBERNETES = ("1.30", "1.34", "1.37")
DIGEST = "sha256:" + "a" * 64
COMMIT = "a" * 40


Step = Callable[[Workplace, bool], Iterator[str]]
"""What it found wrong, a line each; the second argument is `--brief`."""


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    """The export of a plan on disk."""
    with tempfile.TemporaryDirectory() as place:
        for path, text in files(name).items():
            file = Path(place) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        yield Path(place)


def _failed(what: str, *command: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """What a command says where it does not end well."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=None if env is None else dict(env), capture_output=True, text=True
    )
    if done.returncode:
        yield f"{what}: {(done.stdout + done.stderr).strip()[-2000:]}"


def gateway(place: Workplace, brief: bool) -> Iterator[str]:
    """The tests marked `gateway`."""
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-m", "gateway", "tests/export/test_real_gateway.py"]
    if brief:
        command += ["-k", "hospital and not default"]
    env = os.environ | {EXECUTABLE: str(place.gateway / "litellm")}
    if subprocess.run(command, env=env).returncode:
        yield "gateway: see above"


def providers(place: Workplace, brief: bool) -> Iterator[str]:
    """The gateway knows every provider by the name that rows give it, and every variable that keeps it offline."""
    code = "import litellm, sys; print(*(p for p in sys.argv[1:] if p not in litellm.provider_list))"
    names = sorted({provider.prefix for provider in PROVIDERS.values()} | {"hosted_vllm"})
    env = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run(
        [str(place.gateway / "python"), "-c", code, *names], env=env, capture_output=True, text=True, check=True
    )
    yield from (f"providers: the gateway knows no {name}" for name in done.stdout.split())
    package = next((place.gateway.parent / "lib").glob("python3*")) / "site-packages"
    read = (file for part in ("litellm", "huggingface_hub") for file in (package / part).rglob("*.py"))
    texts = {str(file): file.read_text("utf-8") for file in read}
    known = packages.words(texts)
    yield from (f"providers: nothing reads {name}" for name in gateway_environment() if name not in known)
    metrics = {name.removesuffix("_total") for name in GATEWAY.values()}
    yield from (f"providers: no metric {name}" for name in sorted(metrics) if name not in known)


def scripts(place: Workplace, brief: bool) -> Iterator[str]:
    """shellcheck, with every remark a fault."""
    for name in PLANS:
        with _folder(name) as folder:
            paths = sorted(path for path in files(name) if path.endswith(".sh"))
            yield from _failed(f"scripts of {name}", place.tools / "shellcheck", *paths, cwd=folder)


def _values(name: str) -> dict[str, str]:
    """Every variable that the folder asks for, with a value of its kind."""
    asked = re.findall(r"^(\w+)=$", files(name)["env.example"], re.M)
    return {each: DIGEST if each.endswith("_DIGEST") else COMMIT for each in asked}


def compose(place: Workplace, brief: bool) -> Iterator[str]:
    """Docker Compose itself reads the file with the variables set, and refuses it without any of them."""
    command = ("docker-compose", "-f", "compose.yaml", "--profile", "download", "config", "--quiet")
    tool = next((place.tools.parent / "lib").glob("python3*/site-packages/compose/docker-compose"))
    for name in PLANS:
        with _folder(name) as folder:
            env = {"PATH": os.environ["PATH"], "HOME": str(folder)} | _values(name)
            yield from _failed(f"compose of {name}", tool, *command[1:], cwd=folder, env=env)
            for missing in _values(name):
                less = {key: value for key, value in env.items() if key != missing}
                if not list(_failed("", tool, *command[1:], cwd=folder, env=less)):
                    yield f"compose of {name}: starts without {missing}"


def kubernetes(place: Workplace, brief: bool) -> Iterator[str]:
    """Every manifest, filled in, against the schema of the API, with unknown fields refused."""
    for name in PLANS:
        if "kubernetes/render.sh" not in files(name):
            continue
        with _folder(name) as folder:
            env = os.environ | _values(name)
            done = subprocess.run(
                ["bash", "kubernetes/render.sh"], cwd=folder, env=env, capture_output=True, check=True
            )
            (folder / "filled.yaml").write_bytes(done.stdout)
            for version in KUBERNETES:
                command = (place.tools / "kubernetes-validate", "-k", version, "--strict", "filled.yaml")
                yield from _failed(f"kubernetes {version} of {name}", *command, cwd=folder)


def operators(place: Workplace, brief: bool) -> Iterator[str]:
    """Every manifest for an operator against the schema that it publishes; what it does not know of is a fault."""
    if place.operators is None:
        print("   npm: not here")
        return
    for name in PLANS:
        found = [m for text in _yaml_files(name) for m in read_all(text) if "." in str(m.get("apiVersion"))]
        custom = [manifest for manifest in found if not manifest["apiVersion"].partition("/")[0].endswith(".k8s.io")]
        command = ["node", str(place.operators)]
        done = subprocess.run(command, input=json.dumps(custom), capture_output=True, text=True)
        yield from (f"{name}: {line}" for line in (done.stdout + done.stderr).splitlines())


def _yaml_files(name: str) -> list[str]:
    return [
        text
        for path, text in files(name).items()
        if path.startswith(("kubernetes/", "monitoring/pod")) and path.endswith(".yaml")
    ]


def prometheus(place: Workplace, brief: bool) -> Iterator[str]:
    """Alerts without a remark, every query of the dashboard, the scrape configuration by its syntax (the key's file is
    the user's), and alerts that fire when they should."""
    if place.promtool is None:
        print("   promtool: no package of it here")
        return
    lint = (place.promtool, "check", "rules", "--lint=all", "--lint-fatal")
    for name in PLANS:
        with _folder(name) as folder:
            yield from _failed(f"rules of {name}", *lint, "monitoring/rules.yaml", cwd=folder)
            panels = json.loads(files(name)["monitoring/dashboard.json"])["panels"]
            rules = [{"record": f"panel:{p['id']}", "expr": target["expr"]} for p in panels for target in p["targets"]]
            (folder / "panels.yaml").write_text(emit({"groups": [{"name": "panels", "rules": rules}]}))
            yield from _failed(f"dashboard of {name}", *lint, "panels.yaml", cwd=folder)
            config = (place.promtool, "check", "config", "--syntax-only", "monitoring/prometheus.yaml")
            yield from _failed(f"scrapes of {name}", *config, cwd=folder)
    with _folder("hospital") as folder:
        (folder / "monitoring/tests.yaml").write_text(emit(_firing()))
        yield from _failed("alerts", place.promtool, "test", "rules", "tests.yaml", cwd=folder / "monitoring")


def _firing() -> dict[str, Any]:
    """An hour of a slow fleet that is waited for, of one that nobody waits for, and of a replica that is gone."""
    written, waiting = ENGINES["vllm"]["written"], ENGINES["vllm"]["waiting"]

    def tried(up: int, queue: int, fires: Mapping[str, bool]) -> dict[str, Any]:
        series = {'up{job="replicas"}': f"{up}x120", written: "0+60x120", waiting: f"{queue}x120"}
        rows = [{"series": name, "values": values} for name, values in series.items()]
        return {
            "interval": "1m",
            "input_series": rows,
            "promql_expr_test": [
                {
                    "expr": f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)',
                    "eval_time": "1h",
                    "exp_samples": [{"labels": "{}", "value": int(fire)}],
                }
                for name, fire in fires.items()
            ],
        }

    return {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            tried(1, 1, {"PlannerWritten": True, "PlannerReplicasUp": False}),
            tried(1, 0, {"PlannerWritten": False, "PlannerWaiting": False}),
            tried(0, 9, {"PlannerReplicasUp": True, "PlannerWaiting": True}),
        ],
    }


def llama_cpp(place: Workplace, brief: bool) -> Iterator[str]:
    """A server of llama.cpp takes every option, and knows every variable, metric and type of cache."""
    if brief:
        return
    there, server = _with_engine("llama-cpp"), place.llama_server
    env = {"PATH": os.environ["PATH"], "HOME": str(place.folder), "LD_LIBRARY_PATH": str(server.parent)}
    values = [
        word for flag in flags_of(there) for word in (flag.name, "a.gguf" if flag.variable else flag.value) if word
    ]
    done = subprocess.run([str(server), *values, "--help"], env=env, capture_output=True, text=True)
    if done.returncode:
        yield f"llama-server: {(done.stdout + done.stderr).strip()[-1000:]}"
    variable, _ = key_variable(there)
    asked = {variable} | {name for name in environment_of(there) if name.startswith("LLAMA_")}
    yield from (f"llama-server: nothing reads {name}" for name in sorted(asked) if name not in done.stdout)
    held = b"".join(path.read_bytes() for path in server.parent.glob("libllama*.so"))
    names = [name.partition(":")[2] for name in ENGINES["llama-cpp"].values()]
    yield from (f"llama-server: no metric {name}" for name in names if name.encode() not in held)


def engines(place: Workplace, brief: bool) -> Iterator[str]:
    """Every option, variable and metric stands in the sources of the release that the catalogue names."""
    if brief:
        return
    for engine, (requirement, parts) in _packages().items():
        texts = packages.sources(place.package(requirement), parts)
        there, words = _with_engine(engine), packages.words(texts)
        variable, option = key_variable(there)
        flags = (*flags_of(there), *flags_of(_with_adapters(there)))
        names = {flag.name for flag in flags} | {"--host", option or "--host"}
        yield from (f"{requirement}: no option {name}" for name in sorted(names - packages.options(texts)))
        read = {name for name in environment_of(there) if name.startswith("VLLM_")}
        yield from (f"{requirement}: nothing reads {name}" for name in sorted((read | {variable}) - {""} - words))
        yield from (f"{requirement}: no metric {name}" for name in ENGINES[engine].values() if not _told(name, words))


def _packages() -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """For each engine the package of the release that the catalogue names, and what of it is read."""
    known = setting("bulk-classifier").evaluation.catalog.engines
    vllm = ("vllm/engine/arg_utils", "vllm/entrypoints", "vllm/envs", "vllm/v1/metrics")
    sglang = ("sglang/srt/arg_groups/", "sglang/srt/observability", "sglang/srt/server_args")
    return {
        "vllm": (f"vllm=={known['vllm'].version}", vllm),
        "sglang": (f"sglang=={known['sglang'].version}", sglang),
    }


def _told(metric: str, words: frozenset[str]) -> bool:
    """By its name, without the ending that the text format adds, or apart from the engine's prefix."""
    plain = metric.removesuffix("_total")
    return bool({metric, plain, metric.partition(":")[2]} & words)


def _with_engine(engine: str) -> Setting:
    """A fleet as each engine would run it."""
    there = setting("bulk-classifier")
    chosen, _ = there.fleet
    deployed = replace(chosen.deployment, engine=there.evaluation.catalog.engines[engine])
    return replace(there, rollout=replace(there.rollout, choice=replace(chosen, engine=engine, deployment=deployed)))


def _with_adapters(there: Setting) -> Setting:
    """The same for more adapters than there are slots."""
    inputs = replace(there.evaluation.inputs, fine_tuning=FineTuning("yes", None, 99))
    return replace(there, evaluation=replace(there.evaluation, inputs=inputs))


PARSERS = {
    "vllm": """
import vllm.platforms
from vllm.platforms.cpu import CpuPlatform
vllm.platforms._current_platform = CpuPlatform()
from vllm.entrypoints.common.cli_args import make_arg_parser
from vllm.utils.argparse_utils import FlexibleArgumentParser
parser = make_arg_parser(FlexibleArgumentParser())
""",
    "sglang": """
import argparse
from sglang.srt.server_args import ServerArgs
parser = argparse.ArgumentParser()
ServerArgs.add_cli_args(parser)
""",
}
"""How each engine makes its own parser."""
PARSE = """
import json, sys
for words in json.loads(sys.argv[1]):
    try: parser.parse_args(words)
    except SystemExit: print(" ".join(words))
"""


def parsers(place: Workplace, brief: bool) -> Iterator[str]:
    """Each engine's own parser takes what its script starts with."""
    if brief:
        return
    python = place.parsers(*(requirement for requirement, _ in _packages().values()))
    if python is None:
        print("   parsers: no Torch without a GPU here")
        return
    for engine, made in PARSERS.items():
        asked = [setting(name) for name in PLANS if setting(name).engine == engine]
        asked += [_with_engine(engine), _with_adapters(_with_engine(engine))]
        words = [[word for flag in flags_of(there) for word in flag.words] for there in asked]
        command = [str(python), "-c", made + PARSE, json.dumps(words)]
        done = subprocess.run(
            command, env={"PATH": os.environ["PATH"], "HOME": str(place.folder)}, capture_output=True, text=True
        )
        if done.returncode or done.stdout:
            yield f"{engine}: {(done.stdout + done.stderr).strip()[-2000:]}"


STEPS: Mapping[str, Step] = {
    "scripts": scripts,
    "compose": compose,
    "kubernetes": kubernetes,
    "prometheus": prometheus,
    "providers": providers,
    "operators": operators,
    "gateway": gateway,
    "llama_cpp": llama_cpp,
    "engines": engines,
    "parsers": parsers,
}


def main() -> int:
    """Run the steps; 1 where any finds something."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("steps", nargs="*", metavar="STEP", help=", ".join(STEPS))
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where tools are installed, for the next time")
    parser.add_argument("--brief", action="store_true")
    asked = parser.parse_args()
    if unknown := set(asked.steps) - set(STEPS):
        parser.error(f"no step {sorted(unknown)[0]!r}; there are {', '.join(STEPS)}")
    with tempfile.TemporaryDirectory() as folder:
        place, wrong = Workplace(asked.keep or Path(folder)), 0
        for name in asked.steps or STEPS:
            print(f"== {name}", flush=True)
            for line in STEPS[name](place, asked.brief):
                print(f"   {line}", flush=True)
                wrong += 1
    print("all as expected" if not wrong else f"{wrong} found")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
