"""Lesson 06, the whole network: our solutions."""


def stage_shape(row, height, width):
    """What a stage gives for an image of height × width: (channels, rows, columns).

    `row` is a row of the table: (name, block, in, mid, out).
    """
    name, out_channels = row[0], row[4]
    for _ in range(int(name[2:]) - 1):
        height, width = (height + 1) // 2, (width + 1) // 2
    return (out_channels, height, width)


def misfits(rows):
    """The names of all rows whose `in` is not what they are given, in the order of the table.

    `rows` is a table: en1 … enN, then de(N-1) … de1, each (name, block, in, mid, out).
    """
    gives = {row[0]: row[4] for row in rows}
    found = []
    for position, row in enumerate(rows[1:]):
        given = rows[position][4]  # the row before
        if row[0].startswith("de"):
            given += gives["en" + row[0][2:]]
        if row[2] != given:
            found.append(row[0])
    return found


def narrow(row, mid=16, out=64):
    """This row of a table in which every stage has `mid` channels inside and gives `out`."""
    name, block, in_channels = row[:3]
    if name.startswith("de"):
        in_channels = 2 * out
    elif name != "en1":
        in_channels = out
    return (name, block, in_channels, mid, out)


def block_parameters(depth, in_channels, mid_channels, out_channels):
    """How many parameters an RSU of this depth has (RSU-7 has depth 7, RSU-4F has depth 4)."""
    layers = [(in_channels, out_channels), (out_channels, mid_channels)]
    layers += [(mid_channels, mid_channels)] * (depth - 1)
    layers += [(2 * mid_channels, mid_channels)] * (depth - 2)
    layers += [(2 * mid_channels, out_channels)]
    return sum(9 * taken * given + 3 * given for taken, given in layers)


def network_parameters(rows):
    """How many parameters the whole network of this table has: stages, side heads, fusion."""
    total, sides = 0, (len(rows) + 1) // 2
    for position, (_, block, in_channels, mid_channels, out_channels) in enumerate(rows):
        depth = int(block.removeprefix("RSU-").removesuffix("F"))
        total += block_parameters(depth, in_channels, mid_channels, out_channels)
        if position >= sides - 1:  # the last encoder stage and all of the decoder answer
            total += 9 * out_channels + 1
    return total + sides + 1
