"""
A network that was trained quantized, by a submission's own fixed-point numbers.

A submission holds no trained network. Its function that makes fixed-point numbers of one's scales
is called with those of the reference's, as its notebook calls it with its own: what it returns is
written beside the reference's weights, and is refused where it is not right.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grader.border.probes import InputName
from grader.border.student import Student
from grader.editions.loader import Edition
from grader.editions.schema import TaskSpec
from grader.errors import SubmissionError
from grader.tasks.exported_parameters.kind import layout_of
from grader.tasks.fixed_point_table.checks import reason_against
from grader.tasks.fixed_point_table.kind import KIND, table_of
from grader.tasks.fixed_point_table.observe import ask_table
from grader.tasks.fixed_point_table.seen import FloatScales, TableAnswer
from grader.vectors.integer_parameters import IntegerParameters, VectorsError
from grader.vectors.reference_network import trained_network_of
from grader.vectors.submitted_network import Part, SubmittedNetwork
from grader.words.message import message
from reference.datasets import Data
from reference.fake_quantized import FakeQuantizedNetwork
from reference.network import bias_of

TRAINED = InputName("trained scales")


def converted_network(student: Student, data: Data, images: int) -> SubmittedNetwork:
    """
    Return the reference's trained quantized network by the student's fixed-point numbers.

    Raise SubmissionError where those are not right, VectorsError where the edition asks for none.
    """
    edition, task = student.edition, _task_of(student.edition)
    trained = trained_network_of(edition, data)
    answer = ask_table(student, task, TRAINED, _scales(edition, task, trained))
    why = reason_against(answer)
    if why is not None:
        title = task.title.within_a_sentence()
        raise SubmissionError(message("vectors.none-accepted", task=title, reason=why))
    parameters = _parameters(edition, trained, answer, images)
    return SubmittedNetwork(parameters=parameters, parts=(Part(task=task),))


def _task_of(edition: Edition) -> TaskSpec:
    found = next((task for task in edition.file.tasks if task.kind == KIND.name), None)
    if found is None:
        msg = (
            f"{edition.id} asks for no function that makes fixed-point numbers of a trained"
            " network's scales; leave --network out, or FILE"
        )
        raise VectorsError(msg)
    return found


def _scales(edition: Edition, task: TaskSpec, trained: FakeQuantizedNetwork) -> FloatScales:
    table = table_of(edition, task)
    layer = next(x for x in trained.network.spec.weighted_layers if x.module == table.biased)
    bias = bias_of(trained.network, layer)
    assert bias is not None
    return FloatScales(
        outputs={key: trained.output_steps[key] for key in (table.first, *table.layers)},
        weights={key: trained.weight_steps[key] for key in table.layers},
        bias=bias.double().numpy().reshape(1, -1),
        biased=table.biased,
        places=table.places,
    )


def _parameters(
    edition: Edition, trained: FakeQuantizedNetwork, answer: TableAnswer, images: int
) -> IntegerParameters:
    weights = {layer.name: layer.weight.numpy() for layer in trained.quantized().layers}
    return IntegerParameters(
        layout=replace(layout_of(edition), images=images),
        weights={
            layer.module: np.asarray(np.rint(weights[layer.name]), np.int64)
            for layer in trained.network.spec.weighted_layers
        },
        scales={key: round(number) for key, number in answer.numbers.items()},
        bias={answer.given.biased: np.asarray(np.rint(answer.integers), np.int64)},
    )
