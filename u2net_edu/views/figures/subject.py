"""The network and the photograph that the figures look at: the same on every machine."""

from functools import cache

from torch import Tensor

from ...architecture.u2net import U2Net
from ...images import preprocess, preprocessing_of, size_of

PHOTOGRAPH = "coffee"


@cache
def figure_model() -> U2Net:
    """Load the bundled network: never weights that only some machines have,
    or their figures would differ.
    """
    from ...weights.checkpoints import load_classroom_model

    return load_classroom_model()


@cache
def figure_images(side: int | None = None) -> Tensor:
    """Prepare the photograph for that network: (1, 3, side, side), by default at its own size."""
    model = figure_model()
    return preprocess(PHOTOGRAPH, preprocessing_of(model), side or size_of(model))
