"""The frozen values that stages exchange: facts, prices (catalogue), inputs (plan), sizing, fleet, money, results."""

from planner.engine.names import *  # noqa: F403 - the package re-exports its rooms
from planner.engine.specs.facts import *  # noqa: F403
from planner.engine.specs.fleet import *  # noqa: F403
from planner.engine.specs.inputs import *  # noqa: F403
from planner.engine.specs.money import *  # noqa: F403
from planner.engine.specs.prices import *  # noqa: F403
from planner.engine.specs.refusals import *  # noqa: F403
from planner.engine.specs.results import *  # noqa: F403
from planner.engine.specs.sizing import *  # noqa: F403
