"""What an edition calls things, in the language of a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.editions.loader import Edition, edition_ids, load_edition, with_written
from grader.editions.notation import Notation, Symbol
from grader.editions.schema import (
    CHALLENGE,
    WRITTEN,
    EditionFile,
    Localized,
    Role,
    Rung,
    ScaleForm,
)
from grader.errors import EditionError
from report_templates.messages import Messages
from report_templates.page.text import line
from report_templates.structure import StructureError

N_W, N_O = (Symbol(text, ScaleForm.MULTIPLIER) for text in ("n_W", "n_O"))
_JUDGED = "_judged"  # ends the name of a stage with the reference's results in it


@dataclass(frozen=True, kw_only=True)
class Titles:
    """
    An edition's titles by id, told in the language of *t*.

    Where the edition is not there, or has no such thing any more, what is *given* stands: the
    English words of a results file.
    """

    t: Messages
    own: Localized | None = None
    tasks: Mapping[str, Localized] = field(default_factory=dict)
    criteria: Mapping[str, Localized] = field(default_factory=dict)
    rungs: Mapping[str, Rung] = field(default_factory=dict)
    # Those answered with a file, for which no code is due.
    file_tasks: frozenset[str] = frozenset()
    # What the sheet calls the scale of the weights, and that from a layer's sums to its output.
    weight_scale: Symbol = N_W
    output_scale: Symbol = N_O

    def edition(self, given: str) -> str:
        """Return what the edition itself is called."""
        return self._words(self.own, given, 120)

    def task(self, task: str, given: str) -> str:
        """Return a task's title, or what written questions are called together."""
        if task == WRITTEN:
            return self.t("score.written")
        return self._words(self.tasks.get(task), given)

    def task_called(self, english: str) -> str:
        """Return the title of the task that English calls so; *english* where there is none."""
        found = next((title for title in self.tasks.values() if title.en == english), None)
        return self._words(found, english)

    def criterion(self, criterion: str, given: str) -> str:
        """Return a criterion's title."""
        return self._words(self.criteria.get(criterion), given, 120)

    def rung(self, stage: str, given: str) -> str:
        """Return the title of a stage's rung, which a judged stage shares with its own."""
        rung = self._rung(stage)
        return self._words(rung.title if rung else None, given, 60)

    def label(self, stage: str, given: str) -> str:
        """Return what a table of the ladder calls a stage; a judged one is marked as such."""
        rung = self._rung(stage)
        label = self._words(rung.label or rung.title if rung else None, given, 60)
        return self.t("accuracy.judged_stage", stage=label) if is_judged(stage) else label

    def change(self, stage: str, given: str) -> str:
        """Return what a stage does to the network, as the beginning of a sentence."""
        rung = self._rung(stage)
        change = self._words(rung.change or rung.title if rung else None, given, 60)
        return self.t("discussion.judged_change", stage=change) if is_judged(stage) else change

    def place(self, stage: str) -> tuple[int, bool]:
        """Return what sorts stages by rungs, a judged one after its own, unknown ones last."""
        rung = stage.removesuffix(_JUDGED)
        if rung not in self.rungs:
            return len(self.rungs), False
        return [*self.rungs].index(rung), is_judged(stage)

    def _rung(self, stage: str) -> Rung | None:
        return self.rungs.get(stage.removesuffix(_JUDGED))

    def _words(self, title: Localized | None, given: str, limit: int = 300) -> str:
        return line(title.in_language(self.t.language) if title else given, limit)


def is_judged(stage: str) -> bool:
    """Return whether the reference's results stand in a stage where the student's did not pass."""
    return stage.endswith(_JUDGED)


def titles_of(edition: str, t: Messages) -> Titles:
    """
    Return the titles of the edition of that id, none where there is no such edition.

    Raises:
        StructureError: There is one, and it cannot be used.

    """
    if edition not in edition_ids():
        return Titles(t=t)
    try:
        known = load_edition(edition)
    except EditionError as error:
        raise StructureError(str(error)) from None
    return Titles(
        t=t,
        own=known.file.title,
        tasks=_task_titles(known),
        criteria={one.id: one.title for one in with_written(known).rubric.criteria}
        | {bonus.id: bonus.title for bonus in known.rubric.bonus},
        rungs={rung.id: rung for rung in known.file.ladder},
        file_tasks=frozenset(task.id for task in known.file.tasks if task.files),
        weight_scale=_symbol(known.file, Role.WEIGHT_SCALE),
        output_scale=_symbol(known.file, Role.REQUANTIZE_SCALE),
    )


def _symbol(edition: EditionFile, role: Role) -> Symbol:
    """Return what the task that scales the outputs calls a scale; any task where none does."""
    tasks = sorted(edition.tasks, key=lambda task: not task.gives(Role.REQUANTIZE_SCALE))
    return Notation(edition=edition, task=tasks[0]).symbol(role)


def _task_titles(edition: Edition) -> dict[str, Localized]:
    """Return what the tasks are called, and the extra challenge where the sheet has one."""
    titles = {task.id: task.title for task in edition.file.tasks}
    challenge = edition.file.challenge
    return titles if challenge is None else titles | {CHALLENGE: challenge.title}
