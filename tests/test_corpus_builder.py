"""The corpus is what it claims to be, and becomes the files that students hand in."""

from __future__ import annotations

import contextlib
import json
import re
import zipfile
from pathlib import Path

import nbformat
import pytest

from tests.corpus import (
    SUBMISSIONS,
    Case,
    cases,
    cases_with_archives,
    load_case,
    read_sections,
    splice,
)
from tests.corpus_formulas import line_limit, run_notebook
from tests.corpus_judges import FORMULAS, problems_of, tasks_of

ALL = cases()
# Run here as they are, and compared with the formulas to the last integer.
# The formulas round every layer to the nearest integer.
OTHER_ROUNDING = {"fixed-point-multiplier", "fraction-cut-off"}
RIGHT = [
    case
    for case in ALL
    if case.is_right
    and not case.environment
    and not case.challenge  # whose last definitions answer another question
    and not OTHER_ROUNDING & {*case.remarks}
]
WRONG = [case for case in ALL if not case.is_right]
# Right by a convention that their other tasks share, and the formulas do not.
THROUGHOUT = "scale-upside-down-throughout"
# What a sheet that is data alone has of its own: at least so many right ones and wrong ones.
ENOUGH = {"template": (24, 60), "template-2024": (24, 60)}
FEW = (4, 8)


@pytest.fixture(autouse=True)
def _folder_for_what_answers_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.id)
def test_right_answers_are_right(case: Case) -> None:
    """Every function of a right submission follows the lab's formulas."""
    student = run_notebook(case)

    tasks = tasks_of(case.template.name)

    found = {task: problems_of(case, task, student) for task in tasks}

    assert found == {task: [] for task in tasks}


@pytest.mark.few(20)
@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.id)
def test_wrong_answers_are_wrong(case: Case) -> None:
    """The named task of a wrong submission breaks a formula, raises, or never ends."""
    assert case.task is not None
    student = run_notebook(case)

    limit = line_limit(2_000) if "function-times-out" in case.findings else None
    with limit or contextlib.nullcontext():
        assert problems_of(case, case.task, student) != []


@pytest.mark.few(20)
@pytest.mark.parametrize(
    "case", [c for c in WRONG if THROUGHOUT not in c.findings], ids=lambda case: case.id
)
def test_wrong_answers_are_right_otherwise(case: Case) -> None:
    """No other task of a wrong submission deserves to lose a point."""
    student = run_notebook(case)
    # NetQuantized cannot be built on a wrong scale, so its forward cannot be called here.
    unreachable = {"forward"} if case.task in ("initial_input", "activations") else set()
    others = tasks_of(case.template.name) - {case.task} - unreachable

    found = {task: problems_of(case, task, student) for task in others}

    assert found == {task: [] for task in others}


def test_there_are_enough_cases() -> None:
    """Each family of editions has right ones and wrong ones, and these in every task."""
    for template in FORMULAS:
        right = [case for case in RIGHT if case.template.name == template]
        wrong = [case for case in WRONG if case.template.name == template]
        some_right, some_wrong = ENOUGH.get(template, FEW)

        assert len(right) >= some_right
        assert len(wrong) >= some_wrong
        assert {case.task for case in wrong} == tasks_of(template)


def test_student_ids_are_unique_and_invented() -> None:
    """Nine digits each, no two alike."""
    ids = [case.student_id for case in (*ALL, *cases_with_archives())]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"1080\d{5}", student_id) for student_id in ids)


def test_every_finding_is_listed() -> None:
    """FINDINGS.md names the findings of the cases, and no others."""
    text = (SUBMISSIONS / "FINDINGS.md").read_text("utf-8")

    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, flags=re.MULTILINE)) == {
        finding for case in (*WRONG, *cases_with_archives()) for finding in case.findings
    }


@pytest.mark.few(30)
@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_cases_become_files(case: Case, tmp_path: Path) -> None:
    """A case is written under the name that the sheet asks for, in a form that can be read."""
    path = case.write(tmp_path)

    is_module = case.form == "module"
    assert path.name == case.headings["module"] if is_module else path.stem == case.stem
    if case.form == "ipynb":
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert len(notebook.cells) > 30


def test_a_zip_holds_the_notebook_and_its_shadow(tmp_path: Path) -> None:
    """Archives made on a Mac carry a second tree that nobody asked for."""
    case = load_case(SUBMISSIONS / "cs5120-2021" / "handed-in-as-a-zip")

    with zipfile.ZipFile(case.write(tmp_path)) as archive:
        names = archive.namelist()

    assert [name.split("/")[0] for name in names] == [f"hw1_{case.student_id}", "__MACOSX"]


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("handed-in-as-a-zip", ["quantutils.py"]),
        ("handed-in-in-a-folder", ["{}/quantutils.py", "__MACOSX/{}/._quantutils.py"]),
        ("handed-in-as-a-package", ["nnutils/__init__.py", "nnutils/quantutils.py"]),
    ],
)
def test_a_module_lies_where_its_form_says(name: str, members: list[str], tmp_path: Path) -> None:
    """The file of code beside the notebook is handed in alone, in a folder or in a package."""
    case = load_case(SUBMISSIONS / "cs5120-2024" / name)

    with zipfile.ZipFile(case.write(tmp_path)) as archive:
        assert archive.namelist() == [member.format(case.stem) for member in members]


def test_a_module_is_what_stands_in_a_notebook_in_its_place(tmp_path: Path) -> None:
    """The notebook of a family with a module holds the same functions, between its own cells."""
    case = load_case(SUBMISSIONS / "cs5120-2024" / "shift-in-int64")
    names = [cell.name for cell in case.cells()]
    module = case.write(tmp_path).read_text("utf-8")

    assert "module" not in names
    assert names.index("title") < names.index("NetQuantized") < names.index("run_training")
    assert all(cell.source in module for cell in case.cells() if cell.in_module)
    assert "class Net(" not in module


def test_old_notebooks_have_worksheets(tmp_path: Path) -> None:
    """Format 3 keeps its cells in worksheets, and a cell's text under "input"."""
    case = load_case(SUBMISSIONS / "ee290-2020" / "handed-in-as-nbformat-3")

    notebook = json.loads(case.write(tmp_path).read_text("utf-8"))

    assert notebook["nbformat"] == 3
    assert any(
        "quantized_weights" in "".join(c.get("input", ""))
        for c in notebook["worksheets"][0]["cells"]
    )


def test_writing_is_reproducible(tmp_path: Path) -> None:
    """The same case gives the same bytes."""
    case = ALL[0]

    assert case.write(tmp_path / "a").read_bytes() == case.write(tmp_path / "b").read_bytes()


def test_an_empty_section_removes_a_method() -> None:
    """A student who deleted a function is written as a section without a body."""
    cells = read_sections(SUBMISSIONS / "template" / "template.py")
    empty = next(iter(read_sections(SUBMISSIONS / "ee290-2020" / "bias-missing" / "answers.py")))

    sources = "".join(cell.source for cell in splice(cells, empty))

    assert "def quantized_bias" not in sources
    assert "def quantize_activations" in sources


def test_the_example_is_what_the_builder_writes() -> None:
    """Nobody has edited the example by hand; pictures may differ with matplotlib's version."""
    case = load_case(SUBMISSIONS / "cs5120-2021" / "example-notebook")
    path = SUBMISSIONS.parents[1] / "examples" / f"hw1_{case.student_id}.ipynb"

    example = nbformat.read(path, as_version=4)

    assert [cell.source for cell in example.cells] == [cell.source for cell in case.cells()]
    assert path.stat().st_size < 300_000
