"""How much does each part matter? Silence one after the other, and measure every map again."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from ..analysis.interventions import Change, Replay
from ..architecture.about import about
from ..images import preprocess, preprocessing_of, size_of
from ..training import data
from ..training.data import normalised
from ..training.loss import as_logits
from ..training.metrics import batch_iou
from ..training.options import whole
from ..training.pairs import check_dataset, pair_at, stacked

MEASURES = ("IoU", "change")


def knock_out(
    model: nn.Module,
    pairs,
    parts: Iterable[str] | None = None,
    measure: str = "IoU",
    *,
    change: Change = "zero",
    preprocessing: str | None = None,
    batch_size: int = 8,
    progress: bool = True,
) -> pd.DataFrame:
    """Change one part at a time, and measure what that does to each of the maps.

    What lies before a part is run once for all parts behind it. Ctrl-C ends it with the pictures
    that are finished, if there are any.

    Args:
        model: a U2Net, or any network that can be traced and gives logits (B, 1, H, W). It stays
            as it was.
        pairs: a dataset, as `evaluate` takes it; for the measure `change` also a list of pictures,
            as `preprocess` takes them: names, paths, arrays.
        parts: what `intervene` takes: paths and connections. By default every stage and every
            skip between stages.
        measure: `IoU`: how much the IoU with the mask rises; below 0 the part is missed.
            `change`: by how much a pixel of the map (0…1) moves on average, without any mask.
        change: what happens to each part, as for `intervene`.
        preprocessing: what the model was trained with; its own by default.
        batch_size: how many pictures go through the network at once.

    Returns: a row a part, the columns `fused`, `side1` … `side6`; those that change the fused map
    most come first. A network without sides has the one column. `.attrs["images"]` is how many
    pictures it is the mean of.
    Raises: what `intervene` raises for parts and changes, before anything is measured wherever the
    trace can tell; DataError for what `as_pair` refuses; ValueError for an unknown measure and for
    no parts.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure is one of {', '.join(MEASURES)}; got {measure!r}.")
    whole("batch_size", batch_size)
    check_dataset(pairs, "the dataset", "there is nothing to measure on")
    if isinstance(parts, str):
        raise TypeError(f"parts is a list of parts; got {parts!r}: write [{parts!r}].")
    rows: dict[str, list[Tensor]] = {}
    bar, batches = None, _batches(model, pairs, measure, preprocessing, batch_size)
    finished = 0
    try:
        for images, masks in batches:
            replay = Replay(model, images)
            if bar is None:
                chosen = _in_order(replay, parts, change)
                total = len(chosen) * len(pairs)
                bar = tqdm(total=total, unit="cut", disable=not progress, dynamic_ncols=True)
                rows = {part: [] for part in chosen}
            before = _maps(replay.unchanged)
            found = []
            for part in rows:
                after = _maps(replay.run({part: change}))
                found.append(_difference(before, after, masks))
                bar.set_postfix_str(part, refresh=False)
                bar.update(len(images))
            for values, row in zip(found, rows.values()):
                row.append(values)
            finished += len(images)
    except KeyboardInterrupt:
        if not finished:
            raise
    finally:
        if bar is not None:
            bar.close()
    frame = _frame(rows)
    frame.attrs.update(measure=measure, images=finished)
    return frame


def _frame(rows: dict[str, list[Tensor]]) -> pd.DataFrame:
    """The means over pictures: those parts first that change the fused map most."""
    means = {part: torch.cat(row, 1).double().mean(1).tolist() for part, row in rows.items()}
    sides = len(next(iter(means.values()))) - 1
    columns = ["fused", *(f"side{i + 1}" for i in range(sides))]
    frame = pd.DataFrame.from_dict(means, orient="index", columns=columns)
    order = frame["fused"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order]


def parts_of(replay: Replay) -> list[str]:
    """The stages of a network, and the skips between them."""
    traced, arrows = replay.traced, replay.connections
    read = {source for operator in traced.operators for source in operator.inputs}
    stages = []
    for name in traced.groups("stage"):
        try:
            if name in traced.paths and traced.position(name) in read:
                stages.append(name)
        except ValueError:  # it gives several tensors, or none
            continue
    skips = arrows[(arrows["kind"] == "skip") & (arrows["where"] == "outer")]
    return [*stages, *skips.index]


def _in_order(replay: Replay, parts: Iterable[str] | None, change: Change) -> list[str]:
    """The parts as the network computes them; each is tried, so that a mistake shows at once."""
    if parts is None:
        parts = parts_of(replay)
    chosen = list(dict.fromkeys(parts))
    if not chosen:
        raise ValueError('no parts were given: parts=["en3", "en3 -> de3.concat"], say.')
    return sorted(chosen, key=lambda part: replay.position(part, change))


def _batches(model, pairs, measure: str, preprocessing: str | None, batch_size: int):
    """Images, preprocessed, where the model is, with their masks; or None, where none is needed."""
    home = next(model.parameters(), torch.zeros(()))
    for start in range(0, len(pairs), batch_size):
        chosen = range(start, min(start + batch_size, len(pairs)))
        if measure == "change" and not _is_pair(pairs[start]):
            name = preprocessing_of(model, preprocessing or "auto")
            size, channels = size_of(model), about(model).channels
            images = torch.cat([preprocess(pairs[i], name, size, channels) for i in chosen])
            masks = None
        else:
            images, masks = stacked([pair_at(pairs, i) for i in chosen])
            images = normalised(images, preprocessing or data.preprocessing_of(model))
            masks = masks.to(home.device) if measure == "IoU" else None
        yield images.to(home.device, home.dtype), masks


def _is_pair(item: Any) -> bool:
    return isinstance(item, (tuple, list, dict))


def _maps(output: Any) -> Sequence[Tensor]:
    logits = as_logits(output)
    return [logits.fused.float().sigmoid(), *(side.float().sigmoid() for side in logits.sides)]


def _difference(before: Sequence[Tensor], after: Sequence[Tensor], masks) -> Tensor:
    """(maps, pictures): what happened to each."""
    if masks is None:
        return torch.stack([(b - a).abs().mean((1, 2, 3)) for b, a in zip(before, after)]).cpu()
    rises = [batch_iou(a, masks) - batch_iou(b, masks) for b, a in zip(before, after)]
    return torch.stack(rises).cpu()
