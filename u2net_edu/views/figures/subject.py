"""The networks and the photograph that the figures look at."""

from functools import cache

from torch import Tensor

from ...architecture.u2net import U2Net
from ...images import preprocess, preprocessing_of, size_of
from ...weights.checkpoints import load_authors, load_classroom_model

PHOTOGRAPH = "coffee"


@cache
def figure_model() -> U2Net:
    """Load the bundled classroom network, which every machine has."""
    return load_classroom_model()


@cache
def photograph_model() -> U2Net:
    """Load the authors' U²-Net†; without its weights, the classroom network."""
    return load_authors("lite") or figure_model()


def figure_images(side: int | None = None, model: U2Net | None = None) -> Tensor:
    """Prepare the photograph for a network: (1, 3, side, side), by default at its own size."""
    model = model or figure_model()
    return preprocess(PHOTOGRAPH, preprocessing_of(model), side or size_of(model))
