"""What students first write in notebook 04."""

import numpy as np

# field.stack


def stack_adds_strides(layers):
    field, jump = 1, 1
    for kernel, dilation, stride in layers:
        span = dilation * (kernel - 1) + 1
        field = field + (span - 1) * jump
        jump = jump + stride
    return field, jump


def stack_adds_strides_less_one(layers):
    field, jump = 1, 1
    for kernel, dilation, stride in layers:
        field += (kernel - 1) * dilation * jump
        jump += stride - 1
    return field, jump


def stack_strides_first(layers):
    field, jump = 1, 1
    for kernel, dilation, stride in layers:
        jump *= stride
        field += (kernel - 1) * dilation * jump
    return field, jump


def stack_own_stride(layers):
    field, jump = 1, 1
    for kernel, dilation, stride in layers:
        field += stride * (dilation * kernel - dilation)
        jump *= stride
    return field, jump


def stack_unused_step(layers):
    field = 1 + sum(dilation * (kernel - 1) for kernel, dilation, _ in layers)
    return field, int(np.prod([stride for *_, stride in layers]))


def stack_no_strides(layers):
    field = 1
    for kernel, dilation, _ in layers:
        field += dilation * (kernel - 1)
    return field, 1


def stack_forgetful(layers):
    field, before = 1, 1
    for kernel, dilation, stride in layers:
        field += before * dilation * (kernel - 1)
        before = stride
    return field, before


def stack_undilated(layers):
    field, jump = 1, 1
    for kernel, _, stride in layers:
        field += jump * (kernel - 1)
        jump *= stride
    return field, jump


def stack_backwards(layers):
    field, jump = 1, 1
    for kernel, dilation, stride in reversed(layers):
        field = stride * field + dilation * (kernel - 1)
        jump *= stride
    return field, jump


def stack_from_zero(layers):
    field, jump = 0, 1
    for kernel, dilation, stride in layers:
        field += jump * dilation * (kernel - 1)
        jump *= stride
    return field, jump


def stack_counts_taps(layers):
    field, jump = 1, 1
    for kernel, dilation, stride in layers:
        field += kernel * dilation * jump
        jump *= stride
    return field, jump


def stack_counts_widths(layers):
    field, jump = 1, 1
    for kernel, dilation, stride in layers:
        span = dilation * (kernel - 1) + 1
        field += span * jump
        jump *= stride
    return field, jump


# field.resized


def resized_never_exact(pixel, factor):
    cell = pixel // factor
    other = cell - 1 if pixel % factor < factor / 2 else cell + 1
    return min(cell, other) * factor, max(cell, other) * factor + factor - 1


def resized_copies(pixel, factor):
    start = pixel - pixel % factor
    return start, start + factor - 1


def resized_three_cells(pixel, factor):
    start = pixel - pixel % factor
    return start - factor, start + 2 * factor - 1


def resized_to_the_right(pixel, factor):
    start = pixel - pixel % factor
    return start, start + 2 * factor - 1


def resized_in_cells(pixel, factor):
    place = (pixel + 0.5) / factor - 0.5
    return int(np.floor(place)), int(np.ceil(place))


def resized_first_of_last(pixel, factor):
    place = (pixel + 0.5) / factor - 0.5
    return int(np.floor(place)) * factor, int(np.ceil(place)) * factor


def resized_always_two(pixel, factor):
    first = int(np.floor((pixel + 0.5) / factor - 0.5))
    return first * factor, (first + 2) * factor - 1


def resized_moving(pixel, factor):
    return pixel - factor, pixel + factor


# field.gradient


def _ends(marks):
    where = [i for i, mark in enumerate(marks.tolist()) if mark]
    return (where[0], where[-1]) if where else (-1, -1)


def gradient_of_all(network, image, row, column):
    image.requires_grad_()
    network(image).sum().backward()
    felt = image.grad[0].abs().amax(dim=0) > 0
    return _ends(felt.any(dim=1)), _ends(felt.any(dim=0))


def gradient_above_zero(network, image, row, column):
    image.requires_grad_()
    network(image)[0, :, row, column].sum().backward()
    felt = image.grad[0].amax(dim=0) > 0
    return _ends(felt.any(dim=1)), _ends(felt.any(dim=0))


def gradient_sums_colours(network, image, row, column):
    image.requires_grad_()
    network(image)[0, :, row, column].sum().backward()
    felt = image.grad.sum(dim=(0, 1)).abs() > 0
    return _ends(felt.any(dim=1)), _ends(felt.any(dim=0))


def gradient_of_red(network, image, row, column):
    image.requires_grad_()
    network(image)[0, :, row, column].sum().backward()
    felt = image.grad[0, 0].abs() > 0
    return _ends(felt.any(dim=1)), _ends(felt.any(dim=0))


def gradient_swapped(network, image, row, column):
    image.requires_grad_()
    network(image)[0, :, row, column].sum().backward()
    felt = image.grad[0].abs().sum(dim=0) > 0
    return _ends(felt.any(dim=0)), _ends(felt.any(dim=1))


def gradient_past_the_end(network, image, row, column):
    image.requires_grad_()
    network(image)[0, :, row, column].sum().backward()
    felt = image.grad[0].abs().sum(dim=0) > 0
    rows, columns = _ends(felt.any(dim=1)), _ends(felt.any(dim=0))
    return (rows[0], rows[1] + 1), (columns[0], columns[1] + 1)


def _recorded(network, image, row, column):
    image = image.detach().clone()
    image.requires_grad = True
    network(image)[0, :, row, column].sum().backward()
    return image.grad


def gradient_of_channel_0(network, image, row, column):
    image = image.clone().requires_grad_()
    network(image)[0, 0, row, column].backward()
    felt = image.grad[0].abs().sum(dim=0) > 0
    return _ends(felt.any(dim=1)), _ends(felt.any(dim=0))


def gradient_of_no_scalar(network, image, row, column):
    image = image.clone().requires_grad_()
    network(image)[0, :, row, column].backward()
    felt = image.grad[0].abs().sum(dim=0) > 0
    return _ends(felt.any(dim=1)), _ends(felt.any(dim=0))


def gradient_above_a_bar(network, image, row, column):
    felt = _recorded(network, image, row, column)[0].abs().amax(dim=0) > 1e-8
    return _ends(felt.any(dim=1)), _ends(felt.any(dim=0))


def gradient_sums_above_zero(network, image, row, column):
    felt = _recorded(network, image, row, column).sum(dim=(0, 1)) > 0
    return _ends(felt.any(dim=1)), _ends(felt.any(dim=0))


def gradient_red_above_zero(network, image, row, column):
    felt = _recorded(network, image, row, column)[0, 0] > 0
    return _ends(felt.any(dim=1)), _ends(felt.any(dim=0))


def gradient_corners(network, image, row, column):
    felt = (_recorded(network, image, row, column)[0] != 0).any(dim=0)
    rows, columns = _ends(felt.any(dim=1)), _ends(felt.any(dim=0))
    return (rows[0], columns[0]), (rows[1], columns[1])


def gradient_argwhere(network, image, row, column):
    points = np.argwhere(_recorded(network, image, row, column)[0].abs().sum(dim=0) > 0)
    rows, columns = points[:, 0], points[:, 1]
    return (int(rows.min()), int(rows.max())), (int(columns.min()), int(columns.max()))


# field.effective


def effective_centre(field):
    height, width = field.shape
    return float(np.sqrt((field >= 0.0455 * field[height // 2, width // 2]).sum()))


def effective_whole(field):
    return int(np.sqrt((field / field.max() >= 0.0455).sum()))


def effective_rounded(field):
    return np.round(np.sqrt((field / field.max() >= 0.0455).sum()))


def effective_area(field):
    return float(np.count_nonzero(field / field.max() >= 0.0455))


def effective_nearly_all(field):
    return float(np.sqrt((field / field.max() >= 0.9545).sum()))


def effective_of_the_sum(field):
    return float(np.sqrt((field / field.sum() >= 0.0455).sum()))


def effective_anything(field):
    return float(np.sqrt(np.count_nonzero(field)))


def effective_box(field):
    rows, columns = np.nonzero(field >= 0.0455 * field.max())
    return float(max(np.ptp(rows), np.ptp(columns)) + 1)


# field.share


def share_square(field, row, column, radius):
    rows = slice(max(row - radius, 0), row + radius + 1)
    columns = slice(max(column - radius, 0), column + radius + 1)
    return float(field[rows, columns].sum() / field.sum())


def share_wraps(field, row, column, radius):
    inside = 0
    for r in range(row - radius, row + radius + 1):
        for c in range(column - radius, column + radius + 1):
            if np.hypot(r - row, c - column) <= radius:
                inside += field[r][c]
    return inside / field.sum()


def share_square_wraps(field, row, column, radius):
    reach = range(-radius, radius + 1)
    return sum(field[row + down, column + over] for down in reach for over in reach) / field.sum()


def share_slices(field, row, column, radius):
    cut = field[row - radius : row + radius + 1, column - radius : column + radius + 1]
    return float(cut.sum() / field.sum())


def _circle(field, row, column):
    r, c = np.indices(field.shape)
    return np.hypot(r - row, c - column)


def share_unfinished(field, row, column, radius):
    return float(field[_circle(field, row, column) <= radius].sum())


def share_of_pixels(field, row, column, radius):
    return float((_circle(field, row, column) <= radius).mean())


def share_less(field, row, column, radius):
    return float(field[_circle(field, row, column) < radius].sum() / field.sum())


def share_steps(field, row, column, radius):
    r, c = np.indices(field.shape)
    near = abs(r - row) + abs(c - column) <= radius
    return float(field[near].sum() / field.sum())


WRONG = {
    "field.stack": [
        (stack_adds_strides, "You add the stride where it multiplies"),
        (stack_adds_strides_less_one, "A stride of 1 you leave out"),
        (stack_strides_first, "own stride widen its own window"),
        (stack_own_stride, "stretched by its own stride alone"),
        (stack_unused_step, "your field does not use it"),
        (stack_no_strides, "left out altogether"),
        (stack_forgetful, "forgets all strides but the last"),
        (stack_undilated, "dilations are left out"),
        (stack_backwards, "from the last layer to the first"),
        (stack_from_zero, "One too few"),
        (stack_counts_taps, "as many pixels as the kernel has taps"),
        (stack_counts_widths, "the whole width of each window"),
    ],
    "field.resized": [
        (resized_copies, "copy the cell"),
        (resized_three_cells, "three cells"),
        (resized_to_the_right, "cell to the right"),
        (resized_in_cells, "cells of the small map"),
        (resized_first_of_last, "stop at its first one"),
        (resized_always_two, "always take two cells"),
        (resized_moving, "centred on the pixel"),
        (lambda pixel, factor: (pixel - factor, pixel + factor - 1), "moves along"),
        (resized_never_exact, "to its left"),
    ],
    "field.gradient": [
        (gradient_of_all, "gradient of the whole output"),
        (gradient_above_zero, "above zero only"),
        (gradient_sums_colours, "add up the colours"),
        (gradient_of_red, "first colour only"),
        (gradient_swapped, "swapped"),
        (gradient_past_the_end, "one past the last"),
        (gradient_of_channel_0, "first channel of the output"),
        (gradient_of_no_scalar, "add them up first"),
        (gradient_above_a_bar, "Your bar is not zero"),
        (gradient_sums_above_zero, "sums above zero"),
        (gradient_red_above_zero, "first colour only, and there"),
        (gradient_corners, "two corners"),
        (gradient_argwhere, "lies on its side"),
    ],
    "field.effective": [
        (effective_area, "side of a square"),
        (effective_nearly_all, "not at 95.45"),
        (effective_of_the_sum, "compare with the sum"),
        (effective_anything, "theoretical field again"),
        (effective_box, "does not fill its box"),
        (effective_centre, "pixel in the centre"),
        (lambda field: float((field >= 4.55 * field.max()).sum() ** 0.5), "one per cent"),
        (effective_whole, "cut off the fraction"),
        (effective_rounded, "You round"),
    ],
    "field.share": [
        (share_square, "a square around the place"),
        (share_unfinished, "You give the sum inside"),
        (share_of_pixels, "You count pixels"),
        (share_less, "exactly that distance"),
        (share_steps, "Pythagoras"),
        (share_wraps, "past the other end"),
        (share_square_wraps, "You take a square around the place, and it"),
        (share_slices, "Your slice may begin below 0"),
    ],
}
"""Exercise → [(a wrong answer, words of its message)]. At least three for each exercise."""
