"""Through notebook 04: guess, drag over the photograph, a mistake with a name, a right answer."""

from .test_lesson01 import answer, index_of, run_cell

STUB = "raise NotImplementedError"
WRONG = "return 1 + sum(d * (k - 1) for k, d, s in layers), 1"
STEP = "int(np.prod([layer[2] for layer in layers[:i]]))"
GROWTH = f"sum({STEP} * d * (k - 1) for i, (k, d, s) in enumerate(layers))"
RIGHT = f"return 1 + {GROWTH}, int(np.prod([layer[2] for layer in layers]))"


def test_a_student_finds_out_what_a_pixel_sees(open_notebook):
    notebook = open_notebook("notebooks/04_receptive_fields.ipynb")
    notebook.run_all()

    guess = notebook.show_cell(index_of(notebook, '"field.outgrows"')).locator("[data-guess]")
    guess.get_by_role("button", name="From en3 on").click()
    guess.get_by_text("A good guess for a plain U-Net").wait_for()

    figure = notebook.show_cell(index_of(notebook, "u2.explore_field("))
    figure.locator("svg.strip .bar").first.wait_for()
    before = figure.locator(".numbers .words").first.inner_text()
    figure.locator(".photo").first.press("ArrowRight")
    figure.locator(".numbers .words").first.get_by_text("Pixel (40, 41) of en1.enc3").wait_for()
    assert "of en1.enc3 can see 400 pixels" in before
    figure.get_by_role("radio", name="what it listens to").click()
    figure.locator(".big .heat:not([hidden])").wait_for()

    writing = index_of(notebook, '"field.stack"')
    card = answer(notebook, writing, STUB, WRONG)
    card.get_by_text("The strides are left out altogether").wait_for()
    card = answer(notebook, writing, WRONG, RIGHT)
    card.get_by_text("Right, in all 26 cases").wait_for()
    run_cell(notebook, index_of(notebook, "way_down += [(3, 2, 1)]"))
    said = notebook.show_cell(index_of(notebook, "way_down += [(3, 2, 1)]")).inner_text()
    assert "predicted: (288, 32)" in said

    maps = notebook.show_cell(index_of(notebook, "u2.show_maps(")).locator("img:visible")
    assert maps.count() == 1
    assert "untrained" in maps.get_attribute("alt")
