"""Notebook 06 as a student takes it: walk, pin, guess, a picture of one's own, an exercise."""

import io
import re

import numpy as np
from PIL import Image

from .test_lesson01 import answer, index_of


def my_picture() -> bytes:
    """A red square on grey, larger than the page sends."""
    pixels = np.full((900, 1200, 3), 120, np.uint8)
    pixels[300:600, 400:800] = (230, 30, 30)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


def test_a_student_takes_a_picture_through_the_stages(open_notebook):
    notebook = open_notebook("notebooks/06_stage_by_stage.ipynb")
    notebook.run_all()
    widget = notebook.show_cell(index_of(notebook, "explorer.order")).locator(".u2-stages")
    cards = widget.locator(".pins figcaption b")
    cards.get_by_text(re.compile("^de2 · channel")).wait_for()  # a later cell pinned it from Python

    widget.locator("[data-path=en3]").click()
    widget.locator(".about h3").get_by_text("en3 · RSU-5").wait_for()
    notebook.wait_until_idle()
    widget.locator(".maps .map").nth(2).click()
    notebook.page.keyboard.press("p")
    notebook.wait_until_idle()
    notebook.wait_for_value("len(explorer.pinned), explorer.pinned[-1][0]", "(7, 'en3')")

    file = {"name": "square.jpg", "mimeType": "image/jpeg", "buffer": my_picture()}
    widget.locator("input[type=file]").set_input_files(file)
    widget.get_by_text("square.jpg, as the network is shown it: 320×320 pixels").wait_for()
    notebook.wait_until_idle()
    notebook.wait_for_value("explorer.picture.size, explorer.problem", "((640, 480), '')")
    notes = {"name": "notes.png", "mimeType": "image/png", "buffer": b"milk, eggs"}
    widget.locator("input[type=file]").set_input_files(notes)
    widget.get_by_text("notes.png cannot be read as a picture").wait_for()
    notebook.wait_for_value("explorer.picture_name", "'square.jpg'")  # alive, and unchanged

    guess = notebook.show_cell(index_of(notebook, '"stages.size_288"')).locator("[data-guess]")
    guess.get_by_role("button", name="10×10", exact=True).click()
    guess.get_by_text("That is the map of").wait_for()
    card = answer(
        notebook,
        index_of(notebook, '"stages.shape"'),
        "raise NotImplementedError",
        "return row[4], height // 2 ** (int(row[0][2]) - 1), width // 2 ** (int(row[0][2]) - 1)",
    )
    card.get_by_text("You round down").wait_for()
