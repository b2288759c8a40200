"""Which pictures a step learns from, and in what order: a function of the seed and the step."""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from .augmentation import AUGMENTATIONS, check_augmentation
from .options import whole
from .pairs import DataError, check_range, pair_at, stacked
from .shapes import Draws


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
