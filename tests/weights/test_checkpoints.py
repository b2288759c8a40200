"""Weights in and out: round trips, and files that are damaged, foreign or malicious."""

import json
import pickle
from pathlib import Path

import pytest
import safetensors.torch
import torch

import u2net_edu.files
from u2net_edu import (
    U2NET_CLASSROOM,
    U2NET_LITE,
    CheckpointError,
    U2Net,
    load_checkpoint,
    load_reference,
    reference_state_dict,
    save_checkpoint,
)
from u2net_edu.weights import checkpoints


@pytest.fixture
def model():
    return U2Net(U2NET_CLASSROOM)


@pytest.fixture
def weights():
    """Weights under the authors' names that fit `model` and differ from its own."""
    torch.manual_seed(1)
    return {k: v.clone() for k, v in reference_state_dict(U2Net(U2NET_CLASSROOM)).items()}


def snapshot(model) -> dict:
    return {key: value.clone() for key, value in model.state_dict().items()}


def assert_equal_states(one: dict, other: dict) -> None:
    assert list(one) == list(other)
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_our_names_map_to_the_authors_one_to_one(golden):
    with torch.device("meta"):
        state = reference_state_dict(U2Net(golden.spec))
    assert len(state) == 798
    assert {key: tuple(value.shape) for key, value in state.items()} == golden.shapes


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors"])
def test_reference_there_and_back(model, weights, tmp_path, suffix):
    path = tmp_path / f"weights{suffix}"
    if suffix == ".safetensors":
        safetensors.torch.save_file(weights, path)
    else:
        torch.save(weights, path)
    assert load_reference(model, path) is model
    assert_equal_states(reference_state_dict(model), weights)
    again = load_reference(U2Net(U2NET_CLASSROOM), reference_state_dict(model))
    assert_equal_states(again.state_dict(), model.state_dict())


def test_a_reference_keeps_the_models_dtype(model, weights):
    model.double()
    load_reference(model, weights)
    assert next(model.parameters()).dtype == torch.float64
    expected = weights["stage1.rebnconvin.conv_s1.weight"].double()
    assert torch.equal(model.en1.input.conv.weight, expected)


def test_an_old_file_without_counters_of_batches_says_what_is_missing(model, weights):
    """Files from before torch 0.4.1 lack num_batches_tracked: strict, and named."""
    old = {key: value for key, value in weights.items() if "num_batches" not in key}
    with pytest.raises(CheckpointError, match=r"112 missing: stage1\.rebnconvin\.bn_s1\.num_b"):
        load_reference(model, old)


class Malicious:
    """Unpickling it would create a file."""

    def __init__(self, target: Path):
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


def truncated(path: Path, content: bytes) -> Path:
    path.write_bytes(content[: len(content) // 2])
    return path


def bad_pth(weights, tmp_path: Path) -> Path:
    torch.save(weights, tmp_path / "whole.pth")
    return truncated(tmp_path / "cut.pth", (tmp_path / "whole.pth").read_bytes())


def bad_safetensors(weights, tmp_path: Path) -> Path:
    return truncated(tmp_path / "cut.safetensors", safetensors.torch.save(weights))


def safetensors_cut_in_its_header(weights, tmp_path: Path) -> Path:
    path = tmp_path / "header.safetensors"
    path.write_bytes(safetensors.torch.save(weights)[:100])
    return path


def empty(weights, tmp_path: Path) -> Path:
    (tmp_path / "empty.pth").touch()
    return tmp_path / "empty.pth"


def a_web_page(weights, tmp_path: Path) -> Path:
    """What a failed download leaves."""
    (tmp_path / "page.pth").write_text("<!DOCTYPE html><html>Quota exceeded</html>")
    return tmp_path / "page.pth"


def malicious(weights, tmp_path: Path) -> Path:
    torch.save({**weights, "extra": Malicious(tmp_path / "executed")}, tmp_path / "bad.pth")
    return tmp_path / "bad.pth"


def malicious_legacy(weights, tmp_path: Path) -> Path:
    content = {"extra": Malicious(tmp_path / "executed")}
    torch.save(content, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    return tmp_path / "old.pth"


def malicious_plain_pickle(weights, tmp_path: Path) -> Path:
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Malicious(tmp_path / "executed")))
    return tmp_path / "plain.pt"


def whole_model(weights, tmp_path: Path) -> Path:
    torch.save(U2Net(U2NET_CLASSROOM), tmp_path / "model.pth")
    return tmp_path / "model.pth"


def nested(weights, tmp_path: Path) -> Path:
    torch.save({"epoch": 3, "state_dict": weights}, tmp_path / "training.pth")
    return tmp_path / "training.pth"


def a_list(weights, tmp_path: Path) -> Path:
    torch.save(list(weights.values()), tmp_path / "list.pth")
    return tmp_path / "list.pth"


def wrong_suffix(weights, tmp_path: Path) -> Path:
    torch.save(weights, tmp_path / "weights.bin")
    return tmp_path / "weights.bin"


def wrong_keys(weights, tmp_path: Path) -> Path:
    renamed = {f"module.{key}": value for key, value in weights.items()}
    torch.save(renamed, tmp_path / "keys.pth")
    return tmp_path / "keys.pth"


def wrong_shapes(weights, tmp_path: Path) -> Path:
    weights["side3.weight"] = torch.zeros(1, 16, 1, 1)
    torch.save(weights, tmp_path / "shapes.pth")
    return tmp_path / "shapes.pth"


def our_own_names(weights, tmp_path: Path) -> Path:
    return save_checkpoint(U2Net(U2NET_CLASSROOM), tmp_path / "ours.safetensors")


BAD = [
    (bad_pth, "cannot be read as weights.*cut short.*Fetch it again"),
    (bad_safetensors, "cannot be read as weights.*SafetensorError"),
    (safetensors_cut_in_its_header, "cannot be read as weights"),
    (empty, r"\(0 bytes\) cannot be read as weights"),
    (a_web_page, "cannot be read as weights"),
    (malicious, "holds more than tensors, which is refused because it could run code"),
    (malicious_legacy, "could run code"),
    (malicious_plain_pickle, "could run code"),
    (whole_model, "could run code"),
    (
        nested,
        r"holds other things under epoch, state_dict, not a state_dict.*Save model\.state_dict",
    ),
    (a_list, "not a state_dict of tensors"),
    (wrong_suffix, r"expected \.pth, \.pt or \.safetensors, got '\.bin'"),
    (wrong_keys, "798 missing: stage1.* and 795 more; 798 unexpected: module.stage1"),
    (wrong_shapes, r"1 of another shape: side3\.weight \(1, 16, 1, 1\) instead of \(1, 16, 3, 3\)"),
    (our_own_names, "These are our own names: load_checkpoint reads them"),
]


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize(("make", "message"), BAD, ids=lambda value: getattr(value, "__name__", ""))
def test_a_bad_file_is_one_clear_error_and_changes_nothing(model, weights, tmp_path, make, message):
    path = make(weights, tmp_path)
    before = snapshot(model)
    with pytest.raises(CheckpointError, match=message) as raised:
        load_reference(model, path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert_equal_states(model.state_dict(), before)
    assert not (tmp_path / "executed").exists()


def test_the_malicious_file_is_one(weights, tmp_path):
    """The oracle: read without our care, the same file does run its code."""
    torch.load(malicious(weights, tmp_path), weights_only=False)
    assert (tmp_path / "executed").exists()


def test_a_missing_file_is_a_file_not_found(model, tmp_path):
    with pytest.raises(FileNotFoundError, match="no weights at"):
        load_reference(model, tmp_path / "gone.pth")
    with pytest.raises(FileNotFoundError, match="no weights at"):
        load_reference(model, tmp_path)  # a folder


def test_weights_of_the_other_network_say_so(model, golden_lite):
    with pytest.raises(CheckpointError, match=r"released weights of U²-Net†: build U2Net\(U2NET_L"):
        load_reference(model, golden_lite.state_dict())


def test_a_state_dict_with_something_else_in_it_is_refused(model, weights):
    before = snapshot(model)
    with pytest.raises(CheckpointError, match=r"holds other things under side1\.weight, not"):
        load_reference(model, {**weights, "side1.weight": [1.0, 2.0]})
    assert_equal_states(model.state_dict(), before)


# Our own format


@pytest.mark.parametrize("out_channels", [1, 3])
def test_a_checkpoint_carries_its_table(tmp_path, out_channels):
    model = U2Net(U2NET_CLASSROOM.with_input(4).with_block("RSU-5", ["en1"]), out_channels)
    path = save_checkpoint(model, tmp_path / "mine.safetensors")
    loaded = load_checkpoint(path)
    assert loaded.spec == model.spec
    assert not loaded.training
    assert_equal_states(loaded.state_dict(), model.state_dict())
    images = torch.randn(1, 4, 20, 20)
    assert torch.equal(loaded(images).fused, model.eval()(images).fused)


def test_a_checkpoint_is_written_whole_or_not_at_all(model, tmp_path, monkeypatch):
    path = save_checkpoint(model, tmp_path / "mine.safetensors")
    before = path.read_bytes()

    def fails(tensors, target, metadata):
        Path(target).write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(checkpoints.safetensors.torch, "save_file", fails)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(U2Net(U2NET_CLASSROOM), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_checkpoint_has_one_suffix(model, tmp_path):
    with pytest.raises(CheckpointError, match=r"is a \.safetensors file, got 'mine\.pth'"):
        save_checkpoint(model, tmp_path / "mine.pth")
    assert list(tmp_path.iterdir()) == []


def with_header(model, path: Path, **changes) -> Path:
    """A checkpoint whose header says something else."""
    with safetensors.safe_open(save_checkpoint(model, path), framework="pt") as file:
        header = file.metadata()
    header.update(changes)
    safetensors.torch.save_file(dict(model.state_dict()), path, metadata=header)
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "another/1"}, "was not written by save_checkpoint"),
        ({"spec": "{"}, "describes a network that cannot be built"),
        ({"spec": "[]"}, "describes a network that cannot be built"),
        ({"spec": json.dumps({"name": "x", "encoder": [], "decoder": []})}, "cannot be built"),
        ({"out_channels": "2"}, r"14 of another shape: side1\.conv\.weight.* and 11 more\.$"),
        ({"out_channels": "many"}, "cannot be built"),
        ({"out_channels": "0"}, "cannot be built"),
        ({"out_channels": "-1"}, "cannot be built"),
    ],
)
def test_a_header_that_lies_is_refused(model, tmp_path, changes, message):
    path = with_header(model, tmp_path / "mine.safetensors", **changes)
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path)


def test_other_files_are_no_checkpoints(weights, tmp_path):
    torch.save(weights, tmp_path / "theirs.pth")
    with pytest.raises(CheckpointError, match=r"load_reference\(model, path\) reads the authors'"):
        load_checkpoint(tmp_path / "theirs.pth")
    with pytest.raises(CheckpointError, match="cannot be read as weights"):
        load_checkpoint(bad_safetensors(weights, tmp_path))
    with pytest.raises(FileNotFoundError):
        load_checkpoint(tmp_path / "gone.safetensors")


def test_released_weights_are_found_where_downloads_go(tmp_path, monkeypatch):
    monkeypatch.setenv(u2net_edu.files.HOME_VARIABLE, str(tmp_path))
    assert checkpoints.find_reference("u2net_lite") is None
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "u2netp.pth").touch()
    assert checkpoints.find_reference("u2net_lite") == tmp_path / "weights" / "u2netp.pth"
    assert checkpoints.REFERENCE_SPECS["u2net_lite"] is U2NET_LITE
