"""A picture that the browser sent: `upload.js` has checked and shrunk it, here it is opened."""

import io

from PIL import Image, UnidentifiedImageError

from ... import images

MOST_BYTES = 8_000_000  # the page sends far less; another sender is told so
MOST_PIXELS = 4_000_000
LONGEST = 640  # pixels to which the page shrinks the longer side


def opened(upload: dict) -> Image.Image:
    """What a page sent, {"name", "data"}, as a picture in RGB.

    Raises: PictureError for what is not a picture, or one that nobody has shrunk.
    """
    name, data = str(upload.get("name", "")) or "the picture", upload.get("data", b"")
    if len(data) > MOST_BYTES:
        raise images.PictureError(
            f"{name}: {len(data) / 1e6:.0f} MB came, at most {MOST_BYTES / 1e6:.0f} MB are read. "
            "Make it smaller first."
        )
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise images.PictureError(
                    f"{name} has {picture.width}×{picture.height} pixels: make it smaller first."
                )
            return images.load_picture(picture)
    except images.PictureError:
        raise
    except UnidentifiedImageError:
        raise images.PictureError(
            f"{name} cannot be read as a picture: it is in no format that Pillow "
            f"{Image.__version__} reads. Try another one, PNG or JPEG."
        ) from None
    except (OSError, SyntaxError, ValueError) as error:  # cut short, damaged
        raise images.PictureError(
            f"{name} cannot be read as a picture ({error}). Try another one, PNG or JPEG."
        ) from error
