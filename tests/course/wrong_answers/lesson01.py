"""What students first write in notebook 01."""

import math


def size_pads_one_side(size, kernel, stride=1, padding=0):
    row = size + padding
    return (row - kernel) // stride + 1


def size_forgets_first(size, kernel, stride=1, padding=0):
    places = 0
    while places * stride + kernel < size + 2 * padding - stride + 1:
        places += 1
    return places


def size_true_division(size, kernel, stride=1, padding=0):
    return 1 + (size - kernel + padding + padding) / stride


def size_rounds_up(size, kernel, stride=1, padding=0):
    return 1 - (kernel - size - 2 * padding) // stride


def size_divides_places(size, kernel, stride=1, padding=0):
    return len(range(size + 2 * padding - kernel + 1)) // stride


def size_no_padding(size, kernel, stride=1, padding=0):
    return len(range(0, size - kernel + 1, stride))


def size_no_stride(size, kernel, stride=1, padding=0):
    return size - (kernel - 1) + 2 * padding


def size_no_window(size, kernel, stride=1, padding=0):
    return math.floor(size / stride)


def size_last_missing(size, kernel, stride=1, padding=0):
    count, start = 0, 0
    while start + kernel < size + 2 * padding:
        count, start = count + 1, start + stride
    return count


def size_pads_the_output(size, kernel, stride=1, padding=0):
    return len(range(0, size - kernel + 1, stride)) + padding + padding


def size_places_true_division(size, kernel, stride=1, padding=0):
    return (size - (kernel - 1) + 2 * padding) / stride


def size_steps_true_division(size, kernel, stride=1, padding=0):
    return (size - kernel + 2 * padding) / stride


def span_product(kernel, dilation):
    return sum([dilation] * kernel)


def span_steps(kernel, dilation):
    return max(range(0, kernel * dilation, dilation))


def span_holes(kernel, dilation):
    taps = [i * (dilation + 1) for i in range(kernel)]
    return taps[-1] - taps[0] + 1


def span_of_three(kernel, dilation):
    return dilation + 1 + dilation


def span_one_gap(kernel, dilation):
    return kernel + (dilation - 1)


def span_popular(kernel, dilation):
    return {1: 3, 2: 7, 4: 15}.get(dilation, 4 * dilation - 1)


def span_one_pixel_off(kernel, dilation):
    return len(range(1, kernel * dilation))


def field_sum_of_spans(layers):
    return sum((k - 1) * d + 1 for k, d in layers)


def field_last(layers):
    kernel, dilation = layers[-1]
    return (kernel - 1) * dilation + 1


def field_widest(layers):
    widest = 0
    for k, d in layers:
        widest = max(widest, (k - 1) * d + 1)
    return widest


def field_without_self(layers):
    total = 0
    for k, d in layers:
        total = total + d * k - d
    return total


def field_undilated(layers):
    total = 1
    for k, _ in layers:
        total += k - 1
    return total


def field_product(layers):
    total = 1
    for k, d in layers:
        total *= (k - 1) * d + 1
    return total


def field_dilations(layers):
    return sum(d for _, d in layers)


def field_dilations_and_self(layers):
    reach = 1
    for _, d in layers:
        reach += d
    return reach


def field_halves(layers):
    return sum((k - 1) // 2 * d for k, d in layers)


def field_halves_and_self(layers):
    return field_halves(layers) + 1


def field_of_threes(layers):
    total = 1
    for _, d in layers:
        total += d + d
    return total


def field_returns_early(layers):
    total = 1
    for k, d in layers:
        total += (k - 1) * d
        return total


def field_first_twice(layers):
    total = field_returns_early(layers)
    for k, d in layers:
        total += k * d - d
    return total


def size_side_by_side(size, kernel, stride=1, padding=0):
    return (size + padding + padding) // kernel


def size_shrinks(size, kernel, stride=1, padding=0):
    return (size - padding - padding - kernel) // stride + 1


def size_larger_steps(size, kernel, stride=1, padding=0):
    return stride * (size + 2 * padding - kernel) + 1


def size_padded_row_alone(size, kernel, stride=1, padding=0):
    return len(range(size + 2 * padding)) // stride


def size_less_kernel(size, kernel, stride=1, padding=0):
    return size - kernel


def span_short_steps(kernel, dilation):
    return 1 + sum(dilation - 1 for _ in range(kernel - 1))


def span_gap_too_many(kernel, dilation):
    return 1 + sum(dilation for _ in range(kernel))


def span_takes_off(kernel, dilation):
    return (kernel - 1) * dilation - 1


def field_strides(layers):
    total, step = 1, 1
    for k, d in layers:
        step = step * d
        total += step * (k - 1)
    return total


def field_kernels_multiplied(layers):
    total = 1
    for k, _ in layers:
        total = total * k
    return total


def field_gaps_like_taps(layers):
    total = 1
    for k, d in layers:
        total += k * d
    return total


WRONG = {
    "conv.output_size": [
        (size_pads_one_side, "add the padding once"),
        (size_forgets_first, "how far the window travels"),
        (size_true_division, "remainder left over"),
        (size_rounds_up, "You round up"),
        (size_divides_places, "and then divide"),
        (size_no_padding, "has no padding"),
        (size_no_stride, "does not depend on the stride"),
        (size_no_window, "as if the window were one pixel"),
        (size_last_missing, "exactly at the end of the row it still fits"),
        (size_pads_the_output, "before* the window"),
        (size_places_true_division, "the first place is always taken"),
        (size_steps_true_division, "count the steps, not the places"),
        (size_side_by_side, "You lay windows side by side"),
        (size_shrinks, "You take the padding away"),
        (size_larger_steps, "You multiply by the stride"),
        (size_padded_row_alone, "divide the padded row"),
        (size_less_kernel, "and that is all"),
    ],
    "conv.same_padding": [
        (lambda kernel: 2 * (kernel // 2), "on *each* side"),
        (lambda kernel: 1, "Right for a kernel of 3"),
        (lambda kernel: math.ceil(kernel / 2), "One too many"),
        (lambda kernel: kernel * 0.5, "no half zero"),
        (lambda kernel: kernel, "a whole window"),
        (lambda kernel: 0, "No padding keeps"),
        (lambda kernel: kernel // 2 - 1, "One too few"),
        (lambda kernel: 2, "Right for a kernel of 5"),
        (lambda kernel: kernel + 1, "more than a whole window"),
        (lambda kernel: 2 * kernel - 2, "You double where you should halve"),
    ],
    "conv.dilated_span": [
        (span_product, "after the last tap nothing"),
        (span_steps, "count steps, not pixels"),
        (span_holes, "number of holes"),
        (span_of_three, "Right for a kernel of 3"),
        (span_one_gap, "in one place only"),
        (span_popular, "what a *stack* of layers sees"),
        (span_one_pixel_off, "*whole* gap"),
        (lambda kernel, dilation: kernel, "does not depend on the dilation"),
        (lambda kernel, dilation: kernel + dilation, "add the dilation"),
        (span_short_steps, "one too short"),
        (span_gap_too_many, "as many gaps as taps"),
        (span_takes_off, "where one is to be added"),
        (lambda kernel, dilation: kernel + (dilation - 1) * 2, "in two places"),
    ],
    "conv.stack_field": [
        (field_sum_of_spans, "add the spans"),
        (field_widest, "widest layer alone"),
        (field_last, "last layer sees of the layer before"),
        (field_without_self, "One too few"),
        (field_undilated, "leave the dilations out"),
        (field_product, "multiply the spans"),
        (field_dilations, "one side only"),
        (field_dilations_and_self, "one side only"),
        (field_halves, "one side only"),
        (field_halves_and_self, "one side only"),
        (field_of_threes, "Right for kernels of 3"),
        (field_returns_early, "Only the first layer"),
        (field_first_twice, "counted twice"),
        (field_strides, "dilations multiply"),
        (field_kernels_multiplied, "multiply the kernels"),
        (field_gaps_like_taps, "as many gaps as taps"),
    ],
}
"""Exercise → [(a wrong answer, words of its message)]. At least three for each exercise."""
