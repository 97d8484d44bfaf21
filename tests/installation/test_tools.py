"""What `make demo` and `make test` install by themselves, and what they say where they cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "install_system_packages.py"
# Pango is left out: where it lies is the machine's, and no PATH hides it.
RUN = f"""
import os, sys
sys.path.insert(0, {str(TOOL.parent)!r})
import install_system_packages as tool
tool.WANTED = tuple(wanted for wanted in tool.WANTED if wanted.name == "bubblewrap")
os.geteuid = lambda: int(sys.argv[1])
tool.main()
"""
APT = """\
#!/bin/sh
echo "$@" >> {log}
echo "E: noise of apt" >&2
case "$*" in *install*bubblewrap) {then} ;; esac
"""
LINE = (
    "bubblewrap is missing, so the sandbox has one layer less (the needed ones hold all the same)."
    " To get it, type: sudo apt-get install bubblewrap"
)


def run(user: int, folder: Path) -> list[str]:
    """Return the lines that the tool prints where PATH holds only *folder*."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(user)],
        env=os.environ | {"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def apt(tmp_path: Path) -> Path:
    """Return a folder with an apt-get that installs a bubblewrap beside itself."""
    script(tmp_path / "model", "#!/bin/sh\n")
    then = f"/bin/cp {tmp_path / 'model'} {tmp_path / 'bwrap'}"
    script(tmp_path / "apt-get", APT.format(log=tmp_path / "log", then=then))
    return tmp_path


def test_root_with_apt_gets_bubblewrap_without_being_asked(apt: Path) -> None:
    """It is installed as Pango is; afterwards nothing is left to say or to do."""
    assert run(0, apt) == ["Installing bubblewrap"]
    asked = (apt / "log").read_text().splitlines()
    assert asked[0].endswith(" update")
    assert asked[1].endswith(" install --yes --no-install-recommends bubblewrap")
    assert run(0, apt) == []
    assert len((apt / "log").read_text().splitlines()) == 2


def test_an_ordinary_user_is_told_what_to_type(apt: Path) -> None:
    """Nothing is tried, one line says what to do and that all works without."""
    assert run(1000, apt) == [LINE]
    assert not (apt / "log").exists()


def test_an_apt_that_fails_is_no_noise(tmp_path: Path) -> None:
    """Without a network, or without apt, the same line is said."""
    assert run(0, tmp_path) == [LINE]
    script(tmp_path / "apt-get", APT.format(log=tmp_path / "log", then="exit 100"))
    assert run(0, tmp_path) == ["Installing bubblewrap", LINE]


def test_the_packages_are_installed_readable_for_others() -> None:
    """Under any umask: the sandbox's workers are not the user who installs."""
    text = (TOOL.parent.parent / "Makefile").read_text()
    lines = [line for line in text.splitlines() if "$(PIP) -" in line or "-m venv" in line]

    assert len(lines) >= 3
    assert all("umask 022 && " in line for line in lines)
