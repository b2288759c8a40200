"""Random small networks of all that moves pixels about: what is said of them must be so.

Everything here works on a tensor (1, C, A, B) of a few hundred numbers, so that the gradient of
every output number is affordable. Dimensions are turned, split, mixed and joined without regard to
what they mean: after a permute a convolution runs over rows as if they were channels.
"""

import itertools
import random
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Step(nn.Module):
    """A function of a tensor and of the layers or steps that it uses."""

    def __init__(self, function: Callable[..., Tensor], *used: nn.Module):
        super().__init__()
        self.function, self.used = function, nn.ModuleList(used)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, *self.used)


class Chain(nn.Module):
    """Steps one after the other; their layers are found while a first image passes through."""

    def __init__(self, seed: int, length: int, size: tuple[int, int], channels: int):
        super().__init__()
        self.random = random.Random(seed)
        self.steps = nn.ModuleList()
        self.names: list[str] = []
        x = torch.rand(1, channels, *size)
        while len(self.steps) < length:
            name = self.random.choice(list(STEPS))
            step = STEPS[name](self, x)
            if step is None:
                continue
            with torch.no_grad():
                try:
                    y = step.eval()(x)
                except (RuntimeError, ValueError):  # a map too small for it
                    continue
            if y.dim() == 4 and 0 < y.numel() <= 400:
                x = y
                self.steps.append(step)
                self.names.append(name)

    def forward(self, x: Tensor) -> Tensor:
        for step in self.steps:
            x = step(x)
        return x

    def dimension(self) -> int:
        return self.random.randint(1, 3)


def convolution(net: Chain, x: Tensor) -> Step | None:
    pick, channels = net.random.choice, x.shape[1]
    kernel, groups = (pick([1, 2, 3]), pick([1, 2, 3])), pick([1, 1, channels])
    mode = pick(["zeros", "zeros", "reflect", "replicate", "circular"])
    padding = tuple(pick([0, 1, 2]) for _ in range(2))
    if mode != "zeros" and any(p >= n for p, n in zip(padding, x.shape[2:])):
        return None
    outputs = groups * pick([1, 2]) if groups > 1 else pick([1, 2, 3])
    stride, dilation = pick([1, 1, 2]), pick([1, 1, 2])
    layer = nn.Conv2d(
        channels, outputs, kernel, stride, padding, dilation, groups, padding_mode=mode
    )
    return Step(lambda x, layer: layer(x), layer)


def transposed(net: Chain, x: Tensor) -> Step:
    layer = nn.ConvTranspose2d(x.shape[1], 2, 2, stride=net.random.choice([1, 2, 3]))
    return Step(lambda x, layer: layer(x), layer)


def convolution_1d(net: Chain, x: Tensor) -> Step:
    kernel, groups = net.random.choice([1, 2, 3]), net.random.choice([1, x.shape[2]])
    layer = nn.Conv1d(x.shape[2], x.shape[2], kernel, padding=1, groups=groups)
    return Step(lambda x, layer: layer(x[0])[None], layer)


def linear(net: Chain, x: Tensor) -> Step:
    dimension = net.dimension()
    outputs = net.random.choice([x.shape[dimension], 2])
    layer = nn.Linear(x.shape[dimension], outputs)
    return Step(lambda x, a: a(x.transpose(dimension, 3)).transpose(dimension, 3), layer)


def permute(net: Chain, x: Tensor) -> Step:
    order = net.random.sample([1, 2, 3], 3)
    return Step(lambda x: x.permute(0, *order))


def flip(net: Chain, x: Tensor) -> Step:
    dimension = net.dimension()
    return Step(lambda x: x.flip(dimension))


def roll(net: Chain, x: Tensor) -> Step:
    dimension, shift = net.dimension(), net.random.randint(-3, 3)
    return Step(lambda x: x.roll((shift, 1), (dimension, dimension)))


def concat(net: Chain, x: Tensor) -> Step:
    dimension, other = net.dimension(), net.random.choice([flip, roll, linear, identity])(net, x)
    return Step(lambda x, other: torch.cat([x, other(x)], dimension), other)


def stacked(net: Chain, x: Tensor) -> Step:
    other, dimension = net.random.choice([flip, roll])(net, x), net.dimension()
    return Step(lambda x, other: torch.stack([x, other(x)], dimension).flatten(1, 2), other)


def identity(net: Chain, x: Tensor) -> Step:
    return Step(lambda x: x)


def added(net: Chain, x: Tensor) -> Step:
    other = net.random.choice([flip, roll, linear, mean, convolution])(net, x)
    return Step(lambda x, other: x + other(x), other) if other else identity(net, x)


def pieces(net: Chain, x: Tensor) -> Step:
    dimension = net.dimension()
    start, stop, step = net.random.randint(0, 1), x.shape[dimension], net.random.choice([1, 1, 2])
    stop -= net.random.randint(0, 1)
    index = (slice(None),) * dimension + (slice(start, stop, step),)
    return Step(lambda x: x[index])


def one(net: Chain, x: Tensor) -> Step:
    dimension, index = net.dimension(), net.random.choice([0, -1])
    place = net.dimension()
    return Step(lambda x: x.select(dimension, index).unsqueeze(place))


def first_piece(net: Chain, x: Tensor) -> Step:
    dimension = net.dimension()
    return Step(lambda x: x.chunk(2, dimension)[0])


def pad(net: Chain, x: Tensor) -> Step:
    sides = [net.random.choice([0, 0, 1, 2, -1]) for _ in range(6)]
    return Step(lambda x: F.pad(x, sides, value=0.7))  # a product with 0 has no gradient


def pad_by(net: Chain, x: Tensor) -> Step:
    mode = net.random.choice(["reflect", "replicate", "circular"])
    sides = [net.random.choice([0, 1, 2]) for _ in range(4)]
    return Step(lambda x: F.pad(x, sides, mode=mode))


def mean(net: Chain, x: Tensor) -> Step:
    dimensions = net.random.sample([1, 2, 3], net.random.choice([1, 1, 2]))
    return Step(lambda x: x.mean(dimensions, keepdim=True))


def softmax(net: Chain, x: Tensor) -> Step:
    dimension = net.dimension()
    return Step(lambda x: 3 * x.softmax(dimension) + x)  # a softmax does not notice what all share


def resize(net: Chain, x: Tensor) -> Step:
    mode = net.random.choice(["nearest", "nearest-exact", "bilinear", "bicubic", "area"])
    corners = net.random.choice([True, False]) if mode.startswith("bi") else None
    smooth = net.random.choice([True, False]) if mode.startswith("bi") else False
    size = net.random.randint(1, 7), net.random.randint(1, 7)
    settings = {"mode": mode, "align_corners": corners, "antialias": smooth}
    return Step(lambda x: F.interpolate(x, size, **settings))


def pool(net: Chain, x: Tensor) -> Step:
    kernel = net.random.choice([(2, 2), (3, 2), (1, 3)])
    stride, ceil = net.random.choice([1, 2]), net.random.choice([True, False])
    return Step(lambda x: F.avg_pool2d(x, kernel, stride, (0, kernel[1] // 2), ceil))


def shuffle(net: Chain, x: Tensor) -> Step:
    return Step(lambda x: F.pixel_shuffle(x, 2) if x.shape[1] % 4 == 0 else F.pixel_unshuffle(x, 2))


def channel_shuffle(net: Chain, x: Tensor) -> Step | None:
    groups = [g for g in (2, 3) if x.shape[1] % g == 0]
    return Step(nn.ChannelShuffle(groups[0])) if groups else None


def norm(net: Chain, x: Tensor) -> Step:
    channels = x.shape[1]
    layers = [nn.GroupNorm(1, channels), nn.GroupNorm(channels, channels), nn.LayerNorm(x.shape[3])]
    layers += [nn.LayerNorm(list(x.shape[2:])), nn.BatchNorm2d(channels)]
    return Step(lambda x, layer: layer(x) + x, net.random.choice(layers))  # nor does a norm


def instance_norm(net: Chain, x: Tensor) -> Step | None:
    return Step(lambda x: F.instance_norm(x) + x) if x.shape[2] * x.shape[3] > 2 else None


def reshape(net: Chain, x: Tensor) -> Step:
    shape = net.random.sample(list(x.shape[1:]), 3)
    return Step(lambda x: x.reshape(1, *shape))


def windows(net: Chain, x: Tensor) -> Step | None:
    c, a, b = x.shape[1:]
    if a % 2 or b % 2:
        return None
    work = net.random.choice([softmax, linear, mean, flip, identity])

    def part(x: Tensor) -> Tensor:
        return x.view(c, 2, a // 2, 2, b // 2).permute(1, 3, 2, 4, 0).reshape(1, 4, a * b // 4, c)

    def forward(x: Tensor, step: Step) -> Tensor:
        y = step(part(x))
        if y.shape != (1, 4, a * b // 4, c):
            return y
        return y.view(2, 2, a // 2, b // 2, c).permute(4, 0, 2, 1, 3).reshape(1, c, a, b)

    return Step(forward, work(net, part(x)))


def tokens(net: Chain, x: Tensor) -> Step | None:
    c, a, b = x.shape[1:]
    work = net.random.choice([softmax, linear, mean, flip, roll, pieces, concat])

    def forward(x: Tensor, step: Step) -> Tensor:
        y = step(x.flatten(2)[:, None])
        return y.view(1, c, a, b) if y.shape == (1, 1, c, a * b) else y

    return Step(forward, work(net, x.flatten(2)[:, None]))


def product(net: Chain, x: Tensor) -> Step:
    if net.random.random() < 0.5:
        return Step(lambda x: x @ x.transpose(2, 3))

    def forward(x: Tensor) -> Tensor:
        scores = x @ x.transpose(2, 3)
        return (scores.softmax(3) + scores) @ x

    return Step(forward)


def attention(net: Chain, x: Tensor) -> Step | None:
    if x.shape[2] == 1:  # its only weight is 1, whatever the query
        return None
    if net.random.random() < 0.3:
        return Step(lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True))
    # weights that sum to 1 do not show where all values are the same: the product does
    return Step(lambda x: F.scaled_dot_product_attention(x, x, x) + x @ x.transpose(2, 3) @ x)


def filled(net: Chain, x: Tensor) -> Step:
    """Memory reserved, then written part by part."""
    index = [slice(net.random.randint(0, 1), None) for _ in range(3)]
    dimension, more = net.dimension(), net.random.random() < 0.5

    def forward(x: Tensor) -> Tensor:
        y = x.new_full([1, *(n + 1 for n in x.shape[1:])], 0.3)
        part = tuple(slice(i.start, i.start + n) for i, n in zip(index, x.shape[1:]))
        y[(slice(None), *part)] = x
        if more:
            y.narrow(dimension, 0, 1).copy_(y.narrow(dimension, y.shape[dimension] - 1, 1))
        return y

    return Step(forward)


STEPS: dict[str, Callable[[Chain, Tensor], Step | None]] = {
    step.__name__: step
    for step in (
        convolution,
        transposed,
        convolution_1d,
        linear,
        permute,
        flip,
        roll,
        concat,
        stacked,
        added,
        pieces,
        one,
        first_piece,
        pad,
        pad_by,
        mean,
        softmax,
        resize,
        pool,
        shuffle,
        channel_shuffle,
        norm,
        instance_norm,
        reshape,
        windows,
        tokens,
        product,
        attention,
        filled,
    )
}


def jacobian(model: nn.Module, size: tuple[int, int], channels: int) -> Tensor:
    """Whether each output number depends on each pixel: bool (*output shape, height, width).

    Generic weights and a generic image, in float64: what a number depends on has a gradient.
    """
    generator = torch.Generator().manual_seed(0)
    model = model.double().eval()
    for parameter in model.parameters():
        parameter.data = 0.5 + torch.rand(parameter.shape, generator=generator).double()
    for buffer in model.buffers():
        if buffer.is_floating_point():
            buffer.copy_(0.5 + torch.rand(buffer.shape, generator=generator).double())
    image = torch.rand(1, channels, *size, generator=generator).double()
    found = torch.autograd.functional.jacobian(model, image, vectorize=False)
    reach = found.abs().sum((-4, -3)) if found.dim() > 7 else found.abs().sum(-3).squeeze(-3)
    return reach > 1e-13 * reach.max().clamp(min=1e-300)


def readings(shape: tuple[int, ...], size: tuple[int, int]):
    """The pairs of dimensions that may be the rows and the columns of an output; None for none."""
    choices = [[d for d in range(len(shape)) if shape[d] == n] if n > 1 else [None] for n in size]
    pairs = [p for p in itertools.product(*choices) if p[0] is None or p[0] != p[1]]
    flat = size[0] * size[1]  # a flattened map
    return pairs + [(d, d) for d in range(len(shape)) if flat > 1 and shape[d] == flat]


def seen_by_pixel(reach: Tensor, pair, size: tuple[int, int]) -> Tensor:
    """What each pixel sees if these dimensions are its rows and columns: (rows, columns, H, W)."""
    dimensions = reach.dim() - 2
    others = [d for d in range(dimensions) if d not in pair]
    found = reach.any(dim=tuple(others), keepdim=True) if others else reach
    order = list(dict.fromkeys(d for d in pair if d is not None))
    found = found.permute(*order, *others, dimensions, dimensions + 1)
    return found.reshape(*size, *reach.shape[-2:])
