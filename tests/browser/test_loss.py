"""The loss explorer driven in a browser, and its arithmetic held against torch's."""

import json
import random

import pytest
import torch
import torch.nn.functional as F

import u2net_edu as u2
from u2net_edu.architecture.u2net import SaliencyLogits
from u2net_edu.training.loss import shares_of
from u2net_edu.views.widgets.kit.bundle import bundle
from u2net_edu.views.widgets.loss.widget import weighted_sum

from .page import overlaps, push, show

RUN = """async ([source, cases]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { judge, fuseLogits, fuseProbabilities, sharesOf } = await import(url);
  return cases.map(({ sides, mask, weights, bias, products, counted }) => {
    const judged = sides.map((side) => judge(side, mask));
    const parts = ({ loss, losses, probabilities, outside }) =>
      ({ loss, losses: [...losses], probabilities: [...probabilities], outside });
    return {
      sides: judged.map(parts),
      after: parts(fuseLogits(judged, weights, bias, mask)),
      before: parts(fuseProbabilities(judged, weights, bias, mask)),
      shares: sharesOf(products, counted),
    };
  });
}"""
LABELS = (
    ".card b, .card .loss, .card .switch, .card output, .lower h4, .total, .orders b, .dials label"
)


@pytest.fixture(scope="module")
def model():
    return u2.load_classroom_model()


@pytest.fixture
def explorer(page, model, complaints):
    widget = u2.explore_loss(model, scene=10)
    show(page, widget)
    return widget


def number(page, selector: str) -> float:
    return float(page.locator(selector).text_content().replace("−", "-"))


def has_shares(page) -> None:
    page.wait_for_function("!document.querySelector('.shares').classList.contains('stale')")


def drawn_case(draw: random.Random) -> dict:
    """Sides, some of them very sure of themselves, a mask, weights, and seven gradients."""
    reach = draw.choice([1, 5, 40, 900])
    generator = torch.Generator().manual_seed(draw.randrange(10**6))
    sides = torch.rand(6, 30, generator=generator, dtype=torch.float64) * 2 * reach - reach
    mask = torch.rand(30, generator=generator, dtype=torch.float64)
    mask = mask if draw.random() < 0.3 else (mask > 0.5).double()
    gradients = torch.randn(7, 12, generator=generator, dtype=torch.float64)
    return {
        "sides": sides,
        "mask": mask,
        "weights": [draw.uniform(-1, 1.5) for _ in range(6)],
        "bias": draw.uniform(-1, 1),
        "products": gradients @ gradients.T,
        "counted": [draw.choice([0.0, 1.0, draw.uniform(0, 3)]) for _ in range(7)],
    }


def test_the_arithmetic_is_torchs_at_random_settings(page, complaints):
    draw = random.Random("loss")
    cases = [drawn_case(draw) for _ in range(40)]
    plain = [
        {name: v.tolist() if isinstance(v, torch.Tensor) else v for name, v in case.items()}
        for case in cases
    ]
    outside = 0
    for case, found in zip(cases, page.evaluate(RUN, [bundle("loss/math"), plain])):
        mask, sides = case["mask"], case["sides"]
        shaped = [side.reshape(1, 1, 1, -1) for side in sides]
        fused = weighted_sum(shaped, case["weights"], case["bias"])
        expected = u2.loss_maps(SaliencyLogits(fused, tuple(shaped)), mask.reshape(1, 1, 1, -1))
        for part, theirs in zip(
            (found["after"], *found["sides"]), (expected.fused, *expected.sides), strict=True
        ):
            assert part["losses"] == pytest.approx(theirs.flatten().tolist(), rel=1e-6, abs=1e-9)
            assert part["loss"] == pytest.approx(float(theirs.mean()), rel=1e-9)
        assert found["after"]["probabilities"] == pytest.approx(
            fused.sigmoid().flatten().tolist(), rel=1e-6, abs=1e-12
        )
        summed = weighted_sum(sides.sigmoid(), case["weights"], case["bias"])
        before = F.binary_cross_entropy(summed.clamp(0, 1), mask)
        assert found["before"]["loss"] == pytest.approx(float(before), rel=1e-6)
        assert found["before"]["outside"] == int(((summed < 0) | (summed > 1)).sum())
        outside += found["before"]["outside"]
        shares = shares_of({"stage": case["products"]}, case["counted"]).loc["stage"]
        assert found["shares"] == pytest.approx(shares.tolist(), rel=1e-9)
    assert outside > 100  # or the cut would not have been tried


def test_what_the_page_shows_is_what_python_finds(page, explorer):
    draw = random.Random("page")
    for sigmoid in ("after", "before", "after"):
        push(
            page,
            explorer,
            weights=[draw.uniform(0, 3) for _ in range(7)],
            on=[True, *(draw.random() < 0.7 for _ in range(6))],
            fuse_weights=[draw.uniform(-1, 1) for _ in range(6)],
            fuse_bias=draw.uniform(-1, 1),
            sigmoid=sigmoid,
        )
        assert number(page, ".total") == pytest.approx(explorer.total, rel=1e-4, abs=1e-4)
        shown = page.locator(".card .loss").all_text_contents()
        found = [float(text.removeprefix("BCE ")) for text in shown]
        assert found == pytest.approx(list(explorer.terms.values()), rel=1e-4, abs=1e-4)
        page.wait_for_timeout(300)
        has_shares(page)
        rows = page.locator(".gradients tbody tr").all()
        for row, (stage, expected) in zip(rows, explorer.shares.iterrows(), strict=True):
            cells = row.locator("td").all_text_contents()
            assert row.locator("th").text_content() == stage
            shares = [float(text.replace("−", "-")) for text in cells]
            assert shares == pytest.approx(expected.tolist(), abs=2e-3), stage


def test_weights_and_switches_answer_to_the_keyboard(page, explorer):
    start = number(page, ".total")
    weight = page.get_by_role("slider", name="weight of side6 in the loss")
    weight.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert explorer.weights[6] == pytest.approx(0.97)
    assert weight.get_attribute("aria-valuetext") == "0.97"
    assert number(page, ".total") < start
    page.get_by_role("checkbox", name="side5 is in the sum").focus()
    page.keyboard.press("Space")
    assert explorer.on == [True] * 5 + [False, True]
    assert number(page, ".total") == pytest.approx(explorer.total, abs=1e-4)
    assert "side5 0.0000" in page.locator(".bar .track").get_attribute("aria-label")
    page.get_by_role("button", name="all on, weight 1").click()
    assert number(page, ".total") == pytest.approx(start, abs=1e-4)


def test_the_fusion_is_dragged_and_finds_its_way_back(page, explorer):
    back = page.get_by_role("button", name="back to the learned weights")
    assert back.is_disabled()
    dial = page.get_by_role("slider", name="weight of side1 in the fusion")
    box = dial.bounding_box()
    page.mouse.move(box["x"] + 0.62 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2, steps=12)
    page.mouse.up()
    assert explorer.fuse_weights[0] == pytest.approx(-1)
    assert explorer.fuse_weights[1:] == explorer.learned[1:-1]
    assert explorer.terms["fused"] > 1
    assert number(page, ".total") == pytest.approx(explorer.total, rel=1e-4)
    assert page.locator(".dials .learned").count() == 7
    back.click()
    assert [*explorer.fuse_weights, explorer.fuse_bias] == explorer.learned
    assert back.is_disabled()


def test_the_order_is_a_choice_of_two_pictures(page, explorer):
    after = page.get_by_role("radio", name="sigmoid after the fusion")
    assert after.get_attribute("aria-checked") == "true"
    after.focus()
    page.keyboard.press("ArrowDown")
    assert explorer.sigmoid == "before"
    assert page.evaluate("document.activeElement.dataset.value") == "before"
    sides, probabilities = explorer.learned[:-1], explorer.probabilities()
    least = explorer.learned[-1] + sum(w for w in sides if w < 0)
    words = page.locator("section .words").nth(1).text_content()
    assert f"between {least:.3f} and" in words
    outside = words.split("Here ")[1].split(" of")[0]
    at_the_end = (probabilities["fused"] == 0) | (probabilities["fused"] == 1)
    assert int(outside) == pytest.approx(at_the_end.sum(), abs=2)
    push(page, explorer, sigmoid="after")
    assert after.get_attribute("aria-checked") == "true"


def test_a_map_and_a_pixel_are_chosen(page, explorer):
    page.get_by_role("button", name="side4, loss").click()
    assert explorer.selected == "side4"
    places = page.get_by_role("application")
    box = places.first.bounding_box()
    places.first.click(
        position={"x": 20.5 * box["width"] / 64, "y": 40.5 * box["height"] / 64}, force=True
    )
    assert explorer.pixel == [40, 20]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    assert explorer.pixel == [39, 21]
    x = torch.frombuffer(bytearray(explorer.sides), dtype=torch.float32).reshape(6, 64, 64)
    truth = torch.frombuffer(bytearray(explorer.mask), dtype=torch.float32).reshape(64, 64)
    loss = F.binary_cross_entropy_with_logits(x[3, 39, 21], truth[39, 21])
    row = page.locator("table.pixel tr[aria-current=true]")
    assert row.locator("th").text_content() == "side4"
    cells = [float(t.replace("−", "-")) for t in row.locator("td").all_text_contents()]
    expected = [float(value) for value in (x[3, 39, 21], x[3, 39, 21].sigmoid(), loss)]
    assert cells == pytest.approx(expected, abs=0.006)
    page.get_by_role("button", name="its most expensive pixel").click()
    row, column = explorer.pixel
    each = F.binary_cross_entropy_with_logits(x[3], truth, reduction="none")
    assert each[row, column] == each.max()


def test_the_loss_map_is_painted_in_its_scale(page, explorer):
    """A pixel of the canvas is the colour that the scale gives its loss."""
    from u2net_edu.views.style import SCALES

    push(page, explorer, selected="side3")
    x = torch.frombuffer(bytearray(explorer.sides), dtype=torch.float32).reshape(6, 64, 64)[2]
    truth = torch.frombuffer(bytearray(explorer.mask), dtype=torch.float32).reshape(64, 64)
    losses = F.binary_cross_entropy_with_logits(x, truth, reduction="none").numpy()
    expected = SCALES["loss"].paint(losses, 0, explorer.limit)
    drawn = page.evaluate(
        """() => [...document.querySelectorAll(".picture canvas")[1].getContext("2d")
          .getImageData(0, 0, 64, 64).data]"""
    )
    drawn = torch.tensor(drawn).reshape(64, 64, 4)[..., :3].numpy()
    assert abs(drawn - expected.astype(int)).max() <= 12  # one step of 256 where it rises fastest


def test_scenes_are_leafed_through(page, explorer):
    page.get_by_role("button", name="next scene").click()
    assert explorer.scene == 11
    assert number(page, ".total") == pytest.approx(explorer.total, abs=1e-4)
    assert "nothing is salient" in page.locator(".given").nth(1).text_content()
    box = page.get_by_role("spinbutton", name="scene")
    box.fill("999")
    box.press("Enter")
    assert explorer.scene == 255
    page.wait_for_timeout(300)
    has_shares(page)


def test_a_large_network_is_asked_only_by_a_click(page, model, complaints, monkeypatch):
    monkeypatch.setattr("u2net_edu.views.widgets.loss.widget.MOST_MACS", 0.0)
    widget = u2.explore_loss(model, scene=10)
    show(page, widget)
    page.wait_for_timeout(500)
    assert widget.asked == []
    page.get_by_role("button", name="compute the gradients, about").click()
    has_shares(page)
    assert widget.asked
    assert page.get_by_role("button", name="compute the gradients").count() == 0


def test_no_term_at_all_is_said(page, explorer):
    push(page, explorer, on=[False] * 7)
    assert number(page, ".total") == 0
    assert "nothing to learn from" in page.locator(".words").first.text_content()
    page.wait_for_timeout(300)
    has_shares(page)
    assert page.locator(".shares .none").count() == 11


def test_a_message_is_text(page, model, complaints):
    widget = u2.explore_loss(model, "coffee", torch.ones(8, 8))
    show(page, widget)
    assert "400×600" in page.get_by_role("alert").text_content()
    push(page, widget, message="the mask <b>is</b> lost")
    assert page.get_by_role("alert").text_content() == "the mask <b>is</b> lost"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1024, 1920])
def test_nothing_overlaps(page, model, complaints, theme, width):
    page.set_viewport_size({"width": width, "height": 1000})
    widget = u2.explore_loss(model, scene=10)
    show(page, widget, theme)
    assert overlaps(page, LABELS) == []
    push(page, widget, weights=[3.0] * 7, fuse_weights=[-1.0] * 6, sigmoid="before")
    assert overlaps(page, LABELS) == []
    ink = page.evaluate("getComputedStyle(document.querySelector('.u2')).color")
    assert ink == {"light": "rgb(22, 32, 42)", "dark": "rgb(238, 242, 246)"}[theme]


def test_everything_that_moves_can_be_reached_by_tab(page, explorer):
    kinds = page.evaluate(
        """() => [...document.querySelectorAll(".u2 input, .u2 button, .u2 [role=application]")]
          .filter((node) => !node.disabled && !node.hidden)
          .map((node) =>
            [node.tabIndex, node.getAttribute("role"), node.ariaLabel || node.textContent])"""
    )
    assert all(name for _, _, name in kinds)
    assert all(index == 0 for index, role, _ in kinds if role != "radio")
    assert sum(index == 0 for index, role, _ in kinds if role == "radio") == 1


def test_nothing_grows_over_200_steps_and_nothing_listens_afterwards(page, explorer):
    count = "() => [window.listenerCount(), document.querySelectorAll('*').length]"
    walk = """async (steps) => {
      const slider = document.querySelector("[aria-label='weight of side2 in the fusion']");
      for (let i = 0; i < steps; i++) {
        slider.value = -1 + (3 * (i % 100)) / 100;
        slider.dispatchEvent(new Event("input"));
        await Promise.resolve();
      }
    }"""
    page.evaluate(walk, 5)
    has_shares(page)
    before = page.evaluate(count)
    page.evaluate(walk, 200)
    has_shares(page)
    assert page.evaluate(count)[0] == before[0]
    assert abs(page.evaluate(count)[1] - before[1]) < 12  # a piece of a bar more or less
    page.evaluate("window.leave()")
    assert page.evaluate("window.listenerCount()") == 0
    assert page.locator(".u2").count() == 0


def test_traits_that_python_sets_are_json(model):
    """What goes to the page must be plain: no tensors, no NumPy numbers."""
    widget = u2.explore_loss(model, scene=1)
    widget.asked = [*widget.fuse_weights, widget.fuse_bias, "after", 1]
    for name in ("network", "learned", "products", "weights", "pixel", "limit"):
        json.dumps(getattr(widget, name))


def test_what_is_drawn_anew_listens_once(page, complaints, model):
    """An error that comes and goes draws everything anew, and leaves no listener behind."""
    widget = u2.explore_loss(model)
    show(page, widget)
    before = page.evaluate("window.listenerCount()")
    for message in ("wrong", ""):
        push(page, widget, message=message)
        page.wait_for_timeout(50)
    assert page.evaluate("window.listenerCount()") == before
