"""How pictures are changed before a network learns from them, by name."""

from collections.abc import Callable

from torch import Tensor

from .data import SyntheticScenes, resized
from .shapes import Draws

Augmentation = Callable[[Tensor, Tensor, Draws], tuple[Tensor, Tensor]]


def keep(image: Tensor, mask: Tensor, draws: Draws) -> tuple[Tensor, Tensor]:
    """Leave the picture as it is."""
    return image, mask


def upstream(image: Tensor, mask: Tensor, draws: Draws) -> tuple[Tensor, Tensor]:
    """Do what the authors do: 320×320, a random 288×288 of it, upside down every second time.

    Their crop never reaches the last row and the last column; this one does.
    """
    image, mask = resized(image, 320), (resized(mask, 320) >= 0.5).float()
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
    image = resized(image[:, top : top + rows, left : left + columns], (height, width))
    mask = resized(mask[:, top : top + rows, left : left + columns], (height, width))
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


def check_augmentation(name: str) -> None:
    """Refuse what is not in `AUGMENTATIONS`. Raises: ValueError."""
    if name not in tuple(AUGMENTATIONS):  # a list would have no hash
        raise ValueError(f"no augmentation {name!r}; there are {', '.join(AUGMENTATIONS)}.")
