"""What students first write in notebook 05."""

# dilate.smallest_map


def smallest_halves(depth, cells):
    side = cells
    for _ in range(depth - 2):
        side = side * 2
    return side


def smallest_pool_each_layer(depth, cells):
    side = cells
    for _ in range(depth):
        side = 2 * side - 1
    return side


def smallest_pool_but_one(depth, cells):
    side = cells
    for _ in range(1, depth):
        side = side + side - 1
    return side


def smallest_adds(depth, cells):
    pools = depth - 2
    return cells * 2 * pools if pools else cells


def smallest_one_pool(depth, cells):
    return cells + cells - 1


def smallest_rounds_once(depth, cells):
    side = cells
    for _ in range(depth - 2):
        side *= 2
    return side - 1 if side > cells else side


# dilate.price


def _field(dilations):
    field = 1
    for dilation in dilations:
        field += dilation + dilation
    return field


def price_of_spans(dilations, channels, side):
    macs = 0
    for dilation in dilations:
        span = 2 * dilation + 1
        macs += (span * side * channels) ** 2
    return macs, _field(dilations)


def price_times_dilation(dilations, channels, side):
    macs = 0
    for dilation in dilations:
        macs += 9 * dilation * (channels * side) ** 2
    return macs, _field(dilations)


def price_channels_once(dilations, channels, side):
    return 9 * len(dilations) * side * side * channels, _field(dilations)


def price_weights(dilations, channels, side):
    return 9 * channels * channels * len(dilations), _field(dilations)


def price_one_sided(dilations, channels, side):
    macs = sum(9 * (channels * side) ** 2 for _ in dilations)
    return macs, 1 + sum(dilations)


def price_undilated(dilations, channels, side):
    macs = sum(9 * (channels * side) ** 2 for _ in dilations)
    return macs, 2 * len(dilations) + 1


def price_spans_added(dilations, channels, side):
    macs = sum(9 * (channels * side) ** 2 for _ in dilations)
    return macs, sum(dilation + 1 + dilation for dilation in dilations)


# dilate.taps


def taps_all(side, dilation):
    return 3 * side * 3 * side


def taps_below_zero(side, dilation):
    row = side + (side - dilation) + (side - dilation)
    return row * row


def taps_one_axis(side, dilation):
    taps = 0
    for cell in range(side):
        for tap in (cell - dilation, cell, cell + dilation):
            taps += 0 <= tap < side
    return taps


def taps_whole_windows(side, dilation):
    inside = [cell for cell in range(side) if cell >= dilation and cell + dilation < side]
    return 9 * len(inside) * len(inside)


def taps_plus(side, dilation):
    outer = max(0, side - dilation)
    return side * side + 2 * side * outer + 2 * outer * side


def taps_lost(side, dilation):
    row = taps_one_axis(side, dilation)
    return (3 * side) ** 2 - row * row


def price_operations(dilations, channels, side):
    total = sum(2 * 9 * channels * channels * side * side for _ in dilations)
    return total, 2 * sum(dilations) + 1


def price_swapped(dilations, channels, side):
    total = sum(9 * channels * channels * side * side for _ in dilations)
    return 2 * sum(dilations) + 1, total


def price_without_padding(dilations, channels, side):
    total = sum(9 * channels**2 * max(side - 2 * d, 0) ** 2 for d in dilations)
    return total, 2 * sum(dilations) + 1


def taps_inner_only(side, dilation):
    inner = side - 2 * dilation
    return 9 * inner**2


def taps_outputs(side, dilation):
    return max(side - 2 * dilation, 0) ** 2


def smallest_adds_up(depth, cells):
    return sum(cells for _ in range(depth - 2))


WRONG = {
    "dilate.smallest_map": [
        (smallest_halves, "halve without a remainder"),
        (smallest_pool_each_layer, "a pool for every layer"),
        (smallest_pool_but_one, "One pool too many"),
        (smallest_adds, "halves of halves"),
        (smallest_one_pool, "Only one pool counts"),
        (smallest_rounds_once, "round up once"),
        (smallest_adds_up, "and add them up"),
    ],
    "dilate.price": [
        (price_of_spans, "let dilation cost something"),
        (price_times_dilation, "multiply by the dilations"),
        (price_channels_once, "count the channels once"),
        (price_weights, "These are weights"),
        (price_one_sided, "to one side only"),
        (price_undilated, "leaves the dilations out"),
        (price_spans_added, "whole spans"),
        (price_operations, "two for each MAC"),
        (price_swapped, "in the other order"),
        (price_without_padding, "take away the cells near the border"),
    ],
    "dilate.taps": [
        (taps_all, "all nine taps everywhere"),
        (taps_below_zero, "not less than none"),
        (taps_one_axis, "This is one axis"),
        (taps_whole_windows, "nine taps *all* land"),
        (taps_plus, "You count a plus"),
        (taps_lost, "taps that read padding"),
        (taps_inner_only, "*all* land inside"),
        (taps_outputs, "Asked for are taps"),
    ],
}
"""Exercise → [(a wrong answer, words of its message)]. At least three for each exercise."""
