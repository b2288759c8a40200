"""A real photograph on its way through the network: every stage, every side map, the answer."""

import math

import numpy as np
import torch
from matplotlib.colors import to_rgb
from PIL import Image

from ...analysis.activations import capture
from ...architecture.u2net import U2Net
from ...images import PHOTOGRAPHS, as_array, size_of
from ...inference import predict
from ..style import SCALES, Theme
from . import subject
from .canvas import BODY, MARGIN, SMALL, WIDTH, Canvas, Drawing
from .subject import PHOTOGRAPH, figure_images, figure_model


def cut_outs(colours: Theme) -> Drawing:
    """Draw three photographs and, below each, what the network cuts out of it."""
    model = subject.photograph_model()
    names, gap, top, below = ("coffee", "astronaut", "chelsea"), 34, 176, 66
    pictures = {name: as_array(name) for name in names}
    widths = {name: pixels.shape[1] / pixels.shape[0] for name, pixels in pictures.items()}
    high = (WIDTH - 2 * MARGIN - 2 * gap) / sum(widths.values())
    canvas = Canvas(
        colours,
        round(top + 2 * high + below + 74),
        "What stands out in a photograph?",
        "A network in the shape of a U, made of smaller Us, answers for every pixel. Here you take "
        "it apart.",
    )
    paper = np.array(to_rgb(colours.background))
    x, shares = float(MARGIN), []
    for name, pixels in pictures.items():
        mask = predict(model, name, device="cpu")
        shares.append(f"{name} {100 * float((mask > 0.5).mean()):.0f} %")
        cut = pixels * mask[..., None] + paper * (1 - mask[..., None])
        wide = high * widths[name]
        for place, shown in ((top, pixels), (top + high + below, cut)):
            painted = shrunk((shown * 255).round().astype(np.uint8), 400)
            canvas.picture(painted, x, place, wide, high)
        middle = x + wide / 2
        start, end = top + high + 14, top + high + below - 12
        canvas.line([(middle, start), (middle, end)], colours.accent, 2.4, head=True)
        x += wide + gap
    canvas.foot(f"{_whose(model)}. Photographs: scikit-image, public domain.")
    return canvas.drawing(
        f"Three photographs, and below each what {model.spec.name} cuts out of it: a cup with its "
        "saucer and spoon without the table, an astronaut with her helmet without the shuttle "
        "behind her and with a pale corner of the flag, a cat without its background. Share "
        f"marked: {', '.join(shares)}. "
        f"Weights: {model.provenance}."
    )


def stages_of_a_photograph(colours: Theme) -> Drawing:
    """Draw a photograph on its way through all stages: the strongest maps of each."""
    model = subject.photograph_model()
    images = figure_images(model=model)
    encoder = [stage.name for stage in model.spec.encoder]
    decoder = [stage.name for stage in reversed(model.spec.decoder)]
    maps = capture(model, images, [*encoder, *decoder, "fuse"])
    canvas = Canvas(
        colours,
        762,
        "One photograph on its way down and up again",
        "Each stage's strongest map, and the next three below it. Going down, maps lose pixels and "
        "gain reach;\ncoming up, each stage gets the details back over its skip.",
    )
    size, top, fall, gap = 141, 208, 266, 18
    for row, names in enumerate((encoder, decoder)):
        for column, name in enumerate(names, start=1):
            x, y = MARGIN + column * (size + gap), top + row * fall
            values = maps[name][0].numpy()
            _four(canvas, values, x, y, size)
            made = canvas.text(
                x,
                y - 11,
                name,
                BODY + 0.5,
                weight="bold",
                colour=colours.decoder if row else colours.encoder,
            )
            shape = f"{values.shape[0]} × {values.shape[1]}²"
            canvas.after(made, shape, SMALL - 0.5, colours.muted)
            arrow = [(x - gap + 1, y + size / 2), (x - 2, y + size / 2)]
            canvas.line(arrow[::-1] if row else arrow, colours.muted, 1.6, head=True)
    answer = torch.sigmoid(maps["fuse"])[0, 0].numpy()
    pixels = photograph_pixels(images.shape[-1])
    _labelled(canvas, shrunk(pixels, 190), "photograph", MARGIN, top, size)
    painted = SCALES["saliency"].paint(answer, 0, 1)
    _labelled(canvas, shrunk(painted, 190), "the answer", MARGIN, top + fall, size)
    right, middle = MARGIN + len(encoder) * (size + gap), top + fall + size / 2
    corner = right + size / 2
    turn = [(corner, middle - 150), (corner, middle), (right - gap + 2, middle)]
    canvas.line(turn, colours.muted, 1.6, head=True, radius=14)
    canvas.foot(f"{_whose(model)}. The photograph is skimage's {PHOTOGRAPH}.")
    coarse, fine = maps[encoder[-1]].shape[-1], maps[encoder[0]].shape[-1]
    return canvas.drawing(
        f"The photograph {PHOTOGRAPH} at the left, then the strongest feature maps of "
        f"{encoder[0]} to "
        f"{encoder[-1]} in a row, from {fine}×{fine} down to {coarse}×{coarse} coarse squares; "
        "below, "
        f"right to left, those of {decoder[-1]} to {decoder[0]}, fine again, and at their end the "
        f"saliency map. Weights: {model.provenance}. Down the encoder the outlines of the picture "
        "dissolve into a few cells; up the decoder they return."
    )


def _whose(model: U2Net) -> str:
    """Say whose network it is; the authors' says its own name."""
    name, said = model.spec.name, model.provenance
    return said[0].upper() + said[1:] if name in said else f"{name}, {said}"


def photograph_pixels(side: int) -> np.ndarray:
    """Return the photograph squashed to a square, as the network gets it."""
    low = as_array(PHOTOGRAPH)
    picture = Image.fromarray((low * 255).round().astype(np.uint8)).resize((side, side))
    return np.asarray(picture)


def _labelled(canvas: Canvas, pixels, words: str, x: float, y: float, size: float) -> None:
    canvas.picture(pixels, x, y, size, size)
    canvas.text(x, y - 11, words, BODY + 0.5, weight="bold")


def _strongest(values: np.ndarray, many: int) -> np.ndarray:
    """Choose the maps with the largest mean square, strongest first."""
    return values[np.argsort(-np.square(_inside(values)).mean((1, 2)), kind="stable")[:many]]


def _inside(values: np.ndarray) -> np.ndarray:
    """Leave out the rim of large maps: what padding does there outshines the picture."""
    rim = values.shape[-1] // 32
    return values[:, rim : values.shape[1] - rim, rim : values.shape[2] - rim]


def _four(canvas: Canvas, values: np.ndarray, x: float, y: float, size: float) -> None:
    """Draw a stage's strongest map, large, and the next three in a row below, on one scale."""
    chosen = _strongest(values, 4)
    scale = SCALES["signed" if chosen.min() < 0 else "activation"]
    limits = scale.limits(_inside(chosen))
    small = (size - 8) / 3
    places = [(x, y, size)] + [(x + i * (small + 4), y + size + 4, small) for i in range(3)]
    for one, (left, top, side) in zip(chosen, places):
        pixels = shrunk(scale.paint(one, *limits), int(1.35 * side))
        canvas.picture(pixels, left, top, side, side)


def shrunk(pixels: np.ndarray, most: int = 160) -> np.ndarray:
    """Average pixels down to at most that many a side, to keep the file small."""
    factor = max(1, math.ceil(max(pixels.shape[:2]) / most))
    if factor == 1:
        return pixels
    height, width = (n // factor * factor for n in pixels.shape[:2])
    blocks = pixels[:height, :width].reshape(height // factor, factor, width // factor, factor, -1)
    return blocks.mean((1, 3)).round().astype(np.uint8)


def side_maps(colours: Theme) -> Drawing:
    """Draw the side maps at their own resolution, and the fusion."""
    model = subject.photograph_model()
    images = figure_images(model=model)
    names = [f"side{k}" for k in range(1, len(model.spec.encoder) + 1)]
    maps = capture(model, images, [f"{name}.conv" for name in names] + ["fuse"])
    painted = {
        path.partition(".")[0]: SCALES["saliency"].paint(torch.sigmoid(m)[0, 0].numpy(), 0, 1)
        for path, m in maps.items()
    }
    largest, smallest = len(painted[names[0]]), len(painted[names[-1]])
    canvas = Canvas(
        colours,
        812,
        "Six answers, and the sum that weighs them",
        f"Every side answers at its own resolution, from {largest}×{largest} down to "
        f"{smallest}×{smallest} pixels: to scale above,\nenlarged below. Resized to the finest and "
        "weighted, their logits add up to the fused map.",
    )
    _sides_to_scale(canvas, painted, names)
    weights = dict(zip(names, model.fuse.conv.weight.flatten().tolist()))
    words = {name: f"× {weight:.3f}" for name, weight in weights.items()}
    bias = model.fuse.conv.bias
    assert bias is not None, "the fusion has a bias"
    words["fuse"] = f"sum + {bias.item():.3f}" if abs(bias.item()) >= 5e-4 else "sum"
    _sides_enlarged(canvas, painted, words)
    canvas.foot(
        f"{_whose(model)}. Black 0, white 1 after the sigmoid; below each "
        "side its weight in the fusion."
    )
    spoken = ", ".join(f"{name} {len(painted[name])}×{len(painted[name])}" for name in names)
    return canvas.drawing(
        f"Saliency maps of the photograph {PHOTOGRAPH}: {spoken}, drawn to scale, each half as "
        "wide as the one before, the last one a speck; and beside them the fused map. Below, all "
        f"of them enlarged to one size with their weights in the fusion. Weights: "
        f"{model.provenance}. The coarse sides say where something is, the fine ones where it ends."
    )


def _sides_to_scale(canvas: Canvas, painted: dict[str, np.ndarray], names: list[str]) -> None:
    """Draw the sides in a row, a pixel of each as large as one of the others, and the fused map."""
    colours, top, full = canvas.colours, 196, 262
    scale, x = full / len(painted[names[0]]), float(MARGIN)
    for name in names:
        side = len(painted[name]) * scale
        canvas.picture(shrunk(painted[name], 320), x, top + full - side, side, side)
        line = colours.line
        canvas.box(x, top + full - side, side, side, None, line, radius=0, line=1, zorder=3)
        x += side + 22
    right = WIDTH - MARGIN - full
    canvas.line([(x + 10, top + 180), (right - 16, top + 180)], colours.fuse, 2.4, head=True)
    canvas.text((x + right - 6) / 2, top + 168, "resize, weigh, add", BODY, ha="center")
    canvas.picture(painted["fuse"], right, top, full, full)
    canvas.box(right, top, full, full, None, colours.fuse, radius=0, line=2.4, zorder=3)
    canvas.text(right, top + full + 24, "fuse", BODY + 0.5, colours.fuse, weight="bold")


def _sides_enlarged(canvas: Canvas, painted: dict[str, np.ndarray], words: dict[str, str]) -> None:
    """Draw all maps at one size, with their own size above and what the fusion does below."""
    colours, size, y = canvas.colours, 141, 560
    for column, (name, said) in enumerate(words.items()):
        x = MARGIN + column * (size + 18)
        edge = colours.fuse if name == "fuse" else colours.side
        canvas.picture(shrunk(painted[name], 190), x, y, size, size)
        canvas.box(x, y, size, size, None, edge, radius=0, line=1.6, zorder=3)
        made = canvas.text(x, y - 11, name, BODY + 0.5, edge, weight="bold")
        canvas.after(made, f"{len(painted[name])}²", SMALL, colours.muted)
        said = said.replace("-", "−").replace("+ −", "− ")
        canvas.text(x + size / 2, y + size + 26, said, BODY, ha="center")


def classroom_masks(colours: Theme) -> Drawing:
    """Draw the four photographs and the bundled network's masks, good or bad."""
    model = figure_model()
    side = size_of(model)
    canvas = Canvas(
        colours,
        640,
        "A network that has never seen a photograph",
        "It learned from drawn discs, stars and rings. It finds what looks like them: one colour "
        "with an edge\naround it. The photographs are above, its masks below.",
    )
    size, gap, top = 260, 18, 190
    shares = []
    for column, name in enumerate(PHOTOGRAPHS):
        x = MARGIN + column * (size + gap)
        pixels = (as_array(name) * 255).round().astype(np.uint8)
        rows = round(pixels.shape[1] * 2 / 3)  # all 3:2, the taller ones cut at their foot
        height = size * pixels[:rows].shape[0] / pixels.shape[1]
        mask = predict(model, name, device="cpu")
        share = f"{100 * float((mask > 0.5).mean()):.0f} %"
        shares.append(f"{name} {share}")
        canvas.text(x, top - 11, name, BODY + 0.5, weight="bold")
        canvas.picture(shrunk(pixels[:rows], 360), x, top, size, height)
        painted = shrunk(SCALES["saliency"].paint(mask[:rows], 0, 1), 360)
        canvas.picture(painted, x, top + 190, size, height)
        canvas.text(x, top + 190 + height + 24, f"{share} marked", SMALL, colours.muted)
    canvas.foot(
        f"{model.spec.name}, {model.provenance}; pictures squashed to {side}×{side} for the "
        "network. Photographs: scikit-image."
    )
    return canvas.drawing(
        "Four photographs, below each the mask that the classroom network gives. Share marked: "
        f"{', '.join(shares)}. It marks the bright disc of the coffee cup, the spoon and a strip "
        "of the saucer; the astronaut's hair, collar and flag, but not her suit; one eye and the "
        "nose of the cat, and some background; and nothing of the rocket. It knows shapes of one "
        "colour, not things."
    )
