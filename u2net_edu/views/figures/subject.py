"""The network and the photograph that the figures look at: the same on every machine."""

from functools import cache

import torch
from torch import Tensor

from ...architecture.spec import U2NET_LITE
from ...architecture.u2net import U2Net
from ...images import preprocess
from ...inference import calibrate_norms

PHOTOGRAPH = "astronaut"
SIDE = 320


@cache
def figure_model() -> U2Net:
    """The trained network that ships with the package.

    Where it is missing, an untrained U²-Net† with its batch norms measured on the photograph:
    never weights that only some machines have, or figures would differ.
    """
    try:
        from ...training.classroom import load_classroom_model
    except ImportError:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = U2Net(U2NET_LITE)
        return calibrate_norms(model, preprocess(PHOTOGRAPH, "plain", SIDE))
    return load_classroom_model().eval()


@cache
def figure_images() -> Tensor:
    """The photograph as that network takes it: (1, 3, 320, 320)."""
    return preprocess(PHOTOGRAPH, "plain", SIDE)
