"""Files in the shape that each tool writes, of two models on 60 prompts whose scores are known.

`exact` (pass or fail): the API model passes 54, the open one 51; six only the former, three only the latter.
`graded` (0 to 1 in quarters): means 0.9750 and 0.9417.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any, Final

from tests.evidence.marks import ANSWER, KEY, PROMPT

PROMPTS: Final = 60
BOTH_WRONG: Final = (3, 13, 23)
ONLY_OPEN: Final = (33, 43, 53)
ONLY_API: Final = (5, 15, 25, 35, 45, 55)
API_GRADED: Final = (0.75,) * 6 + (1.0,) * 54
OPEN_GRADED: Final = (1.0,) * 6 + (0.5, 0.5, 0.5, 0.5) + (0.75,) * 6 + (1.0,) * 44
SCORES: Final = {
    "api": ([float(n not in BOTH_WRONG + ONLY_OPEN) for n in range(PROMPTS)], API_GRADED),
    "open": ([float(n not in BOTH_WRONG + ONLY_API) for n in range(PROMPTS)], OPEN_GRADED),
}
MODELS: Final = {"api": "api-large", "open": "open-mid"}


def _json(data: Any) -> bytes:
    return json.dumps(data).encode()


def promptfoo(repeat: int = 1, failed: tuple[int, ...] = (), lines: bool = False, judge: str = "contains") -> bytes:
    results = []
    for turn in range(repeat):
        for n in range(PROMPTS):
            for place, side in enumerate(("api", "open")):
                exact, graded = (values[n] for values in SCORES[side])
                error = side == "open" and n in failed
                results.append({
                    "testIdx": turn * PROMPTS + n,
                    "promptIdx": place,
                    "promptId": "template",
                    "provider": {"id": "openai:chat:x", "label": side},
                    "prompt": {"raw": f"{PROMPT} {n}"},
                    "vars": {"id": f"P{n:02}", "question": f"{PROMPT} {n}"},
                    "response": {"output": ANSWER},
                    "gradingResult": {"reason": ANSWER, "componentResults": [{"assertion": {"type": judge}}]},
                    "success": exact == 1.0 and graded == 1.0,
                    "score": 0 if error else (exact + graded) / 2,
                    "namedScores": {} if error else {"exact": exact, "graded": graded},
                    "failureReason": 2 if error else 0,
                })  # fmt: skip
    if lines:
        return b"\n".join(map(_json, results)) + b"\n"
    about = {
        "evalId": "eval-x",
        "config": {"env": {"OPENAI_API_KEY": KEY}},
        "metadata": {"promptfooVersion": "0.123.1"},
    }
    return _json(about | {"results": {"version": 3, "timestamp": "2026-11-28T17:50:28.000Z", "results": results}})


def promptfoo_csv() -> bytes:
    group = ["Status", "Score", "Named Scores", "Metric: exact", "Metric: graded", "Grader Reason", "Comment"]
    header = ["id", "question", *(name for side in ("api", "open") for name in (f"[{side}] {{{{question}}}}", *group))]
    rows = [",".join(header)]
    for n in range(PROMPTS):
        cells = [f"P{n:02}", f'"{PROMPT}, {n}"']
        for side in ("api", "open"):
            exact, graded = (values[n] for values in SCORES[side])
            status = "PASS" if exact == graded == 1.0 else "FAIL"
            cells += [
                f'"{ANSWER}\nred"',
                status,
                f"{(exact + graded) / 2:.2f}",
                '"{}"',
                f"{exact}",
                f"{graded}",
                "",
                "",
            ]
        rows.append(",".join(cells))
    return "\n".join(rows).encode() + b"\n"


def inspect(side: str, failed: tuple[int, ...] = (), status: str = "success", epochs: int = 1) -> dict[str, Any]:
    samples = [_sample(side, n, epoch, n in failed) for n in range(PROMPTS) for epoch in range(1, epochs + 1)]
    about: dict[str, Any] = {"model": f"openai-api/mock/{MODELS[side]}", "created": "2026-11-28T18:14:16+00:00"}
    about |= {"packages": {"inspect_ai": "0.3.285"}, "scorers": [{"name": "exact"}, {"name": "graded"}]}
    return {"version": 2, "status": status, "eval": about, "plan": {}, "samples": samples}


def _sample(side: str, n: int, epoch: int, failed: bool) -> dict[str, Any]:
    exact, graded = (values[n] for values in SCORES[side])
    told: dict[str, Any] = {"id": f"P{n:02}", "epoch": epoch, "input": PROMPT, "output": {"completion": ANSWER}}
    if failed:
        return told | {"scores": {}, "error": {"message": ANSWER}}
    letter = "C" if exact else "I"
    return told | {"scores": {"exact": {"value": letter, "answer": ANSWER}, "graded": {"value": graded}}}


def inspect_json(side: str, **change: Any) -> bytes:
    return _json(inspect(side, **change))


def inspect_zip(side: str) -> bytes:
    log = inspect(side)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", _json({key: value for key, value in log.items() if key != "samples"}))
        for sample in log["samples"]:
            archive.writestr(f"samples/{sample['id']}_epoch_1.json", _json(sample))
    return packed.getvalue()


def lm_eval(side: str, metric: str = "exact_match") -> bytes:
    lines = []
    for n, exact in enumerate(SCORES[side][0]):
        for name, value in (("strict", exact), ("loose", 1.0)):
            told = {"doc_id": n, "doc_hash": f"hash{n}", "target": "3", "doc": {"question": PROMPT}, "filter": name}
            lines.append(told | {"resps": [[ANSWER]], "filtered_resps": [ANSWER], "metrics": [metric], metric: value})
    return b"\n".join(map(_json, lines)) + b"\n"


def lm_eval_results(side: str) -> bytes:
    about = {"lm_eval_version": "0.4.13", "model_name": MODELS[side]}
    return _json(about | {"results": {"support": {}}, "higher_is_better": {"support": {"exact_match": True}}})


def deepeval(side: str, failed: tuple[int, ...] = (), snake: bool = False) -> bytes:
    cases = []
    for n in range(PROMPTS):
        exact, graded = (values[n] for values in SCORES[side])
        told = [{"name": "Exact", "score": exact}, {"name": "Graded", "score": graded}]
        if n in failed:
            told = [one | {"score": None, "error": ANSWER} for one in told]
        case = {"name": f"P{n:02}", "input": PROMPT, "actualOutput": ANSWER, "success": exact == graded == 1.0}
        cases.append(case | {"metrics_data" if snake else "metricsData": told})
    return _json({"test_cases" if snake else "testCases": cases, "hyperparameters": {"model": side}})


def openai_evals(side: str, failed: tuple[int, ...] = ()) -> bytes:
    spec = {"spec": {"completion_fns": [MODELS[side]], "created_at": "2026-11-28 17:00:00"}}
    lines: list[dict[str, Any]] = [spec, {"final_report": {"accuracy": 0.9}}]
    for n, exact in enumerate(SCORES[side][0]):
        lines.append({"sample_id": f"s.{n}", "type": "sampling", "data": {"prompt": PROMPT, "sampled": [ANSWER]}})
        match = {"type": "match", "data": {"correct": bool(exact), "expected": "3", "picked": ANSWER}}
        lines.append(
            {"sample_id": f"s.{n}"} | ({"type": "error", "data": {"message": ANSWER}} if n in failed else match)
        )
    return b"\n".join(map(_json, lines)) + b"\n"


def wide(of: int = 0, delimiter: str = ",", extra: dict[str, list[Any]] | None = None) -> bytes:
    extra = extra or {}
    rows = [["prompt_id", "score_api", "score_open", *extra]]
    for n in range(PROMPTS):
        values = [SCORES[side][of][n] for side in ("api", "open")]
        rows.append([f"{PROMPT}{n}", *map(str, values), *(str(column[n]) for column in extra.values())])
    return "\r\n".join(delimiter.join(row) for row in rows).encode() + b"\r\n"


def long(words: bool = False) -> bytes:
    rows = ["prompt_id\tmodel\tscore"]
    for side in ("open", "api"):
        for n, value in enumerate(SCORES[side][0]):
            rows.append(f"{PROMPT}{n}\t{MODELS[side]}\t{('pass' if value else 'fail') if words else value}")
    return "\n".join(rows).encode()
