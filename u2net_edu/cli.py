"""`u2net-edu`: the package's commands. Heavy imports wait until a command runs."""

import argparse
import sys

from . import __version__
from .lab import add_lab
from .views.explorer import add_explorer


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="u2net-edu", description="Learn how a segmentation network works: U²-Net, taken apart."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add_command in (add_lab, add_explorer):
        add_command(commands)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    parser = build_parser()
    args, args.rest = parser.parse_known_args(argv)
    if args.rest and not getattr(args, "passes_on", False):
        parser.error(f"unrecognized arguments: {' '.join(args.rest)}")
    return args.run(args)


if __name__ == "__main__":
    sys.exit(main())
