"""What all widgets share: what goes back to the page, and what stands in where no kernel is."""

import pytest
import torch
import traitlets

import u2net_edu as u2
from u2net_edu.views.widgets.kit.widget import AGAIN, VIEW, BrowserWidget


class Even(BrowserWidget):
    """A widget that keeps to even numbers below ten."""

    number = traitlets.Int(4, max=9).tag(sync=True)
    other = traitlets.List(traitlets.Int()).tag(sync=True)

    @traitlets.validate("number")
    def _even(self, proposal):
        return proposal["value"] // 2 * 2

    def still(self) -> bytes:
        return b"\x89PNG"


@pytest.fixture
def sent(monkeypatch):
    """What widgets send to their pages, one dict a message."""
    messages = []

    def send(self, key=None):
        messages.append(self.get_state(key=key))

    monkeypatch.setattr(BrowserWidget, "send_state", send)
    return messages


def told(messages) -> dict:
    return {name: value for message in messages for name, value in message.items()}


def test_a_value_that_is_pulled_back_to_what_it_was_goes_back_to_the_page(sent):
    widget = Even()
    sent.clear()
    widget.set_state({"number": 5})
    assert widget.number == 4  # no change, of which nobody would hear
    assert told(sent) == {"number": 4}


def test_a_value_that_is_refused_goes_back_to_the_page(sent):
    widget = Even()
    sent.clear()
    with pytest.raises(traitlets.TraitError):
        widget.set_state({"number": 12, "other": [1]})
    assert told(sent)["number"] == widget.number == 4


def test_a_value_that_is_taken_is_not_sent_again(sent):
    widget = Even()
    sent.clear()
    widget.set_state({"number": 6, "other": [1, 2]})
    assert told(sent) == {}


def test_the_first_guess_counts_in_the_page_too(sent):
    guess = u2.guess("conv.how_many")
    guess.set_state({"chosen": 1})
    sent.clear()
    guess.set_state({"chosen": 2})
    assert guess.chosen == 1
    assert told(sent)["chosen"] == 1


@pytest.fixture
def published(monkeypatch):
    found = []
    monkeypatch.setattr(
        "u2net_edu.views.widgets.kit.widget.publish_display_data",
        lambda data, **more: found.append((data, more)),
    )
    return found


def test_a_notebook_gets_the_widget_and_its_still(published):
    widget = Even()
    widget._ipython_display_()
    (view, _), (still, more) = published
    assert set(view) == {VIEW}  # no text that a notebook could show in the widget's place
    assert view[VIEW]["model_id"] == widget.model_id
    assert AGAIN in still["text/html"]
    assert f'data-u2-still="{widget.still_id}"' in still["text/html"]
    assert still["image/png"] == b"\x89PNG"
    assert more["transient"] == {"display_id": widget.still_id}


def test_a_training_that_ends_renews_its_still(published):
    torch.manual_seed(0)
    model = u2.U2Net(u2.U2NET_CLASSROOM)
    scenes = u2.SyntheticScenes(32, 4, 1)
    view = u2.TrainingView(model, scenes, count=1, table=False)
    u2.fit(model, scenes, steps=1, batch_size=2, callbacks=[view])
    assert published == []  # it is not in a notebook
    view._ipython_display_()
    first = published[1][0]["text/html"]
    u2.fit(model, scenes, steps=2, batch_size=2, callbacks=[view])
    bundle, more = published[-1]
    assert more == {"transient": {"display_id": view.still_id}, "update": True}
    assert bundle["text/html"] != first


def test_each_widget_has_its_own_still():
    assert Even().still_id != Even().still_id


@pytest.mark.parametrize(
    "scale", [float("nan"), float("inf"), 0, 0.4, 4.5, True, "2", None], ids=str
)
@pytest.mark.parametrize("begin", [Even, u2.explore_dilation, u2.explore_costs])
def test_a_scale_that_cannot_be_drawn_is_refused(begin, scale):
    with pytest.raises(ValueError, match=r"^scale is a finite number in 0\.5 … 4; got "):
        begin(scale=scale)
    assert begin(scale=2).scale == 2.0
