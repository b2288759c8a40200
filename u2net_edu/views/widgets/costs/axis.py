"""What the axes of the cost explorer can show, for its page and for its still picture."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """What an axis of the plot can show."""

    name: str
    title: str
    unit: float = 1  # in which it is numbered
    unit_name: str = ""
    thousands: bool = False  # whether numbers are written with k, M, G, T

    @property
    def label(self) -> str:
        """The title with its unit."""
        return f"{self.title}, {self.unit_name}" if self.unit_name else self.title


AXES = {
    "width": Axis("width", "inner width M, channels"),
    "macs": Axis("MACs", "MACs", thousands=True),
    "parameters": Axis("parameters", "parameters", thousands=True),
    "memory": Axis("memory", "memory: activations alive at the peak", 2**20, "MiB"),
    "field": Axis("field", "receptive field, input pixels"),
    "latency": Axis("time", "time of one forward, measured here", 1e-3, "ms"),
}
