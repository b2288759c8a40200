"""How quickly the widgets answer in the browser.

    python -m tests.benchmarks.browser [--runs 200] [--size 320] [--only map|stages|costs|loss]

Prints Markdown tables of milliseconds. The page's own clock, from the event until the page has
drawn what follows from it. Goals, at the 95th percentile: hover, click and support of the nested
map, and a drag in the costs, at most 50 ms, without a round trip to Python; U²-Net's map open
within a second of its trace; what runs the classroom network (another picture, another scene) at
most 200 ms, and after 200 of them the process as large as before, within 5 %.
"""

import argparse
import base64
import io
import statistics
import time
from pathlib import Path

import torch
from playwright.sync_api import sync_playwright

import u2net_edu as u2
from u2net_edu.views.widgets.kit.bundle import bundle

from ..browser.chromium import CHROMIUM_FLAGS, find_chromium
from ..browser.page import START, encode, push, show, traits_of

# Scripts and style in one task: reading a box at the end makes the browser lay all out.
TIMED = """async ([kind, runs]) => {
  const here = [...document.querySelectorAll(".map .node.here")];
  const photo = document.querySelector(".photo");
  const frame = photo.getBoundingClientRect();
  const act = {
    hover: (i) => here[i % here.length].querySelector(".box")
      .dispatchEvent(new PointerEvent("pointerover", { bubbles: true })),
    click: (i) => here[i % here.length].querySelector(".box")
      .dispatchEvent(new MouseEvent("click", { bubbles: true })),
    support: (i) => {
      photo.setPointerCapture = () => {};
      photo.dispatchEvent(new PointerEvent("pointerdown", {
        pointerId: 1, bubbles: true,
        clientX: frame.left + ((i * 37) % 100) / 100 * frame.width,
        clientY: frame.top + ((i * 61) % 100) / 100 * frame.height,
      }));
    },
  }[kind];
  const taken = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    act(i);
    await Promise.resolve();  // it is drawn at the end of the task
    document.body.getBoundingClientRect();
    document.querySelector(".panel").getBoundingClientRect();
    taken.push(performance.now() - start);
    await new Promise((next) => setTimeout(next));
  }
  return taken;
}"""
SUPPORTS = """async ([source, trace, runs]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { support } = await import(url);
  const taken = [];
  for (let i = 0; i < runs; i++) {
    const at = trace.operators.length - 1 - ((i * 7) % trace.operators.length);
    const [rows, columns] = trace.operators[at].grid;
    const start = performance.now();
    support(trace, at, [(i * 37) % rows, (i * 61) % columns]);
    taken.push(performance.now() - start);
  }
  return taken;
}"""


# From the choice of a file until the photograph is a new one: read, shrunk, sent, run, drawn.
UPLOADED = """async ([files, runs]) => {
  const input = document.querySelector("input[type=file]");
  const photo = document.querySelector(".pictures img");
  const taken = [];
  for (let i = 0; i < runs; i++) {
    const raw = Uint8Array.from(atob(files[i % files.length]), (c) => c.charCodeAt(0));
    const chosen = new DataTransfer();
    chosen.items.add(new File([raw], `${i % files.length}.jpg`, { type: "image/jpeg" }));
    const drawn = new Promise((done) => {
      const watch = new MutationObserver(() => { watch.disconnect(); done(); });
      watch.observe(photo, { attributes: true, attributeFilter: ["src"] });
    });
    const start = performance.now();
    input.files = chosen.files;
    input.dispatchEvent(new Event("change"));
    await drawn;
    document.body.getBoundingClientRect();
    taken.push(performance.now() - start);
  }
  return taken;
}"""


COSTS_DRAGGED = """async (runs) => {
  const plot = document.querySelector("svg.plot");
  plot.setPointerCapture = () => {};
  const box = plot.getBoundingClientRect();
  const at = (kind, i) => plot.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1, bubbles: true, clientY: box.top + box.height / 2,
    clientX: box.left + box.width * (0.1 + 0.7 * ((i * 37) % 100) / 100),
  }));
  at("pointerdown", 0);
  const taken = [];
  for (let i = 1; i <= runs; i++) {
    const start = performance.now();
    at("pointermove", i);
    await Promise.resolve();  // it is drawn at the end of the task
    document.body.getBoundingClientRect();
    taken.push(performance.now() - start);
    await new Promise((next) => setTimeout(next));
  }
  at("pointerup", 0);
  return taken;
}"""
FUSION_DRAGGED = """async (runs) => {
  const slider = document.querySelector("[aria-label='weight of side1 in the fusion']");
  const taken = [];
  for (let i = 0; i < runs; i++) {
    slider.value = -1 + (3 * (i % 50)) / 50;
    const start = performance.now();
    slider.dispatchEvent(new Event("input"));
    await Promise.resolve();  // it is drawn at the end of the task
    document.querySelector(".u2").getBoundingClientRect();
    taken.push(performance.now() - start);
    await new Promise((next) => setTimeout(next));
  }
  return taken;
}"""


def heading(what: str) -> None:
    print(f"\n{what}, {torch.get_num_threads()} threads, milliseconds\n")
    print("| what | runs | median | 95th percentile | most | goal |")
    print("|---|---:|---:|---:|---:|---:|")


def row(name: str, taken: list[float], goal: float) -> str:
    ordered = sorted(taken)
    middle, high = statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))]
    return f"| {name} | {len(taken)} | {middle:.1f} | {high:.1f} | {ordered[-1]:.1f} | {goal:g} |"


def picture_files() -> list[bytes]:
    """Two photographs as JPEG, 1200 pixels wide: what a telephone sends over."""
    files = []
    for name in ("coffee", "rocket"):
        buffer = io.BytesIO()
        u2.load_picture(name).resize((1200, 800)).save(buffer, "JPEG")
        files.append(buffer.getvalue())
    return files


def resident_bytes() -> int:
    """Memory of this process; 0 where the system does not say."""
    try:
        return 4096 * int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0


def measure_stages(browser, args: argparse.Namespace) -> None:
    runs, size = args.runs, args.size
    explorer = u2.explore_stages(u2.load_classroom_model(), "coffee", size=size)
    uploads = []
    for name in ("coffee", "rocket"):
        buffer = io.BytesIO()
        u2.load_picture(name).resize((640, 427)).save(buffer, "PNG")
        uploads.append({"name": name, "data": buffer.getvalue()})
    taken, count = [], 0

    def change() -> None:
        nonlocal count
        count += 1
        start = time.perf_counter()
        explorer.uploaded = {**uploads[count % 2], "count": count}
        taken.append(1000 * (time.perf_counter() - start))
        assert explorer.answered == count, explorer.problem

    for _ in range(10):
        change()
    taken.clear()
    before = resident_bytes()
    for _ in range(runs):
        change()
    after = resident_bytes()
    heading(f"U²-Net classroom at {size}×{size}")
    print(row("another picture, in Python", taken, 200))
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    show(page, explorer)
    files = [base64.b64encode(data).decode() for data in picture_files()]
    page.evaluate(UPLOADED, [files, 4])
    drawn = page.evaluate(UPLOADED, [files, min(runs, 50)])
    print(row("a file of 1200×800 chosen, until drawn", drawn, 200))
    page.close()
    if before:
        grown = 100 * (after - before) / before
        print(f"\nMemory over {runs} pictures: {before / 2**20:.0f} MiB, {grown:+.1f} %.")


def measure_costs(browser, args: argparse.Namespace) -> None:
    heading("The costs of 11 blocks")
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    costs = u2.explore_costs(u2.BLOCKS)
    costs.unobserve_all()
    show(page, costs)
    print(row("costs redrawn, a drag", page.evaluate(COSTS_DRAGGED, args.runs), 50))
    page.evaluate("window.apply({ match: 'memory', budget: 135594752, log: true })")
    print(row("the same, matched by memory", page.evaluate(COSTS_DRAGGED, args.runs), 50))
    page.close()


def measure_loss(browser, args: argparse.Namespace) -> None:
    """The loss explorer with the classroom network: what the page does, and what Python does."""
    widget = u2.explore_loss(u2.load_classroom_model())
    heading("U²-Net classroom, a scene of 64×64")
    page = browser.new_page(viewport={"width": 1180, "height": 1200}, reduced_motion="reduce")
    show(page, widget)
    # the first gradients are here, the next are asked for after a pause
    page.wait_for_timeout(2000)
    print(
        row("loss explorer: a fusion weight dragged", page.evaluate(FUSION_DRAGGED, args.runs), 50)
    )
    scenes, gradients = [], []
    for i in range(args.runs):
        start = time.perf_counter()
        push(page, widget, scene=(i + 1) % 256)
        scenes.append(1000 * (time.perf_counter() - start))
        asked = [*widget.fuse_weights, 0.001 * i, "after", widget.scene]
        start = time.perf_counter()
        push(page, widget, asked=asked)
        gradients.append(1000 * (time.perf_counter() - start))
    print(row("loss explorer: another scene", scenes, 200))
    print(row("loss explorer: gradients of another fusion", gradients, 200))
    page.close()


def measure_map(browser, args: argparse.Namespace) -> None:
    model = u2.U2Net(u2.U2NET)
    start = time.perf_counter()
    u2.trace(model, (args.size, args.size))
    traced = time.perf_counter() - start
    start = time.perf_counter()
    widget = u2.explore(model, "astronaut", size=args.size)
    made = time.perf_counter() - start
    widget.unobserve_all()  # only what happens in the page counts
    widget.ready = True
    heading(f"{widget.network['network']} at {args.size}×{args.size}")
    opening = []
    for _ in range(7):
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        show(page, widget)
        state = [str(widget._esm), encode(traits_of(widget))]
        opening.append(
            page.evaluate(
                f"""async (state) => {{
                  const start = performance.now();
                  document.getElementById("widget").replaceChildren();
                  await ({START})(state);
                  document.body.getBoundingClientRect();
                  return performance.now() - start;
                }}""",
                state,
            )
        )
        page.close()
    print(row("the map opens", opening, 1000))
    page = browser.new_page(viewport={"width": 1400, "height": 1000}, reduced_motion="reduce")
    show(page, widget)
    print(row("hover, whole network", page.evaluate(TIMED, ["hover", args.runs]), 50))
    print(row("a pixel chosen, en1", page.evaluate(TIMED, ["support", args.runs]), 50))
    page.evaluate("window.apply({ selected: 'de1', opened: 'de1' })")
    print(row("hover, in de1", page.evaluate(TIMED, ["hover", args.runs]), 50))
    print(row("click, in de1", page.evaluate(TIMED, ["click", args.runs]), 50))
    print(row("a pixel chosen, de1", page.evaluate(TIMED, ["support", args.runs]), 50))
    taken = page.evaluate(SUPPORTS, [bundle("network/supports"), widget.network, args.runs])
    print(row("a support alone, any operator", taken, 50))
    print(f"\nIn Python: the trace {traced:.2f} s; explore, its trace included, {made:.2f} s.")


MEASURES = {
    "map": measure_map,
    "stages": measure_stages,
    "costs": measure_costs,
    "loss": measure_loss,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--only", choices=MEASURES)
    args = parser.parse_args()
    torch.manual_seed(0)
    with sync_playwright() as playwright:
        executable = find_chromium(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        for name, measure in MEASURES.items():
            if args.only in (None, name):
                measure(browser, args)
        browser.close()


if __name__ == "__main__":
    main()
