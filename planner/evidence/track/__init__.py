"""A plan against its first weeks: what its logs and its servers' metrics say beside what it said.

`held.py: held` is the door. Nothing is written to the plan; what a log cannot know is None, and never 0.
"""
