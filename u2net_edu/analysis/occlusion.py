"""What a large change does: cover a patch of the picture, and see how far a value moves.

Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm.auto import tqdm

from ..architecture.checks import whole
from .painting import colour_of
from .watching import Watched, traced_at

ACROSS = 8  # patches along the longer side, if nobody says how large they are


@dataclass(frozen=True)
class Occlusion:
    """What `occlusion` found; prints as a summary in words."""

    path: str
    pixel: tuple[int, int] | None
    """None where the value is the mean over the map."""
    patch: tuple[int, int]
    """Rows and columns of what was covered; at the last rows and columns it may be cut."""
    stride: int
    before: NDArray[np.float64]
    """(C,): the value for the whole picture, in every channel."""
    changes: NDArray[np.float64]
    """(C, rows, columns): covered less uncovered, for each place of the patch."""
    support: NDArray[np.bool_]
    """(H, W): what the pixel can see."""

    @property
    def map(self) -> NDArray[np.float64]:
        """(rows, columns): how far the value moves, summed over channels; ≥ 0."""
        return np.abs(self.changes).sum(0)

    @property
    def sees(self) -> NDArray[np.bool_]:
        """(rows, columns): whether the patch covers anything that the pixel can see."""
        found = np.zeros(self.changes.shape[1:], bool)
        for place, box in self.boxes():
            found[place] = self.support[box].any()
        return found

    @property
    def per_pixel(self) -> NDArray[np.float64]:
        """(H, W): for each pixel of the picture the mean over all patches that cover it."""
        total, times = np.zeros(self.support.shape), np.zeros(self.support.shape)
        moved = self.map
        for place, box in self.boxes():
            total[box] += moved[place]
            times[box] += 1
        return total / times

    def boxes(self) -> Iterator[tuple[tuple[int, int], tuple[slice, slice]]]:
        """Give every place of the patch, (row, column) of `map`, and the pixels that it covers."""
        return _boxes(self.support.shape, self.patch, self.stride)

    def __str__(self) -> str:
        moved, (rows, columns) = self.map, self.changes.shape[1:]
        place = np.unravel_index(int(moved.argmax()), moved.shape)
        top, left = (int(at) * self.stride for at in place)
        what = "its mean" if self.pixel is None else f"pixel {self.pixel}"
        blind = moved[~self.sees]
        outside = (
            f" {len(blind):,} patches lie where it cannot see, and move it by {blind.max():.2g} at "
            "most."
            if len(blind)
            else ""
        )
        return (
            f"{self.path}, {what}: {rows}×{columns} patches of {self.patch[0]}×{self.patch[1]} "
            f"pixels, one every {self.stride}. The one at row {top}, column {left} moves it most, "
            f"by {moved.max():.3g}, summed over {len(self.before)} channels.{outside}"
        )

    __repr__ = __str__


def occlusion(
    model: nn.Module,
    image: Tensor,
    path: str | None = None,
    pixel: tuple[int, int] | None = None,
    *,
    patch: int | None = None,
    stride: int | None = None,
    fill: Any = "mean",
    batch_size: int = 4,
    progress: bool = True,
) -> Occlusion:
    """Cover a patch, move it over the picture, and measure how far the value of a pixel moves.

    The network runs in eval mode and stays as it was. Ctrl-C ends it, without a result.

    Args:
        model: ours, or any network that can be traced and takes one tensor.
        image: (1, C, H, W), as the network takes it.
        path: of a stage, a layer or an operator; by default the network's (first) output.
        pixel: (row, column) of its output; by default the mean over the whole map.
        patch: side of the patch in pixels; by default an eighth of the picture's longer side.
        stride: from one patch to the next; by default half a patch.
        fill: what covers it: `"mean"`, the picture's mean of each channel; a number, or one for
            each channel, as the network takes them.
        batch_size: how many covered pictures go through the network at once.

    Raises: PathError; IndexError for a pixel that the output does not have; ValueError for what is
    no image, patch, stride or fill; TraceError; UnknownOperatorError.
    """
    watched = Watched(traced_at(model, image, "occlusion"), image, path, pixel, "occlusion")
    size = watched.support.shape
    side = whole("patch", max(1, max(size) // ACROSS) if patch is None else patch, 1, max(size))
    step = whole("stride", max(1, side // 2) if stride is None else stride, 1, side)
    whole("batch_size", batch_size)
    sides = min(side, size[0]), min(side, size[1])
    picture = watched.image
    cover = picture.mean((2, 3), keepdim=True) if fill == "mean" else colour_of(picture, fill)
    places = list(_boxes(size, sides, step))
    before, found = _run(watched, places, cover, batch_size, progress)
    rows, columns = (last + 1 for last in places[-1][0])
    changes = (found - before).T.reshape(-1, rows, columns)
    return Occlusion(watched.path, watched.pixel, sides, step, before, changes, watched.support)


def _run(
    watched: Watched, places: list, cover: Tensor, batch: int, progress: bool
) -> tuple[NDArray, NDArray]:
    """The value without a cover, (C,), and for each place, (N, C).

    Every batch is of the same size, the last one filled up with the bare picture: another size may
    be computed in another order, which rounds in another way.
    """
    bare = watched.image.expand(batch, -1, -1, -1)
    before, found = watched.values(watched.maps(bare))[0], []
    with tqdm(total=len(places), unit="patch", disable=not progress, dynamic_ncols=True) as bar:
        for start in range(0, len(places), batch):
            boxes = [box for _, box in places[start : start + batch]]
            images = bare.clone()
            for one, box in zip(images, boxes):
                one[:, box[0], box[1]] = cover[0]
            found.append(watched.values(watched.maps(images))[: len(boxes)])
            bar.update(len(boxes))
    return before, np.concatenate(found)


def _boxes(
    size: tuple[int, ...], patch: tuple[int, int], stride: int
) -> Iterator[tuple[tuple[int, int], tuple[slice, slice]]]:
    counts = [math.ceil(max(n - side, 0) / stride) + 1 for n, side in zip(size, patch)]
    for row, column in np.ndindex(*counts):
        top, left = row * stride, column * stride
        yield (row, column), (slice(top, top + patch[0]), slice(left, left + patch[1]))
