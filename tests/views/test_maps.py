"""`show_maps`: a picture with words for it, whatever holds the numbers."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

import u2net_edu as u2
from u2net_edu.views.figures.sheets import _beyond
from u2net_edu.views.style import THEMES, css


def test_maps_of_any_kind_become_one_picture_with_words():
    shown = u2.show_maps(
        {"edges": torch.linspace(-1, 2, 12).reshape(3, 4), "seen": np.eye(5, dtype=bool)}
    )
    assert shown.alt == "edges, 3×4, from -1 to 2; seen, 5×5, 5 read"
    for picture in shown.pictures.values():
        assert Image.open(io.BytesIO(picture)).format == "PNG"


@pytest.mark.parametrize(
    "shown",
    [
        u2.show_maps({"a <map>": np.eye(5)}),
        u2.show_saliency(np.full((8, 9, 3), 0.5), np.zeros((8, 9))),
    ],
    ids=["maps", "saliency"],
)
def test_a_picture_for_each_theme_on_its_own_paper(shown):
    for theme, picture in shown.pictures.items():
        corner = Image.open(io.BytesIO(picture)).convert("RGB").getpixel((0, 0))
        assert "#{:02x}{:02x}{:02x}".format(*corner) == THEMES[theme].background
    html = shown._repr_html_()
    assert html.count("<img") == html.count("display: var(--u2-if-") == 2
    assert "<map>" not in html
    assert repr(shown) == shown.alt


def test_a_theme_shows_its_own_pictures_only():
    light, *dark = [rule for rule in css().splitlines() if "--u2-if-" in rule]
    assert "--u2-if-light: block; --u2-if-dark: none;" in light
    assert len(dark) == 2  # the system's and the page's
    assert all("--u2-if-light: none; --u2-if-dark: block;" in rule for rule in dark)


def test_a_bar_is_pointed_where_values_go_on():
    values = np.array([-3.0, 0, 1, 3])
    assert _beyond(values, -3, 3) == "neither"
    assert _beyond(values, -2, 3) == "min"
    assert _beyond(values, -3, 2) == "max"
    assert _beyond(values, -2, 2) == "both"


def test_a_flat_map_and_a_named_scale_are_drawn():
    assert u2.show_maps({"nothing": np.zeros((4, 9))}, scale="field").pictures


def test_a_map_has_two_axes():
    with pytest.raises(ValueError, match=r"'logits' has \(1, 3, 3\)"):
        u2.show_maps({"logits": torch.zeros(1, 3, 3)})


PICTURE, SALIENCY = np.full((8, 9, 3), 0.5), np.linspace(0, 1, 72, dtype=np.float32).reshape(8, 9)


@pytest.mark.parametrize(
    ("saliency", "says"),
    [
        (SALIENCY * 255, r"lies in 0…1.*got 0 to 255.*255"),
        ((SALIENCY * 255).astype(np.uint8), "got 0 to 255"),
        (SALIENCY - 0.5, "got -0.5 to 0.5"),
        (np.full((8, 9), np.nan), "got nan"),
        (np.where(SALIENCY < 0.5, SALIENCY, np.nan), "got nan"),
        (np.full((8, 9), np.inf), "got inf"),
        (SALIENCY.T, r"\(9, 8\), the picture \(8, 9\)"),
        (SALIENCY.tolist(), "an array or a tensor.*got list"),
        (None, "got NoneType"),
        (SALIENCY.astype(complex), "got complex128"),
        (torch.from_numpy(SALIENCY).to("meta"), "on meta"),
    ],
)
def test_what_is_no_saliency_map_is_refused(saliency, says):
    with pytest.raises((TypeError, ValueError), match=says):
        u2.show_saliency(PICTURE, saliency)


def test_a_saliency_map_may_be_a_tensor():
    expected = u2.show_saliency(PICTURE, SALIENCY)
    given = torch.from_numpy(SALIENCY)
    assert u2.show_saliency(PICTURE, given.clone().requires_grad_()) == expected
    half = u2.show_saliency(PICTURE, (given > 0.5).bfloat16())
    assert half == u2.show_saliency(PICTURE, SALIENCY > 0.5)


@pytest.mark.parametrize(
    ("maps", "how", "says"),
    [
        ({}, {}, "at least one map; got none"),
        ([SALIENCY], {}, "a dictionary.*got list"),
        (SALIENCY, {}, "a dictionary.*got ndarray"),
        (None, {}, "got NoneType"),
        ({"a": SALIENCY}, {"scale": "zz"}, "no scale 'zz'; there are activation, signed"),
        ({"a": SALIENCY}, {"scale": ["field"]}, "no scale"),
        ({"a": SALIENCY > 1}, {"answers": ("yes",)}, "answers is two words.*yes"),
        ({"a": SALIENCY.astype(complex)}, {}, "'a' is an array.*got complex128"),
        ({"a": [[1, 2], [3]]}, {}, "'a' is a list whose rows"),
        ({"a": 5}, {}, "'a' is.*got int"),
        ({"a": np.array([["x"]])}, {}, "real numbers"),
        ({"a": SALIENCY[None]}, {}, "two axes"),
        ({"a": SALIENCY[:0]}, {}, r"two axes.*\(0, 9\)"),
    ],
)
def test_what_are_no_maps_is_refused(maps, how, says):
    with pytest.raises((TypeError, ValueError), match=says):
        u2.show_maps(maps, **how)
