"""Picture in, saliency out, at the picture's own size."""

from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .architecture.checkpoints import (
    REFERENCE_SPECS,
    find_reference,
    load_classroom_model,
    load_reference,
)
from .architecture.modes import evaluating
from .architecture.spec import U2NET_LITE
from .architecture.u2net import U2Net
from .images import Picture, as_array, preprocess, preprocessing_of


def pick_device(device: str | torch.device = "auto") -> torch.device:
    """The device to compute on: `auto` is CUDA where there is one, else MPS, else the CPU.

    Raises: ValueError for a device that torch does not know or that this machine lacks.
    """
    if str(device) == "auto":
        available = [name for name in ("cuda", "mps") if _is_available(name)]
        return torch.device(available[0] if available else "cpu")
    try:
        chosen = torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"no device {device!r}; there are auto, cuda, mps and cpu.") from error
    if not _is_available(chosen.type):
        raise ValueError(f"this machine has no {chosen.type} that torch can use: pass 'auto'.")
    return chosen


def _is_available(kind: str) -> bool:
    if kind == "cuda":
        return torch.cuda.is_available()
    return kind != "mps" or torch.backends.mps.is_available()


def predict(
    model: nn.Module,
    image: Picture,
    *,
    preprocessing: str = "auto",
    size: int | tuple[int, int] | Literal["auto"] | None = "auto",
    device: str | torch.device = "auto",
    stretch: bool = False,
) -> np.ndarray:
    """How much each pixel of a picture belongs to what stands out: (H, W) float32 in 0…1.

    Runs in eval mode without gradients; the model's modes and its device are as before afterwards.

    Args:
        model: a `U2Net`, or any network whose output is logits (1, 1, h, w).
        image: anything that `as_array` takes; (H, W) is its size.
        preprocessing, size: as for `preprocess`. `auto` is what the model was trained with where
            it says so in attributes of these names, else `upstream` and 320.
        device: where to run, see `pick_device`.
        stretch: make the smallest value 0 and the largest 1, as the authors' test script does. It
            finds an "object" in an empty scene too, so it is off here. A flat map stays as it is.

    Raises: as `preprocess` and `pick_device`; ValueError for a model that gives anything but one
    map, or NaN.
    """
    preprocessing = preprocessing_of(model, preprocessing)
    if size == "auto":
        size = getattr(model, "size", None) or 320
    picture = as_array(image)
    images = preprocess(picture, preprocessing, size)
    home, dtype = _home(model)
    target = pick_device(device)
    try:
        model.to(target)
        with evaluating(model):
            output = model(images.to(target, dtype))
    finally:
        model.to(home)
    saliency = _single_map(output).float().cpu().sigmoid()
    if stretch:
        saliency = _stretched(saliency)
    # As PIL resizes for the authors: bilinear, and averaged where the picture is the smaller one.
    resized = F.interpolate(saliency, picture.shape[:2], mode="bilinear", antialias=True)
    return resized[0, 0].clamp(0, 1).numpy()


def _home(model: nn.Module) -> tuple[torch.device, torch.dtype]:
    """Where the model's weights are, and their dtype."""
    weight = next(model.parameters(), torch.zeros(()))
    return weight.device, weight.dtype


def _single_map(output) -> Tensor:
    logits = getattr(output, "fused", output)
    if not isinstance(logits, Tensor) or logits.dim() != 4 or logits.shape[:2] != (1, 1):
        came = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise ValueError(
            f"predict takes a network that gives one map of logits (1, 1, h, w), got {came}. "
            "For others, call model(preprocess(image))."
        )
    if logits.isnan().any():
        raise ValueError("the network gives NaN: its weights are not usable. Did training diverge?")
    return logits


def _stretched(x: Tensor) -> Tensor:
    low, high = x.min(), x.max()
    return (x - low) / (high - low) if high > low else x


def calibrate_norms(model: nn.Module, images: Tensor) -> nn.Module:
    """Set every batch norm's running statistics to those of these images, with one forward.

    An untrained network in eval mode divides by variances it never measured, and its maps fade to
    nothing stage by stage; with the statistics of an image at hand they show something.

    Args:
        images: (B, C, H, W), as `preprocess` gives them; each norm must see more than one value a
            channel.

    Returns: the same model, in eval mode; its weights are untouched.
    Raises: ValueError where a map has a single value. The model is then as it was.
    """
    norms = [
        module
        for module in model.modules()
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.track_running_stats
    ]
    before = {norm: ([b.clone() for b in norm.buffers()], norm.momentum) for norm in norms}
    home, dtype = _home(model)
    try:
        with evaluating(model):
            try:
                for norm in norms:
                    norm.reset_running_stats()
                    norm.momentum = None  # a plain mean over batches, of which there is one
                    norm.training = True
                model(images.to(home, dtype))
            finally:
                for norm in norms:
                    norm.training = False
    except BaseException:
        for norm, (buffers, _) in before.items():
            for buffer, value in zip(norm.buffers(), buffers):
                buffer.copy_(value)
        raise
    finally:
        for norm, (_, momentum) in before.items():
            norm.momentum = momentum
    return model.eval()


def model_at_hand(picture: Picture = "astronaut", *, trained: bool = True, seed: int = 0) -> U2Net:
    """The best network that this machine has without a download; `.provenance` says which.

    The authors' weights where they are in the weights folder, the full network's before the small
    one's; else the classroom network, which ships with the package. With `trained=False` an
    untrained U²-Net†, its batch norms measured on `picture`.

    Args:
        picture: what an untrained network's norms are measured on.
        seed: of the random weights.

    Raises: CheckpointError for a damaged file of weights; as `preprocess`.
    """
    if not trained:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = U2Net(U2NET_LITE)
        return calibrate_norms(model, preprocess(picture))
    for name, spec in REFERENCE_SPECS.items():
        path = find_reference(name)
        if path is not None:
            return load_reference(U2Net(spec), path).eval()
    return load_classroom_model()
