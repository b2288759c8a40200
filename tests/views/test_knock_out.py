"""The knock-out matrix: it shows the numbers of the table, and its tables can be measured again."""

import pandas as pd
import pytest
from matplotlib.colors import to_rgb

import u2net_edu as u2
from u2net_edu.analysis.interventions import Replay
from u2net_edu.experiments.knock_out import parts_of
from u2net_edu.views.figures import knock_out as module
from u2net_edu.views.style import DARK, LIGHT, SCALES

FRAME = pd.DataFrame(
    {"fused": [-0.5, 0.25, 0.001, 0.0], "side1": [0.0, 0.5, -0.001, 0.0]},
    index=["en1", "en2 -> de2.concat", "side2", "side6"],
)


def words(canvas) -> list[str]:
    return [text.get_text() for text in canvas.axes.texts]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_number_stands_in_its_place_on_its_colour(colours):
    canvas = module.matrix(colours, FRAME, "title", "claim")
    shown = words(canvas)
    cells = shown[shown.index("en1") :]
    assert cells[:12] == [
        *("en1", "−0.50", "0"),
        *("en2 → de2.concat", "0.25", "0.50"),
        *("side2", "0.00", "0.00"),
        *("side6", "0", "0"),
    ]
    fills = [patch.get_facecolor()[:3] for patch in canvas.axes.patches]
    assert len(fills) == 5  # none where nothing changed
    scale = SCALES["change"].colormap
    assert fills[0] == pytest.approx(scale(0.0)[:3], abs=0.02)
    assert fills[2] == pytest.approx(scale(1.0)[:3], abs=0.02)
    assert fills[1] == pytest.approx(scale(0.75)[:3], abs=0.02)
    number = next(t for t in canvas.axes.texts if t.get_text() == "−0.50")
    assert to_rgb(number.get_color()) == (1, 1, 1)  # on dark red


def test_a_notebook_gets_both_themes_and_the_words():
    sheet = u2.show_knock_out(FRAME)
    assert set(sheet.pictures) == {"light", "dark"}
    assert "fused: en1 −0.50, en2 → de2.concat 0.25, side2 0.00, side6 0.00." in sheet.alt
    counted = FRAME.copy()
    counted.attrs.update(measure="change", images=1)
    assert "moves on average (a pixel is 0…1), mean of 1 picture." in u2.show_knock_out(counted).alt


def test_what_knock_out_gives_is_shown():
    frame = u2.knock_out(
        u2.load_classroom_model(), u2.SyntheticScenes(32, 2, seed=0), ["en6"], progress=False
    )
    assert f"en6 {module.signed(frame.loc['en6', 'fused'])}" in u2.show_knock_out(frame).alt


@pytest.mark.parametrize(
    ("frame", "error", "says"),
    [
        ({"en1": 1}, TypeError, "that knock_out returns; got dict"),
        (FRAME.iloc[:0], ValueError, "no rows"),
        (FRAME[[]], ValueError, "no columns"),
        (FRAME * float("nan"), ValueError, "finite number"),
        (FRAME.astype(str), ValueError, "finite number"),
    ],
)
def test_what_is_no_table_is_refused(frame, error, says):
    with pytest.raises(error, match=says):
        u2.show_knock_out(frame)


# The committed tables


@pytest.mark.parametrize("name", ["scenes", "photographs"])
def test_the_committed_table_has_every_part_sorted(name):
    frame, found = module.recorded(name)
    replay = Replay(u2.load_classroom_model(), u2.preprocess("coffee", size=64))
    assert set(frame.index) == set(parts_of(replay))  # the two networks have the same parts
    assert list(frame["fused"].abs()) == sorted(frame["fused"].abs(), reverse=True)
    assert found["images"] == {"scenes": module.SCENES, "photographs": len(module.SEEN)}[name]


def test_the_scenes_of_the_committed_table_measured_again():
    kept = module.recorded("scenes")[0]
    again = module.measured("scenes", ["en6", "en3 -> de3.concat", "side1"])
    for part, row in again["rows"].items():
        assert row == pytest.approx(list(kept.loc[part]), abs=2e-3), part


def test_the_photographs_of_the_committed_table_measured_again(authors, monkeypatch):
    monkeypatch.setattr(module, "load_authors", lambda name: authors)
    kept = module.recorded("photographs")[0]
    again = module.measured("photographs", ["en6", "en1 -> de1.concat"])
    for part, row in again["rows"].items():
        assert row == pytest.approx(list(kept.loc[part]), abs=2e-3), part


def test_what_the_figures_say_is_in_their_tables():
    scenes, photographs = (module.recorded(name)[0]["fused"] for name in ("scenes", "photographs"))
    skips = [part for part in scenes.index if "->" in part]
    stages = [part for part in scenes.index if part[:2] in ("en", "de") and "->" not in part]
    sides = [f"side{n}" for n in range(2, 7)]
    assert scenes.loc[["en6", "en5 -> de5.concat"]].abs().max() < 0.005
    assert scenes.loc[skips].idxmin() == "en1 -> de1.concat"
    assert photographs[stages].min() > 5 * photographs[skips].max()
    assert photographs[sides].max() < 0.001
