"""What `analysis.profiling` found, as tables in a terminal."""

from typing import Any

BAR = 12  # characters of a full bar


def network_page(result: dict[str, Any]) -> str:
    timed = "latency" in result
    head = [result["level"], "block" if result["level"] == "stage" else "kind", "output"]
    head += ["parameters", "MACs", "", "new memory"]
    head += ["time", "", "of the possible"] if timed else []
    lines = []
    for row in result["rows"]:
        line = [row["path"], row["block"] or row["kind"], "×".join(map(str, row["output"]))]
        line += [f"{row['parameters']:,}", amount(row["macs"]), bar(row["macs_share"])]
        line += [mebibytes(row["output_bytes"])]
        if timed:
            line += [milliseconds(row["seconds"]), bar(row["time_share"]), percent(row["reached"])]
        lines.append(line)
    totals = result["totals"]
    parts = [
        f"{result['network']} at {'×'.join(map(str, result['size']))}",
        f"{totals['parameters']:,} parameters · {amount(totals['macs'])} MACs · "
        f"{mebibytes(totals['peak_bytes'])} of activations at most",
        "",
        table_text(head, lines, left=3, bars={5, 8}),
    ]
    if timed:
        parts += ["", *_times_text(result)]
    return "\n".join(parts)


def _times_text(result: dict[str, Any]) -> list[str]:
    total = sum(kind["seconds"] for kind in result["kinds"])
    kinds = [
        [k["kind"], milliseconds(k["seconds"]), bar(k["seconds"] / total), percent(k["reached"])]
        for k in result["kinds"]
    ]
    latency, ceilings = result["latency"], result["ceilings"]
    memory = latency["peak_bytes"]
    return [
        table_text(["kind", "time", "", "of the possible"], kinds, left=1, bars={2}),
        "",
        f"one forward of {latency['batch']}: {milliseconds(latency['median'])} "
        f"(IQR {milliseconds(latency['iqr'])}, {len(latency['times'])} runs)"
        + (f", peak {mebibytes(memory)} with weights" if memory else ""),
        f"{percent(result['share_without_macs'])} of the time goes to operators without a MAC",
        f"the possible: {amount(ceilings['macs_per_second'])} MACs/s and "
        f"{amount(ceilings['bytes_per_second'])} B/s, measured here; "
        f"{percent(result['reached'])} of it reached",
        machine_text(latency["machine"]),
    ]


def blocks_page(result: dict[str, Any]) -> str:
    rows = result["blocks"]
    timed = "latency" in rows[0]
    most = max(row["macs"] for row in rows)
    head = ["block", "parameters", "MACs", "", "peak memory"] + ["time", "IQR"] * timed
    lines = []
    for row in rows:
        line = [row["block"], f"{row['parameters']:,}", amount(row["macs"])]
        line += [bar(row["macs"] / most, label=False), mebibytes(row["peak_bytes"])]
        if timed:
            line += [milliseconds(row["latency"][name]) for name in ("median", "iqr")]
        lines.append(line)
    channels = " → ".join(map(str, result["channels"]))
    parts = [
        f"blocks {channels} at {'×'.join(map(str, result['size']))}",
        "",
        table_text(head, lines, left=1, bars={3}),
    ]
    if timed:
        latency = rows[0]["latency"]
        parts += ["", f"times of a batch of {latency['batch']}", machine_text(latency["machine"])]
    return "\n".join(parts)


def table_text(head: list[str], lines: list[list[str]], left: int, bars: set[int]) -> str:
    """Columns set by their width: the first `left` and the bars to the left, numbers right."""
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]

    def set_line(line: list[str]) -> str:
        cells = (
            cell.ljust(width) if i < left or i in bars else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths))
        )
        return "  ".join(cells).rstrip()

    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([set_line(head), rule, *map(set_line, lines), rule])


def bar(share: float, *, label: bool = True) -> str:
    """`▇▇▇▇▇▇ 54 %`: as long as the share is large."""
    blocks = "▇" * round(share * BAR)
    return f"{blocks} {percent(share)}".strip() if label else blocks


def amount(value: float) -> str:
    """`58.60 G`, `206.0 k`: four digits and the unit."""
    for factor, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor:
            scaled = value / factor
            return f"{scaled:.{max(4 - len(str(int(scaled))), 0)}f} {unit}"
    return f"{value:.0f}"


def mebibytes(value: float) -> str:
    return f"{value / 2**20:,.1f} MiB"


def milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:,.2f} ms" if seconds < 0.1 else f"{1e3 * seconds:,.0f} ms"


def percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"


def machine_text(machine: dict[str, Any]) -> str:
    from ..analysis.latency import Machine

    return str(Machine(**machine))
