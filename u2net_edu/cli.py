"""`u2net-edu`: the package's commands. Heavy imports wait until a command runs."""

import argparse
import sys

from . import __version__
from .batch import add_predict
from .profile import add_profile
from .views.commands import add_figures


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="u2net-edu", description="Learn how a segmentation network works: U²-Net, taken apart."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add_command in (add_predict, add_profile, add_figures):
        add_command(commands)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    args = build_parser().parse_args(argv)
    return args.run(args)


if __name__ == "__main__":
    sys.exit(main())
