"""Tests mirror planner/."""
