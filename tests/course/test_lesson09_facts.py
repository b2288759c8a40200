"""What notebook 09, its guesses and its lesson plan say in prose, measured."""

import math

import numpy as np
import torch
import torch.nn.functional as F

import u2net_edu as u2
from u2net_edu.training import ablation
from u2net_edu.training.broken import FAULTS, HEALTHY, SCENES, SigmoidTwice
from u2net_edu.views.figures.measurements import folder


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
    wanted = {(b, s) for b in (ablation.BASELINE, *ablation.RIVALS) for s in ablation.SEEDS}
    assert {(run["block"], run["seed"]) for run in found["runs"]} == wanted
    assert found["settings"] == ablation.SETTINGS
    assert {"device", "threads", "torch"} < set(found["machine"])
    for row in ablation.summary(found):
        assert row["runs"] == 3
        assert 0.85 < row["share"] <= 1
        assert row == row | ablation.describe(row["block"], found["settings"]["size"])
