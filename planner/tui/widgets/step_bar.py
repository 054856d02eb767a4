"""The six questions on one line, each with the engine's answer; the current one is marked."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from planner.engine.specs import QuestionId, Verdict3
from planner.report.words import ANSWER_MARKS
from planner.tui.questions import STEPS

ANSWER_STYLE: dict[Verdict3, str] = {"yes": "$good", "no": "$muted", "unproven": "$warn"}


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
