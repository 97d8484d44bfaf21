"""Submissions of the corpus, judged as ``grader vectors`` judges them, on a few images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from grader import grading
from grader.baseline.networks import Baseline, NetworkBaseline, load_baseline
from grader.editions.loader import load_edition
from grader.locations import cache_folder
from grader.tasks.run import Run
from reference.datasets import open_sample
from tests.corpus import SUBMISSIONS, load_case

IMAGES = 200  # that a pass runs over: what is accepted hardly depends on how many there are


def baseline_of(edition: str) -> Baseline:
    """Return an edition's baseline on the first images of the embedded sample."""
    torch.set_num_threads(1)
    lab = load_edition(edition)
    whole = load_baseline(lab, open_sample(lab.network.input_shape), cache_folder())

    def shortened(network: NetworkBaseline) -> NetworkBaseline:
        return replace(network, predictions=network.predictions[:IMAGES])

    return replace(
        whole,
        labels=whole.labels[:IMAGES],
        plain=shortened(whole.plain),
        biased=shortened(whole.biased),
    )


def judged_case(case: str, baseline: Baseline, folder: Path) -> Run:
    """Return the run of the corpus's case ``<edition>/<name>``."""
    return judged_file(load_case(SUBMISSIONS / case).write(folder), case, baseline)


def judged_file(file: Path, case: str, baseline: Baseline) -> Run:
    """Return the run of one file of an edition."""
    lab = load_edition(case.partition("/")[0])
    handout = grading.read(lab, [file], student_id="1")
    with grading.open_sandbox(lab, handout.program) as sandbox:
        return grading.judge(sandbox, lab, handout, baseline, seed=0)


class Right:
    """What the template's plain right solution of 2024 makes, in plain NumPy."""

    def __init__(self, network: NetworkBaseline) -> None:
        names = [layer.name for layer in network.spec.weighted_layers]
        self.modules = {layer.name: layer.module for layer in network.spec.weighted_layers}
        self.steps = {n: self.step(network.weights[n]) for n in names}
        self.outputs = {n: self.step(network.activations[n]) for n in names}
        self.entering = dict(
            zip(
                names,
                (self.step(network.activations["input"]), *self.outputs.values()),
                strict=False,
            )
        )
        self.network = network

    @staticmethod
    def step(values: NDArray[np.float32]) -> float:
        return 2 * float(np.abs(values).max()) / 255

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Return the integer weights by module."""
        return {
            self.modules[n]: np.clip(np.rint(self.network.weights[n] / s), -128, 127)
            for n, s in self.steps.items()
        }

    def scales(self) -> dict[str, int]:
        """Return the whole numbers of hardware by their names."""
        found = {"quant": 128}  # 127.5, of pixels that reach to 1
        for n, step in self.steps.items():
            multiplier = step * self.entering[n] / self.outputs[n]
            found[self.modules[n]] = round(multiplier * 65536)
        return found

    def bias(self) -> NDArray[np.float64]:
        """Return the integer bias of the last layer."""
        last = [*self.steps][-1]
        factor = self.steps[last] * self.entering[last]
        return np.rint(self.network.bias[last].astype(np.float64) / factor)
