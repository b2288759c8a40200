import unicodedata

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from u2net_edu.images import preprocess
from u2net_edu.training.augmentation import AUGMENTATIONS
from u2net_edu.training.batches import Augmented, BatchSampler, batch_keys
from u2net_edu.training.data import DataError, FolderScenes, SyntheticScenes, normalised
from u2net_edu.training.loop import fit
from u2net_edu.training.shapes import Draws

from .conftest import build_tiny


def make_folders(root, names=("cat", "dog"), shape=(24, 36)):
    images, masks = root / "DUTS-TR-Image", root / "DUTS-TR-Mask"
    images.mkdir(parents=True)
    masks.mkdir()
    rng = np.random.default_rng(0)
    for name in names:
        Image.fromarray(rng.integers(0, 256, (*shape, 3), np.uint8)).save(images / f"{name}.jpg")
        mask = np.zeros(shape, np.uint8)
        mask[4:12, 6:20] = 255
        Image.fromarray(mask).save(masks / f"{name}.png")
    return images, masks


def test_items_are_float_tensors_in_unit_range():
    scenes = SyntheticScenes(size=32, length=3, seed=4)
    image, mask = scenes[1]
    assert isinstance(image, Tensor)
    assert image.shape == (3, 32, 32)
    assert mask.shape == (1, 32, 32)
    assert image.dtype == mask.dtype == torch.float32
    assert 0 <= image.min() < image.max() <= 1
    assert set(mask.unique().tolist()) <= {0.0, 1.0}


def test_random_access_gives_the_same_scene_every_time():
    forth, back = SyntheticScenes(32, 4, 7), SyntheticScenes(32, 4, 7)
    seen = [forth[i][0] for i in range(4)]
    for i in reversed(range(4)):
        assert torch.equal(back[i][0], seen[i])
    assert torch.equal(back[-1][0], seen[3])
    assert len(list(forth)) == 4
    back[2][0].zero_()  # an item is a copy: what a user does to it stays with the user
    assert torch.equal(back[2][0], seen[2])


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"size": 4}, "size"),
        ({"size": 32.0}, "size"),
        ({"length": 0}, "length"),
        ({"seed": -1}, "seed"),
        ({"difficulty": 1.5}, "difficulty"),
    ],
)
def test_senseless_scenes_are_refused(options, word):
    with pytest.raises(ValueError, match=word):
        SyntheticScenes(**options)


def test_an_index_beyond_the_end_is_an_index_error():
    with pytest.raises(IndexError, match=r"0 … 2"):
        SyntheticScenes(32, 3)[3]


def test_a_folder_in_the_layout_of_duts_and_any_two_folders_are_the_same(tmp_path):
    images, masks = make_folders(tmp_path)
    for scenes in (FolderScenes(tmp_path, size=16), FolderScenes(images, masks, 16)):
        assert scenes.names == ["cat", "dog"]
        image, mask = scenes[0]
        assert image.shape == (3, 16, 16)
        assert mask.shape == (1, 16, 16)
        assert mask.mean() == pytest.approx(8 * 14 / (24 * 36), abs=0.03)
        assert scenes.full_mask(0).shape == (24, 36)
        assert scenes.full_mask(0).sum() == 8 * 14


def test_masks_of_zero_and_one_work_like_masks_of_zero_and_255(tmp_path):
    images, masks = make_folders(tmp_path)
    path = masks / "cat.png"
    before = FolderScenes(images, masks, 24)[0][1]
    Image.fromarray((np.asarray(Image.open(path)) > 0).astype(np.uint8)).save(path)
    assert torch.equal(FolderScenes(images, masks, 24)[0][1], before)


def test_every_problem_of_a_folder_is_named_at_once(tmp_path):
    images, masks = make_folders(tmp_path, ("cat", "dog", "cow", "hen", "ape"))
    (masks / "cat.png").unlink()
    (images / "dog.jpg").unlink()
    Image.new("L", (9, 9)).save(masks / "cow.png")
    (images / "hen.jpg").write_bytes((images / "hen.jpg").read_bytes()[:-300])
    (masks / "ape.png").write_bytes(b"no picture")
    with pytest.raises(DataError) as caught:
        FolderScenes(images, masks)
    text = str(caught.value)
    assert "5 problems" in text
    for word in ("cat.jpg: no mask", "dog.png: no picture", "cow.jpg: 36×24", "hen.jpg", "ape.png"):
        assert word in text


def test_files_that_could_stop_a_training_hours_later_are_named_at_once(tmp_path):
    """Each of these opens without complaint."""
    images, masks = make_folders(tmp_path, ("cat", "dog", "cow", "hen", "ape", "fox"))
    for name in ("cat", "dog", "hen"):
        (images / f"{name}.jpg").unlink()
    Image.new("F", (36, 24), 200.0).save(images / "cat.tif")
    Image.new("I", (36, 24), 10**6).save(images / "dog.tif")
    (images / "hen.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    (masks / "cow.png").unlink()
    Image.new("F", (36, 24), float("nan")).save(masks / "cow.tif")
    noise = np.random.default_rng(0).integers(0, 256, (24, 36, 2), dtype=np.uint8)
    Image.fromarray(noise).save(masks / "ape.png")
    Image.new("RGB", (9000, 8000)).save(images / "fox.jpg")
    with pytest.raises(DataError) as caught:
        FolderScenes(images, masks)
    text = str(caught.value)
    assert "6 problems" in text
    for name, words in {
        "cat.tif": "200 to 200",
        "dog.tif": "32-bit integers",
        "hen.heic": "HEIC",
        "cow.tif": "NaN",
        "ape.png": "two different masks",
        "fox.jpg": "9000×8000",
    }.items():
        assert any(name in line and words in line for line in text.splitlines()), name


def test_an_empty_folder_a_missing_one_and_an_unclear_one_are_refused(tmp_path):
    images, masks = tmp_path / "images", tmp_path / "masks"
    with pytest.raises(FileNotFoundError, match="images"):
        FolderScenes(images, masks)
    images.mkdir()
    masks.mkdir()
    with pytest.raises(DataError, match="holds no pictures"):
        FolderScenes(images, masks)
    (tmp_path / "more images").mkdir()
    with pytest.raises(DataError, match="layout of DUTS"):
        FolderScenes(tmp_path)


def test_a_photograph_that_the_camera_turned_fits_its_upright_mask(tmp_path):
    images, masks = make_folders(tmp_path, ("cat",))
    path = images / "cat.jpg"
    upright = FolderScenes(images, masks, 24)[0][0]
    turned = Image.open(path).transpose(Image.Transpose.ROTATE_90)  # turned back by 270° to show
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(path, exif=exif, quality=95)
    again = FolderScenes(images, masks, 24)[0][0]
    assert (again - upright).abs().mean() < 0.05


def test_two_pictures_of_one_name_are_a_question(tmp_path):
    images, masks = make_folders(tmp_path)
    Image.open(images / "cat.jpg").save(images / "cat.png")
    with pytest.raises(DataError, match="which"):
        FolderScenes(images, masks)


def test_names_match_in_whatever_form_of_unicode_they_are_spelt(tmp_path):
    """A zip file from a Mac has ü as two characters; masks from elsewhere have one."""
    names = ("cat", "Müller", "한국")
    for folder, form in zip(make_folders(tmp_path, names), ("NFD", "NFC")):
        for path in sorted(folder.iterdir()):
            path.rename(path.with_name(unicodedata.normalize(form, path.name)))
    scenes = FolderScenes(tmp_path, size=16)
    assert scenes.names == sorted(names)
    assert all(mask.any() for _, mask in scenes)


def test_endings_match_whatever_their_case(tmp_path):
    images, masks = make_folders(tmp_path)
    (images / "cat.jpg").rename(images / "cat.JPG")
    (masks / "cat.png").rename(masks / "cat.PnG")
    assert FolderScenes(images, masks, 16).names == ["cat", "dog"]


def test_two_spellings_of_one_name_are_told_apart_in_words(tmp_path):
    images, masks = make_folders(tmp_path, ("cat", "Müller"))
    (path,) = images.glob("M*")
    for form in ("NFC", "NFD"):
        other = path.with_name(unicodedata.normalize(form, path.name))
        other.write_bytes(path.read_bytes())
    with pytest.raises(DataError, match="two Unicode forms"):
        FolderScenes(images, masks)


def test_a_picture_of_a_kind_that_is_not_read_is_not_passed_over(tmp_path):
    images, masks = make_folders(tmp_path, ("cat", "dog"))
    (images / "dog.jpg").unlink()
    (images / "dog.HEIC").write_bytes(b"\0\0\0\x18ftypheic" + bytes(64))  # as a phone writes it
    with pytest.raises(DataError, match=r"dog\.HEIC"):
        FolderScenes(images, masks)
    (masks / "dog.png").unlink()
    with pytest.raises(DataError, match=r"dog\.HEIC"):
        FolderScenes(images, masks)


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("content", [None, b"no picture"], ids=["gone", "damaged"])
def test_a_file_that_changes_after_it_was_checked_is_named(tmp_path, content, workers):
    images, masks = make_folders(tmp_path, ("cat", "dog"))
    scenes = FolderScenes(images, masks, size=16)
    path = images / "dog.jpg"
    path.unlink() if content is None else path.write_bytes(content)
    options = {"steps": 4, "batch_size": 2, "device": "cpu", "progress": False}
    with pytest.raises(DataError, match=r"dog\.jpg") as caught:
        fit(build_tiny(), scenes, workers=workers, **options)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_a_mask_that_holds_no_mask_is_found_before_training(tmp_path, value):
    images, masks = make_folders(tmp_path, ("cat", "dog"))
    Image.fromarray(np.full((24, 36), value, np.float32)).save(masks / "dog.tif")
    (masks / "dog.png").unlink()
    with pytest.raises(DataError, match=r"dog\.tif"):
        FolderScenes(images, masks)


@pytest.mark.parametrize("value", [np.nan, 200.0])
def test_a_picture_that_would_be_refused_is_found_before_training(tmp_path, value):
    images, masks = make_folders(tmp_path, ("cat", "dog"))
    Image.fromarray(np.full((24, 36), value, np.float32)).save(images / "dog.tif")
    (images / "dog.jpg").unlink()
    with pytest.raises(DataError, match=r"dog\.tif"):
        FolderScenes(images, masks)


@pytest.mark.parametrize("name", ["plain", "imagenet", "upstream"])
def test_a_batch_is_normalised_as_a_single_picture_is(name):
    picture = np.random.default_rng(1).random((12, 12, 3), np.float32) * 0.7
    batch = torch.from_numpy(picture).permute(2, 0, 1)[None].repeat(2, 1, 1, 1)
    batch[1] *= 0.5
    expected = preprocess(picture, name, None)
    torch.testing.assert_close(normalised(batch, name)[:1], expected)
    with pytest.raises(KeyError, match="plain"):
        normalised(batch, "no such")


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentation_moves_image_and_mask_together(name):
    size = 320 if name == "upstream" else 64
    mask = torch.zeros(1, size, size)
    mask[:, size // 3 : size // 2, size // 4 : size // 2] = 1
    image = mask.repeat(3, 1, 1) * 0.8 + 0.1
    shapes = set()
    for draw in range(12):
        image2, mask2 = AUGMENTATIONS[name](image, mask, Draws(1, draw))
        shapes.add(image2.shape[-2:])
        assert image2.shape[-2:] == mask2.shape[-2:]
        assert set(mask2.unique().tolist()) <= {0.0, 1.0}
        bright = image2[0] > (image2[0].min() + image2[0].max()) / 2
        overlap = (bright & (mask2[0] > 0.5)).sum() / (bright | (mask2[0] > 0.5)).sum()
        assert overlap > 0.9
    assert shapes == {(288, 288) if name == "upstream" else (size, size)}


SHAPES = [(64, 32), (32, 64), (33, 65), (31, 7), (5, 1), (1, 1), (320, 320), (320, 200)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_every_border_of_a_picture_is_drawn_sometimes(name, shape):
    """A mask of one border at a time: some draws show it, whichever border it is."""
    borders = {"first row": np.s_[:1], "last row": np.s_[-1:]}
    borders |= {"first column": np.s_[:, :1], "last column": np.s_[:, -1:]}
    image, sizes = torch.rand(3, *shape), set()
    for border, part in borders.items():
        mask = torch.zeros(1, *shape)
        mask[0][part] = 1
        for draw in range(300):
            seen, shown = AUGMENTATIONS[name](image, mask, Draws(4, draw))
            sizes |= {tuple(seen.shape[-2:]), tuple(shown.shape[-2:])}
            if shown.any():
                break
        else:
            pytest.fail(f"the {border} is never drawn")
    assert sizes == {(288, 288) if name == "upstream" else shape}


def test_symmetries_of_a_picture_that_is_not_square_keep_its_shape():
    image, mask = torch.rand(3, 8, 5), torch.rand(1, 8, 5)
    forms = set()
    for draw in range(400):
        turned, _ = AUGMENTATIONS["symmetries"](image, mask, Draws(2, draw))
        assert turned.shape == image.shape
        forms.add(turned.numpy().tobytes())
    assert len(forms) == 4 * 6


def test_symmetries_of_a_picture_keep_its_values_and_reach_all_48_forms():
    image, mask = SyntheticScenes(16, 1)[0]
    forms = set()
    for draw in range(600):
        turned, _ = AUGMENTATIONS["symmetries"](image, mask, Draws(2, draw))
        forms.add(turned.numpy().tobytes())
    assert len(forms) == 48


def test_what_an_augmentation_does_follows_from_the_key_alone():
    data = Augmented(SyntheticScenes(16, 4), "symmetries", seed=3)
    assert torch.equal(data[1, 8][0], data[1, 8][0])
    assert any(not torch.equal(data[1, 8][0], data[1, draw][0]) for draw in range(9, 14))
    with pytest.raises(ValueError, match="symmetries"):
        Augmented(SyntheticScenes(16, 4), "sideways", seed=3)


def test_batches_walk_through_permutations_of_the_data():
    keys = [key for step in range(6) for key in batch_keys(10, 5, 0, step)]
    indices, draws = zip(*keys)
    assert list(draws) == list(range(30))
    epochs = [indices[start : start + 10] for start in (0, 10, 20)]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len(set(epochs)) == 3
    assert batch_keys(10, 5, 0, 4) == keys[20:25]
    assert batch_keys(3, 7, 0, 0)  # a batch may be larger than the data


def test_processes_share_a_batch_and_resumed_ones_go_on_where_they_were():
    alone = iter(BatchSampler(10, 4, seed=1))
    shares = [iter(BatchSampler(10, 4, seed=1, rank=rank, processes=2)) for rank in (0, 1)]
    batches = [next(alone) for _ in range(5)]
    assert [next(shares[0]) + next(shares[1]) for _ in range(5)] == batches
    assert next(iter(BatchSampler(10, 4, seed=1, first_step=3))) == batches[3]
    with pytest.raises(ValueError, match="multiple of 2"):
        BatchSampler(10, 5, seed=1, processes=2)
