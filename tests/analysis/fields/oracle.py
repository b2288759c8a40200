"""What each pixel sees by another road: gradients of the real network, all made positive."""

from unittest import mock

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

THRESHOLD = 1e-12
"""Of the largest gradient: what is larger is seen. In the networks of `nets` all that is seen is
above 1e-6, and rounding leaves less than 1e-15 where nothing is, so the threshold decides nothing.
"""


def gradients(model: nn.Module, size: tuple[int, int], channels: int = 1) -> NDArray:
    """d output pixel / d input pixel, float64, all contributions positive: (h, w, H, W).

    Weights are positive, so that no two paths cancel; batch norm is a positive scaling, ReLU lets
    all through, and a maximum, whose gradient goes to one pixel of its window, becomes a mean.
    """
    generator = torch.Generator().manual_seed(0)
    model = model.double().eval()
    for parameter in model.parameters():
        parameter.data = 0.5 + torch.rand(parameter.shape, generator=generator).double()
    with mock.patch("torch.nn.functional.max_pool2d", mean_pool):
        rows, columns = model(torch.ones(1, channels, *size, dtype=torch.float64)).shape[2:]
        # one image of a batch for each output pixel: all gradients in one pass
        images = torch.ones(rows * columns, channels, *size, dtype=torch.float64)
        output = model(images.requires_grad_()).sum(1).flatten(1)
    (found,) = torch.autograd.grad(output.diagonal().sum(), images)
    return found.sum(1).numpy().reshape(rows, columns, *size)


def mean_pool(x, kernel, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    assert dilation == 1
    return F.avg_pool2d(x, kernel, stride, padding, ceil_mode)
