"""Lesson 07, what does it cost?: our solutions."""


def conv_cost(kernel, in_channels, out_channels, size):
    """(MACs, parameters) of a convolution that gives maps of size×size and has biases."""
    weights = kernel**2 * in_channels * out_channels
    return weights * size**2, weights + out_channels


def level_shares(depth):
    """What the M→M layers of each pooled level cost, counted in M→M layers at full size.

    A list of depth - 2 numbers: the level after the first pool, after the second, and so on.
    """
    shares = [3 / 4**level for level in range(1, depth - 1)]
    shares[-1] += 1 / 4 ** (depth - 2)  # the bottom layer: no pool before it
    return shares


def rsu_cost(depth, in_channels, mid_channels, out_channels, size):
    """(MACs, parameters) of an RSU of this depth on a map of size×size that halves evenly."""
    wide = in_channels * out_channels + 3 * mid_channels * out_channels
    square = mid_channels**2
    macs = 9 * size**2 * (wide + square)
    weights = 9 * (wide + (1 + 3 * (depth - 2)) * square)
    given = 2 * out_channels + 2 * (depth - 1) * mid_channels
    return macs, weights + 3 * given


def design_block(budget):
    """(name, inner width) of a block that sees 320 pixels and is as wide as the budget allows.

    3 channels in, 64 out, on a map of 320×320; the budget is in MACs.
    """
    width = 1
    while 9 * 320**2 * (3 * 64 + 3 * 64 * (width + 1) + (width + 1) ** 2) <= budget:
        width += 1
    return "RSU-7", width
