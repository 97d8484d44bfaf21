"""What intake hands on: the files, cells and fragments of one submission, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from grader.words.message import Message, Value
from grader.words.places import cell_named, line_of


@dataclass(frozen=True, kw_only=True, order=True)
class Place:
    """
    Where something stands in a submission.

    ``cell`` is the 1-based number among the notebook's *code* cells, as a person counts them from
    the top (markdown cells are not counted, empty code cells are), ``None`` in a script.
    ``line`` is 1-based within the cell, or within the file of a script; ``counter`` is the number
    that Jupyter gave the cell when it ran last.
    """

    file: str
    cell: int | None
    line: int
    counter: int | None = field(default=None, compare=False)

    @property
    def owner(self) -> Value:
        """Return what the line is one of: ``"cell 12"``, or ``"quantutils.py"`` for a script."""
        return self.file if self.cell is None else cell_named(self.cell, self.counter)

    @property
    def told(self) -> Message:
        """Return ``"cell 12, line 3"``, or ``"quantutils.py, line 40"`` for a script."""
        return line_of(self.file, self.cell, self.line, self.counter)

    def __str__(self) -> str:
        """Return the same in English."""
        return str(self.told)


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """One file as handed in; ``name`` has no folder in front."""

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """
    A file that is part of the work and no code: the task that it is for, and its bytes.

    ``problem`` is why it could not be read; there are no bytes then.
    """

    task: str
    file: SourceFile
    data: bytes = field(repr=False)
    problem: Message | None = None


@dataclass(frozen=True, kw_only=True)
class Cell:
    """
    One code cell of a notebook, or a whole script.

    ``number`` counts code cells from 1 and is ``None`` for a script; ``index`` counts all cells
    from 1, markdown too; ``counter`` is Jupyter's ``In [counter]``. ``outputs`` holds the saved
    text (printed, results, error messages), cut to the intake limits; ``images`` is the number of
    saved image outputs, ``plots`` that of the plots (matplotlib's axes) in them. ``text_above`` is
    the beginning of the markdown cell nearest above.
    """

    file: str
    number: int | None
    index: int
    source: str
    outputs: tuple[str, ...] = ()
    images: int = 0
    plots: int = 0
    text_above: str = ""
    counter: int | None = None

    def place(self, line: int = 1) -> Place:
        """Return the place of a 1-based *line* of this cell."""
        return Place(file=self.file, cell=self.number, line=line, counter=self.counter)


class ProblemKind(StrEnum):
    """What intake could not use, or had to choose."""

    SYNTAX_ERROR = "syntax-error"
    NEWER_PYTHON = "newer-python"
    CONFLICT_MARK = "conflict-mark"
    SKIPPED_STATEMENT = "skipped-statement"
    DUPLICATE_DEFINITION = "duplicate-definition"
    USED_BEFORE_DEFINITION = "used-before-definition"
    TOO_COMPLEX = "too-complex"
    CHOSEN_FILE = "chosen-file"
    IGNORED_FILE = "ignored-file"
    NAMED_FOR_ANOTHER = "named-for-another"
    SET_ASIDE = "set-aside"
    OTHER_HEADINGS = "other-headings"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """
    Something that intake left out or had to decide; grading goes on.

    ``hides`` are the functions and classes that stand in the text left out.
    """

    kind: ProblemKind
    message: Message
    place: Place | None = None
    hides: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Submission:
    """
    One student's files, never changed; ``files`` are those used, the report included.

    ``beside`` are scripts that the code may import, ``text_cells`` the cells that hold no code,
    with the number of the code cell above them, ``artifacts`` the files that are no code.
    """

    student_id: str | None
    files: tuple[SourceFile, ...]
    cells: tuple[Cell, ...]
    beside: tuple[Cell, ...] = ()
    text_cells: tuple[Cell, ...] = ()
    report_pdf: SourceFile | None = None
    artifacts: tuple[Artifact, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """
    One top-level statement to run in the sandbox, in order.

    ``source`` is the student's text from line ``line`` of ``cell`` (1-based, decorators included);
    compile it with ``line - 1`` newlines in front. Several names imported by one statement are
    several fragments. ``defines`` are the module-level names it binds or changes, those of other
    modules as ``module::name``. ``module`` is the student's own module in which it runs, ``""``
    for the notebook, and may be a ``package``; where it is ``folded``, all of it stands on that
    one line. ``python`` is the oldest version that can parse it, where that is newer than ours.
    """

    source: str
    file: str
    cell: int | None
    line: int
    defines: tuple[str, ...]
    module: str = ""
    package: bool = False
    folded: bool = False
    python: tuple[int, int] | None = None
    counter: int | None = None

    @property
    def place(self) -> Place:
        """Return where the fragment begins."""
        return Place(file=self.file, cell=self.cell, line=self.line, counter=self.counter)


@dataclass(frozen=True, kw_only=True)
class NotRun:
    """A statement that is left out, and the effect for which it is; *code* is its first line."""

    code: str
    place: Place
    effect: Value | None


@dataclass(frozen=True, kw_only=True)
class Program:
    """
    What the sandbox runs to get the asked names, and what stands in the way.

    ``defined`` maps every name that the fragments bind, and every ``Class.method``, to the place
    of its last definition. ``missing`` are asked names that nothing defines. ``unresolved`` are
    names that the fragments read, that nothing binds and that are no builtins: the prelude's, or
    mistakes. ``compile_flags`` are the ``from __future__`` imports, for ``compile``. ``not_run``
    are, by asked name, the statements left out that would change what it rests on.
    """

    fragments: tuple[Fragment, ...]
    defined: Mapping[str, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    missing: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    compile_flags: int = 0
    not_run: Mapping[str, tuple[NotRun, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class IntakeLimits:
    """How much of a submission is read; sizes in bytes, text in characters."""

    file_bytes: int = 50_000_000
    total_bytes: int = 200_000_000
    entries: int = 2_000
    folder_depth: int = 6
    compression_ratio: int = 200
    json_tokens: int = 4_000_000
    cells: int = 5_000
    code_characters: int = 500_000
    output_characters: int = 20_000
    outputs_total_characters: int = 2_000_000
    text_above_characters: int = 2_000
