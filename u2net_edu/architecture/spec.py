"""The network as a table of stages, like the paper's Table 1. Everything else is built from it.

Nothing here needs torch.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from .blocks import block_builder
from .checks import whole


@dataclass(frozen=True)
class StageSpec:
    """One row of the table: which block, and its channels in, inside and out (paper: I, M, O).

    Raises: ValueError for an unknown block or channels that are not positive integers.
    """

    name: str
    block: str
    in_channels: int
    mid_channels: int
    out_channels: int

    def __post_init__(self) -> None:
        try:
            block_builder(self.block)
        except ValueError as error:
            raise ValueError(f"stage {self.name}: {error}") from None
        for field in ("in_channels", "mid_channels", "out_channels"):
            value = whole(f"stage {self.name}: {field}", getattr(self, field))
            object.__setattr__(self, field, value)  # an int, also where NumPy's came


@dataclass(frozen=True)
class U2NetSpec:
    """A whole network: encoder en1 … enN and decoder de(N-1) … de1, whose channels must chain.

    A decoder stage takes the output of the stage below, concatenated with the output of the encoder
    stage of its own number, so its in_channels is the sum of both.

    Raises: ValueError, which names the first stage that is missing, misplaced or does not fit.
    """

    name: str
    encoder: tuple[StageSpec, ...]
    decoder: tuple[StageSpec, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "encoder", tuple(self.encoder))
        object.__setattr__(self, "decoder", tuple(self.decoder))
        depth = len(self.encoder)
        if depth < 2:
            raise ValueError(
                f"spec {self.name}: a U needs two or more encoder stages, got {depth}."
            )
        expected = [f"en{i}" for i in range(1, depth + 1)]
        expected += [f"de{i}" for i in range(depth - 1, 0, -1)]
        found = [stage.name for stage in self.stages]
        for position, wanted in enumerate(expected):
            if position >= len(found) or found[position] != wanted:
                got = found[position] if position < len(found) else "nothing"
                raise ValueError(f"spec {self.name}: expected stage {wanted} next, got {got}.")
        if len(found) > len(expected):
            extra = found[len(expected)]
            raise ValueError(
                f"spec {self.name}: stage {extra} is one too many; {depth} encoder stages "
                f"take {depth - 1} decoder stages."
            )
        self._check_channels()

    def _check_channels(self) -> None:
        def require(stage: StageSpec, wanted: int, source: str) -> None:
            if stage.in_channels != wanted:
                raise ValueError(
                    f"stage {stage.name}: in_channels must be {wanted}, {source}; "
                    f"got {stage.in_channels}."
                )

        for above, stage in zip(self.encoder, self.encoder[1:]):
            require(stage, above.out_channels, f"what {above.name} gives")
        below = self.encoder[-1]
        for stage, skip in zip(self.decoder, self.encoder[-2::-1]):
            both = below.out_channels + skip.out_channels
            source = f"{below.out_channels} of {below.name} + {skip.out_channels} of {skip.name}"
            require(stage, both, source)
            below = stage

    @property
    def stages(self) -> tuple[StageSpec, ...]:
        """All stages, in the order in which they run."""
        return self.encoder + self.decoder

    @property
    def in_channels(self) -> int:
        """The channels of the images that the network takes."""
        return self.encoder[0].in_channels

    def with_input(self, channels: int) -> "U2NetSpec":
        """Give the same network for images of that many channels."""
        first = replace(self.encoder[0], in_channels=channels)
        return replace(self, encoder=(first, *self.encoder[1:]))

    def with_block(self, block: str, stages: Collection[str] | None = None) -> "U2NetSpec":
        """Give the same network with another block in all stages, or in those named.

        Raises: ValueError for an unknown block or stage.
        """
        if isinstance(stages, str):
            stages = (stages,)
        names = [stage.name for stage in self.stages]
        unknown = [name for name in stages or () if name not in names]
        if unknown:
            raise ValueError(
                f"spec {self.name} has no stage {unknown[0]!r}; it has {', '.join(names)}."
            )

        def swap(rows: tuple[StageSpec, ...]) -> tuple[StageSpec, ...]:
            return tuple(
                replace(row, block=block) if stages is None or row.name in stages else row
                for row in rows
            )

        where = "" if stages is None else f" in {', '.join(n for n in names if n in stages)}"
        return replace(
            self,
            name=f"{self.name}, {block}{where}",
            encoder=swap(self.encoder),
            decoder=swap(self.decoder),
        )

    def __str__(self) -> str:
        head = ("stage", "block", "in (I)", "mid (M)", "out (O)")
        rows = [
            (s.name, s.block, str(s.in_channels), str(s.mid_channels), str(s.out_channels))
            for s in self.stages
        ]
        widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

        def line(row: tuple[str, ...]) -> str:
            words = [cell.ljust(w) for cell, w in zip(row[:2], widths[:2])]
            numbers = [cell.rjust(w) for cell, w in zip(row[2:], widths[2:])]
            return "  ".join(words + numbers).rstrip()

        rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
        return "\n".join([self.name, rule, line(head), rule, *map(line, rows), rule])


def _table(name: str, rows: str) -> U2NetSpec:
    cells = (line.split() for line in rows.strip().splitlines())
    stages = [StageSpec(stage, block, *map(int, channels)) for stage, block, *channels in cells]
    encoder = tuple(stage for stage in stages if stage.name.startswith("en"))
    return U2NetSpec(name, encoder, tuple(stages[len(encoder) :]))


U2NET = _table(
    "U²-Net",
    """
    en1  RSU-7      3   32   64
    en2  RSU-6     64   32  128
    en3  RSU-5    128   64  256
    en4  RSU-4    256  128  512
    en5  RSU-4F   512  256  512
    en6  RSU-4F   512  256  512
    de5  RSU-4F  1024  256  512
    de4  RSU-4   1024  128  256
    de3  RSU-5    512   64  128
    de2  RSU-6    256   32   64
    de1  RSU-7    128   16   64
    """,
)
"""The full network, 44,009,869 parameters (paper, Table 1; released as u2net.pth)."""

U2NET_LITE = _table(
    "U²-Net†",
    """
    en1  RSU-7      3   16   64
    en2  RSU-6     64   16   64
    en3  RSU-5     64   16   64
    en4  RSU-4     64   16   64
    en5  RSU-4F    64   16   64
    en6  RSU-4F    64   16   64
    de5  RSU-4F   128   16   64
    de4  RSU-4    128   16   64
    de3  RSU-5    128   16   64
    de2  RSU-6    128   16   64
    de1  RSU-7    128   16   64
    """,
)
"""The small network, 1,131,181 parameters (paper, Table 1, U²-Net†; released as u2netp.pth)."""

U2NET_CLASSROOM = _table(
    "U²-Net classroom",
    """
    en1  RSU-7      3    8   16
    en2  RSU-6     16    8   16
    en3  RSU-5     16    8   16
    en4  RSU-4     16    8   16
    en5  RSU-4F    16    8   16
    en6  RSU-4F    16    8   16
    de5  RSU-4F    32    8   16
    de4  RSU-4     32    8   16
    de3  RSU-5     32    8   16
    de2  RSU-6     32    8   16
    de1  RSU-7     32    8   16
    """,
)
"""The same shape, narrow enough to be trained in class on a laptop. Ours, not the paper's."""
