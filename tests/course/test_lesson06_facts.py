"""What notebook 06, its guesses and its lesson plan say about the network, asked of the network."""

from dataclasses import astuple
from random import Random

import pytest
import torch

import u2net_edu as u2
from u2net_edu.course.exercises import find_exercise
from u2net_edu.course.solutions import lesson06 as solutions
from u2net_edu.course.wrong_tables import wrong_table


def meta(spec) -> u2.U2Net:
    with torch.device("meta"):
        return u2.U2Net(spec)


def spec_of(rows) -> u2.U2NetSpec:
    stages = [u2.StageSpec(*row) for row in rows]
    return u2.U2NetSpec("a table", stages[:6], stages[6:])


def rows_of(spec) -> list[tuple]:
    return [astuple(row) for row in spec.stages]


def parameters(spec) -> int:
    return sum(weight.numel() for weight in meta(spec).parameters())


@pytest.fixture(scope="module")
def trace():
    return u2.trace(meta(u2.U2NET), (320, 320))


@pytest.mark.parametrize("size", [(320, 320), (288, 288), (37, 53)])
def test_the_shape_of_every_stage(size):
    trace = u2.trace(meta(u2.U2NET), size)
    oracle = find_exercise("stages.shape").oracle
    for row in rows_of(u2.U2NET):
        real = trace.operators[trace.position(row[0])].output_shape
        assert oracle(row, *size) == solutions.stage_shape(row, *size) == real[1:]


def test_the_sizes_of_the_guesses():
    trace = u2.trace(meta(u2.U2NET), (288, 288))
    shape = {o.path: o.output_shape[1:] for o in trace.operators}
    assert shape["en6.add"] == (512, 9, 9)
    assert shape["en5.add"] == (512, 18, 18)
    assert shape["de5.concat"] == (1024, 18, 18)
    pools = [o.path for o in trace.operators if o.kind == "pool" and o.path.count(".") == 1]
    assert pools == ["en2.pool", "en3.pool", "en4.pool", "en5.pool", "en6.pool"]


def test_the_two_numbers():
    for spec, number in ((u2.U2NET, 44_009_869), (u2.U2NET_LITE, 1_131_181)):
        assert parameters(spec) == solutions.network_parameters(rows_of(spec)) == number
    assert round(44_009_869 / 1_131_181) == 39


def test_one_function_makes_the_narrow_tables():
    for spec, widths in ((u2.U2NET_LITE, (16, 64)), (u2.U2NET_CLASSROOM, (8, 16))):
        narrow = [solutions.narrow(row, *widths) for row in rows_of(u2.U2NET)]
        assert narrow == rows_of(spec)
    same = [a[0] for a, b in zip(rows_of(u2.U2NET), rows_of(u2.U2NET_LITE)) if a == b]
    assert same == ["de1"]


def test_where_parameters_and_multiplications_are(trace):
    table = trace.table("stage")[["parameters", "macs"]]
    shares = (100 * table / table.sum()).round(1)
    deep = shares.loc[["en5", "en6", "de5"]].sum()
    assert (round(deep["parameters"]), round(deep["macs"])) == (74, 17)
    assert tuple(shares.loc["de1"]) == (0.3, 18.1)


def test_table_a_does_not_chain():
    rows = wrong_table("A")
    assert solutions.misfits(rows) == ["en4", "de3"]
    with pytest.raises(ValueError, match="stage en4"):
        spec_of(rows)


def test_table_b_chains_and_has_too_many_parameters():
    rows = wrong_table("B")
    assert solutions.misfits(rows) == []
    assert parameters(spec_of(rows)) - parameters(u2.U2NET) == 138_816
    suspects = []
    blocks = sorted({row[1] for row in rows})
    for n, row in enumerate(rows):
        for k in range(1, 5):
            for other in blocks if k == 1 else (row[k] // 2, 2 * row[k]):
                tried = [*rows[:n], (*row[:k], other, *row[k + 1 :]), *rows[n + 1 :]]
                if not solutions.misfits(tried) and parameters(spec_of(tried)) == 44_009_869:
                    suspects.append((row[0], k, other))
    assert suspects == [("en1", 3, 16), ("de1", 3, 16)]


def test_table_c_only_a_trace_can_tell(trace):
    spec = spec_of(wrong_table("C"))
    assert solutions.misfits(rows_of(spec)) == []
    assert parameters(spec) == parameters(u2.U2NET)
    # Under the authors' names: their weights load into it without a word.
    right, wrong = (u2.reference_state_dict(meta(each)) for each in (u2.U2NET, spec))
    assert {k: v.shape for k, v in right.items()} == {k: v.shape for k, v in wrong.items()}
    other = u2.trace(meta(spec), (320, 320))
    pools = [sum(o.kind == "pool" for o in t.operators) for t in (trace, other)]
    assert pools == [33, 35]
    macs = [t.table("stage")["macs"] for t in (trace, other)]
    assert list(macs[0].index[macs[0] != macs[1]]) == ["en5"]


def test_only_the_three_tables_exist():
    with pytest.raises(ValueError, match="A, B, C"):
        wrong_table("D")


def test_the_map_of_the_encoder_is_lines_and_that_of_the_decoder_areas():
    """The guess on maps A and B: share of the map that is lit, at a tenth of its largest value."""
    model = u2.load_classroom_model()
    images = u2.preprocess("coffee", model.preprocessing, size=320)
    lit = {}
    for path, output in u2.capture(model, images, ["en4", "de4"]).items():
        assert output.shape[-2:] == (40, 40)
        strongest = output[0][output[0].square().mean((1, 2)).argmax()]
        lit[path] = float((strongest > 0.1 * strongest.max()).float().mean())
    assert lit["en4"] < 0.35
    assert lit["de4"] > 0.6


def test_where_the_encoder_is_the_darker_half():
    """Percent of exact zeros: of the two strongest maps at level 4, and of all maps at each."""
    model = u2.load_classroom_model()
    images = u2.preprocess("coffee", model.preprocessing, size=320)
    paths = [f"{half}{level}" for half in ("en", "de") for level in range(1, 6)]
    maps = {path: m[0] for path, m in u2.capture(model, images, paths).items()}
    strongest = {path: m[m.square().mean((1, 2)).argmax()] for path, m in maps.items()}
    percent = {path: 100 * float((strongest[path] == 0).float().mean()) for path in ("en4", "de4")}
    assert percent == pytest.approx({"en4": 73, "de4": 10}, abs=1)
    zeros = {path: 100 * float((m == 0).float().mean()) for path, m in maps.items()}
    darker = [zeros[f"en{level}"] - zeros[f"de{level}"] for level in range(1, 6)]
    assert min(darker[2:4]) > 10  # levels 3 and 4
    assert max(abs(darker[1]), abs(darker[4])) < 4
    assert darker[0] < -4


def test_the_shuffle_puts_the_encoder_first_as_the_guess_has_it():
    paths = ["de4", "en4"]
    Random(6).shuffle(paths)
    assert paths == ["en4", "de4"]


def test_the_block_that_the_lesson_plan_counts_by_hand():
    layers = [m for m in u2.RSU(2, 1, 1, 1).modules() if isinstance(m, u2.ConvNormRelu)]
    counts = [sum(weight.numel() for weight in layer.parameters()) for layer in layers]
    assert counts == [12, 12, 12, 21]
    assert sum(counts) == 57 == solutions.block_parameters(2, 1, 1, 1)
