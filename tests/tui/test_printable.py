"""What a plan holds is never a command to the terminal, nor to what the clipboard is pasted into."""

from __future__ import annotations

from pathlib import Path

from planner.plan.places import example_path
from planner.tui.places import PLACES
from tests.tui.conftest import MakeApp
from tests.tui.driving import screen_text, until
from tests.tui.opening import show_place

HOSTILE = "\\u001b[2Jred\\u202eknalb\\u200b\\u2028"
FORBIDDEN = "\x1b\u202e\u200b\u2028"


async def test_no_place_shows_what_commands_a_terminal(make_app: MakeApp, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    text = example_path("bulk-classifier").read_text("utf-8")
    plan.write_text(
        text.replace('source = "', f'source = "{HOSTILE}').replace('note = "', f'note = "{HOSTILE}'), "utf-8"
    )
    app = make_app(open_path=plan)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.evaluation is not None, "the evaluation")
        for place in PLACES:
            await show_place(pilot, place.id)
            assert [mark for mark in FORBIDDEN if mark in screen_text(app)] == []
        app.copy_to_clipboard("a\x1b]0;b\u202ec")
        assert app.clipboard == "a]0;bc"
