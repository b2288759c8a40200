"""What students first write in notebook 07."""


def conv_forgets_pixels(kernel, in_channels, out_channels, size):
    weights = in_channels * out_channels * kernel * kernel
    return weights, weights + out_channels


def conv_counts_flops(kernel, in_channels, out_channels, size):
    weights = in_channels * out_channels * kernel * kernel
    return weights * 2 * size * size, weights + out_channels


def conv_forgets_bias(kernel, in_channels, out_channels, size):
    weights = in_channels * out_channels * kernel * kernel
    return weights * size * size, weights


def conv_multiplies_bias(kernel, in_channels, out_channels, size):
    parameters = out_channels * (in_channels * kernel * kernel + 1)
    return parameters * size * size, parameters


def conv_kernel_is_a_row(kernel, in_channels, out_channels, size):
    weights = in_channels * out_channels * kernel
    return weights * size * size, weights + out_channels


def conv_adds_channels(kernel, in_channels, out_channels, size):
    weights = kernel * kernel * in_channels + kernel * kernel * out_channels
    return weights * size * size, weights + out_channels


def conv_one_plane(kernel, in_channels, out_channels, size):
    weights = out_channels * kernel * kernel
    return weights * size * size, weights + out_channels


def conv_one_map(kernel, in_channels, out_channels, size):
    weights = in_channels * kernel * kernel
    return weights * size * size, weights + 1


def levels_halve(depth):
    shares = []
    for level in range(1, depth - 1):
        shares.append(3 * 0.5**level)
    shares[-1] = shares[-1] + 0.5 ** (depth - 2)
    return shares


def levels_without_skip(depth):
    down = up = [0.25**level for level in range(1, depth - 1)]
    together = [a + b for a, b in zip(down, up)]
    together[-1] += 0.25 ** (depth - 2)
    return together


def levels_without_bottom(depth):
    return [0.75 * 0.25**level for level in range(depth - 2)]


def levels_bottom_apart(depth):
    shares = [0.75 * 0.25**level for level in range(depth - 2)]
    shares.append(0.25 ** (depth - 2))
    return shares


def levels_bottom_pooled(depth):
    shares = [0.75 * 0.25**level for level in range(depth - 2)]
    shares[-1] += 0.25 ** (depth - 1)
    return shares


def walk(depth, i, m, o, size, halve=lambda n: n // 2):
    """(channels in, channels out, side) of each layer, in order."""
    layers, side = [(i, o, size), (o, m, size)], size
    for _ in range(depth - 2):
        side = halve(side)
        layers.append((m, m, side))
    layers.append((m, m, side))
    sides = [n for _, _, n in layers[2:-1]]
    layers += [(2 * m, m, n) for n in reversed(sides)]
    return [*layers, (2 * m, o, size)]


def totals(layers, numbers=3):
    macs = sum(9 * a * b * side * side for a, b, side in layers)
    return macs, sum(9 * a * b + numbers * b for a, b, _ in layers)


def rsu_full_size(depth, in_channels, mid_channels, out_channels, size):
    return totals(walk(depth, in_channels, mid_channels, out_channels, size, lambda n: n))


def rsu_without_input(depth, in_channels, mid_channels, out_channels, size):
    return totals(walk(depth, in_channels, mid_channels, out_channels, size)[1:])


def rsu_weights_alone(depth, in_channels, mid_channels, out_channels, size):
    return totals(walk(depth, in_channels, mid_channels, out_channels, size), 0)


def rsu_biases_alone(depth, in_channels, mid_channels, out_channels, size):
    return totals(walk(depth, in_channels, mid_channels, out_channels, size), 1)


def rsu_from_the_input(depth, in_channels, mid_channels, out_channels, size):
    layers = walk(depth, in_channels, mid_channels, out_channels, size)
    layers[1] = (in_channels, mid_channels, size)
    return totals(layers)


def rsu_without_skips(depth, in_channels, mid_channels, out_channels, size):
    layers = walk(depth, in_channels, mid_channels, out_channels, size)
    return totals([*layers[: depth + 1], *((a // 2, b, n) for a, b, n in layers[depth + 1 :])])


def macs_of(width):
    return totals(walk(7, 3, width, 64, 320))[0]


def design_small_field(budget):
    width = 1
    while totals(walk(6, 3, width + 1, 64, 320))[0] <= budget:
        width += 1
    return "RSU-6", width


def design_first_too_dear(budget):
    width = 1
    while macs_of(width) <= budget:
        width += 1
    return "RSU-7", width


def design_stops_early(budget):
    width = 1
    while macs_of(width + 2) <= budget:
        width += 1
    return ["RSU-7", width]


def design_strictly_less(budget):
    return "RSU-7", max(width for width in range(1, 140) if macs_of(width) < budget)


def design_counts_flops(budget):
    return "RSU-7", max(width for width in range(1, 140) if 2 * macs_of(width) <= budget)


def conv_swapped(kernel, in_channels, out_channels, size):
    weights = in_channels * out_channels * kernel * kernel
    return weights + out_channels, weights * size * size


def levels_from_below(depth):
    shares = [0.75 * 0.25**level for level in range(depth - 2)]
    shares[-1] += 0.25 ** (depth - 2)
    return sorted(shares)[:: 1 if depth > 3 else -1]


def rsu_operations(depth, in_channels, mid_channels, out_channels, size):
    macs, parameters = totals(walk(depth, in_channels, mid_channels, out_channels, size))
    return 2 * macs, parameters


WRONG: dict[str, list] = {
    "cost.conv": [
        (conv_forgets_pixels, "once for every pixel that it gives"),
        (conv_counts_flops, "two for each MAC"),
        (conv_forgets_bias, "The biases are missing"),
        (conv_multiplies_bias, "You count the bias among the MACs"),
        (conv_kernel_is_a_row, "a row of taps"),
        (conv_adds_channels, "You add the channels"),
        (conv_one_plane, "one map that comes in"),
        (conv_one_map, "one map that comes out"),
        (conv_swapped, "in the other order"),
    ],
    "cost.levels": [
        (levels_halve, "halves the height *and* the width"),
        (levels_without_skip, "the skip, concatenated"),
        (levels_without_bottom, "The bottom layer is missing"),
        (levels_bottom_apart, "an entry too many"),
        (levels_bottom_pooled, "a pool of its own"),
        (levels_from_below, "begins at the bottom"),
    ],
    "cost.rsu": [
        (rsu_full_size, "every layer work on the full map"),
        (rsu_without_input, "The first layer is missing"),
        (rsu_weights_alone, "weights alone"),
        (rsu_biases_alone, "batch norms are missing"),
        (rsu_from_the_input, "begins at the block's input"),
        (rsu_without_skips, "take M channels"),
        (rsu_operations, "two for each MAC"),
    ],
    "cost.design": [
        (design_small_field, "fewer than 320 pixels"),
        (design_first_too_dear, "One channel too wide"),
        (design_stops_early, "One channel too narrow"),
        (design_strictly_less, "to the last MAC"),
        (design_counts_flops, "far narrower"),
    ],
}
"""Exercise → [(a wrong answer, words of its message)]. At least three for each exercise."""
