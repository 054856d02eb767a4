"""planner: should we self-host an open model, and what would it cost?"""

__version__ = "0.1.0"
