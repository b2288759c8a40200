"""`u2net-edu lab`: a student's own copy of the course in JupyterLab, or the originals."""

import argparse
from pathlib import Path


def add(commands) -> None:
    parser = commands.add_parser(
        "lab",
        help="open the course in JupyterLab",
        description="Open your own copy of the course in JupyterLab. It is in the folder my-course "
        "of a clone, or in u2net-notebooks if you installed the package. Nothing that you changed "
        "there is ever overwritten: if a new version of such a notebook comes, it is put beside "
        "yours. All other arguments go to jupyter.",
        allow_abbrev=False,
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--folder", type=Path, help="keep your copy in this folder instead")
    where.add_argument(
        "--originals",
        action="store_true",
        help="open the notebooks of the clone or the package themselves, for those who edit them",
    )
    parser.add_argument("--no-open", action="store_true", help="prepare the folder, start nothing")
    parser.set_defaults(run=run, passes_on=True)


def run(args: argparse.Namespace) -> int:
    from ..course.lab import open_course
    from ..files import check_folder

    if args.folder:
        check_folder(args.folder.expanduser())
    return open_course(args.folder, args.rest, originals=args.originals, start=not args.no_open)
