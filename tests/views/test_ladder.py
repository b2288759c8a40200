"""The ladder of sizes, against what modules really give at these sizes."""

import pytest
import torch

import u2net_edu as u2
from u2net_edu.architecture.layers import Resize, resize_like
from u2net_edu.views.figures.ladder import rungs


@pytest.fixture(scope="module")
def model():
    return u2.load_classroom_model()


@pytest.mark.parametrize("size", [(64, 64), (37, 53), (1, 1), (96, 33)])
def test_sizes_are_those_of_a_real_run(model, size):
    stages = [f"{part}{i}" for part in ("en", "de") for i in range(1, 7)][:-1]
    maps = u2.capture(model, torch.rand(1, 3, *size), stages)
    found = rungs(u2.trace(model, size))
    assert [level.encoder for level in found] == [f"en{i}" for i in range(1, 7)]
    for level, below in zip(found, [*found[1:], None]):
        assert maps[level.encoder].shape[-2:] == level.size
        if level.decoder:
            assert maps[level.decoder].shape[-2:] == level.size
            assert level.below == below.size
            assert level.doubled == (2 * below.size[0], 2 * below.size[1])
        assert level.inside[0] == level.size


def test_the_words_name_each_join_that_doubling_would_break(model):
    kind, odd = u2.show_ladder(model, 320).alt, u2.show_ladder(model, (37, 53)).alt
    assert kind.endswith("would not fit: none.")
    assert "inside 320 → 160 → 80 → 40 → 20 → 10" in kind
    assert "de1: twice 19×27 is 38×54, its skip has 37×53" in odd
    assert "de3: twice" not in odd  # 5×7 doubled is 10×14, which is what it needs
    assert "inside de3: dec3, dec2" in odd  # but its own small maps are odd
    assert "en6 2×2, inside 2×2." in odd


def test_doubling_fails_in_the_layers_that_are_told(monkeypatch):
    """With every resize a doubling, run each stage by itself, its inner joins one by one."""

    def double(self, x, reference):
        doubled = torch.nn.functional.interpolate(x, scale_factor=2, mode="bilinear")
        if doubled.shape[-2:] != reference.shape[-2:]:
            broken.append(paths[self].replace(".block", "").removesuffix(".resize"))
        return resize_like(x, reference)  # go on, to see the others

    model, broken = u2.load_classroom_model(), []
    found = rungs(u2.trace(model, (37, 53)))
    paths = {module: name for name, module in model.named_modules()}
    monkeypatch.setattr(Resize, "forward", double)
    with torch.no_grad():
        model.eval()(torch.rand(1, 3, 37, 53))
    told = [f"{s}.{layer}" for level in found for s in level.misfits for layer in level.misfits[s]]
    outer = [level.decoder for level in found if level.below and level.doubled != level.size]
    stages = [path for path in broken if not path.startswith("side")]  # those stack nothing
    assert sorted(stages) == sorted(told + outer)
    assert broken[0] == "en1.dec5"


def test_a_size_is_called_odd_only_where_it_is_pooled(model):
    def odd(size):
        levels = rungs(u2.trace(model, size))
        names = [(level, name) for level in levels for name in (level.encoder, level.decoder)]
        return {name for level, name in names if level.odd(name)}

    assert odd((288, 288)) == set()  # en6's 9×9 are the last
    assert odd((37, 53)) == {"en1", "en2", "en4", "en5", "de1", "de2", "de4"}  # de5 does not pool


def test_it_is_a_picture_for_each_theme(model):
    sheet = u2.show_ladder(model, (37, 53))
    assert {png[:8] for png in sheet.pictures.values()} == {b"\x89PNG\r\n\x1a\n"}
    assert sheet.pictures["light"] != sheet.pictures["dark"]
    assert "37×53" in sheet._repr_html_()


@pytest.mark.parametrize(
    "size",
    [
        0,
        (3,),
        (-1, 5),
        "large",
        None,
        1.5,
        float("nan"),
        True,
        -3,
        (64, 64, 3),
        (64, True),
        (64, 6.4),
    ],
)
def test_a_size_that_is_none_is_refused(model, size):
    with pytest.raises(ValueError, match="height, width"):
        u2.show_ladder(model, size)


def test_a_ladder_is_of_a_u2net():
    with pytest.raises(TypeError, match=r"a ladder is of a U2Net.*got Conv2d"):
        u2.show_ladder(torch.nn.Conv2d(3, 1, 3), 64)
    with pytest.raises(TypeError, match="got int"):
        u2.show_ladder(5, 64)
