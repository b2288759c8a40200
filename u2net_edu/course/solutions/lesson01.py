"""Lesson 01, one convolution: our solutions."""


def output_size(size, kernel, stride=1, padding=0):
    """How many numbers a row of `size` pixels becomes."""
    last_start = size + 2 * padding - kernel
    return last_start // stride + 1


def same_padding(kernel):
    """How many zeros on each side keep the size, for an odd kernel and stride 1."""
    return (kernel - 1) // 2


def dilated_span(kernel, dilation):
    """How many pixels lie between the first and the last tap, both counted."""
    return dilation * (kernel - 1) + 1


def stack_field(layers):
    """How many pixels in a row one output of the last layer sees.

    `layers` is a list of pairs (kernel, dilation), the first layer first, every stride 1.
    """
    field = 1
    for kernel, dilation in layers:
        field += dilation * (kernel - 1)
    return field
