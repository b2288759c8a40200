import hashlib
import json

import numpy as np
import pytest
import torch
from PIL import Image, ImageFile

import u2net_edu as u2
from u2net_edu.cli import main

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    network = u2.U2Net(u2.U2NET_CLASSROOM)
    return u2.calibrate_norms(network, u2.preprocess("chelsea", size=64))


@pytest.fixture
def run(model, tmp_path, monkeypatch, capfd):
    """The command in an empty folder, with small random weights: (status, stdout, stderr)."""
    monkeypatch.setenv("U2NET_EDU_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    u2.save_checkpoint(model, tmp_path / "own.safetensors")

    def run(*arguments, weights="own.safetensors"):
        status = main(["predict", weights, *map(str, arguments), "--device", "cpu"])
        return (status, *capfd.readouterr())

    return run


def save(path, shape=(20, 30, 3)):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = RNG.integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_mask_at_the_pictures_own_size(run, model, tmp_path):
    save(tmp_path / "cat.jpg")
    status, out, err = run("cat.jpg")
    assert (status, out) == (0, "masks written to saliency: 1\n")
    assert "1/1" in err
    mask = Image.open(tmp_path / "saliency" / "cat_mask.png")
    assert (mask.mode, mask.size) == ("L", (30, 20))
    expected = np.rint(u2.predict(model, tmp_path / "cat.jpg") * 255)
    np.testing.assert_array_equal(np.asarray(mask), expected)


def test_a_cutout_is_the_picture_with_the_mask_as_its_opacity(run, tmp_path):
    pixels = save(tmp_path / "cat.png")
    assert run("cat.png", "--cutout", "-o", "out/deep")[0] == 0
    assert run("cat.png", "-o", "out/deep")[0] == 0
    cutout = Image.open(tmp_path / "out" / "deep" / "cat_cutout.png")
    assert cutout.mode == "RGBA"
    np.testing.assert_array_equal(np.asarray(cutout)[..., :3], pixels)
    mask = Image.open(tmp_path / "out" / "deep" / "cat_mask.png")
    np.testing.assert_array_equal(np.asarray(cutout)[..., 3], np.asarray(mask))


def test_a_bundled_photograph(run, tmp_path):
    assert run("chelsea")[0] == 0
    assert Image.open(tmp_path / "saliency" / "chelsea_mask.png").size == (451, 300)


def test_a_folder_gives_its_pictures_and_nothing_else(run, tmp_path):
    for name in ("a.png", "B.JPG", ".hidden.png", "below/c.png"):
        save(tmp_path / "photos" / name)
    (tmp_path / "photos" / "notes.txt").write_text("no picture")
    assert run("photos", "photos/a.png", "-o", "photos")[0] == 0
    written = {"a_mask.png", "B_mask.png"}
    assert set(names(tmp_path / "photos")) == written | {
        "a.png", "B.JPG", ".hidden.png", "below", "notes.txt"
    }  # fmt: skip
    assert run("photos", "-o", "again")[0] == 0  # the masks among the photographs are none
    assert set(names(tmp_path / "again")) == written


def test_two_pictures_of_one_name(run, tmp_path):
    for name in ("x/cat.png", "y/cat.png", "y/CAT.jpg"):
        save(tmp_path / name)
    assert run("x", "y")[0] == 0
    assert len({name.casefold() for name in names(tmp_path / "saliency")}) == 3
    assert {"cat_mask.png"} < set(names(tmp_path / "saliency"))


def test_it_continues_past_what_fails_and_lists_it_at_the_end(run, tmp_path):
    save(tmp_path / "good.png")
    (tmp_path / "broken.png").write_bytes((tmp_path / "good.png").read_bytes()[:200])
    (tmp_path / "page.jpg").write_text("<html>")
    (tmp_path / "empty").mkdir()
    status, out, err = run("absent.png", "broken.png", "page.jpg", "empty", "good.png")
    assert status == 1
    assert names(tmp_path / "saliency") == ["good_mask.png"]
    assert out == "masks written to saliency: 1\n"
    listed = err[err.index("could not be read or written: 4") :].splitlines()[1:]
    assert len(listed) == 4
    for name, words in [
        ("absent.png", "no picture"),
        ("broken.png", "cannot be read"),
        ("page.jpg", "not a picture"),
        ("empty", "without pictures"),
    ]:
        assert any(line.startswith(f"  {name}: ") and words in line for line in listed)


def test_a_result_that_cannot_be_written(run, tmp_path):
    save(tmp_path / "cat.png")
    (tmp_path / "file").write_text("in the way")
    status, out, err = run("cat.png", "-o", "file")
    assert (status, out) == (2, "")
    assert err == "u2net-edu predict: file is a file; expected a folder: name another place.\n"


def test_a_decoder_that_raises_what_it_likes_stops_nothing(run, tmp_path, monkeypatch):
    for name in ("a.png", "b.png", "c.png"):
        save(tmp_path / "photos" / name)
    (tmp_path / "photos" / "d.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    load = ImageFile.ImageFile.load

    def raises(self):
        if str(self.filename).endswith("b.png"):
            raise NotImplementedError("no such compression")
        return load(self)

    monkeypatch.setattr(ImageFile.ImageFile, "load", raises)
    status, out, err = run("photos")
    assert (status, out) == (1, "masks written to saliency: 2\n")
    assert names(tmp_path / "saliency") == ["a_mask.png", "c_mask.png"]
    assert "b.png: cannot be read as a picture: no such compression" in err
    assert "d.heic: cannot be read as a picture: it is a HEIC picture" in err
    assert "Traceback" not in err


def test_any_error_of_the_network_is_one_line_too(run, tmp_path, monkeypatch):
    save(tmp_path / "cat.png")

    def fails(*args, **options):
        raise RuntimeError("out of memory\non the device")

    monkeypatch.setattr("u2net_edu.inference.predict", fails)
    status, _, err = run("cat.png", "coffee")
    assert status == 1
    assert "  cat.png: out of memory on the device\n" in err


def test_ctrl_c_stops_without_a_traceback_and_leaves_nothing_half_written(
    run, tmp_path, monkeypatch
):
    for name in ("a.png", "b.png"):
        save(tmp_path / name)
    image_save = Image.Image.save

    def interrupted(self, target, **options):
        image_save(self, target, **options)
        if "b_mask" in str(target):
            raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", interrupted)
    status, out, err = run("a.png", "b.png", "coffee")
    assert (status, out) == (130, "")
    assert "stopped; the masks written until now are whole" in err
    assert "Traceback" not in err
    assert names(tmp_path / "saliency") == ["a_mask.png"]


def test_a_cutout_keeps_what_was_transparent(run, tmp_path):
    pixels = save(tmp_path / "cat.png", (20, 30, 4))
    assert run("cat.png", "--cutout")[0] == 0
    assert run("cat.png")[0] == 0
    cutout = np.asarray(Image.open(tmp_path / "saliency" / "cat_cutout.png")).astype(int)
    mask = np.asarray(Image.open(tmp_path / "saliency" / "cat_mask.png")).astype(int)
    np.testing.assert_array_equal(cutout[..., :3], pixels[..., :3])
    assert np.abs(cutout[..., 3] - mask * pixels[..., 3] / 255).max() <= 1


def test_a_cutout_shows_the_colours_of_the_picture(run, tmp_path):
    """Its own values are in sRGB, and it says so, whatever profile the picture had."""
    from tests.test_images import swapped_profile

    pixels = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "cat.png", icc_profile=swapped_profile())
    assert run("cat.png", "--cutout")[0] == 0
    path = tmp_path / "saliency" / "cat_cutout.png"
    assert b"sRGB" in path.read_bytes()
    cutout = np.asarray(Image.open(path)).astype(int)
    assert np.abs(cutout[..., :3] - pixels[..., [1, 0, 2]]).max() <= 3


def test_a_cutout_is_a_mask_to_train_on(run, tmp_path):
    """What this command writes, `FolderScenes` reads."""
    save(tmp_path / "photos" / "cat.png")
    assert run("photos", "-o", "masks")[0] == 0
    assert run("photos", "-o", "cutouts", "--cutout")[0] == 0
    for kind in ("mask", "cutout"):
        path = tmp_path / f"{kind}s" / f"cat_{kind}.png"
        path.rename(path.with_name("cat.png"))
    masks, cutouts = (
        u2.FolderScenes(tmp_path / "photos", tmp_path / folder, size=16)
        for folder in ("masks", "cutouts")
    )
    np.testing.assert_array_equal(masks.full_mask(0), cutouts.full_mask(0))
    assert torch.equal(masks[0][1], cutouts[0][1])


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (
            "absent.safetensors",
            "no network 'absent.safetensors', and no file there: it is u2net, lite, classroom",
        ),
        ("cat.png", "it is a picture (PNG)"),
    ],
)
def test_weights_that_are_none(run, tmp_path, weights, words):
    save(tmp_path / "cat.png")
    status, _, err = run("cat.png", weights=weights)
    assert status == 2
    assert words in err
    assert not (tmp_path / "saliency").exists()


def test_a_device_that_is_none(run, capfd):
    assert main(["predict", "classroom", "coffee", "--device", "abacus"]) == 2
    assert "no device 'abacus'" in capfd.readouterr().err


def test_the_released_weights_are_fetched(run, tmp_path):
    torch.manual_seed(1)
    file = tmp_path / "mirror.pth"
    torch.save(u2.reference_state_dict(u2.U2Net(u2.U2NET_LITE)), file)
    checksum = "md5:" + hashlib.md5(file.read_bytes()).hexdigest()
    (tmp_path / "home").mkdir()
    row = {"u2net_lite": {"address": file.as_uri(), "checksum": checksum}}
    (tmp_path / "home" / "downloads.json").write_text(json.dumps(row))
    save(tmp_path / "cat.png")
    assert run("cat.png", weights="lite")[0] == 0
    assert (tmp_path / "home" / "weights" / "u2netp.pth").exists()


def test_weights_that_cannot_be_fetched(run, tmp_path):
    (tmp_path / "home").mkdir()
    row = {"u2net_lite": {"address": (tmp_path / "absent.pth").as_uri()}}
    (tmp_path / "home" / "downloads.json").write_text(json.dumps(row))
    status, _, err = run("coffee", weights="lite")
    assert status == 2
    assert f"folder: {tmp_path / 'home' / 'weights'}" in err


def test_the_classroom_network(run, tmp_path):
    save(tmp_path / "cat.png")
    assert run("cat.png", weights="classroom")[0] == 0


def test_help(capfd):
    with pytest.raises(SystemExit) as stop:
        main(["predict", "--help"])
    assert stop.value.code == 0
    text = capfd.readouterr().out
    for words in (
        "NETWORK PICTURE",
        "-o FOLDER",
        "--cutout",
        "chelsea",
        "white where the object is",
    ):
        assert words in " ".join(text.split())
