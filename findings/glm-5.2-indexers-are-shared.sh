#!/bin/sh
# A sparse indexer keeps 132 bytes of cache a token in each layer that has one. We expected of GLM-5.2 what holds for
# DeepSeek V3.2 and GLM-5: where config.json states index_head_dim, every layer has one (61 of 61, 78 of 78).
#
# Seen in the copies of published configs that aiconfigurator-core 0.12.0 (PyPI) ships: GLM-5.2 and 5.3 state the same
# index_head_dim, but `indexer_types` calls 57 of 78 layers "shared": they read the choice of the layer before them and
# keep nothing. Who multiplies by the layers counts 10,296 bytes a token of index instead of 2,772.
#
# Fails where the package no longer says so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps --target "$folder/package" \
    aiconfigurator-core==0.12.0
"$folder/venv/bin/python" - "$folder/package" <<'PYTHON'
import collections
import json
import pathlib
import sys

KEY_BYTES = 132
configs = pathlib.Path(sys.argv[1]) / "aiconfigurator_core" / "model_configs"
seen = {}
for name in ("deepseek-ai--DeepSeek-V3.2", "zai-org--GLM-5", "zai-org--GLM-5.2", "zai-org--GLM-5.3"):
    config = json.loads((configs / f"{name}_config.json").read_text("utf-8"))
    layers = config["num_hidden_layers"]
    kinds = collections.Counter(config.get("indexer_types") or ["full"] * layers)
    seen[name] = (config["index_head_dim"], layers, kinds["full"], kinds["shared"])
    print(f"{name}: index_head_dim {config['index_head_dim']}, {layers} layers, {dict(kinds)}:"
          f" {kinds['full'] * KEY_BYTES} bytes a token, not {layers * KEY_BYTES}")
expected = {
    "deepseek-ai--DeepSeek-V3.2": (128, 61, 61, 0),
    "zai-org--GLM-5": (128, 78, 78, 0),
    "zai-org--GLM-5.2": (128, 78, 21, 57),
    "zai-org--GLM-5.3": (128, 78, 21, 57),
}
if seen != expected:
    sys.exit(f"changed: {seen}")
PYTHON
