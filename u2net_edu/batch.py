"""Pictures on disk in, masks or cut-outs on disk out."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from .files import atomic_write

ENDINGS = ("_mask.png", "_cutout.png")
"""Of what is written here; a folder's files of these endings are not read again."""


def told(source: str, error: Exception) -> str:
    """One line that names the picture once."""
    text = " ".join(str(error).split()) or type(error).__name__
    return f"{source}: {text.removeprefix(f'{source} ')}"


def predict_files(
    model,
    paths: Iterable[str | os.PathLike],
    folder: Path,
    cutout: bool = False,
    device="auto",
    *,
    size="auto",
) -> tuple[list[Path], dict[str, Exception]]:
    """A mask (8-bit grey) or a cut-out (RGBA) as PNG for every picture, past those that fail.

    Args:
        paths: as `as_array` takes them, and folders of pictures.
        folder: where `<name>_mask.png` or `<name>_cutout.png` go; a number is added where two
            pictures have one name.
        device, size: as for `predict`.

    Returns: the files written; and by picture, the error of each that failed.
    """
    import numpy as np
    from tqdm.auto import tqdm

    from .images import colour_and_opacity, on_white
    from .inference import predict

    sources, failed = _pictures(paths)
    written: list[Path] = []
    targets = _targets(sources, folder, ENDINGS[cutout])
    for source, target in tqdm(list(zip(sources, targets)), unit="picture"):
        try:
            colour, opacity = colour_and_opacity(source)
            picture = colour if opacity is None else on_white(colour, opacity)
            saliency = predict(model, picture, device=device, size=size)
            if cutout:  # what was transparent stays so
                alpha = saliency if opacity is None else saliency * opacity
                _write(target, np.dstack([colour, alpha]))
            else:
                _write(target, saliency)
            written.append(target)
        except Exception as error:  # whatever it is, the other pictures are worth having
            failed[str(source)] = error
    return written, failed


def _pictures(paths: Iterable[str | os.PathLike]) -> tuple[list, dict[str, Exception]]:
    """Every picture once, folders opened; and the folders that hold none."""
    from .decoding import suffixes

    sources: dict[str, str | os.PathLike] = {}
    failed: dict[str, Exception] = {}
    for path in paths:
        if not os.path.isdir(path):  # unlike Path's, never an error
            sources[str(path)] = path
            continue
        try:
            found = sorted(
                file
                for file in Path(path).iterdir()
                if file.suffix.lower() in suffixes()
                and not file.name.startswith(".")
                and not file.name.endswith(ENDINGS)
                and file.is_file()
            )
        except OSError as error:
            failed[str(path)] = error
            continue
        if not found:
            failed[str(path)] = ValueError("a folder without pictures")
        sources |= {str(file): file for file in found}
    return list(sources.values()), failed


def _targets(sources: Iterable, folder: Path, ending: str) -> Iterator[Path]:
    taken: set[str] = set()
    for source in sources:
        stem = name = Path(source).stem
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}_{number}"
        taken.add(name.casefold())
        yield folder / f"{name}{ending}"


def _write(target: Path, values) -> None:
    """Values in 0…1 as a PNG of 8 bits: (H, W) grey, (H, W, 4) colours and opacity."""
    import numpy as np
    from PIL import Image, PngImagePlugin

    chunks = PngImagePlugin.PngInfo()
    if values.ndim == 3:
        chunks.add(b"sRGB", b"\0")  # what its colours are, whatever profile the picture had
    with atomic_write(target) as temporary:
        pixels = np.rint(values * 255).astype(np.uint8)
        Image.fromarray(pixels).save(temporary, pnginfo=chunks)
