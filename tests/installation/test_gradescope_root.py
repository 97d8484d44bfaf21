"""
The zip for Gradescope where Gradescope runs it: an empty Debian, its folders and its two scripts.

The root is made from this machine's package sources; nothing of this checkout is in it.
"""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.installation.docker.engine import call
from tests.installation.docker.images import AUTHORITIES, mirror

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]

EXAMPLE = Path(__file__).parents[2] / "examples" / "hw1_108062999.ipynb"
USERS = [{"email": "a@b.c", "id": 3, "name": "王小明"}]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@pytest.fixture
def root() -> Iterator[Path]:
    """Return an empty Debian; skip where none can be made."""
    environment = os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    if os.geteuid():
        pytest.skip("making a root takes root")
    for program in ("debootstrap", "unshare", "chroot"):
        if shutil.which(program, path=environment["PATH"]) is None:
            pytest.skip(f"{program} is not installed")
    with tempfile.TemporaryDirectory(prefix="grader-root-", dir="/var/tmp") as name:
        made = Path(name) / "root"
        release = platform.freedesktop_os_release()["VERSION_CODENAME"]
        command = ("debootstrap", "--variant=minbase", release, made, mirror())
        call(*command, environment=environment)
        shutil.copy("/etc/resolv.conf", made / "etc" / "resolv.conf")
        if AUTHORITIES.exists():  # this machine may trust one more than the distribution does
            shutil.copy(AUTHORITIES, made / "root" / "authorities.crt")
        for folder in ("source", "submission", "results"):
            (made / "autograder" / folder).mkdir(parents=True)
        yield made


def run_in(root: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a program of *root* as Gradescope does, with this machine's settings of pip."""
    lent = [folder for folder in _folders_of_pip() if folder.is_dir()]
    mounts = [
        f"mkdir -p {root}{folder} && mount --bind {folder} {root}{folder}" for folder in lent
    ]
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    if AUTHORITIES.exists():
        pip["PIP_CERT"] = "/root/authorities.crt"
    given = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", **pip}
    words = ["env", "-i", *(f"{name}={value}" for name, value in given.items()), script]
    steps = [
        f"mount -t proc proc {root}/proc",
        f"mount --rbind /dev {root}/dev",
        *mounts,
        f"exec chroot {root} {shlex.join(words)}",
    ]
    command = ["unshare", "--mount", "--pid", "--fork", "sh", "-ec", "\n".join(steps)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _folders_of_pip() -> set[Path]:
    """Return the folders that pip takes packages from on this machine, with what is beside."""
    asked = [sys.executable, "-m", "pip", "config", "list"]
    told = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    words = told.replace("'", " ").replace("file://", "").split()
    return {Path(*Path(one).parts[:3]) for one in words if one.startswith("/opt/")}


def test_the_zip_grades_in_an_empty_debian(root: Path, tmp_path: Path) -> None:
    """setup.sh installs all there is to install, and run_autograder writes Gradescope's file."""
    zipped = tmp_path / "autograder.zip"
    build = ["gradescope", "build", "--edition", "cs5120-2021", "--out", str(zipped)]
    subprocess.run([sys.executable, "-m", "grader.cli", *build], check=True, capture_output=True)
    place = root / "autograder"
    shutil.unpack_archive(zipped, place / "source")
    for script in ("setup.sh", "run_autograder"):
        (place / "source" / script).chmod(0o755)  # as Gradescope's unzip leaves them
    made = run_in(root, "/autograder/source/setup.sh")
    assert made.returncode == 0, (made.stdout + made.stderr)[-3000:]

    shutil.copy(place / "source" / "run_autograder", place)
    shutil.copy(EXAMPLE, place / "submission")
    told = {"id": 7, "users": USERS, "created_at": "2026-11-20T10:00:00.000000-08:00"}
    (place / "submission_metadata.json").write_text(json.dumps(told))
    ran = run_in(root, "/autograder/run_autograder")
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-3000:]

    results: dict[str, Any] = json.loads((place / "results" / "results.json").read_text("utf-8"))
    assert (results["score"], results["visibility"]) == (90, "visible")
    assert {test["status"] for test in results["tests"]} == {"passed", "failed"}
    assert (place / "results" / "feedback.pdf").read_bytes().startswith(b"%PDF")
