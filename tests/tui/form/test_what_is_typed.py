"""What a newcomer types into the form: percent, a p95, too much, a month of tokens, an unknown model, keys at once."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from planner.catalog.load import shipped_catalog
from planner.plan.inputs import evaluate_plan
from planner.plan.volumes import growth_in_words, may_be_fractions, read_growth, read_volume, show_volume
from planner.tui.dialogs.pick import PickDialog
from planner.tui.form.answers import P95, doubt_about, objection, read_answer, read_as, told_of_p95, with_answer
from planner.tui.form.fields import Field
from planner.tui.form.questions import STEPS, workload_fields
from planner.tui.screens.questions.screen import QuestionsScreen
from planner.tui.widgets.hint import Hint
from planner.tui.widgets.question_row import QuestionRow
from tests.tui.conftest import AS_OF, MakeApp
from tests.tui.driving import field, planner, screen_text, settle, type_into, until
from tests.tui.opening import sample_plan, show_place
from tests.tui.typing import press

FIELDS = [each for step in STEPS for each in step.fields] + list(workload_fields(0))
PERCENT = [each for each in FIELDS if each.codec in ("fraction", "growth")]
GROWTH, P95_FIELD = "volume-growth-per-month", "volume-p95-tokens-per-day"


def named(name: str) -> Field:
    return next(each for each in FIELDS if each.id == name)


async def the_form(pilot: Pilot[None], *, unfolded: bool = False) -> None:
    """Of the first workload."""
    await show_place(pilot, "questions")
    await pilot.press("enter")
    await until(pilot, lambda: bool(pilot.app.screen.query("#workload-0-kind")), "the workload's form")
    if unfolded:
        pilot.app.screen.query_one("QuestionForm").unfold(True)  # type: ignore[attr-defined]
        await pilot.pause()


def row(pilot: Pilot[None], name: str) -> QuestionRow:
    return pilot.app.screen.query_one(f"#row-{name}", QuestionRow)


def said_below(pilot: Pilot[None], name: str) -> str:
    return str(row(pilot, name).query_one(".problem", Static).content)


# Percent.


@pytest.mark.parametrize("asked", PERCENT, ids=lambda each: each.id)
@pytest.mark.parametrize("number", ["1", "8", "1,5", "12.5", "30"])
def test_a_bare_number_is_percent_in_every_field_of_shares(asked: Field, number: str) -> None:
    value = read_answer(asked, number)
    assert value == pytest.approx(float(number.replace(",", ".")) / 100)
    assert read_answer(asked, f"{number} %") == value
    assert "read as" in read_as(asked, number, None) or "a month" in read_as(asked, number, None), "and says so"
    assert doubt_about(asked, number, asked.default, value) == ""


@pytest.mark.parametrize("asked", PERCENT, ids=lambda each: each.id)
@pytest.mark.parametrize("number", ["0.5", ".08", "0,2"])
def test_less_than_one_may_be_meant_for_a_fraction_and_is_asked_about(asked: Field, number: str) -> None:
    value = read_answer(asked, number)
    assert value == pytest.approx(float(number.replace(",", ".")) / 100)
    assert "not as a fraction: is that right?" in doubt_about(asked, number, asked.default, value)
    assert doubt_about(asked, f"{number} %", asked.default, value) == ""


@pytest.mark.parametrize(
    ("text", "may_be"),
    [
        ("0.5", True),
        ("0.03 .. 0.06 .. 0.1", True),
        ("0.5 .. 1 .. 3", False),
        ("0.5 %", False),
        ("0", False),
        ("", True),
    ],
)
def test_a_range_of_growth_may_be_one_of_fractions(text: str, may_be: bool) -> None:
    assert may_be_fractions(text) is may_be


@pytest.mark.parametrize(
    ("name", "text", "asked"),
    [
        (GROWTH, "800", "800 % a month, 282 B times as much in a year"),
        (GROWTH, "-80", "-80 % a month"),
        (GROWTH, "5 .. 20 .. 90", "5 .. 20 .. 90 % a month, 1.8 to 2.21 k times as much in a year"),
        ("vat-not-reclaimed-fraction", "81", "81 % is unusual"),
        ("objectives-ttft-ms-p95", "2", "2k → 2"),
        ("objectives-ttft-ms-p95", "20", "20 is unusual"),
        ("objectives-tpot-ms", "0.05", "0.05"),
        ("workload-0-input-tokens", "2B", "2B is unusual"),
    ],
)
def test_what_is_out_of_any_reason_is_asked_about(name: str, text: str, asked: str) -> None:
    value = read_answer(named(name), text)
    doubt = doubt_about(named(name), text, named(name).default, value)
    assert doubt.endswith("is that right? Enter keeps it, Esc takes it back")
    assert asked in doubt


def test_a_growth_is_told_by_what_it_comes_to() -> None:
    assert growth_in_words(read_growth("8")) == "8 % a month, 2.52 times as much in a year"
    assert read_as(named(GROWTH), "8", None) == "= 8 % a month, 2.52 times as much in a year"


async def test_eight_in_the_field_is_eight_percent_and_a_half_is_asked_about(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "questions")
        field(pilot, GROWTH).focus()
        await pilot.pause()
        await press(pilot, "1")
        assert "= 1 % a month" in said_below(pilot, GROWTH)
        await press(pilot, "<tab>")
        assert app.plan is not None
        assert (app.plan.volume.growth_per_month, field(pilot, GROWTH).value) == (0.01, "1 %")
        await type_into(pilot, GROWTH, "0.5")
        assert "read as 0.5 %, not as a fraction" in said_below(pilot, GROWTH)
        assert app.plan.volume.growth_per_month == 0.01
        await press(pilot, "<enter>")
        assert app.plan.volume.growth_per_month == 0.005


# Bounds, a p95, too much.


@pytest.mark.parametrize("asked", [each for each in FIELDS if each.bounds], ids=lambda each: each.id)
def test_the_bounds_that_are_said_are_those_that_hold(asked: Field) -> None:
    """Just inside it is an answer, at the bound itself only where the words have it."""
    percent = asked.codec in ("fraction", "growth")

    def taken(value: float) -> bool:
        text = f"{100 * value:.10f} %" if percent else f"{value:.10f}"
        try:
            read_answer(asked, text)
        except ValueError:
            return False
        return True

    just: float = 1 if asked.codec == "whole" else 1e-6
    if "above" in asked.bounds:
        assert asked.above == 0
        assert (taken(0), taken(just)) == (False, True)
    if "zero or more" in asked.bounds:
        assert (taken(0), taken(-just)) == (True, False)
    if "between" in asked.bounds:
        assert asked.low is not None
        assert asked.high is not None
        assert (taken(asked.low), taken(asked.high)) == (True, True)
        assert (taken(asked.low - just), taken(asked.high + just)) == (False, False)
    if "below" in asked.bounds:
        assert asked.below is not None
        assert (taken(asked.below), taken(asked.below - just)) == (False, True)


def test_a_p95_below_the_mean_cannot_be() -> None:
    plan = sample_plan()
    evaluation = evaluate_plan(plan, shipped_catalog(), AS_OF)
    mean = evaluation.demand.mean_tokens_per_day
    asked = named(P95_FIELD)
    assert asked.path == P95
    for value in (0.5, 1.5, mean * 0.9):
        assert "a p95 is no less" in objection(asked, value, plan, evaluation)
    for possible in (None, mean, 1.5 * mean):
        assert objection(asked, possible, plan, evaluation) == ""
    assert objection(asked, 1.5, plan, None) == "", "nobody knows the mean yet"
    assert "cannot be" in told_of_p95(evaluate_plan(with_answer(plan, asked, 1.5), shipped_catalog(), AS_OF))


async def test_a_p95_below_the_mean_is_refused_at_once_and_skipping_takes_it_back(make_app: MakeApp) -> None:
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "questions")
        before = app.plan
        for text in ("1.5", "0.5", "many"):
            field(pilot, P95_FIELD).focus()
            await pilot.pause()
            await press(pilot, text)
            assert row(pilot, P95_FIELD).wrong
            assert app.plan == before
            await press(pilot, "<ctrl+o>")
            assert (field(pilot, P95_FIELD).value, row(pilot, P95_FIELD).wrong) == ("", False)
            assert app.plan == before, "skipped is this field, and no other"


async def test_what_the_hint_says_is_of_the_field_with_the_focus(make_app: MakeApp) -> None:
    """The words of two rows may come the other way round."""
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await show_place(pilot, "questions")
        field(pilot, P95_FIELD).focus()
        await pilot.pause()
        hint = app.screen.query_one(Hint)
        late = row(pilot, GROWTH)
        late.post_message(QuestionRow.Entered(late))
        await pilot.pause()
        assert "computed" in hint.words


@pytest.mark.parametrize("name", ["workload-0-volume", "workload-0-input-tokens", "workload-0-max-context"])
@pytest.mark.parametrize("text", ["9999999999999999999", "1e40"])
async def test_what_no_plan_can_hold_is_refused_in_words_and_never_offered(
    make_app: MakeApp, name: str, text: str
) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await the_form(pilot, unfolded=True)
        before = app.plan
        await type_into(pilot, name, text)
        assert "1,000 T at most" in said_below(pilot, name)
        await press(pilot, "<tab>")
        field(pilot, name).focus()
        await pilot.pause()
        assert "is that right" not in said_below(pilot, name)
        await press(pilot, "<enter>")
        assert app.plan == before


async def test_what_the_rest_of_the_plan_refuses_is_not_asked_about(make_app: MakeApp) -> None:
    """A thousand times as much, and no valid plan: that comes first."""
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await the_form(pilot, unfolded=True)
        field(pilot, "workload-0-max-context").focus()
        await pilot.pause()
        await press(pilot, "8k<tab>")
        field(pilot, "workload-0-max-context").focus()
        await pilot.pause()
        await type_into(pilot, "workload-0-max-context", "900M")
        assert row(pilot, "workload-0-max-context").wrong
        assert "is that right" not in said_below(pilot, "workload-0-max-context")


# A volume as its owner knows it.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("5k per month", "5k tokens a month"),
        ("5k/year", "5k tokens a year"),
        ("12k requests a month", "12k requests a month"),
        ("250k requests a year", "250k requests a year"),
        ("6M", "6M"),
        ("123456789", "123_456_789"),
        ("0.5 a day", "0.5"),
        ("12k requests", "12k requests"),
    ],
)
def test_a_volume_is_shown_as_it_was_told(text: str, shown: str) -> None:
    told = read_volume(text)
    assert show_volume(told) == shown
    assert read_volume(shown) == told


@pytest.mark.parametrize("amount", [1234567.8912345678, 53_912_345.123456789, 1 / 3])
def test_a_day_that_was_worked_out_is_shown_in_few_digits(amount: float) -> None:
    shown = show_volume(read_volume(repr(amount)))
    assert len(shown) <= 10
    assert read_volume(shown).amount == pytest.approx(amount, rel=1e-5)


async def test_the_app_does_not_comment_on_its_own_text(make_app: MakeApp) -> None:
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=(120, 40)) as pilot:
        await the_form(pilot)
        field(pilot, "workload-0-volume").focus()
        await pilot.pause()
        await press(pilot, "9,000 EUR")
        assert "is read as 9,000" in said_below(pilot, "workload-0-volume")
        await press(pilot, "<tab>")
        await settle(pilot)
        assert field(pilot, "workload-0-volume").value == "€9,000 a month"
        assert "is read as" not in said_below(pilot, "workload-0-volume")
        field(pilot, "workload-0-volume").value = ""
        field(pilot, "workload-0-volume").value = "€9,000 a month"
        await pilot.pause()
        assert "is read as" not in screen_text(app)


async def test_that_a_bill_counts_as_measured_is_said_where_it_happens(make_app: MakeApp) -> None:
    plan = sample_plan()
    plan = plan.model_copy(update={"workload": plan.workload[:1]})
    plan = with_answer(plan, named("volume-known"), "unknown")
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await show_place(pilot, "questions", plan)
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.screen.query("#workload-0-volume")), "the form")
        field(pilot, "workload-0-volume").focus()
        await pilot.pause()
        await press(pilot, "€5k<tab>")
        await until(pilot, lambda: "A bill is paid, not guessed" in screen_text(app), "the word")
        assert planner(pilot).plan is not None
        assert app.plan is not None
        assert app.plan.volume.known == "yes"


# Lists and keys.


async def test_a_model_nobody_knows_is_said_with_the_nearest_and_how_to_add_one(make_app: MakeApp) -> None:
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=(120, 40)) as pilot:
        await the_form(pilot)
        app.screen.query_one("#workload-0-api-model").focus()
        await pilot.pause()
        before = app.plan
        for text, nearest in (("quark 9", None), ("claud sonet 4.6", "Claude Sonnet 4.6")):
            await press(pilot, text)
            await until(pilot, lambda: isinstance(app.screen, PickDialog), "the list")
            about = str(app.screen.query_one("#about", Static).content)
            assert f"Nothing here is called “{text}”" in about
            assert "To add a model" in about
            names = [str(option.prompt) for option in app.screen.query_one(OptionList).options]
            assert nearest is None or any(nearest in name for name in names)
            await press(pilot, "<enter>")
            assert app.plan == before, "what was not typed is not taken"
            await press(pilot, "<escape>")


@pytest.mark.parametrize("name", [each.id for each in workload_fields(0) if each.codec == "pick"])
@pytest.mark.parametrize("keys", ["5k", "k5", "5k4x", "gpt"])
async def test_keys_at_once_open_a_list_and_stand_there_in_their_order(make_app: MakeApp, name: str, keys: str) -> None:
    app = make_app(catalog=shipped_catalog(), evaluator=evaluate_plan)
    async with app.run_test(size=(80, 24)) as pilot:
        await the_form(pilot, unfolded=True)
        app.screen.query_one(f"#{name}").focus()
        await pilot.pause()
        await press(pilot, keys, at_once=True)
        await until(pilot, lambda: isinstance(app.screen, PickDialog), "the list")
        for typed in app.screen.query(Input):
            await until(pilot, lambda typed=typed: typed.value == keys, keys)  # type: ignore[misc]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_a_page_key_stays_in_the_form(make_app: MakeApp, size: tuple[int, int]) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await the_form(pilot, unfolded=True)
        place = app.screen
        assert isinstance(place, QuestionsScreen)
        field(pilot, "workload-0-name").focus()
        await pilot.pause()
        for _ in range(4):
            await press(pilot, "<pagedown>")
        assert (place.step, place.workload) == (0, 0)
        assert app.focused is not None
        assert app.focused.id == "workload-0-region", "the last"
        for _ in range(4):
            await press(pilot, "<pageup>")
        assert app.focused is not None
        assert app.focused.id == "workload-0-name"
        await press(pilot, "<ctrl+n>")
        assert place.step == 1


async def test_at_80_by_24_no_hint_ends_in_the_middle_of_a_sentence(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await the_form(pilot, unfolded=True)
        place = app.screen
        assert isinstance(place, QuestionsScreen)
        cut: list[str] = []

        async def look() -> None:
            for each in place.query(QuestionRow):
                if each.display:
                    next(control for control in each.query("*") if control.focusable).focus()
                    await pilot.pause()
                    shown = place.query_one(Hint).render().plain
                    if not shown.replace("\n", " ").removesuffix("F1: all of it").rstrip().endswith((".", "?")):
                        cut.append(f"{each.field.id}: {shown}")

        await look()
        for step in range(len(STEPS)):
            place.action_jump(step)
            await pilot.pause()
            await until(pilot, lambda step=step: place.bar.current == step, "the question")  # type: ignore[misc]
            first = place.query_one(Hint).render().plain
            assert " … " not in first, first
            await look()
        assert cut == []
