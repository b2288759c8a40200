"""`u2net-edu profile`: what a network costs, counted and timed, as tables in a terminal."""

import argparse

from .options import add_device, add_json, add_network, add_size, show, size_of


def add(commands) -> None:
    parser = commands.add_parser(
        "profile",
        help="what a network, or a block, costs: parameters, MACs, memory, time",
        description="What a network costs, stage by stage, layer by layer or operator by operator: "
        "counted without arithmetic, then timed on this machine and set against the best rates "
        "that the machine reaches. With --blocks, blocks side by side at the same channels.",
    )
    add_network(
        parser, "Weights make no difference: none are fetched (default: u2net)", default=None
    )
    parser.add_argument(
        "--blocks", nargs="+", metavar="BLOCK", help="blocks in place of a network: RSU-7 PLN …"
    )
    parser.add_argument(
        "--channels",
        nargs=3,
        type=int,
        metavar=("IN", "MID", "OUT"),
        default=(3, 32, 64),
        help="channels of the blocks (default: 3 32 64, those of en1 in U²-Net)",
    )
    add_size(parser, "320")
    parser.add_argument(
        "--batch", type=int, default=1, help="images at once, for the times (default: 1)"
    )
    parser.add_argument(
        "--level",
        choices=("stage", "layer", "operator"),
        default="stage",
        help="how finely (default: stage)",
    )
    add_device(parser, "cpu")
    parser.add_argument(
        "--threads", type=int, help="threads of the processor (default: torch's own number)"
    )
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="measure for at least this long (default: 1)"
    )
    parser.add_argument("--no-time", action="store_true", help="count only")
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from ..analysis.profiling import profile_blocks, profile_network
    from ..training.options import whole
    from ..views.profiles import blocks_page, network_page
    from ..weights.networks import find_network

    size = size_of(args, (320, 320))
    if args.threads is not None:
        whole("--threads", args.threads)
    names = ("batch", "device", "threads", "seconds")
    how = {name: getattr(args, name) for name in names} | {"time": not args.no_time}
    if args.blocks and args.network:
        raise ValueError(f"name a network or --blocks, not both; got {args.network} and --blocks.")
    if args.blocks:
        result = profile_blocks(args.blocks, tuple(args.channels), size, **how)
        show(args, result, blocks_page(result))
    else:
        model = find_network(args.network or "u2net", weights="none")
        result = profile_network(model, size, level=args.level, **how)
        show(args, result, network_page(result))
    return 0
