"""The running answer on Questions: the six questions on one line with the engine's answers, and the live panel beside.

The panel tells the answer so far, the score, and what the last answer changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from planner.engine.specs import Evaluation, QuestionAnswer, QuestionId, Verdict3
from planner.quantities import scaled, scaled_interval
from planner.report.tables.strategies import proposal, strip_parts
from planner.tui.charts.palette import strategy_style, style_of
from planner.tui.form.questions import STEPS
from planner.tui.open_plan.session import Change
from planner.tui.widgets.hint import ending
from planner.words.break_evens import deciding_break_evens
from planner.words.labels import ANSWER_MARKS, QUESTION_NAMES, yes_words
from planner.words.reasons import answer_reason

ANSWER_WORDS = {"yes": "yes", "no": "no", "unproven": "not proven"}
ANSWER_STYLE: dict[Verdict3, str] = {"yes": "$good", "no": "$muted", "unproven": "$warn"}
BARS = "▁▂▃▄▅▆▇█"
SHAPE_COLUMNS = 21
"""Three bars a day: eight hours each."""
FLAT_FROM = 0.9


def panel_content(evaluation: Evaluation, question: QuestionId, change: Change | None, wordy: bool = False) -> Content:
    """Most useful first: what just changed, the whole, this question's answer; `wordy` adds all six answers."""
    answer = next(found for found in evaluation.questions if found.id == question)
    blocks = [_last_change(change)] if change is not None else []
    blocks += [_recommendation(evaluation), _this_answer(evaluation, answer)]
    if question == "volume":
        blocks.append(_volume(evaluation))
    if wordy:
        blocks.append(_all_answers(evaluation))
    return Content("\n\n").join(blocks)


def _this_answer(evaluation: Evaluation, answer: QuestionAnswer) -> Content:
    mark = f"{ANSWER_MARKS[answer.answer]} {ANSWER_WORDS[answer.answer]}"
    style, reason = f"bold {ANSWER_STYLE[answer.answer]}", answer_reason(evaluation, answer)
    return Content.assemble(("This question  ", "$muted"), (mark, style), "\n", reason)


def _volume(evaluation: Evaluation) -> Content:
    demand = evaluation.demand
    mean, peak = scaled(demand.mean_tokens_per_day), scaled_interval(demand.p95_range)
    lines = [Content.assemble(("a day, 12 months\n", "$muted"), f"mean {mean}, p95 {peak}")]
    for name, point in deciding_break_evens(evaluation):
        found = "never, at any volume tried" if point.with_people is None else f"{scaled(point.with_people)} a day"
        lines.append(Content.assemble((f"{name}\n", "$muted"), found))
    if shape := week_shape(demand.hour_of_week):
        lines.append(Content.assemble((shape, "$accent"), (" Mon–Sun", "$muted")))
    return Content("\n").join(lines)


def week_shape(weights: Sequence[float]) -> str:
    """168 hourly weights as 21 bars of eight hours, the tallest the busiest; nothing for a week without a shape."""
    size = len(weights) // SHAPE_COLUMNS
    means = [sum(weights[i * size : (i + 1) * size]) / size for i in range(SHAPE_COLUMNS)] if size else []
    top = max(means, default=0.0)
    if top <= 0 or min(means) > FLAT_FROM * top:
        return ""
    return "".join(BARS[round(mean / top * (len(BARS) - 1))] for mean in means)


def _all_answers(evaluation: Evaluation) -> Content:
    lines = [
        Content.assemble(
            (f"{ANSWER_MARKS[answer.answer]} {QUESTION_NAMES[answer.id]}", f"bold {ANSWER_STYLE[answer.answer]}"),
            (f"  {answer_reason(evaluation, answer)}", "$muted"),
        )
        for answer in evaluation.questions
    ]
    return Content("\n").join((Content.styled("All six", "$muted"), *lines))


def _recommendation(evaluation: Evaluation) -> Content:
    best = evaluation.recommended
    name, style = proposal(evaluation), "bold" if best is None else f"bold {strategy_style(best.strategy)}"
    score = f"{yes_words(evaluation)}\n"
    parts = (Content.styled(part.text(0), style_of(part.role)) for part in strip_parts(evaluation)[1:])
    return Content("\n").join((Content.assemble((score, "$muted"), (name, style)), *parts))


def _last_change(change: Change) -> Content:
    return Content.assemble(
        ("Your last answer\n", "$muted"), (change.sentence(), "bold" if change.verdict_changed else "")
    )


REST = " … F1: all of it"


class AnswerPanel(Widget):
    """Shows `panel_content` as far as there is room: a new result moves nothing, which a letter would have to wait for.

    What has no room ends in the key that shows it.
    """

    DEFAULT_CSS = "AnswerPanel { width: 100%; height: 1fr; }"
    content: reactive[Content] = reactive(Content(""))

    def show(self, evaluation: Evaluation | None, question: QuestionId, change: Change | None, note: str) -> None:
        """Take the new result; `note` stands in where there is none."""
        wordy = self.screen.has_class("-tall")
        self.content = (
            panel_content(evaluation, question, change, wordy) if evaluation else Content.styled(note, "$muted")
        )

    def wrapped(self, width: int) -> list[Content]:
        """All of it, in lines of this width."""
        return self.content.wrap(max(1, width))

    def render(self) -> Content:
        width, height = self.content_size
        lines = self.wrapped(width)
        if len(lines) > height > 0:
            lines = [*lines[: height - 1], Content(ending(lines[height - 1].plain, width, REST))]
        return Content("\n").join(lines)


class StepBar(Widget):
    """`▌1 Volume ✓  2 Quality ?  …`; a click jumps."""

    DEFAULT_CSS = """
    StepBar { height: 1; link-style: none; link-style-hover: underline; link-color-hover: $accent;
              link-background-hover: $background; link-color: $foreground; }
    """
    current: reactive[int] = reactive(0)
    answers: reactive[dict[QuestionId, Verdict3]] = reactive({})

    def render(self) -> Content:
        return Content("  ").join(self._step(index) for index in range(len(STEPS)))

    def _step(self, index: int) -> Content:
        step = STEPS[index]
        answer = self.answers.get(step.id)
        mark = Content.styled(f" {ANSWER_MARKS[answer]}", ANSWER_STYLE[answer]) if answer else Content("")
        if index == self.current:
            return Content.styled(f"▌{index + 1} {step.title}", "bold $accent") + mark
        return Content.styled(f" {index + 1} {step.title}", f"@click=screen.jump({index})") + mark
