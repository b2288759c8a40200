"""What notebook 06, its guesses and its lesson plan say about the network, asked of the network."""

from dataclasses import astuple

import numpy as np
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


STAGES = [*(f"en{n}" for n in range(1, 7)), *(f"de{n}" for n in range(5, 0, -1))]


def likeness(model, picture: str) -> dict[str, tuple[float, float]]:
    """How much the maps of each stage are like the answer, at 320×320: (most, least).

    Correlations: 1 is lit where the answer is, -1 is lit everywhere else.
    """
    images = u2.preprocess(picture, model.preprocessing, size=320)
    maps = u2.capture(model, images, [*STAGES, "fuse"])
    answer = maps["fuse"][0].sigmoid()
    found = {}
    for path in STAGES:
        stack = maps[path][0].flatten(1).double().numpy()
        cells = answer.shape[-1] // maps[path].shape[-1]
        small = torch.nn.functional.avg_pool2d(answer, cells).flatten().double().numpy()
        alike = [float(np.corrcoef(small, each)[0, 1]) for each in stack if each.std() > 0]
        found[path] = (max(alike), min(alike))
    return found


def test_the_authors_network_finds_the_thing_at_the_bottom(authors):
    """The guess `stages.found`: either way round, no stage before `en6` tells it from the rest."""
    for picture in ("coffee", "astronaut", "chelsea"):
        either = {
            path: max(most, -least) for path, (most, least) in likeness(authors, picture).items()
        }
        before = max(either[path] for path in STAGES[:5])
        assert before + 0.12 < either["en6"] < either["de5"] < either["de3"] < either["de1"], (
            picture
        )
        assert either["en6"] > 0.7


def test_the_maps_that_the_notebook_shows_light_up_on_the_thing(authors):
    for picture in ("coffee", "astronaut"):
        alike = {path: most for path, (most, _) in likeness(authors, picture).items()}
        before = max(alike[path] for path in STAGES[:5])
        assert before + 0.05 < alike["en6"] < alike["de5"] < alike["de4"] < alike["de3"], picture
    cat = {path: most for path, (most, _) in likeness(authors, "chelsea").items()}
    assert cat["en6"] == pytest.approx(cat["en4"], abs=0.05)  # "no better than that of `en4`"


def test_the_strongest_map_of_the_bottom_is_lit_everywhere_but_on_the_thing(authors):
    images = u2.preprocess("coffee", authors.preprocessing, size=320)
    maps = u2.capture(authors, images, ["en6", "fuse"])
    strongest = maps["en6"][0][maps["en6"][0].square().mean((1, 2)).argmax()]
    thing = torch.nn.functional.avg_pool2d(maps["fuse"].sigmoid(), 32)[0, 0] > 0.5
    assert strongest[~thing].mean() > 5 * strongest[thing].mean()


def test_the_classroom_network_finds_no_thing():
    """Already at `en4` and `en5` a map shows what the answer shows; the bottom knows less."""
    found = likeness(u2.load_classroom_model(), "coffee")
    alike = {path: most for path, (most, _) in found.items()}
    assert alike["en6"] < 0.7 < min(alike["en4"], alike["en5"])
    marked = u2.predict(u2.load_classroom_model(), "coffee", size=320, device="cpu") > 0.5
    assert marked.mean() < 0.1  # "a few bits of rim and spoon"


def test_the_block_that_the_lesson_plan_counts_by_hand():
    layers = [m for m in u2.RSU(2, 1, 1, 1).modules() if isinstance(m, u2.ConvNormRelu)]
    counts = [sum(weight.numel() for weight in layer.parameters()) for layer in layers]
    assert counts == [12, 12, 12, 21]
    assert sum(counts) == 57 == solutions.block_parameters(2, 1, 1, 1)


def at_the_bottom(model, picture, answer: torch.Tensor) -> torch.Tensor:
    """r of every map of `en6` and the answer (1, H, W), shrunk to the map's 10×10."""
    images = u2.preprocess(picture, "upstream", size=320)
    stack = u2.capture(model, images, ["en6"])["en6"][0]
    small = torch.nn.functional.adaptive_avg_pool2d(answer, stack.shape[1:])
    return torch.corrcoef(torch.cat([small, stack]).flatten(1))[0, 1:].nan_to_num()


def answer_of(model, picture) -> torch.Tensor:
    images = u2.preprocess(picture, "upstream", size=320)
    return u2.capture(model, images, ["fuse"])["fuse"][0].sigmoid()


def test_with_random_weights_no_map_of_the_bottom_comes_as_near(authors):
    for picture in ("coffee", "astronaut", "chelsea", "rocket"):
        untrained = u2.model_at_hand(picture, trained=False)
        answer = answer_of(authors, picture)
        trained, random = (
            float(at_the_bottom(model, picture, answer).abs().max())
            for model in (authors, untrained)
        )
        assert random + 0.15 < trained > 0.75, picture


def test_the_dark_spot_goes_with_the_cup(authors):
    """Cropped so that the cup stands at the left, and at the right."""
    coffee = u2.as_array(u2.load_picture("coffee"))
    channel = int(at_the_bottom(authors, coffee, answer_of(authors, coffee)).argmin())
    assert channel == 47
    for moved in (coffee[:, 120:], coffee[:, :-120]):
        assert at_the_bottom(authors, moved, answer_of(authors, moved))[channel] < -0.7


def test_small_maps_are_like_an_answer_more_easily(authors):
    images = u2.preprocess("coffee", "upstream", size=320)
    maps = u2.capture(authors, images, ["en1", "fuse"])
    both = [maps["fuse"][0].sigmoid(), maps["en1"][0]]
    small = [torch.nn.functional.adaptive_avg_pool2d(each, 10).flatten(1) for each in both]
    r = torch.corrcoef(torch.cat(small))[0, 1:].nan_to_num().abs().max()
    assert float(r) == pytest.approx(0.69, abs=0.006)


def test_a_table_of_seven_stages_can_be_built():
    """What the last box of the notebook proposes: 5×5 at the bottom."""
    rows = rows_of(u2.U2NET_LITE)
    seven = [*rows[:6], ("en7", *rows[5][1:]), ("de6", "RSU-4F", 128, 16, 64), *rows[6:]]
    half = len(seven) // 2 + 1
    stages = [u2.StageSpec(*row) for row in seven]
    network = meta(u2.U2NetSpec("seven", stages[:half], stages[half:]))
    assert solutions.network_parameters(seven) == sum(w.numel() for w in network.parameters())
    trace = u2.trace(network, (320, 320))
    assert trace.operators[trace.position("en7")].output_shape == (1, 64, 5, 5)
