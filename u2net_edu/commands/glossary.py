"""`u2net-edu glossary`: the course's glossary as a page."""

import argparse

from .options import add_output


def add(commands) -> None:
    parser = commands.add_parser(
        "glossary", help="write the course's glossary, notebooks/glossary.md"
    )
    add_output(parser, "FILE", "write it here instead")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from ..course.glossary import write_glossary
    from ..files import check_file

    if args.output:
        check_file(args.output, "glossary.md")
    print(write_glossary(args.output))
    return 0
