"""What the exercises of this lesson share."""


def traced(block: str, in_channels: int, mid_channels: int, out_channels: int, size: int):
    from ....analysis.comparison import trace_block

    return trace_block(block, in_channels, mid_channels, out_channels, (size, size))
