"""How far a run is: the stages it has to go through, and its place in the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.kit.models import RunState
from api.pages.messages import Words
from api.submissions.progress import Progress as RunProgress
from grader.editions.loader import Edition
from grader.editions.stages import stages_of

# What the worker does itself, before and after the grading.
BEFORE, AFTER = "Reading", "Report"
# The stages that are no task's: a task is called by its title.
_WORDS = {
    BEFORE: "reading",
    "Accuracy": "accuracy",
    "Accuracy with bias": "accuracy_bias",
    "Diagnosis": "diagnosis",
    AFTER: "report",
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


def build_progress(run: RunProgress, edition: Edition, t: Words) -> Progress:
    """
    Return what to say of a run that waits or is being graded.

    A stage that the edition has not, one of a later version, is shown as it is called.
    """
    stages = _stages(edition, t)
    if run.state is RunState.WAITING:
        return Progress(
            title=t("progress.waiting"),
            lead=_queue(run.place_in_queue, t),
            steps=_steps(stages, -1, t),
            percent=0,
            percent_text=t("progress.percent", percent=0),
            again_seconds=LATER if run.place_in_queue > NEAR else SOON,
        )
    stage = run.stage.partition(":")[0]
    at = list(stages).index(stage) if stage in stages else 0
    percent = round(100 * at / len(stages))
    known = stage in stages or not stage
    return Progress(
        title=t("progress.grading"),
        lead=t("progress.grading_lead") if known else stage,
        steps=_steps(stages, at, t),
        percent=percent,
        percent_text=t("progress.percent", percent=percent),
        again_seconds=SOON,
    )


def _queue(place: int, t: Words) -> str:
    if place <= 1:
        return t("progress.next_in_queue")
    return t("progress.place", place=place, before=place - 1)


def _stages(edition: Edition, t: Words) -> dict[str, str]:
    """Return what the stages of a run are called in the page's language, by their names."""
    named = {BEFORE: None, **stages_of(edition), AFTER: None}
    return {
        name: t(f"stages.{_WORDS[name]}") if title is None else title.in_language(t.language)
        for name, title in named.items()
    }


def _steps(stages: Mapping[str, str], current: int, t: Words) -> tuple[Step, ...]:
    states = [
        "done" if i < current else "now" if i == current else "next" for i in range(len(stages))
    ]
    return tuple(
        Step(text=text, state=state, state_text=t(f"progress.{state}"))
        for text, state in zip(stages.values(), states, strict=True)
    )
