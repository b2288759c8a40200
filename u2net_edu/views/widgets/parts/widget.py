"""`explore_parts`: cut, silence and turn parts of a network, and watch its masks."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import traitlets
from torch import Tensor

from .... import images
from ....analysis.activations import capture
from ....analysis.interventions import Change, Replay, edits_of
from ....inference import channels_of
from ....training.loss import as_logits
from ...figures.knock_out import check_table
from ...style import SCALES
from ..explore.widget import NetworkWidget
from ..kit.bundle import bundle
from ..kit.pictures import one_image, painted_png
from ..kit.widget import error_in_words, shows_errors, stylesheet
from .difference import difference, difference_in_words
from .matrix import matrix_for_page
from .still import parts_sheet
from .words import arrows_of, changes_in_words, split_part


def explore_parts(
    model,
    image,
    *,
    changes: Mapping[str, Change] | None = None,
    matrix: pd.DataFrame | None = None,
    size: images.Size = "auto",
    preprocessing: str = "auto",
    scale: float = 1.0,
) -> "PartsExplorer":
    """Find out what each part of a network does: cut arrows, silence boxes, watch the masks.

    Click an arrow to cut it, a box to silence it; open a box to cut inside; turn the gain of a
    part, switch single channels off, or give a part what it gives for another picture. `.changes`
    is what is changed, in the words of `intervene`: read it, or set it.

    A model that cannot be traced or an image that cannot be read is no error here: the widget shows
    what is wrong.

    Args:
        model: a `U2Net`, or any network that `trace` understands and that gives one map of logits
            (B, 1, H, W).
        image: any picture that `preprocess` takes, or a tensor (1, C, H, W) ready for the network.
        changes: what is changed from the start, as `intervene` takes it.
        matrix: what `knock_out` found for this network: a table below the masks, in which a click
            on a cell makes that cut and shows that map.
        size, preprocessing, scale: as for `explore`.
    """
    return PartsExplorer(
        model, image, changes, matrix, size=size, preprocessing=preprocessing, scale=scale
    )


@contextmanager
def collector_waits() -> Iterator[None]:
    """Put off garbage collection until an answer is sent: a full one takes longer than a cut."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class PartsExplorer(NetworkWidget):
    """The widget that `explore_parts` makes.

    `selected` is a part of the map: a path or a connection. `click` says what a click does: `cut`
    or `open`. `shown_map` is the mask that is drawn large.
    """

    alt = "The photograph, the fused mask before and after the changes, and what changed."

    _esm = bundle("parts/widget")
    _css = stylesheet("network/network", "parts/widget")

    hovered = traitlets.Unicode().tag(sync=True)
    opened = traitlets.Unicode().tag(sync=True)
    click = traitlets.Enum(["cut", "open"], "cut").tag(sync=True)
    arrows: "traitlets.List[Any]" = traitlets.List().tag(sync=True)
    pictures: "traitlets.List[Any]" = traitlets.List().tag(sync=True)  # whose values can be taken
    channels = traitlets.Bool(False).tag(sync=True)  # whether single channels are to be seen
    maps = traitlets.Dict().tag(sync=True)
    shown_map = traitlets.Unicode().tag(sync=True)
    # what the page wants: {"count", "cuts": [[part, change], …]}
    asked = traitlets.Dict().tag(sync=True)
    # what is: {"count": of the last wish, "cuts", "problem", "sentence", "masks": [{…}, …]}
    answer = traitlets.Dict().tag(sync=True)
    before: "traitlets.List[Any]" = traitlets.List().tag(sync=True)  # PNG of each mask, unchanged
    legend = traitlets.Dict().tag(sync=True)
    matrix = traitlets.Dict().tag(sync=True)  # of `knock_out`: see matrix_for_page

    def __init__(self, model, image, changes=None, matrix=None, *, size, preprocessing, **traits):
        self._preprocessing, self._first, self._table = preprocessing, changes, matrix
        self._changes: dict[str, Change] = {}
        self._tensors: dict[str, Tensor] = {}  # those that Python put in, by the name on the page
        self._others: dict[str, Any] = {name: name for name in images.PHOTOGRAPHS}
        self._taken: dict[tuple[str, str], Tensor] = {}  # (picture, path): what it gave there
        super().__init__(model, image, size=size, preprocessing=preprocessing, **traits)

    def _begin(self) -> None:
        super()._begin()
        shown = self.shown
        self.arrows = arrows_of(shown.trace)
        self.pictures = list(self._others)
        self.legend = {"gradient": SCALES["change"].gradient()}
        self.selected = shown.data["stages"][0]["path"]
        self.observe(self._start, "ready")
        self.observe(self._obey, "asked")
        self.observe(self._look, ["selected", "channels", "ready"])
        if self._table is not None:
            check_table(self._table, "explore_parts")
            edits_of(shown.trace, dict.fromkeys(self._table.index, "zero"), 1)
            self.matrix = matrix_for_page(self._table)
        if self._first is not None:
            self.changes = self._first

    @traitlets.validate("selected")
    def _a_path(self, proposal):
        part = proposal["value"]
        if self._works and part:
            try:
                edits_of(self.shown.trace, {part: 1.0}, 1)
            except (KeyError, ValueError) as error:
                raise traitlets.TraitError(f"selected: {error}") from None
        return part

    # What is changed

    @property
    def changes(self) -> dict[str, Change]:
        """What is changed, as `intervene` takes it; a copy. Set it to change the network anew.

        Raises, when it is set: as `intervene`; what was there before then stays.
        """
        return dict(self._changes)

    @changes.setter
    def changes(self, changes: Mapping[str, Change]) -> None:
        self._apply(changes, self.answer.get("count", 0))

    def as_for(self, part: str, picture) -> None:
        """Give a part what it gives for another picture, any that `preprocess` takes.

        Raises: as `intervene` and `preprocess`.
        """
        name = picture if isinstance(picture, str) else f"picture {len(self._others) + 1}"
        self._others[name] = picture
        self.changes = {**self._changes, part: self._given_for(name, part)}
        self.pictures = list(self._others)

    def _apply(self, changes: Mapping[str, Change], count: int) -> None:
        output = self._replay.run(changes)
        self._after = self._maps_of(output)
        self._changes = dict(changes)
        self._tell(count)

    @cached_property
    def _replay(self) -> Replay:
        return Replay(self.shown.model, self.shown.on_device)

    @cached_property
    def _before(self) -> dict[str, np.ndarray]:
        return self._maps_of(self._replay.unchanged)

    @staticmethod
    def _maps_of(output) -> dict[str, np.ndarray]:
        """{"fused": (H, W) in 0…1, "side1": …}. Raises: TypeError, ValueError."""
        logits = as_logits(output)
        maps = {}
        for name, values in zip(
            ["fused", *(f"side{i}" for i in range(1, 1 + len(logits.sides)))],
            [logits.fused, *logits.sides],
        ):
            if values.dim() != 4 or tuple(values.shape[:2]) != (1, 1):
                raise ValueError(
                    "explore_parts compares masks: of a network that gives one map of logits, "
                    f"(1, 1, H, W); this one gives {tuple(values.shape)}. "
                    "u2.intervene changes any network."
                )
            maps[name] = values[0, 0].float().sigmoid().cpu().numpy()
        return maps

    @shows_errors
    def _start(self, change=None) -> None:
        """Once the map is drawn: run the network."""
        if self.ready and not self.answer:
            self._apply(self._changes, 0)

    def _obey(self, change=None) -> None:
        """Do what the page wants; where it is wrong, all stays, and the answer says why."""
        count = self.asked.get("count", 0)
        try:
            with collector_waits():
                cuts = {part: self._change(part, how) for part, how in self.asked["cuts"]}
                self._apply(cuts, count)
        except Exception as error:  # the network's own, too
            self.answer = {**self.answer, "count": count, "problem": error_in_words(error)}

    def _look(self, change=None) -> None:
        """Send the channels of the chosen part, where they are to be seen."""
        if not (self.ready and self.channels):
            return
        path = split_part(self.selected)[0]
        try:
            self.maps = self.shown.maps(path)
        except Exception as error:  # it gives no tensor of maps, or the network's own
            self.maps = {"path": path, "error": error_in_words(error)}

    # The changes as the page lists them: a tensor has a name there

    def _change(self, part: str, how) -> Change:
        if not isinstance(how, dict):
            return how
        name = how["as"]
        return self._tensors[name] if name in self._tensors else self._given_for(name, part)

    def _given_for(self, name: str, part: str) -> Tensor:
        path = split_part(part)[0]
        if (name, path) not in self._taken:
            here = self.shown.on_device
            how = images.preprocessing_of(self.shown.model, self._preprocessing)
            other = one_image(
                self._others.get(name, name), how, tuple(here.shape[-2:]),
                channels_of(self.shown.model),
            )  # fmt: skip
            found = capture(self.shown.model, other.to(here), path)
            self._taken[name, path] = found[path]
        return self._taken[name, path]

    def _cuts(self) -> list[list]:
        return [[part, self._listed(change)] for part, change in self._changes.items()]

    def _listed(self, change: Change):
        if not isinstance(change, Tensor):
            return change
        for (name, _), taken in self._taken.items():
            if taken is change:
                return {"as": name}
        for name, tensor in self._tensors.items():
            if tensor is change:
                return {"as": name}
        name = f"tensor {len(self._tensors) + 1}"
        self._tensors[name] = change
        return {"as": name}

    # What became of the masks

    def _tell(self, count: int) -> None:
        grey, change = SCALES["saliency"], SCALES["change"]
        if not self.before:
            self.before = [painted_png(values, grey, (0, 1)) for values in self._before.values()]
            self.shown_map = next(iter(self._before))
        masks = []
        for name, old in self._before.items():
            new = self._after[name]
            pictures = {
                "png": painted_png(new, grey, (0, 1)),
                "change_png": painted_png(new - old, change, (-1, 1)),
            }
            masks.append({"name": name, **pictures, **asdict(difference(old, new))})
        self.answer = {
            "count": count, "cuts": self._cuts(), "problem": "",
            "sentence": self.sentence, "masks": masks,
        }  # fmt: skip

    @property
    def sentence(self) -> str:
        """What the changes did to the fused mask, in words."""
        if not self._changes:
            return "Nothing is changed: click an arrow to cut it, a box to silence it."
        cuts = [(part, how) for part, how in self._cuts()]
        begin = changes_in_words(cuts, {arrow["part"]: arrow["words"] for arrow in self.arrows})
        found = {name: difference(old, self._after[name]) for name, old in self._before.items()}
        fused = found.pop("fused")
        mask = "the fused mask" if found else "the mask"
        said = f"{begin}, {difference_in_words(fused, mask)}"
        most = max(found, key=lambda name: found[name].mean, default="")
        if most and found[most].mean:
            said += f" Of the sides, {most} moves most: {found[most].mean:.2g} on average."
        return said

    def still(self) -> bytes:
        """The photograph, the fused mask before and after, and what changed, as PNG."""
        from ...figures.sheets import message_sheet

        if self._works:
            self._start_still()
        if not self._works or not self.answer:
            return message_sheet(self.message)
        return parts_sheet(
            self.shown.photo, self._before["fused"], self._after["fused"], self.sentence
        )

    @shows_errors
    def _start_still(self) -> None:
        if not self.answer:
            self._apply(self._changes, 0)
