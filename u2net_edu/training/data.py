"""What a network learns from: drawn scenes and folders of photographs.

Every dataset gives image (3, H, W) and mask (1, H, W), float32 in 0 … 1. What a network wants
done to the values (`preprocessing`) is applied later, by `fit` and `evaluate`, to whole batches.
"""

import os
import unicodedata
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from numbers import Integral
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import Dataset, Subset

from ..architecture.about import about
from ..decoding import PictureError, suffixes
from ..images import PREPROCESSING, as_array, per_channel, picture_size, read_mask
from .options import number, whole
from .pairs import DataError, pair_at
from .scenes import DIFFICULTY, draw_scene

CACHE_BYTES = 256 * 2**20
"""A dataset keeps finished pictures, 8 bits a value, until they take this much memory."""

LOOKED_THROUGH = 64
"""So many scenes of a dataset are looked at, where some are looked for."""


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
        image = resized(_image(picture), self.size)
        mask = resized(_mask(truth)[None], self.size)
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


def resized(values: Tensor, size: int | tuple[int, int]) -> Tensor:
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


def any_shown_in(train, images: Iterable[Tensor]) -> bool:
    """Whether one of these images, each (3, H, W), is among the first scenes of `train`.

    Looks only into datasets that give the same each time: looking must not change what a dataset
    gives next, as it would if the dataset drew random numbers.
    """
    base = train
    while isinstance(base, Subset):
        base = base.dataset
    if not isinstance(base, (list, tuple, SyntheticScenes, FolderScenes)):
        return False
    looked_through = range(min(len(train), LOOKED_THROUGH))
    scenes = (pair_at(train, i, "the training data", finite=False)[0] for i in looked_through)
    return any(torch.equal(scene, image) for scene in scenes for image in images)
