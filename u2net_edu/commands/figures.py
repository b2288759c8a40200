"""`u2net-edu figures`: draw the figures of the course, or measure again what they show."""

import argparse

from .options import add_output


def add(commands) -> None:
    parser = commands.add_parser(
        "figures",
        help="draw the figures of the course, SVG and PNG, light and dark",
        description="Draw the figures into the folder `figures` of the checkout, or elsewhere, "
        "with an index of their titles and alt texts. Times come from its measurements.json.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones (default: all)")
    add_output(parser, "FOLDER", "draw here instead")
    parser.add_argument("--list", action="store_true", help="print the names, and nothing else")
    parser.add_argument(
        "--measure",
        action="store_true",
        help="renew measurements.json instead: minutes, on a machine that does nothing else",
    )
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        help="measure with this many threads of the processor (default: 1)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from ..files import check_folder
    from ..views.figures import catalogue
    from ..views.figures.measurements import folder, measure
    from ..views.figures.subject import figure_model, photograph_model

    catalogue.check_names(args.names)
    if args.output:
        check_folder(args.output)
    if args.list:
        print("\n".join(catalogue.FIGURES))
    elif args.measure:
        found = measure(folder(), threads=args.threads)
        print(f"{folder()}: measured, {found['date']}. Now draw: u2net-edu figures")
    else:
        names = args.names or list(catalogue.FIGURES)
        for path in catalogue.write(names, args.output or folder()):
            print(path)
        instead = [name for name in names if name in catalogue.OF_THE_AUTHORS]
        if instead and photograph_model() is figure_model():
            print(
                f"{', '.join(instead)}: drawn with the classroom network, because the authors' "
                "weights are not on this machine. `u2net-edu weights` fetches them."
            )
    return 0
