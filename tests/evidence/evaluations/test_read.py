"""Every tool's files give the scores that are known, and the verdicts that follow from them."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest

from planner.evidence.evaluations.compare import Comparison, compared
from planner.evidence.evaluations.inspect_ai import _PACKAGES
from planner.evidence.evaluations.pairs import sides
from planner.evidence.evaluations.read import read_evaluation
from planner.evidence.evaluations.scores import RemarkKind
from planner.words.sentences import table
from tests.evidence.evaluations import samples
from tests.evidence.marks import MARK, complaint_of, mutated, reshaped

Files = dict[str, bytes]
TOOLS: dict[str, tuple[Files, str | None, str | None]] = {
    "promptfoo json": ({"r.json": samples.promptfoo()}, "exact", "graded"),
    "promptfoo jsonl": ({"r.jsonl": samples.promptfoo(lines=True)}, "exact", "graded"),
    "promptfoo csv": ({"r.csv": samples.promptfoo_csv()}, "exact", "graded"),
    "promptfoo, each test three times": ({"r.json": samples.promptfoo(repeat=3)}, "exact", "graded"),
    "inspect json": ({s: samples.inspect_json(s) for s in samples.MODELS}, "exact", "graded"),
    "inspect json, epochs": ({s: samples.inspect_json(s, epochs=2) for s in samples.MODELS}, "exact", "graded"),
    "inspect zip": ({f"{s}.eval": samples.inspect_zip(s) for s in ("open", "api")}, "exact", "graded"),
    "lm-eval": (
        {f"{s}/{name}": raw for s in samples.MODELS for name, raw in (
            ("results_2026-11-28T17-54-34.055341.json", samples.lm_eval_results(s)),
            ("samples_support_2026-11-28T17-54-34.055341.jsonl", samples.lm_eval(s)),
        )},
        None, None,
    ),
    "deepeval": ({s: samples.deepeval(s) for s in samples.MODELS}, "exact", "graded"),
    "deepeval, other spelling": ({s: samples.deepeval(s, snake=True) for s in samples.MODELS}, "Exact", "Graded"),
    "openai evals": ({s: samples.openai_evals(s) for s in samples.MODELS}, "match", None),
    "wide": ({"w.csv": samples.wide()}, None, None),
    "wide, semicolons": ({"w.csv": samples.wide(delimiter=";")}, None, None),
    "wide, graded": ({"w.csv": samples.wide(1)}, "score", "score"),
    "long": ({"l.tsv": samples.long()}, None, None),
    "long, words": ({"l.tsv": samples.long(words=True)}, None, None),
}  # fmt: skip


def written(tmp_path: Path, files: Files) -> list[Path]:
    paths: dict[Path, None] = {}
    for name, raw in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(raw)
        paths[path if path.parent == tmp_path else path.parent] = None
    return list(paths)


def compare(paths: list[Path], metric: str | None = None, margin: float = 0.10, **options: Any) -> Comparison:
    scores = read_evaluation(paths, options.pop("filter", None))
    api, open, _ = sides(scores, None, None, lambda _: False, lambda _: False)
    return compared(scores, api, open, margin, metric, options.get("scale"))


@pytest.mark.parametrize("tool", TOOLS)
def test_the_verdicts_are_those_of_the_known_scores(tmp_path: Path, tool: str) -> None:
    files, exact, graded = TOOLS[tool]
    paths = written(tmp_path, files)
    if exact != graded or exact is None:
        found = compare(paths, exact)
        answer = found.tested
        assert (answer.verdict, answer.prompts, answer.effective) == ("undecided", 60, 60)
        assert (answer.api_mean, answer.open_mean) == pytest.approx((0.9, 0.85))
        assert (answer.z.low, answer.z.mid, answer.z.high) == pytest.approx((-0.0406, 0.04, 0.1206), abs=1e-4)
        assert answer.z_se == pytest.approx(0.04826, abs=1e-5)
        assert answer.ratio.mid == pytest.approx(0.9444, abs=1e-4)
        assert answer.mcnemar_p == pytest.approx(0.508, abs=1e-3)
        assert (answer.wins, answer.ties, answer.losses) == (3, 51, 6)
    if graded:
        answer = compare(paths, graded).tested
        assert (answer.verdict, answer.prompts) == ("within", 60)
        assert (answer.api_mean, answer.open_mean) == pytest.approx((0.975, 0.94167), abs=1e-4)
        assert answer.mcnemar_p is None


def test_several_scores_are_all_told(tmp_path: Path) -> None:
    found = compare(written(tmp_path, TOOLS["promptfoo json"][0]))
    assert found.paired.metric == "score"
    assert dict(found.others)["exact"] == "undecided"
    assert dict(found.others)["graded"] == "within"


def test_repeats_are_no_prompts_of_their_own(tmp_path: Path) -> None:
    found = compare(written(tmp_path, TOOLS["promptfoo, each test three times"][0]), "exact")
    assert (found.tested.prompts, found.paired.runs) == (60, 3)
    assert "repeats" in {remark.kind for remark in found.remarks}


FAILED = tuple(range(30, 42))


@pytest.mark.parametrize("tool", ["promptfoo", "inspect", "deepeval", "openai"])
def test_errors_of_the_open_model_are_failures(tmp_path: Path, tool: str) -> None:
    made: dict[str, Files] = {
        "promptfoo": {"r.json": samples.promptfoo(failed=FAILED)},
        "inspect": {"a": samples.inspect_json("api"), "o": samples.inspect_json("open", failed=FAILED)},
        "deepeval": {"a": samples.deepeval("api"), "o": samples.deepeval("open", failed=FAILED)},
        "openai": {"a": samples.openai_evals("api"), "o": samples.openai_evals("open", failed=FAILED)},
    }
    metric = "match" if tool == "openai" else "exact"
    found = compare(written(tmp_path, made[tool]), metric)
    assert (found.paired.open_errors, found.paired.api_errors) == (12, 0)
    assert found.tested.prompts == 60
    assert found.without_errors is not None
    assert found.without_errors.prompts == 48
    assert found.tested.open_mean < found.without_errors.open_mean
    assert "errors_of_open" in {remark.kind for remark in found.remarks}


def test_dropping_errors_would_have_changed_the_answer_and_that_is_said(tmp_path: Path) -> None:
    made = {"r.json": samples.promptfoo(failed=(50, 51, 52, 53, 54))}
    found = compare(written(tmp_path, made), "graded")
    assert (found.tested.verdict, found.without_errors and found.without_errors.verdict) == ("undecided", "within")
    assert "errors_decide" in {remark.kind for remark in found.remarks}


def test_errors_of_the_api_model_leave_nothing_to_compare_with(tmp_path: Path) -> None:
    made = {"a": samples.inspect_json("api", failed=FAILED), "o": samples.inspect_json("open")}
    found = compare(written(tmp_path, made), "exact")
    assert (found.paired.api_errors, found.tested.prompts) == (12, 48)
    assert "errors_of_api" in {remark.kind for remark in found.remarks}


def test_a_log_that_did_not_finish_is_told(tmp_path: Path) -> None:
    made = {s: samples.inspect_json(s, status="error") for s in samples.MODELS}
    assert "not_finished" in {remark.kind for remark in compare(written(tmp_path, made)).remarks}


def test_files_that_call_their_models_the_same_are_told_apart_by_name(tmp_path: Path) -> None:
    made = {f"{s}.json": samples.deepeval(s).replace(b'{"model": "api"}', b'{"model": "open"}') for s in samples.MODELS}
    found = compare(written(tmp_path, made), "exact")
    assert (found.api, found.open, found.tested.verdict) == ("api", "open", "undecided")


@pytest.mark.parametrize("tool", ["promptfoo", "inspect", "deepeval"])
def test_a_judge_is_named(tmp_path: Path, tool: str) -> None:
    made: dict[str, Files] = {
        "promptfoo": {"r.json": samples.promptfoo(judge="llm-rubric")},
        "inspect": {s: samples.inspect_json(s).replace(b'"graded"', b'"model_graded_qa"') for s in samples.MODELS},
        "deepeval": {s: samples.deepeval(s).replace(b'"Graded"', b'"Tone [GEval]"') for s in samples.MODELS},
    }
    assert "judged" in {remark.kind for remark in compare(written(tmp_path, made[tool])).remarks}


def test_a_filter_is_chosen_and_named(tmp_path: Path) -> None:
    paths = written(tmp_path, TOOLS["lm-eval"][0])
    assert ("strict", "strict, loose") in {remark.figures for remark in compare(paths).remarks}
    assert compare(paths, filter="loose").tested.open_mean == 1.0
    assert "there is no filter of that name; there are: strict, loose" in complaint_of(
        lambda: compare(paths, filter="x")
    )


def test_the_newest_samples_of_a_folder_count(tmp_path: Path) -> None:
    paths = written(tmp_path, TOOLS["lm-eval"][0])
    (paths[1] / "samples_support_2026-01-01T00-00-00.0.jsonl").write_bytes(samples.lm_eval("api"))
    assert compare(paths).tested.open_mean == pytest.approx(0.85)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the standard library reads them")
def test_zstandard_members_name_what_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = bytearray(samples.inspect_zip("api"))
    for signature, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = raw.find(signature)
        while at >= 0:
            raw[at + place : at + place + 2] = (93).to_bytes(2, "little")
            at = raw.find(signature, at + 1)
    path = tmp_path / "a.eval"
    path.write_bytes(raw)
    for name in _PACKAGES:
        monkeypatch.setitem(sys.modules, name, None)
    said = complaint_of(lambda: read_evaluation([path]))
    assert said.endswith("install backports.zstd (Python 3.14 has it), or evaluate with --log-format json")


REFUSED: list[tuple[Files, str]] = [
    ({"a.csv": b"prompt_id,winner\np1,A\np2,tie\n"}, "winner: a verdict between two answers"),
    ({"a.csv": b"prompt_id,model,score\np1,x,A\np1,y,B\n"}, "score: a verdict between two answers"),
    ({"a.csv": b"prompt_id,model,metric,score\np1,api,perplexity,3\np1,open,perplexity,4\n"}, "better the lower it is"),
    ({"s.jsonl": samples.lm_eval("api", "word_perplexity")}, "word_perplexity: is the better the lower it is"),
    ({"r.json": samples.lm_eval_results("api")}, "holds means only, which cannot be paired: run lm_eval"),
    ({"a.csv": b"prompt_id,score_api,score_open\np1,1\n"}, "a.csv:2: found 2 cells, expected 3"),
    ({"a.csv": b"prompt_id,score_api,score_open\np1,1,good\n"}, "a.csv:2: score_open: found text, expected a number"),
    ({"a.csv": b"prompt_id,score_api,score_open\np1,1,0\n"}, "found 1 prompts"),
    ({"a.csv": b"prompt_id,score_api,score_open\np1,0,0\np2,0,1\n"}, "scores nothing"),
    ({"a.csv": b"prompt_id,score_api,score_open\np1,7,3\np2,9,1\n"}, "score: its scores do not show their scale"),
    ({"a.csv": b"prompt_id,score\np1,7\n"}, "no table of scores"),
    ({"a.csv": b"prompt_id,model,score\np1,x,1\np1,y,0\np1,z,0\n"}, "found 3 models (x, y, z), expected two"),
    ({"a.json": b'{"answer": 42}'}, "not a result of promptfoo"),
    ({"a.txt": b"hello\n"}, "not a result of promptfoo"),
    ({"a.json": samples.promptfoo(), "b.csv": samples.wide()}, "written by table, and a.json by promptfoo"),
    ({"a.eval": samples.inspect_zip("api")[:900]}, "damaged or cut off"),
    ({"a.json": samples.deepeval("api")}, "found 1 models"),
]


@pytest.mark.parametrize(("files", "said"), REFUSED)
def test_what_cannot_answer_is_refused_in_one_line(tmp_path: Path, files: Files, said: str) -> None:
    paths = written(tmp_path, files)
    assert said in complaint_of(lambda: compare(paths))


def test_every_remark_has_its_sentence() -> None:
    assert set(table("evaluations")) == set(get_args(RemarkKind))


@pytest.mark.parametrize("tool", TOOLS)
def test_broken_files_are_told_in_one_line_without_their_contents(tmp_path: Path, tool: str) -> None:
    files, random = TOOLS[tool][0], Random(15)
    paths = written(tmp_path, files)
    for _ in range(25):
        name = random.choice(list(files))
        (tmp_path / name).write_bytes(mutated(files[name], random))
        said = complaint_of(lambda: assert_unmarked(compare(paths)))
        assert MARK not in said
        (tmp_path / name).write_bytes(files[name])


@pytest.mark.parametrize(
    "tool", [tool for tool, (files, *_) in TOOLS.items() if "{" in str(next(iter(files.values()))[:3])]
)
def test_files_with_one_wrong_value_are_taken_or_told_in_one_line(tmp_path: Path, tool: str) -> None:
    files, random = TOOLS[tool][0], Random(15)
    paths = written(tmp_path, files)
    for _ in range(40):
        name = random.choice(list(files))
        (tmp_path / name).write_bytes(reshaped(files[name], random))
        assert MARK not in complaint_of(lambda: compare(paths)).partition("models (")[0]
        (tmp_path / name).write_bytes(files[name])


def assert_unmarked(found: Comparison) -> None:
    told = (found.api, found.open, found.paired.metric, found.remarks, found.others, found.date, found.version)
    assert MARK not in repr(told)


@pytest.mark.parametrize("tool", TOOLS)
def test_no_text_of_a_prompt_or_an_answer_is_kept(tmp_path: Path, tool: str) -> None:
    assert MARK not in repr(read_evaluation(written(tmp_path, TOOLS[tool][0])))
