"""`u2net-edu`: the package's commands. Heavy imports wait until a command runs."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from . import __version__
from .commands import (
    class_,
    evaluate,
    explorer,
    figures,
    glossary,
    lab,
    notebooks,
    predict,
    profile,
    progress,
    train,
    weights,
)

COMMANDS = (
    *(lab, weights, explorer, notebooks, predict, train, evaluate, profile),
    *(progress, class_),
    *(figures, glossary),
)

MISTAKES: tuple[type[Exception], ...] = (
    *(ValueError, KeyError, FileNotFoundError, FileExistsError, PermissionError),
    *(NotADirectoryError, IsADirectoryError),
)
"""What a caller's mistake raises: its message says what to do, a traceback would bury it."""


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="u2net-edu",
        description="Learn how a segmentation network works: U²-Net, taken apart.",
        epilog="Exit status: 0, all is done; 1, something failed and all else is done; 2, a "
        "mistake in what was asked. `u2net-edu COMMAND --help` says more of each.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    for one in commands.choices.values():
        for action in one._actions:
            if action.type in (None, Path) and action.nargs != 0:
                action.type = partial(_given, kind=action.type or str)
    return parser


def _given(text: str, kind: Callable[[str], object]) -> object:
    """An argument that is a name. Empty text is none: a variable of the shell was not set, say."""
    if not text:
        raise argparse.ArgumentTypeError("expected a name, got an empty text")
    return kind(text)


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    parser = build_parser()
    args, rest = parser.parse_known_args(argv)
    args.rest = rest[1:] if rest[:1] == ["--"] else rest
    if args.rest and not getattr(args, "passes_on", False):
        parser.error(f"unrecognized arguments: {' '.join(args.rest)}")
    try:
        return args.run(args)
    except KeyboardInterrupt:
        return _said(args.command, "stopped", 130)
    except MISTAKES as error:
        text = error.args[0] if isinstance(error, KeyError) and error.args else error
        return _said(args.command, text, 2)
    except OSError as error:  # a full disk, say; our own name a way out, as a mistake's do
        return _said(args.command, error, 2 if _is_ours(error) else 1)
    except RuntimeError as error:
        if not _is_ours(error):
            raise
        return _said(args.command, error, 1)  # a training that diverged


def _is_ours(error: Exception) -> bool:
    return type(error).__module__.startswith(__package__)


def _said(command: str, text: object, status: int) -> int:
    print(f"u2net-edu {command}: {text}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
