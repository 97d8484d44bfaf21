"""
The corpus of student submissions: what lies in ``tests/submissions``, and how it becomes files.

A case is a folder ``<edition>/<name>`` with ``expected.toml`` and ``answers.py``. The latter holds
only what this student wrote differently: its sections are laid over ``template/baseline.py``
(a plain right solution), and those over ``template/template.py`` (the sheet's notebook). All three
are in percent format; a section replaces the function, class, method (``NetQuantized.forward``) or
cell of its name, removes it when empty, or adds a cell (``# %% after:imports my_cell``).

``python tests/corpus.py CASE_FOLDER OUT_FOLDER`` writes one case.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import json
import re
import string
import sys
import textwrap
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from matplotlib.figure import Figure
from nbformat import v4

SUBMISSIONS = Path(__file__).parent / "submissions"
TEMPLATE = SUBMISSIONS / "template"

_HEADER = re.compile(r"# %% (?:after:(?P<after>\w+) )?(?P<name>[\w.]+)(?P<text> \[markdown\])?")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A named piece of a notebook: a cell, or what replaces a function or method in one."""

    name: str
    source: str
    is_markdown: bool = False
    after: str | None = None


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
    form: str = "ipynb"
    environment: bool = False  # it needs what the sandbox adds: old names, a notebook's own, a GPU
    student_id: str

    @property
    def is_right(self) -> bool:
        """Return whether the submission earns full points."""
        return self.kind == "right"

    @property
    def id(self) -> str:
        """Return ``<edition>/<name>``, as shown by pytest."""
        return f"{self.edition}/{self.name}"

    def cells(self) -> list[Section]:
        """Return the cells of the whole notebook, in order."""
        headings = tomllib.loads((TEMPLATE / "headings.toml").read_text("utf-8"))[self.edition]
        cells = read_sections(TEMPLATE / "template.py")
        for path in (TEMPLATE / "baseline.py", self.folder / "answers.py"):
            for section in read_sections(path):
                cells = splice(cells, section)
        return [_with_headings(cell, headings) for cell in cells]

    def write(self, folder: Path) -> Path:
        """Write the submission into *folder* in the form that the case asks for."""
        folder.mkdir(parents=True, exist_ok=True)
        suffix = {"py": ".py", "zip": ".zip"}.get(self.form, ".ipynb")
        path = folder / f"hw1_{self.student_id}{suffix}"
        path.write_bytes(_WRITERS[self.form](self))
        return path


def cases(edition: str | None = None) -> list[Case]:
    """Return all cases, or those of one *edition*, sorted by name."""
    found = sorted(SUBMISSIONS.glob(f"{edition or '*'}/*/expected.toml"))
    return [load_case(path.parent) for path in found]


def load_case(folder: Path) -> Case:
    """Return the case in *folder*; the student's number is invented from the folder's name."""
    expected = tomllib.loads((folder / "expected.toml").read_text("utf-8"))
    edition, name = folder.resolve().parts[-2:]
    expected.setdefault("student_id", _invented_id(f"{edition}/{name}"))
    lists = {key: tuple(expected.pop(key, ())) for key in ("findings", "remarks")}
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
        return [*cells[:where], replace(section, after=None), *cells[where:]]
    for i, cell in enumerate(cells):
        lines = None if cell.is_markdown else _lines_of(cell.source, section.name)
        if lines:
            changed = replace(cell, source=_with_lines(cell.source, lines, section))
            return [*cells[:i], changed, *cells[i + 1 :]]
    where = [cell.name for cell in cells].index(section.name)
    return [*cells[:where], *([section] if section.source else []), *cells[where + 1 :]]


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


# --- what the cells have printed and drawn --------------------------------------------------


@cache
def _recorded() -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads((TEMPLATE / "recorded.json").read_text("utf-8"))
    return recorded


def _printed(case: Case) -> dict[str, str]:
    """Return the text that each cell has left, by the cell's name."""
    recorded = _recorded()
    accuracy = dict(recorded["accuracy"])
    if "bias-misses-input-scale" in case.findings:
        accuracy["bias"] = accuracy["bias_without_input_scale"]
    words = {
        **accuracy,
        "losses": _loss_lines(recorded["losses"]),
        "bias_losses": _loss_lines(recorded["bias_losses"]),
        "weight_ranges": _range_lines(recorded["weights"]),
        "activation_ranges": _range_lines(recorded["activations"]),
    }
    outputs = tomllib.loads((TEMPLATE / "outputs.toml").read_text("utf-8"))
    return {name: text.format(**words) + "\n" for name, text in outputs.items()}


def _loss_lines(losses: list[float]) -> str:
    steps = [(epoch, batch) for epoch in (1, 2) for batch in range(2000, 12001, 2000)]
    return "\n".join(
        f"epoch {epoch}, batch {batch:5d}: loss {loss:.3f}"
        for (epoch, batch), loss in zip(steps, losses, strict=True)
    )


def _range_lines(ranges: dict[str, Any]) -> str:
    return "\n".join(
        f"{name}: {r['min']:.4f} ~ {r['max']:.4f}, mean {r['mean']:.4f}, std {r['std']:.4f}, "
        f"3-sigma {r['mean'] - 3 * r['std']:.4f} ~ {r['mean'] + 3 * r['std']:.4f}"
        for name, r in ranges.items()
    )


@cache
def _histograms(group: str) -> str:
    """Return the group's histograms, side by side, as a PNG in base64."""
    ranges = _recorded()[group]
    figure = Figure(figsize=(3 * len(ranges), 2.6), layout="constrained")
    for axes, (name, r) in zip(figure.subplots(1, len(ranges)), ranges.items(), strict=True):
        width = (r["max"] - r["min"]) / len(r["counts"])
        edges = [r["min"] + width * i for i in range(len(r["counts"]) + 1)]
        axes.stairs(r["counts"], edges, fill=True)
        axes.set_title(name)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=72, metadata={"Software": None})
    return base64.b64encode(buffer.getvalue()).decode()


def _outputs(name: str, printed: dict[str, str]) -> Iterator[Any]:
    if name in printed:
        yield v4.new_output("stream", name="stdout", text=printed[name])
    if name in ("plot_weights", "plot_activations"):
        group = name.removeprefix("plot_")
        axes = len(_recorded()[group])
        text = f"<Figure size {300 * axes}x260 with {axes} Axes>"
        data = {"text/plain": text, "image/png": _histograms(group)}
        yield v4.new_output("display_data", data=data)


# --- forms ----------------------------------------------------------------------------------


def build_notebook(case: Case) -> Any:
    """Return the case's notebook in nbformat 4, with its saved outputs."""
    printed = _printed(case)
    notebook = v4.new_notebook(
        metadata={
            "accelerator": "GPU",
            "colab": {"name": f"hw1_{case.student_id}.ipynb", "provenance": []},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for count, cell in enumerate(case.cells(), start=1):
        if cell.is_markdown:
            new = v4.new_markdown_cell(cell.source)
        else:
            outputs = list(_outputs(cell.name, printed))
            new = v4.new_code_cell(cell.source, execution_count=count, outputs=outputs)
        new["id"] = cell.name.replace(".", "-")
        notebook.cells.append(new)
    return notebook


def _ipynb(case: Case) -> bytes:
    return (nbformat.writes(build_notebook(case)) + "\n").encode()


def _nbformat3(case: Case) -> bytes:
    old = nbformat.convert(build_notebook(case), 3)
    return (nbformat.writes(old, version=3) + "\n").encode()


def _script(case: Case) -> bytes:
    """Return the notebook as ``jupyter nbconvert --to script`` would save it."""
    parts = ["#!/usr/bin/env python\n# coding: utf-8\n"]
    for count, cell in enumerate(case.cells(), start=1):
        if cell.is_markdown:
            parts.append(textwrap.indent(cell.source, "# ", lambda _: True) + "\n")
        else:
            parts.append(f"# In[{count}]:\n\n\n{_exported(cell.source)}\n\n")
    return "\n".join(parts).encode()


def _exported(source: str) -> str:
    source = re.sub(r"^!(.*)$", r"get_ipython().system('\1')", source, flags=re.MULTILINE)
    pattern = r"^%(\w+) ?(.*)$"
    return re.sub(pattern, r"get_ipython().run_line_magic('\1', '\2')", source, flags=re.MULTILINE)


def _zip(case: Case) -> bytes:
    """Return an archive as macOS makes it: a folder, and its shadow."""
    stem = f"hw1_{case.student_id}"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (
            (f"{stem}/{stem}.ipynb", _ipynb(case)),
            (f"__MACOSX/{stem}/._{stem}.ipynb", b"\x00\x05\x16\x07"),
        ):
            archive.writestr(zipfile.ZipInfo(name, (2021, 3, 21, 23, 50, 0)), data)
    return buffer.getvalue()


_WRITERS = {"ipynb": _ipynb, "py": _script, "zip": _zip, "nbformat3": _nbformat3}


if __name__ == "__main__":
    print(load_case(Path(sys.argv[1])).write(Path(sys.argv[2])))
