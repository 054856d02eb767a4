"""Files that a person has, taken into a plan: picked, shown, one step; what they lack is asked for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from planner.catalog.load import shipped_catalog
from planner.plan.inputs import evaluate_plan
from planner.plan.store import load, save
from planner.tui.app import PlannerApp
from planner.tui.dialogs.ask import AskDialog
from planner.tui.dialogs.file import FileDialog
from planner.tui.dialogs.pick import PickDialog
from planner.tui.dialogs.working import PreviewDialog
from planner.tui.places import Spot
from tests.evidence.benchmarks import samples as benchmarks
from tests.evidence.evaluations import samples as evaluations
from tests.evidence.evaluations.test_names import plan as three_works
from tests.evidence.load import MARK, as_csv, calls, put
from tests.evidence.requests import flattened, litellm_rows
from tests.tui.conftest import MakeApp
from tests.tui.driving import in_place, planner, screen_text, settle, until
from tests.tui.opening import sample_plan
from tests.tui.typing import press

MOST_KEYS = 40
WORK = (("RAG chat", "gpt-5.4", 30e6, 0.9), ("nightly invoices", "gpt-4.1-mini", 100e6, 0.7),
        ("code review agent", "claude-sonnet-4-6", 35e6, 0.95))  # fmt: skip


def berlin_log(folder: Path) -> Path:
    """Eight weeks of three kinds of work, by the hour, growing 8 % a month."""
    start = dt.datetime(2026, 9, 7, tzinfo=dt.UTC)
    rows = []
    for hour in range(0, 56 * 24, 4):
        at = start + dt.timedelta(hours=hour)
        grown = 1.08 ** (hour / 24 / 30.4)
        for name, model, tokens, share in WORK:
            told = {"timestamp": at.isoformat(), "bucket_seconds": 3600, "model": model, "workload": name}
            size = {
                "input_tokens": round(tokens * grown * share / 6),
                "output_tokens": round(tokens * grown * (1 - share) / 6),
            }
            rows.append(told | {"requests": 400} | size)
    return put(folder / "berlin-usage.csv", as_csv(rows))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the app is started."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


async def picked(pilot: Pilot[None], name: str) -> int:
    """Ask for the picker and pick a file by part of its name; how many keys that took."""
    await pilot.press("ctrl+l")
    await until(pilot, lambda: isinstance(pilot.app.screen, FileDialog), "the picker")
    return 1 + await press(pilot, f"{name}<enter>")


async def shown(pilot: Pilot[None]) -> str:
    await until(pilot, lambda: isinstance(pilot.app.screen, PreviewDialog), "what was understood")
    return screen_text(pilot.app)


async def taken(pilot: Pilot[None], app: PlannerApp) -> None:
    before = app.plan
    await pilot.press("enter")
    await until(pilot, lambda: app.plan is not None and app.plan is not before, "the plan")
    await settle(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_a_log_becomes_a_saved_plan_in_few_keys(
    make_app: MakeApp, profiles: Path, folder: Path, size: tuple[int, int]
) -> None:
    berlin_log(folder)
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=size) as pilot:
        await in_place(pilot, "home")
        pressed = await picked(pilot, "ber")
        assert "berlin-usage.csv" in await shown(pilot)
        await taken(pilot, app)
        pressed += 1
        for step in ("4", "y", "5", "n", "<down>y", "<f9>"):
            await settle(pilot)
            pressed += await press(pilot, step)
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "a name for the plan")
        pressed += await press(pilot, "<enter>")
        await until(pilot, lambda: bool(list(profiles.glob("*.toml"))), "the file")
        await until(pilot, lambda: not app.session.dirty, "saved")
    assert pressed <= MOST_KEYS
    plan = load(next(profiles.glob("*.toml"))).plan
    told = {work.name: work for work in plan.workload}
    assert {name: work.api_model for name, work in told.items()} == {name: model for name, model, *_ in WORK}
    for name, _, tokens, share in WORK:
        work = told[name]
        assert work.tokens_per_day == pytest.approx(tokens * 1.08, rel=0.05)
        assert work.input_tokens / (work.input_tokens + work.output_tokens) == pytest.approx(share, abs=0.01)
    growth = plan.volume.growth_per_month
    assert not isinstance(growth, float)
    assert growth.mid == pytest.approx(0.08, abs=0.01)
    assert plan.result is not None
    assert [entry.file for entry in plan.evidence] == ["berlin-usage.csv"]


async def test_a_log_is_one_step_that_undo_takes_back(make_app: MakeApp, profiles: Path, folder: Path) -> None:
    put(folder / "spend.csv", as_csv(flattened(litellm_rows(calls()))))
    save(sample_plan(), profiles / "mine.toml")
    app = make_app(open_path=profiles / "mine.toml", open_at=Spot("questions"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        before = app.plan
        await picked(pilot, "spend")
        text = await shown(pilot)
        assert "read (csv row)" in text
        assert MARK not in text
        assert app.plan is before
        await taken(pilot, app)
        assert app.plan is not None
        assert before is not None
        assert {"chat", "mail", "agent"} <= {work.name for work in app.plan.workload}
        assert app.session.dirty
        await pilot.press("ctrl+z")
        await until(pilot, lambda: app.plan == before, "the plan as it was")


async def test_what_was_understood_can_be_left(make_app: MakeApp, profiles: Path, folder: Path) -> None:
    put(folder / "spend.csv", as_csv(flattened(litellm_rows(calls()))))
    save(sample_plan(), profiles / "mine.toml")
    app = make_app(open_path=profiles / "mine.toml", open_at=Spot("questions"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await picked(pilot, "spend")
        await shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1, "the place")
        assert not app.session.dirty


async def test_what_a_load_test_does_not_say_is_asked(make_app: MakeApp, profiles: Path, folder: Path) -> None:
    (folder / "bench.json").write_bytes(benchmarks.vllm(model_id="meta-llama/Llama-3.3-70B-Instruct"))
    save(sample_plan(), profiles / "mine.toml")
    app = make_app(catalog=shipped_catalog(), open_path=profiles / "mine.toml", open_at=Spot("questions"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await picked(pilot, "bench")
        while not isinstance(app.screen, PreviewDialog):
            await until(pilot, lambda: isinstance(app.screen, PickDialog | PreviewDialog | AskDialog), "a question")
            if isinstance(app.screen, PickDialog):
                asked = str(app.screen.query_one("#title", Static).content)
                answer = "h100 sxm" if "GPU" in asked else "llama 3.3" if "model" in asked else "v"
                await press(pilot, f"{answer}<enter>")
            elif isinstance(app.screen, AskDialog):
                await press(pilot, "4<enter>")
            await pilot.pause()
        await taken(pilot, app)
        assert app.plan is not None
        (entry,) = app.plan.benchmark
        assert (entry.gpu, entry.engine) == ("h100-sxm", "vllm")


async def test_the_other_file_of_an_evaluation_is_asked_for(make_app: MakeApp, profiles: Path, folder: Path) -> None:
    for side in ("api", "open"):
        (folder / f"{side}.json").write_bytes(evaluations.deepeval(side))
    save(sample_plan(), profiles / "mine.toml")
    app = make_app(catalog=shipped_catalog(), open_path=profiles / "mine.toml", open_at=Spot("questions"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await picked(pilot, "api")
        await until(
            pilot,
            lambda: isinstance(app.screen, FileDialog) and "Where is the result of the other?" in screen_text(app),
            "the other file",
        )
        await press(pilot, "open<enter>")
        for asked, answer in (
            ("Which of them stands", "<down><enter>"),
            ("Which model is “open”?", "qwen3 32b<enter>"),
            ("For which work", "<enter>"),
        ):
            await until(pilot, lambda asked=asked: asked in screen_text(app), asked)  # type: ignore[misc]
            await press(pilot, answer)
        text = await shown(pilot)
        assert "UNDECIDED" in text
        assert "--" not in text
        assert "Recorded for" in text


@pytest.mark.parametrize("models", [("gpt-6-luna", "claude-sonnet-4-6"), ("claude-sonnet-4-6", "openai/gpt-6-luna")])
async def test_a_test_of_two_api_models_proves_the_move_of_its_work(
    make_app: MakeApp, profiles: Path, folder: Path, models: tuple[str, str]
) -> None:
    lines = [f"p{n},{model},{int(n % 17 > 0)}" for n in range(200) for model in models]
    put(folder / "scores.csv", "\n".join(["prompt,model,score", *lines]) + "\n")
    save(three_works(), profiles / "mine.toml")
    app = make_app(
        catalog=shipped_catalog(), evaluator=evaluate_plan, open_path=profiles / "mine.toml", open_at=Spot("answer")
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await picked(pilot, "scores")
        text = await shown(pilot)
        assert "Recorded for “review”: GPT-6 Luna against Claude Sonnet 4.6, 200 prompts." in text
        assert "--api" not in text
        assert "open one" not in text
        await taken(pilot, app)
        assert app.plan is not None
        (entry,) = app.plan.quality.evaluation
        assert (entry.workload, entry.model, entry.api_model) == ("review", "gpt-6-luna", "claude-sonnet-4-6")
        assert app.evaluation is not None
        moves = {move.workload: move for move in app.evaluation.answer.moves}
        assert app.evaluation.catalog.apis[moves["review"].moves_to].name.startswith("GPT-6 Luna")
        assert (moves["review"].proof, moves["review"].prompts) == ("proven", 200)


@pytest.mark.parametrize("text", ["", "hello, world\n", '{"a": 1}', "\x00\x01\x02"])
async def test_a_file_of_no_kind_is_said_and_nothing_is_lost(
    make_app: MakeApp, profiles: Path, folder: Path, text: str
) -> None:
    (folder / "odd.txt").write_text(text)
    save(sample_plan(), profiles / "mine.toml")
    app = make_app(open_path=profiles / "mine.toml", open_at=Spot("questions"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await picked(pilot, "odd")
        await until(pilot, lambda: any(notice.title == "Not imported" for notice in app._notifications), "why")
        assert not planner(pilot).session.dirty


async def test_a_plan_is_held_against_a_log_and_nothing_is_taken(
    make_app: MakeApp, profiles: Path, folder: Path
) -> None:
    berlin_log(folder)
    save(sample_plan(), profiles / "mine.toml")
    app = make_app(catalog=shipped_catalog(), open_path=profiles / "mine.toml", open_at=Spot("questions"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        before = app.plan
        app.action_track_log()
        await until(pilot, lambda: isinstance(app.screen, FileDialog), "the picker")
        await press(pilot, "ber<enter>")
        text = await shown(pilot)
        assert "held against" in text
        assert "Close" in text
        await pilot.press("enter")
        await until(pilot, lambda: len(app.screen_stack) == 1, "the place")
        assert app.plan is before
        assert not app.session.dirty


async def test_a_log_that_cannot_be_held_says_why(make_app: MakeApp, profiles: Path, folder: Path) -> None:
    (folder / "odd.txt").write_text("hello, world\n1, 2\n")
    save(sample_plan(), profiles / "mine.toml")
    app = make_app(open_path=profiles / "mine.toml", open_at=Spot("questions"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        app.action_track_log()
        await until(pilot, lambda: isinstance(app.screen, FileDialog), "the picker")
        await press(pilot, "odd<enter>")
        await until(pilot, lambda: any(notice.title == "Not tracked" for notice in app._notifications), "why")


def unknown_log(folder: Path) -> Path:
    rows = [
        {"wann": f"2026-10-{19 + day} {hour:02}:30", "app": "mail", "Modell": "gpt-5.4", "prompt_tokens": 900 + hour,
         "antwort": 100, "note": MARK}
        for day in range(5)
        for hour in range(24)
    ]  # fmt: skip
    return put(folder / "odd.csv", as_csv(rows, delimiter=";"))


async def to_kind(pilot: Pilot[None], label: str) -> None:
    """In the list of what the columns are, open the line of a kind."""
    title = "What the columns are"
    await until(pilot, lambda: isinstance(pilot.app.screen, PickDialog) and title in screen_text(pilot.app), title)
    picker = pilot.app.screen
    assert isinstance(picker, PickDialog)
    names = [str(option.prompt).strip() for option in picker.options.options]
    picker.options.highlighted = next(at for at, name in enumerate(names) if name.startswith(label))
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.screen is not picker, "what it is")


async def name_column(pilot: Pilot[None], kind: str, column: str) -> None:
    await to_kind(pilot, kind)
    await until(pilot, lambda: isinstance(pilot.app.screen, PickDialog), "the columns")
    picker = pilot.app.screen
    assert isinstance(picker, PickDialog)
    picker.options.highlighted = picker.options.get_option_index(column)
    await pilot.press("enter")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_columns_that_nobody_knows_are_named_once(
    make_app: MakeApp, profiles: Path, folder: Path, size: tuple[int, int]
) -> None:
    unknown_log(folder)
    save(sample_plan(), profiles / "mine.toml")
    app = make_app(open_path=profiles / "mine.toml", open_at=Spot("questions"))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await picked(pilot, "odd")
        await to_kind(pilot, "Read the file")
        assert any("Reading takes a time" in str(notice.message) for notice in app._notifications)
        await name_column(pilot, "Time of the call", "wann")
        await name_column(pilot, "Output tokens", "antwort")
        await name_column(pilot, "Model", "Modell")
        await to_kind(pilot, "Time zone")
        await until(pilot, lambda: isinstance(app.screen, AskDialog), "the zone")
        await press(pilot, "Europe/Berlin<enter>")
        await until(pilot, lambda: isinstance(app.screen, PickDialog), "the list again")
        assert "prompt_tokens" in screen_text(app)  # guessed by its name
        assert MARK not in screen_text(app)
        await to_kind(pilot, "Read the file")
        text = await shown(pilot)
        assert "unknown_csv" in text
        assert "mail" in text
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1, "the place")
        await picked(pilot, "odd")
        assert "unknown_csv" in await shown(pilot)  # remembered


async def test_a_column_that_holds_something_else_can_be_named_again(
    make_app: MakeApp, profiles: Path, folder: Path
) -> None:
    unknown_log(folder)
    save(sample_plan(), profiles / "mine.toml")
    app = make_app(open_path=profiles / "mine.toml", open_at=Spot("questions"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await picked(pilot, "odd")
        await name_column(pilot, "Time of the call", "antwort")
        await to_kind(pilot, "Read the file")
        await until(pilot, lambda: any(notice.title == "Not imported" for notice in app._notifications), "why")
        await name_column(pilot, "Time of the call", "wann")
        await to_kind(pilot, "Read the file")
        assert "unknown_csv" in await shown(pilot)
        assert not planner(pilot).session.dirty


async def test_whoever_leaves_the_columns_imports_nothing(make_app: MakeApp, profiles: Path, folder: Path) -> None:
    unknown_log(folder)
    save(sample_plan(), profiles / "mine.toml")
    app = make_app(open_path=profiles / "mine.toml", open_at=Spot("questions"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await picked(pilot, "odd")
        await until(pilot, lambda: isinstance(app.screen, PickDialog), "the list of kinds")
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1, "the place")
        assert not app.session.dirty
