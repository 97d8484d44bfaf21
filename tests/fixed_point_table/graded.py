"""One ``float_to_fixed_scale`` in its sandbox: judged, and what is wrong with it named."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import cast

from grader.baseline.networks import Baseline
from grader.border.student import Student
from grader.diagnosis.diagnose import diagnose
from grader.editions.loader import load_edition
from grader.intake.model import Cell
from grader.intake.program.extraction import extract
from grader.model import Outcome
from grader.sandbox.runner import Sandbox
from grader.tasks.kinds import begin
from grader.tasks.run import Run

EDITION = load_edition("cs5120-2024")
TASK = "fixed_scale"
SIGNATURE = "def float_to_fixed_scale(act_scalesDict, weight_scalesDict, outputBias_float):\n"
IMPORTS = "import json, math\nimport numpy as np\nimport torch\n"
# What a plain right solution does; a case replaces parts of it.
RIGHT = """\
    scalesDict = {}
    s_prev = float(act_scalesDict['quant'])
    scalesDict['quant'] = round(1 / s_prev)
    for name in weight_scalesDict:
        s_w = float(weight_scalesDict[name])
        s_out = float(act_scalesDict[name])
        scalesDict[name] = round(s_w * s_prev / s_out * 2**16)
        s_prev = s_out
    s_w = weight_scalesDict['output.fc']
    s_in = act_scalesDict['fc6.fc']
    outputBias = np.round(outputBias_float / (s_w * s_in)).astype(int)
    return scalesDict, outputBias
"""


def changed(*changes: tuple[str, str]) -> str:
    """Return the plain right solution with parts of it replaced; each part is there."""
    body = RIGHT
    for old, new in changes:
        assert old in body, old
        body = body.replace(old, new)
    return body


def graded(body: str, seed: int = 0) -> Run:
    """Return the run of the one task on a function of that body."""
    source = f"{IMPORTS}\n{SIGNATURE}{textwrap.indent(textwrap.dedent(body), '    ')}"
    program = extract(
        [Cell(file="quantutils.py", number=1, index=1, source=source)], ["float_to_fixed_scale"]
    )
    with Sandbox(
        [asdict(fragment) for fragment in program.fragments],
        networks={s.name: asdict(s) for s in (EDITION.network, EDITION.bias_network)},
        scaffold=EDITION.file.scaffold.model_dump(),
        compile_flags=program.compile_flags,
        seed=1,
    ) as sandbox:
        student = Student(sandbox=sandbox, edition=EDITION, call_seconds=10.0)
        # The kind looks at no network: what else a run holds is never asked for.
        run = begin(EDITION, cast("Baseline", None), student, seed)
        run.tasks = {TASK: run.tasks[TASK]}
        run.work(run.tasks[TASK])
    run.findings = diagnose(run, program)
    return run


def lost(run: Run) -> dict[str, Outcome]:
    """Return the checks that did not pass, without the task's name."""
    return {
        name.partition(".")[2]: result.outcome
        for name, result in run.results.items()
        if result.outcome is not Outcome.PASSED
    }


def found(run: Run) -> list[str]:
    return [finding.id for finding in run.findings]
