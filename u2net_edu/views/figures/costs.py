"""What it costs: MACs against inner width (paper, Fig. 4), by stage, and against the field."""

import numpy as np

from ...analysis.tracing import Trace, trace
from ...architecture.spec import U2NET, U2NET_LITE
from ...architecture.u2net import U2Net
from ..style import Theme
from .canvas import BODY, MARGIN, SMALL, Canvas, Drawing, count, giga, mixed, readable_on, spread
from .measurements import machine_line, recorded
from .structure import CHANNELS, KINDS, SIZE, arrows, field_of, traced_block

WIDTHS = (8, 16, 32, 48, 64, 80, 96, 112, 128)

CURVES = (
    ("RSU-4F",),
    ("DSE",),
    ("INC",),
    ("RSU-7", "RSU-6", "RSU-5", "RSU-4"),
    ("NIV-7",),
    ("PPM",),
    ("RES",),
    ("PLN",),
)
"""Blocks by the line they are on: the pooled RSUs share one, which is the point."""


def macs_by_width(colours: Theme) -> Drawing:
    """Draw MACs against inner width for all blocks (paper, Fig. 4)."""
    into, _, out = CHANNELS
    lines = _lines()
    canvas = Canvas(
        colours,
        800,
        "Depth is free: RSU-4 to RSU-7 cost the same",
        f"GMACs of one block, {into} → M → {out} channels at {SIZE[0]}×{SIZE[1]}, against its "
        "inner width M.\nDense, inception and dilated blocks pay for M² at full resolution again "
        "and again, the inner U about once.",
    )
    axes = canvas.chart(110, 194, 800, 500)
    ends = [float(values[-1]) for values in lines.values()]
    top = max(ends) * 1.04
    axes.set(xlim=(0, WIDTHS[-1]), ylim=(0, top), xticks=[16, 32, 64, 96, 128])
    axes.set_yticks([0, 25, 50, 75, 100, 125])
    tints = _tints(colours)
    for (names, values), place in zip(lines.items(), spread(ends, top * 0.052)):
        shared = len(names) > 1
        colour = colours.accent if shared else tints[names[0]]
        axes.plot(
            WIDTHS,
            values,
            color=colour,
            lw=4.5 if shared else 2.2,
            zorder=3 + shared,
            solid_capstyle="round",
            clip_on=False,
        )
        label = "RSU-7, 6, 5, 4" if shared else names[0]
        heights = [694 - 500 * value / top for value in (values[-1], place)]
        _label_at_the_end(canvas, label, values[-1], heights, colour, shared)
    canvas.text(910, 744, "inner width M, channels", BODY, colours.muted, ha="right")
    canvas.text(MARGIN, 178, "GMACs", BODY, colours.muted)
    canvas.foot("Counted from each block's own trace. All but the RSUs are reconstructions.")
    listed = ", ".join(f"{' and '.join(names)} {giga(v[-1] * 1e9)}" for names, v in lines.items())
    return canvas.drawing(
        f"Eight lines of GMACs against the inner width M, from {WIDTHS[0]} to {WIDTHS[-1]}. At "
        f"M = {WIDTHS[-1]}: {listed}. RSU-4 to RSU-7 lie on one line: depth costs no MACs. PLN, "
        "RES and PPM grow straight, all others bend upwards with M², the dense, inception and "
        "dilated blocks the most."
    )


def _lines() -> dict[tuple[str, ...], np.ndarray]:
    """Count GMACs at each width, by the names that share a line; check that they do share it."""
    into, _, out = CHANNELS
    for first, *others in CURVES:
        for name in others:
            same = traced_block(name, (into, WIDTHS[-1], out)).total_macs
            assert same == traced_block(first, (into, WIDTHS[-1], out)).total_macs, name
    return {
        names: np.array([traced_block(names[0], (into, m, out)).total_macs / 1e9 for m in WIDTHS])
        for names in CURVES
    }


def _label_at_the_end(
    canvas: Canvas, label: str, gmacs: float, heights: list[float], colour: str, loud: bool
) -> None:
    """Write a line's name and last value at its right, led there from where the line ends."""
    ends_at, written_at = heights
    canvas.line([(915, ends_at), (936, written_at)], colour, 1.2)
    ink = colour if loud else None
    made = canvas.text(942, written_at, label, BODY + 0.5, ink, va="center", weight="bold")
    canvas.after(made, giga(gmacs * 1e9), BODY, canvas.colours.muted, va="center")


def _tints(colours: Theme) -> dict[str, str]:
    """Choose quiet colours for the other blocks, darker for the steeper ones."""
    quadratic, linear = mixed(colours.encoder, colours.ink, 0.15), colours.muted
    return {
        **dict.fromkeys(("RSU-4F", "DSE", "INC", "NIV-7"), quadratic),
        **dict.fromkeys(("PPM", "RES", "PLN"), mixed(linear, colours.background, 0.25)),
    }


# --- Where it sits ------------------------------------------------------------------------------

COSTS = (
    ("parameters", "parameters"),
    ("macs", "MACs"),
    ("output_bytes", "memory"),
    ("seconds", "time"),
)


def where_it_sits(colours: Theme) -> Drawing:
    """Draw where parameters, MACs, memory and time are, stage by stage, in both networks."""
    traces = {spec.name: trace(U2Net(spec), SIZE) for spec in (U2NET, U2NET_LITE)}
    canvas = Canvas(
        colours,
        850,
        _headline(traces[U2NET_LITE.name]),
        "Each stage's share of four costs, in per cent. Parameters are in the deep stages, "
        "everything else in\nthe shallow ones. The small network is thinner everywhere but in de1.",
    )
    spoken = []
    for (name, traced), left in zip(traces.items(), (MARGIN + 8, 636)):
        shares = stage_shares(traced)
        canvas.text(left + 66, 182, name, BODY + 5, weight="bold")
        total = f"{count(traced.total_parameters)} parameters, {giga(traced.total_macs)} GMACs"
        canvas.text(left + 66, 206, total, BODY, colours.muted)
        _bars(canvas, shares, left)
        peaks = (
            f"{words} {key} {shares[column][key]:.0%}"
            for column, words in COSTS
            for key in [max(shares[column], key=shares[column].__getitem__)]
        )
        spoken.append(f"{name}: most of the {', of the '.join(peaks)}")
    canvas.foot(
        f"Counted at {SIZE[0]}×{SIZE[1]}; memory: what the stage writes. Time: {machine_line()}"
    )
    return canvas.drawing(
        "Bars for each of eleven stages and the heads, in four columns, for U²-Net on the left and "
        f"U²-Net† on the right. {'; '.join(spoken)}. In the small network one stage, de1, does "
        "more than half of all the work, because it is as wide as in the large one and works at "
        "full resolution: that is why it is small but not fast."
    )


def _headline(lite: Trace) -> str:
    share = stage_shares(lite)["macs"]["de1"]
    return f"{share:.0%} of U²-Net†'s MACs sit in one stage, de1".replace("%", " %")


def stage_shares(traced: Trace) -> dict[str, dict[str, float]]:
    """Compute each cost's share by stage; all side heads and the fusion are one, `heads`."""
    table = traced.table("stage")
    seconds = recorded()["stage_seconds"][traced.name]
    found = {}
    for column, _ in COSTS:
        values: dict[str, float] = {}
        for path in table.index:
            key = path if path[:2] in ("en", "de") else "heads"
            cost = seconds[path] if column == "seconds" else float(table.loc[path, column])
            values[key] = values.get(key, 0.0) + cost
        whole = sum(values.values())
        found[column] = {key: value / whole for key, value in values.items()}
    return found


def _bars(canvas: Canvas, shares: dict[str, dict[str, float]], left: float) -> None:
    colours, step, top, pitch, room = canvas.colours, 44, 282, 120, 70
    stages = list(shares["macs"])
    for row, stage in enumerate(stages):
        y = top + row * step
        canvas.text(left + 52, y, stage, BODY, ha="right", va="center_baseline", weight="bold")
    for column, (key, words) in enumerate(COSTS):
        x = left + 66 + column * pitch
        canvas.text(x, top - 34, words, SMALL + 0.5, colours.muted)
        most = max(shares[key], key=shares[key].__getitem__)
        for row, stage in enumerate(stages):
            y, share = top + row * step, shares[key][stage]
            loud = key == "macs" and share > 0.5
            quiet = mixed(colours.encoder, colours.background, 0.1 if stage == most else 0.45)
            fill = colours.accent if loud else quiet
            width, half = max(room * share / 0.54, 1.5), 19 if loud else 12
            box = canvas.box(x, y - half, width, 2 * half, fill, radius=2.5)
            words = f"{100 * share:.0f}"
            if loud:
                canvas.text(
                    x + width / 2,
                    y,
                    f"{words} %",
                    BODY + 3.5,
                    readable_on(fill),
                    inside=box,
                    ha="center",
                    va="center_baseline",
                    weight="bold",
                    zorder=4,
                )
            elif share >= 0.03:
                strong = stage == most
                colour, weight = (colours.ink, "bold") if strong else (colours.muted, "normal")
                canvas.text(
                    x + width + 6, y, words, SMALL, colour, va="center_baseline", weight=weight
                )


# --- Field, MACs and time -----------------------------------------------------------------------


PLANE = (100, 204, 1030, 480)
"""Left, top, width and height of the chart."""
LEAST_PIXELS, MOST_PIXELS, MOST_GMACS = 4, 700, 16


def blocks_in_the_plane(colours: Theme) -> Drawing:
    """Draw blocks in the plane of field and MACs, each with its latency."""
    points = _points()
    canvas = Canvas(
        colours,
        818,
        "Each deeper RSU sees twice as far for the same MACs",
        f"How far one output pixel sees, against what the block costs: {arrows(CHANNELS)} "
        f"channels at {SIZE[0]}×{SIZE[1]}.\nThe area of a disc is the time that the block takes.",
    )
    left, top, width, height = PLANE
    axes = canvas.chart(*PLANE)
    axes.set(xscale="log", xlim=(LEAST_PIXELS, MOST_PIXELS), ylim=(0, MOST_GMACS))
    axes.set_yticks([0, 4, 8, 12, 16])
    axes.set_xticks([5, 10, 20, 50, 100, 200, 480], ["5", "10", "20", "50", "100", "200", "480"])
    axes.minorticks_off()
    axes.grid(axis="x", lw=0.8)
    canvas.text(MARGIN, 180, "GMACs", BODY, colours.muted)
    words = "pixels that one output pixel sees"
    canvas.text(left + width, top + height + 52, words, BODY, colours.muted, ha="right")
    for name, point in points.items():
        _disc(canvas, name, *point)
    canvas.foot(
        f"All but the RSUs are reconstructions; PPM sees the whole image.\nTimes: {machine_line()}"
    )
    listed = "; ".join(
        f"{name} {field:.0f} px, {gmacs:.1f} GMACs, {ms:.0f} ms"
        for name, (field, gmacs, ms) in points.items()
    )
    return canvas.drawing(
        "Discs in a plane: the further right a block is, the further it sees; the higher up, the "
        f"more it costs. {listed}. RSU-4 to RSU-7 are in a row at one height: each sees twice as "
        "far as the one before for the same MACs. Dense and inception blocks cost more and see "
        "little. RSU-4F is expensive at this size: it is meant for the small maps of en5, en6 and "
        "de5."
    )


def _points() -> dict[str, tuple[float, float, float]]:
    """Look up each block's field in pixels, GMACs and milliseconds."""
    times, points = recorded()["block_latency"], {}
    for name in [*KINDS, "RSU-4", "RSU-5", "RSU-6", "RSU-4F"]:
        traced = traced_block(name)
        field = field_of(traced)
        field = SIZE[0] if np.isinf(field) else field
        points[name] = field, traced.total_macs / 1e9, 1e3 * times[name]["median"]
    return points


def _disc(canvas: Canvas, name: str, field: float, gmacs: float, milliseconds: float) -> None:
    """Draw one block as a disc, with its name and its time on the side where there is room."""
    colours = canvas.colours
    left, top, width, height = PLANE
    x = left + width * np.log(field / LEAST_PIXELS) / np.log(MOST_PIXELS / LEAST_PIXELS)
    y = top + height * (1 - gmacs / MOST_GMACS)
    ours = name.startswith("RSU")
    fill = colours.accent if ours else mixed(colours.encoder, colours.background, 0.25)
    radius = 1.15 * milliseconds**0.5
    canvas.disc(x, y, radius, fill, colours.background, 1.5)
    dx, dy, ha = {
        "right": (radius + 9, -3, "left"),
        "left": (-radius - 9, -3, "right"),
        "above": (0, -radius - 26, "center"),
        "below": (0, radius + 19, "center"),
    }[SIDES.get(name, "right")]
    canvas.text(x + dx, y + dy, name, BODY + 0.5, weight="bold", ha=ha, halo=True)
    words = f"{milliseconds:.0f} ms"
    canvas.text(x + dx, y + dy + 18, words, SMALL, colours.muted, ha=ha, halo=True)


SIDES = {"NIV-7": "below", "RSU-7": "above", "RSU-6": "above", "RSU-5": "above", "RSU-4": "above"}
SIDES |= {"PPM": "below"}
