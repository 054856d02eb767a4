"""Sizing: every candidate."""
