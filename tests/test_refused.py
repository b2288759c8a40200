"""What makes no sense is refused in one sentence, and NumPy's whole numbers are whole numbers."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

import u2net_edu as u2
from u2net_edu.analysis.roofline import measure_ceilings, time_operators
from u2net_edu.architecture.blocks import DEEPEST
from u2net_edu.course.rebuilding import rebuild

NO_WHOLE_NUMBERS = [-1, 0, 1.5, "3", True, float("nan"), [3]]


@pytest.fixture(scope="module")
def block():
    return u2.build_block("RSU-4", 3, 4, 8)


@pytest.fixture(scope="module")
def traced(block):
    return u2.trace(block, (12, 16))


COUNTS = {
    "in of build_block": lambda n: u2.build_block("RSU-4", n, 2, 3),
    "mid of build_block": lambda n: u2.build_block("PLN", 3, n, 3),
    "out of build_block": lambda n: u2.build_block("NIV-7", 3, 2, n),
    "StageSpec": lambda n: u2.StageSpec("en1", "RSU-4", n, 2, 3),
    "with_input": lambda n: u2.U2NET_CLASSROOM.with_input(n),
    "U2Net": lambda n: u2.U2Net(u2.U2NET_CLASSROOM, out_channels=n),
    "a trace's channels": lambda n: u2.trace(torch.nn.Identity(), (4, 5), n),
    "a trace's height": lambda n: u2.trace(torch.nn.Identity(), (n, 5)),
    "batch": lambda n: u2.measure_latency(torch.nn.Identity(), (4, 5), batch=n, seconds=1e-9),
    "channels": lambda n: u2.measure_latency(torch.nn.Identity(), (4, 5), channels=n, seconds=1e-9),
    "width": lambda n: u2.measure_latency(torch.nn.Identity(), (4, n), seconds=1e-9),
    "threads": lambda n: u2.measure_latency(torch.nn.Identity(), (4, 5), threads=n, seconds=1e-9),
    "time_operators": lambda n: time_operators(torch.nn.Identity(), (4, 5), threads=n, passes=1),
    "passes": lambda n: time_operators(torch.nn.Identity(), (4, 5), passes=n),
    "ceilings": lambda n: measure_ceilings(threads=n, runs=1, scale=0.001),
    "runs": lambda n: measure_ceilings(runs=n, scale=0.001),
}


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("wrong", NO_WHOLE_NUMBERS, ids=str)
def test_no_whole_number_of_1_or_more(count, wrong):
    with pytest.raises(ValueError, match=r"whole number|integers of 1 or more") as caught:
        COUNTS[count](wrong)
    assert repr(wrong) in str(caught.value)


@pytest.mark.parametrize("count", COUNTS)
def test_whole_numbers_of_numpy(count):
    COUNTS[count](np.int64(1))


def test_numpys_whole_numbers_become_pythons():
    stage = u2.StageSpec("en1", "RSU-4", np.int64(3), np.uint8(2), np.int32(3))
    assert [type(n) for n in (stage.in_channels, stage.mid_channels, stage.out_channels)] == [
        int
    ] * 3
    assert stage == u2.StageSpec("en1", "RSU-4", 3, 2, 3)
    latency = u2.measure_latency(torch.nn.Identity(), (np.int64(4), 5), batch=np.int64(2))
    assert type(latency.batch) is int
    assert latency.size == (4, 5)
    assert type(latency.size[0]) is int


def test_channels_that_a_layer_was_given_as_numpys_are_found():
    assert u2.trace(torch.nn.Conv2d(np.int64(4), 2, 1), (5, 6)).channels == 4


def test_a_training_takes_numpys_numbers(tmp_path):
    model, scenes = u2.U2Net(u2.U2NET_CLASSROOM), u2.SyntheticScenes(32, 4, 0)
    one = np.int64(1)
    history = u2.fit(
        model,
        scenes,
        steps=one,
        seed=one,
        batch_size=np.int64(2),
        workers=np.int64(0),
        learning_rate=np.float32(1e-3),
        devices=one,
        nodes=one,
        checkpoint_every=one,
        checkpoint_dir=tmp_path / "run",
        device="cpu",
    )
    assert history.stopped == "steps"


@pytest.mark.parametrize("threads", [4 * (os.cpu_count() or 1) + 1, 10**6])
@pytest.mark.parametrize("count", ["threads", "time_operators", "ceilings"])
def test_more_threads_than_a_processor_has_use_for(count, threads):
    with pytest.raises(ValueError, match=r"threads is a whole number, 1 … .*; got"):
        COUNTS[count](threads)


DEEP = [str(DEEPEST + 1), "999999999", "9" * 5000]


@pytest.mark.parametrize("depth", DEEP, ids=len)
@pytest.mark.parametrize("family", ["RSU", "NIV"])
def test_blocks_deeper_than_any_picture(family, depth):
    for build in (
        lambda name: u2.build_block(name, 1, 1, 1),
        lambda name: u2.StageSpec("en1", name, 1, 1, 1),
        lambda name: u2.closed_form(name, 1, 1, 1, (4, 4)),
        lambda name: u2.U2NET.with_block(name),
    ):
        with pytest.raises(ValueError, match=f"{family} has a depth of 64 at most") as caught:
            build(f"{family}-{depth}")
        assert len(str(caught.value)) < 200
    with pytest.raises(ValueError, match="depth of 64 at most"):
        getattr(u2, family)(10**9, 1, 1, 1)
    assert u2.build_block(f"{family}-{DEEPEST}", 1, 1, 1).depth == DEEPEST


def test_a_table_of_stages_needs_no_torch():
    code = "import sys, u2net_edu.architecture.spec; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# --- paths and pixels


@pytest.mark.parametrize("path", [None, 5, ["enc1"], b"enc1"], ids=str)
def test_paths_that_are_no_strings(block, traced, path):
    image = torch.rand(1, 3, 12, 16)
    for ask in (
        lambda: traced.field(path),
        lambda: traced.support(path, (0, 0)),
        lambda: u2.capture(block, image, path if path is None or path == 5 else [path]),
        lambda: u2.effective_field(block, image, path, (0, 0)),
    ):
        with pytest.raises(u2.PathError, match="a path is a string such as '") as caught:
            ask()
        assert repr(path) in str(caught.value)


def test_each_path_is_suggested_once(block, traced):
    image = torch.rand(1, 3, 12, 16)
    for ask in (
        lambda path: u2.capture(block, image, path),
        lambda path: traced.field(path),
        lambda path: u2.effective_field(block, image, path, (0, 0)),
    ):
        for path in ("enc", "enc1.x", "inn", "ad"):
            with pytest.raises(u2.PathError, match=r"Did you mean (.*)\?") as caught:
                ask(path)
            near = str(caught.value).partition("Did you mean ")[2].rstrip("?").split(", ")
            assert len(near) == len(set(near)) > 0


@pytest.mark.parametrize(
    "pixel", [(0.5, 0), ("0", 0), (True, 0), (0, None), (0,), (0, 0, 0), (-1, 0), 5, None, "00"]
)
def test_pixels_that_are_none(block, traced, pixel):
    with pytest.raises(IndexError, match=r"expected \(row, column\) from \(0, 0\) to \(11, 15\)"):
        traced.support("add", pixel)
    with pytest.raises(IndexError, match=r"expected \(row, column\) from \(0, 0\) to \(11, 15\)"):
        u2.effective_field(block, torch.rand(1, 3, 12, 16), "add", pixel)


def test_pixels_in_every_form(block, traced):
    image = torch.rand(1, 3, 12, 16)
    one = u2.effective_field(block, image, "add", (3, 4))
    for pixels in ([3, 4], np.array([3, 4]), [(3, 4)], np.array([[3, 4]]), iter([(3, 4)])):
        np.testing.assert_array_equal(u2.effective_field(block, image, "add", pixels), one)
    np.testing.assert_array_equal(
        traced.support("add", np.array([3, 4])), traced.support("add", (3, 4))
    )


# --- images and fields


def images(form: str):
    image = torch.rand(1, 3, 12, 16)
    image[0, 1, 2, 3] = float(form) if form in ("nan", "inf", "-inf") else 0.5
    return {"meta": image.to("meta"), "numpy": image.numpy(), "none": None}.get(form, image)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        *((form, "NaN or infinity") for form in ("nan", "inf", "-inf")),
        ("meta", "meta device has none"),
        ("numpy", "got ndarray|ndarray"),
        ("none", "NoneType"),
    ],
)
def test_images_without_values(block, form, words):
    for ask in (
        lambda: u2.capture(block, images(form), "add"),
        lambda: u2.effective_field(block, images(form), "add", (0, 0)),
    ):
        with pytest.raises((ValueError, TypeError), match=words) as caught:
            ask()
        assert str(caught.value).startswith(("capture ", "effective_field "))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.bool, torch.int64])
def test_an_effective_field_needs_floats(block, dtype):
    image = torch.ones(1, 3, 12, 16, dtype=dtype)
    with pytest.raises(ValueError, match=r"effective_field takes an image of a floating-point"):
        u2.effective_field(block, image, "add", (0, 0))


def test_a_preprocessed_image_lies_outside_of_0_to_1(block):
    image = 4 * torch.rand(1, 3, 12, 16) - 2
    assert u2.effective_field(block, image, "add", (3, 4)).sum() == pytest.approx(1)


@pytest.mark.parametrize(
    "field", [None, 5, "x", np.zeros((3, 3)), np.ones(3), np.full((2, 2), np.nan)], ids=str
)
def test_what_is_no_effective_field(field):
    for ask in (u2.effective_size, lambda field: u2.mass_inside(field, ((0, 1), (0, 1)))):
        with pytest.raises(ValueError, match=r"a field is an array \(H, W\)"):
            ask(field)


@pytest.mark.parametrize("box", [5, None, (0, 1), ((0, 1),), ((0, 1.5), (0, 1)), "ab"], ids=str)
def test_what_is_no_box(box):
    with pytest.raises(ValueError, match="a box is"):
        u2.mass_inside(np.ones((3, 3)), box)


# --- times


@pytest.mark.parametrize("seconds", [0, -1, "1", True, None, float("nan"), float("inf")])
def test_seconds_to_measure_for(seconds):
    with pytest.raises(ValueError, match="seconds is a finite number more than 0; got"):
        u2.measure_latency(torch.nn.Identity(), (4, 5), seconds=seconds)


@pytest.mark.parametrize("scale", [0, -1, "1", True, None, 11, float("nan"), float("inf")])
def test_the_scale_of_the_ceilings(scale):
    with pytest.raises(ValueError, match="scale is a finite number more than 0 and at most 10"):
        measure_ceilings(scale=scale)


@pytest.mark.parametrize("dtype", [None, "float32", torch.int64])
def test_the_dtype_of_the_ceilings(dtype):
    with pytest.raises(ValueError, match="dtype is one of torch's floating-point types; got"):
        measure_ceilings(dtype=dtype)


@pytest.mark.parametrize("build", [5, None, "RSU"])
def test_what_builds_nothing(build):
    with pytest.raises(TypeError, match="build is a class or a function"):
        rebuild(u2.U2Net(u2.U2NET_CLASSROOM), build)
