"""`u2net-edu notebooks`: the course's notebooks as files, solved if asked."""

import argparse

from .options import add_output


def add(commands) -> None:
    parser = commands.add_parser(
        "notebooks", help="write the course's notebooks into a folder, with solutions if asked"
    )
    parser.add_argument("--solutions", action="store_true", help="with every exercise solved")
    add_output(parser, "FOLDER", "the folder to write into", required=True)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from ..course.notebooks import write_notebooks
    from ..files import check_folder

    check_folder(args.output)
    print(*write_notebooks(args.output, solutions=args.solutions), sep="\n")
    return 0
