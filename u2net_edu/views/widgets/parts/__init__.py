"""`explore_parts`: cut, silence and turn parts of a network, and watch its masks."""

from .widget import PartsExplorer, explore_parts

__all__ = ["PartsExplorer", "explore_parts"]
