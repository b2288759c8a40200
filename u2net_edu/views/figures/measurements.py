"""What figures show that must be run to be known: times, and effective fields.

Kept in `figures/measurements.json` with machine and date, so that a figure redrawn elsewhere is the
same figure. `u2net-edu figures --measure` renews it.
"""

import json
from datetime import date
from functools import cache
from itertools import product
from math import ceil, floor
from pathlib import Path
from statistics import median
from typing import Any

from numpy.typing import NDArray

from ...analysis.fields.effective_field import effective_field, mass_inside
from ...analysis.latency import Machine, measure_latency
from ...analysis.roofline import measure_ceilings, time_operators
from ...architecture.blocks import BLOCKS, build_block
from ...architecture.spec import U2NET, U2NET_LITE
from ...architecture.u2net import U2Net
from ...files import atomic_write
from .subject import PHOTOGRAPH, figure_images, figure_model

NAME = "measurements.json"
CHANNELS, SIZE = (3, 32, 64), (320, 320)
SHARE = 0.5  # of an effective field's mass: the square that holds it is its extent


def folder() -> Path:
    """The committed figures: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parents[2]
    return next(
        (place / "figures" for place in (package, package.parent) if _is_it(place / "figures")),
        package.parent / "figures",
    )


def _is_it(place: Path) -> bool:
    return (place / NAME).is_file()


@cache
def recorded() -> dict[str, Any]:
    """Read the committed measurements.

    Raises: FileNotFoundError where there are none yet.
    """
    path = folder() / NAME
    if not path.is_file():
        raise FileNotFoundError(f"no {path}: `u2net-edu figures --measure` makes it.")
    return json.loads(path.read_text(encoding="utf-8"))


def machine_line() -> str:
    """Say on which machine the times were measured, and when."""
    found = recorded()
    return f"{Machine(**found['machine'])}, {found['date']}"


def measure(target: Path, *, threads: int = 1, seconds: float = 2.0) -> dict[str, Any]:
    """Measure everything that the figures need and write it to the folder `target`.

    Minutes, on a machine that does nothing else meanwhile. One thread by default: the figure
    compares operators, and with several the scheduler is measured too.
    """
    networks = {spec.name: U2Net(spec).eval() for spec in (U2NET, U2NET_LITE)}
    latencies = {
        name: measure_latency(model, SIZE, threads=threads, seconds=seconds)
        for name, model in networks.items()
    }
    operators = {
        name: time_operators(model, SIZE, threads=threads) for name, model in networks.items()
    }
    blocks = {
        name: measure_latency(build_block(name, *CHANNELS), SIZE, threads=threads, seconds=seconds)
        for name in BLOCKS
    }
    found = {
        "date": date.today().isoformat(),
        "machine": next(iter(latencies.values())).to_dict()["machine"],
        "size": list(SIZE),
        "channels": list(CHANNELS),
        "ceilings": _rounded(measure_ceilings(threads=threads).to_dict()),
        "latency": {name: _summary(latency) for name, latency in latencies.items()},
        "stage_seconds": {
            name: _rounded(times.table("stage")["seconds"].to_dict())
            for name, times in operators.items()
        },
        "kind_seconds": {
            name: _rounded(times.table("kind")["seconds"].to_dict())
            for name, times in operators.items()
        },
        "block_latency": {name: _summary(latency) for name, latency in blocks.items()},
        "effective": effective_extents(),
    }
    with atomic_write(target / NAME) as path:
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    recorded.cache_clear()
    return found


def _summary(latency) -> dict[str, float]:
    summary = {"median": latency.median, "iqr": latency.iqr, "runs": len(latency.times)}
    return _rounded(summary)


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in values.items()}


def effective_extents() -> dict[str, Any]:
    """Measure each stage's effective field in image pixels, as the median of nine places."""
    model, image = figure_model(), figure_images(SIZE[0])
    extents = {}
    for stage in model.spec.stages:
        side = SIZE[0]
        for _ in range(int(stage.name[2:]) - 1):
            side = -(-side // 2)
        places = [side // 4, side // 2, side - 1 - side // 4]
        found = []
        for row, column in product(places, places):
            field = effective_field(model, image, stage.name, (row, column))
            across = SIZE[0] / side
            found.append(extent(field, ((row + 0.5) * across, (column + 0.5) * across)))
        extents[stage.name] = int(median(found))
    return {
        "network": model.spec.name,
        "weights": model.provenance,
        "photograph": PHOTOGRAPH,
        "pixels": extents,
    }


def extent(field: NDArray, centre: tuple[float, float]) -> int:
    """Find the side of the smallest square around a point that holds `SHARE` of a field.

    At most the image's own side, where the square's part outside the image holds nothing.
    """
    for side in range(1, 2 * max(field.shape)):
        rows, columns = ((floor(c - side / 2), ceil(c + side / 2) - 1) for c in centre)
        spans = rows, columns
        if mass_inside(field, spans) >= SHARE:
            return min(max(high - low for low, high in spans) + 1, max(field.shape))
    return max(field.shape)
