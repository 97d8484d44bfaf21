"""
The same grades on machines unlike this one: Python in a folder that only root can enter, an
ordinary user, with bubblewrap and without.

Each is made from this machine's own Python in a mount namespace that ends with the test.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.corpus import SUBMISSIONS, load_case

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
CASES = ("max-abs-127", "chinese-comments-and-prints")
NOBODY = 65534


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Where Python lies, who grades, and whether bubblewrap is there."""

    mode: int  # of the folder that Python, its libraries and the project lie in
    user: int
    bubblewrap: bool
    without: tuple[str, ...] = ()  # capabilities that root does not have


MACHINES = {
    "root's own Python": Machine(mode=0o700, user=0, bubblewrap=False),
    "root's own Python, bubblewrap": Machine(mode=0o700, user=0, bubblewrap=True),
    "an ordinary user": Machine(mode=0o755, user=NOBODY, bubblewrap=False),
    "an ordinary user, bubblewrap": Machine(mode=0o755, user=NOBODY, bubblewrap=True),
    "a user's own Python": Machine(mode=0o700, user=NOBODY, bubblewrap=False),
    "root of a container": Machine(mode=0o755, user=0, bubblewrap=False, without=("sys_admin",)),
}
CLOSED = Machine(mode=0o700, user=0, bubblewrap=False, without=("sys_admin",))


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a folder outside of pytest's own, which is closed to others."""
    if os.geteuid():
        pytest.skip("making machines takes root")
    trial = [program("unshare"), "--mount", "true"]
    if subprocess.run(trial, check=False, capture_output=True).returncode:
        pytest.skip("mount namespaces are not to be had here")
    with tempfile.TemporaryDirectory(prefix="machine-", dir="/tmp") as name:
        for folder in ("closed/python", "closed/site", "closed/project", "own", "bin"):
            (Path(name) / folder).mkdir(parents=True)
        Path(name).chmod(0o755)
        yield Path(name)


def site_packages() -> Path:
    """Return the folder that torch lies in."""
    spec = importlib.util.find_spec("torch")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent.parent


def run(machine: Machine, place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with *arguments* on *machine*."""
    closed, own = place / "closed", place / "own"
    if machine.bubblewrap:
        (place / "bin" / "bwrap").symlink_to(program("bwrap"))
    closed.chmod(machine.mode)
    for path in (closed, own):
        os.chown(path, machine.user, machine.user)
    mounts = {sys.base_prefix: "python", str(site_packages()): "site", str(ROOT): "project"}
    python = closed / "python" / "bin" / Path(os.path.realpath(sys.executable)).name
    script = [
        f"{program('mount')} --rbind {shlex.quote(source)} {closed / folder}"
        for source, folder in mounts.items()
    ]
    script.append(f"exec {shlex.join([*_as_user(machine), str(python), *arguments])}")
    environment = {
        "PATH": f"{place / 'bin'}",
        "HOME": str(own),
        "GRADER_CACHE": str(own / "cache"),
        "PYTHONPATH": f"{closed / 'project'}:{closed / 'site'}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
    }
    words = [f"{name}={value}" for name, value in environment.items()]
    return subprocess.run(
        ["unshare", "--mount", "env", *words, "/bin/sh", "-ec", "\n".join(script)],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
    )


def _as_user(machine: Machine) -> list[str]:
    if machine.user:
        user = [f"--reuid={machine.user}", f"--regid={machine.user}", "--clear-groups"]
    else:
        user = [f"--bounding-set=-{name}" for name in machine.without]
    return [program("setpriv"), *user]


def program(name: str) -> str:
    """Return a program's path, or skip the test."""
    return shutil.which(name) or pytest.skip(f"{name} is not installed")


def results(folder: Path) -> Any:
    """Return what a results file says of points and reasons, without times."""
    (file,) = folder.glob("*.json")
    found = json.loads(file.read_text())
    return [(test["name"], test["score"], test["output"]) for test in found["tests"]]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what each case comes to on this machine as it is."""
    found = {}
    for name in CASES:
        folder = tmp_path_factory.mktemp("here")
        case = load_case(SUBMISSIONS / "cs5120-2021" / name).write(folder / "in")
        command = [sys.executable, "-m", "grader.cli", "check", str(case), "--no-pdf", "--out"]
        subprocess.run([*command, str(folder)], check=True, capture_output=True, cwd=ROOT)
        found[name] = results(folder)
    return found


@pytest.mark.parametrize("name", MACHINES)
def test_a_right_solution_is_right_on_every_machine(
    name: str, place: Path, here: dict[str, Any]
) -> None:
    """Points, reasons and exit status are those of this machine, and all points are earned."""
    for case in CASES:
        load_case(SUBMISSIONS / "cs5120-2021" / case).write(place / case)
        out = place / "own" / case
        (written,) = (place / case).iterdir()
        check = ["-m", "grader.cli", "check", str(written), "--no-pdf", "--out", str(out)]
        done = run(MACHINES[name], place, *check)

        assert done.returncode == 0, done.stdout + done.stderr
        assert results(out) == here[case]
        assert "100" in done.stdout
        shutil.rmtree(place / "bin")
        (place / "bin").mkdir()


@pytest.mark.parametrize("name", MACHINES)
def test_the_proof_holds_on_every_machine(name: str, place: Path) -> None:
    """Every attempt to break out fails, and everyday code gives what it should."""
    prove = "from grader.sandbox.proof import prove; print(*prove().layers, sep='\\n')"
    done = run(MACHINES[name], place, "-c", prove)

    assert done.returncode == 0, done.stderr
    assert ("bubblewrap" in done.stdout) is MACHINES[name].bubblewrap
    assert {"unprivileged user", "landlock", "seccomp"} <= {*done.stdout.splitlines()}


def test_where_libraries_stay_out_of_reach_nothing_is_graded(place: Path) -> None:
    """Root without mount namespaces over a closed folder: exit status 4, and what to type."""
    case = load_case(SUBMISSIONS / "cs5120-2021" / CASES[0]).write(place / "in")
    check = ["-m", "grader.cli", "check", str(case), "--no-pdf", "--out", str(place / "own")]
    done = run(CLOSED, place, *check)

    assert done.returncode == 4, done.stdout + done.stderr
    assert f"chmod o+x {place / 'closed'}" in " ".join(done.stderr.split())
    assert not [*(place / "own").glob("*.json")]
