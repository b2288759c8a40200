"""A picture that the browser sent: `upload.js` has checked and shrunk it, here it is opened."""

import io

from PIL import Image

from .... import decoding, images

MOST_BYTES = 8_000_000  # the page sends far less; another sender is told so
MOST_PIXELS = 4_000_000
LONGEST = 640  # pixels to which the page shrinks the longer side


def opened(upload: dict) -> Image.Image:
    """What a page sent, {"name", "data"}, as a picture in RGB.

    Raises: PictureError for anything that is not a picture, or for a picture that was not shrunk.
    """
    name, data = str(upload.get("name", "")) or "the picture", upload.get("data", b"")
    if len(data) > MOST_BYTES:
        raise images.PictureError(
            f"{name}: {len(data) / 1e6:.0f} MB came, at most {MOST_BYTES / 1e6:.0f} MB are read. "
            "Make it smaller first."
        )
    with decoding.opened(io.BytesIO(data), name, MOST_PIXELS) as picture:
        return images.load_picture(picture)
