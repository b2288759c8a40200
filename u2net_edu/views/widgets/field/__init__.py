"""`explore_field`: what a pixel of a layer sees of the photograph, and what it listens to."""

from .widget import FieldExplorer, explore_field

__all__ = ["FieldExplorer", "explore_field"]
