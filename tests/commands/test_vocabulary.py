"""What is the same in every command: NETWORK, -o, --size, --device, --json; exit statuses."""

import argparse
import errno
import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image

import u2net_edu as u2
from u2net_edu import cli
from u2net_edu.cli import COMMANDS, build_parser, main

FOREIGN = """
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.size = "mine"
        self.conv = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 1))

    def forward(self, images):
        return self.conv(images)
"""

BROKEN = """
from torch import nn

class Fails(nn.Module):
    def forward(self, images):
        raise RuntimeError("mine")

def four():
    return nn.Conv2d(3, 4, 3, padding=1)

def leaves():
    raise SystemExit(3)
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to stand in, with somebody's network, a checkpoint and a picture."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("U2NET_EDU_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "theirs.py").write_text(FOREIGN)
    (tmp_path / "broken.py").write_text(BROKEN)
    (tmp_path / "leaving.py").write_text("raise SystemExit(3)")
    (tmp_path / "home").mkdir()
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save("cat.png")
    yield tmp_path
    for name in ("theirs", "broken"):
        sys.modules.pop(name, None)


def parsers():
    actions = build_parser()._subparsers._group_actions[0]
    return dict(actions.choices)


@pytest.mark.parametrize("name", ["predict", "train", "evaluate", "profile", "explorer"])
def test_every_command_on_a_network_takes_it_first_and_says_the_same_of_it(name):
    first = next(a for a in parsers()[name]._actions if not a.option_strings)
    assert first.metavar == "NETWORK"
    for word in ("u2net, lite", "classroom", "a file of weights", "package.module:factory"):
        assert word in first.help


def test_one_option_has_one_meaning():
    """The help of an option is the same in every command, but for what is in its brackets."""
    same = {"--output": "-o", "--size": None, "--image": None, "--device": None, "--json": None}
    said: dict[str, set] = {}
    for parser in parsers().values():
        for action in parser._actions:
            for option in action.option_strings:
                assert option not in ("--out", "--spec", "--network", "--weights"), parser.prog
                if option in same:
                    said.setdefault(option, set()).add((action.help or "").split(" (default")[0])
                    if same[option]:
                        assert same[option] in action.option_strings
    for option in ("--size", "--image", "--device", "--json"):
        assert len(said[option]) == 1, (option, said[option])


def test_every_argument_says_what_it_is():
    for parser in parsers().values():
        for action in parser._actions:
            assert action.help, (parser.prog, action.dest)


def test_a_command_is_a_file():
    names = {command.__name__.rpartition(".")[2].rstrip("_") for command in COMMANDS}
    assert names == set(parsers())


def test_somebodys_network_in_every_command(here, capsys):
    theirs = ["theirs:Net"]
    assert main(["profile", *theirs, "--size", "16", "--no-time", "--json"]) == 0
    totals = json.loads(capsys.readouterr().out)["totals"]
    assert totals["macs"] == 16 * 16 * (27 * 4 + 4)
    small = ["--size", "16", "--device", "cpu"]
    assert main(["predict", *theirs, "cat.png", "-o", "masks", *small]) == 0
    assert Image.open("masks/cat_mask.png").size == (30, 20)
    assert main(["evaluate", *theirs, "--json", *small]) == 0
    out = capsys.readouterr().out
    assert json.loads(out[out.index("{") :])["images"] == 256
    train = ["train", *theirs, "--steps", "2", "--batch-size", "2", "-o", "net.safetensors"]
    assert main([*train, *small]) == 0
    assert (here / "net.safetensors").exists()
    assert main(["explorer", *theirs, "--size", "16", "-o", "page.html"]) == 0
    assert "theirs" not in capsys.readouterr().err


def test_a_checkpoint_in_every_command(here, capsys):
    u2.save_checkpoint(u2.load_classroom_model(), "own.safetensors")
    assert main(["profile", "own.safetensors", "--size", "64", "--no-time", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["parameters"] == 142_189
    assert main(["evaluate", "own.safetensors", "--json", "--device", "cpu"]) == 0
    assert json.loads(capsys.readouterr().out)["IoU"] > 0.8


def test_a_name_begins_a_training_untrained_and_a_file_goes_on(here, capsys):
    """From the shipped weights the first loss is small, from the table near seven times ln 2."""
    u2.save_checkpoint(u2.load_classroom_model(), "own.safetensors")
    losses = {}
    for network in ("classroom", "own.safetensors"):
        command = ["train", network, "--steps", "1", "--batch-size", "4", "--device", "cpu"]
        assert main(command) == 0
        losses[network] = float(capsys.readouterr().out.split("loss ")[1].split(",")[0])
    assert losses["own.safetensors"] < 2 < 4 < losses["classroom"]


# --- exit statuses


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["predict", "absent", "cat.png"], "no network 'absent'"),
        (["predict", "classroom", "cat.png", "--size", "1", "2", "3"], "height and width"),
        (["predict", "classroom", "cat.png", "--device", "abacus"], "no device"),
        (["train", "classroom", "--size", "32", "64"], "one number"),
        (["train", "classroom", "--steps", "0"], "steps"),
        (["train", "classroom", "--steps", "1", "--clip", "-1"], "clip"),
        (["train", "classroom", "--steps", "1", "--precision", "half"], "no precision 'half'"),
        (["train", "classroom", "--data", "absent", "--steps", "1"], "no folder absent"),
        (["train", "classroom", "--data", "a", "b", "c"], "one folder, got 3"),
        (["evaluate", "classroom", "--dataset", "MINE"], "the paper has no row for 'MINE'"),
        (["evaluate", "classroom", "--preprocessing", "none"], "no preprocessing 'none'"),
        (["profile", "lite", "--blocks", "PLN"], "not both"),
        (["profile", "theirs:Nothing"], "theirs has no Nothing"),
        (["explorer", "classroom", "--image", "dog.png", "-o", "page.html"], "no picture at dog"),
        (["figures", "nonsense"], "no figure 'nonsense'"),
        (["profile", "u2net_lite"], "here it is called lite"),
        (["profile", "u2netp"], "here it is called lite"),
        (["profile", "classroom", "--size", "16", "--threads", "0"], "--threads is a whole number"),
        (["profile", "broken:leaves"], "broken:leaves raised SystemExit: 3"),
        (["profile", "leaving:Net"], "importing it raised SystemExit: 3"),
        (["train", "classroom", "--steps", "1", "--seed", "9" * 23], "seed is a whole number"),
        (["train", "classroom", "--steps", "1", "--seed", "-1"], "seed is a whole number"),
        (["predict", "classroom", "cat.png", "--size", "0"], "1 or more; got 0"),
        (["predict", "classroom", "cat.png", "coffee", "--size", "-1"], "1 or more; got -1"),
        (["predict", "broken:four", "cat.png", "coffee", "--size", "16"], "(1, 4, 16, 16)"),
        (["predict", "broken:Fails", "cat.png", "coffee", "--size", "16"], "RuntimeError: mine"),
        (["predict", "classroom", "cat.png", "coffee", "-o", "cat.png"], "cat.png is a file"),
        (["explorer", "classroom", "-o", "home"], "expected the name of a file, such as home/page"),
        (["explorer", "classroom", "-o", "cat.png/x.html"], "cat.png is a file; expected a folder"),
        (["notebooks", "-o", "cat.png"], "cat.png is a file; expected a folder"),
        (["notebooks", "-o", "cat.png/deep/deeper"], "cat.png is a file; expected a folder"),
        (["glossary", "-o", "home"], "home is a folder; expected the name of a file"),
        (["glossary", "-o", "cat.png/x.md"], "cat.png is a file; expected a folder"),
        (["lab", "--no-open", "--folder", "cat.png"], "cat.png is a file; expected a folder"),
        (["evaluate", "classroom", "--maps", "cat.png"], "cat.png is a file; expected a folder"),
        (["figures", "-o", "cat.png"], "cat.png is a file; expected a folder"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else None,
)
def test_a_mistake_is_one_sentence_and_status_2(here, capsys, command, words):
    before = sorted(path.name for path in here.iterdir())
    assert main(command) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"u2net-edu {command[0]}: ")
    assert words in said.err
    assert said.err.count("\n") == 1
    after = {path.name for path in here.iterdir()} - {"__pycache__"}
    assert sorted(after) == before


@pytest.mark.parametrize(
    "command",
    [
        ["profile", ""],
        ["profile", "--device", ""],
        ["predict", "classroom", "cat.png", ""],
        ["train", "--steps", "1", "--checkpoints", ""],
        ["train", "--steps", "1", "--data", ""],
        ["notebooks", "-o", ""],
        ["glossary", "--output="],
        ["lab", "--no-open", "--folder", ""],
    ],
)
def test_an_empty_text_is_no_name(here, capsys, command):
    before = sorted(path.name for path in here.iterdir())
    with pytest.raises(SystemExit, match="2"):
        main(command)
    assert "expected a name, got an empty text" in capsys.readouterr().err
    assert sorted(path.name for path in here.iterdir()) == before


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["-o", "net.pth"], ".safetensors"),
        (["-o", "cat.png/net.safetensors"], "cannot be written"),
        (["--checkpoints", "cat.png"], "checkpoints cannot be written"),
    ],
)
def test_a_training_is_not_lost_for_a_mistake_that_can_be_seen(here, capsys, more, words):
    command = ["train", "classroom", "--steps", "1", "--batch-size", "2", "--device", "cpu"]
    assert main([*command, *more]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "step" not in said  # no bar: nothing was trained


def test_a_training_that_diverges_is_a_sentence_and_status_1(here, capsys):
    command = ["train", "classroom", "--steps", "40", "--batch-size", "2", "--device", "cpu"]
    command += ["--learning-rate", "1e30", "--schedule", "constant", "-o", "net.safetensors"]
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "The step was not taken" in said
    assert "Traceback" not in said
    assert not (here / "net.safetensors").exists()


def raising(error):
    def run(args):
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("a mistake"), 2),
        (KeyError("a mistake"), 2),
        (FileNotFoundError("a mistake"), 2),
        (PermissionError("a mistake"), 2),
        (IsADirectoryError("a mistake"), 2),
        (u2.DownloadError("a mistake"), 2),
        (u2.TrainingDiverged("a mistake"), 1),
        (OSError(errno.ENOSPC, "a mistake"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_raised_becomes_a_sentence(monkeypatch, capsys, error, status):
    monkeypatch.setattr(cli.glossary, "run", raising(error))
    monkeypatch.setattr(cli, "COMMANDS", (cli.glossary,))
    assert main(["glossary"]) == status
    said = capsys.readouterr().err
    assert said.startswith("u2net-edu glossary: ")
    assert "a mistake" in said


def test_ctrl_c_is_no_traceback(monkeypatch, capsys):
    monkeypatch.setattr(cli.glossary, "run", raising(KeyboardInterrupt()))
    assert main(["glossary"]) == 130
    assert capsys.readouterr().err == "u2net-edu glossary: stopped\n"


def test_a_fault_of_the_program_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr(cli.glossary, "run", raising(RuntimeError("torch's own")))
    with pytest.raises(RuntimeError, match="torch's own"):
        main(["glossary"])


def test_numbers_that_do_not_exist_are_null_in_json(capsys, monkeypatch):
    scores = u2.Scores(IoU=1.0, wF=float("nan"))
    monkeypatch.setattr("u2net_edu.training.metrics.evaluate", lambda *a, **k: scores)
    assert main(["evaluate", "classroom", "--json", "--device", "cpu"]) == 0
    assert json.loads(capsys.readouterr().out) == {"IoU": 1.0, "wF": None, "images": 0}


def test_sizes_are_read_alike_everywhere():
    from u2net_edu.commands.options import side_of, size_of

    for given, size in (([32], (32, 32)), ([32, 64], (32, 64)), (None, "own")):
        assert size_of(argparse.Namespace(size=given), "own") == size
    assert side_of(argparse.Namespace(size=[32]), None) == 32
    assert side_of(argparse.Namespace(size=[32, 32]), None) == 32
    with pytest.raises(ValueError, match="one number"):
        side_of(argparse.Namespace(size=[32, 64]), None)


def test_torchs_threads_are_as_they_were():
    """A command that is given threads to use says so to torch for its own process alone."""
    threads = torch.get_num_threads()
    assert main(["profile", "classroom", "--size", "16", "--no-time", "--threads", "1"]) == 0
    assert torch.get_num_threads() == threads
