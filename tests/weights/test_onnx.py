"""ONNX without the onnx package: against files written by hand, and the package where it is."""

import numpy as np
import pytest
import torch

import u2net_edu as u2
from u2net_edu.architecture.stand_in import stand_in
from u2net_edu.weights.folded import folded_norms, state_of
from u2net_edu.weights.onnx import OnnxError, read_graph

from .graphs import constant, exported, field, model_of, node, varint


def lively(seed: int = 0) -> u2.U2Net:
    """A small network of the authors whose norms do something, in eval mode."""
    torch.manual_seed(seed)
    model = u2.U2Net(u2.U2NET_LITE)
    u2.calibrate_norms(model, torch.rand(2, 3, 64, 64))
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.1, 0.1)
    return model.eval()


@pytest.fixture(scope="module")
def network():
    return lively()


@pytest.fixture(scope="module")
def content(network):
    return exported(network)


def test_nodes_and_constants():
    weight, bias = torch.randn(2, 3, 1, 300), torch.randn(2)
    graph = read_graph(
        model_of(
            [node("Conv", "x", "w", "b"), node("Relu", "y")],
            [constant("w", weight), constant("b", bias, packed=True), constant("s", bias[0])],
        )
    )
    assert [(n.kind, n.inputs) for n in graph.nodes] == [
        ("Conv", ("x", "w", "b")),
        ("Relu", ("y",)),
    ]
    assert torch.equal(graph.constants["w"], weight)
    assert torch.equal(graph.constants["b"], bias)
    assert torch.equal(graph.constants["s"], bias[0])


def test_constants_of_other_types_and_unknown_fields_are_passed_over():
    shape = field(1, 2) + field(2, 7) + field(8, "shape") + field(9, bytes(16))
    fixed = varint(99 << 3 | 1) + bytes(8) + varint(98 << 3 | 5) + bytes(4)
    content = fixed + model_of([], [shape, constant("w", torch.ones(2))]) + fixed
    assert list(read_graph(content).constants) == ["w"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x08\x07\x12\x07pytorch",
        b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x3a\x02\x0b\x00",
        b"\x3a" + varint(2**60) + b"x",
        model_of([], [field(1, 3) + field(2, 1) + field(8, "w") + field(9, bytes(8))]),
        model_of([], [field(1, 2**62) + field(2, 1) + field(8, "w") + field(9, bytes(8))]),
        model_of([], [field(2, 1) + field(8, b"\xff\xfe") + field(9, bytes(4))]),
    ],
)
def test_what_is_no_model_is_one_error(content):
    with pytest.raises(OnnxError):
        read_graph(content)


def test_cut_anywhere_it_is_one_error_or_fewer_weights(content):
    rng = np.random.default_rng(0)
    for end in rng.integers(0, len(content), 40):
        with pytest.raises(OnnxError):
            state_of(read_graph(content[:end]))


def test_a_folded_network_gives_what_the_whole_one_gave(network, content, tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    model = u2.load_reference(u2.U2Net(u2.U2NET_LITE), path).eval()
    images = torch.rand(1, 3, 70, 81)
    with torch.no_grad():
        ours, theirs = model.double()(images.double()), stand_in(network).double()(images.double())
    for a, b in zip((ours.fused, *ours.sides), (theirs.fused, *theirs.sides)):
        assert (a - b).abs().max() < 1e-3 * b.abs().max()  # the file's weights are single precision


def test_folded_norms_are_the_identity_to_the_bit(content):
    model = u2.U2Net(u2.U2NET_LITE)
    u2.load_reference(model, state_of(read_graph(content)))
    assert len(folded_norms(model)) == 112
    x = torch.randn(2, model.en1.input.norm.num_features, 9, 9) * 100
    assert torch.equal(model.eval().en1.input.norm(x), x)
    assert folded_norms(u2.U2Net(u2.U2NET_LITE)) == []  # those of an untrained network are not
    assert folded_norms(u2.load_classroom_model()) == []
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        assert folded_norms(u2.U2Net(u2.U2NET_LITE).to(dtype)) == []
    assert len(folded_norms(model.double())) == 112
    with torch.device("meta"):
        assert folded_norms(u2.U2Net(u2.U2NET_LITE)) == []


def test_another_network_is_told_apart(tmp_path):
    (tmp_path / "other.onnx").write_bytes(
        model_of([node("Conv", "x", "w")], [constant("w", torch.ones(1, 3, 3, 3))])
    )
    with pytest.raises(
        u2.CheckpointError, match="ONNX file of 1 convolutions, which are not those"
    ):
        u2.load_reference(u2.U2Net(u2.U2NET_LITE), tmp_path / "other.onnx")
    (tmp_path / "cut.pth").write_bytes(b"\x08\x07\x12\x07pytorch" + bytes(30))
    with pytest.raises(u2.CheckpointError, match="ONNX file that is damaged"):
        u2.load_reference(u2.U2Net(u2.U2NET_LITE), tmp_path / "cut.pth")


def test_calibrating_a_folded_network_keeps_what_it_computes(content):
    model = u2.load_reference(u2.U2Net(u2.U2NET_LITE), state_of(read_graph(content)))
    # In double precision: how much single precision loses depends on the machine's convolutions.
    # What is left is that a folded norm's weight, single precision, is one only to 6e-8.
    model = model.double().eval()
    images = torch.rand(2, 3, 64, 64).double()
    with torch.no_grad():
        before = model(images)
    convolutions = {n: v.clone() for n, v in model.state_dict().items() if ".conv." in n}
    u2.calibrate_norms(model, images)
    assert folded_norms(model) == []
    with torch.no_grad():
        after = model(images)
    for a, b in zip((before.fused, *before.sides), (after.fused, *after.sides)):
        torch.testing.assert_close(a, b, atol=1e-3, rtol=1e-3)
    state = model.state_dict()
    assert all(torch.equal(state[name], value) for name, value in convolutions.items())
    taken = {}
    norm = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)][-4]
    norm.register_forward_pre_hook(lambda module, args: taken.update(x=args[0]))
    with torch.no_grad():
        model(images)
    x = taken["x"]
    torch.testing.assert_close(norm.running_mean, x.mean((0, 2, 3)), atol=1e-3, rtol=1e-4)
    torch.testing.assert_close(norm.running_var, x.var((0, 2, 3)), atol=1e-3, rtol=1e-4)
    with torch.no_grad():  # and in train mode it is nearly the same network, on these pictures
        trained = model.train()(images)
    error = (trained.fused.sigmoid() - before.fused.sigmoid()).abs().mean()
    assert error < 0.02


def test_a_folded_network_is_not_trained_as_it_stands(content):
    def fresh():
        return u2.load_reference(u2.U2Net(u2.U2NET_LITE), state_of(read_graph(content)))

    data = u2.SyntheticScenes(32, 4)
    model = fresh()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    for wrapped in (model, torch.nn.DataParallel(model)):
        with pytest.raises(ValueError, match=r"folded.*calibrate_norms\(model, images\)"):
            u2.fit(wrapped, data, steps=1, batch_size=2, device="cpu", progress=False)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    how = {"steps": 1, "batch_size": 2, "device": "cpu", "progress": False}
    u2.fit(model, data, freeze_norm=True, **how)
    u2.fit(u2.calibrate_norms(fresh(), torch.rand(2, 3, 32, 32)), data, **how)


def test_against_the_onnx_package(content, tmp_path):
    onnx = pytest.importorskip("onnx", reason="the extra `onnx` is not installed")
    theirs = onnx.load_from_string(content)
    ours = read_graph(content)
    assert [(n.op_type, tuple(n.input)) for n in theirs.graph.node] == [
        (n.kind, n.inputs) for n in ours.nodes
    ]
    assert len(theirs.graph.initializer) == len(ours.constants) == 238
    for one in theirs.graph.initializer:
        values = onnx.numpy_helper.to_array(one)
        np.testing.assert_array_equal(values, ours.constants[one.name].numpy())
