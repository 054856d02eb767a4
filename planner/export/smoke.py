"""`smoke-test.sh`: the same checks that the gateway was tried with, for the real one: plain, burst, down."""

from __future__ import annotations

from typing import Final

from planner.export.gateway import LEAST, PORT, row_id
from planner.export.groups import Group, Setting, endpoint_of
from planner.export.yaml import comment, quoted
from planner.words.exported import said

NAME: Final = "smoke-test.sh"
BEYOND: Final = 4
"""Calls more than the cap."""
_HELPERS: Final = r"""
fail() { printf 'FAILED %s\n' "$*"; failed=1; }

# Prints the status of a call and the row that answered it: call GROUP ENDPOINT TOKENS
call() {
  local body path
  if [ "$2" = embedding ]; then
    path=embeddings; body='{"model":"'"$1"'","input":"smoke test"}'
  else
    path=chat/completions
    body='{"model":"'"$1"'","max_tokens":'"$3"',"messages":[{"role":"user","content":"Count from 1 to 200."}]}'
  fi
  printf 'header = "Authorization: Bearer %s"\n' "$LITELLM_MASTER_KEY" |
    curl --silent --show-error --max-time 300 --config - --header 'Content-Type: application/json' \
      --data "$body" --output /dev/null --write-out '%{http_code} %header{x-litellm-model-id}\n' \
      "$gateway/v1/$path" || echo '000'
}

check_version() {
  local found path
  for path in readiness/details readiness; do  # older releases say it at the second
    found=$(printf 'header = "Authorization: Bearer %s"\n' "$LITELLM_MASTER_KEY" |
      curl --silent --max-time 20 --config - "$gateway/health/$path" |
      sed -n 's/.*"litellm_version": *"\([0-9.]*\).*/\1/p')
    [ -z "$found" ] || break
  done
  [ -n "$found" ] || { echo "no gateway at $gateway, or not this key"; exit 1; }
  if [ "$(printf '%s\n' "$least" "$found" | sort -V | head -n 1)" != "$least" ]; then
    echo "LiteLLM $found is too old: below $least a full pool queues instead of overflowing"; exit 1
  fi
  echo "LiteLLM $found"
}

# One call is answered by one of these rows: answered GROUP ENDPOINT ROW...
answered() {
  local group=$1 endpoint=$2 status row; shift 2
  read -r status row < <(call "$group" "$endpoint" 8)
  for wanted in "$@"; do
    if [ "$status" = 200 ] && [ "$row" = "$wanted" ]; then echo "ok $group: $row"; return; fi
  done
  fail "$group: status $status by ${row:-nobody}, expected 200 by $*"
}
"""
_REFUSED: Final = r"""
# Nobody may answer: refused GROUP ENDPOINT
refused() {
  local status row
  read -r status row < <(call "$1" "$2" 8)
  if [ "$status" = 200 ]; then fail "$1: answered by $row, its replicas being down"; else echo "ok $1: stays in"; fi
}
"""
_BURST: Final = r"""
# More calls at once than the cap; all are answered, and who answered is counted: burst GROUP ENDPOINT CALLS
burst() {
  local seen
  seen=$(for _ in $(seq "$3"); do call "$1" "$2" 256 & done; wait)
  printf '%s\n' "$seen" | sort | uniq -c | sed "s/^/$1: /"
  if printf '%s\n' "$seen" | grep -qv '^200 '; then fail "$1: calls without an answer in a burst of $3"; fi
}
"""


def smoke_test(setting: Setting) -> str:
    """The script; what follows its name says which check runs: plain (the default), and with replicas burst or down."""
    name = quoted(setting.evaluation.inputs.name)
    served = [group for group in setting.groups if group.served]
    own = [group for group in served if group.on_replicas]
    steps = said("smoke", "steps") if own else said("smoke", "steps_plain")
    lines = ["#!/usr/bin/env bash", *comment(said("smoke", "head", name, setting.plan_id)), *comment(steps)]
    lines += ["set -uo pipefail", "", f'gateway="${{GATEWAY:-http://127.0.0.1:{PORT}}}"']
    lines += [f"least={LEAST[0]}.{LEAST[1]}", "failed=0", ': "${LITELLM_MASTER_KEY:?}"']
    burst, down = [_burst(group) for group in own if group.overflow is not None], [_down(group) for group in own]
    helpers = [_BURST] if burst else []
    helpers += [_REFUSED] if any(group.overflow is None for group in own) else []
    lines += [_HELPERS, *helpers, "check_version", 'case "${1:-plain}" in']
    lines += _case("plain", [_plain(group) for group in served])
    if own:
        lines += [*_case("burst", burst), *_case("down", down)]
    lines += [f'  *) echo "{"plain, burst or down" if own else "plain"}"; exit 2 ;;', "esac", 'exit "$failed"']
    return "\n".join([*lines, ""])


def _case(name: str, calls: list[str]) -> list[str]:
    told = calls or ["echo 'nothing to try: none of the work overflows'"]
    return [f"  {name})", *(f"    {call}" for call in told), "    ;;"]


def _plain(group: Group) -> str:
    first = row_id(group, None if group.on_replicas else group.outside)
    return f"answered {group.name} {endpoint_of(group)} {first}"


def _burst(group: Group) -> str:
    return f"burst {group.name} {endpoint_of(group)} {(group.setup.in_flight or 0) + BEYOND}"


def _down(group: Group) -> str:
    if group.overflow is None:
        return f"refused {group.name} {endpoint_of(group)}"
    return f"answered {group.name} {endpoint_of(group)} {row_id(group, group.overflow)}"
