"""`explore_loss`: seven maps, seven losses, their sum, and which of them moves which stage."""

from .widget import LossExplorer, explore_loss

__all__ = ["LossExplorer", "explore_loss"]
