"""`u2net-edu class`: a whole class on one offline page."""

import argparse
import sys
from pathlib import Path

from .options import add_json, add_output, show


def add(commands) -> None:
    parser = commands.add_parser(
        "class",
        help="make one page for the teacher out of the files that students exported",
        description="Make one offline page for the teacher: which idea is still wrong in how many "
        "heads, exercise by exercise; guesses, first answer and last; who is held up, if they "
        "wrote a name; and what to talk about tomorrow. Files that cannot be read, that are "
        "doubled or that are something else are listed on the page and stop none of the rest.",
        epilog="example: u2net-edu class handed-in/ -o class.html",
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="files that students wrote with `u2net-edu progress --export`, or folders of them",
    )
    add_output(
        parser, "FILE", "the page to write (default: class.html)", default=Path("class.html")
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 if every file is on the page, 1 if some are not, 2 if none can be read."""
    from ..course.class_page import read_class, write_class_page

    handed = read_class(args.files)
    path = write_class_page(args.output, handed)
    heads = len(handed.students)
    result = {"path": str(path), "students": heads, "left_out": dict(handed.left_out)}
    show(args, result, f"{heads} {'student' if heads == 1 else 'students'}: {path}")
    for file, reason in handed.left_out:
        print(f"not counted: {file}: {reason}", file=sys.stderr)
    return 1 if handed.left_out else 0
