"""The whole network (paper, Fig. 5), from any table."""

import math
from itertools import pairwise

from ...analysis.tracing import trace
from ...architecture.spec import U2NET, StageSpec, U2NetSpec
from ...architecture.u2net import U2Net
from ..style import Theme
from .canvas import BODY, MARGIN, SMALL, Canvas, Drawing, count, giga, mixed
from .layout import layers_of

SIZE = (320, 320)
TOP, ROW, CARD, STEP, RIGHT = 176, 156, (182, 138), 43, 926
SIDE, BUS, FUSE = 1004, 1066, 1110


def whole_network(colours: Theme, spec: U2NetSpec = U2NET) -> Drawing:
    """Draw the whole network: a U whose every stage is a U."""
    return NetworkSheet(colours, spec).draw()


class NetworkSheet:
    """Encoder on the left going down, decoder on the right coming up, answers at the far right."""

    def __init__(self, colours: Theme, spec: U2NetSpec):
        self.colours, self.spec = colours, spec
        self.traced = trace(U2Net(spec), SIZE)
        self.depth = len(spec.encoder)
        totals = f"{count(self.traced.total_parameters)} parameters, {giga(self.traced.total_macs)}"
        self.canvas = Canvas(
            colours,
            TOP + ROW * self.depth + 62,
            f"{spec.name}: a U whose every stage is a U",
            f"{totals} GMACs at {SIZE[0]}×{SIZE[1]}. Each bar is a layer: the wider,\nthe more "
            "channels; "
            "the taller, the finer its map.",
        )

    def draw(self) -> Drawing:
        for level, stage in enumerate(self.spec.encoder):
            self.card(stage, self.left(stage), level, self.colours.encoder)
        for level, stage in enumerate(reversed(self.spec.decoder)):
            self.card(stage, self.left(stage), level, self.colours.decoder)
            self.skip(level)
            self.answer(level, stage)
        self.answer(self.depth - 1, self.spec.encoder[-1])
        self.fusion()
        self.steps()
        self.canvas.foot(
            "Below each stage its channels in → mid → out. Widths go with the root of the "
            "channels, "
            "heights with the logarithm of the map's side."
        )
        return self.canvas.drawing(self.alt())

    def left(self, stage: StageSpec) -> float:
        """Find the left edge of a stage's card."""
        level = int(stage.name[2:]) - 1
        if level == self.depth - 1:
            return (MARGIN + RIGHT - CARD[0]) / 2
        shift = min(STEP, 172 / max(self.depth - 2, 1)) * level
        return MARGIN + shift if stage.name.startswith("en") else RIGHT - CARD[0] - shift

    @staticmethod
    def middle(level: int) -> float:
        return TOP + level * ROW + CARD[1] / 2

    def side_of(self, path: str) -> int:
        return self.traced.operators[self.traced.position(path)].output_shape[2]

    def card(self, stage: StageSpec, x: float, level: int, colour: str) -> None:
        canvas, y = self.canvas, TOP + level * ROW
        box = canvas.box(x, y, *CARD, self.colours.surface, radius=8)
        name = canvas.text(
            x + 12, y + 22, stage.name, BODY + 0.5, weight="bold", zorder=4, inside=box
        )
        canvas.after(name, stage.block, BODY - 1, self.colours.muted, zorder=4, inside=box)
        channels = f"{stage.in_channels} → {stage.mid_channels} → {stage.out_channels}"
        canvas.text(
            x + 12, y + CARD[1] - 11, channels, SMALL, self.colours.muted, zorder=4, inside=box
        )
        nodes = [n for n in layers_of(self.traced, stage.name).values() if n.kind != "add"]
        widths = [math.sqrt(n.channels) for n in nodes]
        room = CARD[0] - 24
        scale = min(1.0, (room - 3 * (len(nodes) - 1)) / sum(widths))
        start, floor = x + 12, y + CARD[1] - 31
        for n, width in zip(nodes, widths):
            height = bar_height(n.side)
            inner = n.path.rpartition(".")[2].startswith("dec")
            fill = mixed(colour, self.colours.surface, 0.4 if inner else 0)
            canvas.box(start, floor - height, width * scale, height, fill, radius=1.2, zorder=3)
            start += width * scale + 3

    def skip(self, level: int) -> None:
        encoder = self.spec.encoder[level]
        decoder = self.spec.decoder[-1 - level]
        x1, x2, y = self.left(encoder) + CARD[0], self.left(decoder), self.middle(level)
        self.canvas.line([(x1 + 4, y), (x2 - 4, y)], self.colours.muted, 1.6, head=True)
        side = self.side_of(encoder.name)
        words = f"{encoder.out_channels} × {side}²"
        self.canvas.text((x1 + x2) / 2, y - 9, words, BODY - 1, self.colours.muted, ha="center")

    def steps(self) -> None:
        """Draw the arrows down the encoder and up the decoder."""
        for level, (above, below) in enumerate(zip(self.spec.encoder, self.spec.encoder[1:])):
            x, y = self.left(above) + 20, self.middle(level + 1)
            points = [(x, self.middle(level) + CARD[1] / 2), (x, y), (self.left(below) - 3, y)]
            self.canvas.line(points, self.colours.encoder, 2.2, head=True, radius=14)
        for below, above in pairwise((self.spec.encoder[-1], *self.spec.decoder)):
            level = int(above.name[2:]) - 1
            x, y = self.left(above) + CARD[0] - 20, self.middle(level + 1)
            points = [(self.left(below) + CARD[0], y), (x, y)]
            points += [(x, self.middle(level) + CARD[1] / 2 + 3)]
            self.canvas.line(points, self.colours.decoder, 2.2, head=True, radius=14)

    def answer(self, level: int, stage: StageSpec) -> None:
        """Draw the side head of a stage and its map, at its own resolution."""
        canvas, y, colour = self.canvas, self.middle(level), self.colours.side
        half = bar_height(self.side_of(stage.name)) / 2 + 2
        canvas.line([(self.left(stage) + CARD[0], y), (SIDE - half - 3, y)], colour, 1.6, head=True)
        canvas.box(SIDE - half, y - half, 2 * half, 2 * half, colour, radius=2)
        name = canvas.text(SIDE - 50, y + half + 19, f"side{level + 1}", BODY - 0.5, weight="bold")
        canvas.after(name, f"{self.side_of(stage.name)}²", BODY - 1.5, self.colours.muted)
        first = self.middle(0)
        canvas.line(
            [(SIDE + half, y), (BUS, y), (BUS, first), (FUSE - 33, first)],
            colour,
            1.6,
            radius=14 if level else 0,
            head=level == 0,
        )

    def fusion(self) -> None:
        canvas, y = self.canvas, self.middle(0)
        half = bar_height(SIZE[0]) / 2 - 4
        canvas.box(FUSE - half + 4, y - half, 2 * half, 2 * half, self.colours.fuse, radius=2)
        canvas.text(FUSE + 4, y + half + 24, "fuse", BODY, ha="center", weight="bold")

    def alt(self) -> str:
        def listed(stages) -> str:
            return "; ".join(
                f"{s.name} {s.block} {s.in_channels}, {s.mid_channels}, {s.out_channels} at "
                f"{self.side_of(s.name)}×{self.side_of(s.name)}"
                for s in stages
            )

        return (
            f"{self.spec.name} as a U: {self.depth} encoder stages go down on the left, "
            f"{self.depth - 1} decoder stages come up on the right, and a skip leads across on "
            "each "
            "level. In every stage bars show its layers, tall, short and tall again: a small U in "
            f"each. Stages with block and channels in, mid, out: {listed(self.spec.stages)}. Every "
            "decoder stage and the last encoder stage give a side map of their own size, and all "
            "side maps are fused into one. The U of the whole is made of the U of its stages."
        )


def bar_height(side: int) -> float:
    """Compute a bar's height: the logarithm of the map's rows."""
    return 8 + 10.5 * max(math.log2(side / 5), 0)
