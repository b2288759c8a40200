"""The right answers of this lesson: windows put down and counted, taps followed."""


def place_the_window(size: int, kernel: int, stride: int, padding: int) -> int:
    """Slide a window along the padded row, count where it fits."""
    row = size + 2 * padding
    return sum(1 for start in range(0, row, stride) if start + kernel <= row)


def seen_by(layers: list[tuple[int, int]]) -> int:
    """Follow every tap of every layer back to the pixels it reads; count from end to end."""
    pixels = {0}
    for kernel, dilation in reversed(layers):
        pixels = {pixel + tap * dilation for pixel in pixels for tap in range(kernel)}
    return max(pixels) - min(pixels) + 1
