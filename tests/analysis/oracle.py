"""What each pixel sees by another road: gradients of the real network, all made positive."""

from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

THRESHOLD = 1e-12
"""Of the largest gradient. What is seen reaches THRESHOLDs above; see `gap`."""


def gradients(model: nn.Module, size: tuple[int, int], channels: int = 1) -> NDArray:
    """d output pixel / d input pixel, float64, all contributions positive: (h, w, H, W).

    Weights are positive, so that no two paths cancel; batch norm is a positive scaling, ReLU lets
    all through, and a maximum, whose gradient goes to one pixel of its window, becomes a mean.
    """
    generator = torch.Generator().manual_seed(0)
    model = model.double().eval()
    for parameter in model.parameters():
        parameter.data = 0.5 + torch.rand(parameter.shape, generator=generator).double()
    image = torch.ones(1, channels, *size, dtype=torch.float64, requires_grad=True)
    with mock.patch("torch.nn.functional.max_pool2d", _mean_pool):
        output = model(image).sum(1)[0]
    rows, columns = output.shape
    found = np.empty((rows, columns, *size))
    for pixel in np.ndindex(rows, columns):
        (gradient,) = torch.autograd.grad(output[pixel], image, retain_graph=True)
        found[pixel] = gradient.sum(1)[0].numpy()
    return found


def _mean_pool(
    x, kernel, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    assert dilation == 1
    return F.avg_pool2d(x, kernel, stride, padding, ceil_mode)
