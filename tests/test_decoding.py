"""Files that are no pictures, damaged ones, and ones that a decoder must not see."""

import ast
import io
import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

import u2net_edu as u2
from u2net_edu import decoding
from u2net_edu.images import picture_size, read_mask
from u2net_edu.views.widgets.stages.uploads import opened as uploaded

from .damage import damaged_pictures, whole_pictures

PACKAGE = Path(u2.__file__).parent

NO_PICTURES = {
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is a PostScript file"),
    "postscript with a preview": (b"\xc5\xd0\xd3\xc6" + bytes(60), "is a PostScript file"),
    "pdf": (b"%PDF-1.7\n", "is a PDF document"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0", "is a HEIC picture, as iPhones"),
    "heif": (b"\0\0\0\x1cftypmif1\0\0\0\0", "is a HEIC picture"),
    "jpeg xl": (b"\xff\x0a" + bytes(20), "is a JPEG XL picture"),
    "photoshop": (b"8BPS\0\1" + bytes(20), "is a Photoshop file"),
    "svg": (b"  <SVG xmlns=''/>", "is an SVG drawing"),
    "page": (b"\n<!doctype html><html>", "is a web page"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer.*git lfs pull"),
    "empty": (b"", "is an empty file"),
    "text": (b"milk, eggs", "it is not a picture"),
}


@pytest.mark.parametrize(("content", "what"), NO_PICTURES.values(), ids=NO_PICTURES)
@pytest.mark.parametrize("read", [u2.as_array, read_mask, picture_size])
def test_each_file_is_told_what_it_is(content, what, read, tmp_path):
    path = tmp_path / "holiday.png"
    path.write_bytes(content)
    with pytest.raises(u2.PictureError, match=f"^{path} cannot be read as a .*{what}") as caught:
        read(path)
    assert "Save it as PNG or JPEG" in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("suffix", [".png", ".eps", ".jpg"])
def test_a_file_never_reaches_ghostscript(suffix, tmp_path, monkeypatch):
    from PIL import EpsImagePlugin

    def ghostscript(*arguments, **options):
        raise AssertionError("Ghostscript was started")

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", ghostscript)
    content = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
    path = tmp_path / f"holiday{suffix}"
    path.write_bytes(content)
    with Image.open(path) as image, pytest.raises(AssertionError, match="was started"):
        image.load()  # the oracle: without our list of formats it does
    for read in (u2.as_array, read_mask, picture_size):
        with pytest.raises(u2.PictureError, match="PostScript"):
            read(path)
    with pytest.raises(u2.PictureError, match="PostScript"):
        uploaded({"name": path.name, "data": content})


def test_every_picture_of_the_package_is_opened_with_a_list_of_formats():
    calls = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Image.open"):
                calls.append(path.name)
                assert "formats" in [keyword.arg for keyword in node.keywords], (path, node.lineno)
    assert "decoding.py" in calls


def test_the_formats_that_are_read(tmp_path):
    for name, content in whole_pictures().items():
        path = tmp_path / name
        path.write_bytes(content)
        upright = (50, 40) if name in ("colour.png", "colour.jpg") else (40, 50)
        assert u2.as_array(path).shape == (*upright, 3)
        assert picture_size(path) == read_mask(path).shape == upright


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("read", [u2.as_array, read_mask, picture_size])
def test_damaged_pictures_are_read_or_told_by_name(read, tmp_path, capfd):
    told = []
    for name, content in damaged_pictures(250, seed=7):
        path = tmp_path / name
        path.write_bytes(content)
        try:
            read(path)
        except u2.PictureError as error:
            told.append((path, str(error)))
    assert len(told) > 100
    for path, text in told:
        assert text.startswith(f"{path} cannot be read as a ")
        assert "\n" not in text
    capfd.readouterr()  # libtiff complains on its own


@pytest.mark.parametrize("error", [RuntimeError("x"), TypeError(), KeyError(1), MemoryError()])
def test_whatever_a_decoder_raises_is_a_picture_error(error, tmp_path, monkeypatch):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")

    def load(self):
        raise error

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    for read in (u2.as_array, read_mask, picture_size):
        with pytest.raises(u2.PictureError, match=r"a\.png cannot be read"):
            read(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image, pytest.raises(u2.PictureError, match=r"a\.png"):
        u2.as_array(image)


def test_a_pil_image_of_a_cut_file(tmp_path):
    content = whole_pictures()["colour.png"]
    with Image.open(io.BytesIO(content[:2000])) as image:
        with pytest.raises(u2.PictureError, match=r"the PIL image cannot be read.*truncated"):
            u2.as_array(image)
        with pytest.raises(u2.PictureError, match="the PIL image"):
            u2.preprocess(image)


def bomb(path) -> Path:
    """88 megapixels in a small file: Pillow's own limit lets it pass."""
    Image.new("L", (9400, 9400)).save(path)
    return path


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("read", [u2.as_array, read_mask, picture_size, u2.preprocess])
def test_a_bomb_is_refused_before_it_unpacks(read, tmp_path):
    path = bomb(tmp_path / "bomb.png")
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    try:
        with pytest.raises(u2.PictureError) as caught:
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    for words in (str(path), "64,000,000 pixels (9400×9400)", "MAX_PIXELS", "smaller"):
        assert words in str(caught.value)
    with Image.open(path) as image:
        with pytest.raises(u2.PictureError, match="9400×9400"):
            u2.as_array(image)
        assert image.tile  # still not unpacked


def test_the_limit_can_be_raised(tmp_path, monkeypatch):
    Image.new("L", (20, 20)).save(tmp_path / "a.png")
    monkeypatch.setattr(decoding, "MAX_PIXELS", 399)
    with pytest.raises(u2.PictureError, match="399 pixels"):
        u2.as_array(tmp_path / "a.png")
    monkeypatch.setattr(decoding, "MAX_PIXELS", 400)
    assert u2.as_array(tmp_path / "a.png").shape == (20, 20, 3)


def test_an_upload_is_limited_and_named():
    content = io.BytesIO()
    Image.new("L", (2001, 2000)).save(content, "PNG")
    with pytest.raises(u2.PictureError, match=r"^me\.png .*4,000,000 pixels .2001×2000"):
        uploaded({"name": "me.png", "data": content.getvalue()})
    with pytest.raises(u2.PictureError, match=r"^me\.png cannot .*: image file is truncated"):
        uploaded({"name": "me.png", "data": whole_pictures()["clear.png"][:1500]})
    assert uploaded({"name": "me.png", "data": whole_pictures()["clear.png"]}).size == (50, 40)


def test_endings_of_pictures():
    assert {".jpg", ".png", ".tiff", ".webp", ".heic"} <= decoding.suffixes()
    assert not {".eps", ".pdf", ".mp4", ".txt"} & decoding.suffixes()
    assert np.all([suffix == suffix.lower() for suffix in decoding.suffixes()])
