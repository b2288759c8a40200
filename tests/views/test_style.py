"""The style's promises: readable text, parts told apart by every reader, scales even in grey."""

from itertools import combinations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from u2net_edu.views.style import SCALES, THEMES, css, themed

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
PARTS = ("encoder", "decoder", "side", "fuse")


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def linear(colour: np.ndarray) -> np.ndarray:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def gamma(colour: np.ndarray) -> np.ndarray:
    colour = np.clip(colour, 0, 1)
    return np.where(colour <= 0.0031308, colour * 12.92, 1.055 * colour ** (1 / 2.4) - 0.055)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.1, 1 to 21."""
    light = sorted(float(linear(rgb(c)) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (light[1] + 0.05) / (light[0] + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES.keys())
def test_text_is_readable_on_both_grounds(theme):
    for ground in (theme.background, theme.surface):
        for role in ("ink", "muted", "accent", "good", "bad"):
            assert contrast(getattr(theme, role), ground) >= 4.5, (role, ground)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES.keys())
def test_labels_are_readable_on_the_parts_of_the_network(theme):
    # The stage explorer writes a part's name on it, in the colour of the background.
    for part in PARTS:
        assert contrast(getattr(theme, part), theme.background) >= 4.5, part


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES.keys())
def test_parts_are_told_apart_by_colour_blind_readers(theme, vision):
    seen = {
        part: rgb2lab(gamma(VISION[vision] @ linear(rgb(getattr(theme, part))))) for part in PARTS
    }
    for one, other in combinations(PARTS, 2):
        assert deltaE_ciede2000(seen[one], seen[other]) > 15, (one, other)


@pytest.mark.parametrize(
    "scale", [s for s in SCALES.values() if not s.diverging], ids=lambda s: s.name
)
def test_sequential_scales_rise_in_lightness(scale):
    lightness = rgb2lab(scale.colormap(np.linspace(0, 1, 64))[:, :3])[:, 0]
    assert (np.diff(lightness) > 0).all()


@pytest.mark.parametrize("scale", [s for s in SCALES.values() if s.diverging], ids=lambda s: s.name)
def test_diverging_scales_are_lightest_at_zero(scale):
    lightness = rgb2lab(scale.colormap(np.linspace(0, 1, 65))[:, :3])[:, 0]
    assert 30 <= lightness.argmax() <= 34


def test_each_meaning_has_a_scale_of_its_own():
    assert len({scale.colormap_name for scale in SCALES.values()}) == len(SCALES)


def test_limits_are_symmetric_where_zero_matters():
    values = np.array([-1.0, 0.0, 3.0])
    low, high = SCALES["signed"].limits(values)
    assert low == -high
    assert high == pytest.approx(3, rel=0.02)
    assert SCALES["saliency"].limits(values) == (-1, 3)


def test_a_few_huge_values_do_not_darken_all_others():
    values = np.r_[np.linspace(0, 1, 10_000), 1e6]
    assert SCALES["activation"].limits(values)[1] < 1.01


@pytest.mark.parametrize("values", [np.zeros(5), np.full(5, np.nan), np.array([])])
def test_flat_missing_and_empty_values_have_a_colour(values):
    scale = SCALES["activation"]
    assert scale.paint(values, *scale.limits(values)).shape == (len(values), 3)


def test_paint_agrees_with_matplotlib():
    values = np.linspace(-2, 2, 101)
    scale = SCALES["signed"]
    expected = scale.colormap((values + 2) / 4, bytes=True)[:, :3]
    assert np.abs(scale.paint(values, -2, 2).astype(int) - expected).max() <= 6


def test_css_carries_every_role_of_every_theme():
    text = css()
    for theme in THEMES.values():
        for role, colour in vars(theme).items():
            assert f"--u2-{role}: {colour};" in text


def test_themed_restores_matplotlib():
    import matplotlib

    before = matplotlib.rcParams["figure.facecolor"]
    with themed("dark") as colours:
        assert matplotlib.rcParams["figure.facecolor"] == colours.background
    assert matplotlib.rcParams["figure.facecolor"] == before
