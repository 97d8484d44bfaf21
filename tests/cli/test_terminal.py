"""The terminal: any encoding, Ctrl-C at any moment, and what scripts ask of a command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "hw1_108062999.ipynb"
COMMAND = (sys.executable, "-m", "grader.cli")


def run(
    arguments: Sequence[str], cwd: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        timeout=240,
        check=False,
    )


@pytest.mark.long
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "cp950"},
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_a_grade_is_printed_in_any_encoding(environment: dict[str, str], tmp_path: Path) -> None:
    """Signs that the encoding lacks are written in letters that it has."""
    finished = run(["check", str(EXAMPLE), "--no-pdf"], tmp_path, environment)

    assert finished.returncode == 0, finished.stderr
    assert b"of 100 points\n" in finished.stdout
    assert b"  v Integers" in finished.stdout
    assert finished.stderr == b""


@pytest.mark.parametrize("encoding", ["cp950", "cp1252", "ascii", "utf-16"])
def test_chinese_is_printed_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    """What is wrong with a file is said, as far as there are letters for it."""
    (tmp_path / "hw1_1.ipynb").write_bytes(b"")
    asked = ["check", "hw1_1.ipynb", "--language", "zh_TW"]

    finished = run(asked, tmp_path, {"PYTHONIOENCODING": encoding})

    assert finished.returncode == 2
    assert "hw1_1.ipynb" in finished.stderr.decode(encoding)
    assert ("檔案是空的" in finished.stderr.decode(encoding)) == (encoding in {"cp950", "utf-16"})


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text_is_printed(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/hw1_\xa6\xff.ipynb"
    Path(os.fsdecode(path)).write_bytes(b"")

    finished = subprocess.run(
        [*COMMAND, "check", path], cwd=tmp_path, capture_output=True, timeout=240, check=False
    )

    assert finished.returncode == 2, finished.stderr
    assert b"the file is empty" in finished.stderr


@pytest.mark.long
@pytest.mark.parametrize("asked", [["check", "--quiet"], ["--quiet", "check"]])
def test_quiet_prints_nothing(asked: list[str], tmp_path: Path) -> None:
    """The results file says it all."""
    finished = run([*asked, str(EXAMPLE), "--no-pdf"], tmp_path)

    assert (finished.returncode, finished.stdout, finished.stderr) == (0, b"", b"")
    assert (tmp_path / "hw1_108062999.json").exists()


def test_quiet_says_errors(tmp_path: Path) -> None:
    finished = run(["--quiet", "check", "nowhere.ipynb"], tmp_path)

    assert (finished.returncode, finished.stdout) == (2, b"")
    assert b"nowhere.ipynb" in finished.stderr


@pytest.mark.long
def test_json_alone_is_on_standard_output(tmp_path: Path) -> None:
    """It is the results file; what people read is on standard error, in any encoding."""
    finished = run(
        ["check", str(EXAMPLE), "--no-pdf", "--json"], tmp_path, {"PYTHONIOENCODING": "ascii"}
    )

    assert finished.returncode == 0, finished.stderr
    written = json.loads((tmp_path / "hw1_108062999.json").read_text("utf-8"))
    assert json.loads(finished.stdout) == written
    assert b"of 100 points" in finished.stderr
    assert b"  v Integers" in finished.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    finished = run(["--version"], tmp_path)

    assert finished.returncode == 0
    assert finished.stdout.startswith(b"grader 0.")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_shells_complete_commands(shell: str, tmp_path: Path) -> None:
    asked = {"_GRADER_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "grader che"}
    words = {"COMP_WORDS": "grader che", "COMP_CWORD": "1"}
    source = "import sys; sys.argv = ['grader']; from grader.cli import main; main()"
    finished = subprocess.run(
        [sys.executable, "-c", source],
        cwd=tmp_path,
        env={**os.environ, **asked, **words},
        capture_output=True,
        timeout=120,
        check=False,
    )

    assert b"check" in finished.stdout, finished.stderr


INTERRUPTED = """
import signal, sys
sys.argv = ["grader", "check", {example!r}]

class Keyboard:
    'Presses Ctrl-C when the named module is about to be imported.'
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Keyboard())
from grader.cli import main
main()
"""


IMPORTED = ("typer", "rich.console", "numpy", "numpy._core.multiarray", "torch", "torch._C")


@pytest.mark.few(3)
@pytest.mark.parametrize("module", [*IMPORTED, "torch.nn", "grader.pipeline"])
def test_ctrl_c_during_an_import_is_one_line(module: str, tmp_path: Path) -> None:
    source = INTERRUPTED.format(example=str(EXAMPLE), module=module)
    finished = subprocess.run(
        [sys.executable, "-c", source],
        cwd=tmp_path,
        capture_output=True,
        timeout=120,
        check=False,
    )

    assert finished.stderr == b"error: interrupted; no results were written\n"
    assert (finished.returncode, finished.stdout) == (130, b"")
    assert list(tmp_path.iterdir()) == []


LOST = """
import signal, sys, time
from grader.cli import interrupt

class Gone:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)  # nothing can be raised in a destructor

interrupt.listen()
try:
    Gone()
    time.sleep(60)
except interrupt.InterruptedRun:
    interrupt.close()
    print("heard")
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no such timer")
def test_ctrl_c_in_a_destructor_is_not_lost() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", LOST], capture_output=True, timeout=60, check=False
    )

    assert (finished.stdout, finished.stderr) == (b"heard\n", b"")
