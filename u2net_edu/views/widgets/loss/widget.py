"""`explore_loss`: seven maps, seven losses, their sum, and which of them moves which stage."""

import copy
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
import traitlets
from torch import Tensor
from torch.utils.data import Dataset

from ....analysis.tracing import trace
from ....architecture.stand_in import stand_in, unwrapped
from ....architecture.u2net import SaliencyLogits, U2Net
from ....training.classroom import HELD_OUT_SEED
from ....training.classroom import SIZE as SCENE_SIZE
from ....training.data import SyntheticScenes
from ....training.loss import gradient_products, loss_maps, shares_of, stage_gradients
from ...figures.sheets import message_sheet
from ...style import SCALES
from ..kit.bundle import bundle
from ..kit.pictures import png_bytes
from ..kit.widget import BrowserWidget, error_in_words, shows_errors, stylesheet
from .loss_input import network_input
from .still import loss_sheet

SCENES = 256  # drawn scenes to leaf through, where no image is given
MOST_MACS = 4e9  # of a forward pass whose gradients are computed without asking: some seconds
MOST_KEPT = 4_000_000  # parameters of a network whose six gradients are kept: 0.1 GB
PASSES = 20  # about so many forward passes are one forward and seven backward ones
MOST_WEIGHT = 3.0


def explore_loss(
    model: U2Net,
    image=None,
    mask=None,
    *,
    scene: int = 0,
    size: int | None = None,
    preprocessing: str = "auto",
    scale: float = 1.0,
) -> "LossExplorer":
    """Take the loss apart: seven maps against one mask, their weights, their sum, its gradients.

    Switch terms on and off, weigh them, drag the weights of the fusion, put the sigmoid before or
    after it, choose a pixel. All settings are traits: set them, or observe what the reader does.
    What does not fit is no error here: the widget says what is wrong.

    Args:
        model: a `U2Net` with one map a side. It is copied: training it further changes nothing
            here.
        image: any picture that `preprocess` takes; a tensor (3, H, W) in 0 … 1, as datasets give
            it; a tensor (1, C, H, W) ready for the network; or a whole dataset of (image, mask),
            a list of pairs among them, to leaf through. Without one: held-out drawn scenes.
        mask: of the image's size: any picture (its brightest value is salient), or a tensor
            (H, W), (1, H, W) or (1, 1, H, W) in 0 … 1. Not for a dataset, which brings its own.
        scene: which item of a dataset to begin with.
        size: side in pixels to which a picture and its mask are squashed; without it a picture
            takes the size that the model was trained at, else 320, and a tensor stays as it is.
        preprocessing: by name, as `preprocess` knows them; `auto` is what the model was trained
            with, `upstream` where it was not.
        scale: enlarges everything, for a projector.
    """
    return LossExplorer(model, image, mask, scene, size, preprocessing, scale=scale)


class LossExplorer(BrowserWidget):
    """The widget that `explore_loss` makes.

    A term is one of `names`: fused, side1 … side6. `weights` and `on` are of the terms in this
    order, `fuse_weights` of the sides alone. `pixel` is (row, column).
    """

    alt = "The seven maps, the loss of each against the mask, and their sum."

    _esm = bundle("loss/widget")
    _css = stylesheet("loss/widget")

    network = traitlets.Dict().tag(sync=True)
    palettes = traitlets.Dict().tag(sync=True)
    photo = traitlets.Bytes().tag(sync=True)
    sides = traitlets.Bytes().tag(sync=True)  # logits, float32, (sides, H, W)
    mask = traitlets.Bytes().tag(sync=True)  # float32, (H, W)
    # the fusion's weights, and last its bias
    learned: "traitlets.List[Any]" = traitlets.List().tag(sync=True)
    limit = traitlets.Float(1.0).tag(sync=True)  # the loss with the brightest colour

    weights = traitlets.List(traitlets.Float()).tag(sync=True)  # each 0 … most_weight
    most_weight = traitlets.Float(MOST_WEIGHT).tag(sync=True)
    on = traitlets.List(traitlets.Bool()).tag(sync=True)
    fuse_weights = traitlets.List(traitlets.Float()).tag(sync=True)
    fuse_bias = traitlets.Float().tag(sync=True)
    sigmoid = traitlets.Enum(["after", "before"], "after").tag(sync=True)  # … the fusion
    selected = traitlets.Unicode("fused").tag(sync=True)
    pixel = traitlets.List(traitlets.Int(), [0, 0], minlen=2, maxlen=2).tag(sync=True)
    scene = traitlets.Int(-1).tag(sync=True)

    # for which fusion the page wants gradients
    asked: "traitlets.List[Any]" = traitlets.List().tag(sync=True)
    products = traitlets.Dict().tag(sync=True)  # what they are, and for which fusion

    def __init__(self, model, image, mask, scene, size, preprocessing, **traits):
        self.names: tuple[str, ...] = ()
        self._dataset: Any = None
        super().__init__(**traits)
        try:
            self._begin(model, image, mask, scene, (size, preprocessing))
        except Exception as error:  # whatever a student's own model, picture or mask may raise
            self.message = error_in_words(error)

    def _begin(self, model, image, mask, scene, how) -> None:
        _check_model(model)
        self._how = how
        own = copy.deepcopy(stand_in(model)).requires_grad_()
        assert isinstance(own, U2Net)  # _check_model has seen to it
        self._model = own
        if image is None and mask is None:
            image = SyntheticScenes(SCENE_SIZE, SCENES, HELD_OUT_SEED)
        with self.hold_sync():
            self._set_fusion()
            if isinstance(image, (Dataset, Sequence)) and not isinstance(image, str):
                self._dataset = image
                if mask is not None:
                    raise ValueError("a dataset brings its own masks: leave `mask` out.")
                self.scene = scene
                self._show(*self._pair())
            else:
                self._show(image, mask)
        self.observe(self._turn, "scene")
        self.observe(self._differentiate, "asked")

    def _set_fusion(self) -> None:
        conv = self._model.fuse.conv
        state = conv.state_dict()
        self.learned = [*state["weight"].flatten().tolist(), state["bias"].item()]
        self.names = ("fused", *(f"side{i}" for i in range(1, len(self.learned))))
        self.weights, self.on = [1.0] * len(self.names), [True] * len(self.names)
        self.fuse_weights, self.fuse_bias = self.learned[:-1], self.learned[-1]
        self.palettes = {name: _table(name) for name in ("saliency", "loss")}

    # One image and its mask

    def _show(self, image, mask) -> None:
        """Run the network once, and send what the page needs to compute all the rest."""
        home = next(self._model.parameters())
        images, self._masks, photo = network_input(self._model, image, mask, *self._how)
        self._images = images.to(home.device, home.dtype)
        self._masks = self._masks.to(home.device, home.dtype)
        start = time.perf_counter()
        with torch.no_grad():
            sides = torch.cat(self._model(self._images).sides)[:, 0]
        finite = bool(sides.isfinite().all())  # a GPU has the answer only when it is done
        seconds = PASSES * (time.perf_counter() - start)
        if not finite:
            raise ValueError("the network's maps hold NaN or infinity: did its training diverge?")
        found = loss_maps(SaliencyLogits(self._fused(sides[:, None, None]), ()), self._masks)
        worst = int(found.fused.argmax())
        each = F.binary_cross_entropy_with_logits(
            sides, self._masks[0].expand_as(sides), reduction="none"
        )
        height, width = sides.shape[-2:]
        waits = _is_large(self._model, (height, width))
        self._of_sides: list[dict[str, Tensor]] | None = None
        with self.hold_sync():
            self.network = {
                "name": self._model.spec.name,
                "provenance": self._model.provenance,
                "terms": list(self.names),
                "stages": [row.name for row in self._model.spec.stages],
                "size": [height, width],
                "scenes": len(self._dataset) if self._dataset is not None else 0,
                "waits": max(seconds, 1) if waits else 0,
            }
            self.photo = png_bytes(photo)
            self.mask = _bytes(self._masks)
            self.sides = _bytes(sides)
            self.limit = max(SCALES["loss"].limits(each.float().cpu().numpy())[1], 0.1)
            self.pixel = [worst // width, worst % width]
            self.products = {}

    @traitlets.validate("scene")
    def _there(self, proposal):
        index, count = proposal["value"], len(self._dataset) if self._dataset is not None else 0
        if not (count and 0 <= index < count):
            there = f"0 … {count - 1}" if count else "none"
            raise traitlets.TraitError(f"no scene {index}; there are {there}.")
        return index

    @shows_errors
    def _turn(self, change=None) -> None:
        self._show(*self._pair())

    def _pair(self):
        pair = self._dataset[self.scene]
        if not (isinstance(pair, Sequence) and len(pair) == 2):
            raise ValueError(
                f"a dataset gives (image, mask); its item {self.scene} is of type "
                f"{type(pair).__name__}. One image and its mask: explore_loss(model, image, mask)."
            )
        return pair

    # Settings

    @traitlets.validate("weights", "on", "fuse_weights")
    def _one_each(self, proposal):
        name, values = proposal["trait"].name, proposal["value"]
        wanted = self.names[1:] if name == "fuse_weights" else self.names
        if len(values) != len(wanted):
            raise traitlets.TraitError(
                f"{name}: one for each of {', '.join(wanted)}; got {len(values)}."
            )
        if not np.isfinite(np.asarray(values, float)).all():
            raise traitlets.TraitError(f"{name}: finite numbers; got {values}.")
        if name == "weights" and not all(0 <= value <= MOST_WEIGHT for value in values):
            raise traitlets.TraitError(f"weights: numbers from 0 to {MOST_WEIGHT:g}; got {values}.")
        return values

    @traitlets.validate("fuse_bias")
    def _finite(self, proposal):
        if not np.isfinite(proposal["value"]):
            raise traitlets.TraitError(f"fuse_bias: a finite number; got {proposal['value']}.")
        return proposal["value"]

    @traitlets.validate("selected")
    def _known(self, proposal):
        if self.names and proposal["value"] not in self.names:
            known = ", ".join(self.names)
            raise traitlets.TraitError(f"selected is one of {known}; got {proposal['value']!r}.")
        return proposal["value"]

    @traitlets.validate("pixel")
    def _inside(self, proposal):
        size = self.network.get("size", [1, 1])
        return [min(max(at, 0), most - 1) for at, most in zip(proposal["value"], size)]

    # The same numbers in Python

    @property
    def counted(self) -> list[float]:
        """The weight with which each term enters the sum: 0 where it is off."""
        return [weight if on else 0.0 for weight, on in zip(self.weights, self.on)]

    @property
    def terms(self) -> dict[str, float]:
        """Each map's binary cross-entropy, before its weight, for the fusion as it is set."""
        with torch.no_grad():
            losses = self._losses(*self._fusion)
        return {name: float(loss) for name, loss in zip(self.names, losses)}

    @property
    def total(self) -> float:
        """The loss: every term that is on, times its weight, added up."""
        return sum(w * term for w, term in zip(self.counted, self.terms.values()))

    @property
    def shares(self):
        """`gradient_shares` of this very total: for this image, in eval mode, as it is set."""
        return shares_of(self._products(*self._fusion), self.counted)

    @property
    def _fusion(self) -> tuple[list[float], float, str]:
        return self.fuse_weights, self.fuse_bias, self.sigmoid

    def _losses(self, weights, bias, sigmoid) -> list[Tensor]:
        sides = self._model(self._images).sides
        fused = self._fused_loss(sides, weights, bias, sigmoid)
        return [fused, *(F.binary_cross_entropy_with_logits(s, self._masks) for s in sides)]

    def _products(self, weights, bias, sigmoid) -> dict[str, Tensor]:
        """Another fusion changes the fused term's gradient alone; the sides' are kept."""
        fused, *sides = self._losses(weights, bias, sigmoid)
        kept = self._of_sides or stage_gradients(self._model, sides)
        small = sum(p.numel() for p in self._model.parameters()) <= MOST_KEPT
        self._of_sides = kept if small else None
        return gradient_products([*stage_gradients(self._model, [fused]), *kept])

    def _fused_loss(self, sides, weights, bias, sigmoid) -> Tensor:
        if sigmoid == "after":
            return F.binary_cross_entropy_with_logits(
                weighted_sum(sides, weights, bias), self._masks
            )
        # A weighted sum of probabilities need not be one; only one has a cross-entropy.
        summed = weighted_sum([side.sigmoid() for side in sides], weights, bias)
        return F.binary_cross_entropy(summed.clamp(0, 1), self._masks)

    def _fused(self, sides) -> Tensor:
        return weighted_sum(sides, self.fuse_weights, self.fuse_bias)

    @shows_errors
    def _differentiate(self, change=None) -> None:
        """Gradients for the fusion that the page has asked for; those of any weights follow."""
        if not self.asked:
            return
        *weights, bias, sigmoid, _ = self.asked  # last the scene: another one is another question
        products = self._products(weights, bias, sigmoid)
        stages = {stage: values.tolist() for stage, values in products.items()}
        self.products = {"asked": self.asked, "stages": stages}

    def still(self) -> bytes:
        """Image, mask, seven maps with their losses, and the sum as a bar, PNG."""
        return message_sheet(self.message) if self.message else loss_sheet(self)

    def probabilities(self) -> dict[str, np.ndarray]:
        """The seven maps, each (H, W) in 0 … 1, for the fusion as it is set."""
        sides = torch.from_numpy(np.frombuffer(self.sides, np.float32).copy())
        sides = sides.reshape(-1, *self.network["size"])
        if self.sigmoid == "after":
            fused = self._fused(sides).sigmoid()
        else:
            fused = self._fused(sides.sigmoid()).clamp(0, 1)
        return dict(zip(self.names, (fused.numpy(), *sides.sigmoid().numpy())))


def weighted_sum(sides, weights, bias) -> Tensor:
    """What the fusion's 1×1 convolution computes in each pixel."""
    return sum(weight * side for weight, side in zip(weights, sides)) + bias


def _check_model(model) -> None:
    model = unwrapped(model)
    if not isinstance(model, U2Net):
        raise TypeError(
            "explore_loss compares the seven maps of a U2Net; got "
            f"{type(model).__name__}. u2.load_classroom_model() is one."
        )
    if model.out_channels != 1:
        raise ValueError(
            f"explore_loss takes a network with one map a side; this has {model.out_channels}."
        )


def _is_large(model: U2Net, size: tuple[int, int]) -> bool:
    """Judged by its work, not by the clock: a busy machine asks no more clicks than an idle one."""
    try:
        return trace(model, size).total_macs > MOST_MACS
    except ValueError:  # what cannot be traced can still be differentiated
        return False


def _table(name: str) -> bytes:
    """256 colours of a scale, three bytes each."""
    return SCALES[name].paint(np.linspace(0, 1, 256), 0, 1).tobytes()


def _bytes(values: Tensor) -> bytes:
    return values.float().cpu().numpy().astype("<f4").tobytes()
