"""`explore`: the nested map of a network on an image."""

from .widget import Explorer, explore

__all__ = ["Explorer", "explore"]
