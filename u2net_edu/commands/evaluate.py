"""`u2net-edu evaluate`: the field's measures, beside the paper's numbers."""

import argparse
from math import isnan
from pathlib import Path

from .options import (
    add_data,
    add_device,
    add_json,
    add_network,
    add_size,
    dataset_of,
    show,
    side_of,
)


def add(commands) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="measure a network on a folder or on drawn scenes",
        description="MAE, F, weighted F, S, E, relaxed boundary F and IoU, with the interval in "
        "which 95 % of the values lie if the pictures are drawn again. If the data is one of the "
        "paper's, columns as in its table, beside its own numbers.",
        epilog="example: u2net-edu evaluate lite --data ECSSD --protocol paper",
    )
    add_network(
        parser,
        "u2net and lite fetch the authors' weights the first time (default: classroom)",
        default="classroom",
    )
    add_data(parser, "--data", "drawn scenes")
    parser.add_argument(
        "--dataset",
        help="the paper's name of the data: DUTS-TE, ECSSD, … (default: what its folder is called)",
    )
    parser.add_argument(
        "--protocol",
        choices=("plain", "paper"),
        default="plain",
        help="plain measures the maps as they are (default); paper does what the authors' test did "
        "before their numbers were taken: their resizing, each map stretched to 0…1, 8 bits",
    )
    parser.add_argument(
        "--maps",
        type=Path,
        metavar="FOLDER",
        help="save the maps as FOLDER/NETWORK/DATASET/*.png, which public toolboxes read",
    )
    parser.add_argument(
        "--bootstrap",
        type=int,
        default=1000,
        metavar="N",
        help="how often to draw the pictures again for the intervals; 0 leaves them out "
        "(default: 1000)",
    )
    add_size(parser, "what the network was trained at; else 64 for drawn scenes, 320 for folders")
    parser.add_argument(
        "--preprocessing", help="plain, imagenet or upstream (default: the network's own)"
    )
    add_device(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from ..architecture.about import about
    from ..files import check_folder
    from ..training.classroom import HELD_OUT_SEED
    from ..training.metrics import evaluate
    from ..training.published import beside_the_paper, paper_name_in, paper_row
    from ..weights.networks import find_network

    if args.maps:
        check_folder(args.maps)  # now, not after all pictures
    if args.dataset:
        paper_row(args.dataset)  # an unknown name is told now
    known = args.dataset or (paper_name_in(args.data[0]) if args.data else None)
    size = side_of(args, None)
    model = find_network(args.network)
    trained_at = about(model).size
    size = size or (trained_at if isinstance(trained_at, int) else None)
    dataset = dataset_of(args.data, size, HELD_OUT_SEED, 256)
    maps = None
    if args.maps:
        called = Path(args.data[0]).name if args.data else "scenes"
        maps = args.maps / Path(args.network).stem.replace(":", ".") / (known or called)
    scores = evaluate(
        model,
        dataset,
        preprocessing=args.preprocessing,
        device=args.device,
        protocol=args.protocol,
        maps=maps,
        bootstrap=args.bootstrap,
    )
    text = beside_the_paper(scores, known) if known else str(scores)
    numbers: dict = {name: None if isnan(value) else value for name, value in scores.items()}
    numbers["images"] = scores.images
    if args.protocol != "plain":
        numbers["protocol"] = args.protocol
    if known:
        numbers["dataset"] = known
    if scores.intervals:
        numbers["intervals"] = {
            name: [None if isnan(end) else end for end in ends]
            for name, ends in scores.intervals.items()
        }
    show(args, numbers, text)
    return 0
