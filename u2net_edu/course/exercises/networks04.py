"""Small networks on which a student's gradient test is tried. Imports torch when one is built."""

FULL = [1, 2, 3, 4, 5, 4, 3, 2, 1]
MIDDLE = [0, 0, 0, 0, 1, 0, 0, 0, 0]
COLUMN = [0, 3, 0, 0, 5, 0, 0, 2, 0]
SIGNED = [-1, -2, -3, -4, 5, -4, -3, -2, -1]

NETWORKS = {
    "one layer": [(1, FULL)],
    "weights below zero": [(1, SIGNED)],
    "looks to the right": [(1, [0, 0, 0, 0, 1, 2, 0, 0, -1])],
    "dilation 2": [(2, [1, -1, 1, -1, 1, -1, 1, -1, 1])],
    "two layers": [(1, FULL), (1, FULL)],
    "three colours, red against green": [(1, FULL, [-weight for weight in FULL], MIDDLE)],
    "three colours, dilation 2": [(2, COLUMN, FULL, FULL)],
}
"""Name → layers, each (dilation, nine weights for each channel that comes in)."""


def with_network(answer, network: str, image: str, row: int, column: int):
    """Build the network and the picture that a case names, and ask."""
    return answer(_network(network), _image(network, image), row, column)


def poked_box(network: str, image: str, row: int, column: int):
    """Change every pixel of every colour, one at a time, and look which the output feels."""
    import torch

    picture, model = _image(network, image), _network(network)
    pokes = torch.eye(picture.numel()).reshape(-1, *picture.shape[1:])
    with torch.no_grad():
        before = model(picture)[0, 0, row, column]
        changed = (model(picture + pokes)[:, 0, row, column] - before).abs() > 0.5
    felt = changed.reshape(picture.shape).any(dim=1)[0]
    rows, columns = felt.any(dim=1).nonzero(), felt.any(dim=0).nonzero()
    return (int(rows.min()), int(rows.max())), (int(columns.min()), int(columns.max()))


def _image(network: str, size: str):
    """Whole numbers, so that sums of them are exact."""
    import torch

    height, width = map(int, size.split("×"))
    channels = len(NETWORKS[network][0]) - 1
    pixels = torch.arange(channels * height * width) * 7 % 11
    return pixels.float().reshape(1, channels, height, width)


def _network(name: str):
    import torch
    from torch import nn

    layers = []
    for dilation, *kernels in NETWORKS[name]:
        layer = nn.Conv2d(len(kernels), 1, 3, padding=dilation, dilation=dilation, bias=False)
        weight = torch.tensor(kernels, dtype=torch.float32).reshape(1, len(kernels), 3, 3)
        layer.weight = nn.Parameter(weight)
        layers.append(layer)
    return nn.Sequential(*layers).eval()
