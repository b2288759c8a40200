"""`explore_dilation`: what one cell reads, through a kernel or a stack of them, set by hand."""

from .widget import DilationExplorer, explore_dilation

__all__ = ["DilationExplorer", "explore_dilation"]
