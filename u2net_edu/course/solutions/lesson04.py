"""Lesson 04, receptive field: our solutions."""


def field_and_step(layers):
    """How wide a field the last layer has, and how far apart neighbours look: (field, step).

    `layers` is a list of triples (kernel, dilation, stride), the first layer first. Both numbers
    are in pixels of the picture.
    """
    field, step = 1, 1
    for kernel, dilation, stride in layers:
        field += step * dilation * (kernel - 1)
        step *= stride
    return field, step


def seen_after_resize(pixel, factor):
    """The (first, last) pixel of the row that output `pixel` can depend on.

    The row is pooled by `factor`, then resized back by it, bilinearly.
    """
    place = (2 * pixel + 1 - factor) / (2 * factor)
    first_cell = int(place // 1)
    last_cell = first_cell if place == first_cell else first_cell + 1
    return first_cell * factor, last_cell * factor + factor - 1


def gradient_box(network, image, row, column):
    """((first row, last row), (first column, last column)) of where the gradient is not zero.

    It is the gradient of the output pixel (row, column), with respect to `image` (1, C, H, W).
    """
    image = image.clone().requires_grad_()
    output = network(image)
    output[0, :, row, column].sum().backward()
    felt = (image.grad[0] != 0).any(dim=0)
    rows, columns = felt.any(dim=1).nonzero(), felt.any(dim=0).nonzero()
    return (int(rows.min()), int(rows.max())), (int(columns.min()), int(columns.max()))


def effective_size(field):
    """The side of a square with as many pixels as have at least 4.55 % of the strongest one's."""
    strong = field >= 0.0455 * field.max()
    return float(strong.sum() ** 0.5)


def share_inside(field, row, column, radius):
    """The share of the whole field, 0 to 1, that lies at most `radius` from (row, column)."""
    height, width = field.shape
    inside = 0.0
    for r in range(height):
        for c in range(width):
            if (r - row) ** 2 + (c - column) ** 2 <= radius**2:
                inside += field[r, c]
    return float(inside / field.sum())
