#!/bin/sh
# A pool of replicas takes so many requests at once; what is beyond goes to the row of the next order. A work whose share
# of the pool is nothing would get the cap 0. We expected max_parallel_requests: 0 to let none through, and tpm and rpm,
# which are limits a minute, to say nothing of requests at once.
#
# Seen in litellm 1.108.7 (PyPI), Router with answers made up by its own mock_response: a cap of 0 is no cap, all go to the
# first row; and without a cap, rpm is one, and so is tpm, six requests at once for each thousand. Who means none leaves the
# row out; who states a limit a minute for a pool states its requests at once, too.
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

CALLS = 5


def row(order, **limits):
    params = {"model": "openai/x", "api_key": "-", "order": order, "mock_response": f"row {order}", "mock_delay": 0.5}
    return {"model_name": "work", "litellm_params": params | limits}


async def inside(**limits):
    """How many of so many calls at once the first row answers."""
    router = Router(model_list=[row(1, **limits), row(2)], num_retries=0)
    calls = [router.acompletion(model="work", messages=[{"role": "user", "content": "hello"}]) for _ in range(CALLS)]
    return sum(told.choices[0].message.content == "row 1" for told in await asyncio.gather(*calls))


async def main():
    return {
        "no limit": await inside(),
        "max_parallel_requests: 2": await inside(max_parallel_requests=2),
        "max_parallel_requests: 0": await inside(max_parallel_requests=0),
        "rpm: 2": await inside(rpm=2),
        "tpm: 400": await inside(tpm=400),
    }


seen = asyncio.run(main())
for limits, calls in seen.items():
    print(f"{limits}: {calls} of {CALLS} at once by the first row")
if list(seen.values()) != [5, 2, 5, 2, 2]:
    print(f"changed: {seen}")
    sys.exit(1)
PYTHON
