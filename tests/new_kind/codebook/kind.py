"""A function that gives every weight the number of its centroid, and the centroids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from grader.border.answers import Answer
from grader.border.conventions import Floats, read_tensor, split_returns
from grader.editions.schema import TaskSpec
from grader.model import CheckResult
from grader.sandbox.protocol import Value
from grader.tasks import conduct
from grader.tasks.check import Step, Verdict, check, right, run_steps, wrong
from grader.tasks.hypotheses.fit import Fit, fit
from grader.tasks.run import FailedTask, Run, TaskKind
from grader.words.message import Message, say


@dataclass(frozen=True, kw_only=True)
class CodebookAnswer(Answer):
    """The codebook of one layer's weights."""

    weights: Floats
    numbers: Floats
    centroids: Floats

    @property
    def distances(self) -> Floats:
        """Return every weight's distance from every centroid."""
        return np.asarray(np.abs(self.weights.reshape(-1, 1) - self.centroids.reshape(1, -1)))


@check("codebook.returns")
def returns_codebook(answer: CodebookAnswer) -> Verdict:
    """The function returns the weights' numbers and the centroids."""
    return conduct.answered([answer])


@check("codebook.nearest")
def takes_the_nearest(answer: CodebookAnswer) -> Verdict:
    """Every weight has the number of its nearest centroid."""
    nearest = answer.distances.argmin(1)
    if np.array_equal(answer.numbers.reshape(-1), nearest):
        return right()
    return wrong(say("codebook", "not-nearest", where=answer.probe))


def _observe(run: Run, task: TaskSpec) -> CodebookAnswer:
    name, weights = next(iter(run.baseline.plain.weights.items()))
    observation = run.student.ask(task, lambda _style: [Value.tensor(weights)])
    blank = CodebookAnswer(
        probe=name,
        error=observation.error,
        weights=weights,
        numbers=np.empty(0),
        centroids=np.empty(0),
        whole=observation.value,
    )
    return blank if observation.value is None else _read(blank, observation.value)


def _read(blank: CodebookAnswer, value: Value) -> CodebookAnswer:
    parts = split_returns(value, 2)
    if isinstance(parts, Message):
        return CodebookAnswer(**{**vars(blank), "problem": parts})
    numbers, centroids = (read_tensor(part) for part in parts)
    return CodebookAnswer(
        **{
            **vars(blank),
            "problem": numbers.problem or centroids.problem,
            "numbers": blank.numbers if numbers.array is None else numbers.array,
            "centroids": blank.centroids if centroids.array is None else centroids.array,
        }
    )


def _judge(_run: Run, _task: TaskSpec, seen: CodebookAnswer) -> tuple[CheckResult, ...]:
    return run_steps(
        [
            Step(check=returns_codebook, run=lambda: returns_codebook(seen)),
            Step(
                check=takes_the_nearest,
                run=lambda: takes_the_nearest(seen),
                needs=(returns_codebook.id,),
            ),
        ]
    )


def _explain(ill: FailedTask[CodebookAnswer]) -> list[Fit]:
    farthest = ill.seen.distances.argmax(1)
    is_farthest = np.array_equal(ill.seen.numbers.reshape(-1), farthest)
    return [fit("codebook-farthest", place=ill.seen.probe)] if is_farthest else []


KIND = TaskKind(
    name="codebook",
    checks=(returns_codebook, takes_the_nearest),
    observe=_observe,
    judge=_judge,
    answers=lambda seen: (seen,),
    explain=_explain,
)
