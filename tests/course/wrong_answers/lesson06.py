"""What students first write in notebook 06."""

import math
from itertools import pairwise

from u2net_edu.course.solutions.lesson06 import block_parameters


def shape_one_pool_too_many(row, height, width):
    step = 2 ** int(row[0][2])
    return row[4], math.ceil(height / step), math.ceil(width / step)


def shape_one_pool_too_many_down(row, height, width):
    step = 2 ** int(row[0][2])
    return row[4], height // step, width // step


def shape_nearest(row, height, width):
    step = 2 ** (int(row[0][2]) - 1)
    return row[4], round(height / step), round(width / step)


def shape_floor(row, height, width):
    step = 2 ** (int(row[0][2]) - 1)
    return row[4], height // step, width // step


def shape_fractions(row, height, width):
    step = 2 ** (int(row[0][2]) - 1)
    return row[4], height / step, width / step


def shape_by_place(row, height, width):
    names = [f"en{i}" for i in range(1, 7)] + [f"de{i}" for i in range(5, 0, -1)]
    step = 2 ** names.index(row[0])
    return row[4], -(-height // step), -(-width // step)


def shape_of_input(row, height, width):
    step = 2 ** (int(row[0][2]) - 1)
    return row[2], -(-height // step), -(-width // step)


def shape_inside(row, height, width):
    step = 2 ** (int(row[0][2]) - 1)
    return row[3], -(-height // step), -(-width // step)


def shape_turned(row, height, width):
    step = 2 ** (int(row[0][2]) - 1)
    return row[4], -(-width // step), -(-height // step)


def shape_channels_last(row, height, width):
    step = 2 ** (int(row[0][2]) - 1)
    return -(-height // step), -(-width // step), row[4]


def misfits_of_a_chain(rows):
    found = []
    for i in range(1, len(rows)):
        if rows[i][2] != rows[i - 1][4]:
            found.append(rows[i][0])
    return found


def _misfits_with(rows, decoder):
    """Channels of the decoder by `decoder(below, across)`."""
    across = [row[4] for row in rows if row[0][0] == "e"][:-1]
    found = []
    for i in range(1, len(rows)):
        given = rows[i - 1][4]
        if rows[i][0][0] == "d":
            given = decoder(given, across.pop())
        if given != rows[i][2]:
            found.append(rows[i][0])
    return found


def misfits_right(rows):
    return _misfits_with(rows, lambda below, across: below + across)


def misfits_added(rows):
    return _misfits_with(rows, max)


def misfits_doubled(rows):
    return _misfits_with(rows, lambda below, across: across + across)


def misfits_across_only(rows):
    return _misfits_with(rows, lambda below, across: across)


def misfits_first(rows):
    for name in misfits_right(rows):
        return [name]
    return []


def misfits_encoder(rows):
    encoder = [row for row in rows if row[0][0] == "e"]
    return [b[0] for a, b in pairwise(encoder) if a[4] != b[2]]


def misfits_decoder(rows):
    return [name for name in misfits_right(rows) if "de" in name]


def misfits_to_blame(rows):
    wrong = misfits_right(rows)
    return [a[0] for a, b in pairwise(rows) if b[0] in wrong]


def misfits_colour(rows):
    return [r[0] for r in rows if r[0] == "en1" and r[2] != 3] + misfits_right(rows)


def narrow_keeps(row, mid=16, out=64):
    return (*row[:3], mid, out)


def narrow_one_feeder(row, mid=16, out=64):
    taken = row[2] if row[0] == "en1" else out
    return row[0], row[1], taken, mid, out


def narrow_no_image(row, mid=16, out=64):
    taken = out if "en" in row[0] else out + out
    return row[0], row[1], taken, mid, out


def narrow_constant(row, mid=16, out=64):
    taken = {"e": 64, "d": 128}[row[0][0]]
    return row[0], row[1], row[2] if row[0] == "en1" else taken, 16, 64


def narrow_swapped(row, mid=16, out=64):
    taken = row[2] if row[0] == "en1" else out * (2 if "de" in row[0] else 1)
    return row[0], row[1], taken, out, mid


def narrow_three(row, mid=16, out=64):
    taken = 3 if row[0] == "en1" else out * (2 if "de" in row[0] else 1)
    return row[0], row[1], taken, mid, out


def _of_layers(depth, i, m, o, cost):
    total = cost(i, o) + cost(o, m)
    for _ in range(2, depth + 1):
        total += cost(m, m)
    for _ in range(depth - 1, 1, -1):
        total += cost(m + m, m)
    return total + cost(m + m, o)


def block_weights_only(depth, in_channels, mid_channels, out_channels):
    i, m, o = in_channels, mid_channels, out_channels
    return 9 * (i * o + 3 * m * o + (3 * depth - 5) * m * m)


def block_without_norms(depth, in_channels, mid_channels, out_channels):
    return _of_layers(depth, in_channels, mid_channels, out_channels, lambda t, g: (9 * t + 1) * g)


def block_without_biases(depth, in_channels, mid_channels, out_channels):
    return _of_layers(depth, in_channels, mid_channels, out_channels, lambda t, g: (9 * t + 2) * g)


def block_with_buffers(depth, in_channels, mid_channels, out_channels):
    return _of_layers(
        depth, in_channels, mid_channels, out_channels, lambda t, g: (9 * t + 1 + 4) * g
    )


def _cost(t, g):
    return g * (9 * t + 3)


def block_no_concatenation(depth, in_channels, mid_channels, out_channels):
    i, m, o = in_channels, mid_channels, out_channels
    return _cost(i, o) + _cost(o, m) + (2 * depth - 3) * _cost(m, m) + _cost(m, o)


def block_no_input_layer(depth, in_channels, mid_channels, out_channels):
    right = _of_layers(depth, in_channels, mid_channels, out_channels, _cost)
    return right - _cost(in_channels, out_channels)


def block_no_bottom(depth, in_channels, mid_channels, out_channels):
    right = _of_layers(depth, in_channels, mid_channels, out_channels, _cost)
    return right - _cost(mid_channels, mid_channels)


def block_last_layer(depth, in_channels, mid_channels, out_channels):
    right = _of_layers(depth, in_channels, mid_channels, out_channels, _cost)
    return right - 9 * mid_channels * out_channels


def _network(rows, heads, head, fuse):
    total = sum(block_parameters(int(r[1][4]), r[2], r[3], r[4]) for r in rows)
    return total + sum(head(r[4]) for r in heads) + fuse


def _heads(rows):
    return rows[(len(rows) - 1) // 2 :]


def network_stages(rows):
    return _network(rows, [], None, 0)


def network_no_fusion(rows):
    return _network(rows, _heads(rows), lambda c: 3 * 3 * c + 1, 0)


def network_heads_1x1(rows):
    return _network(rows, _heads(rows), lambda c: c + 1, len(_heads(rows)) + 1)


def network_decoder_heads(rows):
    heads = [row for row in rows if row[0].startswith("de")]
    return _network(rows, heads, lambda c: 9 * c + 1, len(heads) + 1)


def network_encoder_heads(rows):
    heads = [row for row in rows if row[0].startswith("en")]
    return _network(rows, heads, lambda c: 9 * c + 1, len(heads) + 1)


def network_heads_64(rows):
    return _network(rows, _heads(rows), lambda c: 9 * 64 + 1, len(_heads(rows)) + 1)


def network_six_heads(rows):
    return _network(rows, [], None, 6 * (9 * 64 + 1) + 7)


def network_no_bias(rows):
    return _network(rows, _heads(rows), lambda c: 9 * c, len(_heads(rows)) + 1)


def misfits_by_place(rows):
    wrong = []
    for i in range(1, len(rows)):
        taken = rows[i - 1][4]
        if rows[i][0][:2] == "de":
            taken += rows[10 - i][4]
        if taken != rows[i][2]:
            wrong.append(rows[i][0])
    return wrong


def narrow_in_proportion(row, mid=16, out=64):
    name, block, taken, _, gives = row
    return name, block, taken if name == "en1" else taken * out // gives, mid, out


def narrow_all_in_proportion(row, mid=16, out=64):
    name, block, taken, _, gives = row
    return name, block, taken * out // gives, mid, out


def block_ends_inside(depth, in_channels, mid_channels, out_channels):
    total = 9 * in_channels * out_channels + 3 * out_channels
    total += 9 * out_channels * mid_channels + 3 * mid_channels
    for _ in range(depth - 1):
        total += 9 * mid_channels * mid_channels + 3 * mid_channels
        total += 18 * mid_channels * mid_channels + 3 * mid_channels
    return total


def network_head_by_name(rows):
    count = network_stages(rows)
    heads = [row[4] for row in rows if row[0][:2] == "de" or row[0] == "en6"]
    return count + sum(9 * channels + 1 for channels in heads) + len(heads) + 1


WRONG = {
    "stages.shape": [
        (shape_one_pool_too_many, "halve once too often"),
        (shape_floor, "You round down"),
        (shape_one_pool_too_many_down, "Two things. You halve"),
        (shape_nearest, "divide once"),
        (shape_fractions, "into fractions"),
        (shape_by_place, "go on halving on the way up"),
        (shape_of_input, "come *in*"),
        (shape_inside, "those *inside*"),
        (shape_turned, "have changed places"),
        (shape_channels_last, "in another order"),
        (lambda row, height, width: (row[4], height, width), "never shrink"),
    ],
    "stages.misfits": [
        (misfits_of_a_chain, "Every decoder stage is a misfit"),
        (misfits_added, "as if they were added"),
        (misfits_doubled, "double what comes across"),
        (misfits_across_only, "And what comes from below?"),
        (misfits_first, "stop at the first"),
        (misfits_encoder, "never find a misfit in the decoder"),
        (misfits_decoder, "never find a misfit in the encoder"),
        (misfits_to_blame, "the row before the misfit"),
        (misfits_colour, "nothing forbids"),
        (misfits_by_place, "Right for eleven rows"),
    ],
    "stages.narrow": [
        (narrow_keeps, "what they took in the full network"),
        (narrow_one_feeder, "two that feed `de5`"),
        (narrow_no_image, "All is right but `en1`"),
        (narrow_constant, "Right for †"),
        (narrow_swapped, "changed places"),
        (narrow_three, "colour photographs only"),
        (narrow_in_proportion, "this network is flat"),
        (narrow_all_in_proportion, "the image's channels among them"),
    ],
    "stages.block_parameters": [
        (block_weights_only, "also has a bias"),
        (block_without_norms, "The norms are missing"),
        (block_without_biases, "The biases are missing"),
        (block_with_buffers, "they are no parameters"),
        (block_no_concatenation, "Your decoder layers take `mid`"),
        (block_no_input_layer, "The first layer is missing"),
        (block_no_bottom, "the bottom of the U"),
        (block_last_layer, "Nearly: the last layer"),
        (block_ends_inside, "Your last decoder layer gives `mid`"),
    ],
    "stages.network_parameters": [
        (network_stages, "All stages, and nothing else"),
        (network_no_fusion, "The fusion is missing"),
        (network_heads_1x1, "often said and never true"),
        (network_decoder_heads, "Only the decoder answers"),
        (network_encoder_heads, "stand on the encoder"),
        (network_no_bias, "have no bias"),
        (network_heads_64, "the channels of *its* stage"),
        (network_six_heads, "not every network has six"),
        (network_head_by_name, "deepest encoder stage is always `en6`"),
    ],
}
"""Exercise → [(a wrong answer, words of its message)]. At least three for each exercise."""
