"""Through notebook 02 as a student would go: guess, mend the join step by step, see it run."""

from .test_lesson01 import answer, index_of

BODY = """return torch.cat([torch.nn.functional.interpolate(low, scale_factor=2, mode="bilinear"), \
skip], 1)"""
RIGHT = BODY.replace("scale_factor=2", "size=skip.shape[2:]")


def test_a_student_mends_the_join(open_notebook):
    notebook = open_notebook("notebooks/02_down_up_and_odd_sizes.ipynb")
    notebook.run_all()

    guess = notebook.show_cell(index_of(notebook, '"sizes.there_and_back"')).locator("[data-guess]")
    guess.get_by_role("button", name="37", exact=True).click()
    guess.get_by_text("One would wish so").wait_for()

    writing = index_of(notebook, '"sizes.join"')
    notebook.show_cell(writing).get_by_text("Not written yet").wait_for()
    card = answer(notebook, writing, "raise NotImplementedError", BODY)
    card.get_by_text("You double. That is right only where").wait_for()
    card.get_by_text("Sizes of tensors must match").wait_for()  # and what torch said, and where
    card = answer(notebook, writing, BODY, RIGHT)
    card.get_by_text("Right, in all").wait_for()
    assert notebook.ask_kernel("join.__module__") == "'__main__'"

    ladder = notebook.show_cell(index_of(notebook, "(37, 53))"))
    picture = ladder.get_by_role("img").first
    assert "twice 19×27 is 38×54" in picture.get_attribute("alt")
