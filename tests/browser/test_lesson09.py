"""Through notebook 09: a training paused while a cell waits, steered, stopped, run again."""

from tests.patience import until

from .test_lesson01 import index_of


def press(cell, name: str) -> None:
    cell.get_by_role("button", name=name).click()


def becomes(cell, status: str) -> None:
    cell.locator(".status", has_text=status).wait_for()


def rests(page, words) -> bool:
    """Whether nothing moved for a second; a step may be at hand when it is asked for."""
    before = words.inner_text()
    page.wait_for_timeout(1000)
    return words.inner_text() == before


LISTEN = """() => {
  window.begun = [];
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  kernel.iopubMessage.connect((_, { header, content }) => {
    if (header.msg_type === "execute_input") window.begun.push(content.code);
  });
}"""


def is_at(notebook, source: str) -> bool:
    """Whether the cell that the kernel began last holds these words; after LISTEN."""
    return source in (notebook.page.evaluate("() => window.begun.at(-1)") or "")


def begin(notebook, *indices: int) -> None:
    """Run cells without waiting for their end."""
    for index in indices:
        notebook.page.evaluate(
            """(index) => {
              const panel = window.jupyterapp.shell.currentWidget;
              panel.content.activeCellIndex = index;
              window.jupyterapp.commands.execute("notebook:run-cell");
            }""",
            index,
        )


def test_a_student_steers_a_training(open_notebook):
    notebook = open_notebook("notebooks/09_train_in_class.ipynb")
    imports, train, wait = (
        index_of(notebook, words)
        for words in ("torch.set_num_threads", "by_heart = u2.fit_live", "by_heart.wait()")
    )
    notebook.page.evaluate(LISTEN)
    begin(notebook, imports, train, wait)
    cell = notebook.show_cell(train)
    becomes(cell, "running")
    # Its buttons act when the cell still draws its picture; the one below is to wait meanwhile.
    until(lambda: is_at(notebook, "by_heart.wait()"), "the cell that waits does not begin")
    press(cell, "Pause")
    becomes(cell, "paused")
    words = cell.locator(".head .muted")
    until(lambda: rests(notebook.page, words), "it goes on while it is paused")
    becomes(cell, "paused")
    press(cell, "halve the learning rate")
    cell.locator(".rate output", has_text="0.0025").wait_for()
    press(cell, "Resume")
    becomes(cell, "running")

    # The notebook's own stop button, in the cell that waits: the training ends, nothing is lost.
    notebook.page.evaluate("() => jupyterapp.commands.execute('notebook:interrupt-kernel')")
    becomes(cell, "stopped")
    notebook.wait_until_idle()
    assert notebook.ask_kernel("history.stopped, u2.live_trainings()") == "('interrupted', [])"

    # The cell run again, twice: one training is left, and the newest view steers it.
    begin(notebook, train, train)
    notebook.wait_until_idle()
    becomes(cell, "running")
    assert notebook.ask_kernel("u2.live_trainings() == [by_heart]") == "True"
    press(cell, "Stop")
    becomes(cell, "stopped")
    assert cell.locator(".u2-live").count() == 1
    assert notebook.ask_kernel("u2.live_trainings()") == "[]"
