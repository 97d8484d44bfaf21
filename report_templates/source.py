"""What every part is made from: the results, the language, and the running numbers of captions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

from grader.results.file.schema import Extra, Results
from report_templates.messages import Messages
from report_templates.page.blocks import Caption
from report_templates.structure import Formulas, load_formulas
from report_templates.titles import Titles, is_judged, titles_of

# The tasks whose results make the scales of the layers.
SCALING = ("weights", "initial_input", "activations")


@dataclass(frozen=True, kw_only=True)
class Source:
    """The results of one run, read in one language, for one document."""

    results: Results
    t: Messages
    kind: str = "feedback"
    # The tasks whose judgement has a place of its own in the document.
    placed: frozenset[str] = frozenset()
    tables: Iterator[int] = field(default_factory=lambda: count(1))
    figures: Iterator[int] = field(default_factory=lambda: count(1))
    equations: Iterator[int] = field(default_factory=lambda: count(1))
    said: set[str] = field(default_factory=set)

    @property
    def extra(self) -> Extra:
        """Return what our results carry beyond Gradescope's fields."""
        return self.results.extra_data

    @property
    def replaced(self) -> bool:
        """Return whether the reference's results stand where the student's own did not pass."""
        return any(is_judged(stage.stage) for stage in self.extra.accuracy_stages)

    @cached_property
    def titles(self) -> Titles:
        """Return what the edition calls things."""
        return titles_of(self.extra.edition, self.t)

    @cached_property
    def formulas(self) -> Formulas:
        """Return the equations of the edition."""
        return load_formulas(self.extra.edition)

    def task_title(self, task: str) -> str:
        """Return a task's title, with the apostrophe that documents have."""
        extras = (test.extra_data for test in self.results.tests)
        given = next((one.task_title for one in extras if one.task == task), "")
        title = self.titles.task(task, given or task or self.t("score.other_task"))
        return title.replace("'", "\u2019")

    def borrowed(self, *tasks: str) -> tuple[str, ...]:
        """Return which of *tasks* have the reference's results where the chain's are shown."""
        return tuple(task for task in tasks if task in self.extra.substituted)

    def by_whom(self, key: str, *tasks: str, **values: str) -> str:
        """Return the message *key*, or one that says which *tasks* are the reference's."""
        names = self.borrowed_titles(*tasks)
        return self.t(f"{key}_judged", tasks=names, **values) if names else self.t(key, **values)

    def borrowed_titles(self, *tasks: str) -> str:
        """Return the titles of those of *tasks* that are the reference's, ``""`` for none."""
        titles = (self.task_title(task) for task in self.borrowed(*tasks))
        return self.t("joiner").join(self.t("quoted", words=title) for title in titles)

    def once(self, key: str) -> str:
        """Return the message *key* the first time, ``""`` wherever it would be said again."""
        words = "" if key in self.said else self.t(key)
        self.said.add(key)
        return words

    def equation_number(self) -> str:
        """Return the next equation's number: ``(3)``."""
        return f"({next(self.equations)})"

    def table_caption(self, text: str) -> Caption:
        """Return the next table's caption."""
        return Caption(label=self.t("table", number=next(self.tables)), text=text)

    def figure_caption(self, text: str) -> Caption:
        """Return the next figure's caption."""
        return Caption(label=self.t("figure", number=next(self.figures)), text=text)
