"""
The corpus of student submissions: what lies in ``tests/submissions``, and how it becomes files.

A case is a folder ``<edition>/<name>`` with ``expected.toml`` and ``answers.py``. The latter holds
only what this student wrote differently: its sections are laid over ``baseline.py`` (a plain right
solution), and those over ``template.py`` (what the sheet gives), both of the edition's template:
the folder whose ``headings.toml`` knows the edition. All three
are in percent format; a section replaces the function, class, method (``NetQuantized.forward``) or
cell of its name, removes it when empty, or adds a cell (``# %% after:imports my_cell``).

Where students write a module of their own, ``template.py`` holds that module, and ``notebook.py``
the notebook that imports it in its cell ``module``; a notebook form has the code in that place.

``python -m tests.corpus CASE_FOLDER OUT_FOLDER`` writes one case.
"""

from __future__ import annotations

import ast
import hashlib
import io
import re
import string
import sys
import textwrap
import tomllib
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

from tests.corpus_outputs import outputs, printed

SUBMISSIONS = Path(__file__).parent / "submissions"
TEMPLATE = SUBMISSIONS / "template"

_HEADER = re.compile(r"# %% (?:after:(?P<after>\w+) )?(?P<name>[\w.]+)(?P<text> \[markdown\])?")

File = tuple[str, bytes]
"""A file's name, and what is in it."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A named piece of a notebook: a cell, or what replaces a function or method in one."""

    name: str
    source: str
    is_markdown: bool = False
    after: str | None = None
    in_module: bool = False  # of the file that students write beside the notebook


@dataclass(frozen=True, kw_only=True)
class Case:
    """One submission, and what grading it has to say."""

    edition: str
    name: str
    folder: Path
    summary: str
    kind: str
    task: str | None = None
    findings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    challenge: tuple[Mapping[str, Any], ...] = ()  # what is measured of each answer to it
    form: str = "ipynb"
    environment: bool = False  # it needs what the sandbox adds: old names, a notebook's own, a GPU
    direction: str = "sheet"  # of its scales, where the sheet can be read both ways
    archive: str | None = None  # beside the code: which of tests/corpus_archives.py
    archive_name: str = "parameter.zip"
    points: float | None = None  # of a case with an archive, whose checks the rubric weighs
    outcomes: Mapping[str, str] = field(default_factory=dict)  # of the archive's lost checks
    student_id: str

    @property
    def is_right(self) -> bool:
        """Return whether the submission earns full points."""
        return self.kind == "right"

    @property
    def id(self) -> str:
        """Return ``<edition>/<name>``, as shown by pytest."""
        return f"{self.edition}/{self.name}"

    @property
    def template(self) -> Path:
        """Return the folder of the edition's template."""
        return template_of(self.edition)

    @property
    def headings(self) -> dict[str, str]:
        """Return what the edition calls its parts and files."""
        return _headings(self.template)[self.edition]

    @property
    def stem(self) -> str:
        """Return the name of the files that bear the student's number, without extension."""
        return f"hw1_{self.student_id}"

    def cells(self) -> list[Section]:
        """Return the cells of the whole notebook, in order."""
        cells = _given(self.template)
        for path in (self.template / "baseline.py", self.folder / "answers.py"):
            for section in read_sections(path):
                cells = splice(cells, section)
        return [_with_headings(cell, self.headings) for cell in cells]

    def write(self, folder: Path) -> Path:
        """Write the code into *folder* in the form that the case asks for."""
        return _written(folder, _WRITERS[self.form](self))

    def hand_in(self, folder: Path) -> list[Path]:
        """Write the code into *folder*, and the archive beside it where the case has one."""
        beside = [] if self.form == "module-zip" else self.artifacts()
        return [self.write(folder), *(_written(folder, file) for file in beside)]

    def artifacts(self) -> list[File]:
        """Return the files of the submission that are no code."""
        if self.archive is None:
            return []
        from tests.corpus_archives import archive

        return [(self.archive_name, archive(self.archive))]


def _written(folder: Path, file: File) -> Path:
    name, data = file
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return path


def template_of(edition: str) -> Path:
    """Return the template's folder of an edition: that whose headings know it."""
    folders = (path.parent for path in sorted(SUBMISSIONS.glob("*/headings.toml")))
    return next(folder for folder in folders if edition in _headings(folder))


@cache
def _headings(template: Path) -> dict[str, dict[str, str]]:
    return tomllib.loads((template / "headings.toml").read_text("utf-8"))


def _given(template: Path) -> list[Section]:
    """Return the cells that the sheet gives, a module's in the notebook's cell of that name."""
    given, notebook = read_sections(template / "template.py"), template / "notebook.py"
    if not notebook.exists():
        return given
    around = read_sections(notebook)
    where = [cell.name for cell in around].index("module")
    module = [replace(cell, in_module=True) for cell in given]
    return [*around[:where], *module, *around[where + 1 :]]


def cases(edition: str | None = None) -> list[Case]:
    """Return all cases that are code alone, or those of one *edition*, sorted by name."""
    return [case for case in _every_case(edition) if case.archive is None]


def cases_with_archives() -> list[Case]:
    """Return all cases that hand an archive in beside their code."""
    return [case for case in _every_case() if case.archive is not None]


def _every_case(edition: str | None = None) -> list[Case]:
    found = sorted(SUBMISSIONS.glob(f"{edition or '*'}/*/expected.toml"))
    return [load_case(path.parent) for path in found]


def load_case(folder: Path) -> Case:
    """Return the case in *folder*; the student's number is invented from the folder's name."""
    expected = tomllib.loads((folder / "expected.toml").read_text("utf-8"))
    edition, name = folder.resolve().parts[-2:]
    expected.setdefault("student_id", _invented_id(f"{edition}/{name}"))
    lists = {key: tuple(expected.pop(key, ())) for key in ("findings", "remarks", "challenge")}
    return Case(edition=edition, name=name, folder=folder, **expected, **lists)


def _invented_id(text: str) -> str:
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return f"1080{62000 + digest % 38000}"


def read_sections(path: Path) -> list[Section]:
    """Return the sections of a file in percent format."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    starts = [(i, match) for i, line in enumerate(lines) if (match := _HEADER.match(line))]
    ends = [i for i, _ in starts[1:]] + [len(lines)]
    return [
        _section(match, "".join(lines[i + 1 : end]).strip("\n"))
        for (i, match), end in zip(starts, ends, strict=True)
    ]


def _section(match: re.Match[str], source: str) -> Section:
    is_markdown = match["text"] is not None
    if is_markdown:
        source = re.sub(r"^# ?", "", source, flags=re.MULTILINE)
    name, after = match["name"], match["after"]
    return Section(name=name, source=source, is_markdown=is_markdown, after=after)


def splice(cells: list[Section], section: Section) -> list[Section]:
    """Return *cells* with *section* in its place."""
    if section.after:
        where = [cell.name for cell in cells].index(section.after) + 1
        added = replace(section, after=None, in_module=cells[where - 1].in_module)
        return [*cells[:where], added, *cells[where:]]
    for i, cell in enumerate(cells):
        lines = None if cell.is_markdown else _lines_of(cell.source, section.name)
        if lines:
            changed = replace(cell, source=_with_lines(cell.source, lines, section))
            return [*cells[:i], changed, *cells[i + 1 :]]
    where = [cell.name for cell in cells].index(section.name)
    changed = replace(section, in_module=cells[where].in_module)
    return [*cells[:where], *([changed] if section.source else []), *cells[where + 1 :]]


def _lines_of(source: str, name: str) -> tuple[int, int] | None:
    """Return the (first, last) line of the function, class or method *name*, from 1."""
    try:
        body: list[ast.stmt] = ast.parse(_without_magics(source)).body
    except SyntaxError:
        return None
    node: ast.stmt | None = None
    for part in name.split("."):
        found = [n for n in body if getattr(n, "name", None) == part]
        if not found:
            return None
        node = found[-1]
        body = getattr(node, "body", [])
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    return first, node.end_lineno or first


def _with_lines(source: str, lines: tuple[int, int], section: Section) -> str:
    first, last = lines
    old = source.splitlines()
    indent = "    " * section.name.count(".")
    new = textwrap.indent(section.source, indent).splitlines()
    return "\n".join([*old[: first - 1], *new, *old[last:]]).strip("\n")


def _without_magics(source: str) -> str:
    return re.sub(r"^(\s*)[!%].*$", r"\1pass", source, flags=re.MULTILINE)


def _with_headings(cell: Section, headings: dict[str, str]) -> Section:
    if not cell.is_markdown:
        return cell
    return replace(cell, source=string.Template(cell.source).safe_substitute(headings))


# --- forms ----------------------------------------------------------------------------------


def build_notebook(case: Case) -> Any:
    """Return the case's notebook in nbformat 4, with its saved outputs."""
    texts = printed(case.template, case.findings)
    notebook = v4.new_notebook(
        metadata={
            "accelerator": "GPU",
            "colab": {"name": f"{case.stem}.ipynb", "provenance": []},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for count, cell in enumerate(case.cells(), start=1):
        if cell.is_markdown:
            new = v4.new_markdown_cell(cell.source)
        else:
            left = list(outputs(case.template, cell.name, texts))
            new = v4.new_code_cell(cell.source, execution_count=count, outputs=left)
        new["id"] = cell.name.replace(".", "-")
        notebook.cells.append(new)
    return notebook


def _notebook(case: Case) -> bytes:
    return (nbformat.writes(build_notebook(case)) + "\n").encode()


def _ipynb(case: Case) -> File:
    return f"{case.stem}.ipynb", _notebook(case)


def _nbformat3(case: Case) -> File:
    old = nbformat.convert(build_notebook(case), 3)
    return f"{case.stem}.ipynb", (nbformat.writes(old, version=3) + "\n").encode()


def _script(case: Case) -> File:
    """Return the notebook as ``jupyter nbconvert --to script`` would save it."""
    parts = ["#!/usr/bin/env python\n# coding: utf-8\n"]
    for count, cell in enumerate(case.cells(), start=1):
        if cell.is_markdown:
            parts.append(textwrap.indent(cell.source, "# ", lambda _: True) + "\n")
        else:
            parts.append(f"# In[{count}]:\n\n\n{_exported(cell.source)}\n\n")
    return f"{case.stem}.py", "\n".join(parts).encode()


def _module(case: Case) -> File:
    """Return the file of code that students write beside the notebook."""
    cells = [cell.source for cell in case.cells() if cell.in_module]
    return case.headings["module"], ("\n\n\n".join(cells) + "\n").encode()


def _exported(source: str) -> str:
    source = re.sub(r"^!(.*)$", r"get_ipython().system('\1')", source, flags=re.MULTILINE)
    pattern = r"^%(\w+) ?(.*)$"
    return re.sub(pattern, r"get_ipython().run_line_magic('\1', '\2')", source, flags=re.MULTILINE)


def _zip(case: Case) -> File:
    """Return the notebook in an archive as macOS makes it: a folder, and its shadow."""
    return _as_on_a_mac(case, _ipynb(case))


def _module_in_a_zip(case: Case) -> File:
    return _archived(case, [_module(case), *case.artifacts()])


def _module_in_a_folder(case: Case) -> File:
    return _as_on_a_mac(case, _module(case))


def _module_in_a_package(case: Case) -> File:
    name, data = _module(case)
    return _archived(case, [("nnutils/__init__.py", b""), (f"nnutils/{name}", data)])


def _as_on_a_mac(case: Case, file: File) -> File:
    name, data = file
    shadow = (f"__MACOSX/{case.stem}/._{name}", b"\x00\x05\x16\x07")
    return _archived(case, [(f"{case.stem}/{name}", data), shadow])


def _archived(case: Case, files: Sequence[File]) -> File:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, (2021, 3, 21, 23, 50, 0)), data)
    return f"{case.stem}.zip", buffer.getvalue()


_WRITERS: Mapping[str, Callable[[Case], File]] = {
    "ipynb": _ipynb,
    "py": _script,
    "zip": _zip,
    "nbformat3": _nbformat3,
    "module": _module,
    "module-zip": _module_in_a_zip,
    "module-folder": _module_in_a_folder,
    "module-package": _module_in_a_package,
}


if __name__ == "__main__":
    print(load_case(Path(sys.argv[1])).write(Path(sys.argv[2])))
