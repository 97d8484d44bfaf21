"""A student's own modules are found, and run as far as they are needed."""
# ruff: noqa: E501  a cell stays on one line

from __future__ import annotations

from pathlib import Path

import pytest

from grader.intake.model import Cell
from grader.intake.program.extraction import extract
from tests.intake.notebooks import cells_of, notebook, read, write, zipped
from tests.intake.running import called, returned, scripts

TOP = "def top(x=3):\n    return x"
WRITES = f"%%writefile my_ranges.py\n{TOP}"

# Each notebook's f() returns 3.
WRITTEN = {
    "from it": [WRITES, "from my_ranges import top\ndef f():\n    return top()"],
    "from it under another name": [WRITES, "from my_ranges import top as t\nf = lambda: t()"],
    "all of it": [WRITES, "from my_ranges import *\ndef f():\n    return top()"],
    "the module": [WRITES, "import my_ranges\ndef f():\n    return my_ranges.top()"],
    "the module by another name": [WRITES, "import my_ranges as r\ndef f():\n    return r.top()"],
    "within the function": [WRITES, "def f():\n    from my_ranges import top\n    return top()"],
    "within a try": [
        WRITES,
        "try:\n    import my_ranges as r\nexcept ImportError:\n    r = None\ndef f():\n    return r.top()",
    ],
    "never imported": [WRITES, "def f():\n    return top()"],
    "by importlib": [
        WRITES,
        "import importlib\nr = importlib.import_module('my_ranges')\ndef f():\n    return r.top()",
    ],
    "loaded again": [
        WRITES,
        "import my_ranges, importlib\nimportlib.reload(my_ranges)\ndef f():\n    return my_ranges.top()",
    ],
    "%%file": [f"%%file my_ranges.py\n{TOP}", "from my_ranges import top as f"],
    "a path": [f"%%writefile /content/my_ranges.py\n{TOP}", "from my_ranges import top as f"],
    "in two parts": [
        "%%writefile r.py\nLIMIT = 3",
        "%%writefile -a r.py\ndef top():\n    return LIMIT",
        "from r import top as f",
    ],
    "written again": ["%%writefile r.py\ndef f():\n    return 2", "%%writefile r.py\ndef f():\n    return 3", "from r import f"],
    "a package": [
        "%%writefile lab/__init__.py\nfrom .quant import top",
        "%%writefile lab/quant.py\nfrom . import limits\ndef top():\n    return limits.TOP",
        "%%writefile lab/limits.py\nTOP = 3",
        "import lab\ndef f():\n    return lab.top()",
    ],
    "below a package": [
        "%%writefile lab/quant.py\ndef top():\n    return 3",
        "import lab.quant\ndef f():\n    return lab.quant.top()",
    ],
    "a module that imports another": [
        "%%writefile a.py\nimport b\ndef top():\n    return b.TOP",
        "%%writefile b.py\nTOP = 3",
        "from a import top as f",
    ],
    "its own names apart": [
        "%%writefile a.py\nscale = 3\ndef top():\n    return scale",
        "scale = 5\nfrom a import top\ndef f():\n    return top()",
    ],
    "a guard for scripts": [
        "%%writefile a.py\ndef top():\n    return LIMIT\nLIMIT = 3\nif __name__ == '__main__':\n    LIMIT = 4",
        "from a import top as f",
    ],
    "changed from the notebook": [
        "%%writefile a.py\nlimits = {}\ndef top():\n    return limits['top']",
        "import a\na.limits['top'] = 3\ndef f():\n    return a.top()",
    ],
    "an object of it changed": [
        "%%writefile a.py\nlimits = {}\ndef top():\n    return limits['top']",
        "from a import limits, top\nlimits.update(top=3)\ndef f():\n    return top()",
    ],
    "run": ["%%writefile a.py\nLIMIT = 3", "%run a.py", "def f():\n    return LIMIT"],
    "run with options": ["%%writefile a.py\nLIMIT = 3", "%run -i a", "def f():\n    return LIMIT"],
    "executed": ["%%writefile a.py\nLIMIT = 3", "exec(open('a.py').read())", "def f():\n    return LIMIT"],
    "a text that is written": [
        "with open('a.py', 'w') as file:\n    file.write('def top():\\n    return 3\\n')",
        "from a import top as f",
    ],
    "a text written to a path": [
        "from pathlib import Path\nPath('a.py').write_text('def top():\\n    return 3\\n')",
        "from a import *\nf = top",
    ],
    "training left out": [
        "%%writefile a.py\nimport torch\nx = torch.load('net.pt')\ndef top():\n    return 3",
        "import a\ndef f():\n    return a.top()",
    ],
}  # fmt: skip


@pytest.mark.parametrize("cells", WRITTEN.values(), ids=WRITTEN.keys())
def test_a_module_that_the_notebook_writes_is_imported(cells: list[str]) -> None:
    """A %%writefile cell is a module of its own, however it is imported."""
    assert returned(cells) == 3


BESIDE = {
    "a script": ({"helpers.py": TOP}, "from helpers import top as f"),
    "a star": ({"helpers.py": TOP}, "from helpers import *\nf = top"),
    "a folder": ({"lab/quant.py": TOP}, "from lab.quant import top as f"),
    "a folder on the path": ({"src/quant.py": TOP}, "import sys\nsys.path.append('src')\nfrom quant import top as f"),
    "a package": (
        {"lab/__init__.py": "from .quant import top", "lab/quant.py": TOP},
        "from lab import top as f",
    ),
    "the asked function itself": ({"helpers.py": "def f():\n    return 3"}, "x = 1"),
    "a package that gathers its parts": (
        {"lab/__init__.py": "from .quant import *", "lab/quant.py": "from .top import *", "lab/top.py": TOP},
        "from lab import *\nf = top",
    ),
    "executed": (
        {"helpers.py": TOP},
        "with open('helpers.py') as file:\n    code = file.read()\nexec(code, globals())\nf = top",
    ),
    "executed by its source": ({"helpers.py": TOP}, "import helpers, inspect\nexec(inspect.getsource(helpers))\nf = top"),
    "run by runpy": (
        {"helpers.py": TOP},
        "import runpy\nglobals().update(runpy.run_path('helpers.py'))\nf = top",
    ),
    "run by runpy apart": ({"lab/helpers.py": TOP}, "import runpy\nf = runpy.run_path('helpers.py')['top']"),
    "loaded by its path": (
        {"lab/helpers.py": TOP},
        "import importlib.util as u\nspec = u.spec_from_file_location('h', '/content/lab/helpers.py')\n"
        "h = u.module_from_spec(spec)\nspec.loader.exec_module(h)\nf = h.top",
    ),
    "loaded by imp": ({"helpers.py": TOP}, "import imp\nf = imp.load_source('h', './helpers.py').top"),
    "loaded by a loader": (
        {"helpers.py": TOP},
        "from importlib.machinery import SourceFileLoader\nf = SourceFileLoader('h', 'helpers.py').load_module().top",
    ),
    "run": ({"helpers.py": "LIMIT = 3"}, "%run helpers.py\ndef f():\n    return LIMIT"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "cell"), BESIDE.values(), ids=BESIDE.keys())
def test_a_script_beside_the_notebook_is_imported(files: dict[str, str], cell: str) -> None:
    """A helper module that was handed in with the notebook is there."""
    assert returned([cell], files) == 3


EXPORTED = {
    "a timed cell": "get_ipython().run_cell_magic('time', '', 'def f():\\n    return 3\\n')",
    "a captured cell": "get_ipython().run_cell_magic('capture', 'out', 'def f():\\n    return 3')",
    "a timed line": "get_ipython().run_line_magic('time', 'f = lambda: 3')",
    "an old magic": "get_ipython().magic('time f = lambda: 3')",
    "a written module": "get_ipython().run_cell_magic('writefile', 'a.py', 'def f():\\n    return 3')\nfrom a import f",
    "others beside": "get_ipython().system('ls')\nget_ipython().run_line_magic('matplotlib', 'inline')\ndef f():\n    return 3",
}  # fmt: skip


@pytest.mark.parametrize("source", EXPORTED.values(), ids=EXPORTED.keys())
def test_an_exported_magic_is_the_cell_that_it_was(source: str) -> None:
    """What ``jupyter nbconvert`` has made a string is code again."""
    assert returned([Cell(file="hw1.py", number=None, index=1, source=source)]) == 3


def test_an_error_in_a_written_module_is_told_in_its_cell() -> None:
    """The line is the cell's own, the magic's line included."""
    cells = ["%%writefile a.py\n\ndef top():\n    return 1 / 0", "from a import top as f"]

    error = called(cells).error
    assert error is not None
    assert (error.cell, error.line) == (1, 4)


def test_an_error_in_a_script_beside_is_told_in_its_file() -> None:
    """The file is named with its folder."""
    error = called(["from lab.a import f"], {"lab/a.py": "def f():\n    return 1 / 0"}).error

    assert error is not None
    assert (error.file, error.cell, error.line) == ("lab/a.py", None, 2)


def test_an_error_in_an_exported_cell_is_told_on_its_one_line() -> None:
    """All lines of the string stand on one line of the script."""
    source = "\n\nget_ipython().run_cell_magic('time', '', 'def f():\\n    return 1 / 0')"

    error = called([Cell(file="hw1.py", number=None, index=1, source=source)]).error
    assert error is not None
    assert error.line == 3


def test_a_library_keeps_its_name() -> None:
    """A student's file called torch.py does not take torch away from anybody."""
    cells = ["import torch\ndef f():\n    return int(torch.ones(3).sum())"]

    assert returned(cells, {"torch.py": "x = 1", "random.py": "x = 1"}) == 3


def test_a_module_that_runs_itself_ends() -> None:
    """Files that run each other are read a bounded number of times."""
    files = scripts({"a.py": "%run a.py\nexec(open('b.py').read())", "b.py": "%run a.py\nf = 3"})

    assert not extract(cells_of("%run a.py"), ["f"], beside=files).missing


def test_a_zip_with_a_helper_is_read(tmp_path: Path) -> None:
    """The scripts that the code mentions are part of the submission, the others are not."""
    code = notebook("from helpers import top")
    files = {"hw1_b01.ipynb": code, "helpers.py": "import deeper", "deeper.py": TOP, "old.py": "1"}
    submission = read(write(tmp_path / "hw1_b01.zip", zipped(files)))

    assert sorted(cell.file for cell in submission.beside) == ["deeper.py", "helpers.py"]
    assert {file.name for file in submission.files} == {"hw1_b01.ipynb", "helpers.py", "deeper.py"}


def test_a_helper_that_cannot_be_read_is_a_remark(tmp_path: Path) -> None:
    """It costs what it would have defined, and grading goes on."""
    files = {"hw1_b01.ipynb": notebook("import helpers"), "helpers.py": b"\xff\xfe\x00"}
    submission = read(write(tmp_path / "hw1_b01.zip", zipped(files)))

    assert submission.beside == ()
    assert any("helpers.py" in str(problem.message) for problem in submission.problems)


def test_a_script_beside_its_helper_is_chosen_by_its_name(tmp_path: Path) -> None:
    """An exported notebook keeps the edition's name, but for the extension."""
    files = {"hw1_b01.py": "from helpers import top", "helpers.py": TOP}
    submission = read(write(tmp_path / "hw1_b01.zip", zipped(files)))

    assert submission.cells[0].file == "hw1_b01.py"
    assert [cell.file for cell in submission.beside] == ["helpers.py"]
