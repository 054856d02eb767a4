"""Keys as a terminal sends them, counted: a word is its letters, <enter> one key."""

from __future__ import annotations

import re
from unicodedata import name

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

_KEYS = re.compile(r"<(\w[\w+]*)>|(.)")


def keys_of(script: str) -> list[events.Key]:
    """`RAG<enter>5` as five keys."""
    named = {"<enter>": "\r", "<tab>": "\t", "<escape>": "\x1b", "<backspace>": "\x08"}
    found = []
    for match in _KEYS.finditer(script):
        if match[1]:
            found.append(events.Key(match[1], named.get(match[0])))
        else:
            assert name(match[2])
            found.append(events.Key(_character_to_key(match[2]), match[2]))
    return found


async def press(pilot: Pilot[None], script: str, *, at_once: bool = False) -> int:
    """Send the keys, each after the app has dealt with the one before, or all `at_once`; returns how many."""
    keys = keys_of(script)
    driver = pilot.app._driver
    assert driver is not None
    for key in keys:
        key.set_sender(pilot.app)
        driver.send_message(key)
        if not at_once:
            await pilot.pause()
    await pilot.pause()
    return len(keys)
