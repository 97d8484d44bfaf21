"""Mistakes that show only where the student's network is built and runs."""

from __future__ import annotations

from grader.tasks.run import Run
from grader.words.message import sentence
from tests.corpus import Section, splice
from tests.grading import RIGHT, cells_of, grade_cells

PASS = """\
def forward(self, x):
    q = lambda x, n: (x * n).round().clamp(-128, 127)
    x = q(x, self.input_scale)
    x = q(self.pool(F.relu(self.conv1(x))), self.conv1.output_scale)
    x = q(self.pool(F.relu(self.conv2(x))), self.conv2.output_scale).flatten(1)
    x = q(F.relu(self.fc1(x)), self.fc1.output_scale)
    x = q(F.relu(self.fc2(x)), self.fc2.output_scale)
    return q(self.fc3(x), self.fc3.output_scale).numpy()
"""


def graded(name: str, source: str) -> Run:
    """Return the run of the right solution with one function written anew."""
    return grade_cells(splice(cells_of(RIGHT), Section(name=name, source=source)))


def test_scores_in_an_array_are_told_as_such() -> None:
    """What entered the layers in the batch that ran is judged, and no other batch is missed."""
    run = graded("NetQuantized.forward", PASS)

    reasons = {
        check: sentence(result.reason) for check, result in run.results.items() if result.reason
    }
    assert reasons["forward.runs"] == (
        "A float32 numpy array of shape (250, 10) was returned where a torch tensor is needed."
    )
    assert "forward.input" not in reasons
    assert [finding.id for finding in run.findings] == ["array-instead-of-tensor"]
