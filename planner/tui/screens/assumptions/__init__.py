"""Assumptions: every default with its source."""
