"""What all tests share: few threads, fixed seeds, the golden data, a browser, who needs a GPU."""

import functools
import json
import os
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import numpy as np
import pytest
import torch

from u2net_edu import U2NET, U2NET_LITE, U2Net, U2NetSpec, load_reference
from u2net_edu.files import HOME_VARIABLE
from u2net_edu.weights.checkpoints import load_authors
from u2net_edu.weights.registry import OFFLINE_VARIABLE

from .browser.chromium import CHROMIUM_FLAGS, find_chromium
from .golden import recipe

GOLDEN = Path(__file__).parent / "golden"
REQUIRE_BROWSER = "U2NET_EDU_REQUIRE_BROWSER"

# No test depends on what this machine has fetched, or fetches anything, unless it says so.
_home = tempfile.TemporaryDirectory(prefix="u2net_edu-tests-", ignore_cleanup_errors=True)
os.environ[HOME_VARIABLE] = _home.name
os.environ[OFFLINE_VARIABLE] = "1"

# One thread here, and in every process that a test starts, such as the kernel of a notebook. Tests
# run side by side, and threads that wait for each other on a busy core make a notebook take five
# times as long.
torch.set_num_threads(1)
os.environ["OMP_NUM_THREADS"] = "1"

# A shared or slow machine is no failure. What the gate of a change runs is the same every time;
# elsewhere hypothesis goes on looking for new cases.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_configure() -> None:
    """Hear Ctrl-C in a background job too, whose shell has it ignored: tests send it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that need a browser last: they are the slowest.

    In several processes (`--dist loadgroup`) the tests of a file stay together, since a module sets
    up once; only those marked `apart` are handed out one by one.
    """
    for item in items:
        # Random numbers in a name, say: no two processes would call the test the same.
        assert "tensor(" not in item.nodeid, f"a test's name holds a tensor: {item.nodeid[:99]}"
        if {"page", "browser", "lab_server"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
        if not item.get_closest_marker("apart"):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.split("::")[0]))
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu") and not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002 - for libraries that use it


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, browser_type) -> dict:
    """How pytest-playwright starts a browser: the one this machine has, cut off from the network.

    Where there is none, browser tests are skipped, or fail with `U2NET_EDU_REQUIRE_BROWSER=1`.
    """
    executable = find_chromium(browser_type.executable_path)
    if executable is None:
        message = "no Chromium, Chrome or Edge was found on this machine"
        if os.environ.get(REQUIRE_BROWSER):
            pytest.fail(f"{message}, and {REQUIRE_BROWSER} is set")
        pytest.skip(message)
    return {**browser_type_launch_args, "executable_path": executable, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def authors() -> U2Net:
    """The authors' trained U²-Net† from the user's own folder; without it, the test is skipped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(HOME_VARIABLE)
        model = load_authors("u2net_lite")
    if model is None:
        pytest.skip("the authors' weights are not here; `u2net-edu weights` fetches them")
    return model


@dataclass(frozen=True)
class Golden:
    """What the authors' release gives, with the weights and images of golden/recipe.py."""

    spec: U2NetSpec
    shapes: dict[str, tuple[int, ...]]
    """Every key of the authors' state_dict, in their order."""
    outputs: dict[tuple[int, int], np.ndarray]
    """(height, width) → (7, height, width): fused, side1 … side6, after the sigmoid."""

    def state_dict(self) -> dict[str, torch.Tensor]:
        return {
            key: torch.from_numpy(recipe.fill(key, shape)) for key, shape in self.shapes.items()
        }

    def model(self) -> U2Net:
        """A new network of ours with the golden weights, in eval mode."""
        return load_reference(U2Net(self.spec), self.state_dict()).eval()

    def largest_difference(self, model: U2Net, size: tuple[int, int]) -> float:
        """Between the seven maps of `model`, after the sigmoid, and the golden ones."""
        device = next(model.parameters()).device
        images = torch.from_numpy(recipe.image(*size)).to(device)
        with torch.no_grad():
            logits = model(images)
        maps = torch.cat([logits.fused, *logits.sides], dim=1)[0].sigmoid().cpu().numpy()
        assert maps.shape == self.outputs[size].shape
        return float(np.abs(maps - self.outputs[size]).max())


@functools.cache
def load_golden(name: str) -> Golden:
    shapes = json.loads((GOLDEN / f"{name}_state_dict.json").read_text(encoding="utf-8"))
    with np.load(GOLDEN / f"{name}_outputs.npz") as archive:
        outputs = {tuple(map(int, size.split("x"))): archive[size] for size in archive.files}
    spec = {"u2net": U2NET, "u2netp": U2NET_LITE}[name]
    return Golden(spec, {key: tuple(shape) for key, shape in shapes.items()}, outputs)


@pytest.fixture(scope="session", params=["u2net", "u2netp"])
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden data of both networks, one after the other."""
    return load_golden(request.param)


@pytest.fixture(scope="session")
def golden_lite() -> Golden:
    """The golden data of U²-Net† alone: the same code, forty times fewer parameters."""
    return load_golden("u2netp")
