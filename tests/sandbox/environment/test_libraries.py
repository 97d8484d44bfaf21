"""What a student's code may import, and whose fault it is where it cannot."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.sandbox import policy, runner
from grader.sandbox.inside import folders
from grader.sandbox.policy import Policy
from grader.sandbox.processes import launch, libraries, pool
from grader.sandbox.runner import Sandbox
from grader.sandbox.self_test import EVERYDAY

Make = Callable[..., Sandbox]


@pytest.mark.parametrize(
    "name", ["unicodedata", "json.decoder", "math", "encodings.big5", "torch.nn.utils.prune"]
)
def test_an_installed_module_is_found_without_being_imported(name: str) -> None:
    """Modules of the standard library and of what is installed exist, compiled ones too."""
    assert libraries.is_installed(name)


@pytest.mark.parametrize(
    "name",
    ["turtle_of_nobody", "torch.turtle", "math.pi", "grader", "api.app", "", "../os", "os."],
)
def test_what_is_not_installed_or_ours_is_not_found(name: str) -> None:
    """A module that exists nowhere, this project's own and what is no name are not there."""
    assert not libraries.is_installed(name)


def test_the_modules_of_an_import_statement_are_named() -> None:
    """An import names its modules; what is more than imports names none from there on."""
    source = "import a.b as c, d\nfrom e import f\nfrom . import g\nimport h"

    assert [*libraries.imported_by(source)] == ["a.b", "d", "e", "e.f"]
    assert [*libraries.imported_by("def broken(:")] == []


@pytest.fixture
def hidden() -> Iterator[Policy]:
    """Return a policy of its own, whose workers cannot read the folder of libraries."""
    used = Policy(tried=policy.container().tried, needed=frozenset({"landlock"}))
    runner.can_import.cache_clear()
    yield used
    pool.shared(used).close()
    runner.can_import.cache_clear()


@pytest.mark.parametrize("source", ["import sympy\n", "def f():\n    import sympy\n"])
def test_an_import_that_the_sandbox_breaks_is_not_the_students_fault(
    make: Make, monkeypatch: pytest.MonkeyPatch, hidden: Policy, source: str
) -> None:
    """Where an installed module cannot be imported inside, the error is the grader's own."""
    standard = launch._standard_folders()
    kept = [path for path in launch.readable_paths() if Path(path).name != "sympy"]
    monkeypatch.setattr(launch, "listable_paths", lambda: standard)
    monkeypatch.setattr(launch, "readable_paths", lambda: kept)
    sandbox = make(source + "value = sympy\n" * (source[0] == "i"), policy=hidden)

    name = "sympy" if source.startswith("import") else "f"
    error = sandbox.call([name], [], limit_seconds=60).error

    assert error is not None
    assert error.ours
    assert str(error.message) == "the grader could not import sympy, which is installed here"


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    raise ModuleNotFoundError('no', name='unicodedata')\n",
        "def f():\n    raise ImportError('no', name='torch')\n",
        "class Sly(ImportError):\n    name = 'torch'\ndef f():\n    raise Sly('no')\n",
        "def f():\n    error = ImportError('no')\n    error.name = ['torch']\n    raise error\n",
        "import sys\nsys.modules['decimal'] = None\ndef f():\n    import decimal\n",
        "def f():\n    from torch import turtle\n",
    ],
)
def test_a_failed_import_of_ones_own_making_stays_the_students(make: Make, source: str) -> None:
    """What the student's code says of an import is not believed: a worker of ours tries it."""
    error = make(source).call(["f"], [], limit_seconds=60).error

    assert error is not None
    assert error.kind == "raised"


def test_libraries_out_of_reach_stop_the_grading() -> None:
    """A worker that cannot read the libraries is given no code, and what to do is said."""
    libraries.check_reach([])
    with pytest.raises(SandboxError, match=r"chmod -R o\+rX /usr/lib/none"):
        libraries.check_reach(["/usr/lib/none"])


def test_folders_above_a_library_that_others_cannot_enter_are_named() -> None:
    """Of the folders above a path the outermost that is closed to others counts."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # itself closed to others
        inner = Path(name) / "open" / "library"
        inner.mkdir(parents=True)

        assert folders.closed_folder(inner) == Path(name)
        with pytest.raises(SandboxError, match=f"chmod o\\+x {name}"):
            libraries.check_reach([str(inner)])

        Path(name).chmod(0o755)
        assert folders.closed_folder(inner) is None


def test_a_file_that_cannot_be_read_is_out_of_reach(tmp_path: Path) -> None:
    """A missing file, as one that may not be read, names its folder."""
    (tmp_path / "there.py").touch()

    there, missing = str(tmp_path / "there.py"), "/nonexistent/gone.py"
    assert folders.out_of_reach([there, missing]) == ["/nonexistent"]


def test_everyday_code_is_what_python_does() -> None:
    """Outside the sandbox each program returns the same text."""
    for one in EVERYDAY:
        if any(name in one.source for name in ("torch", "nn.", "transforms", "getsource")):
            continue
        names: dict[str, Callable[[], str]] = {}
        exec(one.source, names)
        assert names["answer"]() == one.returns, one.about
