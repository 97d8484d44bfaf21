"""The sandbox may run another Python than the grader; one that cannot do it is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.sandbox.processes.interpreter import SETTING, interpreter


def fake(folder: Path, **said: object) -> str:
    """Return a program that says of itself what it is given to say."""
    program = folder / "python"
    facts = {
        "executable": str(program),
        "version": [3, 99],
        "standard": ["/lib/python", "/lib/python"],
        "base_prefix": "/",
        "multiarch": "",
        "origins": {"torch": "/site/torch/__init__.py", "numpy": "/other/numpy/__init__.py"},
        **said,
    }
    program.write_text(f"#!/bin/sh\ncat <<'end'\n{json.dumps(facts)}\nend\n")
    program.chmod(0o755)
    return str(program)


def test_the_graders_own_is_taken_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the interpreter itself, of this version."""
    monkeypatch.delenv(SETTING, raising=False)

    own = interpreter()
    assert own.version == sys.version_info[:2]
    assert Path(own.executable).is_file()
    assert any((Path(folder) / "torch").is_dir() for folder in own.libraries)


def test_a_named_one_is_asked_where_its_libraries_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    """This very environment, named, is what it is without being named."""
    monkeypatch.delenv(SETTING, raising=False)
    own = interpreter()
    monkeypatch.setenv(SETTING, sys.executable)

    assert interpreter() == own


def test_libraries_may_lie_in_several_folders(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each site-packages folder is named once, and the version is the other's."""
    monkeypatch.setenv(SETTING, fake(tmp_path))

    named = interpreter()
    assert named.libraries == ("/site", "/other")
    assert named.version == (3, 99)


REFUSED = {
    "without torch": ({"origins": {"numpy": "/site/numpy/__init__.py"}}, "it has no torch"),
    "without both": ({"origins": {}}, "it has no torch and no numpy"),
    "older": ({"version": [3, 8]}, "older than the grader's own"),
}


@pytest.mark.parametrize(("said", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_one_that_cannot_do_it_is_refused(
    said: dict[str, object], why: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The message names the setting, the program and the reason."""
    monkeypatch.setenv(SETTING, fake(tmp_path, **said))

    with pytest.raises(SandboxError, match=why) as refused:
        interpreter()
    assert SETTING in str(refused.value)


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 3\n", "#!/bin/sh\necho hello\n", None])
def test_what_is_no_python_is_refused(
    text: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A program that ends, says something else or is not there is no interpreter."""
    program = tmp_path / "program"
    if text is not None:
        program.write_text(text)
        program.chmod(0o755)
    monkeypatch.setenv(SETTING, str(program))

    with pytest.raises(SandboxError, match="cannot run the sandbox"):
        interpreter()
