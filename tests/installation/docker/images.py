"""
The images that docker-compose.yml starts from, made from this machine's package sources.

No registry of images is asked: the base is a new root of a Debian with the newest Python. An
engine that goes on running after the tests keeps the images, so that the next time is quick.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installation.docker.engine import Environment, call

IMAGES = Path(__file__).parent / "images"
# The Debian whose Python is the Dockerfile's own, 3.14. An older debootstrap does not know it by
# name, but its script for sid makes it.
RELEASE, SCRIPT = "forky", Path("/usr/share/debootstrap/scripts/sid")
PYTHON, POSTGRES, STORE = (f"grader-test-{name}" for name in ("python", "postgres", "store"))
# A release in the making is signed for a week at a time; this machine's copy of it may be older.
FROZEN_MIRROR = 'Acquire::Check-Valid-Until "false";\n'
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
PIP_SETTINGS = ("index-url", "extra-index-url", "trusted-host")


def make_base(environment: Environment, folder: Path) -> None:
    """Make the image that stands in for Python's own: a new Debian with Python and apt."""
    if _exists(PYTHON, environment):
        return
    if shutil.which("debootstrap", path=environment["PATH"]) is None:
        pytest.skip("debootstrap, which makes the base image, is not installed")
    root = folder / "root"
    what = ["--variant=minbase", "--include=ca-certificates,python3,python3-venv"]
    call("debootstrap", *what, RELEASE, root, mirror(), SCRIPT, environment=environment)
    (root / "usr" / "bin" / "python").symlink_to("python3")
    (root / "etc" / "apt" / "apt.conf.d" / "90-frozen-mirror").write_text(FROZEN_MIRROR)
    if AUTHORITIES.exists():  # this machine may trust one more than the distribution does
        shutil.copy(AUTHORITIES, root / AUTHORITIES.relative_to("/"))
    for cached in (root / "var/cache/apt/archives").glob("*.deb"):
        cached.unlink()
    with subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE) as tar:
        command = ["docker", "import", "--change", "ENV LANG=C.UTF-8", "-", PYTHON]
        subprocess.run(
            command, check=True, env=environment, stdin=tar.stdout, stdout=subprocess.DEVNULL
        )
    shutil.rmtree(root)


def make_postgres(environment: Environment) -> None:
    """Make the image that stands in for PostgreSQL's own."""
    _build(POSTGRES, IMAGES / "postgres", environment)


def make_store(environment: Environment, folder: Path) -> None:
    """Make the image that stands in for SeaweedFS's own."""
    weed = shutil.which("weed", path=str(Path(sys.executable).parent))
    if weed is None:
        pytest.skip("SeaweedFS is not installed: make test-long installs it")
    context = folder / "store"
    shutil.copytree(IMAGES / "store", context)
    shutil.copy(weed, context)
    _build(STORE, context, environment)


def pip_settings() -> dict[str, str]:
    """Return what ``docker compose build`` passes on, from the files that pip reads here."""
    asked = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    found = dict(line.partition("=")[::2] for line in listed.splitlines())
    settings = {}
    for name in PIP_SETTINGS:
        words = found.get(f"global.{name}", "").strip("'").split()
        # A folder of this machine is not in the container.
        elsewhere = [word for word in words if not word.startswith("file:")]
        if elsewhere:
            settings[f"PIP_{name.upper().replace('-', '_')}"] = " ".join(elsewhere)
    return settings


def mirror() -> str:
    """Return where apt takes this distribution's packages from."""
    policy = subprocess.run(
        ["apt-cache", "policy", "base-files"], check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"^ +\d+ (https?://\S+) ", policy, re.MULTILINE)
    if found is None:
        pytest.skip("apt knows no source of packages: apt-get update")
    return found[1]


def _exists(image: str, environment: Environment) -> bool:
    asked = ["docker", "image", "inspect", image]
    return not subprocess.run(asked, check=False, env=environment, capture_output=True).returncode


def _build(image: str, context: Path, environment: Environment) -> None:
    call(
        *("docker", "build", "--tag", image, "--build-arg", f"BASE={PYTHON}", context),
        environment=environment,
    )
