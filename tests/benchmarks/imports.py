"""What `import u2net_edu` costs beyond Python's own start; the goal is under 0.3 s.

python -m tests.benchmarks.imports [--runs 20]
"""

import argparse
import statistics
import subprocess
import sys
import time


def started(code: str) -> float:
    """Seconds from nothing to the end of `code`."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    cases = {
        "Python alone": "pass",
        "import u2net_edu": "import u2net_edu",
        "u2net-edu --version": "from u2net_edu.cli import build_parser; build_parser()",
        "first use (torch)": "import u2net_edu; u2net_edu.U2Net",
    }
    seconds = {name: [] for name in cases}
    for _ in range(runs):
        for name, code in cases.items():
            seconds[name].append(started(code))
    print("| | median, s | beyond Python's start |")
    print("|---|---|---|")
    base = statistics.median(seconds["Python alone"])
    for name, values in seconds.items():
        middle = statistics.median(values)
        print(f"| {name} | {middle:.3f} | {middle - base:+.3f} |")


if __name__ == "__main__":
    main()
