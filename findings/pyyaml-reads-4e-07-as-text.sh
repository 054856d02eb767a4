#!/bin/sh
# A price of 0.0000004 is 4e-07 in JSON and in what Python prints. We expected YAML to read it as the same number.
#
# Seen in PyYAML 6.0.4 (PyPI), which the LiteLLM proxy reads its configuration with: a number with an exponent is a text
# unless it has a point and a sign ("4.0e-07"), as YAML 1.1 writes it. A reader of YAML 1.2 (ruamel.yaml 0.19.1) gets
# the number. Who writes prices a token into YAML writes them without an exponent.
#
# Fails where the packages no longer do so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check pyyaml==6.0.4 ruamel.yaml==0.19.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import yaml
from ruamel.yaml import YAML

texts = ("4e-07", "4.0e-07", "4.0e+7", "0.0000004")
seen = {text: (type(yaml.safe_load(text)).__name__, type(YAML(typ="safe").load(text)).__name__) for text in texts}
for text, kinds in seen.items():
    print(f"{text}: {kinds[0]} in PyYAML, {kinds[1]} in ruamel.yaml")
expected = {"4e-07": "str", "4.0e-07": "float", "4.0e+7": "float", "0.0000004": "float"}
if seen != {text: (kind, "float") for text, kind in expected.items()}:
    sys.exit(f"changed: {seen}")
PYTHON
