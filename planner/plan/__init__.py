"""The saved plan: its schema, its file, what it froze and what has changed since.

Nothing is imported here: pydantic costs a noticeable fraction of a second, so callers import the module they need.
"""
