"""Answers made by hand: what right and wrong functions would have returned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.baseline.replay import OUTPUT
from grader.border.answers import BiasAnswer, ScaleAnswer, TraceAnswer, WeightAnswer
from grader.border.probes import Factor, Scales
from grader.editions.loader import load_edition
from grader.editions.rubric import Thresholds
from grader.editions.schema import ScaleForm
from grader.tasks.accumulator_bias.seen import BiasAnswers
from grader.tasks.integer_pass.seen import Forms, ForwardAnswers, Replay
from grader.tasks.quantized_tensor.seen import WeightAnswers
from grader.tasks.scales.seen import FactorAnswer, ScaleAnswers
from reference.spec import QuantScheme

SCHEME = QuantScheme()
LIMITS = Thresholds(
    degradation=2.0,
    confidence=2.0,
    lowest_level=60,
    highest_level=190,
    highest_own_level=2000,
    bias_agreement=75,
)


FOURFOLD = np.array([-4.0, 0.0, 2.0], dtype=np.float32)


def weight_answer(**changes: Any) -> WeightAnswer:
    """Return the right answer on (-1, 0, 0.5) with the step 1/127."""
    right: dict[str, Any] = {
        "probe": "conv1",
        "weights": np.array([-1.0, 0.0, 0.5], dtype=np.float32),
        "integers": np.array([-127.0, 0.0, 64.0]),
        "dtype": "float32",
        "step": 1 / 127,
        "form": ScaleForm.MULTIPLIER,
    }
    return WeightAnswer(**right | changes)


def weight_answers(own: WeightAnswer | None = None, **probes: WeightAnswer) -> WeightAnswers:
    right = {
        "skewed": weight_answer(probe="skewed"),
        "repeated": weight_answer(probe="repeated"),
        "rescaled": weight_answer(probe="rescaled", weights=FOURFOLD, step=4 / 127),
        "shrunk": weight_answer(probe="shrunk", weights=FOURFOLD / 1024, step=1 / 127 / 256),
        "negated": weight_answer(probe="negated"),
        "even": weight_answer(probe="even"),
        "lopsided": weight_answer(probe="lopsided"),
    }
    return WeightAnswers(own={"conv1": own or weight_answer()}, biased={}, probes=right | probes)


def scale_answer(**changes: Any) -> ScaleAnswer:
    """Return the right answer for an array whose largest value is 2."""
    right: dict[str, Any] = {"probe": "conv1", "largest": 2.0, "step": 2 / 127}
    right["form"] = ScaleForm.MULTIPLIER
    return ScaleAnswer(**right | changes)


def scale_answers(
    own: ScaleAnswer | None = None,
    factors: tuple[FactorAnswer, ...] = (),
    **probes: ScaleAnswer,
) -> ScaleAnswers:
    right = {
        "skewed": scale_answer(probe="skewed"),
        "repeated": scale_answer(probe="repeated"),
        "rescaled": scale_answer(probe="rescaled", step=8 / 127),
        "shrunk": scale_answer(probe="shrunk", step=2 / 127 / 16),
        "negated": scale_answer(probe="negated"),
        "even": scale_answer(probe="even"),
        "lopsided": scale_answer(probe="lopsided"),
    }
    every = {f: FactorAnswer(factor=f, expected=4.0, actual=4.0) for f in FACTORS.values()}
    every |= {answer.factor: answer for answer in factors}
    return ScaleAnswers(
        own={"conv1": own or scale_answer()},
        probes=right | probes,
        factor_calls=[scale_answer(probe=factor.name) for factor in every],
        factors=every,
    )


BIAS_SCALES = Scales(weight=10.0, input=2.0, preceding=((5.0, 0.5),))  # A_k = 50
EDITION = load_edition("cs5120-2021")
FACTORS = {f.name: f for f in BIAS_SCALES.factors(EDITION.task("bias"))}


def bias_answer(**changes: Any) -> BiasAnswer:
    """Return the right answer on (100, -200) where the accumulator's factor is 50."""
    right: dict[str, Any] = {
        "probe": "base",
        "bias": np.array([100.0, -200.0], dtype=np.float32),
        "scales": BIAS_SCALES,
        "form": ScaleForm.MULTIPLIER,
        "integers": np.array([5000.0, -10000.0]),
        "dtype": "float32",
    }
    return BiasAnswer(**right | changes)


def bias_answers(
    factors: Mapping[Factor, BiasAnswer] | None = None, **probes: BiasAnswer
) -> BiasAnswers:
    four_times = {
        "bias": np.array([400.0, -800.0], dtype=np.float32),
        "integers": np.array([20000.0, -40000.0]),
    }
    right = {
        "base": bias_answer(),
        "repeated": bias_answer(probe="repeated"),
        "rescaled": bias_answer(probe="rescaled", **four_times),
        "small": bias_answer(probe="small"),
    }
    grown = {
        factor: bias_answer(
            probe=factor.name,
            scales=BIAS_SCALES.with_factor(factor, 4.0),
            integers=np.array([20000.0, -40000.0]),
        )
        for factor in FACTORS.values()
    }
    return BiasAnswers(
        own=bias_answer(),
        large=bias_answer(),
        probes=right | probes,
        factors={**grown, **(factors or {})},
    )


def forward_answers(
    *, entering: dict[str, Any] | None = None, output: Any = ((7.0, -3.0),), **changes: Any
) -> ForwardAnswers:
    """Return a pass of one image through two layers, seen as it should be."""
    seen = {"conv1": np.array([[127.0, -128.0]]), "fc1": np.array([[5.0, 0.0]])}
    trace: dict[str, Any] = {
        "probe": "quantized",
        "images": 1,
        "entering": seen if entering is None else entering,
        "output": None if output is None else np.array(output),
    }
    reals = {
        "conv1": np.array([[127.4, -300.0]]),
        "fc1": np.array([[5.2, 0.0]]),
        OUTPUT: np.array([[6.8, -2.9]]),
    }
    return ForwardAnswers(
        trace=TraceAnswer(**trace | changes),
        replay=Replay(reals=reals, output=np.array([[7.0, -3.0]])),
        layers=("conv1", "fc1"),
        classes=2,
        forms=Forms(images=ScaleForm.MULTIPLIER, layers=ScaleForm.MULTIPLIER),
    )
