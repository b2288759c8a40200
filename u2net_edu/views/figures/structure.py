"""What the network is made of: the block (paper, Fig. 2 and 3) and the baselines beside it."""

import math

from ...analysis.tracing import Trace, trace
from ...architecture.blocks import build_block
from ..style import Theme
from .canvas import BODY, MARGIN, SMALL, WIDTH, Canvas, Drawing, giga, mixed
from .layout import Plan, layers_of

CHANNELS = (3, 32, 64)  # of the blocks that are compared: en1 of U²-Net
SIZE = (320, 320)

KINDS = {
    "PLN": "plain",
    "RES": "residual",
    "DSE": "dense",
    "INC": "inception",
    "PPM": "pyramid pooling",
    "NIV-7": "naive U-block",
    "RSU-7": "residual U-block",
}
"""The blocks of the paper's Fig. 2 and ablation, in the order in which they are drawn."""


def traced_block(name: str, channels=CHANNELS, size=SIZE) -> Trace:
    return trace(build_block(name, *channels), size)


def field_of(traced: Trace) -> float:
    """Count the pixels that an output pixel of a block sees along one axis; may be infinite."""
    field = traced.field(traced.operators[-1].path)
    if all((lo == 0).all() and (hi == hi.max()).all() for lo, hi in (field.rows, field.columns)):
        return math.inf  # the first and the last pixel see it all, as after a global pool
    return field.size


def sight(traced: Trace) -> str:
    """Say the same in words."""
    field = field_of(traced)
    return "the whole image" if field == math.inf else f"{field:,} px"


def arrows(channels) -> str:
    return " → ".join(map(str, channels))


def residual_and_rsu(colours: Theme) -> Drawing:
    """Draw the residual block beside the RSU (paper, Fig. 3)."""
    plain, nested = traced_block("RES"), traced_block("RSU-7")
    canvas = Canvas(
        colours,
        690,
        "A residual block with a U-Net for a heart",
        "Both first bring the input to F₁(x), and add F₁(x) again at the end. In between there are "
        "two\nplain layers, or a whole U-Net that looks at the map at six resolutions.",
    )
    _with_heart(canvas, plain, "RES", "F₂(F₁(x)) + F₁(x)", MARGIN, 340, (48, 32))
    _with_heart(canvas, nested, "RSU-7", "U(F₁(x)) + F₁(x)", 452, WIDTH - MARGIN - 452, (33, 32))
    _fields_to_scale(canvas, plain, nested, MARGIN, 396, 236)
    canvas.foot(
        f"{arrows(CHANNELS)} channels at {SIZE[0]}×{SIZE[1]}. On a layer: its output channels. "
        "A lower row: a smaller map. ×2: dilation. RES is a reconstruction."
    )
    sides = sorted({node.side for node in layers_of(nested).values()}, reverse=True)
    return canvas.drawing(
        "Two blocks side by side, drawn from left to right. In both a first layer gives F₁(x), and "
        "an arc carries F₁(x) over to a sum at the end. On the left, in the residual block, there "
        f"are two layers in between, and an output pixel sees {sight(plain)}. On the right, in "
        f"RSU-7, there is a U-Net, on maps of {', '.join(map(str, sides))} rows, and an output "
        f"pixel sees {sight(nested)}. The residual block costs {giga(plain.total_macs)} GMACs, the "
        f"RSU {giga(nested.total_macs)}. The frame is the same; the heart decides how far a block "
        "sees."
    )


def _with_heart(
    canvas: Canvas, traced: Trace, name: str, formula: str, x: float, width: float, node
) -> None:
    """Draw a residual block: its heart on a card, and its heading and cost above."""
    colours, top, step = canvas.colours, 292, 50
    plan = Plan(canvas, layers_of(traced), x, top, width - 40, step, node)
    heart = {path: place for path, place in plan.places.items() if path not in ("in", "add")}
    xs, ys = zip(*heart.values())
    left, right = min(xs) - node[0] / 2 - 7, max(xs) + node[0] / 2 + 7
    upper = top - node[1] / 2 - 10
    lower = max(ys) + node[1] / 2 + (36 if len(set(ys)) > 1 else 10)
    canvas.box(left, upper, right - left, lower - upper, colours.surface, radius=9, zorder=0)
    plan.draw(lift=24)
    canvas.text(x, 184, f"{name}, {KINDS[name]}", BODY + 4, weight="bold")
    canvas.text(x, 209, f"{formula}   ·   {giga(traced.total_macs)} GMACs", BODY, colours.muted)
    canvas.text(x, top + 38, "F₁(x)", BODY - 1, style="italic")
    end = plan.places["add"][0]
    canvas.line([(end + 15, top), (end + 40, top)], colours.muted, 1.6, head=True)
    for y, side in {place[1]: plan.nodes[path].side for path, place in heart.items()}.items():
        if y > top:
            canvas.text(right + 10, y, f"{side}×{side}", SMALL, colours.muted, va="center")


def _fields_to_scale(canvas: Canvas, plain: Trace, nested: Trace, x, y, width) -> None:
    """Draw the image and what one output pixel of either block sees of it, to scale."""
    colours, scale = canvas.colours, width / field_of(nested)

    def square(side: float, **style) -> float:
        side *= scale
        corner = (x + (width - side) / 2, y + (width - side) / 2)
        canvas.box(*corner, side, side, radius=0, **style)
        return corner[1]

    square(
        field_of(nested),
        fill=mixed(colours.accent, colours.background, 0.84),
        edge=colours.accent,
        line=2,
    )
    image = square(SIZE[0], edge=colours.ink, line=1.6)
    square(field_of(plain), fill=colours.accent)
    canvas.text(
        x + width / 2, y + 24, f"RSU-7 sees {sight(nested)}", BODY, ha="center", weight="bold"
    )
    canvas.text(x + width / 2, image + 20, f"image, {SIZE[0]} px", BODY, ha="center")
    middle = y + width / 2
    canvas.text(
        x + width / 2, middle + 24, f"RES sees {sight(plain)}", SMALL, ha="center", weight="bold"
    )


def blocks(colours: Theme) -> Drawing:
    """Draw the blocks side by side (paper, Fig. 2)."""
    traced = {name: traced_block(name) for name in KINDS}
    canvas = Canvas(
        colours,
        1125,
        "Seven ways to spend the same width",
        f"Every block takes {CHANNELS[0]} channels to {CHANNELS[2]} through an inner width of "
        f"{CHANNELS[1]}. The U-blocks see far for little,\n"
        "because most of their layers work on small maps: a lower row is a smaller map.",
    )
    half = WIDTH // 2 + 40
    for name, x, y, width, drop in (
        ("PLN", MARGIN, 188, 150, 74),
        ("RES", 290, 188, 260, 74),
        ("DSE", half, 188, WIDTH - MARGIN - half, 100),
        ("INC", MARGIN, 412, 190, 156),
        ("PPM", 290, 412, 250, 66),
        ("NIV-7", half, 412, WIDTH - MARGIN - half, 66),
        ("RSU-7", MARGIN, 758, WIDTH - 2 * MARGIN, 74),
    ):
        block, node = traced[name], (40 if width < 400 or name == "RSU-7" else 32, 26)
        Plan(canvas, layers_of(block), x, y + drop, width, 43, node).draw(lift=16)
        title = canvas.text(x, y, name, BODY + 3, weight="bold")
        canvas.after(title, KINDS[name], BODY, colours.muted)
        facts = f"{giga(block.total_macs)} GMACs, sees {sight(block)}"
        canvas.text(x, y + 22, facts, SMALL + 0.5, colours.muted)
    canvas.foot(
        f"At {SIZE[0]}×{SIZE[1]}. On a layer: its output channels; ×n: dilation. "
        "All but RSU-7 are reconstructions: the paper names them and gives no layers."
    )
    listed = "; ".join(
        f"{name}, {KINDS[name]}: {giga(t.total_macs)} GMACs, sees {sight(t)}"
        for name, t in traced.items()
    )
    return canvas.drawing(
        "Seven blocks, each drawn as a row of layers from left to right, smaller maps on lower "
        f"rows. {listed}. The plain, residual, dense and inception blocks stay on one row and see "
        "little; pyramid pooling sees everything, but only as a few averages; the two U-blocks go "
        "down five rows and come back, which is why they see far "
        "without costing much."
    )
