"""`u2net-edu explorer`: a page in which you can explore a network, in one file."""

import argparse

from .options import add_image, add_network, add_output, add_size, side_of


def add(commands) -> None:
    parser = commands.add_parser(
        "explorer", help="write a page in which you can explore a network: one file, no server"
    )
    add_network(
        parser,
        "Nothing is fetched: u2net and lite without weights on this machine are shown untrained "
        "(default: the best network at hand)",
        default=None,
    )
    add_image(parser, "astronaut")
    add_size(parser, "320")
    add_output(parser, "FILE", "the page to write", required=True)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from ..files import check_file
    from ..inference import network_at_hand
    from ..views.explorer import write_page

    check_file(args.output, "page.html")  # now, not after minutes
    size = side_of(args, 320)
    model = network_at_hand(args.network, args.image)
    page = write_page(args.output, model, args.image, size=size, say=print)
    print(f"{page}: {page.stat().st_size / 1e6:.1f} MB")
    return 0
