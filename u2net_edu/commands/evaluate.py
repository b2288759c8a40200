"""`u2net-edu evaluate`: the field's measures, beside the paper's numbers."""

import argparse
from math import isnan

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
        description="MAE, F, weighted F, S, E, relaxed boundary F and IoU. With --dataset, "
        "columns as in the paper's table, beside the paper's own numbers.",
        epilog="example: u2net-edu evaluate lite --data ECSSD/images ECSSD/masks --dataset ECSSD",
    )
    add_network(
        parser,
        "u2net and lite fetch the authors' weights the first time (default: classroom)",
        default="classroom",
    )
    add_data(parser, "--data", "drawn scenes")
    parser.add_argument("--dataset", help="the paper's name of the data: DUTS-TE, ECSSD, …")
    add_size(parser, "what the network was trained at; else 64 for drawn scenes, 320 for folders")
    parser.add_argument(
        "--preprocessing", help="plain, imagenet or upstream (default: the network's own)"
    )
    add_device(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from ..architecture.about import about
    from ..training.classroom import HELD_OUT_SEED
    from ..training.metrics import beside_the_paper, evaluate, paper_row
    from ..weights.networks import find_network

    if args.dataset:
        paper_row(args.dataset)  # an unknown name is told now
    size = side_of(args, None)
    model = find_network(args.network)
    trained_at = about(model).size
    size = size or (trained_at if isinstance(trained_at, int) else None)
    dataset = dataset_of(args.data, size, HELD_OUT_SEED, 256)
    scores = evaluate(model, dataset, preprocessing=args.preprocessing, device=args.device)
    text = beside_the_paper(scores, args.dataset) if args.dataset else str(scores)
    numbers = {name: None if isnan(value) else value for name, value in scores.items()}
    show(args, {**numbers, "images": scores.images}, text)
    return 0
