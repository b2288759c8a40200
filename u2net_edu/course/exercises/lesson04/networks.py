"""Small networks on which a student's gradient test is tried. Imports torch when one is built."""

from typing import Any

FULL = [1, 2, 3, 4, 5, 4, 3, 2, 1]
MIDDLE = [0, 0, 0, 0, 1, 0, 0, 0, 0]
COLUMN = [0, 3, 0, 0, 5, 0, 0, 2, 0]
RIGHT = [0, 0, 0, 0, 1, 2, 0, 0, -1]
FAINT = [2.0**-40] * 4 + [5] + [2.0**-40] * 4
SIGNED = [-1, -2, -3, -4, 5, -4, -3, -2, -1]

NETWORKS: dict[str, list[tuple]] = {
    "one layer": [(1, FULL)],
    "weights below zero": [(1, SIGNED)],
    "looks to the right": [(1, RIGHT)],
    "dilation 2": [(2, [1, -1, 1, -1, 1, -1, 1, -1, 1])],
    "two layers": [(1, FULL), (1, FULL)],
    "three colours, red against green": [(1, FULL, [-weight for weight in FULL], MIDDLE)],
    "three colours, dilation 2": [(2, COLUMN, FULL, FULL)],
    "three channels come out, the first looks at little": [(1, [MIDDLE], [RIGHT], [FULL])],
    "a strong middle, faint around it": [(1, FAINT)],
}
"""Name → layers: (dilation, nine weights for each channel that comes in). With several channels
that come out, each of them has a list of these."""


class Picture:
    """A picture of whole numbers. It equals another while nobody records gradients in it."""

    def __init__(self, network: str, height: int, width: int):
        self._network, self._size = network, (height, width)
        self._pixels: Any = None

    @property
    def pixels(self):
        """The tensor (1, channels, height, width), always the same one."""
        import torch

        if self._pixels is None:
            channels = len(_outputs(NETWORKS[self._network][0])[0])
            numbers = torch.arange(channels * self._size[0] * self._size[1]) * 7 % 11
            self._pixels = numbers.float().reshape(1, channels, *self._size)
        return self._pixels

    @property
    def marked(self) -> bool:
        """Whether somebody made it record gradients, and left it so for whoever uses it next."""
        return self._pixels is not None and self._pixels.requires_grad

    def __eq__(self, other) -> bool:
        return repr(self) == repr(other) and self.marked == other.marked

    def __repr__(self) -> str:
        return f"{self._size[0]}×{self._size[1]}"


def with_network(answer, network: str, image: Picture, row: int, column: int):
    """Build the network that a case names, and ask."""
    return answer(_network(network), image.pixels, row, column)


def poked_box(network: str, image: Picture, row: int, column: int):
    """Change every pixel of every colour, one at a time, and look which the output feels."""
    import torch

    # In double precision, so that the faintest weight shows beside the strongest.
    picture, model = image.pixels.double(), _network(network).double()
    weights = torch.cat([layer.weight.detach().abs().flatten() for layer in model])
    least = min(float(weights[weights > 0].min()), 1) / 2
    pokes = torch.eye(picture.numel()).double().reshape(-1, *picture.shape[1:])
    with torch.no_grad():
        before = model(picture)[0, :, row, column].sum()
        changed = (model(picture + pokes)[:, :, row, column].sum(dim=1) - before).abs() > least
    felt = changed.reshape(picture.shape).any(dim=1)[0]
    rows, columns = felt.any(dim=1).nonzero(), felt.any(dim=0).nonzero()
    return (int(rows.min()), int(rows.max())), (int(columns.min()), int(columns.max()))


def _outputs(layer: tuple) -> list[list]:
    """The weights of a layer: outputs × channels that come in × nine."""
    _, *kernels = layer
    return kernels if isinstance(kernels[0][0], list) else [kernels]


def _network(name: str):
    import torch
    from torch import nn

    layers: list[nn.Module] = []
    for dilation, kernels in ((layer[0], _outputs(layer)) for layer in NETWORKS[name]):
        shape = len(kernels[0]), len(kernels)
        conv = nn.Conv2d(*shape, 3, padding=dilation, dilation=dilation, bias=False)
        weight = torch.tensor(kernels, dtype=torch.float32).reshape(conv.weight.shape)
        conv.weight = nn.Parameter(weight)
        layers.append(conv)
    return nn.Sequential(*layers).eval()
