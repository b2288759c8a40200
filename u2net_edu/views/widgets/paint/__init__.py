"""`paint_saliency`: mark what stands out to you, then see what the network marks."""

from .widget import SaliencyPainter, paint_saliency

__all__ = ["SaliencyPainter", "paint_saliency"]
