"""A run killed at random moments and resumed ends with the same bits as one left in peace."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

# One process imports torch and forks for every run, which makes twenty kills a matter of seconds.
SCRIPT = """
import json, os, random, shutil, signal, sys, time
import torch
torch.set_num_threads(1)
from tests.training.conftest import build_tiny
from u2net_edu.training.data import SyntheticScenes
from u2net_edu.training.loop import fit

folder = sys.argv[1]
scenes = SyntheticScenes(32, 12, seed=3)

def train(checkpoint_dir, out):
    model = build_tiny()
    fit(model, scenes, steps=60, batch_size=2, checkpoint_every=2, progress=False, device="cpu",
        checkpoint_dir=checkpoint_dir)
    torch.save(model.state_dict(), out)

def fork(*args):
    process = os.fork()
    if process == 0:
        try:
            train(*args)
        finally:
            os._exit(0)
    return process

start = time.monotonic()
os.waitpid(fork(None, f"{folder}/whole.pt"), 0)
alone = time.monotonic() - start
random.seed(5)
killed = 0
while killed < 20:
    process = fork(f"{folder}/run", f"{folder}/resumed.pt")
    time.sleep(random.uniform(0.01, 0.25) * alone)
    if os.waitpid(process, os.WNOHANG) != (0, 0):
        shutil.rmtree(f"{folder}/run")  # it was done before it could be killed: once more
        continue
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    killed += 1
os.waitpid(fork(f"{folder}/run", f"{folder}/resumed.pt"), 0)
whole, resumed = (torch.load(f"{folder}/{n}.pt", weights_only=True) for n in ("whole", "resumed"))
differing = [key for key in whole if not torch.equal(whole[key], resumed[key])]
print(json.dumps({"killed": killed, "differing": differing, "entries": len(resumed)}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="forks after torch was imported")
def test_twenty_kills_change_no_bit(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout.splitlines()[-1])
    assert report["differing"] == []
    assert report["entries"] > 100
    assert report["killed"] == 20
