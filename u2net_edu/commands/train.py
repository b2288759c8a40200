"""`u2net-edu train`: fit a network to drawn scenes or to your own photographs."""

import argparse
import sys

from .options import add_data, add_device, add_network, add_output, add_size, dataset_of, side_of

SAME = (
    *("minutes", "batch_size", "learning_rate", "schedule", "clip", "augmentation"),
    *("preprocessing", "freeze_norm", "seed", "device", "devices", "nodes", "precision"),
    "workers",
)
"""Options that are arguments of `fit`, under the same names."""


def add(commands) -> None:
    parser = commands.add_parser(
        "train",
        help="train a network on drawn scenes or your own photographs",
        description="Train a network. Without --data it learns from drawn scenes; a run with "
        "--checkpoints goes on where it stopped. Ctrl-C ends it and keeps what there is. Several "
        "GPUs: --devices N, or torchrun --nproc-per-node N -m u2net_edu.cli train …; with more "
        "than one process each batch norm normalises by its own process's share of the batch, so "
        "keep 8 or more pictures a process, or --freeze-norm.",
        epilog="example: u2net-edu train classroom --minutes 20 -o my_network.safetensors",
    )
    add_network(
        parser,
        "u2net, lite and classroom begin untrained; a file goes on from its weights "
        "(default: classroom)",
        default="classroom",
    )
    add_data(parser, "--data", "drawn scenes")
    add_data(parser, "--valid", "none; drawn scenes, if it learns from those")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, help="train this many steps (default: 1500)")
    length.add_argument("--minutes", type=float, help="train this long")
    add_size(parser, "64 for drawn scenes, 320 for folders")
    parser.add_argument(
        "--batch-size", type=int, default=8, help="pictures a step, over all processes (default: 8)"
    )
    parser.add_argument(
        "--learning-rate",
        type=float,
        default=5e-3,
        help="the peak of the learning rate (default: 0.005)",
    )
    parser.add_argument(
        "--schedule", default="one-cycle", help="one-cycle or constant (default: one-cycle)"
    )
    parser.add_argument(
        "--clip", type=float, help="the largest norm of a gradient (default: no limit)"
    )
    parser.add_argument(
        "--augmentation",
        help="none, symmetries, photographs or upstream (default: what suits the pictures)",
    )
    parser.add_argument(
        "--preprocessing", help="plain, imagenet or upstream (default: the network's own)"
    )
    parser.add_argument(
        "--freeze-norm",
        action="store_true",
        help="keep the statistics of batch norm: for few pictures",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="the seed of everything that is drawn (default: 0)"
    )
    add_device(parser)
    parser.add_argument(
        "--devices", type=int, default=1, help="processes on this machine (default: 1)"
    )
    parser.add_argument("--nodes", type=int, default=1, help="machines (default: 1)")
    parser.add_argument(
        "--precision",
        default="auto",
        help="32-true, bf16-mixed, 16-mixed, 64-true (default: what the device does best)",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=0,
        help="processes that prepare pictures (default: 0, in this one)",
    )
    parser.add_argument("--checkpoints", metavar="FOLDER", help="keep the run here, or resume it")
    add_output(parser, "FILE", "write the network here (.safetensors)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0; or 1 if it was interrupted, with all that there is kept."""
    import torch

    from ..training.classroom import TRAIN_SEED, WATCH_SEED
    from ..training.engine import is_first_process
    from ..training.loop import fit
    from ..training.options import whole
    from ..weights.networks import check_target, find_network, save_network

    if args.output:
        check_target(args.output)  # now, not after hours
    size = side_of(args, None)
    torch.manual_seed(whole("seed", args.seed, 0, 2**32 - 1))
    model = find_network(args.network, weights="none")
    train = dataset_of(args.data, size, TRAIN_SEED, 3000)
    drawn = args.data is None and args.valid is None
    valid = dataset_of(args.valid, size, WATCH_SEED, 64) if drawn or args.valid else None
    steps = 1500 if args.steps is None and args.minutes is None else args.steps
    options = {name: getattr(args, name) for name in SAME}
    history = fit(model, train, valid, steps=steps, checkpoint_dir=args.checkpoints, **options)
    if not is_first_process():
        return 0  # the first one speaks and writes for all
    print(history)
    if args.output:
        print(f"wrote {save_network(model, args.output)}")
    if history.stopped != "interrupted":
        return 0
    print("it was interrupted before its end", file=sys.stderr)
    return 1
