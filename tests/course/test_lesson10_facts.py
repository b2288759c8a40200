"""What notebook 10, its guesses and its lesson plan say in prose, measured."""

import json

import pytest
import torch

import u2net_edu as u2
from tests.benchmarks.never_had import FILE, SEEDS, SIZE, STEPS, WithoutResidual, WithoutSkip
from u2net_edu.analysis.interventions import Replay
from u2net_edu.course.solutions.lesson10 import depends, rim_share, silenced, touched
from u2net_edu.views.figures.knock_out import recorded
from u2net_edu.views.figures.measurements import folder
from u2net_edu.views.widgets.parts.difference import difference

NOTEBOOK = json.loads(
    (folder().parent / "notebooks/10_what_does_each_part_do.ipynb").read_text(encoding="utf-8")
)
CELLS = {cell["id"]: "".join(cell["source"]) for cell in NOTEBOOK["cells"]}
SKIPS = [f"en{n} -> de{n}.concat" for n in range(1, 6)]
STAGES = [*(f"en{n}" for n in range(1, 7)), *(f"de{n}" for n in range(5, 0, -1))]


@pytest.fixture(scope="module")
def replays(authors):
    """The authors' network on two photographs, to be run again with parts changed."""
    return {
        picture: Replay(authors, u2.preprocess(picture, authors.preprocessing, size=320))
        for picture in ("astronaut", "chelsea")
    }


def fused(output) -> torch.Tensor:
    return output.fused.sigmoid()[0, 0]


def marked(output) -> list[list[int]]:
    return (fused(output)[::4, ::4] > 0.5).int().tolist()


def moved(replay, changes) -> float:
    return float((fused(replay.run(changes)) - fused(replay.unchanged)).abs().mean())


def test_arrows_of_the_network():
    with torch.device("meta"):
        frame = u2.connections(u2.U2Net(u2.U2NET_LITE), (320, 320))
    outer = frame[frame["where"] == "outer"]
    assert (len(frame), len(outer)) == (211, 28)
    arrows = [tuple(p.split(".")[0] for p in row) for row in outer.iloc[:, :2].values]
    assert {"side1", "side2", "side3"} == {
        s for s in touched(arrows, ("en3", "de3")) if s.startswith("side")
    }


def test_where_the_changes_lie(replays):
    """The share of the outline in the picture, and that of a change at the outline."""
    parts = ["en1 -> de1.concat", "en2 -> de2.concat", "en5 -> de5.concat", "en6"]
    found = {}
    for picture, replay in replays.items():
        old = marked(replay.unchanged)
        flipped = [[1 - said for said in row] for row in old]
        found[picture] = [round(rim_share(old, flipped, 2), 2)]
        for part in [*parts, "de4 -> de3.resize"]:
            new = marked(replay.run({part: "zero"}))
            found[picture].append(round(rim_share(old, new, 2), 2))
    assert found["astronaut"] == pytest.approx([0.16, 0.75, 0.70, 0.21, 0.15, 0.14], abs=0.02)
    assert found["chelsea"] == pytest.approx([0.17, 0.55, 0.88, 0.61, 0.16, 0.13], abs=0.02)


def test_what_the_scissors_do_to_the_cup(authors):
    """Our answers to the three questions under the figure."""
    replay = Replay(authors, u2.preprocess("coffee", authors.preprocessing, size=320))
    before = fused(replay.unchanged)
    found = []
    for parts in (SKIPS[:1], ["en6"], SKIPS):
        after = fused(replay.run(dict.fromkeys(parts, "zero")))
        found.append(difference(before.numpy(), after.numpy()))
    skip, bottom, five = found
    assert round(skip.gained, 2) == 0.03
    assert skip.gained_at_rim > 0.95
    assert skip.lost < 0.01
    assert round(bottom.lost, 2) == 0.61
    assert bottom.lost_at_rim < 0.2
    assert round(five.lost, 2) == 0.40


def test_the_residuals_of_the_authors_network(authors):
    parts = [f"{stage}.in -> {stage}.add" for stage in ("de1", "en3", "en6", "de5")]
    seen = ["coffee", "chelsea"]
    change = u2.knock_out(authors, seen, parts, "change", batch_size=1, progress=False)["fused"]
    wanted = dict(zip(parts, (0.644, 0.560, 0.006, 0.029)))
    assert change.to_dict() == pytest.approx(wanted, abs=0.005)


def test_a_skip_that_matters_for_the_cat_and_not_for_the_cup(authors):
    table = {
        picture: u2.knock_out(authors, [picture], ["en6", *SKIPS], "change", progress=False)[
            "fused"
        ].to_dict()
        for picture in u2.PHOTOGRAPHS
    }
    assert len(depends(table, 0.02)) == 5
    assert set(depends(table, 0.05)) == set(SKIPS) - {SKIPS[1]}
    assert depends(table, 0.3) == ["en6"]
    cup, cat, rocket = (table[picture] for picture in ("coffee", "chelsea", "rocket"))
    assert cat[SKIPS[0]] / cup[SKIPS[0]] == pytest.approx(7, abs=0.5)
    assert max(max(cup[part], rocket[part]) for part in SKIPS) < 0.05
    assert max(table["astronaut"][part] for part in SKIPS) == table["astronaut"][SKIPS[4]]


def test_the_innermost_layers_of_en6_are_idle_and_a_part_harms_more_than_the_whole(replays):
    replay = replays["chelsea"]
    found = {p: moved(replay, {p: "zero"}) for p in ("en6.enc4", "en6.enc3", "en6.enc2", "en6")}
    assert found == pytest.approx(
        {"en6.enc4": 0.008, "en6.enc3": 0.028, "en6.enc2": 0.626, "en6": 0.392}, abs=0.005
    )


def test_a_layer_that_is_silent_is_the_layer_that_students_silence(replays):
    replay = replays["chelsea"]
    output = u2.capture(replay._model, replay._images, ["en6"])["en6"]
    yours = torch.tensor([silenced(output[0].tolist(), [0, 3], "mean")])
    both = [fused(replay.run(c)) for c in ({"en6": yours}, {"en6[0, 3]": "mean"})]
    assert float((both[0] - both[1]).abs().max()) < 1e-4


def test_zero_and_mean_of_side1_in_the_classroom_network():
    model, scenes = u2.load_classroom_model(), u2.SyntheticScenes(64, 32, seed=2)
    assert round(u2.evaluate(model, scenes)["IoU"], 2) == 0.97
    change = {
        how: u2.knock_out(model, scenes, ["side1"], change=how, progress=False).loc[
            "side1", "fused"
        ]
        for how in ("zero", "mean")
    }
    assert change["zero"] == pytest.approx(-0.06, abs=0.01)
    assert change["mean"] == pytest.approx(-0.91, abs=0.01)
    bottom = u2.knock_out(model, scenes, ["en6"], progress=False).loc["en6", "fused"]
    assert abs(bottom) < 0.005
    weights = model.fuse.conv.weight.detach().flatten()
    assert int(weights.argmax()) == 0


def test_side1_of_a_scene_is_background_for_certain_on_average():
    scenes = u2.SyntheticScenes(64, 32, seed=2)
    images = torch.stack([scenes[n][0] for n in range(len(scenes))])
    with torch.no_grad():
        sides = u2.load_classroom_model().eval()(images).sides
    assert float(sides[0].mean((1, 2, 3)).max()) < -2


def test_of_the_outer_skips_none_matters_like_a_stage():
    photographs, scenes = (recorded(name)[0]["fused"] for name in ("photographs", "scenes"))
    assert photographs[SKIPS].max() < 0.05
    assert photographs[STAGES].min() > 0.2
    assert scenes["en1 -> de1.concat"] == pytest.approx(-0.12, abs=0.005)
    assert scenes[SKIPS].idxmin() == "en1 -> de1.concat"


# --- cut, or never had


RECORDED = json.loads(FILE.read_text(encoding="utf-8"))


def recorded_scores(kind: str) -> list[float]:
    """The fused map's IoU of the recorded trainings, seed by seed."""
    return [round(RECORDED[str(seed)][kind][0], 2) for seed in SEEDS]


def test_what_the_trainings_learned_to_do_without():
    assert recorded_scores("whole") == [0.78, 0.74, 0.71]
    assert recorded_scores("residuals cut") == [0.11, 0.11, 0.19]
    assert recorded_scores("residuals never had") == [0.66, 0.71, 0.66]
    assert recorded_scores("skips cut") == [0.11, 0.11, 0.11]
    assert recorded_scores("skips never had") == [0.27, 0.27, 0.33]
    assert recorded_scores("en6 cut") == [0.76, 0.72, 0.71]
    scenes = u2.SyntheticScenes(64, 64, seed=2)
    empty = sum(not scenes[n][1].any() for n in range(64))
    assert empty == 7
    assert round(empty / 64, 2) == 0.11


def test_the_recording_is_of_the_notebooks_own_recipe():
    assert f"SIZE, STEPS = (48, 60) if FAST else ({SIZE}, {STEPS})" in CELLS["imports"]
    assert (
        "u2.SyntheticScenes(SIZE, 600, seed=0), u2.SyntheticScenes(SIZE, 64, seed=2)"
        in (CELLS["fresh"])
    )
    inner, skip = torch.rand(2, 1, 3, 4, 4)
    scope: dict = {"torch": torch}
    exec(CELLS["without"], scope)
    assert torch.equal(scope["JustTheU"]()(inner, skip), WithoutResidual()(inner, skip))
    assert torch.equal(scope["JustFromBelow"]()(inner, skip), WithoutSkip()(inner, skip))


def test_a_network_without_residuals_has_as_many_parameters():
    with torch.device("meta"):
        model = u2.U2Net(u2.U2NET_CLASSROOM)
    before = sum(p.numel() for p in model.parameters())
    for stage in STAGES:
        getattr(model[stage], "block", model[stage]).add = WithoutResidual()
    assert sum(p.numel() for p in model.parameters()) == before
    grid = u2.trace(u2.load_classroom_model(), (64, 64))
    assert grid.operators[grid.position("en6")].output_shape[-2:] == (2, 2)
