"""Benchmarks, run by hand: `python -m tests.benchmarks [--against REV] [PART ...]`.

Ratios within one run count; seconds depend on the machine.
"""
