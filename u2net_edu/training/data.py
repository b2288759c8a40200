"""What a network learns from: drawn scenes, folders of photographs, augmentation by name.

Every dataset gives image (3, H, W) and mask (1, H, W), float32 in 0 … 1. What a network wants
done to the values (`preprocessing`) is applied later, by `fit` and `evaluate`, to whole batches.
"""

import math
import os
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from numbers import Integral
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import Dataset

from ..architecture.about import about
from ..decoding import PictureError, suffixes
from ..images import PREPROCESSING, as_array, per_channel, picture_size, read_mask
from .options import number, whole
from .pairs import DataError, check_range, pair_at, stacked
from .scenes import DIFFICULTY, draw_scene
from .shapes import Draws

CACHE_BYTES = 256 * 2**20
"""A dataset keeps finished pictures, 8 bits a value, until they take this much memory."""


class Scenes(Dataset):
    """What both datasets share: indexing, float32 tensors, and memory for what was made before."""

    def __init__(self, size: int, length: int):
        self.size = whole("size, the side of a square in pixels,", size, 8)
        self._length = whole("length, the number of pictures,", length)
        self._made: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        if isinstance(index, bool) or not isinstance(index, Integral):
            raise TypeError(
                f"a picture is chosen by a whole number, 0 … {self._length - 1}; got {index!r}."
            )
        if not -self._length <= index < self._length:
            raise IndexError(f"picture {index} of {self._length}: 0 … {self._length - 1}.")
        image, mask = self.pixels(int(index) % self._length)
        return _unit(image), _unit(mask)

    def pixels(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Image (3, size, size) and mask (1, size, size), uint8; as shown and as kept."""
        if index in self._made:
            return self._made[index]
        image, mask = self._make(index)
        made = np.ascontiguousarray(image.transpose(2, 0, 1)), np.ascontiguousarray(mask[None])
        if (len(self._made) + 1) * 4 * self.size**2 <= CACHE_BYTES:
            self._made[index] = made
        return made

    def _make(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        raise NotImplementedError


def _unit(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values).to(torch.float32).div_(255)


class SyntheticScenes(Scenes):
    """Drawn scenes with salient objects: random access, the same for a seed on every machine.

    Args:
        size: the side in pixels. A seed shows the same scenes at any size.
        length: how many scenes there are.
        seed: training and held-out scenes take different ones.
        difficulty: 0 … 1: clutter, texture, noise, small contrast. Scores are told at the default.

    Items: image (3, size, size), mask (1, size, size), float32; the mask is 0 or 1. A scene takes
    about 3 ms at 64×64 the first time. About one in twenty holds no object.
    Raises: ValueError for a size, length, seed or difficulty that makes no sense.
    """

    def __init__(
        self, size: int = 64, length: int = 3000, seed: int = 0, difficulty: float = DIFFICULTY
    ):
        super().__init__(size, length)
        self.seed = whole("seed", seed, 0)
        number("difficulty", difficulty, least=0, most=1)
        self.difficulty = difficulty  # as it came: its repr is part of what a run is known by

    def __repr__(self) -> str:
        return (
            f"SyntheticScenes(size={self.size}, length={len(self)}, seed={self.seed}, "
            f"difficulty={self.difficulty})"
        )

    def _make(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        scene = draw_scene(self.seed, index, self.size, self.difficulty)
        return scene.image, scene.mask


# --- folders


class FolderScenes(Scenes):
    """Photographs and masks from two folders, matched by name: `cat.jpg` and `cat.png`.

    Args:
        images: the folder of photographs; or, without `masks`, a folder in the layout of DUTS: one
            subfolder of each, known by how its name ends (`IMAGE_FOLDERS`, `MASK_FOLDERS`).
        masks: the folder of masks: white is salient, or what is opaque in a cut-out (see
            `read_mask`). What is brightest in a mask counts as white, so that masks of 0 and 1 work
            like masks of 0 and 255.
        size: both are squashed to size × size, as upstream does for training; the mask is cut at
            one half.

    Every file is opened once, here, so that training does not stop at one after hours. Ten
    photographs of one's own are enough to fine-tune.
    Raises: FileNotFoundError for a folder; DataError that names all pictures without mask or
    masks without picture, unreadable files and pairs of different size; or an empty folder.
    """

    def __init__(
        self, images: str | os.PathLike, masks: str | os.PathLike | None = None, size: int = 320
    ):
        whole("size, the side of a square in pixels,", size, 8)  # before files are read
        images, masks = _two_folders(Path(images), masks)
        pictures, truths = _by_stem(images), _by_stem(masks)
        if not pictures:
            raise DataError(f"{images} holds no pictures.")
        self.names = sorted(pictures.keys() & truths.keys())
        problems = [
            f"{pictures[n][0]}: no mask {n}.png in {masks}" for n in pictures if n not in truths
        ]
        problems += [
            f"{truths[n][0]}: no picture {n}.jpg in {images}" for n in truths if n not in pictures
        ]
        for folder in (pictures, truths):
            problems += [_which(twins) for twins in folder.values() if len(twins) > 1]
        self._pairs = [(pictures[name][0], truths[name][0]) for name in self.names]
        with ThreadPoolExecutor() as pool:
            problems += [
                text for texts in pool.map(_problems_of_pair, self._pairs) for text in texts
            ]
        if problems:
            raise DataError(_list_problems(problems))
        super().__init__(size, len(self._pairs))

    def __repr__(self) -> str:
        return (
            f"FolderScenes({str(self._pairs[0][0].parent)!r}, {len(self)} pairs, size={self.size})"
        )

    def _make(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        picture, truth = self._pairs[index]
        image = _resized(_image(picture), self.size)
        mask = _resized(_mask(truth)[None], self.size)
        pixels = (image * 255 + 0.5).to(torch.uint8).permute(1, 2, 0).numpy()
        return pixels, np.where(mask[0].numpy() >= 0.5, 255, 0).astype(np.uint8)

    def full_mask(self, index: int) -> np.ndarray:
        """The mask at its own size, (H, W) float32 in 0 … 1: what `evaluate` measures against."""
        return _mask(self._pairs[index][1]).numpy()

    def picture(self, index: int) -> Path:
        """The file of a photograph, for what needs it at its own size."""
        return self._pairs[index][0]


IMAGE_FOLDERS = ("image", "images", "imgs", "img")
MASK_FOLDERS = ("mask", "masks", "gt", "gts", "ground_truth_mask", "pixelwisegt-new-png")
"""How the folders of public data sets end: DUTS, ECSSD, HKU-IS, DUT-OMRON."""


def _two_folders(images: Path, masks: str | os.PathLike | None) -> tuple[Path, Path]:
    if masks is None:
        if not images.is_dir():
            raise FileNotFoundError(f"no folder {images}")
        found = [
            [p for p in sorted(images.iterdir()) if p.is_dir() and p.name.lower().endswith(words)]
            for words in (IMAGE_FOLDERS, MASK_FOLDERS)
        ]
        if [len(folders) for folders in found] != [1, 1]:
            raise DataError(
                f"{images} is not in the layout of DUTS: expected one folder whose name ends in "
                f"Image and one in Mask (also {', '.join(IMAGE_FOLDERS[1:])} and "
                f"{', '.join(MASK_FOLDERS[1:])}). Or name both: FolderScenes(images, masks)."
            )
        return found[0][0], found[1][0]
    masks = Path(masks)
    for folder in (images, masks):
        if not folder.is_dir():
            raise FileNotFoundError(f"no folder {folder}")
    return images, masks


def _by_stem(folder: Path) -> dict[str, list[Path]]:
    """Pictures by name without ending. An ü may be one character or two (a Mac's zip files have
    two): names count as the same if they look the same.
    """
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in suffixes() and not path.name.startswith("."):
            files.setdefault(unicodedata.normalize("NFC", path.stem), []).append(path)
    return files


def _which(twins: list[Path]) -> str:
    """What to say of several files with one name."""
    names = ", ".join(map(str, twins))
    if len({path.stem for path in twins}) > 1:
        return f"{names}: these names look the same, but are spelt in two Unicode forms; which one?"
    return f"{names}: which one?"


def _problems_of_pair(pair: tuple[Path, Path]) -> list[str]:
    sizes, problems = [], []
    for path, size_of in zip(pair, (picture_size, lambda path: read_mask(path).shape)):
        try:
            sizes.append(size_of(path))
        except (OSError, PictureError) as error:
            problems.append(str(error))
    if not problems and sizes[0] != sizes[1]:
        (h, w), (mh, mw) = sizes
        problems.append(f"{pair[0]}: {w}×{h}, but its mask {pair[1].name} is {mw}×{mh}")
    return problems


def _list_problems(problems: list[str], limit: int = 50) -> str:
    shown = [f"  {line}" for line in problems[:limit]]
    if len(problems) > limit:
        shown.append(f"  … and {len(problems) - limit} more")
    count = f"{len(problems)} problem{'s' * (len(problems) > 1)}"
    return "\n".join([f"{count} to repair or remove before training:", *shown])


def _image(path: Path) -> Tensor:
    """A picture file as (3, H, W) float32 in 0…1. Raises: DataError, which names the file."""
    try:
        return torch.from_numpy(as_array(path).transpose(2, 0, 1).copy())
    except (OSError, PictureError) as error:  # it was readable before: it was changed meanwhile
        raise DataError(str(error)) from error


def _mask(path: Path) -> Tensor:
    """A mask file as (H, W) float32, its brightest value 1. Raises: DataError, as `_image`."""
    try:
        return torch.from_numpy(read_mask(path))
    except (OSError, PictureError) as error:
        raise DataError(str(error)) from error


def _resized(values: Tensor, size: int | tuple[int, int]) -> Tensor:
    """Resize (C, H, W) to a size or a square: bilinear, with averaging if it shrinks."""
    shape = (size, size) if isinstance(size, Integral) else size
    if tuple(values.shape[-2:]) == shape:
        return values
    resized = F.interpolate(values[None], shape, mode="bilinear", antialias=True)
    return resized[0].clamp_(0, 1)


# --- values as a network wants them


def normalised(images: Tensor, name: str) -> Tensor:
    """Apply the named preprocessing to a batch (B, C, H, W) in 0…1, on its own device.

    Raises: KeyError for an unknown name; ValueError for a preprocessing that subtracts means of
    colours from images of another number of channels than 1 and 3.
    """
    if name not in PREPROCESSING:
        raise KeyError(f"no preprocessing {name!r}; there are {', '.join(PREPROCESSING)}.")
    how = PREPROCESSING[name]
    if how.divide_by_maximum:
        brightest = images.amax(dim=(1, 2, 3), keepdim=True)
        images = images / torch.where(brightest > 0, brightest, 1.0)
    mean, std = (
        images.new_tensor(per_channel(name, numbers, images.shape[1])).view(-1, 1, 1)
        for numbers in (how.mean, how.std)
    )
    return (images - mean) / std


def preprocessing_of(model: nn.Module) -> str:
    """What a model's weights were trained with; `plain` if that is not known."""
    return about(model).preprocessing or "plain"


# --- augmentation

Augmentation = Callable[[Tensor, Tensor, Draws], tuple[Tensor, Tensor]]


def keep(image: Tensor, mask: Tensor, draws: Draws) -> tuple[Tensor, Tensor]:
    """Leave the picture as it is."""
    return image, mask


def upstream(image: Tensor, mask: Tensor, draws: Draws) -> tuple[Tensor, Tensor]:
    """Do what the authors do: 320×320, a random 288×288 of it, upside down every second time.

    Their crop never reaches the last row and the last column; this one does.
    """
    image, mask = _resized(image, 320), (_resized(mask, 320) >= 0.5).float()
    top, left = draws.below(320 - 288 + 1), draws.below(320 - 288 + 1)
    image = image[:, top : top + 288, left : left + 288]
    mask = mask[:, top : top + 288, left : left + 288]
    return (image.flip(1), mask.flip(1)) if draws.chance(0.5) else (image, mask)


def photographs(image: Tensor, mask: Tensor, draws: Draws) -> tuple[Tensor, Tensor]:
    """For photographs: mirror, crop to 75…100 % and resize back, change brightness and contrast.

    The crop has the picture's proportions and can be anywhere in it; the size stays.
    """
    height, width = image.shape[-2:]
    scale = draws.uniform(0.75, 1.0)
    rows, columns = round(height * scale), round(width * scale)
    top, left = draws.below(height - rows + 1), draws.below(width - columns + 1)
    image = _resized(image[:, top : top + rows, left : left + columns], (height, width))
    mask = _resized(mask[:, top : top + rows, left : left + columns], (height, width))
    mask = (mask >= 0.5).float()
    if draws.chance(0.5):
        image, mask = image.flip(2), mask.flip(2)
    contrast, brightness = draws.uniform(0.8, 1.25), draws.uniform(-0.1, 0.1)
    return ((image - 0.5) * contrast + 0.5 + brightness).clamp_(0, 1), mask


def symmetries(image: Tensor, mask: Tensor, draws: Draws) -> tuple[Tensor, Tensor]:
    """For drawn scenes, which have no up and no natural colour: turn and mirror in eight ways, and
    order red, green and blue in six. It costs nothing, and one scene becomes forty-eight.

    A picture that is not square is only mirrored, so that all keep one shape.
    """
    which = draws.below(8)
    if which & 1:
        image, mask = image.flip(1), mask.flip(1)
    if which & 2:
        image, mask = image.flip(2), mask.flip(2)
    if which & 4 and image.shape[1] == image.shape[2]:
        image, mask = image.transpose(1, 2), mask.transpose(1, 2)
    return image[draws.permutation(len(image))], mask


AUGMENTATIONS: dict[str, Augmentation] = {
    "none": keep,
    "upstream": upstream,
    "photographs": photographs,
    "symmetries": symmetries,
}
"""Augmentation by name; each takes image, mask and `Draws`. Add your own here."""


def default_augmentation(dataset) -> str:
    """`symmetries` for drawn scenes, `photographs` for everything else."""
    return "symmetries" if isinstance(dataset, SyntheticScenes) else "photographs"


# --- batches


class Augmented(Dataset):
    """A dataset seen through an augmentation. Its keys are (index, draw): the draw number decides
    what the augmentation does, so that no worker process holds any state.
    """

    def __init__(self, dataset, augmentation: str, seed: int):
        check_augmentation(augmentation)
        self.dataset = dataset
        self.augment = AUGMENTATIONS[augmentation]
        self.seed = seed

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, key: tuple[int, int]) -> tuple[Tensor, Tensor]:
        index, draw = key
        pair = pair_at(self.dataset, index, "the training data", finite=False)
        broken = [not part.isfinite().all() for part in pair]
        image, mask = self.augment(pair[0], pair[1], Draws(self.seed, 1, draw))
        if any(broken):  # no crop or threshold may hide it: training says what is wrong, and where
            image, mask = (
                torch.full_like(part, math.nan) if bad else part
                for part, bad in zip((image, mask), broken)
            )
        check_range(mask, f"the mask of picture {index} after its augmentation", finite=False)
        return image.contiguous(), mask.contiguous()

    def __getitems__(self, keys: list[tuple[int, int]]):
        """Images and masks of a batch; or the DataError, for the process that trains to raise.

        Raised in a worker process it would arrive with a traceback for a message.
        """
        try:
            return stacked([self[key] for key in keys])
        except DataError as error:
            return error


def check_augmentation(name: str) -> None:
    """Refuse what is not in `AUGMENTATIONS`. Raises: ValueError."""
    if name not in tuple(AUGMENTATIONS):  # a list would have no hash
        raise ValueError(f"no augmentation {name!r}; there are {', '.join(AUGMENTATIONS)}.")


@lru_cache(maxsize=2)
def _order(length: int, seed: int, epoch: int) -> np.ndarray:
    return Draws(seed, 0, epoch).permutation(length)


def batch_keys(length: int, batch_size: int, seed: int, step: int) -> list[tuple[int, int]]:
    """The (index, draw) pairs of one step's batch: a function of the seed and the step alone.

    Draws count on through the epochs; each epoch is a permutation of the dataset. A batch may
    straddle two, so none is cut short.
    """
    draws = range(step * batch_size, (step + 1) * batch_size)
    return [(int(_order(length, seed, d // length)[d % length]), d) for d in draws]


class BatchSampler:
    """Endless batches of keys from a step on: this process's equal share of each."""

    def __init__(self, length, batch_size, seed, first_step=0, rank=0, processes=1):
        whole("batch_size", batch_size)
        if batch_size % processes:
            raise ValueError(
                f"batch_size is the whole batch over all processes: expected a multiple of "
                f"{processes}, got {batch_size}."
            )
        self.length, self.batch_size, self.seed = length, batch_size, seed
        self.first_step = first_step
        share = batch_size // processes
        self.mine = slice(rank * share, (rank + 1) * share)

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        step = self.first_step
        while True:
            yield batch_keys(self.length, self.batch_size, self.seed, step)[self.mine]
            step += 1
