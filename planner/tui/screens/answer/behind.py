"""What `i` explains of a line of the answer page: the numbers of that line, and the ways to what they rest on."""

from __future__ import annotations

from planner.engine.specs import Evaluation
from planner.report.tables.answer import BESIDE, OTHERS, SUM
from planner.tui.flows.sources import ENGINEER, Subject
from planner.words import answer_traces as told
from planner.words.break_evens import deciding_break_evens
from planner.words.traces import break_even_trace

GROWTH = "volume-growth-per-month"
CHANCES = ("chance_above", "chance_level", "chance_below", "chance_unknown")


def subject_of_row(evaluation: Evaluation, key: str) -> Subject:
    """A line of the table: a workload, or the sum."""
    move = next((move for move in evaluation.answer.moves if move.workload == key), None)
    if move is None or key in (OTHERS, BESIDE, SUM):
        own = (told.months_trace(evaluation),)
        return Subject("the mean month", behind=("@workloads", GROWTH), own=own, alone=True)
    names = [work.name for work in evaluation.inputs.workload]
    rents = told.rents(move)
    traces = ("choice.rent", "dedicated.rent", "choice.throughput") if rents else ()
    prices = (f"api.{move.runs_on}", "@offer" if rents else f"api.{move.moves_to}")
    behind = (f"workload-{names.index(key)}", GROWTH, *prices)
    return Subject(key, traces, behind, told.move_traces(evaluation, move), alone=True)


def subject_of_line(evaluation: Evaluation, label: str, number: int) -> Subject:
    """A line below the table, by its label and its place below that; empty where it holds no number."""
    answer = evaluation.answer
    moves = answer.moves
    if label in ("Today", "Ends"):
        ending = [move for move in moves if evaluation.catalog.apis[move.runs_on].retires_on]
        shown = told.before_traces(evaluation, ending if label == "Ends" and ending else moves)
        return Subject("today's bill", behind=("@workloads", GROWTH, "@apis"), own=shown, alone=True)
    if label in ("", "It saves", "It costs"):
        return Subject("the saving", behind=("@workloads", "@apis"), own=(told.saving_trace(evaluation),), alone=True)
    if label == "Because" and evaluation.verdict.fact.kind in ("below_break_even", "never_pays"):
        own = tuple(break_even_trace(name, point) for name, point in deciding_break_evens(evaluation))
        return Subject("break-even", ("demand",), ("@workloads", GROWTH, *ENGINEER), own, alone=True)
    if label == "It takes":
        behind = ("setup_weeks", "ongoing_engineer_fraction") if answer.takes.setup_weeks else ("model_swap_weeks",)
        behind = (*behind, *ENGINEER)
        return Subject("what it takes", behind=behind, own=(told.takes_trace(evaluation),), alone=True)
    failing = label == "It flips if" and number == 0 and answer.untested
    if label == "Not proven" or failing:
        return Subject("the proof", behind=CHANCES, own=(told.proof_trace(evaluation),), alone=True)
    if label == "It flips if" and answer.flips:
        flip = answer.flips[number - bool(answer.untested)]
        return Subject("what turns it", behind=("@workloads", GROWTH), own=(told.flip_trace(flip),), alone=True)
    if label == "Do first" and number < len(answer.steps):
        return Subject("a step", behind=("@workloads",), own=(told.step_trace(evaluation, number),), alone=True)
    return Subject()
