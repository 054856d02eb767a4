#!/bin/sh
# Work that must not leave gets an empty list of fallbacks, which holds where others have default fallbacks. We expected
# an alias of its group to do as the group does.
#
# Seen in litellm 1.108.7 (PyPI), Router with answers made up by its own mock_response: fallbacks are looked up by the
# name that the caller used. The group fails where its row fails; its alias is answered by the default fallback. An empty
# list under the alias's own name holds, too. Who keeps work inside gives it no alias, or every alias a list.
#
# Fails where the package no longer does so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q --disable-pip-version-check litellm==1.108.7
LITELLM_LOCAL_MODEL_COST_MAP=True "$folder/venv/bin/python" - <<'PYTHON' 2>/dev/null
import asyncio
import sys

from litellm import Router


def row(name, answer):
    return {"model_name": name, "litellm_params": {"model": "openai/x", "api_key": "-", "mock_response": answer}}


async def answer(fallbacks, name):
    router = Router(
        model_list=[row("kept", Exception("its row fails")), row("outside", "from outside")],
        model_group_alias={"alias": "kept"},
        fallbacks=fallbacks,
        default_fallbacks=["outside"],
        num_retries=0,
    )
    try:
        told = await router.acompletion(model=name, messages=[{"role": "user", "content": "hello"}])
    except Exception:
        return "an error"
    return told.choices[0].message.content


async def main():
    of_group, of_both = [{"kept": []}], [{"kept": []}, {"alias": []}]
    return {
        "kept": await answer(of_group, "kept"),
        "its alias": await answer(of_group, "alias"),
        "its alias with a list of its own": await answer(of_both, "alias"),
    }


seen = asyncio.run(main())
for name, told in seen.items():
    print(f"{name}: {told}")
if list(seen.values()) != ["an error", "from outside", "an error"]:
    print(f"changed: {seen}")
    sys.exit(1)
PYTHON
