"""How far a run is: the stages it has to go through, and its place in the queue."""

from __future__ import annotations

from dataclasses import dataclass

from api.kit.models import RunState
from api.pages.messages import Words
from api.submissions.progress import Progress as RunProgress

# As grader.pipeline and the worker name them; a stage that is not here is shown as it is called.
STAGES = {
    "Reading": "reading",
    "Quantized weights": "weights",
    "Scale of the initial input": "input",
    "Scales of the layers' outputs": "layers",
    "Quantized forward pass": "forward",
    "Accuracy": "accuracy",
    "Quantized bias": "bias",
    "Accuracy with bias": "accuracy_bias",
    "Diagnosis": "diagnosis",
    "Report": "report",
}
# How long a browser waits before it asks again, in seconds; whoever stands far back asks less.
SOON, LATER, NEAR = 1, 4, 5


@dataclass(frozen=True, kw_only=True)
class Step:
    """One stage: ``done``, ``now`` or ``next``."""

    text: str
    state: str
    state_text: str


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A run on its way; *again_seconds* is when to ask again."""

    title: str
    lead: str
    steps: tuple[Step, ...]
    percent: int
    percent_text: str
    again_seconds: int


def build_progress(run: RunProgress, t: Words) -> Progress:
    """Return what to say of a run that waits or is being graded."""
    if run.state is RunState.WAITING:
        return Progress(
            title=t("progress.waiting"),
            lead=_queue(run.place_in_queue, t),
            steps=_steps(-1, t),
            percent=0,
            percent_text=t("progress.percent", percent=0),
            again_seconds=LATER if run.place_in_queue > NEAR else SOON,
        )
    stage = run.stage.partition(":")[0]
    at = list(STAGES).index(stage) if stage in STAGES else 0
    percent = round(100 * at / len(STAGES))
    known = stage in STAGES or not stage
    return Progress(
        title=t("progress.grading"),
        lead=t("progress.grading_lead") if known else stage,
        steps=_steps(at, t),
        percent=percent,
        percent_text=t("progress.percent", percent=percent),
        again_seconds=SOON,
    )


def _queue(place: int, t: Words) -> str:
    if place <= 1:
        return t("progress.next_in_queue")
    return t("progress.place", place=place, before=place - 1)


def _steps(current: int, t: Words) -> tuple[Step, ...]:
    states = [
        "done" if i < current else "now" if i == current else "next" for i in range(len(STAGES))
    ]
    return tuple(
        Step(text=t(f"stages.{name}"), state=state, state_text=t(f"progress.{state}"))
        for name, state in zip(STAGES.values(), states, strict=True)
    )
