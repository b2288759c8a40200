"""NETWORK: a name, a file, or somebody's function."""

import os
import sys

import pytest
import torch
from safetensors.torch import load_file

import u2net_edu as u2
from tests.training.conftest import build_tiny
from u2net_edu.architecture.about import about
from u2net_edu.weights.checkpoints import CheckpointError
from u2net_edu.weights.networks import NETWORKS, check_target, find_network, save_network


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to stand in, an empty weights folder, and Python's path as it was."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("U2NET_EDU_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    modules = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_name_without_weights_is_its_table_untrained(name):
    model = find_network(name, "none")
    assert model.spec is NETWORKS[name]
    assert about(model).provenance.startswith("untrained")


def test_the_classroom_network_is_trained_wherever_that_is_asked_for():
    shipped = u2.load_classroom_model().state_dict()
    for weights in ("trained", "at hand"):
        found = find_network("classroom", weights)
        assert all(value.equal(shipped[key]) for key, value in found.state_dict().items())


def test_released_weights_are_used_where_they_are_and_fetched_only_on_request(here, monkeypatch):
    fetched = []
    monkeypatch.setattr(
        "u2net_edu.weights.networks.download_reference",
        lambda name: fetched.append(name) or (here / "home" / "weights" / "u2netp.pth"),
    )
    assert about(find_network("lite", "at hand")).provenance.startswith("untrained")
    (here / "home" / "weights").mkdir(parents=True)
    authors = u2.U2Net(u2.U2NET_LITE)
    torch.save(u2.reference_state_dict(authors), here / "home" / "weights" / "u2netp.pth")
    for weights in ("at hand", "trained"):
        found = find_network("lite", weights)
        assert found.fuse.conv.weight.equal(authors.fuse.conv.weight)
        assert not found.training
    assert fetched == ["u2net_lite"]


def test_a_file_says_itself_which_network_it_is(here):
    own, authors = build_tiny(), u2.U2Net(u2.U2NET_LITE)
    u2.save_checkpoint(own, "own.safetensors")
    torch.save(u2.reference_state_dict(authors), "anything.pth")
    assert find_network("own.safetensors").spec == own.spec
    assert find_network("anything.pth").spec.name == u2.U2NET_LITE.name
    torch.save({"fc.weight": torch.zeros(3, 3)}, "other.pth")
    with pytest.raises(CheckpointError, match=r"other\.pth is no checkpoint .* package\.module"):
        find_network("other.pth")
    (here / "damaged.pth").write_bytes(b"nothing of the kind")
    with pytest.raises(CheckpointError, match="damaged"):
        find_network("damaged.pth")


MODULE = """
import torch
from torch import nn

def make():
    return nn.Conv2d(3, 1, 3, padding=1)

class Net(nn.Conv2d):
    def __init__(self, channels=3):
        super().__init__(channels, 1, 1)

    @staticmethod
    def small():
        return Net(3)

READY = make()
NUMBER = 3

def needs(width):
    return Net(width)

def fails():
    return Net("many")

def other():
    return {"a": 1}
"""


@pytest.mark.parametrize("name", ["make", "Net", "Net.small", "READY"])
def test_a_function_a_class_or_a_network_of_somebody_else(here, name):
    (here / "zoo").mkdir()
    (here / "zoo" / "nets.py").write_text(MODULE)
    assert isinstance(find_network(f"zoo.nets:{name}"), torch.nn.Conv2d)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("zoo.nets:absent", "zoo.nets has no absent"),
        ("zoo.nets:Net.absent", "has no Net.absent"),
        ("zoo.absent:make", "no module 'zoo.absent'"),
        ("nowhere:make", "no module 'nowhere'"),
        ("zoo.nets:NUMBER", "is of type int"),
        ("zoo.nets:needs", r"takes arguments \(width\)"),
        ("zoo.nets:fails", "raised TypeError"),
        ("zoo.nets:other", "returned dict"),
        ("zoo.wants:make", "needs a_library_that_is_not_here, which is missing"),
        ("zoo.broken:make", "importing it raised ZeroDivisionError"),
        ("u2net_lite", "no network 'u2net_lite': it is u2net, lite, classroom"),
        ("zoo", "no network 'zoo'"),
        ("", "no network ''"),
        ("nets.py:", "no network 'nets.py:'"),
    ],
)
def test_what_is_no_network_is_told_in_one_sentence(here, name, words):
    (here / "zoo").mkdir()
    (here / "zoo" / "nets.py").write_text(MODULE)
    (here / "zoo" / "wants.py").write_text("import a_library_that_is_not_here")
    (here / "zoo" / "broken.py").write_text("1 / 0")
    with pytest.raises((ValueError, FileNotFoundError), match=words) as caught:
        find_network(name)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_a_missing_file():
    with pytest.raises(FileNotFoundError, match="no file there: it is u2net, lite"):
        find_network("runs/net.safetensors")


# --- where it goes


def test_a_network_of_ours_is_written_with_its_table_and_any_other_with_its_weights(tmp_path):
    own = build_tiny()
    assert find_network(str(save_network(own, tmp_path / "own.safetensors"))).spec == own.spec
    other = torch.nn.Sequential(torch.nn.Conv2d(3, 1, 3), torch.nn.BatchNorm2d(1))
    path = save_network(other, tmp_path / "deep" / "other.safetensors")
    again = load_file(path)
    assert all(value.equal(again[key]) for key, value in other.state_dict().items())


@pytest.mark.parametrize("name", ["net.pth", "net", "net.onnx"])
def test_another_ending_is_refused_beforehand(tmp_path, name):
    with pytest.raises(CheckpointError, match=r"\.safetensors"):
        check_target(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_cannot_be_written_is_refused_beforehand(tmp_path):
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder.safetensors").mkdir()
    for target in ("file/net.safetensors", "folder.safetensors"):
        with pytest.raises((PermissionError, IsADirectoryError), match=r"\.safetensors"):
            check_target(tmp_path / target)


def test_looking_whether_a_target_can_be_written_changes_nothing(tmp_path):
    (tmp_path / "net.safetensors").write_text("what was there")
    check_target(tmp_path / "net.safetensors")
    assert os.listdir(tmp_path) == ["net.safetensors"]
    assert (tmp_path / "net.safetensors").read_text() == "what was there"
