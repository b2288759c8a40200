"""Every committed figure can be drawn again, says what it shows, and keeps its words apart."""

import io
import json
import re
import xml.etree.ElementTree as ElementTree
from functools import cache
from itertools import combinations

import numpy as np
import pytest
import torch
from matplotlib.text import Text
from PIL import Image

import u2net_edu as u2
from u2net_edu.cli import main
from u2net_edu.views.figures import catalogue, costs, structure, subject, taps
from u2net_edu.views.figures.canvas import Canvas, giga, readable_on, spread
from u2net_edu.views.figures.catalogue import FIGURES
from u2net_edu.views.figures.layout import layers_of
from u2net_edu.views.figures.measurements import extent, folder, recorded
from u2net_edu.views.style import LIGHT, THEMES, themed


@pytest.fixture(autouse=True)
def photographs_by_the_authors(request, monkeypatch):
    """The figures of the authors' network are compared where its weights are at hand."""
    parameters = getattr(getattr(request.node, "callspec", None), "params", {})
    if parameters.get("name") in catalogue.OF_THE_AUTHORS and "theme" not in parameters:
        authors = request.getfixturevalue("authors")
        monkeypatch.setattr(subject, "photograph_model", lambda: authors)


@cache
def drawn(name: str):
    """A figure in light, drawn once for all tests."""
    return catalogue.draw(name)


def texts(figure) -> list[Text]:
    """All words that are shown, ticks included."""
    found = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]
    ticks = {
        id(label)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        for label in (tick.label1, tick.label2)
    }
    shown = {
        id(label)
        for axes in figure.axes
        if axes.axison
        for axis in (axes.xaxis, axes.yaxis)
        for label in axis.get_ticklabels()
    }
    return [t for t in found if id(t) not in ticks or id(t) in shown]


@pytest.mark.parametrize("name", FIGURES)
def test_words_lie_inside_their_frames_and_apart(name):
    figure = drawn(name).figure
    figure.draw_without_rendering()
    width, height = figure.bbox.width, figure.bbox.height
    boxes = {text: text.get_window_extent() for text in texts(figure)}
    assert len(boxes) > (2 if name == "cut-outs" else 10)  # which has pictures in place of words
    for text, box in boxes.items():
        words = text.get_text()
        assert box.x0 >= 16 and box.x1 <= width - 16, f"{words!r} leaves the sheet: {box}"  # noqa: PT018
        assert box.y0 >= 8 and box.y1 <= height - 8, f"{words!r} leaves the sheet: {box}"  # noqa: PT018
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        overlap = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(overlap) <= 1, f"{one.get_text()!r} and {other.get_text()!r} overlap"
    for text, patch in figure.frames:
        box, frame = boxes[text], patch.get_window_extent()
        inside = frame.x0 <= box.x0 and box.x1 <= frame.x1
        assert inside, f"{text.get_text()!r} is wider than its box"
        assert frame.y0 - 1 <= box.y0, f"{text.get_text()!r} is lower than its box"
        assert box.y1 <= frame.y1 + 1, f"{text.get_text()!r} is higher than its box"


@pytest.mark.parametrize("name", FIGURES)
def test_a_redrawn_figure_is_the_committed_one(name):
    committed = Image.open(folder() / f"{name}-light.png").convert("RGB")
    redrawn = Image.open(io.BytesIO(catalogue.as_png(drawn(name).figure))).convert("RGB")
    assert redrawn.size == committed.size
    assert redrawn.width == catalogue.PIXELS
    shrunk = [np.asarray(i.reduce(4), float) for i in (redrawn, committed)]
    difference = np.abs(shrunk[0] - shrunk[1]).max(-1)
    # another version of the font renderer moves edges by a hair; another number moves letters
    assert (difference > 48).mean() < 0.0004, "u2net-edu figures draws it anew"
    assert difference.mean() < 1.5


@pytest.mark.parametrize("name", FIGURES)
def test_the_index_says_what_the_figure_says(name):
    entry = catalogue.index()[name]
    assert entry == {"title": drawn(name).title, "alt": drawn(name).alt}
    assert 150 < len(entry["alt"]) < 1200
    assert entry["alt"].endswith(".")


def test_every_figure_is_there_in_both_themes_and_kinds_and_nothing_else():
    expected = {f"{n}-{t}.{k}" for n in FIGURES for t in THEMES for k in ("svg", "png")}
    drawn = {p.name for p in folder().glob("*-light.*")} | {
        p.name for p in folder().glob("*-dark.*")
    }
    assert drawn == expected
    assert list(catalogue.index()) == list(FIGURES)
    assert sum(p.stat().st_size for p in folder().iterdir() if p.name in expected) < 13e6


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("theme", THEMES)
def test_svg_carries_its_words_and_is_well_formed(name, theme):
    root = ElementTree.parse(folder() / f"{name}-{theme}.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    entry = catalogue.index()[name]
    assert root.get("role") == "img"
    assert root.find(f"{space}title").text == entry["title"]
    assert root.find(f"{space}desc").text == entry["alt"]
    assert not root.findall(f".//{space}text")  # letters are paths: the same without the font


def test_dark_and_light_are_the_same_drawing():
    for name in ("macs-by-width", "network"):
        paths = [
            re.findall(r' d="([^"]*)"', (folder() / f"{name}-{theme}.svg").read_text())
            for theme in THEMES
        ]
        assert paths[0] == paths[1]


# --- What they say is what was counted ----------------------------------------------------------


def test_measurements_name_machine_and_date():
    found = recorded()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["date"])
    assert set(found["machine"]) == {"device", "threads", "system", "python", "torch"}
    assert set(found["block_latency"]) == set(u2.BLOCKS)
    stages = [*(stage.name for stage in u2.U2NET.stages), "fuse"]
    for spec in (u2.U2NET, u2.U2NET_LITE):
        assert set(stages) <= set(found["stage_seconds"][spec.name])


def test_the_heavy_stage_is_that_of_the_facts():
    shares = costs.stage_shares(u2.trace(u2.U2Net(u2.U2NET_LITE), (320, 320)))
    assert shares["macs"]["de1"] == pytest.approx(10.617 / 19.756, abs=1e-3)
    for values in shares.values():
        assert sum(values.values()) == pytest.approx(1)


def test_a_block_is_laid_out_as_it_runs():
    nodes = layers_of(structure.traced_block("RSU-5", size=(64, 64)))
    assert [n.path for n in nodes.values()] == [
        *("in", "enc1", "enc2", "enc3", "enc4", "enc5"),
        *("dec4", "dec3", "dec2", "dec1", "add"),
    ]
    assert [n.row for n in nodes.values()] == [0, 0, 1, 2, 3, 3, 3, 2, 1, 0, 0]
    assert nodes["dec2"].sources == ("dec3", "enc2")
    assert nodes["add"].sources == ("dec1", "in")
    assert nodes["enc5"].dilation == 2
    assert nodes["dec1"].channels == 64


def test_the_network_can_be_any_table():
    two = u2.U2NetSpec(
        "two stages",
        (u2.StageSpec("en1", "PLN", 1, 4, 8), u2.StageSpec("en2", "RES", 8, 4, 8)),
        (u2.StageSpec("de1", "RSU-5", 16, 4, 8),),
    )
    with themed("dark") as colours:
        drawing = FIGURES["network-lite"].func(colours, two)
    assert drawing.title.startswith("two stages")
    assert "de1 RSU-5 16, 4, 8" in drawing.alt


def test_extent_is_the_square_that_holds_half():
    field = np.zeros((9, 9))
    field[4, 4] = 0.3
    field[3:6, 3:6] += 0.3 / 9
    field[0, 0] = 0.4
    assert extent(field, (4.5, 4.5)) == 3
    field[4, 4] = 10
    assert extent(field, (4.5, 4.5)) == 1


# --- The hand -----------------------------------------------------------------------------------


def test_labels_spread_no_further_than_they_must():
    assert spread([1, 10, 20], 2) == [1, 10, 20]
    assert spread([5, 5], 2) == pytest.approx([4, 6])
    assert spread([10, 0, 0.5], 1) == pytest.approx([10, -0.25, 0.75])
    crowded = spread([0, 1, 2, 3, 20], 2)
    assert min(np.diff(crowded)) >= 2 - 1e-9
    assert np.mean(crowded[:4]) == pytest.approx(1.5)


def test_words_on_a_colour_can_be_read():
    assert readable_on("#ffffff") == "#000000"
    assert readable_on("#000000") == "#ffffff"
    for theme in THEMES.values():
        for fill in (theme.encoder, theme.decoder):
            assert readable_on(fill) in ("#000000", "#ffffff")
    assert [giga(n) for n in (6.78e9, 58.598e9)] == ["6.78", "58.6"]


def test_a_word_that_leaves_its_box_is_found():
    """The check of frames can fail."""
    canvas = Canvas(LIGHT, 300, "title", "claim")
    box = canvas.box(100, 200, 40, 20)
    text = canvas.text(100, 210, "much too long for it", inside=box)
    canvas.figure.draw_without_rendering()
    assert text.get_window_extent().x1 > box.get_window_extent().x1
    assert canvas.figure.frames == [(text, box)]


# --- The command --------------------------------------------------------------------------------


def test_the_command_draws_what_is_named_and_keeps_the_index_of_the_rest(tmp_path, capsys):
    (tmp_path / "index.json").write_text('{"blocks": {"title": "kept", "alt": "kept"}}')
    assert main(["figures", "macs-by-width", "-o", str(tmp_path)]) == 0
    files = {path.name for path in tmp_path.iterdir()}
    assert {f"macs-by-width-{t}.{k}" for t in THEMES for k in ("svg", "png")} < files
    index = json.loads((tmp_path / "index.json").read_text())
    assert list(index) == ["blocks", "macs-by-width"]
    assert "macs-by-width-dark.svg" in capsys.readouterr().out
    committed = (folder() / "macs-by-width-light.svg").read_text()
    assert (tmp_path / "macs-by-width-light.svg").read_text()[:400] == committed[:400]


def test_without_the_authors_weights_the_command_says_whose_network_it_drew(tmp_path, capsys):
    assert main(["figures", "side-maps", "-o", str(tmp_path)]) == 0
    assert "side-maps: drawn with the classroom network" in capsys.readouterr().out
    assert "drawn scenes" in json.loads((tmp_path / "index.json").read_text())["side-maps"]["alt"]
    assert main(["figures", "macs-by-width", "-o", str(tmp_path)]) == 0
    assert "classroom" not in capsys.readouterr().out


def test_an_unknown_figure_is_named(capsys):
    assert main(["figures", "nonsense"]) == 2
    assert "network" in capsys.readouterr().err
    with pytest.raises(KeyError, match="there are network"):
        catalogue.draw("nonsense")


def test_markdown_offers_both_themes_and_the_alt_text():
    shown = catalogue.markdown("blocks")
    assert 'media="(prefers-color-scheme: dark)"' in shown
    assert "../figures/blocks-dark.png" in shown
    assert catalogue.index()["blocks"]["alt"] in shown


def test_taps_that_land_are_those_that_a_convolution_of_ones_counts():
    in_eval = u2.trace(u2.U2Net(u2.U2NET), (320, 288))
    for stage in ("en6", "en5"):
        conv = in_eval.operators[in_eval.position(f"{stage}.enc4.conv")]
        ones = torch.nn.Conv2d(1, 1, 3, padding=8, dilation=8, bias=False)
        torch.nn.init.ones_(ones.weight)
        with torch.no_grad():
            counts = ones(torch.ones(1, 1, *conv.grid))[0, 0]
        assert (taps.landings(conv).sum((2, 3)) == counts.numpy()).all()
