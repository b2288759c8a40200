"""What happened to a mask: in numbers, and in a sentence."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

RIM = 50  # a band on both sides of the outline, each a 50th of the picture's longer side wide
LITTLE = 0.0005  # a share that is written as 0.0 % or not at all


@dataclass(frozen=True)
class Difference:
    """Two maps of one network compared; a pixel is marked from ½ on."""

    mean: float  # by how much a pixel moves on average
    crossed: float  # share of all pixels that cross ½
    iou: float  # of the pixels marked before and after; 1 if none is marked in both
    before: float  # share of all pixels that is marked
    after: float
    lost: float  # share of the pixels marked before, 0 if none was
    gained: float  # likewise
    lost_at_rim: float  # share of the lost pixels that lie in the band along the outline
    gained_at_rim: float


def difference(before: np.ndarray, after: np.ndarray) -> Difference:
    """Compare two maps (H, W) in 0…1 of the same picture."""
    old, new = before >= 0.5, after >= 0.5
    lost, gained = old & ~new, new & ~old
    either, area = int((old | new).sum()), int(old.sum())
    rim = outline_band(old)
    return Difference(
        mean=float(np.abs(after.astype(float) - before).mean()),
        crossed=float((old != new).mean()),
        iou=float((old & new).sum() / either) if either else 1.0,
        before=float(old.mean()),
        after=float(new.mean()),
        lost=float(lost.sum() / area) if area else 0.0,
        gained=float(gained.sum() / area) if area else 0.0,
        lost_at_rim=_share(lost, rim),
        gained_at_rim=_share(gained, rim),
    )


def outline_band(mask: np.ndarray) -> np.ndarray:
    """The pixels near the outline of a mask (H, W), on both sides of it. The border is none."""
    reach = max(1, round(max(mask.shape) / RIM))
    pair = torch.from_numpy(np.stack([mask, ~mask]).astype(np.float32))[None]
    grown = F.max_pool2d(pair, 2 * reach + 1, stride=1, padding=reach)[0].numpy() > 0
    return grown[0] & grown[1]


def _share(pixels: np.ndarray, rim: np.ndarray) -> float:
    return float((pixels & rim).sum() / max(int(pixels.sum()), 1))


def difference_in_words(found: Difference, mask: str) -> str:
    """Say what became of a mask: "it loses 12 % of its pixels, most of them at the rim."."""
    if not found.before and not found.after:
        return f"{mask} stays empty: no pixel reaches ½."
    if not found.before:
        return f"{mask}, which was empty, marks {_percent(found.after)} of the picture."
    if not found.after:
        return f"{mask} is gone: no pixel reaches ½ any more."
    parts = []
    if found.lost >= LITTLE:
        where = "at the rim" if found.lost_at_rim > 0.5 else "inside"
        parts.append(f"loses {_percent(found.lost)} of its pixels, most of them {where}")
    if found.gained >= LITTLE:
        where = "along its rim" if found.gained_at_rim > 0.5 else "away from it"
        of = "" if parts else " of its area"
        parts.append(f"gains {_percent(found.gained)}{of}, most of that {where}")
    if parts:
        return f"{mask} {', and '.join(parts)}."
    if found.mean:
        return f"{mask} keeps its pixels; on average one moves by {found.mean:.2g}."
    return f"{mask} stays as it was, to the last bit."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.2g} %"
