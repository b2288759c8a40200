"""What notebook 02 and its lesson plan say in prose about the network, asked of the network."""

import pytest
import torch

import u2net_edu as u2
from u2net_edu.course.exercises import find_exercise
from u2net_edu.course.judging import examine
from u2net_edu.course.solutions.lesson02 import ladder
from u2net_edu.views.figures.ladder import rungs


@pytest.fixture(scope="module")
def network():
    with torch.device("meta"):
        return u2.U2Net(u2.U2NET)


def levels(network, *size):
    return rungs(u2.trace(network, size))


def test_en1_goes_down_as_far_as_the_whole_network(network):
    found = levels(network, 320, 320)
    inside = [[height for height, _ in level.inside] for level in found]
    assert inside[0] == ladder(320, 5) == [320, 160, 80, 40, 20, 10]
    assert [len(sizes) for sizes in inside] == [6, 5, 4, 3, 1, 1]  # "the deeper, the fewer pools"
    assert {sizes[-1] for sizes in inside[:4]} == {10}
    assert found[-1].size == (10, 10)
    assert [level.encoder for level in found if len(level.inside) == 1] == ["en5", "en6"]
    assert found[4].inside == ((20, 20),)  # en5
    assert ladder(320, 6)[-1] == 5


def test_320_is_five_times_two_to_the_six_and_288_goes_odd_after_five():
    assert 5 * 2**6 == 320
    assert [size % 2 for size in ladder(288, 5)] == [0, 0, 0, 0, 0, 1]
    assert [size % 2 for size in ladder(300, 2)] == [0, 0, 1]  # the cat's rows
    assert u2.as_array("chelsea").shape[0] == 300


def test_at_288_the_odd_map_is_never_pooled(network):
    found = levels(network, 288, 288)
    assert found[-1].size == (9, 9)
    assert all(level.doubled in (None, level.size) for level in found)
    odd = {size for level in found for size in level.inside if size[0] % 2}
    assert odd == {(9, 9)}


def test_pools_multiply_what_a_window_covers():
    trace = u2.trace(u2.load_classroom_model(), (320, 320))
    assert [trace.field(path).size for path in ("en1.in", "en1.enc1")] == [3, 5]  # by adding
    strides = [trace.field(f"en1.enc{level}").stride for level in range(1, 7)]
    assert strides == [1, 2, 4, 8, 16, 32]
    assert (3 * strides[0], 3 * strides[2], 3 * strides[-1]) == (3, 12, 96)
    macs = trace.table("layer").macs
    assert macs["en1.enc2"] == 4 * macs["en1.enc3"]  # a quarter of the work


def test_rsu_4_has_two_pools_and_makes_maps_larger_twice(network):
    assert [s.name for s in u2.U2NET.stages if s.block == "RSU-4"] == ["en4", "de4"]
    kinds = [o.kind for o in u2.trace(u2.build_block("RSU-4", 3, 8, 16), (64, 64)).operators]
    assert (kinds.count("pool"), kinds.count("resize")) == (2, 2)


def test_the_first_join_to_break_at_37_by_53_is_inside_en1(network):
    found = levels(network, 37, 53)
    assert [level.decoder for level in found if level.below and level.doubled != level.size] == [
        "de1", "de2", "de4", "de5",
    ]  # fmt: skip
    assert found[0].misfits["en1"][0] == "dec5"
    assert found[0].inside[-2:] == ((3, 4), (2, 2))
    assert (found[2].size, found[2].below) == ((10, 14), (5, 7))
    assert all(found[2].misfits.values())  # of en3 and of de3


def test_a_line_that_moves_left_stays_in_its_windows():
    white = torch.zeros(1, 1, 12, 12)
    white[..., 5] = 1
    left, right = (torch.roll(white, shift, dims=-1) for shift in (-1, 1))
    pooled = [torch.nn.functional.max_pool2d(maps, 2) for maps in (white, left, right)]
    assert torch.equal(pooled[0], pooled[1])
    assert torch.equal(torch.roll(pooled[0], 1, dims=-1), pooled[2])


def test_dec3_of_rsu_4_resizes_nothing():
    paths = [o.path for o in u2.trace(u2.build_block("RSU-4", 3, 8, 16), (64, 64)).operators]
    assert {path for path in paths if path.endswith("resize")} == {"dec2.resize", "dec1.resize"}


@pytest.mark.parametrize("of", [lambda skip: skip.shape[2], lambda skip: skip.shape[3]])
def test_one_number_as_a_size_is_not_called_a_swap_only(of):
    def join(low, skip):
        low = torch.nn.functional.interpolate(low, size=of(skip), mode="bilinear")
        return torch.cat([low, skip], dim=1)

    verdict = examine(find_exercise("sizes.join"), join)
    assert verdict.state == "misconception"
    assert "makes a square" in verdict.paragraphs[0]


def test_what_is_off_is_told_channel_by_channel():
    def join(low, skip):
        return torch.cat([torch.nn.functional.interpolate(low, size=skip.shape[2:]), skip], dim=1)

    told = examine(find_exercise("sizes.join"), join).paragraphs[1]
    assert "in 0 off by up to" in told
    assert "2 is right; 3 is right" in told


def test_the_cat_gets_too_bright():
    grey = torch.tensor(u2.as_array("chelsea").mean(axis=2))[None, None]
    small = grey
    for _ in range(5):
        small = torch.nn.functional.max_pool2d(small, 2, 2, ceil_mode=True)
    assert small.shape[-2:] == (10, 15)
    assert u2.resize_like(small, grey).mean() > grey.mean() + 0.15


def test_in_the_floor_mode_a_map_of_20_pixels_runs_out(network):
    with torch.device("meta"):
        floored = u2.U2Net(u2.U2NET)
    for module in floored.modules():
        module.ceil_mode = False
    changed = levels(floored, 320, 320)
    assert [level.size for level in changed] == [level.size for level in levels(network, 320, 320)]
    with pytest.raises(ValueError, match=r"pool|size"):
        u2.trace(floored, (20, 20))
