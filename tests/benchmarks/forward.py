"""What the readable network costs beside the same operators in one flat function.

    python -m tests.benchmarks.forward [--size 320] [--runs 15] [--threads N] [--device cpu]

Prints a Markdown table. The two sides alternate, so that a machine that grows slower slows both;
the goal is a median ratio of at most 1.05.
"""

import argparse
import statistics
import time

import torch
import torch.nn.functional as F
from torch import Tensor

from u2net_edu import U2NET, U2NET_LITE, U2Net, U2NetSpec, reference_state_dict

POOL = {"kernel_size": 2, "stride": 2, "ceil_mode": True}


def layer(w: dict[str, Tensor], name: str, x: Tensor, d: int = 1) -> Tensor:
    """Convolution, batch norm and ReLU of the weights called `name`."""
    conv, norm = f"{name}.conv_s1", f"{name}.bn_s1"
    x = F.conv2d(x, w[f"{conv}.weight"], w[f"{conv}.bias"], padding=d, dilation=d)
    x = F.batch_norm(
        x,
        w[f"{norm}.running_mean"],
        w[f"{norm}.running_var"],
        w[f"{norm}.weight"],
        w[f"{norm}.bias"],
    )
    return F.relu(x, inplace=True)


def resize(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=False)


def rsu(w: dict[str, Tensor], name: str, depth: int, x: Tensor) -> Tensor:
    first = layer(w, f"{name}.rebnconvin", x)
    maps = [layer(w, f"{name}.rebnconv1", first)]
    for level in range(2, depth):
        maps.append(layer(w, f"{name}.rebnconv{level}", F.max_pool2d(maps[-1], **POOL)))
    x = layer(w, f"{name}.rebnconv{depth}", maps[-1], 2)
    for level in range(depth - 1, 0, -1):
        if level < depth - 1:
            x = resize(x, maps[level - 1])
        x = layer(w, f"{name}.rebnconv{level}d", torch.cat((x, maps[level - 1]), 1))
    return x + first


def rsu_4f(w: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    first = layer(w, f"{name}.rebnconvin", x)
    one = layer(w, f"{name}.rebnconv1", first)
    two = layer(w, f"{name}.rebnconv2", one, 2)
    three = layer(w, f"{name}.rebnconv3", two, 4)
    x = layer(w, f"{name}.rebnconv4", three, 8)
    x = layer(w, f"{name}.rebnconv3d", torch.cat((x, three), 1), 4)
    x = layer(w, f"{name}.rebnconv2d", torch.cat((x, two), 1), 2)
    return layer(w, f"{name}.rebnconv1d", torch.cat((x, one), 1)) + first


def transcription(w: dict[str, Tensor], x: Tensor) -> tuple[Tensor, ...]:
    """Fused and six sides, as logits; `w` is a state_dict under the authors' names."""
    en1 = rsu(w, "stage1", 7, x)
    en2 = rsu(w, "stage2", 6, F.max_pool2d(en1, **POOL))
    en3 = rsu(w, "stage3", 5, F.max_pool2d(en2, **POOL))
    en4 = rsu(w, "stage4", 4, F.max_pool2d(en3, **POOL))
    en5 = rsu_4f(w, "stage5", F.max_pool2d(en4, **POOL))
    en6 = rsu_4f(w, "stage6", F.max_pool2d(en5, **POOL))
    de5 = rsu_4f(w, "stage5d", torch.cat((resize(en6, en5), en5), 1))
    de4 = rsu(w, "stage4d", 4, torch.cat((resize(de5, en4), en4), 1))
    de3 = rsu(w, "stage3d", 5, torch.cat((resize(de4, en3), en3), 1))
    de2 = rsu(w, "stage2d", 6, torch.cat((resize(de3, en2), en2), 1))
    de1 = rsu(w, "stage1d", 7, torch.cat((resize(de2, en1), en1), 1))
    sides = []
    for number, x in enumerate((de1, de2, de3, de4, de5, en6), 1):
        side = F.conv2d(x, w[f"side{number}.weight"], w[f"side{number}.bias"], padding=1)
        sides.append(side if number == 1 else resize(side, de1))
    fused = F.conv2d(torch.cat(sides, 1), w["outconv.weight"], w["outconv.bias"])
    return (fused, *sides)


def measure(spec: U2NetSpec, size: int, runs: int, device: str) -> tuple[list[float], list[float]]:
    """Seconds of each run of the module and of the transcription, in pairs."""
    model = U2Net(spec).eval().to(device)
    weights = reference_state_dict(model)
    images = torch.randn(1, 3, size, size, device=device)
    sides = [lambda: model(images), lambda: transcription(weights, images)]

    def timed(run) -> float:
        if device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start

    with torch.inference_mode():
        ours, flat = sides[0](), sides[1]()
        for one, other in zip((ours.fused, *ours.sides), flat):
            torch.testing.assert_close(one, other)  # the same operators, so the same numbers
        seconds: tuple[list[float], list[float]] = ([], [])
        for pair in range(runs):
            for side in (0, 1) if pair % 2 else (1, 0):  # neither is always the first
                seconds[side].append(timed(sides[side]))
    return seconds


def spread(values: list[float]) -> str:
    """Median (interquartile range) in milliseconds."""
    low, middle, high = statistics.quantiles((1000 * v for v in values), n=4)
    return f"{middle:.1f} ({low:.1f}–{high:.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    where = f"{options.device}, {options.threads} threads" if options.device == "cpu" else "cuda"
    print(
        f"Eval forward, {options.size}×{options.size}, {where}, torch {torch.__version__}, ", end=""
    )
    print(f"{options.runs} pairs; ms, median (quartiles)\n")
    print("| network | u2net_edu | transcription | median ratio |")
    print("|---|---|---|---|")
    for spec in (U2NET, U2NET_LITE):
        ours, flat = measure(spec, options.size, options.runs, options.device)
        ratio = statistics.median(one / other for one, other in zip(ours, flat))
        print(f"| {spec.name} | {spread(ours)} | {spread(flat)} | {ratio:.3f} |", flush=True)


if __name__ == "__main__":
    main()
