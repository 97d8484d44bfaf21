"""What the screen says, in the language that was asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from grader.measurements import StageAccuracy
from grader.model import Grade, Score
from grader.words.message import Message, Value, say_value, sentence
from report_templates.messages import flat, load_messages
from report_templates.page.numbers import readable
from report_templates.titles import Titles, is_judged, titles_of

FILE = Path(__file__).with_name("words.toml")


@dataclass(frozen=True)
class Translator:
    """The edition's words, and the screen's own from ``words.toml``."""

    language: str = "en"
    edition_id: str = ""

    @cached_property
    def titles(self) -> Titles:
        """Return what the edition calls things."""
        return titles_of(self.edition_id, load_messages(self.language))

    @cached_property
    def own(self) -> Mapping[str, str]:
        """Return the screen's own words, by dotted key."""
        return dict(flat(tomllib.loads(FILE.read_text("utf-8"))[self.language]))

    def __call__(self, key: str, **values: object) -> str:
        """Return one of the screen's own sentences."""
        return self.own.get(key, "").format_map(values)

    def progress(self, stage: str, far: Message | None = None) -> str:
        """Return the name of a stage, with its progress where it reports any."""
        said = self.own.get(f"progress.{stage}") or self.titles.task_called(stage)
        return self("underway", stage=said, far=self.said(far)) if far else said

    def edition(self, grade: Grade) -> str:
        """Return the edition's title."""
        return self.titles.edition(grade.edition_title)

    def said(self, value: Value | None) -> str:
        """Return what the grader says in this language, ``""`` for nothing."""
        return "" if value is None else say_value(value, self.language, readable)

    def task(self, score: Score) -> str:
        """Return the title of a score's task, and its question where it has one."""
        task = self.titles.task(score.task, score.task_title)
        if not score.question:
            return task
        return self("question", task=task, number=score.question)

    def criterion(self, score: Score) -> str:
        """Return the title of a criterion."""
        return self.titles.criterion(score.criterion, score.title)

    def reason(self, score: Score) -> str:
        """Return why a score is what it is."""
        return self.sentence(score.reason)

    def sentence(self, told: Message | None) -> str:
        """Return what the grader says as a sentence that stands alone, ``""`` for nothing."""
        return sentence(told, self.language, readable)

    def total(self, grade: Grade) -> str:
        """Return the points of a whole grade, and those that wait for staff."""
        numbers = {
            "points": grade.points,
            "all": grade.graded_max,  # of what was judged: everything, where nothing waits
            "pending": grade.pending_points,
        }
        key = "points_so_far" if grade.state == "pending" else "points"
        return self(key, **{name: f"{number:g}" for name, number in numbers.items()})

    def stage(self, stage: StageAccuracy) -> str:
        """Return the title of a rung of the accuracy ladder."""
        title = self.titles.rung(stage.stage, stage.title)
        return self("judged_stage", stage=title) if is_judged(stage.stage) else title
