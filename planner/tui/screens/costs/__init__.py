"""Costs: twelve months of every strategy."""
