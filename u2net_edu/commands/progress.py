"""`u2net-edu progress`: what the student has done so far, and a file of it for the teacher."""

import argparse
from pathlib import Path

from .options import add_json, show


def add(commands) -> None:
    parser = commands.add_parser(
        "progress",
        help="show your progress, or export it for your teacher",
        description="Show which exercises are passed and which guesses made. With --export, write "
        "a file that you can hand in: what you tried, the ideas that a check named, hints, guesses "
        "and the time they took. Your name is in it only if you give it.",
        epilog='example: u2net-edu progress --export progress.json --name "your name"',
    )
    parser.add_argument("--export", type=Path, metavar="FILE", help="the file to write")
    parser.add_argument("--name", default=None, help="the name to write into it (default: none)")
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from ..course import record
    from ..course.handing_in import export, handed_in
    from ..course.progress import progress

    if args.export:
        path = export(args.export, args.name or "")
        show(args, {"path": str(path)}, f"your progress is in {path}")
    elif args.name is not None:
        raise ValueError("--name is written into a file: say which with --export FILE.")
    else:
        show(args, handed_in(record.load()) if args.json else None, str(progress()))
    return 0
