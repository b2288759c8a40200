"""Every notebook's computing beside what its top announces; the goal is the whole set under 8 min.

python -m tests.benchmarks.notebooks [04 06 …]

The budget is for two quiet cores, so nothing else should compute meanwhile. Notebook 09 trains
briefly, as in the tests; each runs in a kernel of its own, from top to bottom, once.
"""

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.notebooks.form import budget_seconds
from tests.notebooks.runner import ROOT, run_notebook


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", nargs="*", help="numbers of notebooks; all of them if none")
    numbers = parser.parse_args().numbers
    paths = [
        path
        for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
        if not numbers or path.stem.split("_")[0] in numbers
    ]
    print("| | announced, s | by the clock, s | by the cores, s |\n|---|---|---|---|")
    whole, over = 0.0, []
    for path in paths:
        with TemporaryDirectory() as home:
            start = time.perf_counter()
            run = run_notebook(path, Path(home))
            seconds = time.perf_counter() - start
        announced = budget_seconds(run.notebook)
        print(
            f"| {path.stem} | {announced} | {seconds:.0f} | {run.cpu_seconds[0]:.0f} |", flush=True
        )
        whole += seconds
        if seconds > announced:
            over.append(path.stem)
        for problem in run.problems:
            print(f"{path.stem}: {problem}", file=sys.stderr)
    print(f"| all | | {whole:.0f} | |")
    if over:
        print(f"more than announced: {', '.join(over)}", file=sys.stderr)
    return int(bool(over))


if __name__ == "__main__":
    sys.exit(main())
