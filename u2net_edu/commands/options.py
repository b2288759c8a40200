"""The vocabulary of the commands: what is said in several of them is said here, once."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

NETWORK = (
    "u2net, lite (the authors' small network) or classroom; a file of weights; or "
    "package.module:factory, a function that returns a torch.nn.Module of your own"
)


def add_network(parser: argparse.ArgumentParser, more: str, **how: Any) -> None:
    """NETWORK, the first argument. `how`: `default`, and then it may be left out."""
    if "default" in how:
        how["nargs"] = "?"
    parser.add_argument("network", metavar="NETWORK", help=f"{NETWORK}. {more}", **how)


def add_output(parser: argparse.ArgumentParser, metavar: str, help: str, **how: Any) -> None:
    """`-o`, `--output`: where to write."""
    parser.add_argument("-o", "--output", type=Path, metavar=metavar, help=help, **how)


def add_size(parser: argparse.ArgumentParser, default: str) -> None:
    """`--size`: what pictures are squashed to."""
    parser.add_argument(
        "--size",
        nargs="+",
        type=int,
        metavar="N",
        help=f"squash pictures to N×N pixels, or to HEIGHT WIDTH (default: {default})",
    )


def add_image(parser: argparse.ArgumentParser, default: str) -> None:
    """`--image`: a picture."""
    parser.add_argument(
        "--image",
        default=default,
        metavar="PICTURE",
        help=f"a file, or astronaut, chelsea, coffee or rocket (default: {default})",
    )


def add_device(parser: argparse.ArgumentParser, default: str = "auto") -> None:
    """`--device`: where to compute."""
    parser.add_argument(
        "--device",
        default=default,
        help=f"cpu, cuda, mps, or auto: a GPU if there is one (default: {default})",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`: the same for a program to read."""
    parser.add_argument("--json", action="store_true", help="print the same as JSON")


def add_data(parser: argparse.ArgumentParser, option: str, without: str) -> None:
    """`--data`, `--valid`: pictures with masks."""
    parser.add_argument(
        option,
        nargs="+",
        metavar=("IMAGES", "MASKS"),
        help="a folder of pictures and one of masks, or one folder in the layout of DUTS; "
        f"without it, {without}",
    )


def size_of(args: argparse.Namespace, default: Any) -> Any:
    """What `--size` says, as (height, width); else the default.

    Raises: ValueError.
    """
    if args.size is None:
        return default
    if len(args.size) > 2:
        raise ValueError(f"--size takes one number, or height and width; got {args.size}.")
    if min(args.size) < 1:
        raise ValueError(f"--size is a number of pixels, 1 or more; got {min(args.size)}.")
    return args.size[0], args.size[-1]


def side_of(args: argparse.Namespace, default: Any) -> Any:
    """What `--size` says, for pictures that are made square; else the default.

    Raises: ValueError.
    """
    size = size_of(args, None)
    if size is None:
        return default
    if size[0] != size[1]:
        raise ValueError(f"--size is one number here: pictures become squares; got {args.size}.")
    return size[0]


def dataset_of(folders: list[str] | None, size: int | None, seed: int, length: int):
    """The pictures that `--data` or `--valid` names; without it, drawn scenes."""
    from ..training.data import FolderScenes, SyntheticScenes

    if folders is None:
        return SyntheticScenes(64 if size is None else size, length, seed)
    if len(folders) > 2:
        raise ValueError(f"expected IMAGES MASKS or one folder, got {len(folders)} folders.")
    images, masks = folders[0], folders[1] if len(folders) == 2 else None
    return FolderScenes(images, masks, size=320 if size is None else size)


def show(args: argparse.Namespace, result: Any, text: str) -> None:
    """Print a result: as JSON if `--json` asks for it."""
    if hasattr(sys.stdout, "reconfigure"):  # a console that lacks a sign gets a question mark
        sys.stdout.reconfigure(errors="replace")
    print(json.dumps(result, ensure_ascii=False, indent=1, default=str) if args.json else text)
