"""A plan on screen without its file: the sample's plan, and any other, in a given place."""

from __future__ import annotations

from textual.pilot import Pilot

from planner.plan.schema import Plan, WorkloadEntry
from planner.tui.open_plan.session import Origin
from tests.factories import sample_inputs
from tests.tui.conftest import AS_OF
from tests.tui.driving import in_place, planner, settle


def sample_plan(name: str = "Support assistant", first_workload: str = "ticket triage") -> Plan:
    """The plan that the sample evaluation is about."""
    inputs = sample_inputs(name, first_workload)
    return Plan(
        name=name,
        created=AS_OF,
        workload=tuple(
            WorkloadEntry(
                name=work.name,
                kind=work.kind,
                tokens_per_day=work.tokens_per_day,
                input_tokens=work.input_tokens,
                output_tokens=work.output_tokens,
            )
            for work in inputs.workload
        ),
    )


async def show_place(pilot: Pilot[None], place: str, plan: Plan | None = None) -> None:
    """Open `plan` and go to `place`; returns when the numbers are on screen."""
    app = planner(pilot)
    app.session.open(plan or sample_plan(), Origin(), "test")
    app.plan_replaced()
    await app.switch_mode(place)
    await in_place(pilot, place)
    await settle(pilot)
    await pilot.pause()
