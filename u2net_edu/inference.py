"""Picture in, saliency out, at the picture's own size."""

import copy
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from .analysis.tracing import trace
from .architecture.about import about
from .architecture.devices import pick_device
from .architecture.spec import U2NET_LITE
from .architecture.stand_in import stand_in, unwrapped
from .architecture.u2net import U2Net
from .images import Picture, Size, as_array, preprocess, preprocessing_of, size_of
from .weights.checkpoints import load_authors, load_classroom_model
from .weights.folded import folded_norms
from .weights.networks import find_network

Model = TypeVar("Model", bound=nn.Module)


def predict(
    model: nn.Module,
    image: Picture,
    *,
    preprocessing: str = "auto",
    size: Size = "auto",
    device: str | torch.device = "auto",
    stretch: bool = False,
) -> np.ndarray:
    """Say how much each pixel of a picture belongs to what stands out: (H, W) float32 in 0…1.

    A stand-in runs, in eval mode and without gradients. The model stays as it was and where it was,
    and may be in use elsewhere at the same time.

    Args:
        model: a `U2Net`, or any network whose output is logits (1, 1, h, w). If it takes 1
            channel, it is given the luminance; if it takes 4, the colours and the opacity.
        image: anything that `as_array` takes; (H, W) is its size.
        preprocessing, size: as for `preprocess`. `auto` is what the model was trained with, or
            `upstream` and 320 if that is not known. A class of your own around a network hides what
            is known of it: name both then (torch.compile, nn.Sequential(model) and the wrappers of
            distributed training hide nothing).
        device: where to run, see `pick_device`.
        stretch: make the smallest value 0 and the largest 1, as the authors' test script does. That
            finds an "object" even in an empty scene, so it is off here. A flat map stays as it is.

    Raises: as `preprocess` and `pick_device`; ValueError for a model that gives anything but one
    map, or NaN.
    """
    picture = as_array(image)
    saliency = _small(model, image, picture, preprocessing, size, device)
    if stretch:
        saliency = _stretched(saliency)
    # As PIL resizes for the authors: bilinear, and averaged where the picture is the smaller one.
    resized = F.interpolate(saliency, picture.shape[:2], mode="bilinear", antialias=True)
    return resized[0, 0].clamp(0, 1).numpy()


def check_network(model: nn.Module, name: str, *, size: Size = "auto", device="auto") -> None:
    """Find out, before many pictures, whether a network gives a map of one that is drawn here.

    Raises: ValueError.
    """
    slope = np.linspace(0, 1, 64 * 64 * 3, dtype=np.float32).reshape(64, 64, 3)
    try:
        _small(model, slope, slope, "auto", size, device)
    except ValueError:
        raise
    except (Exception, SystemExit) as error:  # the network's own
        said = f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
        raise ValueError(f"{name} cannot be run on a picture: it raised {said}.") from error


def _small(model, image, picture, preprocessing, size, device) -> Tensor:
    """The map (1, 1, h, w) on the CPU, in 0…1, at the size at which the network is run."""
    preprocessing = preprocessing_of(model, preprocessing)
    channels = channels_of(model)
    given = image if channels == 4 else picture  # the one as it is, the other laid on white
    images = preprocess(given, preprocessing, size_of(model, size), channels)
    target = pick_device(device)
    twin = stand_in(model, device=target)
    with torch.inference_mode(False), torch.no_grad():
        output = twin(images.to(target, _home(twin)[1]))
    return _single_map(output).float().cpu().sigmoid()


def channels_of(model: nn.Module) -> int:
    """Say how many channels of a picture a model takes: 3 if that cannot be found out.

    A table says it. In any other network the convolution that was made first need not be the one
    that runs first, so if that one does not take 3 channels, the network is traced.
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


def calibrate_norms(model: Model, images: Tensor) -> Model:
    """Set the running statistics of every batch norm to those of these images, with one forward.

    In eval mode an untrained network divides by variances that it never measured, and its maps fade
    to nothing, stage by stage. With the statistics of an image they show something. In a trained
    network whose norms were folded into its convolutions (the authors' weights from the package
    registry) the norms are the identity. These get the statistics, and the weight and bias that
    undo them: the network gives what it gave before, and can be trained on.

    Args:
        images: (B, C, H, W) of finite floats, as `preprocess` gives them. Each norm must see more
            than one value per channel.

    Returns: the same model, in eval mode; its weights are untouched, those of folded norms apart.
    Raises: TypeError for images that are no tensor; ValueError for those of another shape, dtype or
    range, if a norm sees a single value, or if what it measures is not finite. The model is then
    left as it was.
    """
    _check_images(images)
    pairs: dict[nn.Module, nn.Module] = {}
    twin = stand_in(model, pairs=pairs)
    network = unwrapped(model)
    folded = {id(norm): norm for norm in folded_norms(network)}
    norms = []
    for norm in network.modules():
        measuring = pairs.get(norm)
        if not (isinstance(norm, _BatchNorm) and isinstance(measuring, _BatchNorm)):
            continue
        if norm.track_running_stats:
            if id(norm) in folded:  # it hands on what it takes, and a copy of it measures that
                meter = copy.deepcopy(measuring)
                measuring.register_forward_pre_hook(_shown_to(meter))
                measuring = meter
            measuring.reset_running_stats()
            measuring.momentum = None  # a plain mean over batches, of which there is one
            measuring.training = True
            norms.append((norm, measuring))
    home, dtype = _home(twin)
    with torch.inference_mode(False), torch.no_grad():
        try:
            twin(images.to(home, dtype))
        except ValueError as error:
            if "more than 1 value per channel" not in str(error):
                raise
            batch, _, height, width = images.shape
            raise ValueError(
                f"each norm measures more than 1 value per channel, and in {batch} of {height}×"
                f"{width} pixels the smallest maps of this network are single pixels: take larger "
                "images, or more of them."
            ) from error
        if not all(_is_finite(measured) for _, measured in norms):
            raise ValueError(
                f"on these images the maps of this {about(model).name} are NaN or infinite: its "
                "weights are not usable, or its dtype is too small for its maps. Its norms stay "
                "as they were."
            )
        for norm, measured in norms:
            for buffer, value in zip(norm.buffers(), measured.buffers()):
                buffer.copy_(value)
            mean, variance = norm.running_mean, norm.running_var
            if id(norm) in folded and mean is not None and variance is not None:
                norm.weight.copy_((variance + norm.eps).sqrt())
                norm.bias.copy_(mean)
    return model.eval()


def _check_images(images: Tensor) -> None:
    """Refuse what `preprocess` would not give."""
    wanted = "images are finite floats (B, C, H, W), as preprocess gives them"
    if not isinstance(images, Tensor):
        raise TypeError(f"{wanted}; got {type(images).__name__}: preprocess(picture) makes them.")
    if images.dim() != 4 or not images.numel():
        raise ValueError(f"{wanted}; got {tuple(images.shape)}.")
    if not images.is_floating_point() or images.layout != torch.strided or images.is_meta:
        came = f"{images.dtype}, {images.layout}, on {images.device}"
        raise ValueError(f"{wanted}; got {came}: preprocess(picture) makes them.")
    if not images.isfinite().all():
        raise ValueError(f"{wanted}; some values here are NaN or infinite.")
    low, high = float(images.min()), float(images.max())
    if low >= 0 and high > 10:  # no preprocessing gives that
        raise ValueError(
            f"{wanted}; got {low:.4g} to {high:.4g}: divide values of 0…255 by 255, or let "
            "preprocess(picture) make them."
        )


def _is_finite(norm: nn.Module) -> bool:
    return all(bool(buffer.isfinite().all()) for buffer in norm.buffers())


def _shown_to(meter: nn.Module):
    def show(module: nn.Module, args: tuple) -> None:
        meter(*args)

    return show


def model_at_hand(picture: Picture = "astronaut", *, trained: bool = True, seed: int = 0) -> U2Net:
    """Load the best network that this machine has without a download; `.provenance` says which.

    These are the weights of the authors' own U²-Net† if they are on this machine (`u2net-edu
    weights` fetches them), or else those of their full network, or else the bundled classroom
    network. With `trained=False` it is an untrained U²-Net†, with its batch norms measured on
    `picture`.

    Args:
        picture: the picture on which the norms of an untrained network are measured.
        seed: the seed of the random weights.

    Raises: CheckpointError for a damaged file of weights; as `preprocess`.
    """
    if not trained:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model = U2Net(U2NET_LITE)
        return calibrate_norms(model, preprocess(picture))
    for name in ("u2net_lite", "u2net"):
        found = load_authors(name)
        if found is not None:
            return found
    return load_classroom_model()


def network_at_hand(
    name: str | None, picture: Picture = "astronaut", *, seed: int = 0
) -> nn.Module:
    """The network that a name stands for, as `find_network` has it, with the weights at hand.

    Without a name it is `model_at_hand`. Nothing is fetched: a network without weights on this
    machine is untrained, its batch norms measured on `picture`.

    Raises: as `find_network` and `preprocess`.
    """
    if name is None:
        return model_at_hand(picture)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = find_network(name, weights="at hand")
    if about(model).provenance.startswith("untrained"):
        return calibrate_norms(model, preprocess(picture))
    return model.eval()
