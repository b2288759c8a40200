"""`show_maps`: a picture with words for it, whatever holds the numbers."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

import u2net_edu as u2


def test_maps_of_any_kind_become_one_picture_with_words():
    shown = u2.show_maps(
        {"edges": torch.linspace(-1, 2, 12).reshape(3, 4), "seen": np.eye(5, dtype=bool)}
    )
    assert shown.alt == "edges, 3×4, from -1 to 2; seen, 5×5, from 0 to 1"
    assert Image.open(io.BytesIO(shown.data)).format == "PNG"


def test_a_flat_map_and_a_named_scale_are_drawn():
    assert u2.show_maps({"nothing": np.zeros((4, 9))}, scale="field").data


def test_a_map_has_two_axes():
    with pytest.raises(ValueError, match=r"'logits' has \(1, 3, 3\)"):
        u2.show_maps({"logits": torch.zeros(1, 3, 3)})
