"""`u2net-edu`: the package's commands. Heavy imports wait until a command runs."""

import argparse
import sys
from pathlib import Path

from . import __version__
from .batch import add_predict
from .course.glossary import add_glossary
from .lab import add_lab
from .profile import add_profile
from .training.commands import add_evaluate, add_train
from .views.commands import add_figures
from .views.explorer import add_explorer


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="u2net-edu", description="Learn how a segmentation network works: U²-Net, taken apart."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add_command in (
        add_lab,
        add_explorer,
        add_notebooks,
        add_predict,
        add_train,
        add_evaluate,
        add_profile,
        add_figures,
        add_glossary,
    ):
        add_command(commands)
    return parser


def add_notebooks(commands) -> None:
    command = commands.add_parser(
        "notebooks", help="write the course's notebooks into a folder, with solutions if asked"
    )
    command.add_argument("--solutions", action="store_true", help="with every exercise solved")
    command.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="the folder to write into"
    )
    command.set_defaults(run=run_notebooks)


def run_notebooks(args: argparse.Namespace) -> int:
    from .course.notebooks import write_notebooks

    try:
        written = write_notebooks(args.output, solutions=args.solutions)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    print(*written, sep="\n")
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    parser = build_parser()
    args, rest = parser.parse_known_args(argv)
    args.rest = rest
    if args.rest and not getattr(args, "passes_on", False):
        parser.error(f"unrecognized arguments: {' '.join(args.rest)}")
    try:
        return args.run(args)
    except (ValueError, FileNotFoundError, KeyError) as error:
        # A mistake of the caller's: the message says what to do, a traceback would bury it.
        text = error.args[0] if isinstance(error, KeyError) and error.args else error
        print(f"u2net-edu {args.command}: {text}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
