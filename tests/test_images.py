import io

import numpy as np
import pytest
import skimage.data
import torch
from PIL import EpsImagePlugin, Image, ImageCms

import u2net_edu as u2
from u2net_edu.images import IMAGENET_MEAN, IMAGENET_STD, mask_of, read_mask

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (5, 7), dtype=np.uint8)
DEEP = RNG.integers(0, 65536, (5, 7), dtype=np.uint16)


def through(image: Image.Image, suffix: str, tmp_path, **options) -> np.ndarray:
    """What becomes of a PIL image that was saved and loaded by path."""
    path = tmp_path / f"picture{suffix}"
    image.save(path, **options)
    return u2.as_array(path)


def three(grey: np.ndarray) -> np.ndarray:
    return np.stack([grey] * 3, axis=-1)


ARRAYS = {
    "colour": (COLOUR, COLOUR / 255),
    "grey": (GREY, three(GREY / 255)),
    "grey with an axis": (GREY[..., None], three(GREY / 255)),
    "bool": (GREY > 127, three((GREY > 127) * 1.0)),
    "16 bits": (DEEP, three(DEEP / 65535)),
    "16 bits, big-endian": (DEEP.astype(">u2"), three(DEEP / 65535)),
    "float32": (COLOUR.astype(np.float32) / 255, COLOUR / 255),
    "float64": (GREY / 255, three(GREY / 255)),
    "rounding of a resize": (np.array([[-1e-6, 1 + 1e-6]]), three(np.array([[0.0, 1.0]]))),
    "half transparent on white": (
        np.dstack([COLOUR, np.full((5, 7), 51, np.uint8)]),
        COLOUR / 255 * 0.2 + 0.8,
    ),
    "one pixel": (np.uint8([[255]]), np.ones((1, 1, 3))),
    "not contiguous": (COLOUR[::-1, ::2], COLOUR[::-1, ::2] / 255),
}


@pytest.mark.parametrize(("array", "expected"), ARRAYS.values(), ids=ARRAYS)
def test_arrays(array, expected):
    before = array.copy()
    values = u2.as_array(array)
    assert values.dtype == np.float32
    assert values.flags["C_CONTIGUOUS"]
    assert values.flags["WRITEABLE"]
    np.testing.assert_allclose(values, expected, atol=1e-6)
    np.testing.assert_array_equal(array, before)
    assert not np.shares_memory(values, array)


FILES = {
    "colour": (Image.fromarray(COLOUR), ".png", COLOUR / 255),
    "grey": (Image.fromarray(GREY), ".png", three(GREY / 255)),
    "two levels": (Image.fromarray(GREY > 127), ".png", three((GREY > 127) * 1.0)),
    "16 bits png": (Image.fromarray(DEEP), ".png", three(DEEP / 65535)),
    "16 bits tiff": (Image.fromarray(DEEP), ".tif", three(DEEP / 65535)),
    "16 bits big-endian": (Image.fromarray(DEEP.astype(">u2")), ".tif", three(DEEP / 65535)),
    "32-bit floats": (Image.fromarray((GREY / 255).astype(np.float32)), ".tif", three(GREY / 255)),
    "cmyk": (Image.fromarray(COLOUR).convert("CMYK"), ".tif", COLOUR / 255),
    "transparent": (
        Image.fromarray(np.dstack([COLOUR, np.where(GREY > 127, 255, 0).astype(np.uint8)])),
        ".png",
        np.where((GREY > 127)[..., None], COLOUR / 255, 1),
    ),
    "grey and transparent": (Image.new("LA", (7, 5), (0, 51)), ".png", np.full((5, 7, 3), 0.8)),
}


@pytest.mark.parametrize(("image", "suffix", "expected"), FILES.values(), ids=FILES)
def test_files_and_pil_images(image, suffix, expected, tmp_path):
    np.testing.assert_allclose(through(image, suffix, tmp_path), expected, atol=1e-6)
    np.testing.assert_allclose(u2.as_array(image), expected, atol=1e-6)
    np.testing.assert_allclose(u2.as_array(str(tmp_path / f"picture{suffix}")), expected, atol=1e-6)


def test_a_palette_with_and_without_a_transparent_colour(tmp_path):
    image = Image.fromarray(np.uint8([[0, 1, 2]]), "P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    np.testing.assert_array_equal(through(image, ".png", tmp_path), np.eye(3)[None])
    clear = through(image, ".png", tmp_path, transparency=1)
    np.testing.assert_array_equal(clear, [[[1, 0, 0], [1, 1, 1], [0, 0, 1]]])


def test_sixteen_bits_with_a_transparent_grey(tmp_path):
    image = Image.fromarray(np.uint16([[0, 30000, 65535]]))
    clear = through(image, ".png", tmp_path, transparency=30000)
    np.testing.assert_allclose(clear[0, :, 0], [0, 1, 1])


TURNS = {  # EXIF orientation → how to turn the stored pixels upright
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
    8: np.rot90,
}


@pytest.mark.parametrize("orientation", TURNS)
def test_a_turned_camera(orientation, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    values = through(Image.fromarray(COLOUR), ".png", tmp_path, exif=exif)
    np.testing.assert_allclose(values, TURNS[orientation](COLOUR) / 255, atol=1e-6)


def test_an_animation_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (4, 3), colour) for colour in ("red", "lime", "blue")]
    values = through(frames[0], ".gif", tmp_path, save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(values, np.broadcast_to([1, 0, 0], (3, 4, 3)))


@pytest.mark.parametrize("name", u2.PHOTOGRAPHS)
def test_photographs(name):
    pixels = u2.photograph(name)
    assert pixels.dtype == np.uint8
    assert pixels.shape[2] == 3
    np.testing.assert_array_equal(pixels, getattr(skimage.data, name)())
    np.testing.assert_allclose(u2.as_array(name), pixels / 255, atol=1e-6)


def test_a_file_named_like_a_photograph(tmp_path, monkeypatch):
    Image.fromarray(COLOUR).save(tmp_path / "coffee", format="PNG")
    monkeypatch.chdir(tmp_path)
    assert u2.as_array("./coffee").shape == (5, 7, 3)
    assert u2.as_array("coffee").shape == (400, 600, 3)


def test_an_unknown_photograph():
    with pytest.raises(u2.PictureError, match=r"no photograph 'cat'.*chelsea"):
        u2.photograph("cat")


PLAIN = {  # kinds of array that are not ndarrays of this machine's own order
    "masked, nothing hidden": np.ma.array(COLOUR),
    "matrix": np.asmatrix(GREY),
    "a subclass": COLOUR.view(type("Mine", (np.ndarray,), {})),
    "a structured view": GREY.view(np.recarray),
    "big-endian floats": (COLOUR / 255).astype(">f4"),
    "half": (COLOUR / 255).astype(np.float16),
    "long double": (COLOUR / 255).astype(np.longdouble),
}


@pytest.mark.parametrize("array", PLAIN.values(), ids=PLAIN)
def test_every_kind_of_array_leaves_as_a_plain_one(array):
    values = u2.as_array(array)
    assert type(values) is np.ndarray
    assert values.dtype == np.dtype("=f4")
    grey = np.asarray(array).shape[-1] != 3
    np.testing.assert_allclose(values, three(GREY / 255) if grey else COLOUR / 255, atol=5e-4)
    assert 0 <= values.min() <= values.max() <= 1


def test_a_memory_map(tmp_path):
    mapped = np.memmap(tmp_path / "pixels", np.uint8, "w+", shape=COLOUR.shape)
    mapped[:] = COLOUR
    values = u2.as_array(mapped)
    assert type(values) is np.ndarray
    np.testing.assert_allclose(values, COLOUR / 255, atol=1e-6)


@pytest.mark.parametrize("mode", ["I", "I;16"])
@pytest.mark.parametrize(("top", "white"), [(255, 255), (65535, 65535)])
def test_a_pil_image_of_integers_is_as_bright_as_its_values_say(mode, top, white):
    """`image.convert("I")` of an 8-bit picture keeps 0…255: that is no black picture."""
    values = np.linspace(0, top, 35).round().reshape(5, 7)
    image = Image.fromarray(values.astype(np.int32 if mode == "I" else np.uint16))
    assert image.mode == mode
    if mode == "I;16":  # this mode says how many bits count
        white = 65535
    np.testing.assert_allclose(u2.as_array(image), three(values / white), atol=1e-6)
    grey = Image.fromarray(GREY)
    np.testing.assert_array_equal(u2.as_array(grey.convert("I")), u2.as_array(grey))


def swapped_profile() -> bytes:
    """A profile in which red and green are swapped: nobody can miss whether it was used."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for at in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        tag = bytes(profile[at : at + 4])
        profile[at : at + 4] = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(tag, tag)
    return bytes(profile)


def test_colours_of_another_profile_become_srgb(tmp_path):
    pixels = np.uint8([[[200, 30, 90], [255, 0, 0], [10, 250, 128]]])
    swapped = pixels[..., [1, 0, 2]] / 255
    profile = swapped_profile()
    for image in (Image.fromarray(pixels), Image.fromarray(pixels).convert("RGBA")):
        values = through(image, ".png", tmp_path, icc_profile=profile)
        np.testing.assert_allclose(values, swapped, atol=3 / 255)
        with Image.open(tmp_path / "picture.png") as again:
            np.testing.assert_array_equal(u2.as_array(again), values)
            np.testing.assert_array_equal(np.asarray(u2.load_picture(again)), np.rint(values * 255))
    palette = Image.fromarray(pixels).quantize(4)
    expected = np.asarray(palette.convert("RGB"))[..., [1, 0, 2]] / 255
    values = through(palette, ".png", tmp_path, icc_profile=profile)
    np.testing.assert_allclose(values, expected, atol=3 / 255)
    clear = Image.fromarray(np.dstack([pixels, np.uint8([[255, 51, 0]])]))
    values = through(clear, ".png", tmp_path, icc_profile=profile)
    np.testing.assert_allclose(values[0, 2], 1, atol=1e-6)  # transparent on white still
    np.testing.assert_allclose(values[0, 0], swapped[0, 0], atol=3 / 255)


@pytest.mark.parametrize(
    "profile",
    [
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),  # for other pixels
        b"no profile",
        swapped_profile()[:200],
    ],
)
def test_a_profile_that_says_nothing_new_changes_nothing(profile, tmp_path):
    values = through(Image.fromarray(COLOUR), ".png", tmp_path, icc_profile=profile)
    np.testing.assert_allclose(values, COLOUR / 255, atol=1e-6)


OBJECT = np.zeros((12, 16), np.uint8)
OBJECT[3:9, 4:12] = 255
OBJECT[3:9, 4] = 130
PHOTO = RNG.integers(0, 256, (12, 16, 3), dtype=np.uint8)
GREY_PHOTO = PHOTO[..., 0]
WHITE = np.full_like(OBJECT, 255)


def palette_with_a_clear_colour() -> Image.Image:
    image = Image.fromarray((OBJECT > 0).astype(np.uint8), "P")
    image.putpalette([255, 255, 255, 0, 0, 0])  # black on what would be white
    image.info["transparency"] = 0
    return image


MASKS = {  # file → what it holds
    "grey": (Image.fromarray(OBJECT), OBJECT),
    "0 and 1": (Image.fromarray((OBJECT > 0).astype(np.uint8)), (OBJECT > 0) * 255),
    "1 bit": (Image.fromarray(OBJECT > 0), (OBJECT > 0) * 255),
    "16 bits": (Image.fromarray(OBJECT.astype(np.uint16) * 257), OBJECT),
    "opaque": (Image.fromarray(np.dstack([OBJECT, OBJECT, OBJECT, WHITE])), OBJECT),
    "barely see-through": (
        Image.fromarray(np.dstack([OBJECT, OBJECT, OBJECT, 250 + GREY_PHOTO // 64])),
        OBJECT,
    ),
    "cut-out of a photograph": (Image.fromarray(np.dstack([PHOTO, OBJECT])), OBJECT),
    "white shape": (Image.fromarray(np.dstack([WHITE, OBJECT])), OBJECT),
    "black shape": (Image.fromarray(np.dstack([0 * WHITE, OBJECT])), OBJECT),
    "hidden colours": (
        Image.fromarray(np.dstack([np.where(OBJECT > 0, 90, GREY_PHOTO), OBJECT])),
        OBJECT,
    ),
    "said twice": (Image.fromarray(np.dstack([OBJECT, OBJECT])), OBJECT),
    "palette with a clear colour": (palette_with_a_clear_colour(), (OBJECT > 0) * 255),
}


@pytest.mark.parametrize(("image", "expected"), MASKS.values(), ids=MASKS)
def test_masks(image, expected, tmp_path):
    image.save(tmp_path / "mask.png")
    mask = read_mask(tmp_path / "mask.png")
    assert (mask.dtype, mask.shape) == (np.float32, (12, 16))
    np.testing.assert_allclose(mask, expected / 255, atol=1e-6)


TWO_MASKS = {
    "grey photograph cut out": np.dstack([GREY_PHOTO, OBJECT]),
    "another shape in each": np.dstack([OBJECT.T.copy().reshape(12, 16), OBJECT]),
    "its opposite": np.dstack([255 - OBJECT, np.where(OBJECT > 0, 255, 20).astype(np.uint8)]),
}


@pytest.mark.parametrize("pixels", TWO_MASKS.values(), ids=TWO_MASKS)
def test_two_masks_in_one_file_are_a_question(pixels, tmp_path):
    Image.fromarray(pixels).save(tmp_path / "mask.png")
    with pytest.raises(u2.PictureError, match=r"mask\.png cannot be read as a mask.*both"):
        read_mask(tmp_path / "mask.png")


@pytest.mark.parametrize("value", [-1, np.nan, np.inf])
def test_a_mask_with_values_that_are_none(value, tmp_path):
    Image.fromarray(np.float32([[0, 1], [value, 1]])).save(tmp_path / "mask.tif")
    with pytest.raises(u2.PictureError, match="negative, NaN or infinite"):
        read_mask(tmp_path / "mask.tif")


REFUSED = {
    "masked": (
        np.ma.array(COLOUR, mask=COLOUR > 200),
        u2.PictureError,
        f"{(COLOUR > 200).sum()} of this masked array.*filled",
    ),
    "objects": (COLOUR.astype(object), u2.PictureError, "got object"),
    "text": (np.array([["a"]]), u2.PictureError, "got <U1"),
    "records": (np.zeros((2, 2), [("r", "u1")]), u2.PictureError, "got "),
    "channels first": (np.zeros((3, 5, 7)), u2.PictureError, r"\(3, 5, 7\).*transpose\(1, 2, 0\)"),
    "batch": (np.zeros((1, 5, 7, 3)), u2.PictureError, r"array\[0\]"),
    "two channels": (np.zeros((5, 7, 2)), u2.PictureError, r"\(5, 7, 2\)\."),
    "no axes": (np.array(1.0), u2.PictureError, r"got \(\)"),
    "empty": (np.zeros((0, 7, 3)), u2.PictureError, r"empty array \(0, 7, 3\)"),
    "0…255 as floats": (COLOUR * 1.0, u2.PictureError, "got 0 to 248.*by 255.*uint8"),
    "normalised": (COLOUR / 255 - 0.5, u2.PictureError, "lie in 0…1; got -0.5"),
    "NaN": (np.full((5, 7), np.nan), u2.PictureError, "NaN"),
    "infinite": (np.full((5, 7), np.inf), u2.PictureError, "infinite"),
    "int64": (COLOUR.astype(int), u2.PictureError, r"got int64.*astype\(np.uint8\)"),
    "complex": (COLOUR * 1j, u2.PictureError, "got complex128"),
    "tensor": (torch.zeros(3, 5, 7), TypeError, "got Tensor.*permute"),
    "number": (7, TypeError, "got int"),
    "absent": ("kitten.jpg", FileNotFoundError, "no picture at kitten.jpg.*chelsea"),
    "32-bit integers": (Image.new("I", (2, 2), 10**6), u2.PictureError, "1000000.*white"),
}


@pytest.mark.parametrize(("picture", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(picture, error, message):
    with pytest.raises(error, match=message):
        u2.as_array(picture)


def png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", "not a picture in a format"),
        (b"", "not a picture in a format"),
        (png(Image.fromarray(np.tile(COLOUR, (20, 20, 1))))[:200], "cannot be read"),
    ],
)
def test_files_that_are_no_pictures(content, message, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    with pytest.raises(u2.PictureError, match=message) as caught:
        u2.as_array(path)
    assert str(path) in str(caught.value)


def test_a_folder_is_no_picture(tmp_path):
    with pytest.raises(u2.PictureError, match="cannot be read"):
        u2.as_array(tmp_path)


@pytest.mark.parametrize("side", [11, 15])  # Pillow only warns of the first
def test_a_decompression_bomb(side, tmp_path, monkeypatch):
    path = tmp_path / "bomb.png"
    Image.new("L", (side, side)).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(u2.PictureError, match="more than 100 pixels"):
        u2.as_array(path)


def taps(length: int, size: int) -> np.ndarray:
    """What each of `size` positions takes of a row of pixels: (size, length).

    Read in the source of scikit-image 0.14.0, which the authors pinned: `resize` with its default,
    no smoothing, reads at factor · (i + ½) − ½, between two neighbours; beyond the border is 0.
    """
    at = length / size * (np.arange(size) + 0.5) - 0.5
    first = np.floor(at).astype(int)
    weights = np.zeros((size, length + 2))
    weights[np.arange(size), first + 1] += 1 - (at - first)
    weights[np.arange(size), np.minimum(first + 2, length + 1)] += at - first
    return weights[:, 1:-1]


def as_upstream(pixels: np.ndarray, size: int) -> np.ndarray:
    """The authors' RescaleT and ToTensorLab, written down again in float64."""
    rows, columns = (taps(length, size) for length in pixels.shape[:2])
    resized = np.stack([rows @ (pixels[..., c] / 255) @ columns.T for c in range(3)], axis=-1)
    scaled = resized / np.max(resized)
    planes = [(scaled[..., c] - IMAGENET_MEAN[c]) / IMAGENET_STD[c] for c in range(3)]
    return np.stack(planes)[None]


@pytest.mark.parametrize("shape", [(1500, 1500), (1201, 1999), (77, 640), (20, 31)])
def test_upstream_reads_large_and_small_pictures_as_the_authors_do(shape):
    pixels = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    images = u2.preprocess(pixels, "upstream", 320)
    np.testing.assert_allclose(images, as_upstream(pixels, 320), atol=1e-5)


def test_a_white_picture_stays_white_to_its_corners():
    """With smoothing, black from beyond the border would reach .80 in the corners of this one."""
    white = np.full((1500, 1500), 255, np.uint8)
    white[750, 750] = 0  # of a picture in one colour, every resizing keeps the range
    for name, darkest in {"upstream": 1.0, "plain": 0.85}.items():
        images = u2.preprocess(white, name, 320)[0]
        corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]] / images.amax(dim=(1, 2))[:, None]
        assert float(corners.min()) == pytest.approx(darkest, abs=0.06 if darkest < 1 else 1e-5)


@pytest.mark.parametrize("name", ["chelsea", "rocket"])
@pytest.mark.parametrize("size", [320, 64])
def test_upstream_preprocessing(name, size):
    images = u2.preprocess(name, "upstream", size)
    assert images.shape == (1, 3, size, size)
    assert images.dtype == torch.float32
    np.testing.assert_allclose(images, as_upstream(u2.photograph(name), size), atol=1e-5)


def test_upstream_is_the_default_and_320_its_size():
    assert torch.equal(u2.preprocess("coffee"), u2.preprocess("coffee", "upstream", 320))


def test_dividing_by_the_maximum_makes_a_dark_picture_bright():
    dark = (COLOUR // 4, COLOUR)
    brightest = [float(u2.preprocess(p, "upstream", None).max()) for p in dark]
    assert brightest[0] == pytest.approx(brightest[1], abs=0.05)
    brightest = [float(u2.preprocess(p, "imagenet", None).max()) for p in dark]
    assert brightest[0] < brightest[1] - 1


@pytest.mark.parametrize("name", u2.PREPROCESSING)
def test_a_black_picture_has_no_nan(name):
    assert u2.preprocess(np.zeros((4, 4)), name).isfinite().all()


def test_plain_keeps_the_picture():
    images = u2.preprocess(COLOUR, "plain", size=None)
    np.testing.assert_allclose(images[0].permute(1, 2, 0), COLOUR / 255, atol=1e-6)
    normalised = u2.preprocess(COLOUR, "imagenet", size=None)
    mean, std = (torch.tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
    torch.testing.assert_close(normalised, (images - mean) / std)


@pytest.mark.parametrize(
    ("size", "shape"),
    [(8, (8, 8)), ((4, 9), (4, 9)), (np.int64(3), (3, 3)), (1, (1, 1)), (None, (5, 7))],
)
def test_sizes(size, shape):
    assert u2.preprocess(COLOUR, size=size).shape == (1, 3, *shape)


@pytest.mark.parametrize("size", [0, -3, 2.5, True, (3,), (3, 0), "large"])
def test_sizes_that_are_refused(size):
    with pytest.raises(ValueError, match="height, width"):
        u2.preprocess(COLOUR, size=size)


def test_an_unknown_preprocessing():
    with pytest.raises(KeyError, match="'vgg'; there are upstream, imagenet, plain"):
        u2.preprocess(COLOUR, "vgg")


def test_one_channel_is_the_luminance():
    grey = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    got = u2.preprocess(grey, "plain", None, channels=1)
    np.testing.assert_allclose(got[0, 0], grey, atol=1e-6)
    coloured = u2.photograph("coffee")
    as_pil = np.asarray(Image.fromarray(coloured).convert("L")) / 255
    got = u2.preprocess(coloured, "plain", None, channels=1)
    np.testing.assert_allclose(got[0, 0], as_pil, atol=1.1 / 255)
    mean, std = np.mean([0.485, 0.456, 0.406]), np.mean([0.229, 0.224, 0.225])
    scaled = u2.preprocess(coloured, "imagenet", None, channels=1)
    np.testing.assert_allclose(scaled, (got - mean) / std, atol=1e-5)


def test_four_channels_are_colours_as_they_are_and_opacity():
    picture = np.random.default_rng(0).random((3, 5, 4)).astype(np.float32)
    got = u2.preprocess(picture, "plain", None, channels=4)
    np.testing.assert_array_equal(got[0].permute(1, 2, 0), picture)
    opaque = u2.preprocess(picture[..., :3], "plain", None, channels=4)
    np.testing.assert_array_equal(opaque[0].permute(1, 2, 0)[..., 3], np.ones((3, 5)))
    with pytest.raises(ValueError, match="'imagenet' subtracts the means"):
        u2.preprocess(picture, "imagenet", None, channels=4)
    with pytest.raises(ValueError, match="1, 3 or 4 channels; this one takes 2"):
        u2.preprocess(picture, "plain", None, channels=2)


def test_a_picture_that_pil_opened_with_another_decoder_is_not_decoded(tmp_path, monkeypatch):
    """PIL would start Ghostscript for it."""
    Image.new("RGB", (8, 6), "red").save(tmp_path / "x.eps")
    decoded = []
    monkeypatch.setattr(EpsImagePlugin.EpsImageFile, "load", lambda *args, **how: decoded.append(1))
    for read in (u2.as_array, u2.load_picture, u2.preprocess, mask_of):
        refused = pytest.raises(u2.PictureError, match=r"it is EPS.*Save it as PNG or JPEG")
        with Image.open(tmp_path / "x.eps") as image, refused:
            read(image)
    assert not decoded


def test_a_picture_of_another_format_that_is_decoded_already_is_taken(tmp_path):
    Image.new("RGB", (8, 6), "red").save(tmp_path / "x.pcx")
    with Image.open(tmp_path / "x.pcx") as image:
        with pytest.raises(u2.PictureError, match="it is PCX"):
            u2.as_array(image)
        image.load()
        assert u2.as_array(image).shape == (6, 8, 3)
