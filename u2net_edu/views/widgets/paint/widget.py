"""`paint_saliency`: mark what stands out to you, then see what the network marks."""

import os
from pathlib import Path

import numpy as np
import traitlets
from PIL import Image

from .... import images
from ....architecture.about import about
from ....inference import predict
from ...figures.agreement import check_name, mask_iou, overlay, read_mask, write_mask
from ..kit.bundle import bundle
from ..kit.pictures import png_bytes
from ..kit.widget import BrowserWidget, error_in_words, stylesheet

LONGEST = 480  # pixels of the surface to paint on; the mask has the picture's own size


def paint_saliency(
    image, model=None, folder: str | os.PathLike | None = None, *, scale: float = 1.0
) -> "SaliencyPainter":
    """Mark on a picture what stands out to you; only then see what the network marks, and the IoU.

    `.mask` is what you painted, at the picture's own size: read it, set it, or hand it to
    `explore_loss` as the truth.

    Args:
        image: any picture that `preprocess` takes.
        model: what `predict` takes; without one, you paint alone.
        folder: where masks are saved, each as NAME.png; `agreement(folder)` compares them. A folder
            holds masks of one picture.
        scale: enlarges everything, for a projector.

    Raises: as `as_array` for a picture that cannot be read.
    """
    return SaliencyPainter(image, model, folder, scale=scale)


class SaliencyPainter(BrowserWidget):
    """The widget that `paint_saliency` makes."""

    alt = "The picture and what was painted on it."

    _esm = bundle("paint/widget")
    _css = stylesheet("network/network", "paint/widget")

    photo = traitlets.Bytes().tag(sync=True)
    size = traitlets.List(traitlets.Int(), [1, 1]).tag(sync=True)  # of the surface: rows, columns
    provenance = traitlets.Unicode().tag(sync=True)
    strokes = traitlets.Bytes().tag(sync=True)  # a byte a pixel of the surface: 0 or 1
    done = traitlets.Bool(False).tag(sync=True)
    result = traitlets.Dict().tag(sync=True)  # {"png", "sentence", "iou"}, once done
    saves = traitlets.Bool(False).tag(sync=True)  # whether there is a folder
    name = traitlets.Unicode().tag(sync=True)
    wish = traitlets.Int(0).tag(sync=True)  # how often the page asked to save
    saved = traitlets.Dict().tag(sync=True)  # {"count", "text" or "problem"}

    def __init__(self, image, model=None, folder=None, **traits):
        self._picture = images.as_array(image)
        self._image, self._model = image, model
        self._folder = None if folder is None else Path(folder)
        own = Image.fromarray((self._picture * 255).round().astype(np.uint8))
        own.thumbnail((LONGEST, LONGEST))
        super().__init__(
            photo=png_bytes(np.asarray(own)),
            size=[own.height, own.width],
            strokes=bytes(own.height * own.width),
            provenance=about(model).provenance if model is not None else "",
            saves=folder is not None,
            **traits,
        )
        self.observe(self._look, "done")
        self.observe(self._save_wished, "wish")

    @traitlets.validate("strokes")
    def _of_this_size(self, proposal):
        strokes = bytes(proposal["value"])
        if len(strokes) != self.size[0] * self.size[1] or max(strokes, default=0) > 1:
            raise traitlets.TraitError("strokes: a byte, 0 or 1, for each pixel of the surface.")
        return strokes

    @property
    def mask(self) -> np.ndarray:
        """What was painted: bool (H, W), at the picture's own size. Set it to a mask of this size.

        Raises, when it is set: ValueError for another shape.
        """
        surface = np.frombuffer(self.strokes, np.uint8).reshape(self.size)
        return _resized(surface, self._picture.shape[:2])

    @mask.setter
    def mask(self, mask) -> None:
        values = np.asarray(mask) > 0.5
        if values.shape != self._picture.shape[:2]:
            raise ValueError(
                f"the mask of this picture is (H, W) = {self._picture.shape[:2]}; "
                f"got {values.shape}."
            )
        self.done = False
        self.strokes = _resized(values, tuple(self.size)).astype(np.uint8).tobytes()

    def save(self, name: str | None = None) -> Path:
        """Write the mask into the folder as NAME.png, white where you painted; return its path.

        Raises: ValueError without a folder, and for a name that is no file's.
        """
        if self._folder is None:
            raise ValueError("there is no folder to save to: paint_saliency(image, folder=…).")
        path = self._folder / f"{check_name(self.name if name is None else name)}.png"
        write_mask(path, self.mask)
        return path

    def load(self, name: str) -> None:
        """Go on with a mask that was saved under this name. Raises: as `save`; PictureError."""
        if self._folder is None:
            raise ValueError("there is no folder to read from: paint_saliency(image, folder=…).")
        self.mask = read_mask(self._folder / f"{check_name(name)}.png")

    def _look(self, change=None) -> None:
        """Once the student is done, and not before: run the network, and compare."""
        if not self.done:
            self.result = {}
            return
        if self._model is None:
            share = 100 * float(self.mask.mean())
            self.result = {"sentence": f"You marked {share:.0f} % of the picture."}
            return
        try:
            network = predict(self._model, self._image) >= 0.5
        except Exception as error:  # the network's own
            self.result = {"problem": error_in_words(error)}
            return
        yours = self.mask
        iou = mask_iou(yours, network)
        seen, missed = _share(network & yours, network), _share(yours & ~network, yours)
        self.result = {
            "png": png_bytes(overlay(yours, network)),
            "iou": iou,
            "sentence": f"You and the network: IoU {iou:.2f}. You marked {seen:.0f} % of what it "
            f"marks, and {missed:.0f} % of what you marked it does not.",
        }

    def _save_wished(self, change=None) -> None:
        try:
            said = {"text": f"Saved as {self.save().name}."}
        except Exception as error:  # such as a folder that cannot be written
            said = {"problem": error_in_words(error)}
        self.saved = {"count": self.wish, **said}

    def still(self) -> bytes:
        """The picture, dimmed where nothing was painted, as PNG."""
        mask = self.mask[..., None]
        shown = np.where(mask, self._picture, 0.35 * self._picture)
        return png_bytes((shown * 255).round().astype(np.uint8))


def _resized(mask: np.ndarray, size) -> np.ndarray:
    picture = Image.fromarray((mask > 0).astype(np.uint8) * 255)
    return np.asarray(picture.resize((size[1], size[0]), Image.Resampling.BILINEAR)) >= 128


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    return 100 * float(part.sum() / max(int(whole.sum()), 1))
