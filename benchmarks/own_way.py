"""
What the notebook itself costs: training for two epochs and testing, four images at a time.

Both are measured on a part, in one thread, on images that are in memory already, and scaled to
the whole: a notebook that reads its images from files is slower.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import nn

BATCH = 4
EPOCHS = 2
TRAINED, TESTED = 50_000, 10_000
TRAININGS = 2  # without and with bias
TESTS = 5  # float, weights, activations; both of the network with bias
STEPS = 400  # that are measured


def seconds_of_training() -> float:
    """Return the seconds of the sheet's two epochs, scaled from some steps."""
    network, images, labels = _given()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.001, momentum=0.9)

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()

    return _seconds_each(step) * EPOCHS * TRAINED / BATCH


def seconds_of_a_test() -> float:
    """Return the seconds of one pass over the test images, scaled from some batches."""
    network, images, _labels = _given()
    with torch.no_grad():
        return _seconds_each(lambda: network(images).argmax(dim=1)) * TESTED / BATCH


def gigaflops() -> float:
    """Return what one thread of this machine reaches in a product of matrices, in GFLOP/s."""
    size = 1024
    a, b = torch.rand(size, size), torch.rand(size, size)
    torch.mm(a, b)
    best = min(_timed(lambda: torch.mm(a, b)) for _ in range(20))
    return 2 * size**3 / best / 1e9


def _given() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    network = nn.Sequential(
        *(nn.Conv2d(3, 6, 5, bias=False), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120, bias=False), nn.ReLU(), nn.Linear(120, 84, bias=False), nn.ReLU()),
        nn.Linear(84, 10, bias=False),
    )
    return network, torch.rand(BATCH, 3, 32, 32), torch.randint(10, (BATCH,))


def _seconds_each(work: Callable[[], object]) -> float:
    for _ in range(20):
        work()
    return _timed(lambda: [work() for _ in range(STEPS)]) / STEPS


def _timed(work: Callable[[], object]) -> float:
    """Return the processor time of *work* in one thread, so that a busy machine changes little."""
    torch.set_num_threads(1)
    begun = time.process_time()
    work()
    return time.process_time() - begun
