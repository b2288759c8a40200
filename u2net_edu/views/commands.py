"""`u2net-edu figures`; nothing heavy is imported until it runs."""

import argparse
from pathlib import Path


def add_figures(commands) -> None:
    """`figures`: draw them again, or measure again what they show."""
    parser = commands.add_parser(
        "figures",
        help="draw the figures of the course, SVG and PNG, light and dark",
        description="Draw the figures into the folder `figures` of the checkout, or elsewhere, "
        "with an index of their titles and alt texts. Times come from its measurements.json.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; all if none is named")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="draw here instead")
    parser.add_argument("--list", action="store_true", help="the names, and nothing else")
    parser.add_argument(
        "--measure",
        action="store_true",
        help="renew measurements.json instead: minutes, on a machine that does nothing else",
    )
    parser.add_argument("--threads", type=int, default=1, help="of the processor, to measure on")
    parser.set_defaults(run=run_figures)


def run_figures(args: argparse.Namespace) -> int:
    from .figures.catalogue import run_figures

    return run_figures(args)
