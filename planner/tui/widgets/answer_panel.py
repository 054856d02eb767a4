"""The live panel beside the questions: the answer so far, the score, and what the last answer changed."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from planner.engine.specs import Evaluation, QuestionAnswer, QuestionId
from planner.report.numbers import scaled, scaled_interval
from planner.report.words import ANSWER_MARKS
from planner.tui.changes import Change
from planner.tui.strategies import HEADLINE, contenders, strategy_name, strategy_style
from planner.tui.widgets.step_bar import ANSWER_STYLE

ANSWER_WORDS = {"yes": "yes", "no": "no", "unproven": "not proven"}


def panel_content(evaluation: Evaluation, question: QuestionId, change: Change | None) -> Content:
    """Most useful first: this question's answer, then the whole, then what just changed."""
    answer = next(found for found in evaluation.questions if found.id == question)
    blocks = [_this_answer(answer), _score(evaluation), _recommendation(evaluation)]
    if question == "volume":
        blocks.insert(1, _volume(evaluation))
    if change is not None:
        blocks.insert(0, _last_change(change))
    return Content("\n\n").join(blocks)


def _this_answer(answer: QuestionAnswer) -> Content:
    mark = Content.styled(
        f"{ANSWER_MARKS[answer.answer]} {ANSWER_WORDS[answer.answer]}", f"bold {ANSWER_STYLE[answer.answer]}"
    )
    return Content.assemble(("This question  ", "$muted"), mark, "\n", answer.reason)


def _volume(evaluation: Evaluation) -> Content:
    demand = evaluation.demand
    lines = [Content.assemble(("p95 in 12 months\n", "$muted"), scaled_interval(demand.p95_range, "/day"))]
    own = next((b for b in evaluation.break_even if b.api_model == evaluation.inputs.baseline_api), None)
    if own is not None:
        found = "never, at any volume tried" if own.with_people is None else f"{scaled(own.with_people)}/day"
        lines.append(Content.assemble(("break-even, yours\n", "$muted"), found))
    return Content("\n").join(lines)


def _score(evaluation: Evaluation) -> Content:
    marks = Content(" ").join(
        Content.styled(ANSWER_MARKS[answer.answer], ANSWER_STYLE[answer.answer]) for answer in evaluation.questions
    )
    return Content.assemble(("Yes so far  ", "$muted"), (f"{evaluation.yes_count} of 6  ", "bold"), marks)


def _recommendation(evaluation: Evaluation) -> Content:
    best, _ = contenders(evaluation)
    headline = HEADLINE[evaluation.verdict.recommendation].capitalize()
    if best is None:
        return Content.assemble(("So far\n", "$muted"), (headline, "bold"))
    name = strategy_name(best.strategy)
    return Content.assemble(
        ("So far\n", "$muted"), (name, f"bold {strategy_style(best.strategy)}"), "\n", evaluation.verdict.headline
    )


def _last_change(change: Change) -> Content:
    return Content.assemble(
        ("Your last answer\n", "$muted"), (change.sentence(), "bold" if change.verdict_changed else "")
    )


class AnswerPanel(Static):
    """Shows `panel_content`."""

    DEFAULT_CSS = """
    AnswerPanel { width: 100%; height: auto; }
    """

    def show(self, evaluation: Evaluation | None, question: QuestionId, change: Change | None, note: str) -> None:
        """Take the new result; `note` stands in where there is none."""
        self.update(panel_content(evaluation, question, change) if evaluation else Content.styled(note, "$muted"))
