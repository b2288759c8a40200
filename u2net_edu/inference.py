"""Picture in, saliency out, at the picture's own size."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .analysis.tracing import trace
from .architecture.about import about
from .architecture.devices import pick_device
from .architecture.spec import U2NET_LITE
from .architecture.stand_in import stand_in, unwrapped
from .architecture.u2net import U2Net
from .images import Picture, Size, as_array, preprocess, preprocessing_of, size_of
from .weights.checkpoints import (
    REFERENCE_SPECS,
    find_reference,
    load_classroom_model,
    load_reference,
)


def predict(
    model: nn.Module,
    image: Picture,
    *,
    preprocessing: str = "auto",
    size: Size = "auto",
    device: str | torch.device = "auto",
    stretch: bool = False,
) -> np.ndarray:
    """How much each pixel of a picture belongs to what stands out: (H, W) float32 in 0…1.

    A stand-in runs, in eval mode without gradients: the model stays as it was and where it was, and
    may be in use elsewhere at the same time.

    Args:
        model: a `U2Net`, or any network whose output is logits (1, 1, h, w). One that takes 1
            channel is shown the luminance, one that takes 4 the colours and the opacity.
        image: anything that `as_array` takes; (H, W) is its size.
        preprocessing, size: as for `preprocess`. `auto` is what the model was trained with where
            that is known, else `upstream` and 320.
        device: where to run, see `pick_device`.
        stretch: make the smallest value 0 and the largest 1, as the authors' test script does. It
            finds an "object" in an empty scene too, so it is off here. A flat map stays as it is.

    Raises: as `preprocess` and `pick_device`; ValueError for a model that gives anything but one
    map, or NaN.
    """
    preprocessing = preprocessing_of(model, preprocessing)
    picture = as_array(image)
    channels = channels_of(model)
    given = image if channels == 4 else picture  # the one as it is, the other laid on white
    images = preprocess(given, preprocessing, size_of(model, size), channels)
    target = pick_device(device)
    twin = stand_in(model, device=target)
    with torch.inference_mode(False), torch.no_grad():
        output = twin(images.to(target, _home(twin)[1]))
    saliency = _single_map(output).float().cpu().sigmoid()
    if stretch:
        saliency = _stretched(saliency)
    # As PIL resizes for the authors: bilinear, and averaged where the picture is the smaller one.
    resized = F.interpolate(saliency, picture.shape[:2], mode="bilinear", antialias=True)
    return resized[0, 0].clamp(0, 1).numpy()


def channels_of(model: nn.Module) -> int:
    """How many channels of a picture a model takes: 3 where that cannot be told.

    A table says it. In a foreign network the convolution that was made first need not be the one
    that runs first, so where that one takes anything but colours the network is traced.
    """
    known = about(model)
    if known.spec is not None or known.channels == 3:
        return known.channels
    try:
        return trace(model, (64, 64)).channels
    except (TypeError, ValueError):
        return 3


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
    network, pairs = unwrapped(model), {}
    twin = stand_in(model, pairs=pairs)
    norms = [
        (module, pairs[module])
        for module in network.modules()
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.track_running_stats
    ]
    for _, measuring in norms:
        measuring.reset_running_stats()
        measuring.momentum = None  # a plain mean over batches, of which there is one
        measuring.training = True
    home, dtype = _home(twin)
    with torch.inference_mode(False), torch.no_grad():
        twin(images.to(home, dtype))
        for norm, measured in norms:
            for buffer, value in zip(norm.buffers(), measured.buffers()):
                buffer.copy_(value)
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
