"""Parts and their changes in words: "Without the skip en3 → de3"."""

from ....analysis.interventions import ARROW, CHANNELS, connections_of
from ....analysis.tracing import Trace

KINDS = {
    "skip": "skip",
    "up": "way up",
    "down": "way down",
    "residual": "residual",
    "side": "way to the sides",
}


def arrows_of(traced: Trace) -> list[dict]:
    """Each connection as the map takes it: {"part", "from", "to": operators, "kind", "words"}."""
    layers = {i: path for path, members in traced.groups("layer").items() for i in members}
    places = {operator.path: i for i, operator in enumerate(traced.operators)}
    arrows = []
    for part, row in connections_of(traced).iterrows():
        reader = places[row["reader"]]
        to = row["reader"].split(".")[0] if row["where"] == "outer" else layers[reader]
        words = f"{KINDS[row['kind']]} {row['source']} → {to}"
        source = traced.position(row["source"])
        arrows.append(
            {"part": part, "from": source, "to": reader, "kind": row["kind"], "words": words}
        )
    return arrows


def split_part(part: str) -> tuple[str, str, str]:
    """The source of a part, its channels ("" for all) and its reader ("" for all): as written."""
    given, *rest = ARROW.split(part.strip(), maxsplit=1)
    found = CHANNELS.fullmatch(given)
    path, channels = (found["path"], found["channels"]) if found else (given, "")
    return path, channels, rest[0] if rest else ""


def changes_in_words(changes: list[tuple[str, object]], arrows: dict[str, str]) -> str:
    """How a sentence on these changes begins. `arrows`: {part: its words}."""
    if len(changes) == 1 and changes[0][1] == "zero":
        return f"Without {_named(changes[0][0], arrows)}"
    *first, last = [f"{_named(part, arrows)} {_changed(part, change)}" for part, change in changes]
    return "With " + " and ".join([", ".join(first), last] if first else [last])


def _named(part: str, arrows: dict[str, str]) -> str:
    path, channels, reader = split_part(part)
    whole = arrows.get(f"{path} -> {reader}", f"arrow {path} → {reader}") if reader else path
    name = f"the {whole}" if reader else whole
    count = len(channels.split(","))
    return f"channel{'s' * (count > 1)} {channels} of {name}" if channels else name


def _changed(part: str, change: object) -> str:
    if change == "zero":
        return "cut" if split_part(part)[2] else "silenced"
    if change == "mean":
        return "levelled to its mean"
    return f"as for {change['as']}" if isinstance(change, dict) else f"times {change:.4g}"
