"""Every form in which datasets give pictures and masks, and every value that is refused."""

import numpy as np
import pytest
import torch
from PIL import Image

import u2net_edu as u2
from u2net_edu.training.pairs import DataError, as_pair, name_of, stacked

from .conftest import build_tiny

rng = np.random.default_rng(0)
PIXELS = rng.integers(0, 256, (10, 14, 3), dtype=np.uint8)
FLAT = np.zeros((10, 14), np.uint8)
FLAT[2:7, 3:9] = 1
IMAGE = torch.from_numpy(PIXELS.astype(np.float32) / 255).permute(2, 0, 1)
MASK = torch.from_numpy(FLAT.astype(np.float32))[None]

FORMS = {
    "float tensors": (IMAGE, MASK),
    "a list of two": [IMAGE, MASK],
    "float64": (IMAGE.double(), MASK.double()),
    "a bool mask": (IMAGE, MASK.bool()),
    "an integer mask": (IMAGE, MASK.long()),
    "a mask without a channel": (IMAGE, MASK[0]),
    "uint8 tensors": (torch.from_numpy(PIXELS).permute(2, 0, 1), torch.from_numpy(FLAT)),
    "NumPy, channels first": (IMAGE.numpy(), MASK.numpy()),
    "NumPy, channels last": (PIXELS, FLAT[..., None]),
    "NumPy that cannot be written to": (np.broadcast_to(PIXELS, PIXELS.shape), FLAT),
    "NumPy in the other direction": (PIXELS[:, ::-1][:, ::-1], FLAT[::-1][::-1]),
    "uint16": (PIXELS.astype(np.uint16) * 257, FLAT),
    "PIL images": (Image.fromarray(PIXELS), Image.fromarray(FLAT * 255)),
    "a PIL mask of 0 and 1": (Image.fromarray(PIXELS), Image.fromarray(FLAT)),
    "a mask in the alpha of a cut-out": (
        PIXELS,
        Image.fromarray(np.dstack([PIXELS, FLAT * 255])),
    ),
    "a dict of U-2-Net's dataset": {"imidx": 3, "image": IMAGE, "label": MASK},
    "a dict of Hugging Face": {"image": Image.fromarray(PIXELS), "mask": FLAT.astype(bool)},
    "a dict of its processors": {"pixel_values": IMAGE, "labels": torch.from_numpy(FLAT).long()},
    "tensors that require a gradient": (IMAGE.clone().requires_grad_(), MASK),
}


@pytest.mark.parametrize("item", FORMS.values(), ids=FORMS)
def test_every_form_gives_the_same_pair(item):
    image, mask = as_pair(item)
    assert image.dtype == mask.dtype == torch.float32
    assert not image.requires_grad
    torch.testing.assert_close(image, IMAGE, rtol=0, atol=1e-6)
    assert mask.equal(MASK)


def test_bfloat16_is_taken_as_exactly_as_it_is():
    image, mask = as_pair((IMAGE.bfloat16(), MASK.bfloat16()))
    assert image.equal(IMAGE.bfloat16().float())
    assert mask.equal(MASK)


def nan_in(values):
    values = values.clone()
    values[0, 1, 1] = float("nan")
    return values


REFUSED = {
    "an image of 0…255": ((IMAGE * 255, MASK), "got 0 to 255"),
    "an image normalised already": ((IMAGE * 4 - 2, MASK), "0…1"),
    "an image of integers": (((IMAGE * 255).long(), MASK), "int64"),
    "an image with NaN": ((nan_in(IMAGE), MASK), "NaN"),
    "an infinite image": ((IMAGE / 0, MASK), "infinite"),
    "a mask of 0…255": ((IMAGE, MASK * 255), "got 0 to 255. Divide"),
    "a uint8 mask of 0…255": ((IMAGE, FLAT * 255), "got 0 to 255. Divide"),
    "a mask of class numbers": ((IMAGE, MASK.long() * 3), "got 0 to 3"),
    "a mask below 0": ((IMAGE, MASK - 0.5), "got -0.5 to 0.5"),
    "a mask with NaN": ((IMAGE, nan_in(MASK)), "NaN"),
    "a mask of three channels": ((IMAGE, MASK.expand(3, -1, -1)), "one channel"),
    "another size": ((IMAGE, MASK[:, 1:]), "10×14, its mask 9×14"),
    "the mask turned": ((IMAGE, MASK.transpose(1, 2)), "10×14, its mask 14×10"),
    "a batch": ((IMAGE[None], MASK), r"\(C, H, W\).*\(1, 3, 10, 14\)"),
    "nothing in it": ((IMAGE[:, :0], MASK[:, :0]), "got Tensor"),
    "a path": (("cat.jpg", "cat.png"), "got str"),
    "three things": ((IMAGE, MASK, 3), "tuple of 3"),
    "an image alone": (IMAGE, "Tensor"),
    "a dict of other keys": ({"x": IMAGE, "y": MASK}, "got x, y"),
    "text": ((np.array([["a"]]), MASK), "ndarray"),
}


@pytest.mark.parametrize(("item", "word"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_named(item, word):
    with pytest.raises(DataError, match=word) as caught:
        as_pair(item, "picture 3")
    assert str(caught.value).startswith("picture 3")


@pytest.mark.parametrize("spoilt", [0, 1], ids=["image", "mask"])
@pytest.mark.parametrize("use", ["fit", "fit in workers", "valid", "evaluate", "fit_live"])
def test_every_use_of_a_dataset_refuses_0_to_255_and_says_which(use, spoilt):
    class Pictures(torch.utils.data.Dataset):
        """Not a list, so that only the first item is looked at before training."""

        names = ("ape", "bee", "cat", "dog")

        def __len__(self):
            return 4

        def __getitem__(self, index):
            pair = [IMAGE, MASK]
            if index == 2:
                pair[spoilt] = pair[spoilt] * 255
            return tuple(pair)

    with pytest.raises(DataError, match=r"picture 2 of .*\(cat\).*got 0 to 255"):
        USES[use](build_tiny(), Pictures())


OPTIONS = {"steps": 4, "batch_size": 2, "device": "cpu"}
QUIET = OPTIONS | {"progress": False}
USES = {
    "fit": lambda model, data: u2.fit(model, data, **QUIET),
    "fit in workers": lambda model, data: u2.fit(model, data, workers=2, **QUIET),
    "valid": lambda model, data: u2.fit(
        model, [(IMAGE, MASK)] * 4, data, evaluate_every=1, **QUIET
    ),
    "evaluate": lambda model, data: u2.evaluate(model, data, device="cpu"),
    "fit_live": lambda model, data: u2.fit_live(model, data, **OPTIONS).wait(),
}


def test_a_list_is_looked_at_whole_before_the_first_step():
    model, steps = build_tiny(), []
    data = [(IMAGE, MASK)] * 30 + [(IMAGE, MASK * 255)]
    for train, valid in ((data, None), (data[:30], data)):
        with pytest.raises(DataError, match="picture 30"):
            u2.fit(
                model, train, valid, steps=2, device="cpu", progress=False,
                callbacks=[lambda event: steps.append(event.step)],
            )  # fmt: skip
    assert steps == []


def test_images_of_uint8_train_like_floats():
    results = []
    for item in ((PIXELS, FLAT), (IMAGE, MASK)):
        model = build_tiny()
        u2.fit(model, [item] * 4, steps=2, batch_size=2, device="cpu", progress=False)
        results.append([value.clone() for value in model.state_dict().values()])
    assert all(map(torch.equal, *results))
    a, b = (u2.evaluate(model, [item], device="cpu") for item in ((PIXELS, FLAT), (IMAGE, MASK)))
    assert a == b


def test_a_batch_of_several_sizes_is_refused_with_the_way_out():
    with pytest.raises(DataError, match=r"\(3, 10, 14\), \(3, 9, 14\)|\(3, 9, 14\), \(3, 10, 14\)"):
        stacked([(IMAGE, MASK), (IMAGE[:, 1:], MASK[:, 1:])])
    data = [(IMAGE, MASK), (IMAGE[:, 1:], MASK[:, 1:])]
    with pytest.raises(DataError, match="batch_size=1"):
        u2.fit(build_tiny(), data, steps=1, batch_size=2, device="cpu", progress=False)
    assert u2.evaluate(build_tiny(), data, batch_size=1, device="cpu").images == 2


def test_an_item_is_called_by_its_files_name_where_there_is_one(tmp_path):
    class Named:
        names = ("cat", "dog")

    assert name_of(Named(), 1, "the training data") == "picture 1 of the training data (dog)"
    assert name_of([1, 2], 1) == "picture 1 of the dataset"


@pytest.mark.parametrize("channels", [1, 4])
def test_networks_of_other_channels_train_and_are_scored(channels):
    spec = build_tiny().spec.with_input(channels)
    model = u2.U2Net(spec)
    data = [(torch.rand(channels, 10, 14), MASK) for _ in range(4)]
    history = u2.fit(model, data, steps=2, batch_size=2, device="cpu", progress=False)
    assert history.last_step == 2
    assert u2.evaluate(model, data, device="cpu").images == 4
