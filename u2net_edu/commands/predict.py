"""`u2net-edu predict`: pictures on disk in, masks or cut-outs on disk out."""

import argparse
import sys
from pathlib import Path

from .options import add_device, add_json, add_network, add_output, add_size, show, size_of


def add(commands) -> None:
    parser = commands.add_parser(
        "predict",
        help="find what stands out in pictures: masks or cut-outs",
        description="Find what stands out in pictures. For each one a mask of the same size is "
        "written, white where the object is, black elsewhere and grey in between; with --cutout "
        "the picture itself, transparent where the mask is black.",
        epilog="example: u2net-edu predict lite coffee cat.jpg holiday/ -o results --cutout",
    )
    add_network(
        parser,
        "lite (4.7 MB) and u2net (176 MB) fetch the authors' weights the first time; classroom "
        "needs no download but knows drawn shapes only",
    )
    parser.add_argument(
        "pictures",
        nargs="+",
        metavar="PICTURE",
        help="pictures; folders, of which every picture is taken but no subfolder; or coffee, "
        "chelsea, astronaut, rocket, which are photographs that come with this course",
    )
    add_output(
        parser,
        "FOLDER",
        "where to write; made if it is not there (default: saliency)",
        default=Path("saliency"),
    )
    parser.add_argument(
        "--cutout", action="store_true", help="write the object, cut out, in place of its mask"
    )
    add_size(parser, "what the network was trained at, else 320")
    add_device(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 if every picture succeeded, 1 if one did not, 2 if none could be begun, 130 on Ctrl-C."""
    from ..architecture.devices import pick_device
    from ..batch import predict_files, told
    from ..files import check_folder
    from ..inference import check_network
    from ..weights.networks import find_network

    device, size = pick_device(args.device), size_of(args, "auto")
    check_folder(args.output)
    model = find_network(args.network).to(device)
    check_network(model, args.network, size=size, device=device)
    kind = "cut-outs" if args.cutout else "masks"
    try:
        written, failed = predict_files(
            model, args.pictures, args.output, args.cutout, device, size=size
        )
    except KeyboardInterrupt:
        print(f"stopped; the {kind} written until now are whole, in {args.output}", file=sys.stderr)
        return 130
    lines = [told(source, error) for source, error in failed.items()]
    result = {"written": list(map(str, written)), "failed": dict(zip(failed, lines))}
    show(args, result, f"{kind} written to {args.output}: {len(written)}")
    if failed:
        print(f"could not be read or written: {len(failed)}", file=sys.stderr)
        for line in lines:
            print(f"  {line}", file=sys.stderr)
    return 1 if failed else 0
