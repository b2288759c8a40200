"""The table: what it builds, how it prints, and that one that does not fit names the stage."""

import dataclasses
import subprocess
import sys

import pytest
import torch

from tests.patience import PATIENCE
from u2net_edu import (
    BLOCKS,
    U2NET,
    U2NET_CLASSROOM,
    U2NET_LITE,
    StageSpec,
    U2Net,
    U2NetSpec,
    build_block,
)

TABLE_1 = """
en1 RSU-7 3 32 64        | 3 16 64
en2 RSU-6 64 32 128      | 64 16 64
en3 RSU-5 128 64 256     | 64 16 64
en4 RSU-4 256 128 512    | 64 16 64
en5 RSU-4F 512 256 512   | 64 16 64
en6 RSU-4F 512 256 512   | 64 16 64
de5 RSU-4F 1024 256 512  | 128 16 64
de4 RSU-4 1024 128 256   | 128 16 64
de3 RSU-5 512 64 128     | 128 16 64
de2 RSU-6 256 32 64      | 128 16 64
de1 RSU-7 128 16 64      | 128 16 64
"""


def test_the_tables_are_those_of_the_paper():
    for line, full, lite in zip(TABLE_1.strip().splitlines(), U2NET.stages, U2NET_LITE.stages):
        left, right = line.split("|")
        name, block, *numbers = left.split()
        assert full == StageSpec(name, block, *map(int, numbers))
        assert lite == StageSpec(name, block, *map(int, right.split()))


def test_it_prints_like_the_table():
    lines = str(U2NET).splitlines()
    assert lines[0] == "U²-Net"
    assert lines[2].split() == ["stage", "block", "in", "(I)", "mid", "(M)", "out", "(O)"]
    printed = [line.split() for line in lines[4:-1]]
    assert printed == [line.split("|")[0].split() for line in TABLE_1.strip().splitlines()]
    assert len({len(line) for line in lines[3:]}) == 1  # columns stand under each other


@pytest.mark.parametrize(
    ("spec", "parameters"), [(U2NET, 44_009_869), (U2NET_LITE, 1_131_181)], ids=lambda s: str(s)[:7]
)
def test_parameters(spec, parameters):
    assert sum(p.numel() for p in U2Net(spec).parameters()) == parameters


def test_the_classroom_network_has_the_same_shape_and_is_small():
    shape = [(stage.name, stage.block) for stage in U2NET.stages]
    assert [(stage.name, stage.block) for stage in U2NET_CLASSROOM.stages] == shape
    assert sum(p.numel() for p in U2Net(U2NET_CLASSROOM).parameters()) < 150_000


ENCODER = (StageSpec("en1", "RSU-3", 3, 2, 4), StageSpec("en2", "RSU-2", 4, 2, 6))
DECODER = (StageSpec("de1", "RSU-3", 10, 2, 4),)


def swapped(row: StageSpec, **changes) -> StageSpec:
    return dataclasses.replace(row, **changes)


BROKEN = [
    (ENCODER[:1], (), "two or more encoder stages, got 1"),
    ((ENCODER[0], swapped(ENCODER[1], in_channels=5)), DECODER, "stage en2: in_channels must be 4"),
    (ENCODER, (swapped(DECODER[0], in_channels=6),), "stage de1: in_channels must be 10, 6 of en2"),
    (ENCODER, (), "expected stage de1 next, got nothing"),
    (ENCODER, (*DECODER, swapped(DECODER[0], name="de0")), "stage de0 is one too many"),
    (ENCODER[::-1], DECODER, "expected stage en1 next, got en2"),
    (ENCODER, (swapped(DECODER[0], name="de2"),), "expected stage de1 next, got de2"),
]


@pytest.mark.parametrize(("encoder", "decoder", "message"), BROKEN)
def test_a_spec_that_does_not_chain_names_the_stage(encoder, decoder, message):
    with pytest.raises(ValueError, match=message):
        U2NetSpec("mine", encoder, decoder)


@pytest.mark.parametrize(
    ("block", "channels", "message"),
    [
        ("RSU-1", (3, 2, 4), "stage en1: no block is called 'RSU-1'"),
        ("RSU", (3, 2, 4), "stage en1: no block is called 'RSU'"),
        ("rsu-7", (3, 2, 4), "stage en1: no block is called 'rsu-7'"),
        ("RSU-4F2", (3, 2, 4), "stage en1: no block is called"),
        (None, (3, 2, 4), "stage en1: no block is called None"),
        ("RSU-7", (3, 0, 4), "stage en1: mid_channels is a whole number, more than 0; got 0"),
        ("RSU-7", (3.0, 2, 4), "stage en1: in_channels is a whole number, more than 0; got 3.0"),
        ("RSU-7", (3, 2, True), "stage en1: out_channels is a whole number, more than 0"),
    ],
)
def test_a_row_that_cannot_be_built_names_the_stage(block, channels, message):
    with pytest.raises(ValueError, match=message):
        StageSpec("en1", block, *channels)


def test_a_spec_is_frozen_and_can_be_a_key():
    spec = U2NetSpec("mine", list(ENCODER), list(DECODER))
    assert spec.encoder == ENCODER
    assert {spec: 1}[U2NetSpec("mine", ENCODER, DECODER)] == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.name = "yours"
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.encoder[0].block = "RSU-4"


def test_with_input_changes_the_first_stage_alone():
    grey = U2NET.with_input(1)
    assert grey.in_channels == 1
    assert grey.stages[1:] == U2NET.stages[1:]
    assert grey.name == U2NET.name


def test_with_block():
    everywhere = U2NET_LITE.with_block("RSU-4")
    assert {stage.block for stage in everywhere.stages} == {"RSU-4"}
    some = U2NET_LITE.with_block("RSU-9", ["de1", "en1"])
    assert [s.name for s in some.stages if s.block == "RSU-9"] == ["en1", "de1"]
    assert U2NET_LITE.with_block("RSU-9", "en1").encoder[0].block == "RSU-9"
    assert "RSU-9 in en1, de1" in some.name
    with pytest.raises(ValueError, match=r"no stage 'en7'; it has en1, en2"):
        U2NET.with_block("RSU-4", ["en7"])
    with pytest.raises(ValueError, match="stage en1: no block is called 'VGG'"):
        U2NET.with_block("VGG")


@pytest.mark.parametrize("name", ["RSU-2", "RSU-3", "RSU-12", *BLOCKS])
def test_blocks_by_name(name):
    block = build_block(name, 3, 2, 5)
    assert block.eval()(torch.zeros(1, 3, 6, 7)).shape == (1, 5, 6, 7)
    if name.startswith("RSU-") and name != "RSU-4F":
        assert block.depth == int(name[4:])


def test_an_unknown_block_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match=r"'ResNet'. There are RSU-7.*RSU-<depth ≥ 2>"):
        build_block("ResNet", 1, 1, 1)


def test_a_table_is_read_without_torch():
    script = (
        "import sys\n"
        "from u2net_edu.architecture.spec import U2NET, StageSpec\n"
        "U2NET.with_block('NIV-9').with_input(4)\n"
        "try: StageSpec('en1', 'XYZ', 1, 2, 3)\n"
        "except ValueError as error: print(error)\n"
        "print('torch' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert "no block is called 'XYZ'" in done.stdout
    assert done.stdout.splitlines()[-1] == "False False"
