"""The figures: `catalogue` lists them, `canvas` is the hand that draws them all.

Each takes what it draws from a trace, from captured maps, or from `figures/measurements.json`.
"""

from .answers import show_three_answers
from .curves import show_curves
from .knock_out import show_knock_out
from .ladder import show_ladder
from .proof import show_proof
from .sheets import maps_sheet, png, saliency_sheet, show_maps, show_saliency, stage_sheet

__all__ = [
    "maps_sheet",
    "png",
    "saliency_sheet",
    "show_curves",
    "show_knock_out",
    "show_ladder",
    "show_maps",
    "show_proof",
    "show_saliency",
    "show_three_answers",
    "stage_sheet",
]
