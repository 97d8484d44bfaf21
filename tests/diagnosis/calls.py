"""Calls that gave no value or a wrong one, as the tests of their findings need them."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.border.answers import WeightAnswer
from grader.sandbox.calls.replies import CallError
from grader.sandbox.protocol import Value
from grader.words.message import say
from tests.diagnosis.made import EDITION

WEIGHTS = np.linspace(-1, 1, 12).astype(np.float32).reshape(3, 4)


TASK = EDITION.task("weights")


INPUT = EDITION.task("initial_input")


BIAS = EDITION.task("bias")


NO_TENSOR = say("reason", "no-tensor", value=say("value", "nothing"))


def weights_answer(whole: Value, **more: object) -> WeightAnswer:
    return WeightAnswer(probe="conv1", weights=WEIGHTS, whole=whole, **more)


def raised(exception: str, text: str, **place: Any) -> CallError:
    """Return the error of a call in which Python said *text*."""
    told = say("reason", "call-raised", exception=exception, text=text)
    return CallError(kind="raised", message=told, exception=exception, **place)


def returned_pair(tensor: Value, scale: Value) -> Value:
    return Value.tuple([tensor, scale])


TENSOR = Value.tensor(WEIGHTS)
