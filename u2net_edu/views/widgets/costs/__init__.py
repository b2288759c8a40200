"""`explore_costs`: what blocks cost over their inner width, set by hand, and measured on demand."""

from .widget import CostExplorer, explore_costs

__all__ = ["CostExplorer", "explore_costs"]
