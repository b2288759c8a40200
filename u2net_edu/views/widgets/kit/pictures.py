"""Numbers as pictures that a browser takes: photographs and maps as PNG."""

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .... import images
from ...style import Scale


def one_image(image, preprocessing: str, size, channels: int = 3) -> Tensor:
    """What a network is shown, (1, C, H, W): a tensor as it is, a picture by `preprocess`.

    Raises: ValueError for a tensor of another shape, or without finite floats; what `preprocess`
    raises.
    """
    given = isinstance(image, Tensor)
    tensor = image if given else images.preprocess(image, preprocessing, size, channels)
    if tensor.dim() != 4 or len(tensor) != 1:
        shape = "×".join(map(str, tensor.shape))
        raise ValueError(f"one image is shown at a time, a tensor (1, C, H, W); got {shape}.")
    check_finite(tensor)
    return tensor


def check_finite(image: Tensor) -> None:
    """Refuse a tensor that no network can be shown. Raises: ValueError."""
    wanted = "an image for a network is a tensor of finite floats, as preprocess gives it"
    if not image.is_floating_point() or image.is_meta or image.layout != torch.strided:
        raise ValueError(f"{wanted}; got {image.dtype}, {image.layout}, on {image.device}.")
    if not image.isfinite().all():
        raise ValueError(f"{wanted}; some values here are NaN or infinite.")


def shown_picture(image, tensor: Tensor) -> np.ndarray:
    """The picture as uint8 (H, W, 3), squashed to the size at which the network sees it."""
    height, width = tensor.shape[-2:]
    if isinstance(image, Tensor):
        values = tensor[0, :3].float().cpu().numpy().transpose(1, 2, 0)
        values = (values - values.min()) / max(float(np.ptp(values)), 1e-12)
        values = (
            np.broadcast_to(values[..., :1], (height, width, 3)) if values.shape[2] < 3 else values
        )
    else:
        values = images.as_array(image)
    picture = Image.fromarray((values * 255).round().astype(np.uint8))
    return np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR))


def shrunk(values: np.ndarray, longest: int) -> np.ndarray:
    """A map (H, W) of at most `longest` pixels a side, each the mean of those it stands for."""
    if max(values.shape) <= longest:
        return values
    height, width = (max(1, round(n * longest / max(values.shape))) for n in values.shape)
    picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(picture.resize((width, height), Image.Resampling.BOX))


def painted_png(values: np.ndarray, scale: Scale, limits: tuple[float, float]) -> bytes:
    """A map (H, W) in the colours of its scale, as `Scale.paint` colours it, a byte a pixel."""
    low, high = limits
    if high - low > 0:
        position = np.nan_to_num((values - low) / (high - low)).clip(0, 1)
    else:
        position = np.full(values.shape, 0.5)
    return indexed_png((position * 255).round().astype(np.uint8), scale, optimize=False)


def indexed_png(
    indices: np.ndarray, scale: Scale, alpha: np.ndarray | None = None, *, optimize: bool = True
) -> bytes:
    """Positions 0…255 on a colour scale as PNG with a palette: a byte a pixel."""
    picture = Image.fromarray(indices).convert("P")
    picture.putpalette(scale.paint(np.linspace(0, 1, 256), 0, 1).tobytes())
    buffer = io.BytesIO()
    clear = {} if alpha is None else {"transparency": alpha.tobytes()}
    fast = {"optimize": True} if optimize else {"compress_level": 1}
    picture.save(buffer, "PNG", **fast, **clear)
    return buffer.getvalue()


def png_bytes(pixels: np.ndarray) -> bytes:
    """Pixels, uint8 (H, W, 3), as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
