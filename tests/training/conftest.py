import pytest
import torch

from u2net_edu.architecture.spec import StageSpec, U2NetSpec
from u2net_edu.architecture.u2net import U2Net

TINY = U2NetSpec(
    "tiny",
    (StageSpec("en1", "RSU-4", 3, 4, 6), StageSpec("en2", "RSU-4F", 6, 4, 6)),
    (StageSpec("de1", "RSU-4", 12, 4, 6),),
)
"""Two stages deep: steps in milliseconds."""


def build_tiny(seed: int = 0) -> U2Net:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return U2Net(TINY)


@pytest.fixture
def tiny() -> U2Net:
    return build_tiny()
