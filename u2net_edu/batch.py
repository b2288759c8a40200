"""`u2net-edu predict`: pictures on disk in, masks or cut-outs on disk out."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from .files import atomic_write

ENDINGS = ("_mask.png", "_cutout.png")
"""Of what this command writes; it does not read them again where they lie in a folder."""


def add_predict(commands) -> None:
    parser = commands.add_parser(
        "predict",
        help="find what stands out in pictures: masks or cut-outs",
        description="Find what stands out in pictures. For each one a mask of the same size is "
        "written, white where the object is, black elsewhere and grey in between; with --cutout "
        "the picture itself, transparent where the mask is black.",
        epilog="example: u2net-edu predict coffee cat.jpg holiday/ -o results --cutout",
    )
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATHS",
        help="pictures; folders, of which every picture is taken but no subfolder; or coffee, "
        "chelsea, astronaut, rocket, which are photographs that come with this course",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("saliency"),
        metavar="DIR",
        help="where to write; made if it is not there (default: the folder saliency, here)",
    )
    parser.add_argument(
        "--cutout", action="store_true", help="write the object, cut out, in place of its mask"
    )
    parser.add_argument(
        "--weights",
        default="u2net_lite",
        metavar="NAME",
        help="u2net_lite: the authors' small network, 4.7 MB, fetched the first time (default); "
        "u2net: their large one, 176 MB; classroom: the one of this course, which needs no "
        "download but knows drawn shapes only; or a .safetensors file from your own training",
    )
    parser.add_argument(
        "--device", default="auto", help="auto (default: a GPU if there is one), cpu, cuda, mps"
    )
    parser.set_defaults(run=run_predict)


def run_predict(args: argparse.Namespace) -> int:
    """0 if every picture succeeded, 1 if one did not, 2 if none could be begun, 130 on Ctrl-C."""
    try:
        from .architecture.devices import pick_device

        device = pick_device(args.device)
        model = load_weights(args.weights).to(device)
    except (OSError, ValueError) as error:
        print(f"u2net-edu predict: {error}", file=sys.stderr)
        return 2
    kind = "cut-outs" if args.cutout else "masks"
    try:
        written, failed = predict_files(model, args.paths, args.output, args.cutout, device)
    except KeyboardInterrupt:
        print(f"stopped; the {kind} written until now are whole, in {args.output}", file=sys.stderr)
        return 130
    print(f"{kind} written to {args.output}: {len(written)}")
    if failed:
        print(f"could not be read or written: {len(failed)}", file=sys.stderr)
        for source, why in failed.items():
            print(f"  {_told(source, why)}", file=sys.stderr)
    return 1 if failed else 0


def _told(source: str, error: Exception) -> str:
    """One line that names the picture once."""
    text = " ".join(str(error).split()) or type(error).__name__
    return f"{source}: {text.removeprefix(f'{source} ')}"


def load_weights(name: str):
    """A trained network: `u2net`, `u2net_lite`, `classroom`, or a file of `save_checkpoint`.

    Raises: OSError (DownloadError, FileNotFoundError), ValueError (CheckpointError).
    """
    from .architecture.u2net import U2Net
    from .weights.checkpoints import REFERENCE_SPECS, load_checkpoint, load_reference
    from .weights.downloads import download_reference

    if name in REFERENCE_SPECS:
        path = download_reference(name)
        return load_reference(U2Net(REFERENCE_SPECS[name]), path)
    if name == "classroom":
        from . import load_classroom_model

        return load_classroom_model()
    if not Path(name).exists():
        known = ", ".join(REFERENCE_SPECS)
        raise FileNotFoundError(f"no weights {name!r}: it is {known}, classroom or a file.")
    return load_checkpoint(name)


def predict_files(
    model, paths: Iterable[str | os.PathLike], folder: Path, cutout: bool = False, device="auto"
) -> tuple[list[Path], dict[str, Exception]]:
    """A mask (8-bit grey) or a cut-out (RGBA) as PNG for every picture, past those that fail.

    Args:
        paths: as `as_array` takes them, and folders of pictures.
        folder: where `<name>_mask.png` or `<name>_cutout.png` go; a number is added where two
            pictures have one name.

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
            saliency = predict(model, picture, device=device)
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
