"""The JSON that other programs may rely on: its keys only ever grow within a schema."""

from planner.report.contract.evaluation import to_json
from planner.report.contract.sizing import sizing_json
from planner.report.contract.values import money_text

__all__ = ["money_text", "sizing_json", "to_json"]
