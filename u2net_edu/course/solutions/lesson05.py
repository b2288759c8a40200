"""Lesson 05, why RSU-4F dilates: our solutions."""


def smallest_map(depth, cells):
    """The smallest side of a map on which an RSU's deepest map still has `cells` cells a side.

    An RSU of `depth` has depth - 2 pools; each halves the side, and rounds up.
    """
    side = cells
    for _ in range(depth - 2):
        side = 2 * side - 1
    return side


def price(dilations, channels, side):
    """(MACs, field) of a stack of 3×3 layers on a map of `side` × `side`.

    Every layer takes `channels` channels and gives as many; the padding keeps the size.
    """
    macs = len(dilations) * 9 * channels * channels * side * side
    return macs, 1 + 2 * sum(dilations)


def taps_on_the_map(side, dilation):
    """How many taps of a 3×3 layer read the map, and not padding: all outputs taken together.

    The map has `side` × `side` cells, the padding equals the dilation.
    """
    along_one_axis = side + 2 * max(side - dilation, 0)
    return along_one_axis**2
