"""Routing: which work goes where."""
