"""Weights in and out: round trips, and files that are damaged, foreign or malicious."""

import json
import pickle
import re
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from lightning_fabric import Fabric
from torch.nn.utils import prune

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
from u2net_edu.architecture.stand_in import stand_in, unwrapped
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


def test_an_old_file_without_counters_of_batches_loads(model, weights):
    """Files from before torch 0.4.1 lack num_batches_tracked, which nothing needs."""
    old = {key: value for key, value in weights.items() if "num_batches" not in key}
    assert len(old) == 798 - 112
    model.en1.input.norm.num_batches_tracked.fill_(7)
    load_reference(model, old)
    state = reference_state_dict(model)
    assert_equal_states({key: state[key] for key in old}, old)
    assert all(int(value) == 0 for key, value in state.items() if "num_batches" in key)


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


def nothing_nested(weights, tmp_path: Path) -> Path:
    torch.save({"epoch": 3, "state_dict": {"side1": [1.0]}}, tmp_path / "training.pth")
    return tmp_path / "training.pth"


def a_list(weights, tmp_path: Path) -> Path:
    torch.save(list(weights.values()), tmp_path / "list.pth")
    return tmp_path / "list.pth"


def a_picture(weights, tmp_path: Path) -> Path:
    (tmp_path / "weights.pth").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    return tmp_path / "weights.pth"


def wrong_keys(weights, tmp_path: Path) -> Path:
    renamed = {key.replace("stage", "stufe").replace("s", "S"): v for key, v in weights.items()}
    renamed = {key.replace("Stufe", "stufe"): value for key, value in renamed.items()}
    torch.save({f"{key}_": value for key, value in renamed.items()}, tmp_path / "keys.pth")
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
    (empty, r"\(0 bytes\) cannot be read as weights: it is empty. Fetch it again"),
    (a_web_page, "cannot be read as weights: it is a web page.*Fetch it again"),
    (malicious, "holds more than tensors, which is refused because it could run code"),
    (malicious_legacy, "could run code"),
    (malicious_plain_pickle, "could run code"),
    (whole_model, r"could run code: a whole model .*u2net\.U2Net.*save model\.state_dict\(\)"),
    (
        nothing_nested,
        r"holds other things under epoch, state_dict, not a state_dict.*Save model\.state_dict",
    ),
    (a_list, "not a state_dict of tensors"),
    (a_picture, r"cannot be read as weights: it is a picture \(PNG\)"),
    (wrong_keys, "798 missing: stage1.* and 795 more; 798 unexpected: stufe1"),
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
    if make not in (bad_pth, empty, a_web_page, bad_safetensors, safetensors_cut_in_its_header):
        assert "Fetch it again" not in str(raised.value)  # it would be the same again


FILES = {  # how a file begins → what is said of it
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer.*git lfs pull"),
    "onnx": (b"\x08\x07\x12\x07pytorch" + bytes(40), "an ONNX file that is damaged"),
    "keras": (b"\x89HDF\r\n\x1a\n" + bytes(40), "an HDF5 file"),
    "gzip": (b"\x1f\x8b\x08" + bytes(40), r"compressed \(gzip\)\. Unpack"),
    "json": (b'{"error": "quota"}', "a text in JSON"),
    "text": (b"hello", "neither a file of torch.save nor of safetensors"),
    "array": (b"\x93NUMPY\x01\x00" + bytes(40), "a NumPy array"),
}


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize(("content", "what"), FILES.values(), ids=FILES)
def test_every_file_is_told_what_it_is(model, content, what, suffix, tmp_path):
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(content)
    for read in (lambda: load_reference(model, path), lambda: load_checkpoint(path)):
        with pytest.raises(
            CheckpointError, match=f"cannot be read as weights: it is .*{what}|{what}"
        ):
            read()


def test_archives_are_told_apart(model, tmp_path):
    with (tmp_path / "arrays.pth").open("wb") as file:
        np.savez(file, a=np.zeros(2))
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), tmp_path / "script.pth")
    with zipfile.ZipFile(tmp_path / "zip.pth", "w") as archive:
        archive.writestr("u2netp.pth", "x")
    for name, what in {
        "arrays": "NumPy arrays",
        "script": "TorchScript program",
        "zip": r"ZIP archive \(u2netp\.pth\)\. Unpack",
    }.items():
        with pytest.raises(CheckpointError, match=what):
            load_reference(model, tmp_path / f"{name}.pth")


def test_a_file_that_may_not_be_read_is_not_called_damaged(model, weights, tmp_path, monkeypatch):
    path = tmp_path / "weights.pth"
    torch.save(weights, path)

    def denied(self, *args, **options):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", denied)  # root may read whatever it likes
    for read in (lambda: load_reference(model, path), lambda: load_checkpoint(path)):
        with pytest.raises(CheckpointError, match=r"weights\.pth cannot be read \(Permission"):
            read()


@pytest.mark.parametrize("name", ["w.PTH", "w.Safetensors", "w.bin", "w.ckpt", "w.pth", "w"])
@pytest.mark.parametrize("kind", ["torch", "legacy", "safetensors"])
def test_content_says_what_a_file_is(model, weights, tmp_path, name, kind):
    path = tmp_path / name
    if kind == "safetensors":
        path.write_bytes(safetensors.torch.save(weights))
    else:
        torch.save(weights, path, _use_new_zipfile_serialization=kind == "torch")
    load_reference(model, path)
    assert_equal_states(reference_state_dict(model), weights)


PREFIXES = ["module.", "_orig_mod.", "model.", "net.", "backbone.", "module._orig_mod.", "a.b-c.1."]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_common_prefix_is_taken_off_and_named(model, weights, tmp_path, prefix):
    renamed = {prefix + key: value for key, value in weights.items()}
    for source in (renamed, tmp_path / "w.pth"):
        torch.save(renamed, tmp_path / "w.pth")
        model = load_reference(U2Net(U2NET_CLASSROOM), source)
        assert_equal_states(reference_state_dict(model), weights)
        assert model.provenance.endswith(f"names without '{prefix}'")
    old = {key: value for key, value in renamed.items() if "num_batches" not in key}
    load_reference(model, old)
    with pytest.raises(CheckpointError, match=r"1 missing: side3\.weight"):
        load_reference(model, {k: v for k, v in renamed.items() if not k.endswith("side3.weight")})
    with pytest.raises(CheckpointError, match=r"1 unexpected: head\.weight"):
        load_reference(model, {**renamed, "head.weight": torch.zeros(1)})


@pytest.mark.parametrize("key", ["state_dict", "model", "net", "model_state_dict", "ema"])
def test_a_whole_checkpoint_holds_a_state_dict(model, weights, tmp_path, key):
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.zeros(2, 3, 32, 32)).fused.sum().backward()
    optimizer.step()
    state = {"epoch": 3, key: weights, "optimizer": optimizer.state_dict(), "best": torch.tensor(1)}
    torch.save(state, tmp_path / "whole.pth")
    for source in (tmp_path / "whole.pth", state):
        load_reference(model, source)
        assert_equal_states(reference_state_dict(model), weights)
        assert f"its entry '{key}'" in model.provenance


def test_a_lightning_checkpoint(model, weights, tmp_path):
    """Nested and prefixed at once."""
    content = {"state_dict": {f"net.{k}": v for k, v in weights.items()}, "global_step": 7}
    torch.save(content, tmp_path / "last.ckpt")
    load_reference(model, tmp_path / "last.ckpt")
    assert_equal_states(reference_state_dict(model), weights)
    assert model.provenance == "weights: last.ckpt; its entry 'state_dict'; names without 'net.'"


def test_two_networks_in_one_file_are_a_question(model, weights):
    before = snapshot(model)
    for twice in (
        {"model": weights, "ema": weights},
        {f"{who}.{k}": v for who in ("model", "ema") for k, v in weights.items()},
    ):
        with pytest.raises(
            CheckpointError, match=r"this network 2 times, under .*model.*ema|ema.*mod"
        ):
            load_reference(model, twice)
    assert_equal_states(model.state_dict(), before)


def test_averaged_weights(model, weights):
    load_reference(model, weights)
    averaged = torch.optim.swa_utils.AveragedModel(model)
    state = {
        name if name == "n_averaged" else "module." + checkpoints.reference_key(name[7:]): value
        for name, value in averaged.state_dict().items()
    }
    assert "n_averaged" in state
    other = load_reference(U2Net(U2NET_CLASSROOM), state)
    assert_equal_states(other.state_dict(), model.state_dict())


UNUSABLE = {
    "sparse": (lambda x: x.to_sparse(), "sparse"),
    "csr": (lambda x: x.flatten(1).to_sparse_csr(), "sparse"),
    "quantised": (lambda x: torch.quantize_per_tensor(x, 0.1, 0, torch.qint8), "quantised"),
    "integers": (lambda x: x.to(torch.int32), r"torch\.int32"),
    "bool": (lambda x: x > 0, r"torch\.bool"),
    "complex": (lambda x: x + 0j, r"torch\.complex64"),
    "eight bits": (lambda x: x.to(torch.float8_e4m3fn), r"torch\.float8"),
    "meta": (lambda x: x.to("meta"), "without values"),
    "nested": (lambda x: torch.nested.nested_tensor([x]), "nested"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("change", "words"), UNUSABLE.values(), ids=UNUSABLE)
@pytest.mark.parametrize("name", ["side6.weight", "stage1.rebnconvin.conv_s1.weight"])
def test_weights_of_another_kind_change_nothing(model, weights, change, words, name):
    before = snapshot(model)
    with pytest.raises(CheckpointError, match=f"1 that cannot be used: {name} is .*{words}"):
        load_reference(model, {**weights, name: change(weights[name])})
    assert_equal_states(model.state_dict(), before)


def test_counters_are_whole_numbers(model, weights):
    name = "stage1.rebnconvin.bn_s1.num_batches_tracked"
    for value in (torch.tensor(1.5), torch.tensor(True), torch.tensor(1j)):
        with pytest.raises(CheckpointError, match="1 that cannot be used"):
            load_reference(model, {**weights, name: value})
    load_reference(model, {**weights, name: torch.tensor(3, dtype=torch.int32)})
    assert model.en1.input.norm.num_batches_tracked == 3


@pytest.mark.parametrize("outputs", [4, 1])
def test_heads_may_be_left_out(weights, outputs):
    model = U2Net(U2NET_CLASSROOM, outputs)
    before = snapshot(model)
    if outputs == 4:
        with pytest.raises(CheckpointError, match=r"14 of another shape.*heads=False"):
            load_reference(model, weights)
        assert_equal_states(model.state_dict(), before)
    load_reference(model, weights, heads=False)
    state = reference_state_dict(model)
    heads = {key for key in state if key.startswith(("side", "outconv"))}
    assert len(heads) == 14
    for key, value in state.items():
        ours = {checkpoints.reference_key(name): v for name, v in before.items()}[key]
        assert torch.equal(value, ours if key in heads else weights[key])
    assert model.provenance == "weights: the state_dict; without the heads"
    without = {key: value for key, value in weights.items() if key not in heads}
    load_reference(model, without, heads=False)
    with pytest.raises(CheckpointError, match=r"14 missing.*heads=False"):
        load_reference(model, without)
    with pytest.raises(CheckpointError, match=r"1 missing: stage2\.") as caught:
        load_reference(
            model,
            {
                k: v
                for k, v in without.items()
                if k != next(key for key in without if key.startswith("stage2."))
            },
            heads=False,
        )
    assert "heads=False" not in str(caught.value)


@pytest.mark.parametrize("heads", [True, False])
def test_into_a_model_that_is_wrapped(weights, heads):
    for wrap in WRAPPERS.values():
        model = U2Net(U2NET_CLASSROOM)
        wrapped = wrap(model)
        assert load_reference(wrapped, weights, heads=heads) is wrapped
        key = "stage1.rebnconvin.conv_s1.weight"
        assert torch.equal(reference_state_dict(unwrapped(wrapped))[key], weights[key])


def test_a_model_without_memory_is_told_so(weights):
    with torch.device("meta"):
        model = U2Net(U2NET_CLASSROOM)
    with pytest.raises(CheckpointError, match=r"meta device.*to_empty"):
        load_reference(model, weights)


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


def compiled_in_place(model):
    model.compile(backend="eager")
    return model


def compiled_in_part(model):
    model.en1 = torch.compile(model.en1, backend="eager")
    model.de1.block.dec2 = torch.nn.DataParallel(model.de1.block.dec2)
    return model


WRAPPERS = {
    "plain": lambda model: model,
    "compiled": lambda model: torch.compile(model, backend="eager"),
    "compiled in place": compiled_in_place,
    "DataParallel": torch.nn.DataParallel,
    "both": lambda model: torch.nn.DataParallel(torch.compile(model, backend="eager")),
    "averaged": torch.optim.swa_utils.AveragedModel,
    "fabric": lambda model: Fabric(accelerator="cpu").setup(model),
    "fabric and compiled": lambda model: Fabric(accelerator="cpu").setup(
        torch.compile(model, backend="eager")
    ),
}
KEEPING = {  # changes after which it is the same network still
    "compiled in part": compiled_in_part,
    "synchronised norms": torch.nn.SyncBatchNorm.convert_sync_batchnorm,
    "channels last": lambda model: model.to(memory_format=torch.channels_last),
    "frozen": lambda model: model.requires_grad_(False),
    "half": lambda model: model.half(),
    "bfloat16": lambda model: model.bfloat16(),
    "double": lambda model: model.double(),
    "a subclass": lambda model: type("Mine", (U2Net,), {})(model.spec),
}


@pytest.mark.parametrize("wrap", {**WRAPPERS, **KEEPING}.values(), ids={**WRAPPERS, **KEEPING})
def test_what_was_saved_loads(tmp_path, wrap):
    model = wrap(U2Net(U2NET_CLASSROOM))
    network = unwrapped(model)
    network.provenance, network.preprocessing, network.size = "mine", "plain", (32, 48)
    loaded = load_checkpoint(save_checkpoint(model, tmp_path / "mine.safetensors"))
    clean = stand_in(network).state_dict()
    assert_equal_states(loaded.state_dict(), clean)
    assert {v.dtype for v in loaded.parameters()} == {v.dtype for v in network.parameters()}
    assert (loaded.provenance, loaded.preprocessing, loaded.size) == ("mine", "plain", (32, 48))
    assert not any(value.is_meta for value in loaded.state_dict().values())
    assert all(p.requires_grad for p in loaded.parameters())


def test_tied_weights_and_a_provenance_that_is_no_text(model, tmp_path):
    model.side2.conv.weight = model.side1.conv.weight
    model.provenance = "weights: caf\udce9.pth"  # a name in no encoding
    loaded = load_checkpoint(save_checkpoint(model, tmp_path / "Mine.SafeTensors"))
    assert torch.equal(loaded.side2.conv.weight, model.side1.conv.weight)
    assert loaded.provenance == "weights: caf?.pth"


def parametrized(model):
    torch.nn.utils.parametrizations.weight_norm(model.en1.input.conv)


def normed(model):
    torch.nn.utils.weight_norm(model.en1.input.conv)


def pruned(model):
    prune.l1_unstructured(model.en1.input.conv, "weight", 0.5)


def with_dropout(model):
    model.en1.input.relu = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Dropout(0.5))


def without_dilation(model):
    model.en6.block.enc4.conv.dilation = model.en6.block.enc4.conv.padding = (1, 1)


def without_a_stage(model):
    del model.en6


def with_more(model):
    model.extra = torch.nn.Linear(2, 2)


def sparse(model):
    model.en1.input.norm.running_mean = torch.zeros(16).to_sparse()


def without_values(model):
    model.to("meta")


def other_epsilon(model):
    model.en1.input.norm.eps = 0.1


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "change",
    [
        parametrized, normed, pruned, with_dropout, without_dilation, without_a_stage, with_more,
        sparse, without_values, other_epsilon,
    ],
)  # fmt: skip
def test_what_could_not_be_loaded_is_refused_when_saving(model, tmp_path, change):
    path = save_checkpoint(model, tmp_path / "mine.safetensors")
    before = path.read_bytes()
    change(model)
    with pytest.raises(CheckpointError, match=r"no longer what its table builds|cannot be saved"):
        save_checkpoint(model, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_foreign_network_is_refused_when_saving(tmp_path):
    for foreign in (torch.nn.Linear(2, 2), torch.nn.DataParallel(torch.nn.Linear(2, 2))):
        with pytest.raises(CheckpointError, match=r"got Linear.*torch\.save"):
            save_checkpoint(foreign, tmp_path / "mine.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_of_a_compiled_model_that_was_written_before_this_was_seen(model, tmp_path):
    path = save_checkpoint(model, tmp_path / "mine.safetensors")
    with safetensors.safe_open(path, framework="pt") as file:
        header = file.metadata()
    state = {f"_orig_mod.{key}": value for key, value in model.state_dict().items()}
    safetensors.torch.save_file(state, path, metadata=header)
    assert_equal_states(load_checkpoint(path).state_dict(), model.state_dict())


def test_loading_draws_no_random_numbers(model, tmp_path):
    path = save_checkpoint(model, tmp_path / "mine.safetensors")
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    load_checkpoint(path)
    assert torch.equal(torch.rand(1), expected)


def wide(channels: int) -> str:
    spec = asdict(U2NET_CLASSROOM)
    spec["encoder"][0]["mid_channels"] = channels
    return json.dumps(spec)


def deep(block: str) -> str:
    spec = asdict(U2NET_CLASSROOM)
    spec["encoder"][0]["block"] = block
    return json.dumps(spec)


MONSTERS = {
    "360 GB": {"spec": wide(100_000)},
    "beyond counting": {"spec": wide(10**30)},
    "a number that is none": {"spec": deep("RSU-" + "9" * 5000)},
    "deep": {"spec": deep("RSU-999999999")},
    "deep and naive": {"spec": deep("NIV-100000")},
    "nested": {"spec": "[" * 200_000},
    "many stages": {"spec": json.dumps({"name": "x", "encoder": [{}] * 10_000, "decoder": []})},
    "many maps": {"out_channels": "1" + "0" * 12},
    "maps": {"out_channels": "9" * 5000},
    "size": {"size": "9" * 400},
    "negative": {"size": "-3"},
    "half a pixel": {"size": "2.5"},
    "three sides": {"size": "[1, 2, 3]"},
    "no number": {"size": "NaN"},
    "nested size": {"size": "[" * 200_000},
}


@pytest.mark.parametrize("changes", MONSTERS.values(), ids=MONSTERS)
def test_a_header_that_asks_for_too_much_costs_nothing(model, tmp_path, changes):
    path = with_header(model, tmp_path / "mine.safetensors", **changes)
    threads = torch.get_num_threads()
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    assert len(str(caught.value)) < 700
    assert torch.get_num_threads() == threads


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


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("weight", torch.nan, "NaN or infinity"),
        ("bias", -torch.inf, "NaN or infinity"),
        ("running_mean", torch.nan, "NaN or infinity"),
        ("running_var", -0.5, "a negative variance"),
    ],
)
def test_weights_that_are_not_usable_are_refused_and_the_model_stays(
    model, weights, name, value, says
):
    key = next(key for key in reversed(list(weights)) if key.endswith(name))
    weights[key].view(-1)[0] = value
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with pytest.raises(CheckpointError, match=f"{re.escape(key)} holds {says}"):
        load_reference(model, weights)
    assert_equal_states(model.state_dict(), before)
