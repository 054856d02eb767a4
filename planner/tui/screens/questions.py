"""Questions: six steps, one question each."""

from __future__ import annotations

from planner.tui.screens.place import PlaceScreen


class QuestionsScreen(PlaceScreen):
    """The six questions with the running recommendation beside them."""

    PLACE = "questions"
