"""What students first write in notebook 03."""

import torch
from torch import nn
from torch.nn import functional

import u2net_edu as u2

Layer = u2.ConvNormRelu


def pool(x):
    return functional.max_pool2d(x, kernel_size=2, ceil_mode=True)


def join(low, skip):
    low = functional.interpolate(low, skip.shape[2:], mode="bilinear", align_corners=False)
    return torch.cat((low, skip), dim=1)


# A plain block


class PlainOneLayer(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.layer = Layer(in_channels, out_channels)

    def forward(self, x):
        return self.layer(x)


class PlainTwo(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.a = Layer(in_channels, mid_channels)
        self.b = Layer(mid_channels, out_channels)


class PlainForgetsSecond(PlainTwo):
    def forward(self, x):
        x = self.a(x)
        self.b(x)
        return x


class PlainTurned(PlainTwo):
    def forward(self, x):
        return self.a(self.b(x))


class PlainMid(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.net = nn.Sequential(
            Layer(in_channels, mid_channels), Layer(mid_channels, mid_channels)
        )

    def forward(self, x):
        return self.net(x)


class PlainThree(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.one = Layer(in_channels, mid_channels)
        self.two = Layer(mid_channels, mid_channels)
        self.three = Layer(mid_channels, out_channels)

    def forward(self, x):
        return self.three(self.two(self.one(x)))


class PlainOut(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.one = Layer(in_channels, out_channels)
        self.two = Layer(out_channels, out_channels)

    def forward(self, x):
        return self.two(self.one(x))


class PlainBare(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, mid_channels, kernel_size=3, padding="same")
        self.conv2 = nn.Conv2d(mid_channels, out_channels, kernel_size=3, padding="same")

    def forward(self, x):
        return self.conv2(self.conv1(x))


class PlainList(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.layers = [Layer(in_channels, mid_channels), Layer(mid_channels, out_channels)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


# A residual block


class ResidualParts(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.l1 = Layer(in_channels, out_channels)
        self.l2 = Layer(out_channels, mid_channels)
        self.l3 = Layer(mid_channels, out_channels)


class ResidualForgotten(ResidualParts):
    def forward(self, x):
        return self.l3(self.l2(self.l1(x)))


class ResidualOfInput(ResidualParts):
    def forward(self, x):
        y = self.l1(x)
        y = self.l2(y)
        y = self.l3(y)
        return x + y


class ResidualStacked(ResidualParts):
    def forward(self, x):
        f = self.l1(x)
        return torch.cat([self.l3(self.l2(f)), f], dim=1)


class ResidualTimes(ResidualParts):
    def forward(self, x):
        f = self.l1(x)
        return f * self.l3(self.l2(f))


class ResidualShort(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.first = Layer(in_channels, out_channels)
        self.second = Layer(out_channels, out_channels)

    def forward(self, x):
        f = self.first(x)
        return f + self.second(f)


class ResidualNoFirst(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.heart = nn.Sequential(
            Layer(in_channels, mid_channels), Layer(mid_channels, out_channels)
        )

    def forward(self, x):
        return self.heart(x) + x


class ResidualFromInput(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.first = Layer(in_channels, out_channels)
        self.heart = PlainTwo(in_channels, mid_channels, out_channels)

    def forward(self, x):
        f = self.first(x)
        return f + self.heart.b(self.heart.a(x))


# A U of four levels


class Four(nn.Module):
    """The layers are right; each of the classes below does one thing wrong with them."""

    bottom = 2

    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        i, m, o = in_channels, mid_channels, out_channels
        self.first = Layer(i, o)
        self.e1, self.e2, self.e3 = Layer(o, m), Layer(m, m), Layer(m, m)
        self.e4 = Layer(m, m, dilation=self.bottom)
        self.d3, self.d2, self.d1 = Layer(2 * m, m), Layer(2 * m, m), Layer(2 * m, o)

    def pool(self, x):
        return pool(x)

    def join(self, low, skip):
        return join(low, skip)

    def down(self, f):
        e1 = self.e1(f)
        e2 = self.e2(self.pool(e1))
        e3 = self.e3(self.pool(e2))
        return e1, e2, e3, self.e4(e3)

    def u(self, f):
        e1, e2, e3, y = self.down(f)
        y = self.d3(self.join(y, e3))
        y = self.d2(self.join(y, e2))
        return self.d1(self.join(y, e1))

    def forward(self, x):
        f = self.first(x)
        return self.u(f) + f


class FourNoResidual(Four):
    def forward(self, x):
        return self.u(self.first(x))


class FourInput(Four):
    def forward(self, x):
        return self.u(self.first(x)) + x


class FourTurnedJoin(Four):
    def join(self, low, skip):
        low = functional.interpolate(low, size=skip.shape[-2:], mode="bilinear")
        return torch.cat([skip, low], dim=1)


class FourDoubles(Four):
    def d(self, low, skip):
        return torch.cat([nn.functional.interpolate(low, scale_factor=2, mode="bilinear"), skip], 1)

    def u(self, f):
        e1, e2, e3, e4 = self.down(f)
        y = self.d3(torch.cat([e4, e3], 1))
        y = self.d2(self.d(y, e2))
        return self.d1(self.d(y, e1))


class FourPoolsBottom(Four):
    def down(self, f):
        e1 = self.e1(f)
        e2 = self.e2(self.pool(e1))
        e3 = self.e3(self.pool(e2))
        return e1, e2, e3, self.e4(self.pool(e3))


class FourUndilated(Four):
    bottom = 1


class FourNoPools(Four):
    def pool(self, x):
        return x


class FourFloor(Four):
    def pool(self, x):
        return nn.MaxPool2d(2)(x)


class FourNearest(Four):
    def join(self, low, skip):
        return torch.cat([functional.interpolate(low, skip.shape[-2:]), skip], 1)


class FourWithThree(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        self.first = Layer(in_channels, out_channels)
        self.e1 = Layer(out_channels, mid_channels)
        self.e2 = Layer(mid_channels, mid_channels)
        self.e3 = Layer(mid_channels, mid_channels, dilation=2)
        self.d2 = Layer(2 * mid_channels, mid_channels)
        self.d1 = Layer(2 * mid_channels, out_channels)

    def forward(self, x):
        f = self.first(x)
        e1 = self.e1(f)
        e2 = self.e2(pool(e1))
        y = self.d2(join(self.e3(e2), e2))
        return self.d1(join(y, e1)) + f


class FourDilatedAll(Four):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__(in_channels, mid_channels, out_channels)
        m = mid_channels
        self.e1 = Layer(out_channels, m, 2)
        self.e2, self.e3 = Layer(m, m, 2), Layer(m, m, 2)


class FourList(nn.Module):
    def __init__(self, in_channels, mid_channels, out_channels):
        super().__init__()
        four = Four(in_channels, mid_channels, out_channels)
        self.layers = [four]

    def forward(self, x):
        return self.layers[0](x)


# Any depth


class Any(nn.Module):
    bottom, levels = 2, 0

    def __init__(self, depth, in_channels, mid_channels, out_channels):
        super().__init__()
        i, m, o = in_channels, mid_channels, out_channels
        depth += self.levels
        self.depth = depth
        self.first = Layer(i, o)
        for level in range(1, depth):
            setattr(self, f"enc{level}", Layer(o if level == 1 else m, m))
            setattr(self, f"dec{level}", Layer(2 * m, o if level == 1 else m))
        self.low = Layer(m, m, dilation=self.bottom)

    def pools(self, level):
        return level > 1

    def before_bottom(self, y):
        return y

    def u(self, y):
        skips = {}
        for level in range(1, self.depth):
            if self.pools(level):
                y = pool(y)
            y = skips[level] = getattr(self, f"enc{level}")(y)
        y = self.low(self.before_bottom(y))
        for level in reversed(skips):
            y = getattr(self, f"dec{level}")(join(y, skips[level]))
        return y

    def forward(self, x):
        f = self.first(x)
        return self.u(f) + f


class AnyNoResidual(Any):
    def forward(self, x):
        return self.u(self.first(x))


class AnyInput(Any):
    def forward(self, x):
        return x + self.u(self.first(x))


class AnyPoolsBottom(Any):
    def before_bottom(self, y):
        return pool(y)


class AnyUndilated(Any):
    bottom = 1


class AnyOneMore(Any):
    levels = 1


class AnyOneLess(Any):
    levels = -1


class AnyNoPools(Any):
    def pools(self, level):
        return False


class AnyIsFour(Four):
    def __init__(self, depth, in_channels, mid_channels, out_channels):
        super().__init__(in_channels, mid_channels, out_channels)


class AnyList(nn.Module):
    def __init__(self, depth, in_channels, mid_channels, out_channels):
        super().__init__()
        i, m, o = in_channels, mid_channels, out_channels
        self.first = Layer(i, o)
        self.enc = [Layer(o, m)] + [Layer(m, m) for _ in range(depth - 2)]
        self.bottom = Layer(m, m, 2)
        self.dec = [Layer(2 * m, m) for _ in range(depth - 2)] + [Layer(2 * m, o)]

    def forward(self, x):
        f = self.first(x)
        y, skips = f, []
        for number, layer in enumerate(self.enc):
            y = layer(pool(y) if number else y)
            skips.append(y)
        y = self.bottom(y)
        for layer in self.dec:
            y = layer(join(y, skips.pop()))
        return y + f


WRONG = {
    "rsu.plain": [
        (PlainOneLayer, "One layer is missing"),
        (PlainForgetsSecond, "made but not used"),
        (PlainTurned, "wrong order"),
        (PlainMid, "gives mid channels"),
        (PlainThree, "one layer too many"),
        (PlainOut, "mid is not used"),
        (PlainBare, "bare convolutions"),
        (PlainList, "PyTorch finds no layers"),
    ],
    "rsu.residual": [
        (ResidualForgotten, "The residual is missing"),
        (ResidualOfInput, "add the input x itself"),
        (ResidualStacked, "You stack"),
        (ResidualTimes, "You multiply"),
        (ResidualShort, "only one layer inside"),
        (ResidualNoFirst, "no first layer"),
        (ResidualFromInput, "begin with x"),
    ],
    "rsu.four": [
        (FourNoResidual, "The residual is missing"),
        (FourInput, "add the input x itself"),
        (FourTurnedJoin, "joins is turned"),
        (FourDoubles, "You double on the way up"),
        (FourPoolsBottom, "before the bottom layer too"),
        (FourUndilated, "has no dilation"),
        (FourNoPools, "You never pool"),
        (FourFloor, "drop the last row"),
        (FourNearest, "repeats pixels"),
        (FourWithThree, "one level short"),
        (FourDilatedAll, "All layers on the way down"),
        (FourList, "PyTorch finds no layers"),
    ],
    "rsu.any_depth": [
        (AnyIsFour, "always four levels"),
        (AnyNoResidual, "The residual is missing"),
        (AnyInput, "add the input x itself"),
        (AnyPoolsBottom, "before the bottom layer too"),
        (AnyUndilated, "has no dilation"),
        (AnyOneMore, "one level too many"),
        (AnyOneLess, "one level short"),
        (AnyNoPools, "You never pool"),
        (AnyList, "PyTorch finds no layers"),
    ],
}
"""Exercise → [(a wrong answer, words of its message)]. At least three for each exercise."""
