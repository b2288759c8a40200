"""`u2net-edu profile`: what a network costs, counted and timed, as tables in a terminal."""

import argparse
import json
import sys
from typing import Any

SPECS = {"u2net": "U2NET", "lite": "U2NET_LITE", "classroom": "U2NET_CLASSROOM"}

BAR = 12  # characters of a full bar


def add_profile(commands) -> None:
    """`profile`: parameters, MACs, memory and time."""
    parser = commands.add_parser(
        "profile",
        help="what a network, or a block, costs: parameters, MACs, memory, time",
        description="What a network costs, stage by stage, layer by layer or operator by operator: "
        "counted without arithmetic, then timed on this machine and set against the best rates "
        "that the machine reaches. With --blocks, blocks side by side at the same channels.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--spec", choices=SPECS, default="u2net", help="which network (u2net)")
    what.add_argument("--blocks", nargs="+", metavar="BLOCK", help="blocks: RSU-7 RSU-4F PLN …")
    parser.add_argument(
        "--channels",
        nargs=3,
        type=int,
        metavar=("IN", "MID", "OUT"),
        default=(3, 32, 64),
        help="of the blocks (3 32 64, those of en1 in U²-Net)",
    )
    parser.add_argument("--size", nargs="+", type=int, default=[320], help="height width, or both")
    parser.add_argument("--batch", type=int, default=1, help="images at once, for the times")
    parser.add_argument("--level", choices=("stage", "layer", "operator"), default="stage")
    parser.add_argument("--device", default="cpu", help="cpu (default), cuda, mps or auto")
    parser.add_argument("--threads", type=int, help="of the processor; torch's own number")
    parser.add_argument("--seconds", type=float, default=1.0, help="to measure for, at least")
    parser.add_argument("--no-time", action="store_true", help="count only")
    parser.add_argument("--json", action="store_true", help="the same as JSON")
    parser.set_defaults(run=run_profile)


def run_profile(args: argparse.Namespace) -> int:
    if len(args.size) > 2:
        print("--size takes one number, or height and width.", file=sys.stderr)
        return 2
    size = (args.size[0], args.size[-1])
    try:
        result = _profile_blocks(args, size) if args.blocks else _profile_network(args, size)
    except ValueError as error:  # a block that does not exist, a size of 0, no such device
        print(error, file=sys.stderr)
        return 2
    if hasattr(sys.stdout, "reconfigure"):  # a console that lacks a sign gets a question mark
        sys.stdout.reconfigure(errors="replace")
    if args.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
    else:
        print(_blocks_page(result) if args.blocks else _network_page(result))
    return 0


# --- What is found out --------------------------------------------------------------------------


def _profile_network(args: argparse.Namespace, size: tuple[int, int]) -> dict[str, Any]:
    import u2net_edu as u2
    from u2net_edu.architecture.devices import pick_device

    device = pick_device(args.device)
    spec = getattr(u2, SPECS[args.spec])
    model = u2.U2Net(spec)
    trace = u2.trace(model, size)
    blocks = {stage.name: stage.block for stage in spec.stages}
    rows = _counted(trace, args.level, blocks)
    result: dict[str, Any] = {
        "network": trace.name,
        "size": list(size),
        "level": args.level,
        "totals": trace.to_dict()["totals"],
        "rows": rows,
    }
    if args.no_time:
        return result
    options: dict[str, Any] = {"batch": args.batch, "threads": args.threads}
    latency = u2.measure_latency(model.to(device), size, seconds=args.seconds, **options)
    times = u2.time_operators(model, size, **options)
    ceilings = u2.measure_ceilings(device, threads=args.threads)
    timed = times.table(ceilings=ceilings)
    for row, members in zip(rows, trace.groups(args.level).values()):
        paths = [trace.operators[i].path for i in members]
        part = timed.loc[timed.index.intersection(paths)]
        seconds = float(part["seconds"].sum())
        row["seconds"], row["time_share"] = seconds, seconds / times.seconds
        row["reached"] = float(part["least_seconds"].sum()) / seconds if seconds else None
    kinds = times.table("kind", ceilings).sort_values("seconds", ascending=False)
    return {
        **result,
        "latency": latency.to_dict(),
        "ceilings": ceilings.to_dict(),
        "kinds": kinds.reset_index().to_dict("records"),
        "share_without_macs": times.share_without_macs,
        "reached": float(timed["least_seconds"].sum()) / times.seconds,
    }


def _counted(trace, level: str, blocks: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of the trace's table as plain JSON."""
    columns = ["kind", "parameters", "macs", "macs_share", "other_ops", "output_bytes"]
    table = trace.table(level)
    rows = table[columns].to_dict("records")
    return [
        {
            **{"path": path, "block": blocks.get(path, "")},
            **{"output": list(shape[1:]), "live_bytes": live},
            **row,
        }
        for path, shape, live, row in zip(
            table.index, table["output_shape"], table["live_bytes"].tolist(), rows
        )
    ]


def _profile_blocks(args: argparse.Namespace, size: tuple[int, int]) -> dict[str, Any]:
    import u2net_edu as u2
    from u2net_edu.architecture.devices import pick_device

    device, rows = pick_device(args.device), []
    for name in args.blocks:
        block = u2.build_block(name, *args.channels)
        trace = u2.trace(block, size)
        row = {
            "block": name,
            "parameters": trace.total_parameters,
            "macs": trace.total_macs,
            "peak_bytes": trace.peak_activation_bytes,
        }
        if not args.no_time:
            latency = u2.measure_latency(
                block.to(device), size, batch=args.batch, threads=args.threads, seconds=args.seconds
            )
            row["latency"] = latency.to_dict()
        rows.append(row)
    return {"channels": list(args.channels), "size": list(size), "blocks": rows}


# --- How it is set ------------------------------------------------------------------------------


def _network_page(result: dict[str, Any]) -> str:
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


def _blocks_page(result: dict[str, Any]) -> str:
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
    from .analysis.latency import Machine

    return str(Machine(**machine))
