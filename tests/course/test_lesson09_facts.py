"""What notebook 09, its guesses and its lesson plan say in prose, measured."""

import copy
import json
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import u2net_edu as u2
from tests.benchmarks.side_losses import FILE, MAPS, SEEDS, SIZE, STEPS, stacked
from u2net_edu.experiments import ablation
from u2net_edu.experiments.broken import FAULTS, HEALTHY, SCENES, SigmoidTwice
from u2net_edu.training.metrics import batch_iou
from u2net_edu.views.figures.measurements import folder

NOTEBOOK = json.loads(
    (folder().parent / "notebooks/09_train_in_class.ipynb").read_text(encoding="utf-8")
)


def smooth_end(history, key: str) -> float:
    return float(np.mean([record[key] for record in history.records[-10:]]))


def held_out(history) -> list[float]:
    return [look["IoU"] for look in history.evaluations]


def test_the_classroom_network_has_more_parameters_than_eight_masks_have_pixels():
    with torch.device("meta"):
        model = u2.U2Net(u2.U2NET_CLASSROOM)
    parameters = sum(p.numel() for p in model.parameters())
    assert parameters == 142_189
    assert parameters > 8 * 64 * 64


def test_a_map_that_says_one_half_costs_ln_2_and_seven_cost_4_85():
    for mask in (torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)):
        loss = F.binary_cross_entropy_with_logits(torch.zeros(1, 1, 4, 4), mask)
        assert float(loss) == float(torch.tensor(math.log(2)))
    assert round(7 * math.log(2), 2) == 4.85


def test_behind_two_sigmoids_a_loss_stays_between_0_31_and_1_31():
    model = SigmoidTwice(lambda x: u2.SaliencyLogits(x, (x,)))
    wild = torch.tensor([[[[-1e9, 1e9]]]])
    said = model(wild).fused
    assert said.tolist() == [[[[0.0, 1.0]]]]
    assert [round(v, 2) for v in said.sigmoid().flatten().tolist()] == [0.5, 0.73]
    costs = [
        F.binary_cross_entropy_with_logits(said, torch.full_like(said, t), reduction="none")
        for t in (0.0, 1.0)
    ]
    assert round(float(torch.stack(costs).min()), 2) == 0.31
    assert round(float(torch.stack(costs).max()), 2) == 1.31


def test_the_patients_have_what_is_said_of_them():
    runs = u2.broken_trainings()
    assert set(runs) == set(FAULTS)
    assert SCENES == 48
    healthy, a, b, c = (runs[name] for name in (HEALTHY, "A", "B", "C"))
    assert len({len(run.records) for run in runs.values()}) == 1
    # A: a floor at 7 ln 2, an IoU that does not move, a small gradient
    assert abs(smooth_end(a, "loss") - 7 * math.log(2)) < 0.01
    assert max(held_out(a)) - min(held_out(a)) < 0.02
    assert smooth_end(a, "gradient_norm") < 0.1 * smooth_end(healthy, "gradient_norm")
    # B: thrown upwards a hundredfold, and ruined
    losses = [record["loss"] for record in b.records]
    assert max(losses[:10]) > 50 * losses[0]
    assert max(held_out(b)) < 0.2
    # C: learns its own batches, later, and nothing for others
    assert 0.3 < smooth_end(c, "iou") < smooth_end(healthy, "iou")
    assert max(held_out(c)) < 0.2 < max(held_out(healthy))


def test_plain_blocks_take_more_than_twice_as_many_steps_for_the_same_work():
    for size in (48, 64):
        with torch.device("meta"):
            rsu, plain = u2.U2NET_CLASSROOM, u2.U2NET_CLASSROOM.with_block("PLN")
            macs = [u2.trace(u2.U2Net(spec), (size, size)).total_macs for spec in (rsu, plain)]
        assert macs[0] > 2 * macs[1]


def test_the_ablation_is_complete_and_within_its_budget():
    found = ablation.json.loads((folder() / ablation.NAME).read_text("utf-8"))
    wanted = {(b, s) for b in (ablation.RSU, *ablation.BASELINES) for s in ablation.SEEDS}
    assert {(run["block"], run["seed"]) for run in found["runs"]} == wanted
    assert found["settings"] == ablation.SETTINGS
    assert {"device", "threads", "torch"} < set(found["machine"])
    for row in ablation.summary(found):
        assert row["runs"] == 3
        assert 0.85 < row["share"] <= 1
        assert row == row | ablation.describe(row["block"], found["settings"]["size"])


# --- the seven maps, with side losses and without


RECORDED = json.loads(FILE.read_text(encoding="utf-8"))


def recorded(kind: str) -> list[dict]:
    """The three recorded trainings of one kind, seed by seed."""
    return [RECORDED[kind][str(seed)] for seed in SEEDS]


def first_past(run: dict, name: str, iou: float = 0.3) -> float:
    """The first look at which a map's IoU reaches that much; infinity if it never does."""
    place = MAPS.index(name)
    steps = (int(step) for step, scores in run["looks"].items() if scores[place] >= iou)
    return min(steps, default=math.inf)


def at_the_end(run: dict) -> dict[str, float]:
    return dict(zip(MAPS, run["looks"][str(STEPS)]))


def test_the_fine_maps_come_first_and_end_best():
    runs = recorded("with")
    steps = {name: [first_past(run, name) for run in runs] for name in MAPS}
    ranges = {name: (min(found), max(found)) for name, found in steps.items()}
    assert ranges["side1"] == (54, 78)
    assert ranges["side4"] == (84, 102)
    assert ranges["side5"] == (150, 156)
    assert ranges["side6"] == (math.inf, math.inf)
    for run in runs:
        sides = [at_the_end(run)[name] for name in MAPS[1:]]
        assert sides == sorted(sides, reverse=True)
        order = [first_past(run, name) for name in ("side1", "side4", "side5", "side6")]
        assert order == sorted(order)


@pytest.mark.parametrize(("cells", "best"), [(4, 0.59), (2, 0.33)])
def test_what_a_coarse_map_could_reach_at_best(cells, best):
    """Every pixel of the coarse map is free, and only the measure itself is asked."""
    _, masks = stacked(u2.SyntheticScenes(64, 32, seed=1))
    free = torch.zeros(len(masks), 1, cells, cells, requires_grad=True)
    adam = torch.optim.Adam([free], lr=0.3)
    for _ in range(400):
        said = u2.resize_like(free, masks).sigmoid()
        both = (said * masks).sum((1, 2, 3))
        either = (said + masks - said * masks).sum((1, 2, 3))
        adam.zero_grad()
        (1 - (both + 1e-3) / (either + 1e-3)).sum().backward()  # an empty mask: 1
        adam.step()
    found = float(batch_iou(u2.resize_like(free.detach(), masks).sigmoid(), masks).mean())
    assert found == pytest.approx(best, abs=0.02)
    side = f"side{7 - cells // 2}"
    assert all(at_the_end(run)[side] < found for run in recorded("with"))


def test_without_side_losses_the_fused_map_is_late_but_about_as_good():
    judged, alone = recorded("with"), recorded("without")
    assert [round(at_the_end(run)["fused"], 2) for run in judged] == [0.64, 0.65, 0.62]
    assert [round(at_the_end(run)["fused"], 2) for run in alone] == [0.65, 0.57, 0.59]
    assert [first_past(run, "fused") for run in judged] == [54, 78, 48]
    assert [first_past(run, "fused") for run in alone] == [72, 96, 78]


def test_without_side_losses_most_side_maps_are_no_masks():
    good = {
        kind: [
            (seed, name)
            for seed, run in enumerate(recorded(kind))
            for name in MAPS[1:]
            if at_the_end(run)[name] > 0.3
        ]
        for kind in ("with", "without")
    }
    assert len(good["with"]) == 15
    assert not any(name == "side6" for _, name in good["with"])
    assert len(good["without"]) == 4
    negatives = [
        (run["fusion"][number], seed)
        for seed, run in enumerate(recorded("without"))
        for number in range(6)
        if run["outside"][number + 1] - run["inside"][number + 1] > 0.1
    ]
    assert {seed for _, seed in negatives} == {0, 1, 2}
    assert all(weight < 0 for weight, _ in negatives)


def test_the_recording_is_of_the_notebooks_own_recipe():
    cells = {cell["id"]: "".join(cell["source"]) for cell in NOTEBOOK["cells"]}
    assert f"STEPS = 130 if FAST else {STEPS}" in cells["train"]
    assert f"SIZE = 48 if FAST else {SIZE}" in cells["imports"]
    assert (
        "u2.SyntheticScenes(SIZE, 600, seed=0), u2.SyntheticScenes(SIZE, 32, seed=1)"
        in (cells["many-scenes"])
    )
    assert '{"side_weights": 0.0}' in cells["sides-off"]


def test_eight_scenes_learned_by_the_batch_are_not_yet_known_to_the_running_averages():
    """Step 30 and step 60 of the notebook's first training, asked in both modes."""
    eight = [pair for pair in u2.SyntheticScenes(SIZE, 40, seed=0) if pair[1].any()][:8]
    images, masks = stacked(eight)
    torch.manual_seed(0)
    model = u2.U2Net(u2.U2NET_CLASSROOM)
    found = {}

    def look(event) -> bool:
        if event.kind == "step" and event.step in (30, 60):
            for mode in (True, False):
                with torch.no_grad():
                    said = copy.deepcopy(model).train(mode)(images).fused.sigmoid()
                found[event.step, mode] = float(batch_iou(said, masks).mean())
        return event.step >= 60

    recipe = u2.CLASSROOM_RECIPE | {"steps": 120}
    u2.fit(model, eight, augmentation="none", callbacks=[look], progress=False, **recipe)
    assert 0.7 < found[30, True] < 0.9
    assert found[30, False] < 0.05
    assert min(found[60, True], found[60, False]) > 0.9


def test_the_authors_network_finds_drawn_scenes_at_its_own_size(authors):
    scores = {
        size: float(u2.evaluate(authors, u2.SyntheticScenes(size, count, seed=2))["IoU"])
        for size, count in ((64, 64), (320, 8))
    }
    assert scores == pytest.approx({64: 0.23, 320: 0.89}, abs=0.005)
    # Ours is at home at 64; trained twenty times as long as in class, it is still lost at 320.
    ours = u2.load_classroom_model()
    assert u2.evaluate(ours, u2.SyntheticScenes(320, 8, seed=2))["IoU"] < 0.2
