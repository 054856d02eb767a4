"""Which replicas are worth costing: every model x format x KV dtype x GPU offer x parallelism, filtered and ranked.

Ranking is by a fluid estimate of the 12-month cost; the best are then costed exactly (`own`).
"""

from planner.engine.candidates.places import Place, places_of
from planner.engine.candidates.scopes import ModelScope, scopes_of
from planner.engine.candidates.searching import Search, search

__all__ = ["ModelScope", "Place", "Search", "places_of", "scopes_of", "search"]
