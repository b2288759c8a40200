"""`explore_stages`: walk through the eleven stages of U²-Net and look at their feature maps."""

from .widget import StageExplorer, explore_stages

__all__ = ["StageExplorer", "explore_stages"]
