"""`explore_block`: a row of the table, the block that it builds, its program, lit together."""

from .widget import BlockExplorer, explore_block

__all__ = ["BlockExplorer", "explore_block"]
