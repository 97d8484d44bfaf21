"""
A submission's network in integers: the student's numbers where the checks accepted them.

Written is what their functions returned for the network with a bias: its weights, the images'
scale and the layers' M in the whole numbers of hardware, and its bias. Their forward pass gives no
numbers: the layers' sums are computed from these exactly, whichever right form of it they chose.

Where the values of a task were not accepted, the reference's stand in, computed from what is the
student's beside them, so that one mistake leaves the rest worth testing; ``parts`` names them.
Where no value at all was accepted there is nothing of the student's to write: that is refused, or
the reference's network would go by their name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import torch

from grader.baseline.chain import Chain
from grader.border.conventions import Floats
from grader.editions.schema import Role, TaskSpec
from grader.errors import SubmissionError
from grader.locations import log_file
from grader.tasks.chains import CHAINED
from grader.tasks.exported_parameters.kind import layout_of
from grader.tasks.run import Run
from grader.vectors.integer_parameters import IntegerParameters, VectorsError, of_numbers
from grader.words.message import Message, message, say
from reference.equations.quantize import quantize_bias


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one task gave: the student's numbers, or the reference's and why."""

    task: TaskSpec
    instead: Message | None = None  # why the reference's stand in

    @property
    def is_own(self) -> bool:
        """Return whether the numbers are the student's."""
        return self.instead is None


@dataclass(frozen=True, kw_only=True)
class SubmittedNetwork:
    """The integers of a submission's network, and whose they are, task by task."""

    parameters: IntegerParameters
    parts: tuple[Part, ...]


def submitted_network(run: Run, images: int) -> SubmittedNetwork:
    """
    Return the network with a bias that a judged submission makes.

    Raise SubmissionError where nothing of it is the student's, VectorsError where the grader could
    not find out, or a number does not fit its bits.
    """
    chain = _chain(run)
    bias = _own_bias(run)
    parts = (*_chained(run, chain), *_biased(run, bias))
    if not any(part.is_own for part in parts):
        raise _nothing_accepted(parts)
    numbers = replace(chain.numbers, bias=_reference_bias(run, chain) | bias)
    layout = replace(layout_of(run.edition), images=images)
    return SubmittedNetwork(parameters=of_numbers(numbers, layout), parts=parts)


def _chain(run: Run) -> Chain:
    chain = run.biased_chain
    if chain is not None:
        return chain
    if run.faults:
        msg = (
            f"the grader failed in {run.faults[0].stage!r}, so their network is not known; what"
            f" broke is in {log_file()}"
        )
    else:
        msg = f"{run.edition.id} asks for no quantized bias; leave the files out for its reference"
    raise VectorsError(msg)


def _chained(run: Run, chain: Chain) -> Iterator[Part]:
    for task in dict.fromkeys(run.giver(role).id for role in CHAINED):
        spoiled = task in chain.substituted
        yield Part(task=run.tasks[task].spec, instead=_reason(run, task) if spoiled else None)


def _biased(run: Run, own: Mapping[str, Floats]) -> Iterator[Part]:
    spec = run.giver(Role.QUANTIZED_BIAS).spec
    yield Part(task=spec, instead=None if spec.layer in own else _reason(run, spec.id))


def _reason(run: Run, task_id: str) -> Message:
    """Return why the values of a task are not used."""
    spoiled = run.spoiled_by(task_id)
    if spoiled is not None and spoiled.reason is not None:
        return spoiled.reason
    return say("reason", "not-answered-with-bias")


def _own_bias(run: Run) -> dict[str, Floats]:
    """Return the student's quantized bias by layer, none where it was not accepted."""
    bias: dict[str, Floats] | None = run.own_value(Role.QUANTIZED_BIAS, run.baseline.biased)
    return bias or {}


def _reference_bias(run: Run, chain: Chain) -> dict[str, Floats]:
    """Return the reference's bias by layer, on the scale of the chain's sums."""
    bits = run.edition.file.quantization.bias_bits
    return {
        name: quantize_bias(
            torch.tensor(values), 1.0 / chain.scales_before(name).accumulator, bits
        ).numpy()
        for name, values in chain.network.bias.items()
    }


def _nothing_accepted(parts: tuple[Part, ...]) -> SubmissionError:
    first = parts[0]
    assert first.instead is not None
    task = first.task.title.within_a_sentence()
    return SubmissionError(message("vectors.none-accepted", task=task, reason=first.instead))
